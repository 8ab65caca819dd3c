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
	mark   mark
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
	// crowded is the number of waiting frames from which the queue is thinned out: a
	// client that is so far behind needs the newest position, not all
	// (nps-lobby-rooms 7.4).
	crowded = 256
	// roomForOthers is how many bytes of what may be left out wait at most. It is some
	// seconds of a telephone line: what is older is of no use to anybody.
	roomForOthers = 64 << 10
	// portion is how many bytes are taken from a queue at once. What has been taken is
	// encrypted and must be sent; the rest can still be thinned out.
	portion = 16 << 10
)

// queue is the bounded write queue of one connection. put never blocks.
//
// What others have caused never fills it: where a receiver is slow, thin leaves out
// what may be left out and merges the rest, which then is bounded by how many players
// and rooms the receiver sees. Only its own answers can.
type queue struct {
	limit int // bytes of own messages

	mu       sync.Mutex
	items    []outgoing
	own      int // bytes waiting of own messages,
	events   int // of events,
	loose    int // and of what may be left out
	look     int // number of items at which to thin out
	left     uint64
	finished bool
	wake     chan struct{} // holds one token when there is something to take
	eased    chan struct{} // holds one token when own messages have been taken
	thinning thinning
}

func newQueue(limit int) *queue {
	return &queue{limit: limit, look: crowded, wake: make(chan struct{}, 1), eased: make(chan struct{}, 1)}
}

// put appends an item and reports whether it fitted: only own messages may not. A
// finished queue swallows everything: the connection is ending anyway. What is left
// out is so before anything is encrypted; afterwards nothing can be.
func (q *queue) put(o outgoing) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.finished {
		o.release()
		return true
	}
	if o.mark.class == own && q.own > 0 && q.own+o.size() > q.limit {
		return false
	}
	q.items = append(q.items, o)
	q.count(&o, 1)
	if len(q.items) >= q.look || q.loose > roomForOthers {
		q.thin()
	}
	q.signal()
	return true
}

// count adds an item to the sums, or takes it off.
func (q *queue) count(o *outgoing, sign int) {
	n := sign * o.size()
	switch {
	case o.mark.class == own:
		q.own += n
	case o.mark.loose():
		q.loose += n
	default:
		q.events += n
	}
}

// finish lets take return what is left and then report the end. The last words of a
// connection are its own.
func (q *queue) finish() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.finished {
		q.finished = true
		q.keep(func(_ int, o *outgoing) bool { return !o.mark.loose() })
	}
	q.signal()
}

func (q *queue) signal() { token(q.wake) }

// token puts the token into a channel that holds one.
func token(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// roomy is the longest list that is kept for the next items: a crowd that has come
// and gone must not leave memory behind on every connection.
const roomy = 64

// take waits for items, returns the first portion of them and reports whether more
// can come. The list that take gave out the last time, emptied, comes back as spare
// and holds the next items.
func (q *queue) take(spare []outgoing) (items []outgoing, open bool) {
	<-q.wake
	if cap(spare) > roomy {
		spare = nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.own+q.events+q.loose <= portion {
		items, q.items = q.items, spare[:0]
		q.own, q.events, q.loose, q.look = 0, 0, 0, crowded
	} else {
		items = q.first(spare[:0])
		q.signal()
	}
	token(q.eased)
	return items, !q.finished || len(q.items) > 0
}

// first moves the first portion of the items, at least one, to a list.
func (q *queue) first(list []outgoing) []outgoing {
	n, bytes := 0, 0
	for n < len(q.items) && (n == 0 || bytes+q.items[n].size() <= portion) {
		bytes += q.items[n].size()
		q.count(&q.items[n], -1)
		n++
	}
	list = append(list, q.items[:n]...)
	rest := copy(q.items, q.items[n:])
	clear(q.items[rest:])
	q.items = q.items[:rest]
	return list
}

// discard releases what was queued after the connection had failed.
func (q *queue) discard() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.items {
		q.items[i].release()
	}
	q.items, q.own, q.events, q.loose, q.finished = nil, 0, 0, 0, true
}

// answers is how many bytes of own messages wait.
func (q *queue) answers() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.own
}

// waiting is how many items and bytes are in the queue.
func (q *queue) waiting() (items, bytes int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items), q.own + q.events + q.loose
}

// leftOut is how many messages the receiver was spared.
func (q *queue) leftOut() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.left
}
