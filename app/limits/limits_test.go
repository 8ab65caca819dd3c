package limits

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newLimiter(t *testing.T, cfg Config) (*Limiter, *time.Time) {
	t.Helper()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	l, err := New(cfg, func() time.Time { return now })
	require.NoError(t, err)
	return l, &now
}

func TestConnectionsAreCountedPerAddress(t *testing.T) {
	l, _ := newLimiter(t, Config{ConnectionsPerAddress: 2})
	a, b := netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("203.0.113.2")
	mapped := netip.MustParseAddr("::ffff:203.0.113.1")
	require.True(t, l.Connect(a))
	require.True(t, l.Connect(mapped), "the IPv6 form of the same address counts together with it")
	assert.False(t, l.Connect(a))
	assert.True(t, l.Connect(b))
	l.Disconnect(a)
	assert.True(t, l.Connect(a))
	assert.False(t, l.Connect(mapped))
}

func TestIPv6IsCountedByNetwork(t *testing.T) {
	l, _ := newLimiter(t, Config{ConnectionsPerAddress: 1})
	require.True(t, l.Connect(netip.MustParseAddr("2001:db8:1:2::1")))
	assert.False(t, l.Connect(netip.MustParseAddr("2001:db8:1:2::ffff")))
	assert.True(t, l.Connect(netip.MustParseAddr("2001:db8:1:3::1")))
}

func TestOnlyWrongGuessesCount(t *testing.T) {
	l, now := newLimiter(t, Config{WrongPasswords: 3, WrongPasswordEvery: 20 * time.Second})
	a, b := netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("203.0.113.2")
	for range 100 {
		require.True(t, l.MayGuess(a), "asking costs nothing")
	}
	for range 3 {
		require.True(t, l.MayGuess(a))
		l.WrongGuess(a)
	}
	assert.False(t, l.MayGuess(a))
	assert.False(t, l.MayGuess(netip.MustParseAddr("::ffff:203.0.113.1")))
	assert.False(t, l.MayGuess(netip.MustParseAddr("64:ff9b::203.0.113.1")), "behind a gateway from IPv6")
	assert.True(t, l.MayGuess(b))
	*now = now.Add(20 * time.Second)
	require.True(t, l.MayGuess(a), "one more every so often")
	l.WrongGuess(a)
	assert.False(t, l.MayGuess(a))
	*now = now.Add(time.Minute)
	for range 3 {
		require.True(t, l.MayGuess(a), "all have come back")
		l.WrongGuess(a)
	}
	assert.False(t, l.MayGuess(a))
}

// Nobody gets around the limit by taking another address of the same customer.
func TestGuessesOfAnIPv6Customer(t *testing.T) {
	l, _ := newLimiter(t, Config{WrongPasswords: 4, WrongPasswordEvery: time.Minute})
	for _, text := range []string{"2001:db8:1:2200::1", "2001:db8:1:2200::2", "2001:db8:1:2201::1", "2001:db8:1:22ff::1"} {
		l.WrongGuess(netip.MustParseAddr(text))
	}
	assert.False(t, l.MayGuess(netip.MustParseAddr("2001:db8:1:2233::9")))
	assert.True(t, l.MayGuess(netip.MustParseAddr("2001:db8:1:2300::1")), "the next customer")
}

func TestSignUpsAndActions(t *testing.T) {
	l, now := newLimiter(t, Config{SignupsPerHour: 2, ActionsPerMinute: 3, Exempt: []string{"127.0.0.1"}})
	a := netip.MustParseAddr("203.0.113.1")
	assert.True(t, l.SignUp(a))
	assert.True(t, l.SignUp(a))
	assert.False(t, l.SignUp(a))
	for account := range uint32(100) {
		for range 3 {
			require.True(t, l.Act(a, account), "many accounts may share an address")
		}
		require.False(t, l.Act(a, account))
	}
	*now = now.Add(20 * time.Second)
	assert.True(t, l.Act(a, 5))
	assert.False(t, l.Act(a, 5))
	*now = now.Add(30 * time.Minute)
	assert.True(t, l.SignUp(a))
	assert.False(t, l.SignUp(a))
}

func TestGroups(t *testing.T) {
	for text, want := range map[string][2]string{
		"203.0.113.7":          {"203.0.113.7", "203.0.113.7/32"},
		"::ffff:203.0.113.7":   {"203.0.113.7", "203.0.113.7/32"},
		"64:ff9b::203.0.113.7": {"203.0.113.7", "203.0.113.7/32"},
		"2001:db8:1:2233::7":   {"2001:db8:1:2233::", "2001:db8:1:2200::/56"},
		"::1":                  {"::1", "::1/128"},
		"fe80::7%eth0":         {"fe80::7", "fe80::7/128"},
		"fd77::40":             {"fd77::", "fd77::/56"},
	} {
		addr := netip.MustParseAddr(text)
		assert.Equal(t, want[0], group(addr).String(), text)
		assert.Equal(t, want[1], Customer(addr).String(), text)
		assert.Equal(t, Customer(addr).Addr(), customer(addr), text)
	}
	assert.Equal(t, netip.Prefix{}, Customer(netip.Addr{}))
}

func TestExemptNetworks(t *testing.T) {
	cfg := Default()
	cfg.ConnectionsPerAddress, cfg.WrongPasswords, cfg.SignupsPerHour, cfg.ActionsPerMinute = 1, 3, 1, 1
	cfg.Exempt = append(cfg.Exempt, "192.168.7.0/24", "10.0.0.1", "2001:db8::7")
	l, _ := newLimiter(t, cfg)
	for _, text := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1", "192.168.7.9", "10.0.0.1", "2001:db8::7"} {
		a := netip.MustParseAddr(text)
		for range 5 {
			assert.True(t, l.Connect(a), text)
			assert.True(t, l.SignUp(a), text)
			assert.True(t, l.Act(a, 7), text)
			l.WrongGuess(a)
		}
		_, limited := l.Counts(a)
		assert.False(t, limited, text)
		assert.False(t, l.MayGuess(a), "no exemption helps to guess: %s", text)
	}
	as, limited := l.Counts(netip.MustParseAddr("2001:db8::8"))
	assert.True(t, limited, "its neighbour is not exempt")
	assert.Equal(t, "2001:db8::", as.String())
	assert.True(t, l.Connect(netip.MustParseAddr("10.0.0.2")))
	assert.False(t, l.Connect(netip.MustParseAddr("10.0.0.2")))
}

func TestNoLimit(t *testing.T) {
	l, _ := newLimiter(t, Config{})
	a := netip.MustParseAddr("203.0.113.1")
	for range 1000 {
		require.True(t, l.Connect(a))
		require.True(t, l.SignUp(a))
		require.True(t, l.Act(a, 7))
		l.WrongGuess(a)
		require.True(t, l.MayGuess(a))
	}
}

func TestNewNamesTheBadEntry(t *testing.T) {
	_, err := New(Config{Exempt: []string{"127.0.0.1", "home"}}, time.Now)
	assert.ErrorContains(t, err, `limits.exempt: "home"`)
}
