// Package attack tries the server as its enemies would: a hostile client for every
// position that somebody can be in walks every message and every port, with other
// people's ids, plain and repeated frames, floods and slow bytes, while six drivers
// race. Afterwards nobody may have lost anything. All of it goes over loopback, and
// every position ends by itself.
package attack

import (
	"context"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/bot"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// ports are the documented ports with what is spoken there.
var ports = map[int]wire.Family{
	bot.PortLogin: wire.Login, bot.PortMail: wire.Mail, bot.PortPersona: wire.Persona,
	bot.PortLobby: wire.Lobby, 9000: wire.Lobby, 9001: wire.Lobby, 10001: wire.Lobby, bot.PortMCOTS: wire.MCOTS,
}

// repeats is how often every message is said on one connection.
func repeats() int {
	if os.Getenv("MCOS_SOAK") != "" {
		return 50
	}
	return 4
}

// patience is how long a position goes on, where it could go on for ever.
func patience() time.Duration {
	if os.Getenv("MCOS_SOAK") != "" {
		return time.Minute
	}
	return 3 * time.Second
}

func TestAttack(t *testing.T) {
	w := newWorld(t)
	racing, stop := context.WithCancel(t.Context())
	var races sync.WaitGroup
	var wrong []string
	var reports []*bot.EveningReport
	races.Go(func() { reports, wrong = w.race(racing) })
	defer races.Wait()
	defer stop()

	for _, position := range []struct {
		name   string
		attack func(context.Context, *testing.T)
	}{
		{"strangers say everything", w.stranger(w.anywhere())},
		{"a neighbour behind the same address says everything", w.stranger(from(victimsHome))},
		{"a player gives orders about other people's things", w.player(false)},
		{"a player gives them in plain text", w.player(true)},
		{"somebody has listened and repeats it from elsewhere", w.replay(tappers)},
		{"somebody holds places with a byte now and then", w.slow},
		{"somebody sends noise", w.noise},
		{"a player sends as fast as he can on eight connections", w.flood},
		// Nothing in the game's protocol tells a repeated login from a real one where the
		// address is the same: this costs the victim the connection, and nothing else.
		{"somebody has listened and repeats it from the same address", w.replay(victimsHome)},
	} {
		t.Run(position.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			w.t = t
			position.attack(ctx, t)
			w.judge(!strings.HasSuffix(position.name, "repeats it from the same address"))
		})
	}
	stop()
	races.Wait()
	require.NotEmpty(t, reports)
	assert.Empty(t, wrong, "the races suffered")
	for _, r := range reports {
		t.Logf("%d of %d relays, 99%% within %s", r.Delivered, r.Expected, r.RelayP99)
	}
}

// stranger has no account. He says every message on every port, on a connection of its
// own, with the victim's ids.
func (w *world) stranger(dial dialer) func(context.Context, *testing.T) {
	return func(ctx context.Context, t *testing.T) {
		c := bot.New(w.target, bot.Options{Dial: dial, Timeout: 2 * time.Second})
		defer c.Close()
		shards, err := c.Shards(ctx)
		require.NoError(t, err)
		c.UseShard(shards[0])
		f := w.forger()
		said := 0
		for port, family := range ports {
			for _, m := range requests(family) {
				r, err := c.Raw(ctx, port)
				if err != nil {
					continue // too many connections: that is the server's answer
				}
				for range repeats() {
					said++
					if r.Send(m.Number, f.body(m), true) != nil {
						break
					}
				}
				wait(ctx, r, 20*time.Millisecond)
				r.Close()
			}
		}
		assert.Greater(t, said, 500)
	}
}

// wait gives the server a moment to answer or to hang up.
func wait(ctx context.Context, r *bot.Raw, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	_ = r.Wait(ctx, 1) // what comes does not matter
}

// player has an account, a driver and a car of his own and speaks of the victim's.
func (w *world) player(plain bool) func(context.Context, *testing.T) {
	return func(ctx context.Context, t *testing.T) {
		account := bot.Account{Name: "mallory", Password: password}
		options := bot.Options{Dial: from(mallorysHome), Timeout: 5 * time.Second}
		_, err := w.app.Accounts().Authenticate(ctx, account.Name, password)
		_, err = bot.New(w.target, options).Play(ctx, bot.Script{Account: account, SignUp: err != nil, Persona: "Mallory"})
		require.NoError(t, err)
		f := w.forger()
		said := 0
		for port, family := range ports {
			for _, m := range requests(family) {
				c := bot.New(w.target, options)
				if w.enter(ctx, c, account) != nil {
					c.Close()
					continue // one of the messages has logged him out
				}
				r, err := w.inside(ctx, c, port)
				if err == nil {
					for range repeats() {
						said++
						if r.Send(m.Number, f.body(m), plain) != nil {
							break
						}
					}
					wait(ctx, r, 20*time.Millisecond)
				}
				c.Close()
			}
		}
		assert.Greater(t, said, 100)
	}
}

