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
	mark  mark
	by    *Conn
}

var broadcasts = sync.Pool{New: func() any { return new(Broadcast) }}

// NewBroadcast encodes a packet for sending with To. by is the connection that has
// caused it, nil for the server itself: what another one causes never ends a slow
// receiver. Call Done after the last To.
func NewBroadcast(by *Conn, p wire.Packet) (*Broadcast, error) {
	b := broadcasts.Get().(*Broadcast)
	body, err := p.AppendBody(b.frame.Body[:0])
	if err != nil {
		broadcasts.Put(b)
		return nil, err
	}
	b.frame = wire.Frame{Number: p.Message.Number, Body: body, Short: p.Message.Short}
	b.mark, b.by = markOf(p), by
	if by != nil {
		b.mark.from = by.player()
	}
	b.refs.Store(1)
	return b, nil
}

// Number is the message number of the packet.
func (b *Broadcast) Number() uint16 { return b.frame.Number }

// To queues the packet for one connection, as a push.
func (b *Broadcast) To(c *Conn) {
	f, form := b.frame, c.pushForm()
	f.Seq, f.Plain = form.Seq, form.Plain
	o := outgoing{frame: f, mark: b.mark, shared: b}
	switch b.by {
	case nil:
	case c:
		o.mark = mark{} // his own doing, and his own answer
	default:
		b.by.told.Add(int64(o.size()))
	}
	b.refs.Add(1)
	c.enqueue(o)
}

// Done gives up one reference; the last one gives the memory back.
func (b *Broadcast) Done() {
	if b.refs.Add(-1) == 0 {
		b.by = nil
		broadcasts.Put(b)
	}
}
