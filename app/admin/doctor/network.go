package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"mcos/protocol/client"
)

// publicHost checks where the name leads that players outside are told.
func (e *examination) publicHost(ctx context.Context) {
	const what = "Public host"
	own := e.World.Addresses()
	if e.Misled != nil {
		if text, next := e.Misled(); text != "" {
			e.add(Warn, what, text, next)
		}
	}
	if e.PublicHost == "" {
		e.add(OK, what, "None is set: players are given the address they connected to. This machine is "+addresses(own)+".",
			"To let players from outside your network join, set server.public_host.")
		return
	}
	if err := client.CheckHost(e.PublicHost); err != nil {
		e.add(Problem, what, fmt.Sprintf("%q is nothing that the game can be told: %v.", e.PublicHost, err), "Set server.public_host to a host name or an IPv4 address.")
		return
	}
	found, err := e.World.Lookup(ctx, e.PublicHost)
	if err != nil || len(found) == 0 {
		e.unresolved(what, err)
		return
	}
	e.judge(what, own, found[0].Unmap())
}

// unresolved explains why a name has no address.
func (e *examination) unresolved(what string, err error) {
	var dns *net.DNSError
	if err == nil || errors.As(err, &dns) && dns.IsNotFound {
		e.add(Problem, what, fmt.Sprintf("The name %s has no IPv4 address; the game knows no other kind.", e.PublicHost), "Correct the name, or give it an A record.")
		return
	}
	e.add(Problem, what, fmt.Sprintf("The name %s could not be looked up: %v. This machine's name service (DNS) does not answer.", e.PublicHost, err), "Check the network settings of this machine.")
}

// judge says what the address of the public host means.
func (e *examination) judge(what string, own []netip.Addr, addr netip.Addr) {
	text := fmt.Sprintf("%s is %s", e.PublicHost, addr)
	if text == addr.String()+" is "+addr.String() {
		text = addr.String()
	}
	switch {
	case addr.IsLoopback():
		e.add(Problem, what, text+", which means this machine to everybody: players elsewhere would look for the server at home.",
			"Set server.public_host to the name or address that others reach this machine by, or leave it empty.")
	case addr.IsPrivate() || addr.IsLinkLocalUnicast():
		e.add(Warn, what, text+", an address of a private network: players outside that network cannot reach it.",
			"For players on the internet, set server.public_host to the router's public name or address.")
	case slices.Contains(own, addr):
		e.add(OK, what, text+", an address of this machine.", "")
	default:
		e.add(OK, what, text+", not an address of this machine: a router must forward the game's ports to "+addresses(own)+".", "")
	}
}

// addresses lists addresses for reading.
func addresses(list []netip.Addr) string {
	if len(list) == 0 {
		return "not connected to any network"
	}
	texts := make([]string, len(list))
	for i, a := range list {
		texts[i] = a.String()
	}
	return strings.Join(texts, ", ")
}

// announcement says why computers on the network do not find the server.
func (e *examination) announcement(context.Context) {
	if e.Announced == nil {
		return
	}
	if why := e.Announced(); why != "" {
		e.add(Warn, "Found on the network", "Computers on this network do not find the server by themselves: "+why+". Players can still type its address.",
			"Look which program has UDP port 5353, and let it through the firewall; or switch the announcement off with server.announce.")
	}
}
