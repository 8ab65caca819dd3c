package main

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/keys"
)

// unzip reads the files of a bundle.
func unzip(t *testing.T, path string) map[string]string {
	t.Helper()
	z, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer z.Close()
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		files[f.Name] = string(text)
	}
	return files
}

// TestBundleHoldsNoSecrets makes a bundle of a running server whose log and settings
// hold one of everything that must not leave the house.
func TestBundleHoldsNoSecrets(t *testing.T) {
	s := newShell(t)
	s.environ = append(s.environ, "MCOS_WEB_SIGNUP=code", "MCOS_WEB_SIGNUP_CODE=hunter2secret", "MCOS_SHARD_NAME=Home")
	s.account("alice")
	code := strings.TrimSpace(s.ok("invite", "add"))
	s.serve()
	s.run("keys", "rotate")
	token, err := os.ReadFile(s.dir.ConsoleToken())
	require.NoError(t, err)
	key, err := os.ReadFile(filepath.Join(s.dir.Keys(), keys.LoginKeyFile))
	require.NoError(t, err)
	const ticket = "d316cd2dd6bf870893dfbaaf17f965884e"
	const hash = "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA"
	log := strings.Join([]string{
		`level=info msg="web request" path=/AuthLogin?username=alice&password=hunter2secret&x=1 status=200`,
		`level=info msg=odd ticket=` + ticket + ` token="` + strings.TrimSpace(string(token)) + `" invite=` + code,
		`level=info msg=body body=0102030405060708090a0b0c0d0e0f101112131415161718`,
		`level=info msg=hash hash=` + hash,
		string(key),
		`level=info msg="a plain line that stays" remote=203.0.113.7`,
	}, "\n")
	require.NoError(t, os.MkdirAll(s.dir.Logs(), 0o700))
	require.NoError(t, os.WriteFile(s.dir.LogFile(), []byte(log), 0o600))

	path := filepath.Join(t.TempDir(), "help.zip")
	r := s.run("doctor", "--bundle", path)
	assert.Contains(t, r.err, "look through it before you send it")
	files := unzip(t, path)
	for _, name := range []string{"README.txt", "version.json", "doctor.json", "settings.json", "log.txt", "status.json", "counters.json", "disk.json"} {
		assert.NotEmpty(t, files[name], name)
	}
	assert.Contains(t, files["log.txt"], "a plain line that stays")
	assert.Contains(t, files["settings.json"], "shard.name")
	assert.Contains(t, files["settings.json"], "web.signup_code")
	keyLines := strings.Split(strings.TrimSpace(string(key)), "\n")
	for name, text := range files {
		for _, secret := range []string{"hunter2secret", ticket, strings.TrimSpace(string(token)), code, hash, "0102030405", keyLines[1], "PRIVATE KEY"} {
			assert.NotContains(t, text, secret, name)
		}
	}
	r = s.run("doctor", "--bundle", path)
	assert.Contains(t, r.err, "exists already")
	assert.Equal(t, exitFailed, r.code)
}

func TestBundleWithoutAServer(t *testing.T) {
	s := newShell(t)
	path := filepath.Join(t.TempDir(), "help.zip")
	s.run("doctor", "--bundle", path)
	files := unzip(t, path)
	assert.Contains(t, files["state.txt"], "No server answers")
	assert.Contains(t, files["log.txt"], "There is no log")
	assert.NoDirExists(t, s.dir.Root(), "nothing is made by looking")
}

func TestTailBeginsWithALine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	require.NoError(t, os.WriteFile(path, []byte("first line\nsecond line\nthird line\n"), 0o600))
	assert.Equal(t, "third line\n", string(tail(path, 15)))
	assert.Equal(t, "first line\nsecond line\nthird line\n", string(tail(path, 1000)))
}

// FuzzScrub takes anything; what looks like a ticket never comes through.
func FuzzScrub(f *testing.F) {
	f.Add("ticket=", "\n")
	f.Add("msg=\"x", "password: y")
	f.Fuzz(func(t *testing.T, before, after string) {
		const ticket = "d316cd2dd6bf870893dfbaaf17f965884e"
		assert.NotContains(t, string(scrub([]byte(before+" "+ticket+" "+after))), ticket)
	})
}

// The log is JSON, so what it quotes is quoted once more.
func TestScrubOfQuotedTexts(t *testing.T) {
	for _, line := range []string{
		`{"level":"info","msg":"odd: {\"password\":\"hunter two\"}","time":"now"}`,
		`{"level":"info","msg":"odd: password=\"hunter two\" and more","time":"now"}`,
		`{"level":"info","password":"a\"hunter two","time":"now"}`,
		`{"level":"info","msg":"odd: password: 'hunter two'","time":"now"}`,
		`level=info msg="odd: password=\"hunter two\"" time=now`,
	} {
		got := string(scrub([]byte(line)))
		assert.NotContains(t, got, "hunter", line)
		assert.NotContains(t, got, "two", line)
		assert.Contains(t, got, "now", line)
	}
}
