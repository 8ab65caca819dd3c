package announce

import (
	"cmp"
	"net/netip"
	"strings"

	"github.com/miekg/dns"

	"mcos/protocol/client"
)

// Names of DNS-SD.
const (
	service     = client.LANService + ".local."
	allServices = "_services._dns-sd._udp.local."
)

const (
	ttl        = 120     // seconds that an answer may be remembered (RFC 6762 section 10)
	anyUnicast = 1 << 15 // in a question's class: a direct answer is welcome
	maxLabel   = 63      // bytes of one part of a name
)

// Zone is the records of the server on one interface. It is never changed; only the
// description in it is asked for anew with every question.
type Zone struct {
	instance, host string // full names
	addrs          []netip.Addr
	describe       func() client.Neighbour
}

// NewZone makes the records for an interface. The machine's and the interface's name
// make the names unique: a multicast question may reach the responders of several
// interfaces, and their answers must not be taken for one.
func NewZone(host, iface string, addrs []netip.Addr, describe func() client.Neighbour) *Zone {
	label := label("mcos-" + host + "-" + iface)
	return &Zone{instance: label + "." + service, host: label + ".local.", addrs: addrs, describe: describe}
}

// label makes one part of a DNS name of a text: letters, digits and hyphens.
func label(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, text)
	return strings.Trim(text[:min(len(text), maxLabel)], "-")
}

// Records answers one question of the network.
func (z *Zone) Records(q dns.Question) []dns.RR {
	if class := q.Qclass &^ anyUnicast; class != dns.ClassINET && class != dns.ClassANY {
		return nil
	}
	wants := func(kinds ...uint16) bool {
		for _, k := range kinds {
			if q.Qtype == k || q.Qtype == dns.TypeANY {
				return true
			}
		}
		return false
	}
	switch strings.ToLower(q.Name) {
	case allServices:
		if wants(dns.TypePTR) {
			return []dns.RR{&dns.PTR{Hdr: header(allServices, dns.TypePTR), Ptr: service}}
		}
	case service:
		if wants(dns.TypePTR) {
			// Whoever asks for servers wants to know all about them.
			pointer := &dns.PTR{Hdr: header(service, dns.TypePTR), Ptr: z.instance}
			return append([]dns.RR{pointer}, z.all()...)
		}
	case z.instance:
		// Our library's browser asks an instance for pointers when it misses
		// something.
		if wants(dns.TypeSRV, dns.TypeTXT, dns.TypePTR) {
			return z.all()
		}
	case z.host:
		if wants(dns.TypeA) {
			return z.a()
		}
	}
	return nil
}

// all is everything about the one instance.
func (z *Zone) all() []dns.RR {
	now := z.describe()
	return append([]dns.RR{
		&dns.SRV{Hdr: header(z.instance, dns.TypeSRV), Port: uint16(cmp.Or(now.HTTP, 80)), Target: z.host},
		&dns.TXT{Hdr: header(z.instance, dns.TypeTXT), Txt: now.TXT()},
	}, z.a()...)
}

func (z *Zone) a() []dns.RR {
	list := make([]dns.RR, 0, len(z.addrs))
	for _, addr := range z.addrs {
		list = append(list, &dns.A{Hdr: header(z.host, dns.TypeA), A: addr.AsSlice()})
	}
	return list
}

func header(name string, kind uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: kind, Class: dns.ClassINET, Ttl: ttl}
}
