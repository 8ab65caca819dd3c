// Package proxied lets tunnels and proxies that stand before the server pass on who
// their clients are, by the PROXY protocol, version 2, so that limits, bans and the log
// see the players and not the proxy.
//
// Only those that the configuration trusts are asked for a header, and they must send
// one: whoever could send it at will could pretend to be anybody.
package proxied

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
)

const (
	// headerWithin is how long a proxy may take for its header.
	headerWithin = 5 * time.Second
	// maxPending bounds the connections whose header has not come yet.
	maxPending = 256
	// complainEvery is how often a refused connection is logged.
	complainEvery = time.Minute
)

// Listen wraps a TCP listener. Connections from trusted addresses have to begin with a
// header, which is taken off; their addresses are then those of the header. A loopback
// address may also be trusted as the one that is connected to: nobody but programs on
// this computer can do that.
func Listen(ln net.Listener, trusted []netip.Prefix, log logrus.FieldLogger) net.Listener {
	l := &listener{
		Listener: ln, trusted: trusted, log: log,
		accepted: make(chan result), pending: make(chan struct{}, maxPending), closed: make(chan struct{}),
	}
	go l.run()
	return l
}

type listener struct {
	net.Listener
	trusted []netip.Prefix
	log     logrus.FieldLogger

	accepted chan result
	pending  chan struct{} // one for each header that is awaited
	closed   chan struct{}
	once     sync.Once

	mu         sync.Mutex
	complained time.Time
}

type result struct {
	conn net.Conn
	err  error
}

// Accept implements net.Listener. A proxy that is slow with its header holds up nobody.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case r := <-l.accepted:
		return r.conn, r.err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

func (l *listener) run() {
	for {
		c, err := l.Listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			l.once.Do(func() { close(l.closed) })
			return
		}
		if err != nil {
			if !l.hand(result{err: err}) {
				return
			}
			continue
		}
		tcp, ok := c.(*net.TCPConn)
		if !ok || !l.trusts(c) {
			l.hand(result{conn: c})
			continue
		}
		select {
		case l.pending <- struct{}{}:
			go func() {
				defer func() { <-l.pending }()
				l.unwrap(tcp)
			}()
		default:
			l.refuse(tcp, "too many connections of the proxy wait for their header", nil)
		}
	}
}

// hand gives a connection to whoever accepts; false says that the listener is closed.
func (l *listener) hand(r result) bool {
	select {
	case l.accepted <- r:
		return true
	case <-l.closed:
		if r.conn != nil {
			_ = r.conn.Close()
		}
		return false
	}
}

func (l *listener) trusts(c net.Conn) bool {
	remote, local := addrOf(c.RemoteAddr()), addrOf(c.LocalAddr())
	return slices.ContainsFunc(l.trusted, func(p netip.Prefix) bool {
		return p.Contains(remote) || local.IsLoopback() && p.Contains(local)
	})
}

// unwrap takes the header off a connection and hands it on.
func (l *listener) unwrap(c *net.TCPConn) {
	_ = c.SetReadDeadline(time.Now().Add(headerWithin)) // reading reports a closed socket
	h, err := readHeader(c)
	if err != nil {
		l.refuse(c, "a connection of a proxy was refused: its PROXY protocol header cannot be used", err)
		return
	}
	_ = c.SetReadDeadline(time.Time{})
	if h.own {
		l.hand(result{conn: c})
		return
	}
	l.hand(result{conn: &conn{TCPConn: c, remote: net.TCPAddrFromAddrPort(h.from), local: net.TCPAddrFromAddrPort(h.to)}})
}

// refuse closes a connection; the log has a line now and then.
func (l *listener) refuse(c *net.TCPConn, what string, err error) {
	l.mu.Lock()
	due := time.Since(l.complained) >= complainEvery
	if due {
		l.complained = time.Now()
	}
	l.mu.Unlock()
	if due {
		entry := l.log.WithFields(logrus.Fields{"proxy": c.RemoteAddr().String(), "hint": "server.proxy_protocol"})
		if err != nil {
			entry = entry.WithError(err)
		}
		entry.Warn(what)
	}
	_ = c.Close()
}

func addrOf(a net.Addr) netip.Addr {
	if t, ok := a.(*net.TCPAddr); ok {
		return t.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// conn is a connection whose client sits behind a proxy.
type conn struct {
	*net.TCPConn
	remote, local net.Addr
}

// RemoteAddr is the client's address.
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// LocalAddr is where the proxy was reached.
func (c *conn) LocalAddr() net.Addr { return c.local }
