package gateway

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest/memnet"
	"mcos/app/limits"
	"mcos/app/pace"
	"mcos/app/session"
	"mcos/protocol/cipher"
	"mcos/protocol/wire"
)

// crowd is a toy server whose clients log in to accounts and tell each other things.
type crowd struct {
	*fixture
	net      *memnet.Listener
	sessions *session.Manager
	members  map[*Conn]bool
	handled  atomic.Int64
	stored   atomic.Int64
}

// The messages of the crowd, besides hello, which logs in to the account of its length.
var (
	tell  = wire.Declare[text](toys, wire.Message{Family: "toy", Dir: wire.Both, Number: 20, Name: "TELL"})
	pass  = wire.Declare[text](toys, wire.Message{Family: "toy", Dir: wire.Both, Number: 21, Name: "PASS"})
	store = wire.Declare[text](toys, wire.Message{Family: "toy", Dir: wire.ToServer, Number: 22, Name: "STORE"})
	ask   = wire.Declare[text](toys, wire.Message{Family: "toy", Dir: wire.ToServer, Number: 23, Name: "ASK"})
)

// paced runs a test with a crowd in a bubble.
func paced(t *testing.T, cfg pace.Config, run func(t *testing.T, w *crowd)) {
	synctest.Test(t, func(t *testing.T) {
		w := &crowd{sessions: session.NewManager(time.Now, time.Hour), members: map[*Conn]bool{}, net: memnet.Listen("203.0.113.1")}
		f, port := newToy(t, limits.Config{}, nil)
		w.fixture = f
		f.server.opts.Pace = pace.New(cfg, nil)
		f.server.opts.QueueBytes = 1 << 20
		port.Rows = w.rows()
		f.serve(w.net, port)
		run(t, w)
		f.server.Close()
	})
}

func (w *crowd) rows() []Row {
	others := func(c *Call, p wire.Packet) error {
		w.handled.Add(1)
		b, err := NewBroadcast(c.Conn, p)
		for m := range w.members {
			if err == nil && m != c.Conn {
				b.To(m)
			}
		}
		b.Done()
		return err
	}
	count := func(n *atomic.Int64) func(*Call, *text) error {
		return func(*Call, *text) error { n.Add(1); return nil }
	}
	return []Row{
		On(hello, Connected, func(c *Call, req *text) error {
			w.members[c.Conn] = true // the test logs in one after the other
			c.SetState(LoggedIn)
			err := c.Sit(Seat{Session: w.session(uint32(len(req.Text))), Persona: uint32(len(req.Text))})
			c.Reply(echo.With(req))
			return err
		}),
		On(tell, LoggedIn, func(c *Call, req *text) error { return others(c, tell.With(req)) }).Tells(),
		On(pass, LoggedIn, func(c *Call, req *text) error { return others(c, pass.With(req)) }).Passes(),
		On(store, LoggedIn, count(&w.stored)).Writes(),
		On(ask, LoggedIn, count(&w.handled)),
	}
}

// session is the login of an account, made when it is asked for first.
func (w *crowd) session(account uint32) *session.Session {
	if s := w.sessions.ByAccount(account); s != nil {
		return s
	}
	ticket, err := w.sessions.Issue(account, "player")
	require.NoError(w.t, err)
	s, err := w.sessions.Login(ticket, cipher.SessionKey{byte(account)}, netip.MustParseAddr("203.0.113.1"))
	require.NoError(w.t, err)
	return s
}

// enter logs in to the account whose number is the name's length, and reads whatever
// comes from then on.
func (w *crowd) enter(name string) net.Conn {
	c := w.net.Dial()
	_, err := c.Write(frame(hello.Message, &text{name}, 0))
	require.NoError(w.t, err)
	receive(w.t, c, 0)
	go func() {
		chunk := make([]byte, 4096)
		for {
			if _, err := c.Read(chunk); err != nil {
				return
			}
		}
	}()
	return c
}

