package gateway

import (
	"sync"

	"mcos/protocol/cipher"
	"mcos/protocol/wire"
)

// outgoing is one item of a write queue: a frame, or the moment from which frames
// are encrypted.
type outgoing struct {
	frame  wire.Frame
	secure *cipher.SessionKey
}

// overhead is what a queued frame costs besides its body: header, padding and
// the item itself.
const overhead = 64

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
// it: the connection is ending anyway.
func (q *queue) put(o outgoing) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.finished {
		return true
	}
	size := len(o.frame.Body) + overhead
	if q.bytes+size > q.limit && q.bytes > 0 {
		return false
	}
	q.items = append(q.items, o)
	q.bytes += size
	q.signal()
	return true
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

// take waits for items, appends them all to dst and reports whether more can
// come.
func (q *queue) take(dst []outgoing) (items []outgoing, open bool) {
	<-q.wake
	q.mu.Lock()
	defer q.mu.Unlock()
	dst = append(dst, q.items...)
	clear(q.items)
	q.items, q.bytes = q.items[:0], 0
	return dst, !q.finished
}
