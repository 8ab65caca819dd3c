// Package lan finds the game servers of the local network, which answer DNS-SD
// questions over multicast DNS.
package lan

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"mcos/protocol/client"
)

// Server is a server that answered.
type Server struct {
	client.Neighbour
	// Addr is where this computer reaches it.
	Addr netip.Addr
	// Own tells that it runs on this computer.
	Own bool
}

// Browse asks on every network for servers and returns those that answered before
// the time was over, those on this computer first, then by name. That nobody answers
// is no error; an error means that no network could be asked.
func Browse(ctx context.Context, wait time.Duration) ([]Server, error) {
	ifaces, err := interfaces()
	if err != nil {
		return nil, err
	}
	var own []netip.Prefix
	for _, i := range ifaces {
		own = append(own, i.prefixes...)
	}
	var mu sync.Mutex
	var answers []answer
	var failures []error
	var asking sync.WaitGroup
	for _, i := range ifaces {
		asking.Go(func() {
			got, err := ask(ctx, i, wait)
			mu.Lock()
			defer mu.Unlock()
			answers = append(answers, got...)
			if err != nil {
				failures = append(failures, err)
			}
		})
	}
	asking.Wait()
	if len(failures) > 0 && len(failures) == len(ifaces) {
		return nil, errors.Join(failures...)
	}
	return merge(answers, own), nil
}

// iface is an interface with its IPv4 networks.
type iface struct {
	net.Interface
	prefixes []netip.Prefix
}

var errNoNetwork = errors.New("this computer is connected to no network that can be asked for servers")

func interfaces() ([]iface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var list []iface
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagMulticast == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		one := iface{Interface: i}
		addrs, _ := i.Addrs() // an interface that has just gone has none
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() {
				one.prefixes = append(one.prefixes, p)
			}
		}
		if len(one.prefixes) > 0 {
			list = append(list, one)
		}
	}
	if len(list) == 0 {
		return nil, errNoNetwork
	}
	return list, nil
}

// merge makes one entry of all answers about the same server: it is asked twice, and
// on every network that it shares with this computer; the nearest address counts.
func merge(answers []answer, own []netip.Prefix) []Server {
	type identity struct {
		machine, key, certificate string
		login                     int
	}
	found := map[identity]Server{}
	for _, a := range answers {
		n, err := client.ParseNeighbour(a.txt)
		if err != nil || !a.addr.Is4() || a.addr.IsLoopback() || a.addr.IsMulticast() || a.addr.IsUnspecified() {
			continue
		}
		s := Server{Neighbour: n, Addr: a.addr, Own: slices.ContainsFunc(own, func(p netip.Prefix) bool { return p.Addr() == a.addr })}
		id := identity{key: n.Key, certificate: n.Certificate, login: n.Login}
		if n.Key == "" {
			id.machine = strings.ToLower(a.name)
		}
		if old, again := found[id]; !again || nearness(s.Addr, own) < nearness(old.Addr, own) ||
			nearness(s.Addr, own) == nearness(old.Addr, own) && s.Addr.Less(old.Addr) {
			found[id] = s
		}
	}
	list := make([]Server, 0, len(found))
	for _, s := range found {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Server) int {
		return cmp.Or(first(a.Own, b.Own), strings.Compare(a.Name, b.Name), bytes.Compare(a.Addr.AsSlice(), b.Addr.AsSlice()), cmp.Compare(a.Login, b.Login))
	})
	return list
}

// nearness orders addresses: this computer's own, then those of its networks, then
// all others.
func nearness(addr netip.Addr, own []netip.Prefix) int {
	near := 2
	for _, p := range own {
		switch {
		case p.Addr() == addr:
			return 0
		case p.Contains(addr):
			near = 1
		}
	}
	return near
}

func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
