package room_test

import (
	"net"
	"slices"
	"sync"
	"time"
)

// tape notes when how many bytes of a stream had passed, so that the moment at which
// one frame passed can be looked up once everything is over.
type tape struct {
	mu    sync.Mutex
	total int
	marks []mark
}

// mark says that a stream's bytes before end had passed at a moment.
type mark struct {
	end int
	at  time.Time
}

func (t *tape) note(n int) {
	at := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total += n
	t.marks = append(t.marks, mark{t.total, at})
}

// rewind starts over with room for this many marks.
func (t *tape) rewind(room int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total, t.marks = 0, slices.Grow(t.marks[:0], room)
}

// passed is the number of bytes since the last rewind.
func (t *tape) passed() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total
}

// at is the moment at which the byte before end had passed.
func (t *tape) at(end int) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	i, _ := slices.BinarySearchFunc(t.marks, end, func(m mark, end int) int { return m.end - end })
	return t.marks[i].at
}

// taped is a connection of the server with a tape of each direction: in has the
// moments at which a read returned, out those at which a write had ended.
type taped struct {
	*net.TCPConn
	in, out tape
}

func (c *taped) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	c.in.note(n)
	return n, err
}

func (c *taped) Write(p []byte) (int, error) {
	n, err := c.TCPConn.Write(p)
	c.out.note(n)
	return n, err
}

// recorder tapes every connection of the listeners that it wraps.
type recorder struct {
	mu    sync.Mutex
	conns map[string]*taped // by the client's address
}

func newRecorder() *recorder { return &recorder{conns: map[string]*taped{}} }

func (r *recorder) wrap(ln net.Listener) net.Listener { return &tapedListener{ln, r} }

// of is the server's end of a client's connection, which must have been answered.
func (r *recorder) of(client net.Conn) *taped {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.conns[client.LocalAddr().String()]
}

type tapedListener struct {
	net.Listener
	r *recorder
}

func (l *tapedListener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &taped{TCPConn: nc.(*net.TCPConn)}
	l.r.mu.Lock()
	defer l.r.mu.Unlock()
	l.r.conns[nc.RemoteAddr().String()] = c
	return c, nil
}
