package gateway

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest/memnet"
	"mcos/protocol/cipher"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// lobbyKey is the session key of the receivers in these tests.
var lobbyKey = cipher.SessionKey{1, 2, 3, 4, 5, 6, 7, 8}

// asLobby makes the toy port one with the lobby's cipher, whose state would not
// survive a missing block; it hands out the connections that have logged in.
func asLobby(conns chan<- *Conn) func(*Port) {
	return func(p *Port) {
		p.Family = wire.Lobby
		p.Framing = func() (Opener, Sealer) { return nps.NewLobbyOpener(1 << 14), nps.NewLobbySealer() }
		p.Timeouts = Timeouts{Write: 10 * time.Second, Stall: 2 * time.Minute}
		p.Rows = []Row{
			On(nps.Heartbeat, Connected, func(c *Call, _ *wire.Empty) error {
				c.SetState(LoggedIn)
				err := c.Secure(lobbyKey)
				conns <- c.Conn
				return err
			}),
			On(nps.RiffListReq, LoggedIn, func(c *Call, _ *wire.Empty) error {
				c.Reply(nps.UserInfo.With(&nps.UserInfoBody{User: 1, Name: "answer"}))
				return nil
			}),
		}
		p.Refuse = func(*Call, error) {}
	}
}

// receiver is the client's end of a lobby connection.
type receiver struct {
	t      *testing.T
	nc     net.Conn
	opener *nps.LobbyOpener
	sealer *nps.LobbySealer
	buf    []byte
}

func sit(t *testing.T, p *memnet.Listener, conns <-chan *Conn) (*receiver, *Conn) {
	r := &receiver{t: t, nc: p.Dial(), opener: nps.NewLobbyClientOpener(1 << 16), sealer: nps.NewLobbySealer()}
	require.NoError(t, r.opener.Secure(lobbyKey))
	require.NoError(t, r.sealer.Secure(lobbyKey))
	r.send(nps.Heartbeat.Number, true)
	return r, <-conns
}

func (r *receiver) send(number uint16, plain bool) {
	raw, err := r.sealer.Seal(nil, wire.Frame{Number: number, Plain: plain})
	require.NoError(r.t, err)
	_, err = r.nc.Write(raw)
	require.NoError(r.t, err)
}

// next reads the next frame.
func (r *receiver) next() wire.Frame {
	chunk := make([]byte, 4096)
	for {
		size, err := r.opener.Size(r.buf)
		require.NoError(r.t, err)
		if size > 0 && size <= len(r.buf) {
			f, err := r.opener.Open(append([]byte(nil), r.buf[:size]...))
			require.NoError(r.t, err)
			r.buf = r.buf[size:]
			return f
		}
		n, err := r.nc.Read(chunk)
		require.NoError(r.t, err)
		r.buf = append(r.buf, chunk[:n]...)
	}
}

// A game that loads for more than a minute, while somebody sends as fast as he can,
// finds its connection as it was: every event is there, and what has been left out
// has not touched the cipher.
func TestAFloodEndsNoConnection(t *testing.T) {
	conns := make(chan *Conn, 1)
	bubble(t, asLobby(conns), func(t *testing.T, f *fixture, p *memnet.Listener) {
		r, c := sit(t, p, conns)
		for second := range 100 {
			for range 200 {
				c.Tell(nil, relay(9, 200, 4000))
			}
			c.Tell(nil, joined(uint32(100+second)))
			time.Sleep(time.Second)
		}
		c.Tell(nil, joined(4711))
		events, relays := 0, 0
		for {
			f := r.next()
			if f.Number != nps.UserJoined.Number {
				require.Len(t, f.Body, 8+4001)
				relays++
				continue
			}
			events++
			if binary.BigEndian.Uint32(f.Body) == 4711 {
				break
			}
		}
		assert.Equal(t, 101, events)
		assert.Less(t, relays, 50)
		r.send(nps.RiffListReq.Number, false)
		assert.Equal(t, nps.UserInfo.Number, r.next().Number, "and it goes on")
	})
}

// A slow line is no reason either, as long as something gets through.
func TestASlowLineStays(t *testing.T) {
	conns := make(chan *Conn, 1)
	bubble(t, asLobby(conns), func(t *testing.T, f *fixture, p *memnet.Listener) {
		r, c := sit(t, p, conns)
		stop := make(chan struct{})
		go func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(5 * time.Millisecond):
					c.Tell(nil, relay(9, 200, 4000))
				}
			}
		}()
		chunk := make([]byte, 500)
		for range 600 { // 5 kB a second for a minute
			time.Sleep(100 * time.Millisecond)
			n, err := io.ReadFull(r.nc, chunk)
			require.NoError(t, err)
			r.buf = append(r.buf, chunk[:n]...)
		}
		close(stop)
		synctest.Wait()
		for range 5 {
			r.next()
		}
	})
}

// Who asks and does not take the answers is closed, soon and with little memory.
func TestAnswersMustBeTaken(t *testing.T) {
	conns := make(chan *Conn, 1)
	bubble(t, asLobby(conns), func(t *testing.T, f *fixture, p *memnet.Listener) {
		r, c := sit(t, p, conns)
		start := time.Now()
		raw, err := r.sealer.Seal(nil, wire.Frame{Number: nps.RiffListReq.Number})
		require.NoError(t, err)
		for range 100000 {
			if _, err = r.nc.Write(raw); err != nil {
				break
			}
			raw, _ = r.sealer.Seal(raw[:0], wire.Frame{Number: nps.RiffListReq.Number})
		}
		require.Error(t, err)
		assert.LessOrEqual(t, time.Since(start), 11*time.Second)
		assert.LessOrEqual(t, c.out.limit, 4096)
		assert.Equal(t, []string{notReading}, f.stop())
	})
}

// Who takes nothing at all for minutes is gone, whoever has caused what waits.
func TestADeadClientIsFound(t *testing.T) {
	conns := make(chan *Conn, 1)
	bubble(t, asLobby(conns), func(t *testing.T, f *fixture, p *memnet.Listener) {
		_, c := sit(t, p, conns)
		start := time.Now()
		c.Tell(nil, joined(1))
		<-c.done
		assert.Equal(t, 2*time.Minute, time.Since(start))
		assert.Equal(t, []string{notReading}, f.stop())
	})
}

// A connection that is to end does not wait for one that takes nothing.
func TestKickingASlowClientTakesOneWrite(t *testing.T) {
	conns := make(chan *Conn, 1)
	bubble(t, asLobby(conns), func(t *testing.T, f *fixture, p *memnet.Listener) {
		_, c := sit(t, p, conns)
		for range 20 {
			c.Tell(nil, relay(9, 200, 4000))
		}
		start := time.Now()
		c.Close("kicked")
		f.server.Close()
		assert.LessOrEqual(t, time.Since(start), 21*time.Second)
		assert.Equal(t, []string{"kicked"}, f.stop())
	})
}
