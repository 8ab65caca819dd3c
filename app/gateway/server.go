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
	"mcos/app/pace"
	"mcos/protocol/cipher"
	"mcos/protocol/wire"
)

// Observer sees every message of every connection as the services see it: decrypted,
// exploded, whole. Connected comes first and Disconnected last; in between the
// reading goroutine of the connection calls Received and Secured, and the writing one
// Sent. All must return at once and keep nothing of raw and of the frame's body.
type Observer interface {
	// Watching tells whether somebody wants to see anything. It is asked before every
	// other call, so that nobody pays for an observer that does not look.
	Watching() bool
	Connected(c *Conn)
	// Secured tells the key from which on the connection is encrypted.
	Secured(c *Conn, key cipher.SessionKey)
	// Received is told of a message of the client before it is handled; raw is the
	// message in its framing, of which the payload has been decrypted in place.
	Received(c *Conn, raw []byte, f wire.Frame)
	// Sent is told of a message before it is written; Plain tells how it goes out.
	Sent(c *Conn, f wire.Frame)
	Disconnected(c *Conn, reason string)
}

// Options are what a Server needs. No field but Pace and Observer may be nil.
type Options struct {
	Limits *limits.Limiter
	Log    logrus.FieldLogger
	// Pace bounds what one player causes; nil when nothing does.
	Pace *pace.Book
	// QueueBytes bounds the write queue of one connection.
	QueueBytes int
	// Observer sees all traffic; nil when nobody does.
	Observer Observer
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

	complained time.Time // about a failed accept
}

// watcher is the observer, nil when nobody looks.
func (s *Server) watcher() Observer {
	if o := s.opts.Observer; o != nil && o.Watching() {
		return o
	}
	return nil
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
			if s.complain() {
				s.opts.Log.WithError(err).WithField("service", p.Name).Warn("cannot accept a connection")
			}
			time.Sleep(100 * time.Millisecond)
			continue
		}
		s.start(nc, p)
	}
}

// systemBuffer is how many bytes the system should hold for one client.
const systemBuffer = 64 << 10

// complain reports whether a failed accept is to be logged: it fails again at once, on
// all ports.
func (s *Server) complain() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.complained) < time.Minute {
		return false
	}
	s.complained = time.Now()
	return true
}

func (s *Server) start(nc net.Conn, p *Port) {
	remote, local := addrOf(nc.RemoteAddr()), addrOf(nc.LocalAddr())
	if !s.opts.Limits.Connect(remote) {
		_ = nc.Close()
		return
	}
	c := &Conn{
		id: s.nextID.Add(1), port: p, server: s, nc: nc, remote: remote, local: local,
		out: newQueue(s.opts.QueueBytes), since: time.Now(), done: make(chan struct{}),
	}
	if b, ok := nc.(interface{ SetWriteBuffer(int) error }); ok {
		// What is in the system's hands can no longer be left out; a smaller or larger
		// buffer than this does no harm.
		_ = b.SetWriteBuffer(systemBuffer)
	}
	if addr, limited := s.opts.Limits.Counts(remote); limited {
		c.budget.Store(s.opts.Pace.Address(addr))
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
	if o := s.watcher(); o != nil {
		o.Connected(c)
	}
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
	c.settle(0)
	if seat := c.Seat(); seat != nil {
		seat.Session.Detach(c)
	}
	<-written
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	s.opts.Limits.Disconnect(c.remote)
	reason := *c.reason.Load()
	if o := s.watcher(); o != nil {
		o.Disconnected(c, reason)
	}
	log := c.Log().WithField("reason", reason)
	if n := c.out.leftOut(); n > 0 {
		log = log.WithField("left_out", n) // of what others had caused
	}
	if next := remedies[reason]; next != "" {
		log.WithField("next", next).Info("the server has ended a connection")
		return
	}
	log.Debug("disconnected")
}

// remedies are, for reasons for which the server itself ends connections, what an
// operator can change when it ends the wrong ones.
var remedies = map[string]string{
	notReading:   "the player's line is too slow for its own answers; timeouts.write says how long it may take none of them",
	notLoggedIn:  "timeouts.login (or timeouts.nps) says how long it may take",
	halfAMessage: "timeouts.login (or timeouts.nps) says how long it may take",
	silent:       "timeouts.lobby_idle, timeouts.mcots_idle and timeouts.nps say how long a game may say nothing",
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

// addrText is an address with its port, IPv4 in its short form.
func addrText(a net.Addr) string {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return a.String()
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()).String()
}

// addrOf is the address without its port. The zone of a link-local one stays: it
// tells the card.
func addrOf(a net.Addr) netip.Addr {
	if t, ok := a.(*net.TCPAddr); ok {
		if ap := t.AddrPort(); ap.IsValid() {
			return ap.Addr().Unmap()
		}
	}
	if ap, err := netip.ParseAddrPort(a.String()); err == nil {
		return ap.Addr().Unmap()
	}
	return netip.IPv4Unspecified()
}
