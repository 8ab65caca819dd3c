package gateway

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"mcos/app/netaddr"
	"mcos/app/pace"
	"mcos/app/session"
	"mcos/protocol/cipher"
	"mcos/protocol/wire"
)

// Conn is one client connection. Its methods may be called from any goroutine,
// except SetState and Secure, which belong to the handlers of this connection.
type Conn struct {
	id     uint64
	port   *Port
	server *Server
	nc     net.Conn
	remote netip.Addr
	local  netip.Addr
	opener Opener
	sealer Sealer
	out    *queue
	log    atomic.Pointer[logrus.Entry]

	sealed   bool  // sent frames are encrypted; writer goroutine only
	state    State // reader goroutine only, like those down to until
	secured  bool  // received frames may be encrypted
	reopen   bool  // the client has logged out and may connect anew
	claim    *claim
	welcome  bool // the client has been known
	beaten   bool // a heartbeat has come
	until    deadlines
	seat     atomic.Pointer[Seat]
	lastSeq  atomic.Uint32
	firstSeq atomic.Uint32 // of the first frame that came
	traffic  traffic
	since    time.Time
	noted    map[uint16]int // messages recorded and refused in the log, by number
	refused  map[uint16]int
	call     Call // the message being handled; there is only one at a time

	budget   atomic.Pointer[pace.Budget]
	told     atomic.Int64 // bytes told to others that are not taken from the budget yet
	answered int          // bytes of answers, likewise; reader goroutine only, like the next two
	rest     time.Duration
	slowed   slowed

	closing sync.Once
	done    chan struct{} // closed by Close
	reason  atomic.Pointer[string]
}

// Seat is who sits behind a connection once it has logged in.
type Seat struct {
	Session *session.Session
	Persona uint32
	Name    string
}

// claim is what a client has said and not proved yet.
type claim struct {
	seat  Seat
	proof func() error // may be nil
}

// ID numbers the server's connections from 1.
func (c *Conn) ID() uint64 { return c.id }

// Port is the port description the connection came in on.
func (c *Conn) Port() *Port { return c.port }

// Remote is the client's address, IPv4 in its short form.
func (c *Conn) Remote() netip.Addr { return c.remote }

// Local is the address the client reached us at.
func (c *Conn) Local() netip.Addr { return c.local }

// Arrival is how the client has come, for those who tell it where to go next.
func (c *Conn) Arrival() netaddr.Arrival {
	a := netaddr.Arrival{Local: c.local, Remote: c.remote}
	if seat := c.Seat(); seat != nil {
		a.Typed = seat.Session.Typed
	}
	return a
}

// Addrs are the addresses of both ends with their ports, as text.
func (c *Conn) Addrs() (client, server string) {
	return addrText(c.nc.RemoteAddr()), addrText(c.nc.LocalAddr())
}

// Log is the connection's logger; it carries connection, service and, once
// known, persona.
func (c *Conn) Log() *logrus.Entry { return c.log.Load() }

// Seat is who sits behind the connection, or nil before login.
func (c *Conn) Seat() *Seat { return c.seat.Load() }

// Sit ties the connection to a session and persona: it ends with the session.
// It returns the session's error when that is over.
func (c *Conn) Sit(seat Seat) error {
	if err := seat.Session.Attach(c); err != nil {
		return err
	}
	c.seat.Store(&seat)
	c.log.Store(c.Log().WithField("persona", seat.Name))
	if !c.payFrom(seat.Session.Account) {
		return session.ErrEnded
	}
	return nil
}

// Claim notes who the client says it is. Nothing has proved it yet: whoever knows
// a customer id, or has seen a login on the line, can say the same. So the
// connection has no seat, holds no place in the session and replaces no other one
// until Prove, and what it sends in plain text is not obeyed (DECISIONS 46).
//
// proof, when not nil, runs before the first encrypted message whose number the
// port knows, which is proof enough; it calls Prove itself. Otherwise the handlers
// do, when a message has shown them that its sender has the key. Claim returns the
// session's error when Prove would.
func (c *Conn) Claim(seat Seat, proof func() error) error {
	if err := seat.Session.Admits(); err != nil {
		return err
	}
	c.claim = &claim{seat, proof}
	return nil
}

