package netaddr

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/sirupsen/logrus"
)

const (
	// lookupFor is how long an answer of the name service is used: hosts with dynamic
	// DNS change their address now and then.
	lookupFor = 5 * time.Minute
	// After a failure it is asked again soon, then less and less often.
	firstRetry = 5 * time.Second
	lastRetry  = time.Minute
	// lookupWithin bounds one question.
	lookupWithin = 10 * time.Second
)

// name is a public host that has to be looked up. One goroutine uses it.
type name struct {
	host     string
	resolver Resolver

	last  netip.Addr    // the last good answer
	retry time.Duration // after the last failure; 0 when it was none
}

var (
	errNoAddress = errors.New("it has no IPv4 address")
	errItself    = errors.New("on this computer the name means the computer itself (see its hosts file)")
)

// look asks the name service and returns when to ask again. An error leaves last as it
// was.
func (n *name) look(ctx context.Context) (again time.Duration, err error) {
	found, err := n.ask(ctx)
	if err != nil {
		n.retry = min(max(firstRetry, 2*n.retry), lastRetry)
		return n.retry, err
	}
	n.last, n.retry = found, 0
	return lookupFor, nil
}

// ask returns an address of the host that means something to other computers; the
// present one stays as long as it is among the answers.
func (n *name) ask(ctx context.Context) (netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupWithin)
	defer cancel()
	list, err := n.resolver.LookupNetIP(ctx, "ip4", n.host)
	if err != nil {
		return netip.Addr{}, err
	}
	var usable []netip.Addr
	for _, addr := range list {
		if addr = addr.Unmap(); addr.Is4() && !addr.IsLoopback() && !addr.IsUnspecified() {
			usable = append(usable, addr)
		}
	}
	switch {
	case len(list) == 0:
		return netip.Addr{}, errNoAddress
	case len(usable) == 0:
		return netip.Addr{}, errItself
	case slices.Contains(usable, n.last):
		return n.last, nil
	}
	return usable[0], nil
}

// watchName keeps the address of the public host until ctx ends.
func (a *Advertiser) watchName(ctx context.Context) {
	for {
		again, err := a.name.look(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			a.lost(err)
		} else {
			a.found(a.name.last)
		}
		select {
		case <-time.After(again):
		case <-ctx.Done():
			return
		}
	}
}

// found takes a good answer over.
func (a *Advertiser) found(addr netip.Addr) {
	a.change(func(r *Rule) {
		if a.logged[UnknownHost] || r.Public.IsValid() && addr != r.Public {
			a.opts.Log.WithFields(logrus.Fields{"public_host": r.PublicHost, "address": addr.String()}).Info("the public host has been looked up; players outside are told this address")
		}
		r.Public = addr
		delete(a.logged, UnknownHost)
		if a.trouble != nil && a.trouble.Told.Trouble == UnknownHost {
			a.trouble = nil
		}
	})
}

// lost warns of the first failure of a row; players go on with the last good answer.
func (a *Advertiser) lost(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.logged[UnknownHost] {
		return
	}
	a.logged[UnknownHost] = true
	r := a.rule.Load()
	entry, told := a.opts.Log.WithError(err), "players outside cannot enter rooms until it can"
	if r.Public.IsValid() {
		told = "players outside are told its last address, " + r.Public.String()
	}
	entry.Warn("The public host " + r.PublicHost + " cannot be looked up; " + told)
}
