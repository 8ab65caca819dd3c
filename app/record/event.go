package record

import (
	"strconv"
	"sync"
	"time"

	"mcos/app/gateway"
	"mcos/app/record/tape"
	"mcos/protocol/cipher"
	"mcos/protocol/wire"
)

// event is something that was observed, on its way to the goroutine. Its memory is
// used again.
type event struct {
	kind  tape.Type
	at    time.Time
	conn  *gateway.Conn // nil for the web
	frame wire.Frame    // its body is in data
	data  []byte
	early bool // before the connection had logged in
	head  [maxHead]byte
	heads int // bytes of head: the header as it came, 0 to make one
	text  string
	web   *exchange
}

// maxHead is the longest header that is kept as it came.
const maxHead = 12

var events = sync.Pool{New: func() any { return new(event) }}

// limits of the queue.
const (
	queueEvents = 16384
	queueBytes  = 32 << 20
)

// put queues an event or drops it. The body is copied.
func (r *Recorder) put(e *event, body []byte) {
	e.at = r.o.Now()
	e.data = append(e.data[:0], body...)
	if r.queue.put(e) {
		return
	}
	r.dropped.Add(1)
	e.free()
}

// size is about what an event takes in memory, in bytes.
func (e *event) size() int {
	n := len(e.data)
	if e.web != nil {
		for _, text := range [][]Piece{e.web.Request, e.web.Answer} {
			for _, p := range text {
				n += len(p.Text)
			}
		}
	}
	return n
}

// queue holds events until the goroutine comes for them. It does not wake the goroutine
// for each: that would cost the game more than the copying.
type queue struct {
	mu     sync.Mutex
	events []*event
	bytes  int
}

// put adds an event if there is room.
func (q *queue) put(e *event) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	size := e.size()
	full := len(q.events) >= queueEvents || q.bytes+size > queueBytes
	if full && e.kind != tape.Disconnect { // which ends what is remembered of a connection
		return false
	}
	q.events = append(q.events, e)
	q.bytes += size
	return true
}

// take returns all events; the list that it gave out the last time comes back as spare.
func (q *queue) take(spare []*event) []*event {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.events
	q.events, q.bytes = spare[:0], 0
	return all
}

const keepBytes = 4 << 10

func (e *event) free() {
	data := e.data
	if cap(data) > keepBytes {
		data = nil
	}
	*e = event{data: data}
	events.Put(e)
}

// Watching implements the observers of gateway and web.
func (r *Recorder) Watching() bool { return r.watching.Load() }

// Connected implements gateway.Observer.
func (r *Recorder) Connected(c *gateway.Conn) {
	e := events.Get().(*event)
	e.kind, e.conn = tape.Connect, c
	r.put(e, nil)
}

// Disconnected implements gateway.Observer.
func (r *Recorder) Disconnected(c *gateway.Conn, reason string) {
	e := events.Get().(*event)
	e.kind, e.conn, e.text = tape.Disconnect, c, reason
	r.put(e, nil)
}

// Secured implements gateway.Observer. The key is passed on only while a recording
// keeps secrets.
func (r *Recorder) Secured(c *gateway.Conn, key cipher.SessionKey) {
	if !r.secrets.Load() {
		return
	}
	e := events.Get().(*event)
	e.kind, e.conn = tape.Key, c
	r.put(e, key[:])
}

// Received implements gateway.Observer.
func (r *Recorder) Received(c *gateway.Conn, raw []byte, f wire.Frame) {
	e := events.Get().(*event)
	e.kind, e.conn, e.frame, e.early = tape.In, c, f, c.State() < gateway.LoggedIn
	if fam := c.Port().Family; fam == wire.Login || fam == wire.Persona || fam == wire.Mail {
		e.heads = copy(e.head[:], raw[:len(raw)-len(f.Body)])
	}
	r.put(e, f.Body)
}

// Sent implements gateway.Observer.
func (r *Recorder) Sent(c *gateway.Conn, f wire.Frame) {
	e := events.Get().(*event)
	e.kind, e.conn, e.frame = tape.Out, c, f
	r.put(e, f.Body)
}

// exchange is one web request with its answer, each in pieces.
type exchange struct {
	Exchange
	id uint64
}

// Piece is a part of a text; secret ones are overwritten.
type Piece struct {
	Text   string
	Secret bool
}

// Exchange is one web request with its answer. Both are told as if each had a
// connection of its own.
type Exchange struct {
	Client, Server  string // addresses with ports
	Port            int    // documented number: 80 or 443
	Began           time.Time
	Name            string // the path
	Request, Answer []Piece
}

// Exchange implements web.Observer.
func (r *Recorder) Exchange(x Exchange) {
	e := events.Get().(*event)
	e.kind, e.web = tape.In, &exchange{Exchange: x, id: r.webs.Add(1)}
	r.put(e, nil)
}

func (x *exchange) conn() string { return "web" + strconv.FormatUint(x.id, 10) }
