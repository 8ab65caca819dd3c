package lan

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/ipv4"

	"mcos/protocol/client"
)

// answer is one of perhaps several about the same server.
type answer struct {
	name string     // of the instance
	addr netip.Addr // where the answer came from
	txt  []string
}

const (
	service    = client.LANService + ".local."
	maxAnswers = 256  // of one network
	maxOfOne   = 16   // of one address, which can hold several servers but not all
	maxPacket  = 9000 // bytes (RFC 6762 section 17)
	askTwice   = 2    // questions get lost, on wireless networks above all
)

var group = &net.UDPAddr{IP: net.IPv4(224, 0, 0, 251), Port: 5353}

// ask puts the question on one network and collects the answers until the time is
// over. It asks from a port of its own, so that answers come to it alone and it need
// not share the port of multicast DNS with the operating system (RFC 6762 section
// 6.7). The usual library's browser is no help here: it joins the group through the
// default route, which two computers on one cable do not have.
func ask(ctx context.Context, on iface, wait time.Duration) ([]answer, error) {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(on.prefixes[0].Addr(), 0)))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := ipv4.NewPacketConn(conn).SetMulticastInterface(&on.Interface); err != nil {
		return nil, err
	}
	question, err := new(dns.Msg).SetQuestion(service, dns.TypePTR).Pack()
	if err != nil {
		return nil, err
	}
	end := time.Now().Add(wait)
	var list []answer
	for i := range askTwice {
		if _, err := conn.WriteToUDP(question, group); err != nil {
			return list, err
		}
		until := end
		if i == 0 {
			until = time.Now().Add(wait / 3)
		}
		if list, err = collect(conn, on, until, list); err != nil {
			return list, err
		}
	}
	return list, nil
}

// collect adds the answers that come until then. Answers from elsewhere than this
// network are nobody's business here (RFC 6762 section 11), and one computer must not
// crowd out all others.
func collect(conn *net.UDPConn, on iface, until time.Time, list []answer) ([]answer, error) {
	if err := conn.SetReadDeadline(until); err != nil {
		return list, err
	}
	packet := make([]byte, maxPacket)
	for len(list) < maxAnswers {
		n, from, err := conn.ReadFromUDPAddrPort(packet)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		if addr := from.Addr().Unmap(); on.holds(addr) {
			room := maxOfOne
			for _, a := range list {
				if a.addr == addr {
					room--
				}
			}
			got := parse(packet[:n], addr)
			list = append(list, got[:max(0, min(len(got), room))]...)
		}
	}
	return list, nil
}

// holds tells whether an address is one of this network. Cards that know only the
// other end of a line, as those of some VPNs, cannot tell.
func (i iface) holds(addr netip.Addr) bool {
	return slices.ContainsFunc(i.prefixes, func(p netip.Prefix) bool {
		return p.Contains(addr) || p.Bits() >= p.Addr().BitLen()-1
	})
}

// parse takes the servers out of an answer. The address that counts is the one
// the answer came from: it is reached for certain, and nobody can name another
// computer as the server.
func parse(packet []byte, from netip.Addr) []answer {
	var msg dns.Msg
	if msg.Unpack(packet) != nil || !msg.Response {
		return nil
	}
	var list []answer
	for _, rr := range append(msg.Answer, msg.Extra...) {
		txt, ok := rr.(*dns.TXT)
		if ok && strings.HasSuffix(strings.ToLower(txt.Hdr.Name), "."+service) {
			list = append(list, answer{name: txt.Hdr.Name, addr: from, txt: txt.Txt})
		}
	}
	return list
}
