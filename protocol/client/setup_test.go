package client_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/asn1"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/client"
)

// A pub.key and something as long as a certificate.
var (
	setupKey  = "30819f300d06092a864886f70d010101050003818d0030818902818100" + "c" + strings.Repeat("1", 255) + "0203010001"
	setupCert = bytes.Repeat([]byte{0x30, 0x82, 0xff}, 300)
)

// setupOf is a setup for a host.
func setupOf(host string, port int, cert []byte) client.Setup {
	return client.Setup{
		Host: host, WebPort: port, PubKey: setupKey, Certificate: cert,
		Proves: "mco.example.org; only as a server", Warnings: []string{"It is signed with SHA-1."},
	}
}

func setupScript(t *testing.T) string {
	t.Helper()
	script, err := setupOf("mco.example.org", 8080, setupCert).Script()
	require.NoError(t, err)
	return string(script)
}

func TestSetupScript(t *testing.T) {
	script := setupScript(t)
	for i, line := range strings.SplitAfter(script, "\n") {
		if line == "" {
			continue
		}
		require.True(t, strings.HasSuffix(line, "\r\n"), "line %d", i+1)
		require.Less(t, len(line), 8191, "line %d: the longest that cmd reads", i+1)
		for _, c := range []byte(strings.TrimSuffix(line, "\r\n")) {
			require.True(t, c >= ' ' && c <= '~', "line %d: %q", i+1, line)
		}
	}
	assert.Empty(t, regexp.MustCompile(`@[A-Z]+@`).FindString(script), "everything is filled in")
	for _, want := range []string{
		`call :put "HKLM\SOFTWARE\Electronic Arts\Motor City\1.0" ShardUrl REG_SZ "http://mco.example.org:8080/ShardList/"`,
		`if defined W64 call :put "HKLM\SOFTWARE\WOW6432Node\EACom\AuthAuth" SSLRetry REG_DWORD 0`,
		`call :save "HKLM\SOFTWARE\Electronic Arts\Motor City" PatchServerPort`,
		`if defined W64 call :key "HKLM\SOFTWARE\WOW6432Node\EACom"`,
		`"%REG%" delete "HKLM\SOFTWARE\EACom\AuthAuth" /v AuthLoginServer /f`,
		`set /p "=` + setupKey + `"`,
		`>>"%BAK%\server.crt" echo -----END CERTIFICATE-----`,
	} {
		assert.Contains(t, script, want)
	}
	// Each label that is jumped to is there.
	labels := regexp.MustCompile(`(?m)\b(?:call :|goto )([a-z]+)\b`).FindAllStringSubmatch(script, -1)
	require.Greater(t, len(labels), 20)
	for _, l := range labels {
		assert.Contains(t, script, "\r\n:"+l[1]+"\r\n")
	}
	for _, op := range []string{"&&", "||"} {
		assert.NotContains(t, script, op, "not every command interpreter gets them right")
	}
}

func TestSetupScriptRefuses(t *testing.T) {
	for _, host := range []string{"", "a b", `a"&calc&"`, "a%PATH%", "a&b", "::1", "a.example/x"} {
		_, err := setupOf(host, 80, setupCert).Script()
		require.ErrorIs(t, err, client.ErrHost, host)
	}
	_, err := setupOf("a.example", 0, setupCert).Script()
	require.ErrorIs(t, err, client.ErrPort)
	s := setupOf("a.example", 80, setupCert)
	s.PubKey += "\n"
	_, err = s.Script()
	require.ErrorIs(t, err, client.ErrPubKey)
	for _, cert := range [][]byte{nil, make([]byte, 3001)} {
		_, err = setupOf("a.example", 80, cert).Script()
		require.ErrorIs(t, err, client.ErrSetup)
	}
	_, err = setupOf("a.example", 80, make([]byte, 3000)).Script()
	require.NoError(t, err)
	for _, text := range []string{"a & calc", "a|b", "100%", "x^", `"`, "a\nb", "bänk", "!x!", "<a>"} {
		s := setupOf("a.example", 80, setupCert)
		s.Warnings = append(s.Warnings, text)
		_, err = s.Script()
		require.ErrorIs(t, err, client.ErrSetup, text)
		s = setupOf("a.example", 80, setupCert)
		s.Proves = text
		_, err = s.Script()
		require.ErrorIs(t, err, client.ErrSetup, text)
	}
}

// TestSetupScriptAsks: it shows what is to be trusted and asks, before it changes
// anything.
func TestSetupScriptAsks(t *testing.T) {
	script := setupScript(t)
	sum := sha1.Sum(setupCert)
	print := strings.ToUpper(hex.EncodeToString(sum[:]))
	asks := strings.Index(script, `set /p "YES=`)
	require.Positive(t, asks)
	for _, before := range []string{"echo     " + print[:4] + " " + print[4:8], "It can prove to be: mco.example.org; only as a server", "WARNING: It is signed with SHA-1.", "Fingerprint of the login key: "} {
		assert.Contains(t, script[:asks], before)
	}
	for _, after := range []string{`call :put "HK`, "call :trust", `set /p "=` + setupKey} {
		assert.NotContains(t, script[:asks], after)
		assert.Contains(t, script[asks:], after)
	}
	assert.NotContains(t, script, "-addstore", "it would trust the certificate without limits")
}

