package limits

import (
	"net/netip"
	"sync"
	"time"

	"mcos/storage"
)

// familiarFor is how long an address from which a right password has come is known to
// an account.
const familiarFor = 30 * 24 * time.Hour

// accountGuesses counts wrong passwords by the account that they are for, wherever they
// come from: somebody with many addresses guesses no faster than somebody with one. An
// address from which the right password came lately does not wait for it, so a stranger
// cannot keep the owner out. Names that no account has are counted in the same way, so
// that nobody learns which ones exist. Everything is in memory, and a restart forgets it.
type accountGuesses struct {
	budget *Budget[string]
	now    func() time.Time

	mu       sync.Mutex
	familiar map[familiarKey]time.Time // when the right password came last
}

type familiarKey struct {
	account string
	addr    netip.Addr
}

func newAccountGuesses(most int, every time.Duration, now func() time.Time) *accountGuesses {
	return &accountGuesses{budget: NewBudget[string](most, every, now), now: now, familiar: map[familiarKey]time.Time{}}
}

// longestName bounds what is remembered of a name that nobody has.
const longestName = 64

func fold(account string) string {
	return storage.FoldName(account[:min(len(account), longestName)])
}

// may reports whether a password for the account is to be looked at.
func (g *accountGuesses) may(account string, addr netip.Addr) bool {
	account = fold(account)
	return g.budget.Wait(account) == 0 || g.knows(familiarKey{account, addr})
}

func (g *accountGuesses) knows(key familiarKey) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	last, ok := g.familiar[key]
	return ok && g.now().Sub(last) < familiarFor
}

// wrong counts a wrong password for the account.
func (g *accountGuesses) wrong(account string) { g.budget.Spend(fold(account)) }

// right remembers from where the right password came.
func (g *accountGuesses) right(account string, addr netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if len(g.familiar) >= maxRemembered {
		for key, last := range g.familiar {
			if now.Sub(last) >= familiarFor {
				delete(g.familiar, key)
			}
		}
	}
	for key := range g.familiar { // any of them, when all are young
		if len(g.familiar) < maxRemembered {
			break
		}
		delete(g.familiar, key)
	}
	g.familiar[familiarKey{fold(account), addr}] = now
}

// MayLogIn reports whether a password from addr for an account is to be looked at: not
// when too many wrong ones came from there, nor when too many came for the account from
// anywhere and addr is not one that the account is known at.
func (l *Limiter) MayLogIn(addr netip.Addr, account string) bool {
	return l.MayGuess(addr) && (l.accounts.may(account, customer(addr)) || l.refuse(RuleAccountGuesses, addr))
}

// WrongPassword counts a wrong password from addr for an account, against both.
func (l *Limiter) WrongPassword(addr netip.Addr, account string) {
	l.WrongGuess(addr)
	l.accounts.wrong(account)
}

// RightPassword remembers that the right password of an account came from addr.
func (l *Limiter) RightPassword(addr netip.Addr, account string) {
	l.accounts.right(account, customer(addr))
}
