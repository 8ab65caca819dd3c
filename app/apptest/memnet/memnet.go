// Package memnet is a network in memory for tests: its connections are pipes, on
// which the clock of a testing/synctest bubble can run.
package memnet

import (
	"net"
	"sync"
)

// Listener accepts the connections that Dial makes.
type Listener struct {
	remote net.Addr
	conns  chan net.Conn
	done   chan struct{}
	once   sync.Once
}

// Listen makes a listener whose clients seem to come from an IP address.
func Listen(remote string) *Listener {
	return &Listener{
		remote: &net.TCPAddr{IP: net.ParseIP(remote), Port: 4000},
		conns:  make(chan net.Conn), done: make(chan struct{}),
	}
}

// Dial makes a connection and returns the client's end. It waits until the other end
// has been accepted; that of a closed listener has ended already.
func (l *Listener) Dial() net.Conn {
	client, server := net.Pipe()
	select {
	case l.conns <- conn{server, l.remote}:
	case <-l.done:
		_ = server.Close()
	}
	return client
}

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Addr implements net.Listener.
func (l *Listener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1} }

// Close implements net.Listener; it may be called more than once.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// conn is a pipe that has an address.
type conn struct {
	net.Conn
	remote net.Addr
}

// RemoteAddr implements net.Conn.
func (c conn) RemoteAddr() net.Addr { return c.remote }