// inside opens a connection to a port and logs in there, as far as there is a login.
func (w *world) inside(ctx context.Context, c *bot.Client, port int) (*bot.Raw, error) {
	r, err := c.Raw(ctx, port)
	if err != nil {
		return nil, err
	}
	var hello wire.Packet
	switch ports[port] {
	case wire.Lobby:
		hello = nps.Login.With(&nps.LoginBody{
			User: c.Persona().Persona, Name: c.Persona().Name, Customer: c.Customer(), Version: "4.5.0.0", Host: "PC", IP: mallorysHome,
			KeyHash: c.SessionKeyHash(),
		})
	case wire.MCOTS:
		hello = mcots.MsgConnect.With(&mcots.Connect{CustomerID: c.Customer(), PersonaID: c.Persona().Persona, PersonaName: c.Persona().Name})
	default:
		return r, nil
	}
	body, err := hello.AppendBody(nil)
	if err == nil {
		err = r.Send(hello.Message.Number, body, true)
	}
	if err == nil {
		wait(ctx, r, time.Second)
	}
	return r, err
}

// replay repeats everything that the victim has sent, byte for byte, on the ports where
// it was sent.
func (w *world) replay(address string) func(context.Context, *testing.T) {
	return func(ctx context.Context, t *testing.T) {
		w.tap.mu.Lock()
		defer w.tap.mu.Unlock()
		repeated := 0
		for where, streams := range w.tap.sent {
			for _, stream := range streams {
				conn, err := from(address)(ctx, "tcp", where)
				if err != nil {
					continue
				}
				repeated++
				_ = conn.SetDeadline(time.Now().Add(time.Second))
				_, _ = conn.Write(stream)
				_, _ = io.Copy(io.Discard, conn)
				_ = conn.Close()
			}
		}
		assert.Greater(t, repeated, 5)
	}
}

// slow takes places on all ports and sends a byte now and then. Meanwhile others get in.
func (w *world) slow(ctx context.Context, t *testing.T) {
	ctx, cancel := context.WithTimeout(ctx, patience())
	defer cancel()
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	for range 12 {
		for _, where := range w.addresses() {
			if c, err := from(tappers)(ctx, "tcp", where); err == nil {
				conns = append(conns, c)
			}
		}
	}
	require.NotEmpty(t, conns)
	for ctx.Err() == nil {
		for _, c := range conns {
			_ = c.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
			_, _ = c.Write([]byte{1})
		}
		in, done := context.WithTimeout(t.Context(), time.Minute)
		guest := bot.New(w.target, bot.Options{Dial: from(mallorysHome)})
		assert.NoError(t, w.enter(in, guest, bot.Account{Name: "mallory", Password: password}), "somebody else gets in")
		guest.Close()
		done()
		time.Sleep(200 * time.Millisecond)
	}
}

// flood is a player who says everything to everybody, on eight connections at once.
func (w *world) flood(ctx context.Context, t *testing.T) {
	ctx, cancel := context.WithTimeout(ctx, patience())
	defer cancel()
	c := bot.New(w.target, bot.Options{Dial: from(mallorysHome), Timeout: time.Second})
	defer c.Close()
	require.NoError(t, w.enter(ctx, c, bot.Account{Name: "mallory", Password: password}))
	var all sync.WaitGroup
	for _, port := range []int{bot.PortLobby, 9001, 9001, 9000, bot.PortMCOTS, bot.PortMCOTS, 10001, bot.PortPersona} {
		r, err := w.inside(ctx, c, port)
		if err != nil {
			continue
		}
		f, list := w.forger(), requests(ports[port])
		all.Go(func() {
			defer r.Close()
			for n := 0; ctx.Err() == nil; n++ {
				m := list[n%len(list)]
				if r.Send(m.Number, f.body(m), false) != nil {
					return // the server has had enough
				}
			}
		})
	}
	all.Wait()
}

// noise sends anything to all ports.
func (w *world) noise(ctx context.Context, _ *testing.T) {
	ctx, cancel := context.WithTimeout(ctx, patience())
	defer cancel()
	f := w.forger()
	for ctx.Err() == nil {
		for _, where := range w.addresses() {
			c, err := from(strangers)(ctx, "tcp", where)
			if err != nil {
				continue
			}
			_ = c.SetDeadline(time.Now().Add(200 * time.Millisecond))
			_, _ = c.Write(f.noise(20000))
			_ = c.Close()
		}
	}
}
