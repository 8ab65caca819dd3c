// Package netaddr decides which address a client is told to connect to. Without
// a public host that is the local address of the connection being answered, which
// is right on every network the client can reach the server on. With a public
// host it is that host, but clients on the same machine or the same private
// network still get the local address, because many routers do not lead a public
// address back inside.
package netaddr

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Resolver looks up the addresses of a host name; net.DefaultResolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// lookupFor is how long one answer of the resolver is used: players with dynamic
// DNS change their address now and then.
const lookupFor = 5 * time.Minute

// Advertiser answers with the address for one client. Its methods may be called
// from any goroutine.
type Advertiser struct {
	host     string // configured public host or address, may be empty
	resolver Resolver
	now      func() time.Time

	mu      sync.Mutex
	addr    netip.Addr
	checked time.Time
}

// New makes an advertiser for the configured public host, which may be empty.
func New(publicHost string, resolver Resolver, now func() time.Time) *Advertiser {
	return &Advertiser{host: publicHost, resolver: resolver, now: now}
}

// PublicHost is the configured public host, or "".
func (a *Advertiser) PublicHost() string { return a.host }

// Host returns the host text for a client at remote that reached us at local: a
// name or an address. It serves the web answers, where names are allowed.
func (a *Advertiser) Host(local, remote netip.Addr) string {
	if a.host != "" && !near(remote) {
		return a.host
	}
	return localIPv4(local).String()
}

// IPv4 returns the dotted address for a client at remote that reached us at
// local, for the game messages that carry no names. When the public host cannot
// be resolved it falls back to the local address and returns the error beside it.
func (a *Advertiser) IPv4(ctx context.Context, local, remote netip.Addr) (netip.Addr, error) {
	if a.host == "" || near(remote) {
		return localIPv4(local), nil
	}
	addr, err := a.publicIPv4(ctx)
	if err != nil {
		return localIPv4(local), err
	}
	return addr, nil
}

func (a *Advertiser) publicIPv4(ctx context.Context) (netip.Addr, error) {
	if addr, err := netip.ParseAddr(a.host); err == nil && addr.Unmap().Is4() {
		return addr.Unmap(), nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.addr.IsValid() && a.now().Sub(a.checked) < lookupFor {
		return a.addr, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	addrs, err := a.resolver.LookupNetIP(ctx, "ip4", a.host)
	if err == nil && len(addrs) > 0 {
		a.addr, a.checked = addrs[0].Unmap(), a.now()
		return a.addr, nil
	}
	if a.addr.IsValid() {
		return a.addr, nil // a stale answer beats none
	}
	return netip.Addr{}, fmt.Errorf("public host %q has no IPv4 address: %w", a.host, err)
}

// near reports whether a client shares the machine or a private network with us.
func near(addr netip.Addr) bool {
	addr = addr.Unmap()
	return addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast()
}

// localIPv4 turns the local end of a connection into an IPv4 address: the game
// speaks nothing else. A client that came over IPv6 gets the machine's first
// IPv4 address, and loopback when there is none.
func localIPv4(local netip.Addr) netip.Addr {
	local = local.Unmap()
	if local.Is4() && !local.IsUnspecified() {
		return local
	}
	if !local.IsLoopback() {
		if addrs := MachineIPv4(); len(addrs) > 0 {
			return addrs[0]
		}
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// MachineIPv4 lists this machine's IPv4 addresses except loopback, in the
// operating system's order.
func MachineIPv4() []netip.Addr {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var list []netip.Addr
	for _, a := range addrs {
		if p, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(p.IP); ok && ip.Unmap().Is4() && !ip.Unmap().IsLoopback() {
				list = append(list, ip.Unmap())
			}
		}
	}
	return list
}
