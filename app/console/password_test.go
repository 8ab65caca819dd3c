package console

import (
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/limits"
	"mcos/app/passwords"
)

// ask requests the accounts with HTTP basic authentication.
func (f *fixture) ask(password string) (int, http.Header) {
	f.t.Helper()
	req, err := http.NewRequest(http.MethodGet, f.http.URL+"/api/v1/accounts", nil)
	require.NoError(f.t, err)
	req.SetBasicAuth("operator", password)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(f.t, err)
	require.NoError(f.t, resp.Body.Close())
	return resp.StatusCode, resp.Header
}

func TestPassword(t *testing.T) {
	f := newFixture(t, nil)
	code, header := f.ask("1.21gigawatts")
	assert.Equal(t, http.StatusUnauthorized, code, "none is set")
	assert.Len(t, header.Values("WWW-Authenticate"), 2)

	require.NoError(t, SetPassword(t.Context(), f.c.Dir, f.c.Hasher, "1.21gigawatts"))
	code, _ = f.ask("1.21gigawatts")
	assert.Equal(t, http.StatusOK, code, "a running server takes it at once")
	for _, wrong := range []string{"", "1.21gigawatt", "operator"} {
		code, _ = f.ask(wrong)
		assert.Equal(t, http.StatusUnauthorized, code, wrong)
	}
	if runtime.GOOS != "windows" {
		info, err := os.Stat(f.c.Dir.ConsolePassword())
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	text, err := os.ReadFile(f.c.Dir.ConsolePassword())
	require.NoError(t, err)
	assert.NotContains(t, string(text), "gigawatts")
	f.http.Close()
	assert.NotContains(t, f.log.String(), "gigawatts")

	require.ErrorIs(t, SetPassword(t.Context(), f.c.Dir, f.c.Hasher, "two words"), passwords.ErrForm)
	require.ErrorIs(t, SetPassword(t.Context(), f.c.Dir, f.c.Hasher, "flux"), ErrShort)
}

func TestPasswordAttemptsAreLimited(t *testing.T) {
	shared, err := limits.New(limits.Config{WrongPasswords: 2, WrongPasswordEvery: time.Hour}, time.Now)
	require.NoError(t, err)
	f := newFixture(t, func(o *Options) { o.Guesses = shared })
	require.NoError(t, SetPassword(t.Context(), f.c.Dir, f.c.Hasher, "outatime"))
	for _, want := range []int{401, 401, 429, 429} {
		code, _ := f.ask("wrong")
		assert.Equal(t, want, code)
	}
	assert.False(t, shared.MayGuess(netip.MustParseAddr("127.0.0.1")), "wherever they were sent to")
}

func TestLoginPage(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.SourceURL = "https://example.org/mcos?a=1&b=2" })
	code, body, _ := f.do(request{method: http.MethodGet, path: "/login"})
	assert.Equal(t, http.StatusOK, code)
	assert.Contains(t, body, "with 3 players")
	assert.Contains(t, body, "mcos console passwd", "no password is set")
	assert.NotContains(t, body, `type="password"`)
	assert.Contains(t, body, `href="https://example.org/mcos?a=1&amp;b=2"`)
	require.NoError(t, SetPassword(t.Context(), f.c.Dir, f.c.Hasher, "outatime"))
	_, body, _ = f.do(request{method: http.MethodGet, path: "/login"})
	assert.Contains(t, body, `type="password"`)
}
