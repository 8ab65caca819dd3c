package client

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/app/datadir"
)

// fake answers as a server with this token would, or with another body.
func fake(t *testing.T, token string, answer func(w http.ResponseWriter, r *http.Request)) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" && token != "" {
			assert.Empty(t, r.Header.Get("Authorization"), "the token is not shown before the proof")
			assert.NoError(t, json.NewEncoder(w).Encode(Health{Status: "ok", Proof: Proof(token, r.URL.Query().Get("challenge"))}))
			return
		}
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func nothing(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

// folder is a data folder with these two files; "" leaves one out.
func folder(t *testing.T, addr, token string) datadir.Dir {
	dir := datadir.At(t.TempDir())
	for path, text := range map[string]string{dir.ConsoleAddr(): addr, dir.ConsoleToken(): token} {
		if text != "" {
			require.NoError(t, os.WriteFile(path, []byte(text+"\n"), 0o600))
		}
	}
	return dir
}

func TestFind(t *testing.T) {
	const token = "0123456789abcdef"
	running := fake(t, token, nothing).Listener.Addr().String()
	stranger := fake(t, "", nothing).Listener.Addr().String()
	other := fake(t, "another token", nothing).Listener.Addr().String()
	gone := httptest.NewServer(http.HandlerFunc(nothing))
	gone.Close()

	c, err := Find(t.Context(), folder(t, running, token))
	require.NoError(t, err)
	assert.Equal(t, running, c.addr)

	for name, dir := range map[string]datadir.Dir{
		"never started":     folder(t, "", ""),
		"stopped":           folder(t, "", token),
		"crashed":           folder(t, gone.Listener.Addr().String(), token),
		"port taken over":   folder(t, stranger, token),
		"by another server": folder(t, other, token),
	} {
		_, err := Find(t.Context(), dir)
		require.ErrorIs(t, err, ErrNotRunning, name)
	}

	_, err = Find(t.Context(), folder(t, running, ""))
	var access *AccessError
	require.ErrorAs(t, err, &access)
	assert.Contains(t, err.Error(), "a server runs here, but you may not read")
	assert.Contains(t, err.Error(), "console.token")

	for _, bad := range []string{"nonsense", "example.org:3000", "192.0.2.1:3000"} {
		_, err := Find(t.Context(), folder(t, bad, token))
		require.ErrorContains(t, err, "does not hold an address of this machine")
	}
}

func TestFindWithoutRights(t *testing.T) {
	if os.Getuid() <= 0 {
		t.Skip("this user may read everything")
	}
	dir := folder(t, "127.0.0.1:1", "x")
	require.NoError(t, os.Chmod(dir.ConsoleAddr(), 0))
	_, err := Find(t.Context(), dir)
	var access *AccessError
	require.ErrorAs(t, err, &access)
	assert.Equal(t, &AccessError{Path: dir.ConsoleAddr()}, access)
	assert.NotContains(t, err.Error(), "a server runs", "nobody can tell")
}

func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		kind   admin.Kind
		words  string
	}{
		"kind":        {http.StatusConflict, `{"error":"taken"}`, admin.Conflict, "taken"},
		"no kind":     {http.StatusInternalServerError, `{"error":"broken"}`, 0, "broken"},
		"not ours":    {http.StatusBadGateway, `<html>`, 0, "status 502"},
		"no error":    {http.StatusNotFound, `{}`, 0, "status 404"},
		"redirection": {http.StatusFound, ``, 0, "status 302"},
		"half answer": {http.StatusOK, `[{"name":`, 0, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			s := fake(t, "", func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, "Bearer token", r.Header.Get("Authorization"))
				w.Header().Set("Location", "http://192.0.2.1/")
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
			})
			_, err := New(s.Listener.Addr().String(), "token").Accounts(t.Context())
			require.ErrorContains(t, err, tc.words)
			assert.Equal(t, tc.kind, admin.KindOf(err))
		})
	}
	s := fake(t, "", nothing)
	s.Close()
	_, err := New(s.Listener.Addr().String(), "token").Status(t.Context())
	require.ErrorContains(t, err, "does not answer")
	assert.NotContains(t, err.Error(), "token")
}

// What players have typed does not reach a terminal as more than words.
func TestAnswersArePlain(t *testing.T) {
	s := fake(t, "", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/personas" {
			_, _ = w.Write([]byte(`[{"name":"a\u001b[2J\u202eb\u009b"}]`))
			return
		}
		w.WriteHeader(http.StatusConflict)
		_, _ = w.Write([]byte(`{"error":"\u001b]0;x\u0007taken"}`))
	})
	c := New(s.Listener.Addr().String(), "token")
	list, err := c.Personas(t.Context(), "")
	require.NoError(t, err)
	assert.Equal(t, "a[2Jb", list[0].Name)
	_, err = c.Accounts(t.Context())
	require.EqualError(t, err, "]0;xtaken")
}

// An answer without an end of its head costs little.
func TestEndlessHead(t *testing.T) {
	s := fake(t, "", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", 2*maxHeader))
	})
	_, err := New(s.Listener.Addr().String(), "token").Accounts(t.Context())
	require.ErrorContains(t, err, "does not answer")
}

func TestProofDependsOnBoth(t *testing.T) {
	assert.NotEqual(t, Proof("a", "x"), Proof("a", "y"))
	assert.NotEqual(t, Proof("a", "x"), Proof("b", "x"))
	assert.Equal(t, 64, len(strings.TrimSpace(Proof("a", "x"))))
}
