package console

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAnotherOriginCanChangeNothing sends every request that changes something as a
// page of another site would, from a browser that knows token and password.
func TestAnotherOriginCanChangeNothing(t *testing.T) {
	f := newFixture(t, nil)
	server := &fakeServer{}
	f.local.Server, f.local.Online = server, func(uint32) bool { return true }
	require.NoError(t, SetPassword(t.Context(), f.c.Dir, f.c.Hasher, "OUTATIM3"))
	_, _ = f.post("/api/v1/accounts", `{"name":"alice","password":"x"}`)
	_, _ = f.post("/api/v1/personas", `{"account":"alice","name":"Speedy"}`)
	before := f.state()
	keysBefore, err := f.local.Keys(t.Context())
	require.NoError(t, err)

	own := strings.TrimPrefix(f.http.URL, "http://")
	origins := map[string]map[string]string{
		"cross-site":             {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"},
		"cross-site, no origin":  {"Sec-Fetch-Site": "cross-site"},
		"same site, other port":  {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:8080"},
		"old browser":            {"Origin": "http://evil.example"},
		"old browser, our host":  {"Origin": "http://" + own + ".evil.example"},
		"old browser, our name":  {"Origin": "http://localhost:1"},
		"sandboxed page":         {"Origin": "null"},
		"sandboxed page, modern": {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
	}
	for _, ex := range examples {
		method, path, _ := strings.Cut(ex.operation, " ")
		if method == http.MethodGet {
			continue
		}
		for name, headers := range origins {
			for _, basic := range []bool{false, true} {
				req, err := http.NewRequest(method, f.http.URL+path+"?"+ex.query, strings.NewReader(ex.body))
				require.NoError(t, err)
				if basic {
					req.SetBasicAuth("operator", "OUTATIM3")
				} else {
					req.Header.Set("Authorization", "Bearer "+f.c.token)
				}
				req.Header.Set("Content-Type", contentTypes[bodyOf(method, path)])
				for k, v := range headers {
					req.Header.Set(k, v)
				}
				resp, err := http.DefaultClient.Do(req)
				require.NoError(t, err)
				_ = resp.Body.Close()
				assert.Equal(t, http.StatusForbidden, resp.StatusCode, "%s, %s", ex.operation, name)
				assert.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"))
			}
		}
		// A form or a "simple" request says nothing more than its type.
		if bodyOf(method, path) != noBody {
			for _, form := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain; application/json"} {
				status, _, _ := f.do(request{method: method, path: path, body: ex.body, contentType: form, token: f.c.token})
				assert.Equal(t, http.StatusUnsupportedMediaType, status, "%s as %q", ex.operation, form)
			}
		}
	}
	assert.Equal(t, before, f.state())
	keysAfter, err := f.local.Keys(t.Context())
	require.NoError(t, err)
	assert.Equal(t, keysBefore, keysAfter)
	assert.Empty(t, server.ended)
	assert.Zero(t, server.reloads)
}

// TestOurOwnPagesAndProgramsMay makes the same request as they do.
func TestOurOwnPagesAndProgramsMay(t *testing.T) {
	f := newFixture(t, nil)
	for name, headers := range map[string]map[string]string{
		"program": {}, "our page": {"Sec-Fetch-Site": "same-origin", "Origin": f.http.URL}, "old browser": {"Origin": f.http.URL}, "address bar": {"Sec-Fetch-Site": "none"},
	} {
		req, err := http.NewRequest(http.MethodPost, f.http.URL+"/api/v1/message", strings.NewReader(`{"text":"x"}`))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+f.c.token)
		req.Header.Set("Content-Type", "application/json")
		for k, v := range headers {
			req.Header.Set(k, v)
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		_ = resp.Body.Close()
		assert.Equal(t, http.StatusOK, resp.StatusCode, name)
	}
}

// state is everything that is stored.
func (f *fixture) state() []byte {
	f.t.Helper()
	var b bytes.Buffer
	require.NoError(f.t, f.local.Backup(f.t.Context(), &b))
	return b.Bytes()
}

// bodyOf is what a route takes.
func bodyOf(method, path string) body {
	for _, rt := range routes {
		if rt.method == method && rt.path == path {
			return rt.body
		}
	}
	return noBody
}

func TestFarVisitorsAreSlowedDown(t *testing.T) {
	now := noon
	f := newFixture(t, func(o *Options) { o.Now = func() time.Time { return now } })
	ask := func(remote string) int {
		r := httptest.NewRequest(http.MethodGet, "http://play.example.org/api/v1/accounts", nil)
		r.RemoteAddr = remote
		r.Header.Set("Authorization", "Bearer "+f.c.token)
		w := httptest.NewRecorder()
		f.c.Handler().ServeHTTP(w, r)
		return w.Code
	}
	for range burst {
		require.Equal(t, http.StatusOK, ask("203.0.113.9:1"))
	}
	assert.Equal(t, http.StatusTooManyRequests, ask("203.0.113.9:2"))
	assert.Equal(t, http.StatusOK, ask("203.0.113.10:1"), "others are not slowed down")
	now = now.Add(time.Second)
	for range requestsPerSecond {
		require.Equal(t, http.StatusOK, ask("[::ffff:203.0.113.9]:3"))
	}
	assert.Equal(t, http.StatusTooManyRequests, ask("203.0.113.9:2"))
	for range 2 * burst {
		require.Equal(t, http.StatusOK, ask("127.0.0.1:1"), "this machine is not limited")
	}
}

func TestWrongPasswordsLockOut(t *testing.T) {
	now := noon
	f := newFixture(t, func(o *Options) { o.Now = func() time.Time { return now } })
	require.NoError(t, SetPassword(t.Context(), f.c.Dir, f.c.Hasher, "OUTATIM3"))
	try := func(password string) int {
		r := httptest.NewRequest(http.MethodGet, "http://play.example.org/api/v1/accounts", nil)
		r.RemoteAddr = "127.0.0.1:1"
		r.SetBasicAuth("x", password)
		w := httptest.NewRecorder()
		f.c.Handler().ServeHTTP(w, r)
		return w.Code
	}
	for range wrongPasswords - 1 {
		require.Equal(t, http.StatusUnauthorized, try("wrong"))
	}
	require.Equal(t, http.StatusOK, try("OUTATIM3"))
	require.Equal(t, http.StatusUnauthorized, try("wrong"))
	assert.Equal(t, http.StatusTooManyRequests, try("OUTATIM3"), "nothing is said about it any more")
	status, _, _ := f.do(request{method: http.MethodGet, path: "/api/v1/accounts", token: f.c.token})
	assert.Equal(t, http.StatusOK, status, "the token still opens")
	now = now.Add(lockout)
	assert.Equal(t, http.StatusOK, try("OUTATIM3"))
}

func TestVisitorsAreForgotten(t *testing.T) {
	now := noon
	v := newVisitors(func() time.Time { return now })
	addr := netip.MustParseAddr("2001:db8::1")
	v.failed(addr)
	assert.Same(t, v.get(addr, now), v.get(netip.MustParseAddr("2001:db8::2"), now), "a household is one")
	for i := range 3 * maxVisitors {
		v.get(netip.AddrFrom4([4]byte{203, byte(i >> 16), byte(i >> 8), byte(i)}), now)
		if i == 2*maxVisitors {
			now = now.Add(lockout) // so far all were new; from here on the old ones go
		}
		require.LessOrEqual(t, len(v.list), maxVisitors)
	}
}
