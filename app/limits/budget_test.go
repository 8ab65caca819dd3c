package limits

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestBudget(t *testing.T) {
	now := start
	b := NewBudget[string](2, 10*time.Second, func() time.Time { return now })
	assert.True(t, b.Take("a"))
	assert.True(t, b.Take("a"))
	assert.False(t, b.Take("a"))
	assert.Equal(t, 10*time.Second, b.Wait("a"))
	assert.Zero(t, b.Wait("b"))
	now = now.Add(9999 * time.Millisecond)
	assert.False(t, b.Take("a"), "what was refused has cost nothing")
	now = now.Add(time.Millisecond)
	assert.True(t, b.Take("a"))
	assert.False(t, b.Take("a"))
	now = now.Add(time.Hour)
	assert.True(t, b.Take("a"))
	assert.True(t, b.Take("a"), "no more than the budget has come back")
	assert.False(t, b.Take("a"))
}

// Guesses that are under way at the same time cannot all be refused in time; they are
// paid for afterwards.
func TestWhatIsSpentBeyondTheBudgetIsOwed(t *testing.T) {
	now := start
	b := NewBudget[string](3, 10*time.Second, func() time.Time { return now })
	for range 5 {
		b.Spend("a")
	}
	assert.Equal(t, 30*time.Second, b.Wait("a"))
	for range 1000 {
		b.Spend("a")
	}
	assert.LessOrEqual(t, b.Wait("a"), 4*30*time.Second, "nobody is kept away for ever")
	now = now.Add(4 * 30 * time.Second)
	assert.Zero(t, b.Wait("a"))
}

func TestBudgetWithAClockThatJumps(t *testing.T) {
	now := start.AddDate(50, 0, 0)
	b := NewBudget[string](3, 10*time.Second, func() time.Time { return now })
	for range 3 {
		b.Spend("a")
	}
	now = start
	assert.LessOrEqual(t, b.Wait("a"), 4*30*time.Second, "set back by fifty years")
	b.Spend("a")
	now = now.Add(4 * 30 * time.Second)
	assert.Zero(t, b.Wait("a"))
}

func TestBudgetForgetsWhoOwesNothing(t *testing.T) {
	now := start
	b := NewBudget[int](3, 10*time.Second, func() time.Time { return now })
	for range 3 {
		b.Spend(-1)
	}
	for i := range maxRemembered - 1 {
		b.Spend(i)
	}
	assert.Len(t, b.even, maxRemembered)
	now = now.Add(10 * time.Second)
	b.Spend(-2)
	assert.Len(t, b.even, 2, "those whose budget is whole again")
	b.Spend(-1)
	assert.NotZero(t, b.Wait(-1), "who waits is not forgotten")
	for i := range 4 * maxRemembered { // more than can be told apart
		for range 3 {
			b.Spend(i)
		}
	}
	assert.LessOrEqual(t, len(b.even), maxRemembered)
}

func TestBudgetIsExactUnderLoad(t *testing.T) {
	b := NewBudget[string](10, time.Hour, func() time.Time { return start })
	var taken atomic.Int32
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if b.Take("a") {
				taken.Add(1)
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, 10, taken.Load())
}
