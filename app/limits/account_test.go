package limits

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stranger is the nth of many addresses.
func stranger(n int) netip.Addr { return netip.AddrFrom4([4]byte{203, 0, byte(n >> 8), byte(n)}) }

func guarded(t *testing.T) (*Limiter, *time.Time) {
	t.Helper()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	cfg := Default()
	cfg.WrongPasswordsPerAccount, cfg.WrongPasswordEvery = 5, time.Minute
	l, err := New(cfg, func() time.Time { return now })
	require.NoError(t, err)
	return l, &now
}

// Many addresses guess one password no faster than one does.
func TestWrongPasswordsOfOneAccount(t *testing.T) {
	l, now := guarded(t)
	home := netip.MustParseAddr("192.0.2.7")
	l.RightPassword(home, "Tess")
	tried := 0
	for n := range 200 {
		name := []string{"tess", "TESS", "te\u017fs", "tes\u017f"}[n%4] // one account to the store
		if l.MayLogIn(stranger(n), name) {
			tried++
			l.WrongPassword(stranger(n), name)
		}
	}
	assert.Equal(t, 5, tried)
	assert.True(t, l.MayLogIn(home, "tess"), "the owner gets in from where he was lately")
	assert.True(t, l.MayLogIn(stranger(1), "biff"), "other accounts are not concerned")
	assert.False(t, l.MayLogIn(netip.MustParseAddr("192.0.2.8"), "tess"))

	*now = now.Add(time.Minute)
	assert.True(t, l.MayLogIn(stranger(500), "tess"), "nobody is locked out for ever")
	*now = now.Add(familiarFor)
	for n := range 200 {
		l.WrongPassword(stranger(n), "tess")
	}
	assert.False(t, l.MayLogIn(home, "tess"), "what was long ago does not count")
	*now = now.Add(30 * time.Minute)
	assert.True(t, l.MayLogIn(home, "tess"), "however many there were")
}

// A name that no account has behaves like any other.
func TestWrongPasswordsOfNobody(t *testing.T) {
	l, _ := guarded(t)
	long := fmt.Sprintf("%0200d", 7)
	for n := range 5 {
		require.True(t, l.MayLogIn(stranger(n), long))
		l.WrongPassword(stranger(n), long)
	}
	assert.False(t, l.MayLogIn(stranger(9), long))
}

// The owner's address is his own: a stranger there is still counted by it, this computer
// included.
func TestGuessingFromAFamiliarAddress(t *testing.T) {
	for _, addr := range []string{"192.0.2.7", "127.0.0.1", "::1"} {
		l, _ := guarded(t)
		home := netip.MustParseAddr(addr)
		l.RightPassword(home, "marty")
		tried := 0
		for l.MayLogIn(home, "marty") && tried < 1000 {
			l.WrongPassword(home, "marty")
			tried++
		}
		assert.Equal(t, Default().WrongPasswords, tried, addr)
	}
}

func TestFamiliarAddressesAreBounded(t *testing.T) {
	l, _ := guarded(t)
	for n := range maxRemembered + 10 {
		l.RightPassword(netip.AddrFrom4([4]byte{byte(n >> 16), byte(n >> 8), byte(n), 1}), "marty")
	}
	assert.LessOrEqual(t, len(l.accounts.familiar), maxRemembered)
}
