package trust

import (
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"mcos/protocol/client"
)

// Place is what a player's computer knows about the server that somebody typed.
type Place struct {
	// Host is the name or IPv4 address as it was typed.
	Host string
	// Addresses are those that Host resolves to.
	Addresses []netip.Addr
	// Networks are those that this computer's own cards are in, such as that of a VPN.
	Networks []netip.Prefix
}

// The widest network of a card that counts as the player's own, in bits: some VPNs
// have a whole eighth of the old address space, and nothing honest is wider.
const (
	widest4 = 8
	widest6 = 32
)

// carrierGrade are the addresses that providers and VPNs hand out behind their own
// translation (RFC 6598).
var carrierGrade = netip.MustParsePrefix("100.64.0.0/10")

// accepts tells whether a certificate for the place may hold a name.
func (p Place) accepts(name string) bool {
	if addr, err := netip.ParseAddr(name); err == nil {
		return p.acceptsAddress(addr)
	}
	if client.CheckHost(name) != nil { // stars and odd letters, too
		return false
	}
	return strings.EqualFold(name, p.Host) || !strings.Contains(name, ".") || p.sameDomain(name)
}

func (p Place) acceptsAddress(addr netip.Addr) bool {
	addr = addr.Unmap()
	same := func(other netip.Addr) bool { return other.Unmap() == addr }
	typed, err := netip.ParseAddr(p.Host)
	switch {
	case addr.Zone() != "" || addr.IsUnspecified() || addr.IsMulticast():
		return false
	case nobodys(addr), err == nil && same(typed), slices.ContainsFunc(p.Addresses, same):
		return true
	}
	return slices.ContainsFunc(p.Networks, func(n netip.Prefix) bool {
		widest := widest6
		if n.Addr().Is4() {
			widest = widest4
		}
		return n.Bits() >= widest && n.Contains(addr)
	})
}

// nobodys tells whether an address belongs to no site in particular: everybody has it
// to himself.
func nobodys(addr netip.Addr) bool {
	return addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast() || carrierGrade.Contains(addr)
}

// sameDomain tells whether a name belongs to whom the typed one belongs: it is the
// domain that somebody can register, or below it.
func (p Place) sameDomain(name string) bool {
	own := domain(p.Host)
	name = strings.ToLower(name)
	return own != "" && (name == own || strings.HasSuffix(name, "."+own))
}

// domain is the registrable domain of a host; "" for addresses, single labels and what
// many share, such as co.uk.
func domain(host string) string {
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") {
		return ""
	}
	own, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(host))
	if err != nil {
		return ""
	}
	return own
}

// Groups sorts the hosts that players are told into certificates, in the order in
// which they come: a player who is told a host of a group may trust a certificate
// with all of its names. What no other site could be is one group, the names of one
// registrable domain are one, and every other name or address is one for itself.
// What the game cannot be told is left out.
func Groups(hosts []string) [][]string {
	var groups [][]string
	index := map[string]int{}
	for _, host := range hosts {
		if client.CheckHost(host) != nil {
			continue
		}
		key := groupOf(host)
		i, known := index[key]
		if !known {
			i = len(groups)
			index[key] = i
			groups = append(groups, nil)
		}
		same := func(have string) bool { return strings.EqualFold(have, host) }
		if !slices.ContainsFunc(groups[i], same) {
			groups[i] = append(groups[i], host)
		}
	}
	return groups
}

// Universal tells whether a certificate may hold a host whatever the player typed.
func Universal(host string) bool { return Place{}.accepts(host) }

// groupOf is the key of the group of a host; "" is what no other site could be.
func groupOf(host string) string {
	if Universal(host) {
		return ""
	}
	if own := domain(host); own != "" {
		return own
	}
	return strings.ToLower(host)
}
