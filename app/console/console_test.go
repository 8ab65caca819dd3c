package console

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/app/console/client"
	"mcos/app/datadir"
	"mcos/storage/catalog"
)

func TestOpenRoutes(t *testing.T) {
	f := newFixture(t, nil)
	for path, want := range map[string]string{
		"/healthz":             `{"status":"ok"}`,
		"/healthz?challenge=x": `{"status":"ok","proof":"` + client.Proof(f.c.token, "x") + `","signature":"` + client.Sign(f.c.token, "x") + `"}`,
		"/readyz":              `{"status":"ready"}`,
	} {
		status, body, header := f.do(request{method: http.MethodGet, path: path})
		assert.Equal(t, http.StatusOK, status)
		assert.Equal(t, want+"\n", body)
		assert.Equal(t, "application/json", header.Get("Content-Type"))
		assert.Equal(t, "no-store", header.Get("Cache-Control"))
	}
	status, body, _ := f.do(request{method: http.MethodGet, path: "/api/v1/status"})
	assert.Equal(t, http.StatusOK, status)
	var s admin.Status
	require.NoError(t, json.Unmarshal([]byte(body), &s))
	assert.Equal(t, 3, s.Players)

	f.c.Ready = func() bool { return false }
	status, body, _ = f.do(request{method: http.MethodGet, path: "/readyz"})
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.JSONEq(t, `{"error":"the server is not ready"}`, body)
}

// TestOpenMeansThisMachine asks from elsewhere, which a listener on loopback does
// not allow, but a proxy might.
func TestOpenMeansThisMachine(t *testing.T) {
	f := newFixture(t, nil)
	r := httptest.NewRequest(http.MethodGet, "http://play.example.org/api/v1/status", nil)
	r.RemoteAddr = "192.0.2.1:5555"
	w := httptest.NewRecorder()
	f.c.Handler().ServeHTTP(w, r)
	assert.Equal(t, http.StatusUnauthorized, w.Code)
	r.Header.Set("Authorization", "Bearer "+f.c.token)
	w = httptest.NewRecorder()
	f.c.Handler().ServeHTTP(w, r)
	assert.Equal(t, http.StatusOK, w.Code)
}

func TestEverythingElseNeedsTheToken(t *testing.T) {
	f := newFixture(t, nil)
	wrong := strings.Repeat("0", len(f.c.token))
	for _, rt := range routes {
		for _, token := range []string{"", wrong, f.c.token + "0", f.c.token[1:]} {
			status, body, header := f.do(request{method: rt.method, path: rt.path, token: token, contentType: contentTypes[rt.body]})
			if rt.open {
				assert.Equal(t, http.StatusOK, status, rt.path)
				continue
			}
			assert.Equal(t, http.StatusUnauthorized, status, "%s %s", rt.method, rt.path)
			assert.Contains(t, body, "console.token")
			assert.Contains(t, header.Get("WWW-Authenticate"), "Bearer")
		}
	}
	req, err := http.NewRequest(http.MethodGet, f.http.URL+"/api/v1/accounts", nil)
	require.NoError(t, err)
	req.SetBasicAuth("Bearer", f.c.token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode, "another scheme")
}

func TestHosts(t *testing.T) {
	f := newFixture(t, nil)
	_, port, err := net.SplitHostPort(f.http.Listener.Addr().String())
	require.NoError(t, err)
	for host, want := range map[string]int{
		"127.0.0.1:" + port:        http.StatusOK,
		"localhost:" + port:        http.StatusOK,
		"LocalHost:" + port:        http.StatusOK,
		"127.9.9.9:" + port:        http.StatusOK,
		"[::1]:" + port:            http.StatusOK,
		"play.example.org":         http.StatusOK,
		"play.example.org:99":      http.StatusOK,
		"proxy.example.org:8443":   http.StatusOK,
		"proxy.example.org:8444":   http.StatusForbidden,
		"localhost":                http.StatusForbidden, // port 80
		"localhost:1":              http.StatusForbidden,
		"evil.example.org:" + port: http.StatusForbidden,
		"192.168.1.5:" + port:      http.StatusForbidden,
		"localhost.evil:" + port:   http.StatusForbidden,
		"x@127.0.0.1:" + port:      http.StatusForbidden,
	} {
		status, body, _ := f.do(request{method: http.MethodGet, path: "/healthz", host: host, token: f.c.token})
		assert.Equal(t, want, status, "%s: %s", host, body)
	}
}

