package netaddr

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
)

// Card is a network interface of this computer that is up, without loopback.
type Card struct {
	Name string
	// Networks are its addresses, each with the length of its network:
	// 192.168.1.5/24.
	Networks []netip.Prefix
}

// IPv4 returns the address of the card that the game can use, or the zero Addr. One
// that the card gave itself because nobody answered it (169.254.0.0/16) is the last
// resort.
func (c Card) IPv4() netip.Addr {
	var own netip.Addr
	for _, p := range c.Networks {
		addr := p.Addr()
		switch {
		case addr.Is4() && !addr.IsLinkLocalUnicast():
			return addr
		case addr.Is4() && !own.IsValid():
			own = addr
		}
	}
	return own
}

// Machine is this computer's interfaces at one moment, the one with the way out
// first: that is where other computers are, whatever cards virtual machines and VPNs
// have added. It is never changed.
type Machine struct {
	Cards []Card
}

// IPv4 lists the addresses that the game can use, the most useful one first.
func (m Machine) IPv4() []netip.Addr {
	var list, last []netip.Addr
	for _, c := range m.Cards {
		for _, p := range c.Networks {
			addr := p.Addr()
			switch {
			case !addr.Is4():
			case addr.IsLinkLocalUnicast():
				last = append(last, addr)
			default:
				list = append(list, addr)
			}
		}
	}
	return append(list, last...)
}

// Own tells whether an address is one of this computer's, loopback not counted.
func (m Machine) Own(addr netip.Addr) bool {
	_, ok := m.card(addr)
	return ok
}

// Near tells whether an address is in a network that one of the cards is in. What
// range that is does not matter: VPNs for players use public ones (25.0.0.0/8,
// 26.0.0.0/8).
func (m Machine) Near(addr netip.Addr) bool {
	addr = plain(addr)
	for _, c := range m.Cards {
		for _, p := range c.Networks {
			if network(p).Contains(addr) {
				return true
			}
		}
	}
	return false
}

// card finds the card with an address. A link-local IPv6 address may be on several
// cards; its zone says which one is meant.
func (m Machine) card(addr netip.Addr) (Card, bool) {
	zone := addr.Zone()
	addr = plain(addr)
	var found Card
	var ok bool
	for _, c := range m.Cards {
		if !slices.ContainsFunc(c.Networks, func(p netip.Prefix) bool { return p.Addr() == addr }) {
			continue
		}
		if zone == "" || zone == c.Name {
			return c, true
		}
		found, ok = c, true
	}
	return found, ok
}

// ranges are the networks that a lone address (/32) is taken to be in: a VPN such as
// Tailscale or WireGuard gives its members no more than that, and routes the rest.
var ranges = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"), shared,
}

// shared is the range that providers, and Tailscale, give to many (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// network is the network that an address of a card is in.
func network(p netip.Prefix) netip.Prefix {
	addr := p.Addr()
	if p.Bits() == 0 { // some VPNs write that; it would make a neighbour of everybody
		return netip.PrefixFrom(addr, addr.BitLen())
	}
	if p.Bits() < addr.BitLen() {
		return p.Masked()
	}
	for _, r := range ranges {
		if r.Contains(addr) {
			return r
		}
	}
	switch {
	case addr.Is6() && addr.IsPrivate():
		p, _ = addr.Prefix(48) // one site (RFC 4193), and one tailnet
	case addr.Is6():
		p, _ = addr.Prefix(64) // given out by DHCPv6
	}
	return p
}

// plain is an address as it is compared: IPv4 in its short form, without a zone.
func plain(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

// route is a way out of this computer to everywhere.
type route struct {
	index   int    // of the interface; 0 when only the name is known
	name    string // of the interface; "" when only the index is known
	gateway bool   // through a router, as opposed to whoever is at the other end
	metric  uint64 // the smaller the better
}

// Look asks the operating system for the cards.
func Look() (Machine, error) {
	all, err := net.Interfaces()
	if err != nil {
		return Machine{}, err
	}
	routes := defaultRoutes()
	type ranked struct {
		Card
		rank uint64
	}
	var list []ranked
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue // it has just gone
		}
		c := Card{Name: i.Name}
		for _, a := range addrs {
			if p, ok := prefix(a); ok {
				c.Networks = append(c.Networks, p)
			}
		}
		if len(c.Networks) > 0 {
			list = append(list, ranked{c, rank(i, routes)})
		}
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	m := Machine{}
	for _, r := range list {
		m.Cards = append(m.Cards, r.Card)
	}
	return m, nil
}

// prefix is an interface's address with the length of its network.
func prefix(a net.Addr) (netip.Prefix, bool) {
	n, ok := a.(*net.IPNet)
	if !ok {
		return netip.Prefix{}, false
	}
	addr, ok := netip.AddrFromSlice(n.IP)
	bits, of := n.Mask.Size()
	addr = addr.Unmap()
	if !ok || of == 0 || addr.IsLoopback() {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(addr, bits-(of-addr.BitLen())), true
}

// What makes a card less likely to be the one that other computers reach: it has no
// way out; its way out is no router, or it has only one computer at its other end, as
// with a VPN that takes all traffic.
const (
	noWay      = 1 << 42
	oneOther   = 1 << 41
	noGateway  = 1 << 40
	metricMask = 1<<40 - 1
)

// rank orders cards: the smaller the better.
func rank(i net.Interface, routes []route) uint64 {
	best := uint64(noWay)
	for _, r := range routes {
		if r.index != i.Index && (r.name == "" || r.name != i.Name) {
			continue
		}
		n := r.metric & metricMask
		if !r.gateway {
			n |= noGateway
		}
		if i.Flags&net.FlagPointToPoint != 0 {
			n |= oneOther
		}
		best = min(best, n)
	}
	return best
}

// MachineIPv4 lists this machine's IPv4 addresses except loopback, the one with the
// way out first.
func MachineIPv4() []netip.Addr {
	m, err := Look()
	if err != nil {
		return nil
	}
	return m.IPv4()
}
