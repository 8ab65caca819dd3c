package gateway

import (
	"sync"
	"sync/atomic"

	"mcos/protocol/wire"
)

// Broadcast is one packet on its way to several connections: encoded once, sealed
// by each connection's own cipher. Its memory is used again when the last receiver
// has written it, so a relay allocates nothing.
type Broadcast struct {
	frame wire.Frame
	refs  atomic.Int32
	// Droppable marks a message that may be left out when a receiver is slow: the
	// next one of its kind makes it worthless.
	Droppable bool
}

var broadcasts = sync.Pool{New: func() any { return new(Broadcast) }}

// NewBroadcast encodes a packet for sending with To. Call Done after the last To.
func NewBroadcast(p wire.Packet) (*Broadcast, error) {
	b := broadcasts.Get().(*Broadcast)
	body, err := p.AppendBody(b.frame.Body[:0])
	if err != nil {
		broadcasts.Put(b)
		return nil, err
	}
	b.frame = wire.Frame{Number: p.Message.Number, Body: body, Short: p.Message.Short}
	b.Droppable = false
	b.refs.Store(1)
	return b, nil
}

// Number is the message number of the packet.
func (b *Broadcast) Number() uint16 { return b.frame.Number }

// To queues the packet for one connection, as a push.
func (b *Broadcast) To(c *Conn) {
	f := b.frame
	if c.port.Push != nil {
		form := c.port.Push(c)
		f.Seq, f.Plain = form.Seq, form.Plain
	}
	b.refs.Add(1)
	if !c.out.put(outgoing{frame: f, shared: b}) {
		b.Done()
		c.Close("the client does not read")
		return
	}
	c.traffic.sent.Add(1)
	c.server.sent.Add(1)
}

// Done gives up one reference; the last one gives the memory back.
func (b *Broadcast) Done() {
	if b.refs.Add(-1) == 0 {
		broadcasts.Put(b)
	}
}
