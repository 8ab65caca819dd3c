package gateway

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"mcos/protocol/cipher"
	"mcos/protocol/wire"
)

// State is how far a connection has come. A row names the least state it needs.
type State int32

// The states in the order in which a connection reaches them.
const (
	Connected State = iota // the socket is open
	Keyed                  // its session key is known (MCOTS 438)
	LoggedIn               // its persona is known and accepted
)

func (s State) String() string {
	return [...]string{"connected", "keyed", "logged in"}[s]
}

// Opener is the receiving half of a family's framing. Size returns the length of
// the first frame in buf, 0 when there are too few bytes to tell, and an error
// when the stream cannot hold a frame. Open decodes exactly one frame and may
// work in place. Secure starts decryption.
type Opener interface {
	Size(buf []byte) (int, error)
	Open(raw []byte) (wire.Frame, error)
	Secure(key cipher.SessionKey) error
}

// Sealer is the sending half: Seal appends the frame's wire form to dst, Secure
// starts encryption.
type Sealer interface {
	Seal(dst []byte, f wire.Frame) ([]byte, error)
	Secure(key cipher.SessionKey) error
}

// Treatment says what a service does with a message.
type Treatment string

// The treatments.
const (
	Handled  Treatment = "handled"
	Ignored  Treatment = "ignored"  // recorded, not answered
	Declined Treatment = "declined" // recorded and refused
)

// Row is one message of a service: what it is, what state it needs and who
// handles it.
type Row struct {
	Message   *wire.Message
	Need      State
	Treatment Treatment
	effect    effect
	handle    func(*Call) error
}

// On makes the row of a message with a handler. The body is decoded before the
// handler sees it; a body that does not decode is refused, and recorded when the
// layout is a guess that it proves wrong.
func On[T any](m wire.Msg[T], need State, handle func(*Call, *T) error) Row {
	return Row{m.Message, need, Handled, 0, func(c *Call) error {
		req, err := m.Decode(c.Frame.Body)
		if err != nil {
			if m.Confidence == wire.Guess {
				c.Record("not the form that was guessed")
			}
			return &MalformedError{m.Message, err}
		}
		return handle(c, req)
	}}
}

// OnHot is On for the messages that come many times a second: the request is
// decoded into a struct that is used again after the handler has returned, so the
// handler must keep nothing of it.
func OnHot[T any](m wire.Msg[T], need State, handle func(*Call, *T) error) Row {
	pool := sync.Pool{New: func() any { return new(T) }}
	return Row{m.Message, need, Handled, 0, func(c *Call) error {
		req := pool.Get().(*T)
		defer pool.Put(req)
		if _, err := m.Layout().Decode(c.Frame.Body, req); err != nil {
			return &MalformedError{m.Message, err}
		}
		return handle(c, req)
	}}
}

// Ignore makes the row of a message that is known, recorded in the log and not
// answered.
func Ignore[T any](m wire.Msg[T], need State) Row {
	return Row{m.Message, need, Ignored, 0, func(c *Call) error {
		c.Record("known, not answered")
		return nil
	}}
}

// Decline makes the row of a message that is known, recorded in the log and
// refused in the form its port has for that.
func Decline[T any](m wire.Msg[T], need State) Row {
	return Row{m.Message, need, Declined, 0, func(c *Call) error {
		c.Record("known, refused")
		return ErrDeclined
	}}
}

// Errors that reach a port's Refuse policy besides a handler's own.
var (
	// ErrDeclined is the error of a Decline row.
	ErrDeclined = errors.New("not offered by this server")
	// ErrState says that the connection is not far enough for the message.
	ErrState = errors.New("message not allowed yet")
	// ErrUnknown says that no row has the message's number.
	ErrUnknown = errors.New("unknown message")
)

// Verdict is what becomes of a message that came unencrypted where it should not.
type Verdict int

// The verdicts.
const (
	Obey Verdict = iota // handle it
	Skip                // log it and go on
	Drop                // end the connection
)

// MalformedError says that a message's body does not decode.
type MalformedError struct {
	Message *wire.Message
	Err     error
}

func (e *MalformedError) Error() string { return fmt.Sprintf("malformed %s: %v", e.Message, e.Err) }

// lies reports whether the body gives a text, list or record a length that it cannot
// have: whoever wrote it is not the game, or has lost its way in the stream
// (DECISIONS 51). Where the layout is a guess, the guess may be what is wrong.
func (e *MalformedError) lies() bool {
	return e.Message.Confidence != wire.Guess && errors.Is(e.Err, wire.ErrCount)
}

// Unwrap returns the codec's error.
func (e *MalformedError) Unwrap() error { return e.Err }

// Port describes one kind of game port: its framing, its messages and its
// manners. The same Port may listen on several numbers (the room ports).
type Port struct {
	// Name is the service name in logs and configuration: login, lobby, …
	Name string
	// Number is the port number the client knows it by; the listener may have
	// another one.
	Number int
	// Family selects the registry's number space.
	Family wire.Family
	// Framing makes the two halves of a new connection's framing.
	Framing func() (Opener, Sealer)
	// Rows are the messages it understands.
	Rows []Row
	// Refuse answers a request that failed: a handler's error, a malformed,
	// unknown or untimely message. It may reply, close, or do nothing.
	Refuse func(*Call, error)
	// Opened runs before the first read, Closed after the last; either may be
	// nil.
	Opened func(*Conn)
	Closed func(*Conn)
	// Timeouts bound silence.
	Timeouts Timeouts

	// Push gives the form and numbering of a message that answers no request;
	// nil means the plain default.
	Push func(*Conn) wire.Frame
	// Plain judges a message that comes outside the encryption once the
	// connection has one; nil obeys all, each by its own form.
	Plain func(c *Conn, number uint16) Verdict

	encode func(wire.Packet) // last touch on a packet before it is encoded, may be nil
	table  map[uint16]*entry

	unknown tally // of numbers that are in no row
}

// entry is a row in use, with its counter.
type entry struct {
	Row
	count atomic.Uint64
}

// prepare indexes the rows. Two rows for one number are a mistake in the program.
func (p *Port) prepare() error {
	p.table = make(map[uint16]*entry, len(p.Rows))
	for _, r := range p.Rows {
		n := r.Message.Number
		if other := p.table[n]; other != nil {
			return fmt.Errorf("gateway: port %s: two rows for %s and %s", p.Name, other.Message, r.Message)
		}
		if r.Message.Family != p.Family {
			return fmt.Errorf("gateway: port %s: %s belongs to %s", p.Name, r.Message, r.Message.Family)
		}
		p.table[n] = &entry{Row: r}
	}
	return nil
}