// flood sends a frame as fast as it is taken, for as long as given. It reports false
// when the connection ended before that: nobody is closed for asking much.
func flood(c net.Conn, one []byte, d time.Duration) bool {
	_ = c.SetWriteDeadline(time.Now().Add(d))
	for {
		if _, err := c.Write(one); err != nil {
			return errors.Is(err, os.ErrDeadlineExceeded) && c.SetWriteDeadline(time.Time{}) == nil
		}
	}
}

func TestWhoAsksMuchIsReadSlowly(t *testing.T) {
	paced(t, pace.Config{Requests: 10}, func(t *testing.T, w *crowd) {
		c := w.enter("a")
		one := frame(ask.Message, &text{"x"}, 0)
		assert.True(t, flood(c, one, 100*time.Second))
		allowed := float64((16 + 100) * 10 << 10) // the burst and the rate
		assert.InDelta(t, allowed/float64(perRequest+len(one)), w.handled.Load(), 20)
	})
}

func TestConnectionsOfOnePlayerShareThePace(t *testing.T) {
	paced(t, pace.Config{Writes: 10}, func(t *testing.T, w *crowd) {
		for range 8 {
			c := w.enter("a")
			go func() { assert.True(t, flood(c, frame(store.Message, &text{"x"}, 0), 20*time.Second)) }()
		}
		c := w.enter("bb")
		time.Sleep(10 * time.Second)
		before := w.stored.Load()
		_, err := c.Write(frame(store.Message, &text{"x"}, 0))
		require.NoError(t, err)
		synctest.Wait()
		assert.Equal(t, before+1, w.stored.Load(), "another one's is stored at once")
		time.Sleep(15 * time.Second)
		assert.InDelta(t, 400+20*10, w.stored.Load(), 10)
	})
}

// What changes the store is late, but all of it is done.
func TestWritesWaitAndAreNotLost(t *testing.T) {
	paced(t, pace.Config{Writes: 10}, func(t *testing.T, w *crowd) {
		c := w.enter("a")
		start := time.Now()
		for range 450 {
			_, err := c.Write(frame(store.Message, &text{"x"}, 0))
			require.NoError(t, err)
		}
		synctest.Wait()
		for w.stored.Load() < 450 {
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
		}
		assert.InDelta(t, 5, time.Since(start).Seconds(), 0.5)
	})
}

// A pace counts what each receiver gets: nine others cost nine times as much as one.
func TestWhatIsToldIsCountedForEachReceiver(t *testing.T) {
	handled := func(others int) (n int64) {
		paced(t, pace.Config{Told: 10}, func(t *testing.T, w *crowd) {
			for i := range others {
				w.enter("listener"[:2+i%6])
			}
			assert.True(t, flood(w.enter("a"), frame(tell.Message, &text{"0123456789"}, 0), 100*time.Second))
			n = w.handled.Load()
		})
		return n
	}
	one, nine := handled(1), handled(9)
	assert.InDelta(t, float64((4+100)*10<<10)/(12+overhead), one, 10)
	assert.InDelta(t, one/9, nine, 5)
}

