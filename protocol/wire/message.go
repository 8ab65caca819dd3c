package wire

import (
	"fmt"
	"reflect"
)

// Family names the group of ports whose messages share one number space and one
// framing.
type Family string

// The families. Login, Mail and Persona are the three small NPS services, Lobby
// is 7003 and every room port, MCOTS is 43300.
const (
	Login   Family = "login"
	Mail    Family = "mail"
	Persona Family = "persona"
	Lobby   Family = "lobby"
	MCOTS   Family = "mcots"
)

// Direction says who sends a message.
type Direction uint8

// The directions. Both is a message that travels either way in one layout.
const (
	ToServer Direction = 1 << iota
	ToClient
	Both = ToServer | ToClient
)

func (d Direction) String() string {
	switch d {
	case ToServer:
		return "C>S"
	case ToClient:
		return "S>C"
	default:
		return "both"
	}
}

// Confidence says how sure the layout of a message is; the marks are those of
// the protocol reference (README 2).
type Confidence string

// The confidence marks.
const (
	Captured  Confidence = "C"    // captured bytes
	Client    Confidence = "D"    // read from the client program
	Reference Confidence = "S"    // what a known server sends or does
	Guess     Confidence = "G"    // a guess
	Ours      Confidence = "ours" // our decision, nothing is known
	NameOnly  Confidence = "N"    // only the name is known
)

// Message is the declaration of one message. Family, direction and number
// together name it (a number alone does not: 0x20A means two things); Variant
// tells apart several layouts of one number that a switch chooses between.
type Message struct {
	Family     Family
	Dir        Direction
	Number     uint16
	Name       string
	Section    string // document and section of the protocol reference
	Confidence Confidence
	Variant    string // empty for the default layout
	// Short marks an NPS message that travels with the 4-byte header on a port
	// whose messages otherwise have 12 bytes.
	Short bool
	// NoReply marks a request that must never be answered (mcots-1 1.4).
	NoReply bool
	// Unknown marks a message whose layout nobody knows; its body is Raw.
	Unknown bool

	layout *Layout
}

// Layout is the compiled layout of the message's body.
func (m *Message) Layout() *Layout { return m.layout }

// String gives number and name, for logs.
func (m *Message) String() string {
	if m.Family == MCOTS {
		return fmt.Sprintf("%d %s", m.Number, m.Name)
	}
	return fmt.Sprintf("0x%03X %s", m.Number, m.Name)
}

// Msg is a message together with the Go type of its body.
type Msg[T any] struct{ *Message }

// With makes a packet of the message and a body.
func (m Msg[T]) With(body *T) Packet { return Packet{Message: m.Message, Body: body} }

// Decode reads a body of this message.
func (m Msg[T]) Decode(b []byte) (*T, error) {
	v := new(T)
	if _, err := m.layout.Decode(b, v); err != nil {
		return nil, err
	}
	return v, nil
}

// Packet is one message with its body, ready to be encoded. Body is a pointer to
// the message's struct.
type Packet struct {
	Message *Message
	Body    any
}

// AppendBody encodes the packet's body behind dst.
func (p Packet) AppendBody(dst []byte) ([]byte, error) {
	return p.Message.layout.Append(dst, p.Body)
}

// Empty is the body of a message that is all header.
type Empty struct{}

// Raw is the body of a message whose layout nobody knows.
type Raw struct {
	Data []byte `wire:"rest"`
}

// Registry collects the declarations of a protocol package while its variables
// are initialised; afterwards it is only read.
type Registry struct {
	order Order
	all   []*Message
	index map[key]*Message
}

type key struct {
	family Family
	dir    Direction
	number uint16
}

// NewRegistry makes an empty registry whose layouts default to the given order.
func NewRegistry(order Order) *Registry {
	return &Registry{order: order, index: map[key]*Message{}}
}

// Declare compiles T, adds the message to the registry and returns its typed
// handle. It panics on a layout that does not compile and on a number declared
// twice: both are mistakes in the program, found at its start.
func Declare[T any](r *Registry, m Message) Msg[T] {
	layout, err := Compile(reflect.TypeFor[T](), r.order)
	if err != nil {
		panic(err)
	}
	m.layout = layout
	r.all = append(r.all, &m)
	if m.Variant == "" {
		for _, d := range []Direction{ToServer, ToClient} {
			if m.Dir&d == 0 {
				continue
			}
			k := key{m.Family, d, m.Number}
			if other := r.index[k]; other != nil {
				panic(fmt.Sprintf("wire: %s %s declared twice: %s and %s", m.Family, d, other, &m))
			}
			r.index[k] = &m
		}
	}
	return Msg[T]{&m}
}

// Find returns the message with this family, direction (one of ToServer and
// ToClient) and number, or nil. Variants are not found.
func (r *Registry) Find(f Family, d Direction, number uint16) *Message {
	return r.index[key{f, d, number}]
}

// All returns every declared message, variants included, in order of
// declaration. The slice must not be changed.
func (r *Registry) All() []*Message { return r.all }
