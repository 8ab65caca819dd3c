package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mcos/protocol/cipher"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// framing is how a family's messages lie in the stream.
type framing struct {
	family wire.Family
	open   interface {
		Size(buf []byte) (int, error)
		Open(raw []byte) (wire.Frame, error)
		Secure(key cipher.SessionKey) error
	}
	seal interface {
		Seal(dst []byte, f wire.Frame) ([]byte, error)
		Secure(key cipher.SessionKey) error
	}
}

// maxNPS is the longest NPS message; its length field has 16 bits.
const maxNPS = 1<<16 - 1

func loginFraming() framing {
	return framing{wire.Login, nps.NewLongClientOpener(maxNPS), nps.NewLongSealer()}
}

func personaFraming() framing {
	return framing{wire.Persona, nps.NewLongClientOpener(maxNPS), nps.NewLongSealer()}
}

func mailFraming() framing {
	return framing{wire.Mail, nps.NewShortOpener(maxNPS), nps.NewShortSealer()}
}

func lobbyFraming() framing {
	return framing{wire.Lobby, nps.NewLobbyClientOpener(maxNPS), nps.NewLobbySealer()}
}

func mcotsFraming() framing {
	return framing{wire.MCOTS, mcots.NewOpener(mcots.MaxFrame), mcots.NewSealer()}
}

// secure starts both ciphers. They may start before the login is sent: its messages travel in clear and touch neither.
func (f framing) secure(key cipher.SessionKey) error {
	return errors.Join(f.open.Secure(key), f.seal.Secure(key))
}

// bounds of what a connection keeps.
const (
	maxEvents = 1024 // events that nobody has read yet
	maxFrames = 256  // frames of one answer
)

// link is one connection. A goroutine of its own reads it and hands each frame to the oldest call that still waits, or to the
// events. Servers answer strictly in order (mcots-1 1.4, nps-lobby-rooms 2.1), so a reply that another call waits for is an
// error of the server.
type link struct {
	where    string
	conn     net.Conn
	framing  framing
	segments Segments
	timeout  time.Duration

	writing sync.Mutex // guards framing.seal and the order of writes

	mu      sync.Mutex // guards what follows
	frames  *sequence  // of all connections to the transaction server; other links leave it alone
	pending []*call
	err     error // why the connection ended

	events chan Event
	lost   atomic.Uint64
	ended  chan struct{}
}

// sequence counts the frames of all connections to the transaction server, as the client does for its whole run
// (mcots-1 1.3).
type sequence struct {
	mu    sync.Mutex
	count mcots.ClientSequence
}

// next counts a frame to be sent and returns its number.
func (s *sequence) next() uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count.Next()
}

// received counts a received frame.
func (s *sequence) received() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count.Received()
}

// call is one request with the answers that it waits for.
type call struct {
	step   string
	packet wire.Packet // none: the server speaks first
	plain  bool        // in clear, and so must be the answer
	want   []*wire.Message
	mine   func(wire.Frame) bool // not nil: which frames of these numbers
	more   func(wire.Frame) bool // not nil: whether another frame follows

	seq    uint32
	frames []wire.Frame
	err    error
	done   chan struct{}
}

func newLink(conn net.Conn, where string, f framing, frames *sequence, o Options, first ...*call) *link {
	l := &link{
		where: where, conn: conn, framing: f, frames: frames, segments: o.Segments, timeout: o.Timeout,
		events: make(chan Event, maxEvents), ended: make(chan struct{}),
	}
	for _, c := range first {
		c.done = make(chan struct{})
	}
	l.pending = first
	go l.read()
	return l
}

// close ends the connection and waits until nothing of it is left.
func (l *link) close() {
	l.fail(ErrClosed)
	<-l.ended
}

// fail ends the connection for a reason; the first one counts.
func (l *link) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return
	}
	l.err = err
	_ = l.conn.Close()
	for _, c := range l.pending {
		c.finish(err)
	}
	l.pending = nil
}

func (c *call) finish(err error) {
	c.err = err
	close(c.done)
}

// read runs until the connection ends.
func (l *link) read() {
	defer close(l.ended)
	defer close(l.events)
	buf := make([]byte, 0, 2048)
	for {
		n, err := l.framing.open.Size(buf)
		if err != nil {
			l.fail(fmt.Errorf("%w: %w", ErrMalformed, err))
			return
		}
		if n > 0 && len(buf) >= n {
			raw := bytes.Clone(buf[:n])
			buf = append(buf[:0], buf[n:]...)
			if err := l.receive(raw); err != nil {
				l.fail(err)
				return
			}
			continue
		}
		buf = slices.Grow(buf, max(n-len(buf), 512))
		m, err := l.conn.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+m]
		if m == 0 && err != nil {
			l.fail(endError(err, len(buf)))
			return
		}
	}
}

