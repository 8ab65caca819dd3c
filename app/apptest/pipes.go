package apptest

import (
	"net"
	"net/netip"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"mcos/app/gateway"
)

// Pipes is a listener whose connections are pipes in memory that seem to come from
// Home. A test in a synctest bubble serves and dials it, so that hours pass in no time.
type Pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

// ServePipes serves a port description on pipes.
func (w *World) ServePipes(p *gateway.Port) *Pipes {
	w.T.Helper()
	l := &Pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	require.NoError(w.T, w.Server.Serve(l, p))
	return l
}

// Dial connects with the client side of a framing.
func (l *Pipes) Dial(t testing.TB, opener gateway.Opener, sealer gateway.Sealer) *Client {
	t.Helper()
	mine, theirs := net.Pipe()
	t.Cleanup(func() { _ = mine.Close() })
	l.conns <- fromHome{theirs}
	return &Client{T: t, Conn: mine, opener: opener, sealer: sealer}
}

// Accept waits for a Dial.
func (l *Pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Addr is an address of Home.
func (l *Pipes) Addr() net.Addr { return at(1) }

// Close ends the listening.
func (l *Pipes) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

type fromHome struct{ net.Conn }

func (fromHome) RemoteAddr() net.Addr { return at(2) }
func (fromHome) LocalAddr() net.Addr  { return at(1) }

func at(port uint16) net.Addr { return net.TCPAddrFromAddrPort(netip.AddrPortFrom(Home, port)) }