// Claimed is who the client says it is, or nil when it has said nothing or has
// proved it. It belongs to the handlers of this connection, like Prove.
func (c *Conn) Claimed() *Seat {
	if c.claim == nil {
		return nil
	}
	return &c.claim.seat
}

// Prove makes the claim the connection's seat, because the client has shown that
// it has the session key. Without a claim it does nothing. It returns the
// session's error when that is over or has enough connections.
func (c *Conn) Prove() error {
	if c.claim == nil {
		return nil
	}
	if err := c.Sit(c.claim.seat); err != nil {
		return err
	}
	c.claim = nil
	return nil
}

// Reopen moves a client that has logged out back behind its first message: it may
// log in again, or connect anew, as somebody else and with fresh ciphers
// (DECISIONS 34).
func (c *Conn) Reopen() { c.state, c.reopen = Keyed, true }

// Reopened reports whether the client may connect anew.
func (c *Conn) Reopened() bool { return c.reopen }

// StandUp ends what the client was, as the end of the connection would, so that
// one which connects anew begins like one that has just come.
func (c *Conn) StandUp() {
	if c.port.Closed != nil {
		c.port.Closed(c)
	}
	if seat := c.seat.Swap(nil); seat != nil {
		seat.Session.Detach(c)
	}
	c.claim = nil
	c.SetState(Connected)
}

// SetState moves the connection to a later (or earlier) state.
func (c *Conn) SetState(s State) { c.state, c.reopen = s, false }

// State is the connection's state, for its own handlers.
func (c *Conn) State() State { return c.state }

// Welcome notes that the client is one that belongs here, on a port or in a state
// without a login: from now on it may be silent between its messages. It belongs to
// the handlers of this connection.
func (c *Conn) Welcome() { c.welcome = true }

// WelcomeAs is Welcome for a client of which the account is known, on a port whose
// messages say so one by one: the account pays for what they cause, this one included.
// It reports false when the connection has ended while it had to wait.
func (c *Conn) WelcomeAs(account uint32) bool {
	c.Welcome()
	return c.payFrom(account)
}

// known reports whether the client has said who it is, and proved it, in time.
func (c *Conn) known() bool {
	// For good: logging out is no second wait.
	c.welcome = c.welcome || c.state > Connected && c.claim == nil
	return c.welcome
}

// Secure starts encryption with the session key: at once for what is received,
// and for what is sent behind everything queued so far. Doing it again starts anew.
func (c *Conn) Secure(key cipher.SessionKey) error {
	if err := c.opener.Secure(key); err != nil {
		return err
	}
	c.secured = true
	c.out.put(outgoing{secure: &key})
	if o := c.server.watcher(); o != nil {
		o.Secured(c, key)
	}
	return nil
}

// Push sends packets that answer no request and that the client cannot do without.
// They are encrypted once the connection is, unless the port is configured otherwise.
func (c *Conn) Push(packets ...wire.Packet) {
	f := c.pushForm()
	for _, p := range packets {
		c.send(f, p)
	}
}

// Tell is Push for what another connection has caused, or the passing of time when by
// is nil: when the client is slow it may be merged or left out, and it is no reason to
// close it. For one packet to many there is Broadcast.
func (c *Conn) Tell(by *Conn, packets ...wire.Packet) {
	for _, p := range packets {
		b, err := NewBroadcast(by, p)
		if err != nil {
			c.failed(p, err)
			continue
		}
		b.To(c)
		b.Done()
	}
}

func (c *Conn) pushForm() wire.Frame {
	if c.port.Push != nil {
		return c.port.Push(c)
	}
	return wire.Frame{}
}

