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

func TestAttemptsStartAnewEachMinute(t *testing.T) {
	l, now := newLimiter(t, Config{LoginsPerMinute: 3})
	a := netip.MustParseAddr("203.0.113.1")
	for range 3 {
		require.True(t, l.Attempt(a))
	}
	assert.False(t, l.Attempt(a))
	*now = now.Add(59 * time.Second)
	assert.False(t, l.Attempt(a))
	*now = now.Add(time.Second)
	assert.True(t, l.Attempt(a))
	assert.Len(t, l.attempts, 1, "finished windows are forgotten")
}

func TestExemptNetworks(t *testing.T) {
	cfg := Default()
	cfg.ConnectionsPerAddress, cfg.LoginsPerMinute = 1, 1
	cfg.Exempt = append(cfg.Exempt, "192.168.7.0/24", "10.0.0.1")
	l, _ := newLimiter(t, cfg)
	for _, text := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1", "192.168.7.9", "10.0.0.1"} {
		a := netip.MustParseAddr(text)
		for range 5 {
			assert.True(t, l.Connect(a), text)
			assert.True(t, l.Attempt(a), text)
		}
	}
	assert.True(t, l.Connect(netip.MustParseAddr("10.0.0.2")))
	assert.False(t, l.Connect(netip.MustParseAddr("10.0.0.2")))
}

func TestNoLimit(t *testing.T) {
	l, _ := newLimiter(t, Config{})
	a := netip.MustParseAddr("203.0.113.1")
	for range 1000 {
		require.True(t, l.Connect(a))
		require.True(t, l.Attempt(a))
	}
}

func TestNewNamesTheBadEntry(t *testing.T) {
	_, err := New(Config{Exempt: []string{"127.0.0.1", "home"}}, time.Now)
	assert.ErrorContains(t, err, `limits.exempt: "home"`)
}
