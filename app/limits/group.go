package limits

import "net/netip"

// How much of an IPv6 address is counted together. A household has a /64 at least, and
// its provider gives it a /56 to make more of them at will: the first is right for what
// many may do at once, the second for what somebody must not get around.
const (
	householdBits = 64
	customerBits  = 56
)

// embedded is where a gateway between IPv6 and IPv4 shows IPv4 addresses (RFC 6052).
var embedded = netip.MustParsePrefix("64:ff9b::/96")

// plain is an address as it is counted and banned: IPv4 in its short form, without a
// zone.
func plain(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if embedded.Contains(addr) {
		b := addr.As16()
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return addr
}

// group is the address under which connections are counted: IPv4 as itself, IPv6
// by its /64.
func group(addr netip.Addr) netip.Addr { return network(addr, householdBits).Addr() }

// customer is the address under which failures are counted: IPv4 as itself, IPv6 by
// its /56.
func customer(addr netip.Addr) netip.Addr { return network(addr, customerBits).Addr() }

// Customer is the network that one person has to himself, as far as an address tells:
// an IPv4 address alone, IPv6 by its /56. It is what a ban of an address bans. A
// link-local address is one computer.
func Customer(addr netip.Addr) netip.Prefix { return network(addr, customerBits) }

func network(addr netip.Addr, bits int) netip.Prefix {
	addr = plain(addr)
	if addr.Is4() || addr.IsLoopback() || addr.IsLinkLocalUnicast() {
		bits = addr.BitLen()
	}
	p, _ := addr.Prefix(bits) // fails on no address only
	return p
}
