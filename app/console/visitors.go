package console

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"mcos/app/limits"
)

const (
	// requestsPerSecond and burst bound what one address may ask, that of this
	// machine excepted: the tray, scripts and monitoring are there.
	requestsPerSecond = 20
	burst             = 100
	// wrongPasswords is how many an address may try in a lockout.
	wrongPasswords = 10
	lockout        = time.Minute
	// maxVisitors bounds how many addresses are remembered.
	maxVisitors = 4096
)

// visitors counts what addresses ask and which passwords they try.
type visitors struct {
	now func() time.Time

	mu   sync.Mutex
	list map[netip.Addr]*visitor
}

type visitor struct {
	requests *rate.Limiter
	last     time.Time
	wrong    int
	since    time.Time // the first of the wrong ones
}

func newVisitors(now func() time.Time) *visitors {
	return &visitors{now: now, list: map[netip.Addr]*visitor{}}
}

// allow counts a request and reports whether it may go on.
func (v *visitors) allow(addr netip.Addr) bool {
	if addr.IsLoopback() {
		return true
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.now()
	return v.get(addr, now).requests.AllowN(now, 1)
}

// mayTry reports whether an address may try a password.
func (v *visitors) mayTry(addr netip.Addr) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.now()
	one := v.get(addr, now)
	if now.Sub(one.since) >= lockout {
		one.wrong = 0
	}
	return one.wrong < wrongPasswords
}

// failed counts a wrong password.
func (v *visitors) failed(addr netip.Addr) {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.now()
	one := v.get(addr, now)
	if one.wrong == 0 || now.Sub(one.since) >= lockout {
		one.wrong, one.since = 0, now
	}
	one.wrong++
}

// get returns what is known of an address, IPv6 by its /56. When too many are
// remembered, those that have been quiet for a lockout are forgotten, or else all.
func (v *visitors) get(addr netip.Addr, now time.Time) *visitor {
	addr = limits.Customer(addr).Addr()
	one := v.list[addr]
	if one == nil {
		if len(v.list) >= maxVisitors {
			v.forget(now)
		}
		one = &visitor{requests: rate.NewLimiter(requestsPerSecond, burst)}
		v.list[addr] = one
	}
	one.last = now
	return one
}

func (v *visitors) forget(now time.Time) {
	for addr, one := range v.list {
		if now.Sub(one.last) >= lockout {
			delete(v.list, addr)
		}
	}
	if len(v.list) >= maxVisitors {
		clear(v.list)
	}
}