func endError(err error, rest int) error {
	switch {
	case rest > 0:
		return fmt.Errorf("%w by the server inside a message, %d bytes of it had come: %w", ErrClosed, rest, err)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w by the server", ErrClosed)
	default:
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
}

// receive opens a frame and gives it to whom it is for.
func (l *link) receive(raw []byte) error {
	f, err := l.framing.open.Open(raw)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.framing.family == wire.MCOTS {
		l.frames.received()
	}
	if len(l.pending) > 0 {
		c := l.pending[0]
		mine, err := c.takes(l.framing.family, f)
		if err == nil && !mine && !isPush(l.framing.family, f) {
			err = ErrUnexpected
		}
		if err != nil {
			l.pending = l.pending[1:]
			c.finish(&Error{Step: c.step, Where: l.where, Want: c.wanted(), Got: describe(l.framing.family, f), Err: err})
			return nil
		}
		if mine {
			l.take(c, f)
			return nil
		}
	}
	l.event(f)
	return nil
}

// take adds a frame to the answer of the oldest call.
func (l *link) take(c *call, f wire.Frame) {
	c.frames = append(c.frames, f)
	if c.more != nil && c.more(f) && len(c.frames) < maxFrames {
		return
	}
	l.pending = l.pending[1:]
	c.finish(nil)
}

// takes reports whether the frame answers the call, or what is wrong with it as an answer.
func (c *call) takes(family wire.Family, f wire.Frame) (bool, error) {
	if f.Heartbeat {
		return false, nil
	}
	for _, m := range c.want {
		if m.Number != f.Number || c.mine != nil && !c.mine(f) {
			continue
		}
		if family == wire.MCOTS && f.Seq != c.seq {
			if isPush(family, f) {
				return false, nil
			}
			return false, fmt.Errorf("%w: the answer carries sequence %d, the request carried %d", ErrMalformed, f.Seq, c.seq)
		}
		if (family == wire.MCOTS || family == wire.Lobby) && f.Plain != c.plain {
			return false, fmt.Errorf("%w: in clear: %t, while the request was in clear: %t", ErrMalformed, f.Plain, c.plain)
		}
		return true, nil
	}
	return false, nil
}

// wanted names the answers that the call waits for; refusals are left out.
func (c *call) wanted() string {
	if len(c.want) == 0 {
		return ""
	}
	return c.want[0].String()
}

// event passes a frame on that nobody waits for. The oldest one is dropped when they are not read.
func (l *link) event(f wire.Frame) {
	e := newEvent(l, f)
	for {
		select {
		case l.events <- e:
			return
		default:
		}
		select {
		case <-l.events:
			l.lost.Add(1)
		default:
		}
	}
}

// do sends requests that the client does not wait in between, then waits for all answers. An error ends the connection unless
// it is an answer of the server.
func (l *link) do(ctx context.Context, calls ...*call) error {
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	if err := l.send(ctx, calls); err != nil {
		return err
	}
	for _, c := range calls {
		if err := l.wait(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// ask sends one request and returns its answer.
func (l *link) ask(ctx context.Context, step string, p wire.Packet, want ...*wire.Message) (answer, error) {
	c := &call{step: step, packet: p, want: want}
	if err := l.do(ctx, c); err != nil {
		return answer{}, err
	}
	return l.answer(c), nil
}

// answer is what came for a finished call.
func (l *link) answer(c *call) answer {
	return answer{step: c.step, where: l.where, family: l.framing.family, frame: c.frames[len(c.frames)-1], frames: c.frames}
}

// send writes the requests, together where the segments are to be glued.
func (l *link) send(ctx context.Context, calls []*call) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	deadline, _ := ctx.Deadline()
	_ = l.conn.SetWriteDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { _ = l.conn.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()

	var out []byte
	for i, c := range calls {
		body, err := c.packet.AppendBody(nil)
		if err != nil {
			return &Error{Step: c.step, Where: l.where, Err: err}
		}
		if err := l.register(c); err != nil {
			return err
		}
		f := wire.Frame{Number: c.packet.Message.Number, Body: body, Seq: c.seq, Plain: c.plain, Short: c.packet.Message.Short}
		if out, err = l.framing.seal.Seal(out, f); err != nil {
			l.fail(err)
			return &Error{Step: c.step, Where: l.where, Err: err}
		}
		if l.segments == Glued && i < len(calls)-1 {
			continue
		}
		if _, err := l.conn.Write(out); err != nil {
			l.fail(fmt.Errorf("%w: %w", ErrClosed, err))
			return &Error{Step: c.step, Where: l.where, Err: l.reason(err)}
		}
		out = out[:0]
	}
	return nil
}

// register makes a call wait for its answer, before its request is out.
func (l *link) register(c *call) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return &Error{Step: c.step, Where: l.where, Err: l.err}
	}
	if l.framing.family == wire.MCOTS {
		c.seq = l.frames.next()
	}
	c.done = make(chan struct{})
	if len(c.want) == 0 {
		close(c.done)
		return nil
	}
	l.pending = append(l.pending, c)
	return nil
}

// reason prefers why the connection ended to the error that this led to.
func (l *link) reason(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	return err
}

// wait waits for the answer of a call.
func (l *link) wait(ctx context.Context, c *call) error {
	select {
	case <-c.done:
	case <-ctx.Done():
		// What would come now could not be told from later answers.
		l.fail(fmt.Errorf("%w: no answer in time: %w", ErrClosed, ctx.Err()))
		<-c.done
	}
	if c.err == nil {
		return nil
	}
	var e *Error
	if errors.As(c.err, &e) {
		return c.err
	}
	got := ""
	if n := len(c.frames); n > 0 {
		got = fmt.Sprintf("%d of several messages", n)
	}
	return &Error{Step: c.step, Where: l.where, Want: c.wanted(), Got: got, Err: c.err}
}
