package gateway

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"mcos/app/limits"
)

// Timeouts bound how long a client may be silent; 0 means for ever.
type Timeouts struct {
	Login time.Duration // until the connection has logged in
	Frame time.Duration // from the first byte of a frame to its last
	Idle  time.Duration // between frames
	Write time.Duration // for one write; a client that does not read is dropped
}

// Options are what a Server needs. No field may be nil.
type Options struct {
	Limits *limits.Limiter
	Log    logrus.FieldLogger
	// QueueBytes bounds the write queue of one connection.
	QueueBytes int
}

// Server accepts connections for all game ports.
type Server struct {
	opts Options

	received atomic.Uint64
	sent     atomic.Uint64
	unknown  atomic.Uint64
	nextID   atomic.Uint64

	mu      sync.Mutex
	conns   map[*Conn]struct{}
	lns     []net.Listener
	ports   []*Port
	closed  bool
	running sync.WaitGroup
}

// NewServer makes a server without listeners.
func NewServer(opts Options) *Server {
	return &Server{opts: opts, conns: map[*Conn]struct{}{}}
}

// Serve accepts connections from ln for the port until the server is closed. It
// returns at once; an error says that the port's table is wrong.
func (s *Server) Serve(ln net.Listener, p *Port) error {
	if err := p.prepare(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	s.lns = append(s.lns, ln)
	s.ports = append(s.ports, p)
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		s.accept(ln, p)
	}()
	return nil
}

func (s *Server) accept(ln net.Listener, p *Port) {
	for {
		nc, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Out of descriptors, most likely: wait for some to come free.
			s.opts.Log.WithError(err).WithField("service", p.Name).Warn("cannot accept a connection")
			time.Sleep(100 * time.Millisecond)
			continue
		}
		s.start(nc, p)
	}
}

func (s *Server) start(nc net.Conn, p *Port) {
	remote, local := addrOf(nc.RemoteAddr()), addrOf(nc.LocalAddr())
	if !s.opts.Limits.Connect(remote) {
		s.opts.Log.WithFields(logrus.Fields{"service": p.Name, "remote": remote}).Warn("too many connections from one address; refused")
		_ = nc.Close()
		return
	}
	c := &Conn{
		id: s.nextID.Add(1), port: p, server: s, nc: nc, remote: remote, local: local,
		out: newQueue(s.opts.QueueBytes), since: time.Now(),
	}
	c.opener, c.sealer = p.Framing()
	c.log.Store(s.opts.Log.WithFields(logrus.Fields{"conn": c.id, "service": p.Name, "remote": remote}))
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		s.opts.Limits.Disconnect(remote)
		_ = nc.Close()
		return
	}
	s.conns[c] = struct{}{}
	s.running.Add(1)
	s.mu.Unlock()
	go s.run(c)
}

func (s *Server) run(c *Conn) {
	defer s.running.Done()
	c.Log().Debug("connected")
	written := make(chan struct{})
	go func() {
		c.write()
		close(written)
	}()
	if c.port.Opened != nil {
		c.port.Opened(c)
	}
	c.read()
	if c.port.Closed != nil {
		c.port.Closed(c)
	}
	if seat := c.Seat(); seat != nil {
		seat.Session.Detach(c)
	}
	<-written
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	s.opts.Limits.Disconnect(c.remote)
	c.Log().WithField("reason", *c.reason.Load()).Debug("disconnected")
}

// Close stops accepting, closes every connection and waits until all of them
// have ended.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	for _, ln := range s.lns {
		_ = ln.Close()
	}
	conns := make([]*Conn, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	s.mu.Unlock()
	for _, c := range conns {
		c.Close("the server stops")
	}
	s.running.Wait()
}

func addrOf(a net.Addr) netip.Addr {
	if t, ok := a.(*net.TCPAddr); ok {
		if ip, ok := netip.AddrFromSlice(t.IP); ok {
			return ip.Unmap()
		}
	}
	if ap, err := netip.ParseAddrPort(a.String()); err == nil {
		return ap.Addr().Unmap()
	}
	return netip.IPv4Unspecified()
}