// TestStoredCertificate: the store limits what it holds to servers.
func TestStoredCertificate(t *testing.T) {
	var uses []asn1.ObjectIdentifier
	rest, err := asn1.Unmarshal(client.ServerUse, &uses)
	require.NoError(t, err)
	assert.Empty(t, rest)
	assert.Equal(t, []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 1}}, uses)
	sum := sha1.Sum([]byte("cert"))
	want := slices.Concat([]byte{3, 0, 0, 0, 1, 0, 0, 0, 20, 0, 0, 0}, sum[:], []byte{9, 0, 0, 0, 1, 0, 0, 0, 12, 0, 0, 0}, client.ServerUse,
		[]byte{32, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0}, []byte("cert"))
	assert.Equal(t, want, client.StoredCertificate([]byte("cert")))
}

func FuzzSetupScript(f *testing.F) {
	f.Add("mco.example.org", 80, []byte("x"))
	f.Add("192.0.2.1", 8080, setupCert)
	f.Fuzz(func(t *testing.T, host string, port int, cert []byte) {
		script, err := setupOf(host, port, cert).Script()
		if err != nil {
			return
		}
		// Nothing that came from outside adds a line or leaves its quotes.
		want, err := setupOf("a.example", port, cert).Script()
		require.NoError(t, err)
		require.Equal(t, bytes.ReplaceAll(want, []byte("a.example"), []byte(host)), script)
	})
}

// TestSetupScriptInWine runs the script under Wine's command interpreter: setup, setup
// again, undo; the registry, the files and their flags are then as before.
func TestSetupScriptInWine(t *testing.T) {
	wine, err := exec.LookPath("wine")
	if err != nil {
		t.Skip("no Wine here")
	}
	if os.Getenv("MCOS_SOAK") == "" && os.Getenv("MCOS_WINE_PREFIX") == "" {
		t.Skip("making a Wine prefix takes long: make soak, or MCOS_WINE_PREFIX=FOLDER of one, runs this")
	}
	prefix := os.Getenv("MCOS_WINE_PREFIX")
	if prefix == "" {
		prefix = filepath.Join(t.TempDir(), "prefix")
	}
	typed := ""
	run := func(args ...string) string {
		cmd := exec.Command(wine, args...)
		cmd.Stdin = strings.NewReader(typed)
		cmd.Env = append(os.Environ(), "WINEPREFIX="+prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%v: %s", args, out)
		return string(out)
	}
	if os.Getenv("MCOS_WINE_PREFIX") == "" {
		run("wineboot", "-i")
		t.Cleanup(func() {
			stop := exec.Command("wineserver", "-k")
			stop.Env = append(os.Environ(), "WINEPREFIX="+prefix)
			_ = stop.Run() // it may have ended by itself
		})
	}
	game := filepath.Join(prefix, "drive_c", "Fun Games", "MCO")
	require.NoError(t, os.RemoveAll(game))
	require.NoError(t, os.MkdirAll(filepath.Join(game, "SaveData"), 0o755))
	for _, name := range []string{"MCity.exe", "pub.key", "readme.txt"} {
		require.NoError(t, os.WriteFile(filepath.Join(game, name), []byte("old "+name), 0o600))
	}
	require.NoError(t, os.Chmod(filepath.Join(game, "MCity.exe"), 0o400))
	require.NoError(t, os.Chmod(filepath.Join(game, "pub.key"), 0o400))
	script := filepath.Join(prefix, "drive_c", "setup.bat")
	require.NoError(t, os.WriteFile(script, []byte(setupScript(t)), 0o600))
	const shards = `HKLM\SOFTWARE\WOW6432Node\Electronic Arts\Motor City\1.0`
	run("reg", "add", shards, "/v", "ShardUrl", "/d", "http://old.example/x y/", "/f")
	run("reg", "add", `HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings`, "/v", "SecureProtocols", "/t", "REG_DWORD", "/d", "8", "/f")

	snapshot := func() string {
		var out strings.Builder
		for _, key := range []string{`HKLM\SOFTWARE\WOW6432Node`, `HKLM\SOFTWARE\Microsoft\SystemCertificates`, `HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings`} {
			out.WriteString(run("reg", "query", key, "/s"))
		}
		for _, name := range []string{"MCity.exe", "pub.key", "readme.txt"} {
			info, err := os.Stat(filepath.Join(game, name))
			require.NoError(t, err)
			text, err := os.ReadFile(filepath.Join(game, name))
			require.NoError(t, err)
			out.WriteString(name + info.Mode().String() + string(text) + "\n")
		}
		return out.String()
	}
	before := snapshot()
	for _, typed = range []string{"", "no\r\n"} {
		said := run("cmd", "/c", `C:\setup.bat`, "setup", `C:\Fun Games\MCO`)
		assert.Contains(t, said, "Nothing was changed", said)
		assert.Equal(t, before, snapshot())
	}
	typed = "yes\r\n"
	for range 2 {
		said := run("cmd", "/c", `C:\setup.bat`, "setup", `C:\Fun Games\MCO`)
		assert.Contains(t, said, "Done: the game is led to mco.example.org", said)
		key, err := os.ReadFile(filepath.Join(game, "pub.key"))
		require.NoError(t, err)
		assert.Equal(t, setupKey, string(key))
		assert.Contains(t, run("reg", "query", shards, "/v", "ShardUrl"), "http://mco.example.org:8080/ShardList/")
		info, err := os.Stat(filepath.Join(game, "MCity.exe"))
		require.NoError(t, err)
		assert.NotZero(t, info.Mode()&0o200, "the flag is cleared")
		assert.NotEqual(t, before, snapshot())
	}
	said := run("cmd", "/c", `C:\setup.bat`, "undo")
	assert.Contains(t, said, "as it was before", said)
	assert.Equal(t, before, snapshot())
	assert.NoDirExists(t, filepath.Join(prefix, "drive_c", "windows", "MCOS-Setup"))
	assert.Contains(t, run("cmd", "/c", `C:\setup.bat`, "undo"), "has changed nothing")
}
