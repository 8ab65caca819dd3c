package e2e

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mcos/app/console/client"
	"mcos/app/datadir"
)

// BenchmarkConsole measures how long the pages of the console take while 2,000
// players sit in chat rooms and the page of the lobby is open somewhere, which
// refreshes itself.
func BenchmarkConsole(b *testing.B) {
	const players = 2000
	dir := b.TempDir()
	guests, key := populate(b, dir, players)
	s := run(b, dir)
	c := crowd{server: s, key: key}
	for _, conn := range c.invite(b, guests) {
		defer conn.Close()
	}
	live, err := client.Find(b.Context(), datadir.At(dir))
	require.NoError(b, err)
	link, err := live.LoginURL(b.Context())
	require.NoError(b, err)
	jar, err := cookiejar.New(nil)
	require.NoError(b, err)
	browser := &http.Client{Jar: jar}
	get := func(address string) int {
		resp, err := browser.Get(address)
		require.NoError(b, err)
		defer resp.Body.Close()
		require.Equal(b, http.StatusOK, resp.StatusCode, address)
		n, err := io.Copy(io.Discard, resp.Body)
		require.NoError(b, err)
		return int(n)
	}
	get(link)
	home := strings.TrimSuffix(live.URL(), "/")
	go func() {
		stream, err := browser.Get(home + "/live/lobby")
		if err != nil {
			return // the server has ended
		}
		defer stream.Body.Close()
		_, _ = io.Copy(io.Discard, stream.Body)
	}()

	for _, path := range []string{"/", "/players", "/account?name=P7", "/driver?name=P7", "/lobby", "/races", "/connections", "/traffic", "/sessions", "/setup", "/settings", "/health", "/invites", "/bans"} {
		b.Run(strings.Trim(path, "/"), func(b *testing.B) {
			var took []time.Duration
			size := 0
			for b.Loop() {
				began := time.Now()
				size = get(home + path)
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
			b.ReportMetric(float64(size)/1024, "KiB")
		})
	}
}
