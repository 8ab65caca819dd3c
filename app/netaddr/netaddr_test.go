package netaddr

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type fakeResolver struct {
	addrs []netip.Addr
	err   error
	calls int
}

func (r *fakeResolver) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	r.calls++
	return r.addrs, r.err
}

func TestHostAndIPv4(t *testing.T) {
	const public = "game.example.org"
	resolver := &fakeResolver{addrs: []netip.Addr{netip.MustParseAddr("198.51.100.7")}}
	cases := []struct {
		name, publicHost, local, remote, host, ip string
	}{
		{"no public host", "", "192.168.1.5", "203.0.113.9", "192.168.1.5", "192.168.1.5"},
		{"loopback", "", "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1"},
		{"loopback over IPv6", "", "::1", "::1", "127.0.0.1", "127.0.0.1"},
		{"mapped address", "", "::ffff:192.168.1.5", "::ffff:192.168.1.6", "192.168.1.5", "192.168.1.5"},
		{"stranger gets the public host", public, "192.168.1.5", "203.0.113.9", public, "198.51.100.7"},
		{"neighbour gets the local address", public, "192.168.1.5", "192.168.1.6", "192.168.1.5", "192.168.1.5"},
		{"same machine gets the local address", public, "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1"},
		{"public address", "198.51.100.9", "192.168.1.5", "203.0.113.9", "198.51.100.9", "198.51.100.9"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := New(c.publicHost, resolver, time.Now)
			local, remote := netip.MustParseAddr(c.local), netip.MustParseAddr(c.remote)
			assert.Equal(t, c.host, a.Host(local, remote))
			ip, err := a.IPv4(t.Context(), local, remote)
			require.NoError(t, err)
			assert.Equal(t, c.ip, ip.String())
		})
	}
}

func TestResolvedAddressIsKeptForAWhile(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := &fakeResolver{addrs: []netip.Addr{netip.MustParseAddr("198.51.100.7")}}
	a := New("game.example.org", r, func() time.Time { return now })
	local, remote := netip.MustParseAddr("192.168.1.5"), netip.MustParseAddr("203.0.113.9")
	for range 3 {
		_, err := a.IPv4(t.Context(), local, remote)
		require.NoError(t, err)
	}
	assert.Equal(t, 1, r.calls)

	now = now.Add(lookupFor)
	r.err, r.addrs = errors.New("no such host"), nil
	ip, err := a.IPv4(t.Context(), local, remote)
	require.NoError(t, err)
	assert.Equal(t, "198.51.100.7", ip.String(), "a stale answer beats none")
	assert.Equal(t, 2, r.calls)
}

func TestUnresolvableHostFallsBackToTheLocalAddress(t *testing.T) {
	a := New("nowhere.invalid", &fakeResolver{err: errors.New("no such host")}, time.Now)
	ip, err := a.IPv4(t.Context(), netip.MustParseAddr("192.168.1.5"), netip.MustParseAddr("203.0.113.9"))
	assert.ErrorContains(t, err, `public host "nowhere.invalid"`)
	assert.Equal(t, "192.168.1.5", ip.String())
}
