package pace

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clock is a time that tests move by hand.
type clock struct{ now time.Time }

func (c *clock) tell() time.Time        { return c.now }
func (c *clock) pass(d time.Duration)   { c.now = c.now.Add(d) }
func newBook(c Config) (*Book, *clock)  { k := &clock{time.Unix(1e9, 0)}; return New(c, k.tell), k }
func budget(c Config) (*Budget, *clock) { b, k := newBook(c); return b.Account(1), k }
func spend(b *Budget, k Kind, n ...int) {
	for _, n := range n {
		b.Spend(k, n)
	}
}
func within(t *testing.T, want, got time.Duration) {
	t.Helper()
	assert.InDelta(t, want, got, float64(time.Millisecond))
}

func TestSpending(t *testing.T) {
	b, k := budget(Config{Writes: 10})
	for range 10 * writesBurst {
		require.Zero(t, b.Spend(Writes, 1), "a full budget")
	}
	within(t, time.Second/10, b.Spend(Writes, 1))
	within(t, time.Second/5, b.Spend(Writes, 1))
	k.pass(100 * time.Millisecond)
	within(t, time.Second/10, b.Debt(Writes))
	k.pass(b.Debt(Writes))
	assert.Zero(t, b.Debt(Writes), "after the wait nothing is owed")
	k.pass(time.Hour)
	for range 10 * writesBurst {
		require.Zero(t, b.Spend(Writes, 1), "full again, and no fuller")
	}
	assert.NotZero(t, b.Spend(Writes, 1))
	assert.Zero(t, b.Debt(Told), "the kinds are apart")
}

func TestOneDebtIsBounded(t *testing.T) {
	b, _ := budget(Config{Told: 1})
	within(t, toldBurst*time.Second, b.Spend(Told, 1<<30))
	within(t, toldBurst*time.Second, b.Spend(Told, 1<<30))
}

func TestAllow(t *testing.T) {
	b, k := budget(Default())
	n := 0
	for b.Allow(Lines, 1) {
		n++
	}
	assert.Equal(t, linesPerSecond*linesBurst, n)
	k.pass(time.Second)
	assert.True(t, b.Allow(Lines, linesPerSecond))
	assert.False(t, b.Allow(Lines, 1))
}

func TestNoLimits(t *testing.T) {
	var none *Book
	assert.Nil(t, none.Account(1))
	assert.Zero(t, none.Address(netip.Addr{}).Spend(Told, 1<<40))
	assert.True(t, none.Account(7).Allow(Lines, 1<<30))
	off, _ := budget(Config{})
	assert.Zero(t, off.Spend(Work, 1<<40))
	assert.True(t, off.Allow(Writes, 1<<30))
}

func TestABudgetBelongsToThePlayer(t *testing.T) {
	b, _ := newBook(Config{Writes: 1})
	spend(b.Account(1), Writes, writesBurst, 5)
	assert.NotZero(t, b.Account(1).Debt(Writes), "whatever the connection")
	assert.Zero(t, b.Account(2).Debt(Writes))
	assert.Zero(t, b.Address(netip.MustParseAddr("192.0.2.1")).Debt(Writes))
}

// A book does not grow with everybody who was ever there, and forgets no debt.
func TestFullBudgetsAreForgotten(t *testing.T) {
	b, k := newBook(Default())
	spend(b.Account(1), Writes, 1e6)
	for id := range uint32(100 * few) {
		spend(b.Account(2+id), Writes, 1)
		k.pass(10 * time.Millisecond)
		if id%(few/2) == 0 {
			spend(b.Account(1), Writes, 1e6)
		}
	}
	assert.LessOrEqual(t, len(b.of), 2*few)
	assert.NotZero(t, b.Account(1).Debt(Writes))
}

func TestAClockThatGoesBackTakesNothing(t *testing.T) {
	b, k := budget(Config{Writes: 1})
	spend(b, Writes, writesBurst)
	k.pass(-time.Hour)
	assert.Zero(t, b.Debt(Writes))
	within(t, time.Second, b.Spend(Writes, 1))
	k.pass(time.Second)
	assert.Zero(t, b.Debt(Writes), "and goes on from there")
}

func BenchmarkSpend(b *testing.B) {
	budget := New(Default(), nil).Account(1)
	b.ReportAllocs()
	for b.Loop() {
		budget.Spend(Work, 10)
	}
}
