package netaddr

import (
	"net/netip"
	"slices"
	"strings"
)

// Arrival is how a client has come to us.
type Arrival struct {
	// Local is the address at which we were reached, Remote the client's. The zone of
	// a link-local IPv6 address is the name of the card.
	Local, Remote netip.Addr
	// Typed is the host that the player typed, as TypedHost returns it; "" when nobody
	// knows.
	Typed string
}

// Settings are what the configuration says about addresses.
type Settings struct {
	// PublicHost is the name or address that players outside use, may be empty.
	PublicHost string
	// Listen is the only address that is listened on; empty means all.
	Listen string
	// Tunnels are the addresses from which, or at which, a tunnel or proxy leads
	// strangers here under an address of its own.
	Tunnels []netip.Prefix
}

// Rule decides which address a client is told. It is never changed.
type Rule struct {
	Settings
	Machine Machine
	// Public is where PublicHost leads, the zero Addr when that is not known.
	Public netip.Addr
	// Computer is this computer's own name.
	Computer string
}

// Told is what one client is told.
type Told struct {
	// Host is for texts, in which a name may stand.
	Host string
	// IPv4 is for messages that carry no names.
	IPv4 netip.Addr
	// Trouble says why the client will most likely not get further.
	Trouble Trouble
}

// Trouble is a reason for which what a client is told will not do.
type Trouble int

// The troubles that an operator can do something about.
const (
	// Fine is no trouble.
	Fine Trouble = iota
	// NoPublicHost is that somebody from outside is told an address of the local
	// network, because no public host is set.
	NoPublicHost
	// HiddenTunnel is that somebody came from this computer itself and has typed a
	// name that is not this computer's: a tunnel that nobody has told us about.
	HiddenTunnel
	// UnknownHost is that the public host has never been looked up with success.
	UnknownHost
)

// Tell decides for one client.
//
// Who comes from a network of one of our cards is told the address that he reached,
// everybody else the public host. Who comes from this computer itself is its own
// player or somebody at the other end of a tunnel; what he typed tells.
func (r Rule) Tell(a Arrival) Told {
	remote := plain(a.Remote)
	switch {
	case r.tunnel(a):
		return r.outside(a, NoPublicHost)
	case remote.IsLoopback():
		return r.inside(a)
	case r.Machine.Near(remote):
		return told(r.reached(a.Local))
	case public(remote):
		return r.outside(a, NoPublicHost)
	}
	return r.outside(a, Fine) // another private network, to which there is a way
}

// tunnel tells whether the configuration says that a tunnel leads here.
func (r Rule) tunnel(a Arrival) bool {
	local, remote := plain(a.Local), plain(a.Remote)
	return slices.ContainsFunc(r.Tunnels, func(p netip.Prefix) bool { return p.Contains(local) || p.Contains(remote) })
}

// inside decides for who comes from this computer itself.
func (r Rule) inside(a Arrival) Told {
	if r.typedPublic(a.Typed) {
		return r.outside(a, Fine)
	}
	addr, err := netip.ParseAddr(a.Typed)
	if err == nil && addr.Is4() && r.Machine.Own(addr) {
		return told(addr)
	}
	t := told(r.loopback())
	if !r.typedHere(a.Typed) {
		t.Trouble = HiddenTunnel
	}
	return t
}

// outside decides for who is told the public host. Trouble is what it is when none is
// set and the address reached will not do.
func (r Rule) outside(a Arrival, trouble Trouble) Told {
	t := told(r.reached(a.Local))
	if r.PublicHost == "" {
		if !public(t.IPv4) {
			t.Trouble = trouble
		}
		return t
	}
	t.Host = r.PublicHost
	typed, err := netip.ParseAddr(a.Typed)
	switch {
	case r.Public.IsValid():
		t.IPv4 = r.Public
	case err == nil && typed.Is4() && public(typed):
		t.IPv4 = typed // it has led the player here
	case !public(t.IPv4):
		t.Trouble = UnknownHost
	}
	return t
}

func told(addr netip.Addr) Told { return Told{Host: addr.String(), IPv4: addr} }

// reached is the IPv4 address of the card at which a client reached us.
func (r Rule) reached(local netip.Addr) netip.Addr {
	addr := plain(local)
	switch {
	case addr.IsLoopback():
		return r.loopback()
	case addr.Is4() && !addr.IsUnspecified():
		return addr
	}
	if c, ok := r.Machine.card(local); ok {
		if addr := c.IPv4(); addr.IsValid() {
			return addr
		}
	}
	if list := r.Machine.IPv4(); len(list) > 0 {
		return list[0]
	}
	return r.loopback()
}

var localhost = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// loopback is the address at which this computer reaches itself.
func (r Rule) loopback() netip.Addr {
	if addr, err := netip.ParseAddr(r.Listen); err == nil && addr.Unmap().Is4() && addr.IsLoopback() {
		return addr.Unmap()
	}
	return localhost
}

// typedPublic tells whether the player typed the public host, or where it leads.
func (r Rule) typedPublic(typed string) bool {
	if typed == "" || r.PublicHost == "" {
		return false
	}
	if strings.EqualFold(typed, strings.TrimSuffix(r.PublicHost, ".")) {
		return true
	}
	addr, err := netip.ParseAddr(typed)
	return err == nil && r.Public.IsValid() && addr.Unmap() == r.Public
}

// typedHere tells whether what the player typed means the computer that it is typed
// on. Nothing typed means it, too: most programs of this computer say nothing.
func (r Rule) typedHere(typed string) bool {
	if addr, err := netip.ParseAddr(typed); err == nil {
		return addr.IsLoopback() || addr.IsUnspecified() || r.Machine.Own(addr)
	}
	name, _, _ := strings.Cut(typed, ".")
	own, _, _ := strings.Cut(r.Computer, ".")
	return typed == "" || typed == "localhost" || strings.HasSuffix(typed, ".localhost") || own != "" && strings.EqualFold(name, own)
}

// Hosts lists every host that a player may be told, the one that most of them should
// use first: the public host, the addresses of the cards, and loopback for the player
// on this computer.
func (r Rule) Hosts() []string {
	var hosts []string
	add := func(host string) {
		if host != "" && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	add(r.PublicHost)
	listen, err := netip.ParseAddr(r.Listen)
	switch {
	case err == nil && !listen.IsUnspecified():
		add(r.reached(listen).String())
		return hosts
	case err != nil:
		add(r.Listen) // a name of this computer, or nothing
	}
	for _, addr := range r.Machine.IPv4() {
		add(addr.String())
	}
	add(r.loopback().String())
	return hosts
}

// public tells whether an address is one of the internet.
func public(addr netip.Addr) bool {
	addr = plain(addr)
	return addr.IsGlobalUnicast() && !addr.IsPrivate() && !shared.Contains(addr)
}

// maxTyped is the longest host that is taken for one, in characters.
const maxTyped = 253

// TypedHost takes the host out of the Host header of a request. It returns "" for what
// is none: the text comes from the client and will be compared and shown.
func TypedHost(header string) string {
	host := header
	if rest, ok := strings.CutPrefix(host, "["); ok {
		host, _, _ = strings.Cut(rest, "]")
	} else if name, _, ok := strings.Cut(host, ":"); ok && strings.Count(host, ":") == 1 {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if addr, err := netip.ParseAddr(host); err == nil {
		return plain(addr).String()
	}
	strange := func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_'
	}
	if len(host) > maxTyped || strings.ContainsFunc(host, strange) || strings.Contains("."+host+".", "..") {
		return ""
	}
	return host
}