// send encodes a packet into the frame and queues it. A packet that cannot be
// encoded is a mistake of ours: it is logged and the client gets nothing. The size is
// that of the body.
func (c *Conn) send(f wire.Frame, p wire.Packet) (size int) {
	if c.port.encode != nil {
		c.port.encode(p)
	}
	body, err := p.AppendBody(nil)
	if err != nil {
		c.failed(p, err)
		return 0
	}
	f.Number, f.Body, f.Short = p.Message.Number, body, p.Message.Short
	c.enqueue(outgoing{frame: f})
	return len(body)
}

func (c *Conn) failed(p wire.Packet, err error) {
	c.Log().WithError(err).WithField("message", p.Message.String()).Error("cannot encode a message; nothing was sent")
}

// enqueue hands an item to the writer.
func (c *Conn) enqueue(o outgoing) {
	if !c.out.put(o) {
		o.release()
		c.Close(notReading)
		return
	}
	c.traffic.sent.Add(1)
	c.server.sent.Add(1)
}

// player is the persona behind the connection, 0 for none.
func (c *Conn) player() uint32 {
	if seat := c.Seat(); seat != nil {
		return seat.Persona
	}
	return 0
}

// Close ends the connection after what is already queued has been written; the
// reason is for the log. Later calls do nothing.
func (c *Conn) Close(reason string) {
	c.closing.Do(func() {
		c.reason.Store(&reason)
		close(c.done)
		c.out.finish()
	})
}

// read cuts frames from the socket and handles them until the connection ends.
func (c *Conn) read() {
	buf := make([]byte, 0, readChunk)
	c.until.begin(c.port.Timeouts, c.since)
	for {
		// It fails only on a closed socket, which Read reports.
		_ = c.nc.SetReadDeadline(c.until.next(c.known()))
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := c.nc.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		c.traffic.bytesIn.Add(uint64(n))
		used, ferr := c.frames(buf)
		if ferr != nil {
			c.Log().WithError(ferr).Info("connection closed: the stream cannot be read")
			c.Close("unreadable stream")
			return
		}
		if err != nil {
			c.ended(err)
			return
		}
		if c.reason.Load() != nil {
			return
		}
		c.until.progress(used > 0, len(buf)-used, time.Now())
		buf = keep(buf, used)
	}
}

const readChunk = 512

// keep drops the used bytes and gives a large buffer back once it is not needed,
// so that thousands of idle clients cost little memory.
func keep(buf []byte, used int) []byte {
	rest := buf[used:]
	if cap(buf) > 8*readChunk && len(rest) < readChunk {
		return append(make([]byte, 0, readChunk), rest...)
	}
	return buf[:copy(buf, rest)]
}

// frames handles every whole frame in buf and returns how many bytes they took.
func (c *Conn) frames(buf []byte) (used int, err error) {
	for c.reason.Load() == nil && c.ready() {
		size, err := c.opener.Size(buf[used:])
		if err != nil {
			return used, err
		}
		if size == 0 || size > len(buf)-used {
			return used, nil
		}
		raw := buf[used : used+size]
		f, err := c.opener.Open(raw)
		if err != nil {
			return used, err
		}
		used += size
		if o := c.server.watcher(); o != nil {
			o.Received(c, raw, f)
		}
		c.dispatch(f)
		c.settle(size)
	}
	return used, nil
}

func (c *Conn) ended(err error) {
	var timeout net.Error
	switch {
	case errors.Is(err, io.EOF):
		c.Close("closed by the client")
	case errors.As(err, &timeout) && timeout.Timeout():
		c.Close(c.overdue())
	default:
		c.Close("connection lost")
	}
}

// Reasons for which a connection ends whose client takes too long.
const (
	notLoggedIn  = "not logged in in time"
	halfAMessage = "a message did not arrive whole in time"
	silent       = "silent for too long"
)

// overdue says which of its times the client has let pass.
func (c *Conn) overdue() string {
	switch {
	case !c.known():
		return notLoggedIn
	case !c.until.frame.IsZero():
		return halfAMessage
	}
	return silent
}
