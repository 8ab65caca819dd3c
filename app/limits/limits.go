// Package limits counts what one address may do: how many connections it holds open,
// how many wrong passwords it sends, how many accounts it makes. It exists so that one
// stranger cannot starve the others, and so that people who share an address, as those
// of one household do, still get in: only what goes wrong counts against an address, and
// what an account does counts against the account. The machine's own addresses are exempt
// from all but the guessing by default, because every player on the server's own computer
// shares one of them.
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
	ConnectionsPerAddress    int           `yaml:"connections_per_address" help:"Most open connections from one address (IPv6: one /64 network) over all ports together; one player needs up to 8. 0 means no limit." min:"0"`
	Connections              int           `yaml:"connections" help:"Most open connections altogether, of which a tenth is kept for addresses that somebody has logged in from; 0 means as many as the system lets this program have, less some for itself." min:"0"`
	WrongPasswords           int           `yaml:"wrong_passwords" help:"Wrong passwords and codes that one address (IPv6: one /56 network) may send at once before it has to wait, wherever it sends them. Right ones do not count. 0 means no limit." min:"0" max:"10000"`
	WrongPasswordsPerAccount int           `yaml:"wrong_passwords_per_account" help:"Wrong passwords for one account that may come at once, from all addresses together, before strangers have to wait. An address from which the right one came in the last 30 days does not wait for them. 0 means no limit." min:"0" max:"10000"`
	WrongPasswordEvery       time.Duration `yaml:"wrong_password_every" help:"How often an address that has used them up, or a stranger to such an account, may try once more." min:"1s" max:"24h"`
	SignupsPerHour           int           `yaml:"signups_per_hour" help:"Accounts that one address (IPv6: one /56 network) may make on the sign-up page in an hour; 0 means no limit." min:"0"`
	ActionsPerMinute         int           `yaml:"actions_per_minute" help:"Game logins, name checks, new drivers and mails of one account in a minute; 0 means no limit." min:"0"`
	Exempt                   []string      `yaml:"exempt" help:"Networks that no limit applies to except that on wrong passwords, as CIDR prefixes or single addresses."`
}

// Default is the configuration that a server starts with: room for twenty players
// behind one router.
func Default() Config {
	return Config{
		ConnectionsPerAddress:    160,
		WrongPasswords:           30,
		WrongPasswordsPerAccount: 20,
		WrongPasswordEvery:       20 * time.Second,
		SignupsPerHour:           60,
		ActionsPerMinute:         60,
		Exempt:                   []string{"127.0.0.0/8", "::1"},
	}
}

// Limiter counts connections, failures and what accounts do. Its methods may be
// called from any goroutine.
type Limiter struct {
	cfg    Config
	exempt []netip.Prefix
	bans   atomic.Pointer[[]netip.Prefix]

	guesses  *Budget[netip.Addr] // wrong ones
	signups  *Budget[netip.Addr]
	actions  *Budget[uint32]
	accounts *accountGuesses

	mu   sync.Mutex
	open map[netip.Addr]int

	teller teller
	bound  bound
}

// New makes a limiter. It returns an error that names the entry of Exempt that is
// neither a prefix nor an address.
func New(cfg Config, now func() time.Time) (*Limiter, error) {
	prefixes, err := cfg.prefixes()
	if err != nil {
		return nil, fmt.Errorf("limits.%w", err)
	}
	return &Limiter{
		cfg: cfg, exempt: prefixes, open: map[netip.Addr]int{}, teller: teller{now: now, told: map[refusal]time.Time{}},
		guesses:  NewBudget[netip.Addr](cfg.WrongPasswords, cfg.WrongPasswordEvery, now),
		accounts: newAccountGuesses(cfg.WrongPasswordsPerAccount, cfg.WrongPasswordEvery, now),
		signups:  NewBudget[netip.Addr](cfg.SignupsPerHour, time.Hour/time.Duration(max(1, cfg.SignupsPerHour)), now),
		actions:  NewBudget[uint32](cfg.ActionsPerMinute, time.Minute/time.Duration(max(1, cfg.ActionsPerMinute)), now),
	}, nil
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
		return l.refuse(RuleBan, addr)
	}
	if !l.place(addr) {
		return false
	}
	if l.cfg.ConnectionsPerAddress == 0 || l.isExempt(addr) {
		return true
	}
	if !l.another(group(addr)) {
		l.bound.open.Add(-1)
		return l.refuse(RuleConnections, addr)
	}
	return true
}

// another counts one more open connection, unless there are too many.
func (l *Limiter) another(addr netip.Addr) bool {
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
	l.bound.open.Add(-1)
	if l.cfg.ConnectionsPerAddress == 0 || l.isExempt(addr) {
		return
	}
	addr = group(addr)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[addr]--; l.open[addr] <= 0 {
		delete(l.open, addr)
	}
}

// MayGuess reports whether a password, or a code, from addr is to be looked at. No
// exemption helps: a program on this computer can guess as well.
func (l *Limiter) MayGuess(addr netip.Addr) bool {
	return l.guesses.Wait(customer(addr)) == 0 || l.refuse(RuleGuesses, addr)
}

// WrongGuess counts a password, or a code, from addr that was wrong. Right ones are
// not counted: a household may share one address.
func (l *Limiter) WrongGuess(addr netip.Addr) { l.guesses.Spend(customer(addr)) }

// SignUp counts a new account from addr and reports whether it may be made.
func (l *Limiter) SignUp(addr netip.Addr) bool {
	return l.isExempt(addr) || l.signups.Take(customer(addr)) || l.refuse(RuleSignups, addr)
}

// Act counts something that costs the server more than a look, done for an account
// from addr, and reports whether it may be done.
func (l *Limiter) Act(addr netip.Addr, account uint32) bool {
	return l.isExempt(addr) || l.actions.Take(account) || l.refuse(RuleActions, addr)
}

func (l *Limiter) isExempt(addr netip.Addr) bool {
	addr = plain(addr)
	for _, p := range l.exempt {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
