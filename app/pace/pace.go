// Package pace bounds what one player causes: for the server by asking, for others by
// what is told on to them, for the disk by what is stored, and for the operator by
// lines in the log.
//
// Everything is counted against a budget that belongs to an account, however many
// connections it has; before a login it belongs to the address. A budget fills up at a
// steady rate. What has been caused is taken from it afterwards, so that it can fall
// into debt; whoever is in debt waits, or is not heard, until it is paid. Real clients
// never come near: the rates are many times what the busiest of them need.
package pace

import (
	"net/netip"
	"sync"
	"time"
)

// Kind is one of the things that a budget counts.
type Kind uint8

// The kinds, each with its unit.
const (
	Work    Kind = iota // bytes of requests and their answers, and a fixed sum for each
	Told                // bytes told on to others, once for each receiver
	Writes              // changes of the store
	Lines               // lines in the log
	Drivers             // new drivers, of which the old ones are kept for a while
	kinds
)

// Config is the `pace` section of the configuration. 0 switches a limit off.
type Config struct {
	Requests int `yaml:"requests" help:"What one player may ask for, requests and answers together; who asks for more is read more slowly. 0 means no limit." unit:"KiB/s" min:"0"`
	Told     int `yaml:"told" help:"What one player may have told on to others, counted once for each of them; more chat and driving data than that is left out, and everything else waits. A race of six needs about 10. 0 means no limit." unit:"KiB/s" min:"0"`
	Writes   int `yaml:"writes" help:"Changes of what is stored that one player may make; more of them wait. 0 means no limit." unit:"a second" min:"0"`
	Drivers  int `yaml:"drivers" help:"New drivers that one account may create; a deleted one is kept for a while. 0 means no limit." unit:"an hour" min:"0"`
}

// Default is the configuration that a server starts with.
func Default() Config { return Config{Requests: 256, Told: 128, Writes: 5, Drivers: 20} }

// Each kind may come at once for as long as this many seconds of its rate: a login
// with a full garage, a crowd that greets somebody, an evening in the garage.
const (
	workBurst   = 16
	toldBurst   = 4
	writesBurst = 40

	linesPerSecond = 2
	linesBurst     = 100 // seconds
)

// rate is how fast a kind fills up, and how much of it there can be at once. A rate of
// 0 is no limit.
type rate struct{ perSecond, burst float64 }

func (c Config) rates() (r [kinds]rate) {
	of := func(perSecond, seconds int) rate { return rate{float64(perSecond), float64(perSecond * seconds)} }
	r[Work], r[Told] = of(c.Requests<<10, workBurst), of(c.Told<<10, toldBurst)
	r[Writes], r[Lines] = of(c.Writes, writesBurst), of(linesPerSecond, linesBurst)
	r[Drivers] = rate{float64(c.Drivers) / 3600, float64(c.Drivers)}
	return r
}

// Budget is what one player, or one address, has left. A nil budget has no limits. Its
// methods may be called from any goroutine.
type Budget struct {
	rates *[kinds]rate
	now   func() time.Time

	mu   sync.Mutex
	have [kinds]float64
	last time.Time
}

// Spend takes n from the budget and returns how long it takes until what is owed is
// paid, 0 when nothing is. One debt is never more than a full budget.
func (b *Budget) Spend(k Kind, n int) time.Duration {
	if b == nil || b.rates[k].perSecond == 0 {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill()
	b.have[k] = max(b.have[k]-float64(n), -b.rates[k].burst)
	return b.debt(k)
}

// Debt is how long it takes until what is owed is paid, 0 when nothing is.
func (b *Budget) Debt(k Kind) time.Duration { return b.Spend(k, 0) }

// Allow takes n from the budget and reports true, or takes nothing when something is
// owed.
func (b *Budget) Allow(k Kind, n int) bool {
	if b == nil || b.rates[k].perSecond == 0 {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill()
	if b.have[k] < float64(n) {
		return false
	}
	b.have[k] -= float64(n)
	return true
}

func (b *Budget) debt(k Kind) time.Duration {
	if b.have[k] >= 0 {
		return 0
	}
	// Rounded up: after the wait nothing is owed.
	return time.Duration(-b.have[k]/b.rates[k].perSecond*float64(time.Second)) + 1
}

// fill adds what has come in since the last look.
func (b *Budget) fill() {
	now := b.now()
	passed := max(0, now.Sub(b.last).Seconds()) // a clock that goes back takes nothing
	b.last = now
	for k := range b.have {
		b.have[k] = min(b.have[k]+passed*b.rates[k].perSecond, b.rates[k].burst)
	}
}

// full reports that the budget is as good as a new one.
func (b *Budget) full() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill()
	for k, have := range b.have {
		if have < b.rates[k].burst {
			return false
		}
	}
	return true
}

// Book keeps the budgets of all players and addresses. A nil book has no limits. Its
// methods may be called from any goroutine.
type Book struct {
	rates [kinds]rate
	now   func() time.Time

	mu   sync.Mutex
	of   map[who]*Budget
	look int // size at which to forget full budgets
}

// who is an account, or the address of somebody who has none yet.
type who struct {
	account uint32
	addr    netip.Addr
}

// few is the size that a book may always have.
const few = 1024

// New makes a book. now tells the time; nil is time.Now.
func New(cfg Config, now func() time.Time) *Book {
	if now == nil {
		now = time.Now
	}
	return &Book{rates: cfg.rates(), now: now, of: map[who]*Budget{}, look: few}
}

// Account is the budget of an account.
func (b *Book) Account(id uint32) *Budget { return b.get(who{account: id}) }

// Address is the budget of an address, or of a network that counts as one.
func (b *Book) Address(addr netip.Addr) *Budget { return b.get(who{addr: addr}) }

func (b *Book) get(w who) *Budget {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	budget := b.of[w]
	if budget == nil {
		if len(b.of) >= b.look {
			b.forget()
		}
		budget = &Budget{rates: &b.rates, now: b.now, last: b.now()}
		for k, r := range b.rates {
			budget.have[k] = r.burst
		}
		b.of[w] = budget
	}
	return budget
}

// forget drops the budgets that are full: a new one is as good.
func (b *Book) forget() {
	for w, budget := range b.of {
		if budget.full() {
			delete(b.of, w)
		}
	}
	b.look = max(few, 2*len(b.of))
}
