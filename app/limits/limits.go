// Package limits counts what one address may do: how many connections it holds
// open and how many logins it tries in a minute. It exists so that one stranger
// cannot starve the others; the machine's own addresses are exempt by default,
// because every player on the server's own computer shares one of them.
package limits

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"mcos/app/netaddr"
)

// Config is the `limits` section of the configuration.
type Config struct {
	ConnectionsPerAddress int      `yaml:"connections_per_address" help:"Most open connections from one address over all ports together; 0 means no limit." min:"0"`
	LoginsPerMinute       int      `yaml:"logins_per_minute" help:"Most login attempts (web login, game login, sign-up) from one address in a minute; 0 means no limit." min:"0"`
	Exempt                []string `yaml:"exempt" help:"Networks that no limit applies to, as CIDR prefixes or single addresses."`
}

// Default is the configuration that a server starts with. Sixty-four connections
// are about ten players behind one router.
func Default() Config {
	return Config{
		ConnectionsPerAddress: 64,
		LoginsPerMinute:       30,
		Exempt:                []string{"127.0.0.0/8", "::1"},
	}
}

// Limiter counts connections and login attempts per address. Its methods may be
// called from any goroutine.
type Limiter struct {
	cfg    Config
	exempt []netip.Prefix
	now    func() time.Time
	bans   atomic.Pointer[[]netip.Prefix]

	mu       sync.Mutex
	open     map[netip.Addr]int
	attempts map[netip.Addr]*window
}

// window counts attempts in one minute.
type window struct {
	start time.Time
	count int
}

// New makes a limiter. It returns an error that names the entry of Exempt that is
// neither a prefix nor an address.
func New(cfg Config, now func() time.Time) (*Limiter, error) {
	prefixes, err := cfg.prefixes()
	if err != nil {
		return nil, fmt.Errorf("limits.%w", err)
	}
	return &Limiter{cfg: cfg, exempt: prefixes, now: now, open: map[netip.Addr]int{}, attempts: map[netip.Addr]*window{}}, nil
}

// Check returns an error when an entry of Exempt is neither a prefix nor an
// address.
func (c Config) Check() error {
	_, err := c.prefixes()
	return err
}

func (c Config) prefixes() ([]netip.Prefix, error) {
	list, err := netaddr.Prefixes(c.Exempt)
	if err != nil {
		return nil, fmt.Errorf("exempt: %w", err)
	}
	return list, nil
}

// Connect asks for one more open connection from addr, which no banned address
// gets. A true answer must be given back with Disconnect.
func (l *Limiter) Connect(addr netip.Addr) bool {
	if l.Banned(addr) {
		return false
	}
	addr = group(addr)
	if l.cfg.ConnectionsPerAddress == 0 || l.isExempt(addr) {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[addr] >= l.cfg.ConnectionsPerAddress {
		return false
	}
	l.open[addr]++
	return true
}

// Disconnect gives back a connection that Connect allowed.
func (l *Limiter) Disconnect(addr netip.Addr) {
	addr = group(addr)
	if l.cfg.ConnectionsPerAddress == 0 || l.isExempt(addr) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[addr]--; l.open[addr] <= 0 {
		delete(l.open, addr)
	}
}

// Attempt counts one login attempt from addr and reports whether it may go on.
func (l *Limiter) Attempt(addr netip.Addr) bool {
	addr = group(addr)
	if l.cfg.LoginsPerMinute == 0 || l.isExempt(addr) {
		return true
	}
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.attempts[addr]
	if w == nil || now.Sub(w.start) >= time.Minute {
		l.prune(now)
		w = &window{start: now}
		l.attempts[addr] = w
	}
	w.count++
	return w.count <= l.cfg.LoginsPerMinute
}

// prune forgets finished windows, so that the map holds at most the addresses of
// the last minute.
func (l *Limiter) prune(now time.Time) {
	for addr, w := range l.attempts {
		if now.Sub(w.start) >= time.Minute {
			delete(l.attempts, addr)
		}
	}
}

func (l *Limiter) isExempt(addr netip.Addr) bool {
	for _, p := range l.exempt {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// group maps an address to the one that is counted: IPv4 as itself, IPv6 by its
// /64, because one household owns at least that much.
func group(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if addr.Is4() || addr.IsLoopback() {
		return addr
	}
	if p, err := addr.Prefix(64); err == nil {
		return p.Addr()
	}
	return addr
}
