package limits

import (
	"net/netip"
	"sync"
	"time"
)

// Rule is a rule by which somebody is refused, in the words of an operator who has to
// find out why a friend does not get in.
type Rule struct {
	// Name says what was too much.
	Name string
	// Next says which setting it is and what to change when it hits the wrong people.
	Next string
}

// The rules of a Limiter.
var (
	RuleBan            = Rule{"banned address", "to let it in: mcos ban remove, or Bans in the console"}
	RuleConnections    = Rule{"too many connections from one address", "for many players behind one address raise limits.connections_per_address, or add it to limits.exempt"}
	RuleAccountGuesses = Rule{"too many wrong passwords for one account", "strangers may try again after limits.wrong_password_every; limits.wrong_passwords_per_account says how many are too many"}
	RuleGuesses        = Rule{"too many wrong passwords from one address", "it may try again after limits.wrong_password_every; limits.wrong_passwords says how many are too many"}
	RuleSignups        = Rule{"too many new accounts from one address", "limits.signups_per_hour says how many are too many; mcos account add makes one all the same"}
	RuleActions        = Rule{"too many requests of one account", "limits.actions_per_minute says how many are too many"}
)

const (
	// again is how long the same is not told again.
	again = time.Minute
	// maxTold bounds what is remembered of what was told.
	maxTold = 1000
)

// teller tells of refusals, of the same one once a minute.
type teller struct {
	now  func() time.Time
	tell func(Rule, netip.Addr)

	mu   sync.Mutex
	told map[refusal]time.Time
}

type refusal struct {
	rule Rule
	addr netip.Addr
}

// Tell has the limiter report everybody it refuses to fn, of one address and rule once a
// minute. It must be called before the limiter is used.
func (l *Limiter) Tell(fn func(Rule, netip.Addr)) { l.teller.tell = fn }

// refuse tells of a refusal and returns false.
func (l *Limiter) refuse(rule Rule, addr netip.Addr) bool {
	if l.teller.due(refusal{rule, addr}) {
		l.teller.tell(rule, addr)
	}
	return false
}

func (t *teller) due(r refusal) bool {
	if t.tell == nil {
		return false
	}
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if at, ok := t.told[r]; ok && now.Sub(at) < again {
		return false
	}
	if len(t.told) >= maxTold {
		clear(t.told)
	}
	t.told[r] = now
	return true
}
