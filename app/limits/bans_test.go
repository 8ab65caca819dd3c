package limits

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBans(t *testing.T) {
	l, _ := newLimiter(t, Config{Exempt: []string{"192.0.2.0/24"}})
	bad := netip.MustParseAddr("192.0.2.7")
	assert.False(t, l.Banned(bad))
	require.True(t, l.Connect(bad))
	l.SetBans([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/28"), netip.MustParsePrefix("2001:db8::/32")})
	for addr, banned := range map[string]bool{
		"192.0.2.7": true, "::ffff:192.0.2.7": true, "192.0.2.16": false, "2001:db8:1::1": true, "fe80::1%eth0": false, "2001:db9::1": false,
	} {
		a := netip.MustParseAddr(addr)
		assert.Equal(t, banned, l.Banned(a), addr)
		assert.Equal(t, !banned, l.Connect(a), "no exemption helps: %s", addr)
	}
	l.SetBans(nil)
	assert.True(t, l.Connect(bad))
}
