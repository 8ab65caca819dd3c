package e2e

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/bot"
)

// TestKilledInARace kills the server while six racers are on the track. The next
// start of the server gives every entry fee back, once.
func TestKilledInARace(t *testing.T) {
	dir := t.TempDir()
	s := run(t, dir)
	ctx, cancel := context.WithTimeout(t.Context(), enough)
	defer cancel()
	var failed atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		e := bot.Evening{
			Target: s.target, Players: 6, Rounds: 1, Fee: 500, Hz: 20, Duration: time.Minute, Seed: 1, Name: "kill", Grace: time.Second,
			Password: func() (string, error) { return password, nil }, Options: bot.Options{Timeout: 2 * time.Second},
		}
		report, err := e.Run(ctx)
		failed.Store(err != nil || !report.OK)
	})
	paid := func() bool {
		shown, err := mcos(t, dir, "", "persona", "show", "kill6", "--json")
		return err == nil && strings.Contains(shown, "entry-fee")
	}
	require.Eventually(t, paid, enough, 200*time.Millisecond, "nobody races")
	s.kill()
	cancel()
	wg.Wait()
	assert.True(t, failed.Load())

	s = run(t, dir)
	s.stop()
	for _, name := range []string{"kill1", "kill6"} {
		shown, err := mcos(t, dir, "", "persona", "show", name, "--json")
		require.NoError(t, err)
		assert.Equal(t, 1, strings.Count(shown, `"entry-fee"`), shown)
		assert.Equal(t, 1, strings.Count(shown, `"fee-return"`), shown)
	}
	s = run(t, dir)
	s.stop()
	shown, err := mcos(t, dir, "", "persona", "show", "kill1", "--json")
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(shown, `"fee-return"`), "given back twice")
	check(t, dir)
}
