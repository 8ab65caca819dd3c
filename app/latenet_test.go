package app

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A card that gets its address late does not end the service.
func TestAwaitAddress(t *testing.T) {
	notYet := &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", syscall.EADDRNOTAVAIL)}
	if !errors.Is(notYet, syscall.EADDRNOTAVAIL) {
		t.Skip("this system names the error otherwise")
	}
	for name, tc := range map[string]struct {
		host  string
		err   func(try int) error
		takes time.Duration
	}{
		"all addresses":   {"", func(int) error { panic("nothing to try") }, 0},
		"there already":   {"192.0.2.1", func(int) error { return nil }, 0},
		"comes late":      {"192.0.2.1", func(try int) error { return map[bool]error{true: notYet}[try < 30] }, 30 * tryAddressEvery},
		"name comes late": {"vpn.example.org", func(try int) error { return map[bool]error{true: &net.DNSError{Name: "x"}}[try < 5] }, 5 * tryAddressEvery},
		"never":           {"192.0.2.1", func(int) error { return notYet }, lateNetwork},
		"another error":   {"192.0.2.1", func(int) error { return os.ErrPermission }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries, start := 0, time.Now()
				awaitAddress(t.Context(), tc.host, quietLog(), lateNetwork, func(context.Context, string) error {
					tries++
					return tc.err(tries - 1)
				})
				assert.Equal(t, tc.takes, time.Since(start))
			})
		})
	}
	require.NoError(t, tryAddress(t.Context(), "127.0.0.1"))
}
