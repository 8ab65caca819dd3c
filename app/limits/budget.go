package limits

import (
	"sync"
	"time"
)

// maxRemembered bounds how many keys a Budget remembers.
const maxRemembered = 1 << 16

// Budget allows so many of something at once, and then one more every so often, for
// each key on its own: an address, an account. Its methods may be called from any
// goroutine.
//
// What is spent beyond the budget is owed: several that are under way at the same time
// gain nothing from it, they only wait longer.
type Budget[K comparable] struct {
	most  int
	every time.Duration
	now   func() time.Time

	mu sync.Mutex
	// even is when everything that a key has spent will have come back.
	even map[K]time.Time
}

// NewBudget makes a budget of most at once, which come back one every so often. Most 0
// means no limit.
func NewBudget[K comparable](most int, every time.Duration, now func() time.Time) *Budget[K] {
	return &Budget[K]{most: most, every: every, now: now, even: map[K]time.Time{}}
}

// Wait is how long it takes until the key may go on; 0 is now.
func (b *Budget[K]) Wait(key K) time.Duration {
	if b.most == 0 {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wait(key, b.now())
}

func (b *Budget[K]) wait(key K, now time.Time) time.Duration {
	owed := b.even[key].Sub(now)
	if owed <= 0 {
		return 0
	}
	// A clock that was set back must not make anybody wait for it to catch up.
	owed = min(owed, time.Duration(maxOwed*b.most)*b.every)
	return max(0, owed-time.Duration(b.most-1)*b.every)
}

// maxOwed is how many budgets a key can owe at most.
const maxOwed = 4

// Spend takes one from the key's budget, whether there is one or not.
func (b *Budget[K]) Spend(key K) {
	if b.most == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spend(key, b.now())
}

func (b *Budget[K]) spend(key K, now time.Time) {
	even := b.even[key]
	if even.IsZero() && len(b.even) >= maxRemembered {
		b.forget(now)
	}
	if even.Before(now) {
		even = now
	}
	latest := now.Add(time.Duration(maxOwed*b.most) * b.every)
	if even = even.Add(b.every); even.After(latest) {
		even = latest
	}
	b.even[key] = even
}

// Take spends one if there is one and reports whether there was.
func (b *Budget[K]) Take(key K) bool {
	if b.most == 0 {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if b.wait(key, now) > 0 {
		return false
	}
	b.spend(key, now)
	return true
}

// forget drops the keys that owe nothing; when that is not enough, those that could
// go on anyhow, and when all of them wait, all: a flood from so many addresses is
// nothing that counting them can stop.
func (b *Budget[K]) forget(now time.Time) {
	for _, keep := range []func(key K, even time.Time) bool{
		func(_ K, even time.Time) bool { return even.After(now) },
		func(key K, _ time.Time) bool { return b.wait(key, now) > 0 },
		func(K, time.Time) bool { return false },
	} {
		for key, even := range b.even {
			if !keep(key, even) {
				delete(b.even, key)
			}
		}
		if len(b.even) < maxRemembered/2 {
			return
		}
	}
}
