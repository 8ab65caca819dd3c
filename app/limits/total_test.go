package limits

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheLastPlacesAreForPlayers(t *testing.T) {
	now := time.Unix(1e9, 0)
	l, err := New(Config{ConnectionsPerAddress: 3, Exempt: []string{"127.0.0.1"}}, func() time.Time { return now })
	require.NoError(t, err)
	player := netip.MustParseAddr("203.0.113.7")
	l.Bound(10, 4, func(addr netip.Addr) bool { return addr == player })
	var told []netip.Addr
	l.Tell(func(r Rule, addr netip.Addr) {
		if r == RuleTotal {
			told = append(told, addr)
		}
	})
	stranger := func(i int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("198.51.100.%d", i)) }
	for i := range 100 {
		assert.Equal(t, i < 6, l.Connect(stranger(i)), i)
	}
	assert.Equal(t, []netip.Addr{stranger(6)}, told, "one line, however many they are")
	assert.True(t, l.Connect(player))
	assert.True(t, l.Connect(netip.MustParseAddr("::ffff:203.0.113.7")))
	assert.True(t, l.Connect(netip.MustParseAddr("127.0.0.1")))
	assert.True(t, l.Connect(player))
	assert.False(t, l.Connect(netip.MustParseAddr("127.0.0.1")), "all is all")
	now = now.Add(time.Minute)
	assert.False(t, l.Connect(stranger(1)))
	assert.Len(t, told, 2)

	// Every place that is given back can be taken again; one that was refused by another
	// rule has taken none.
	for range 4 {
		l.Disconnect(player)
		assert.True(t, l.Connect(player))
	}
	l.Disconnect(netip.MustParseAddr("127.0.0.1"))
	for range 20 {
		assert.False(t, l.Connect(player), "its own limit")
	}
	assert.True(t, l.Connect(netip.MustParseAddr("127.0.0.1")))
}

func TestPlacesAreCountedByManyAtOnce(t *testing.T) {
	l, err := New(Config{}, time.Now)
	require.NoError(t, err)
	l.Bound(50, 0, func(netip.Addr) bool { return false })
	var in, most atomic.Int64
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			addr := netip.MustParseAddr(fmt.Sprintf("198.51.100.%d", i))
			for range 1000 {
				if !l.Connect(addr) {
					continue
				}
				most.Store(max(most.Load(), in.Add(1)))
				in.Add(-1)
				l.Disconnect(addr)
			}
		})
	}
	wg.Wait()
	assert.LessOrEqual(t, most.Load(), int64(50))
	assert.Zero(t, l.bound.open.Load())
}
