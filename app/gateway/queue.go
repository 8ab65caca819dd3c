package gateway

import (
	"sync"

	"mcos/protocol/cipher"
	"mcos/protocol/wire"
)

// outgoing is one item of a write queue: a frame, or the moment from which frames
// are encrypted. shared is the broadcast that the frame's body belongs to, if any.
type outgoing struct {
	frame  wire.Frame
	shared *Broadcast
	secure *cipher.SessionKey
}

// release gives the body back after the item has been sealed or dropped.
func (o *outgoing) release() {
	if o.shared != nil {
		o.shared.Done()
	}
}

func (o *outgoing) size() int { return len(o.frame.Body) + overhead }

const (
	// overhead is what a queued frame costs besides its body: header, padding
	// and the item itself.
	overhead = 64
	// crowded is the number of waiting frames from which droppable ones are left
	// out: a client that is so far behind needs the newest position, not all
	// (nps-lobby-rooms 7.4).
	crowded = 256
)

// queue is the bounded write queue of one connection. put never blocks.
type queue struct {
	limit int // bytes

	mu       sync.Mutex
	items    []outgoing
	bytes    int
	finished bool
	wake     chan struct{} // holds one token when there is something to take
}

func newQueue(limit int) *queue {
	return &queue{limit: limit, wake: make(chan struct{}, 1)}
}

// put appends an item and reports whether it fitted. A finished queue swallows
// it: the connection is ending anyway. In a crowded queue droppable items make
// room before anything is encrypted; afterwards nothing can be left out.
func (q *queue) put(o outgoing) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.finished {
		o.release()
		return true
	}
	if q.full(o) {
		q.dropDroppable()
		if q.full(o) && o.shared != nil && o.shared.Droppable {
			o.release()
			return true
		}
	}
	if q.bytes+o.size() > q.limit && q.bytes > 0 {
		return false
	}
	q.items = append(q.items, o)
	q.bytes += o.size()
	q.signal()
	return true
}

func (q *queue) full(o outgoing) bool {
	return len(q.items) >= crowded || q.bytes+o.size() > q.limit && q.bytes > 0
}

func (q *queue) dropDroppable() {
	kept := q.items[:0]
	for _, o := range q.items {
		if o.shared != nil && o.shared.Droppable {
			q.bytes -= o.size()
			o.release()
			continue
		}
		kept = append(kept, o)
	}
	clear(q.items[len(kept):])
	q.items = kept
}

// finish lets take return what is left and then report the end.
func (q *queue) finish() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.finished = true
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// roomy is the longest list that is kept for the next items: a crowd that has come
// and gone must not leave memory behind on every connection.
const roomy = 64

// take waits for items, returns them all and reports whether more can come. The
// list that take gave out the last time, emptied, comes back as spare and holds the
// next items.
func (q *queue) take(spare []outgoing) (items []outgoing, open bool) {
	<-q.wake
	if cap(spare) > roomy {
		spare = nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	items, q.items, q.bytes = q.items, spare[:0], 0
	return items, !q.finished
}

// discard releases what was queued after the connection had failed.
func (q *queue) discard() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.items {
		q.items[i].release()
	}
	q.items, q.bytes, q.finished = nil, 0, true
}

// waiting is how many items and bytes are in the queue.
func (q *queue) waiting() (items, bytes int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items), q.bytes
}
