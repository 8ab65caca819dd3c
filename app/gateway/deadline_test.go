package gateway

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest/memnet"
	"mcos/app/limits"
)

// bubble runs a test with a toy server on a clock of its own.
func bubble(t *testing.T, adjust func(*Port), run func(t *testing.T, f *fixture, p *memnet.Listener)) {
	synctest.Test(t, func(t *testing.T) {
		f, port := newToy(t, limits.Config{}, adjust)
		p := memnet.Listen("203.0.113.1")
		f.serve(p, port)
		run(t, f, p)
		f.server.Close()
	})
}

// dribble sends bytes one by one, with a pause before each, until the server ends the
// connection, and returns how long that took.
func dribble(c net.Conn, bytes []byte, pause time.Duration) time.Duration {
	start := time.Now()
	for i := range 2000 {
		time.Sleep(pause)
		if _, err := c.Write(bytes[i%len(bytes) : i%len(bytes)+1]); err != nil {
			break
		}
	}
	return time.Since(start)
}

// endless is the beginning of a message that goes on for as long as one likes.
var endless = []byte{3, 0xE8, 0, 2, 0, 0}

func TestAByteNowAndThenKeepsNoPlace(t *testing.T) {
	limit := 30 * time.Second
	for name, times := range map[string]Timeouts{
		"before the login":  {Login: limit},
		"inside a message":  {Frame: limit},
		"login comes first": {Login: limit, Frame: time.Hour, Idle: time.Hour},
		"frame comes first": {Login: time.Hour, Frame: limit, Idle: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(p *Port) { p.Timeouts = times }, func(t *testing.T, f *fixture, p *memnet.Listener) {
				took := dribble(p.Dial(), endless, 3*time.Second)
				assert.InDelta(t, limit.Seconds(), took.Seconds(), 6.5, "one byte every three seconds")
			})
		})
	}
}

// Whole messages that prove nothing move the limit of the login no more than bytes do.
func TestRefusedMessagesKeepNoPlace(t *testing.T) {
	bubble(t, func(p *Port) {
		p.Timeouts = Timeouts{Login: 30 * time.Second, Frame: time.Minute, Idle: time.Minute}
		p.Refuse = func(*Call, error) {}
	}, func(t *testing.T, f *fixture, p *memnet.Listener) {
		c := p.Dial()
		start := time.Now()
		for {
			time.Sleep(7 * time.Second)
			if _, err := c.Write(frame(echo.Message, &text{"too early"}, 0)); err != nil {
				break
			}
		}
		assert.InDelta(t, 30, time.Since(start).Seconds(), 8)
		assert.Equal(t, []string{"not logged in in time"}, f.stop())
	})
}

func TestSilenceEndsAConnection(t *testing.T) {
	const long = 40 * time.Second
	hi := frame(hello.Message, &text{"Marty"}, 0)
	for name, tc := range map[string]struct {
		times  Timeouts
		send   []byte
		reason string
	}{
		"before the login": {Timeouts{Login: long}, nil, "not logged in in time"},
		"inside a message": {Timeouts{Login: time.Hour, Frame: long}, append(hi, 0, 9, 0), "a message did not arrive whole in time"},
		"after the login":  {Timeouts{Login: time.Hour, Idle: long}, hi, "silent for too long"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(p *Port) { p.Timeouts = tc.times }, func(t *testing.T, f *fixture, p *memnet.Listener) {
				c := p.Dial()
				start := time.Now()
				if tc.send != nil {
					_, err := c.Write(tc.send)
					require.NoError(t, err)
					receive(t, c, 0)
				}
				ended(t, c)
				assert.Equal(t, long, time.Since(start))
				assert.Equal(t, []string{tc.reason}, f.stop())
			})
		})
	}
}

// A message that comes slowly, but in time, is a message; and time that was taken for
// one is there again for the next.
func TestSlowMessagesInTimeAreRead(t *testing.T) {
	bubble(t, func(p *Port) {
		p.Timeouts = Timeouts{Login: 30 * time.Second, Frame: 30 * time.Second, Idle: time.Hour}
	}, func(t *testing.T, f *fixture, p *memnet.Listener) {
		c := p.Dial()
		_, err := c.Write(frame(hello.Message, &text{"Marty"}, 0))
		require.NoError(t, err)
		receive(t, c, 0)
		for range 5 {
			time.Sleep(time.Minute) // between messages there is all the time in the world
			one := frame(echo.Message, &text{"slow"}, 0x55)
			for i := range one {
				time.Sleep(2 * time.Second)
				_, err := c.Write(one[i : i+1])
				require.NoError(t, err)
			}
			_, got := receive(t, c, 0x55)
			assert.Equal(t, "slow", got)
		}
	})
}

// On ports without a login a client is known by what it says; then silence counts.
func TestWelcomeEndsTheTimeOfTheLogin(t *testing.T) {
	bubble(t, func(p *Port) {
		p.Timeouts = Timeouts{Login: 30 * time.Second, Idle: time.Minute}
		p.Rows = []Row{On(echo, Connected, func(c *Call, req *text) error {
			c.Welcome()
			c.Reply(echo.With(req))
			return nil
		})}
	}, func(t *testing.T, f *fixture, p *memnet.Listener) {
		c := p.Dial()
		start := time.Now()
		for range 3 {
			_, err := c.Write(frame(echo.Message, &text{"me"}, 0))
			require.NoError(t, err)
			receive(t, c, 0)
			time.Sleep(50 * time.Second)
		}
		ended(t, c)
		assert.Equal(t, 160*time.Second, time.Since(start))
	})
}