func TestMethodsAndPaths(t *testing.T) {
	f := newFixture(t, nil)
	for _, tc := range []struct {
		method, path string
		want         int
		allow        string
	}{
		{http.MethodGet, "/api/v1/nothing", http.StatusNotFound, ""},
		{http.MethodGet, "/api/healthz", http.StatusNotFound, ""},
		{http.MethodGet, "/api/", http.StatusNotFound, ""},
		{http.MethodGet, "/api/../healthz", http.StatusNotFound, ""},
		{http.MethodPost, "/healthz", http.StatusMethodNotAllowed, "GET"},
		{http.MethodHead, "/healthz", http.StatusMethodNotAllowed, "GET"},
		{http.MethodPut, "/api/v1/accounts", http.StatusMethodNotAllowed, "GET, POST, DELETE"},
	} {
		status, body, header := f.do(request{method: tc.method, path: tc.path, token: f.c.token})
		assert.Equal(t, tc.want, status, "%s %s", tc.method, tc.path)
		assert.Equal(t, tc.allow, header.Get("Allow"))
		if tc.method != http.MethodHead {
			assert.Contains(t, body, `{"error":"`)
		}
	}
}

func TestBodies(t *testing.T) {
	f := newFixture(t, nil)
	good := `{"name":"alice","password":"x"}`
	for name, tc := range map[string]struct {
		contentType, body string
		want              int
		words             string
	}{
		"no type":         {"", good, http.StatusUnsupportedMediaType, "application/json"},
		"form":            {"application/x-www-form-urlencoded", good, http.StatusUnsupportedMediaType, "application/json"},
		"text":            {"text/plain", good, http.StatusUnsupportedMediaType, "application/json"},
		"empty":           {"application/json", "", http.StatusBadRequest, "not the JSON object"},
		"array":           {"application/json", "[]", http.StatusBadRequest, "cannot be a array"},
		"not JSON":        {"application/json", "{secret", http.StatusBadRequest, "not the JSON object"},
		"two objects":     {"application/json", good + good, http.StatusBadRequest, "not the JSON object"},
		"unknown field":   {"application/json", `{"name":"alice","passwort":"secret"}`, http.StatusBadRequest, "not the JSON object"},
		"wrong type":      {"application/json", `{"name":"alice","id":"seven"}`, http.StatusBadRequest, `the field \"id\" cannot be a string`},
		"number too big":  {"application/json", `{"name":"alice","id":99999999999}`, http.StatusBadRequest, "not the JSON object"},
		"too large":       {"application/json", `{"name":"` + strings.Repeat("a", 65<<10) + `"}`, http.StatusRequestEntityTooLarge, "65536 bytes"},
		"charset is fine": {"application/json; charset=utf-8", good, http.StatusOK, "alice"},
	} {
		t.Run(name, func(t *testing.T) {
			status, body, _ := f.do(request{method: http.MethodPost, path: "/api/v1/accounts", body: tc.body, contentType: tc.contentType, token: f.c.token})
			assert.Equal(t, tc.want, status)
			assert.Contains(t, body, tc.words)
			assert.NotContains(t, body, "secret")
		})
	}
	status, body, _ := f.do(request{method: http.MethodPut, path: "/api/v1/catalog", body: strings.Repeat("x", catalog.MaxBlobBytes+1), contentType: "application/octet-stream", token: f.c.token})
	assert.Equal(t, http.StatusRequestEntityTooLarge, status, body)
	status, _, _ = f.do(request{method: http.MethodGet, path: "/api/v1/accounts", body: "x", token: f.c.token})
	assert.Equal(t, http.StatusRequestEntityTooLarge, status, "a question has no body")
}

// TestStreamedBodyIsBounded sends a body whose length is not known beforehand.
func TestStreamedBodyIsBounded(t *testing.T) {
	f := newFixture(t, nil)
	body := io.MultiReader(strings.NewReader(`{"name":"`), strings.NewReader(strings.Repeat("a", 65<<10)))
	req, err := http.NewRequest(http.MethodPost, f.http.URL+"/api/v1/accounts", body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+f.c.token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	assert.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode)
}

func TestErrorsHaveTheirStatus(t *testing.T) {
	f := newFixture(t, nil)
	status, _ := f.post("/api/v1/accounts", `{"name":"alice","password":"x"}`)
	require.Equal(t, http.StatusOK, status)
	status, body := f.post("/api/v1/accounts", `{"name":"alice","password":"x"}`)
	assert.Equal(t, http.StatusConflict, status)
	assert.JSONEq(t, `{"error":"an account called \"alice\" exists already"}`, body)
	status, _ = f.post("/api/v1/accounts/ban", `{"name":"bob"}`)
	assert.Equal(t, http.StatusNotFound, status)
	status, _ = f.post("/api/v1/accounts", `{"name":"a b","password":"x"}`)
	assert.Equal(t, http.StatusBadRequest, status)
	status, body, _ = f.do(request{method: http.MethodDelete, path: "/api/v1/accounts", token: f.c.token})
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, body, "the parameter name is missing")
	status, _, _ = f.do(request{method: http.MethodDelete, path: "/api/v1/accounts?name=alice", token: f.c.token})
	assert.Equal(t, http.StatusOK, status)

	require.NoError(t, f.local.Close())
	status, body, _ = f.do(request{method: http.MethodGet, path: "/api/v1/accounts", token: f.c.token})
	assert.Equal(t, http.StatusInternalServerError, status)
	assert.Contains(t, body, "closed")
}

