package gateway

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// traffic counts what a connection has moved.
type traffic struct {
	received, sent    atomic.Uint64 // frames
	bytesIn, bytesOut atomic.Uint64
}

// frames is how many frames went either way, as far as 32 bits count.
func (t *traffic) frames() uint32 { return uint32(t.received.Load() + t.sent.Load()) }

// maxTallied bounds the numbers that a tally tells apart: clients choose them.
const maxTallied = 256

// tally counts messages by number, the first maxTallied different ones.
type tally struct {
	mu     sync.Mutex
	counts map[uint16]uint64
}

func (t *tally) add(number uint16) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[uint16]uint64{}
	}
	if _, known := t.counts[number]; known || len(t.counts) < maxTallied {
		t.counts[number]++
	}
}

func (t *tally) list() map[uint16]uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.counts)
}

// Count is how often one message came in since the start. Message is empty for a
// number that nobody knows; of those, only the first 256 of a port are told apart.
type Count struct {
	Service string `json:"service"`
	Number  uint16 `json:"number"`
	Message string `json:"message"`
	Count   uint64 `json:"count"`
}

// Stats are the server's counters since its start.
type Stats struct {
	Connections map[string]int `json:"connections"` // open now, by service
	Received    uint64         `json:"received"`
	Sent        uint64         `json:"sent"`
	Unknown     uint64         `json:"unknown"`
}

// Stats reads the counters.
func (s *Server) Stats() Stats {
	st := Stats{
		Connections: map[string]int{},
		Received:    s.received.Load(), Sent: s.sent.Load(), Unknown: s.unknown.Load(),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		st.Connections[c.port.Name]++
	}
	return st
}

// Counts lists how often each message came in, ports of one service taken
// together, by service and number. Messages that never came are left out.
func (s *Server) Counts() []Count {
	s.mu.Lock()
	ports := slices.Clone(s.ports)
	s.mu.Unlock()
	type key struct {
		service string
		number  uint16
	}
	sums := map[key]*Count{}
	add := func(p *Port, number uint16, message string, n uint64) {
		k := key{p.Name, number}
		if sums[k] == nil {
			sums[k] = &Count{Service: p.Name, Number: number, Message: message}
		}
		sums[k].Count += n
	}
	for _, p := range ports {
		for number, e := range p.table {
			if n := e.count.Load(); n > 0 {
				add(p, number, e.Message.String(), n)
			}
		}
		for number, n := range p.unknown.list() {
			add(p, number, "", n)
		}
	}
	list := make([]Count, 0, len(sums))
	for _, c := range sums {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Number, b.Number))
	})
	return list
}

// ConnInfo is one open connection as it is at the moment.
type ConnInfo struct {
	ID      uint64
	Service string
	Port    int // documented number
	Remote  netip.Addr
	Since   time.Time
	// Account and Persona are empty until the connection has said whose it is;
	// on the ports of the login it never does.
	Account, Persona  string
	Received, Sent    uint64 // messages
	BytesIn, BytesOut uint64
	Queued, Waiting   int // messages and bytes that are not sent yet
}

// Connections lists the open connections in the order of their ids. It takes no
// lock that a message on its way to a client could wait for, but for the moment
// of looking at each write queue.
func (s *Server) Connections() []ConnInfo {
	list := []ConnInfo{}
	for _, c := range s.open() {
		info := ConnInfo{
			ID: c.id, Service: c.port.Name, Port: c.port.Number, Remote: c.remote, Since: c.since,
			Received: c.traffic.received.Load(), Sent: c.traffic.sent.Load(),
			BytesIn: c.traffic.bytesIn.Load(), BytesOut: c.traffic.bytesOut.Load(),
		}
		info.Queued, info.Waiting = c.out.waiting()
		if seat := c.Seat(); seat != nil {
			info.Account, info.Persona = seat.Session.AccountName, seat.Name
		}
		list = append(list, info)
	}
	slices.SortFunc(list, func(a, b ConnInfo) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// open is a copy of the list of connections.
func (s *Server) open() []*Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.conns))
}

// Kick closes the connections that match and returns how many they were.
func (s *Server) Kick(reason string, match func(*Conn) bool) (n int) {
	for _, c := range s.open() {
		if match(c) {
			c.Close(reason)
			n++
		}
	}
	return n
}
