package limits

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whatever refuses somebody says by which rule, with the setting to change, once a
// minute.
func TestEveryRefusalNamesItsRule(t *testing.T) {
	now := time.Unix(1e9, 0)
	cfg := Config{ConnectionsPerAddress: 1, WrongPasswords: 1, WrongPasswordEvery: time.Hour, SignupsPerHour: 1, ActionsPerMinute: 1}
	l, err := New(cfg, func() time.Time { return now })
	require.NoError(t, err)
	var told []Rule
	l.Tell(func(r Rule, addr netip.Addr) {
		assert.Equal(t, "203.0.113.7", addr.String())
		told = append(told, r)
	})
	addr := netip.MustParseAddr("203.0.113.7")
	l.WrongGuess(addr)
	for range 3 {
		l.Connect(addr)
		l.MayGuess(addr)
		l.SignUp(addr)
		l.Act(addr, 1)
	}
	assert.ElementsMatch(t, []Rule{RuleConnections, RuleGuesses, RuleSignups, RuleActions}, told)
	for _, r := range told {
		assert.Contains(t, r.Next, "limits.", "the setting")
	}
	l.SetBans([]netip.Prefix{netip.PrefixFrom(addr, 32)})
	assert.False(t, l.Connect(addr))
	assert.Equal(t, RuleBan, told[len(told)-1])

	n := len(told)
	now = now.Add(again)
	assert.False(t, l.Connect(addr))
	assert.Len(t, told, n+1, "a minute later it is told again")
}

// A flood from everywhere fills no memory.
func TestWhatWasToldIsBounded(t *testing.T) {
	l, err := New(Config{}, time.Now)
	require.NoError(t, err)
	l.Tell(func(Rule, netip.Addr) {})
	for i := range 3 * maxTold {
		l.refuse(RuleBan, netip.MustParseAddr(fmt.Sprintf("10.0.%d.%d", i/250, i%250)))
	}
	assert.LessOrEqual(t, len(l.teller.told), maxTold)
}