// Chat and driving data beyond the pace is left out at once, and the rest of what the
// player does is not held up.
func TestRelaysBeyondThePaceAreLeftOut(t *testing.T) {
	paced(t, pace.Config{Told: 10}, func(t *testing.T, w *crowd) {
		w.enter("bb")
		c := w.enter("a")
		sent := 0
		for range 1000 {
			sent += 100
			for range 100 {
				_, err := c.Write(frame(pass.Message, &text{"0123456789"}, 0))
				require.NoError(t, err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		told := w.handled.Load()
		assert.InDelta(t, float64((4+10)*10<<10)/(12+overhead), told, 10)
		_, err := c.Write(frame(ask.Message, &text{"x"}, 0))
		require.NoError(t, err)
		synctest.Wait()
		assert.Equal(t, told+1, w.handled.Load())
		lines := 0
		for _, e := range w.hook.AllEntries() {
			if e.Data["setting"] == "pace.told" {
				lines++
			}
		}
		assert.Equal(t, 1, lines, "and the operator hears of it once")
	})
}

// Twenty positions a second in a race with six, and some chat, are nothing: an hour of
// it leaves every budget full.
func TestRealClientsAreNotTouched(t *testing.T) {
	paced(t, pace.Default(), func(t *testing.T, w *crowd) {
		var all []net.Conn
		for _, name := range []string{"a", "bb", "ccc", "dddd", "eeeee", "ffffff"} {
			all = append(all, w.enter(name))
		}
		position := frame(pass.Message, &text{"0123456789012345678901234567890123456789"}, 0)
		damage := frame(store.Message, &text{"damage"}, 0)
		start := time.Now()
		for i := range 20 * 60 * 60 / 10 { // six minutes stand for the hour
			for _, c := range all {
				_, err := c.Write(position)
				require.NoError(t, err)
				if i%10 == 0 { // two changes a second
					_, err = c.Write(damage)
					require.NoError(t, err)
				}
			}
			time.Sleep(time.Second / 20)
		}
		synctest.Wait()
		assert.InDelta(t, 360, time.Since(start).Seconds(), 1, "nobody has had to wait")
		assert.EqualValues(t, 6*7200, w.handled.Load(), "nothing has been left out")
		assert.EqualValues(t, 6*720, w.stored.Load())
		for account := range uint32(6) {
			for _, k := range []pace.Kind{pace.Work, pace.Told, pace.Writes} {
				assert.Zero(t, w.server.opts.Pace.Account(1+account).Debt(k))
			}
		}
	})
}

// On the small ports each request has a connection of its own; the account that it
// acts for pays all the same.
func TestNewConnectionsAreNoNewBudget(t *testing.T) {
	paced(t, pace.Config{Writes: 1}, func(t *testing.T, w *crowd) {
		small := &Port{Name: "small", Number: 2, Family: "toy",
			Framing: func() (Opener, Sealer) { return &toyFraming{}, &toyFraming{} },
			Refuse:  func(c *Call, err error) {},
			Rows: []Row{On(store, Connected, func(c *Call, req *text) error {
				if !c.WelcomeAs(77) {
					return session.ErrEnded
				}
				w.stored.Add(1)
				c.Close("done")
				return nil
			}).Writes()},
		}
		ln := memnet.Listen("203.0.113.1")
		require.NoError(t, w.server.Serve(ln, small))
		w.server.opts.Limits, _ = limits.New(limits.Config{Exempt: []string{"203.0.113.1"}}, time.Now)
		for range 8 {
			go func() {
				for range 100 {
					c := ln.Dial()
					_, _ = c.Write(frame(store.Message, &text{"x"}, 0))
					ended(t, c)
				}
			}()
		}
		time.Sleep(30 * time.Second)
		assert.InDelta(t, 40+30, w.stored.Load(), 9)
		require.NoError(t, ln.Close())
	})
}

// A connection that has to wait ends all the same.
func TestWaitingEndsWithTheConnection(t *testing.T) {
	paced(t, pace.Config{Writes: 1}, func(t *testing.T, w *crowd) {
		c := w.enter("a")
		go func() {
			for range 60 {
				_, _ = c.Write(frame(store.Message, &text{"x"}, 0))
			}
		}()
		synctest.Wait()
		start := time.Now()
		assert.Equal(t, []string{"the server stops"}, w.stop())
		assert.Less(t, time.Since(start), 3*time.Second)
		assert.LessOrEqual(t, w.stored.Load(), int64(43))
	})
}

// A flood of nonsense fills the log no more than a player's share of it.
func TestNonsenseHasALimitInTheLog(t *testing.T) {
	paced(t, pace.Config{}, func(t *testing.T, w *crowd) {
		c := w.enter("a")
		for n := uint16(1000); n < 3000; n++ {
			_, err := c.Write([]byte{0, 4, byte(n >> 8), byte(n), 1, 2})
			require.NoError(t, err)
		}
		synctest.Wait()
		assert.LessOrEqual(t, len(w.hook.AllEntries()), 220)
	})
}
