package console

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Who comes through a proxy on this machine is a stranger, though the connection is one
// of this machine: what is open here stays closed.
func TestStrangersBehindAProxy(t *testing.T) {
	f := newFixture(t, nil)
	get := func(path, host string, header ...string) (int, string) {
		r, err := http.NewRequest(http.MethodGet, f.http.URL+path, nil)
		require.NoError(t, err)
		r.Host = host
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(text)
	}
	for name, tc := range map[string]struct {
		host   string
		header []string
		local  bool
	}{
		"here":                   {host: "", local: true},
		"its name":               {host: "play.example.org"},
		"its name and port":      {host: "proxy.example.org:8443"},
		"told in the header":     {header: []string{"X-Forwarded-For", "203.0.113.7"}},
		"told in the new header": {header: []string{"Forwarded", "for=203.0.113.7"}},
	} {
		want := http.StatusUnauthorized
		if tc.local {
			want = http.StatusOK
		}
		for _, path := range []string{"/metrics", "/api/v1/status", "/api/v1/openapi.json"} {
			status, _ := get(path, tc.host, tc.header...)
			assert.Equal(t, want, status, "%s: %s", name, path)
		}
		status, text := get("/login", tc.host, tc.header...)
		assert.Equal(t, http.StatusOK, status, name)
		assert.Equal(t, tc.local, strings.Contains(text, "with 3 players"), "%s: the login page tells who plays", name)
	}
}
