package announce

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/time/rate"
)

// What a responder takes and gives. Multicast DNS answers are larger than their
// questions, and anybody can write somebody else's address on a packet: so strangers
// from other networks get none, and neighbours a few.
const (
	maxQuery     = 1500 // bytes of a packet with questions
	maxQuestions = 16   // of them are looked at
	maxAnswer    = 1400 // bytes of the one answer to a packet

	readsPerSecond = 200 // packets of all neighbours that are looked at
	readsAtOnce    = 400
	perSecond      = 2 // answers to one neighbour
	atOnce         = 10
	maxNeighbours  = 256 // of whom is known how much they have asked
)

var groups = map[string]*net.UDPAddr{
	"udp4": {IP: net.IPv4(224, 0, 0, 251), Port: 5353},
	"udp6": {IP: net.ParseIP("ff02::fb"), Port: 5353},
}

// listener answers the questions that neighbours on one interface ask. The server of
// the usual library tells its records not who asks, and answers anybody.
type listener struct {
	zone  *Zone
	iface Interface
	now   func() time.Time
	conns []*net.UDPConn
	done  sync.WaitGroup

	mu    sync.Mutex
	reads *rate.Limiter
	asked map[netip.Addr]*rate.Limiter
}

func newListener(i Interface, z *Zone, now func() time.Time) *listener {
	return &listener{
		zone: z, iface: i, now: now,
		reads: rate.NewLimiter(readsPerSecond, readsAtOnce), asked: map[netip.Addr]*rate.Limiter{},
	}
}

// respond opens a real responder, over IPv4, IPv6 or both.
func respond(i Interface, z *Zone) (io.Closer, error) {
	l := newListener(i, z, time.Now)
	var errs []error
	for network, group := range groups {
		conn, err := net.ListenMulticastUDP(network, &i.Net, group)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		l.conns = append(l.conns, conn)
	}
	if len(l.conns) == 0 {
		return nil, errors.Join(errs...)
	}
	for _, conn := range l.conns {
		l.done.Go(func() { l.serve(conn) })
	}
	return l, nil
}

// Close implements io.Closer.
func (l *listener) Close() error {
	var errs []error
	for _, conn := range l.conns {
		errs = append(errs, conn.Close())
	}
	l.done.Wait()
	return errors.Join(errs...)
}

// serve reads until the socket is closed. After any other error it waits a moment: it
// may come again at once.
func (l *listener) serve(conn *net.UDPConn) {
	packet := make([]byte, maxQuery)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(packet)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		if answer := l.answer(packet[:n], from); answer != nil {
			_, _ = conn.WriteToUDPAddrPort(answer, from) // who asked may have gone
		}
	}
}

// answer is what a packet gets, nil for nothing. It goes straight back to whoever has
// asked, in one packet.
func (l *listener) answer(packet []byte, from netip.AddrPort) []byte {
	if !l.near(from.Addr()) || !l.reads.AllowN(l.now(), 1) {
		return nil
	}
	var query dns.Msg
	if query.Unpack(packet) != nil || query.Response || query.Opcode != dns.OpcodeQuery || query.Rcode != 0 || query.Truncated {
		return nil // RFC 6762 section 18; what is known already and comes in many packets is not for us
	}
	reply := &dns.Msg{MsgHdr: dns.MsgHdr{Id: query.Id, Response: true, Authoritative: true}, Compress: true}
	for _, q := range query.Question[:min(len(query.Question), maxQuestions)] {
		for _, rr := range l.zone.Records(q) {
			known := func(other dns.RR) bool { return dns.IsDuplicate(rr, other) }
			if !slices.ContainsFunc(reply.Answer, known) && !slices.ContainsFunc(query.Answer, known) {
				reply.Answer = append(reply.Answer, rr)
			}
		}
	}
	if len(reply.Answer) == 0 || !l.mayAnswer(from.Addr()) {
		return nil
	}
	for reply.Len() > maxAnswer {
		reply.Answer = reply.Answer[:len(reply.Answer)-1]
	}
	wire, err := reply.Pack()
	if err != nil {
		return nil
	}
	return wire
}

// near reports whether an address is one of the networks that the interface is in. A
// question that has come through another interface may be heard on this one's socket,
// too; every link has the same network of link-local addresses.
func (l *listener) near(addr netip.Addr) bool {
	if zone := addr.Zone(); zone != "" && zone != l.iface.Net.Name && zone != strconv.Itoa(l.iface.Net.Index) {
		return false
	}
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(l.iface.Nets, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// mayAnswer counts an answer to a neighbour. When too many are known all are
// forgotten; what is read is bounded all the same.
func (l *listener) mayAnswer(addr netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.asked[addr]
	if one == nil {
		if len(l.asked) >= maxNeighbours {
			clear(l.asked)
		}
		one = rate.NewLimiter(perSecond, atOnce)
		l.asked[addr] = one
	}
	return one.AllowN(l.now(), 1)
}