func TestNothingSecretIsLogged(t *testing.T) {
	f := newFixture(t, nil)
	f.post("/api/v1/accounts", `{"name":"alice","password":"hunter2"}`)
	f.post("/api/v1/accounts/password", `{"name":"nobody","password":"hunter2"}`)
	f.post("/api/v1/keys/import", `{"pem":"hunter2"}`)
	f.do(request{method: http.MethodGet, path: "/api/hunter2?hunter2", token: "hunter2"})
	f.do(request{method: http.MethodGet, path: "/api/v1/personas/show?name=hunter2", token: f.c.token})
	f.http.Close()
	assert.Contains(t, f.log.String(), "path=/api/v1/accounts")
	assert.Contains(t, f.log.String(), "path=\"(unknown)\"")
	assert.NotContains(t, f.log.String(), "hunter2")
	assert.NotContains(t, f.log.String(), f.c.token)
}

// failing is an operator's API of which a part goes wrong.
type failing struct {
	admin.API
	err error
}

func (b failing) Accounts(context.Context) ([]admin.Account, error) { panic("secret of the request") }

func (b failing) Backup(_ context.Context, w io.Writer) error {
	if _, err := w.Write([]byte("half")); err != nil {
		return err
	}
	return b.err
}

func TestPanicsAreAnswered(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Admin = failing{API: o.Admin} })
	status, body, _ := f.do(request{method: http.MethodGet, path: "/api/v1/accounts", token: f.c.token})
	assert.Equal(t, http.StatusInternalServerError, status)
	assert.JSONEq(t, `{"error":"the server made a mistake; its log says more"}`, body)
	f.http.Close()
	assert.Contains(t, f.log.String(), "a handler panicked")
	assert.NotContains(t, f.log.String(), "secret of the request")
}

func TestHalfABackupIsNoBackup(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Admin = failing{o.Admin, errors.New("disk on fire")} })
	err := client.New(f.http.Listener.Addr().String(), f.c.token).Backup(t.Context(), io.Discard)
	require.Error(t, err)
}

func TestToken(t *testing.T) {
	dir := datadir.At(t.TempDir())
	o := Options{Dir: dir, Log: logrus.New(), Random: strings.NewReader(strings.Repeat("\xAB", 32))}
	c, err := New(o)
	require.NoError(t, err)
	assert.Equal(t, strings.Repeat("ab", 32), c.token)
	info, err := os.Stat(dir.ConsoleToken())
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	c, err = New(Options{Dir: dir, Log: logrus.New()})
	require.NoError(t, err)
	assert.Equal(t, strings.Repeat("ab", 32), c.token, "made once")

	require.NoError(t, os.WriteFile(dir.ConsoleToken(), []byte("short"), 0o600))
	_, err = New(o)
	require.ErrorContains(t, err, "remove it to get a new one")
	assert.NotContains(t, err.Error(), "short")
	o.Dir, o.Random = datadir.At(t.TempDir()), strings.NewReader("too little chance")
	_, err = New(o)
	require.Error(t, err)
	assert.NoFileExists(t, o.Dir.ConsoleToken())
	o.Dir = datadir.At(filepath.Join(t.TempDir(), "absent"))
	o.Random = nil
	_, err = New(o)
	require.Error(t, err)
}

func TestConfig(t *testing.T) {
	require.NoError(t, Default().Check())
	require.NoError(t, Config{Hosts: []string{"a.example.org", "a:8443", "192.168.1.5", "[fe80::1]:3000"}}.Check())
	for _, bad := range []string{"", "http://x", "a b", ":80"} {
		err := Config{Hosts: []string{bad}}.Check()
		require.ErrorContains(t, err, "is not a host name")
		_, err = New(Options{Config: Config{Hosts: []string{bad}}})
		require.Error(t, err)
	}
}

func TestServer(t *testing.T) {
	f := newFixture(t, nil)
	for _, stop := range []func(*Server) error{
		func(s *Server) error { return s.Shutdown(t.Context()) },
		(*Server).Close,
	} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		s := f.c.Server(ln)
		require.NoError(t, s.Announce())
		ended := make(chan error, 1)
		go func() { ended <- s.Serve() }()
		found, err := client.Find(t.Context(), f.c.Dir)
		require.NoError(t, err)
		status, err := found.Status(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "test", status.Version)
		require.NoError(t, stop(s))
		require.NoError(t, <-ended)
		_, err = client.Find(t.Context(), f.c.Dir)
		require.ErrorIs(t, err, client.ErrNotRunning)
		assert.NoFileExists(t, f.c.Dir.ConsoleAddr())
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, ln.Close())
	require.Error(t, f.c.Server(ln).Serve(), "a listener that is closed already")
}

func TestLibraryLogIsFiltered(t *testing.T) {
	f := newFixture(t, nil)
	line := []byte("http: panic serving 127.0.0.1: hunter2\n")
	n, err := (&errorLog{f.c.Log}).Write(line)
	require.NoError(t, err)
	assert.Equal(t, len(line), n)
	assert.Contains(t, f.log.String(), "withheld")
	assert.NotContains(t, f.log.String(), "hunter2")
}
