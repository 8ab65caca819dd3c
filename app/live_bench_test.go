package app_test

import (
	"context"
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"mcos/app/console/client"
	"mcos/app/datadir"
)

// BenchmarkLiveViews asks for what the operator's pages show, over HTTP, while 2,000
// clients are connected.
func BenchmarkLiveViews(b *testing.B) {
	dir := b.TempDir()
	a := startIn(b, dir, nil)
	c, err := client.Find(b.Context(), datadir.At(dir))
	require.NoError(b, err)
	const clients = 2000
	for range clients {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", a.Ports().Lobby))
		require.NoError(b, err)
		defer conn.Close()
	}
	ctx := context.Background()
	for name, ask := range map[string]func() error{
		"connections": func() error { _, err := c.Connections(ctx); return err },
		"rooms":       func() error { _, err := c.Rooms(ctx); return err },
		"counters":    func() error { _, err := c.Counters(ctx); return err },
		"overview":    func() error { _, err := c.Overview(ctx); return err },
		"races":       func() error { _, err := c.Races(ctx); return err },
		"logins":      func() error { _, err := c.Logins(ctx); return err },
		"status":      func() error { _, err := c.Status(ctx); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, ask())
			}
		})
	}
}
