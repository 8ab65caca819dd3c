//go:build unix

package main

import (
	"crypto/x509"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// winePrefix makes a Wine prefix with the game in the shell's home folder.
func (s *shell) winePrefix() string {
	var prefix string
	for _, pair := range s.environ {
		if home, ok := strings.CutPrefix(pair, "HOME="); ok {
			prefix = filepath.Join(home, ".wine")
		}
	}
	files := map[string]string{
		"system.reg":                             "WINE REGISTRY Version 2\n\n#arch=win64\n\n[Software\\\\Wow6432Node\\\\Electronic Arts\\\\Motor City\\\\1.0] 1700000000\n\"ShardUrl\"=\"http://159.153.226.86/ShardList/\"\n",
		"user.reg":                               "WINE REGISTRY Version 2\n\n#arch=win64\n",
		"drive_c/Games/MCO/MCity.exe":            "MZ",
		"drive_c/Games/MCO/pub.key":              "old",
		"drive_c/Games/MCO/SaveData/options.ini": "graphicsModeIndex=0\r\nwindowed=0\r\n",
		"drive_c/Games/MCO/Data/Movies/a.mpg":    "film",
	}
	for name, text := range files {
		path := filepath.Join(prefix, name)
		require.NoError(s.t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(s.t, os.WriteFile(path, []byte(text), 0o600))
	}
	require.NoError(s.t, os.Chmod(filepath.Join(prefix, "drive_c/Games/MCO/pub.key"), 0o444))
	require.NoError(s.t, os.MkdirAll(filepath.Join(prefix, "dosdevices"), 0o755))
	require.NoError(s.t, os.Symlink("../drive_c", filepath.Join(prefix, "dosdevices", "c:")))
	return prefix
}

// tree is all that is in a folder: contents and modes.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() {
			out[path] = info.Mode().String()
			return err
		}
		text, err := os.ReadFile(path)
		out[path] = info.Mode().String() + string(text)
		return err
	}))
	return out
}

// TestClientInWine plays through all client commands on a Wine prefix.
func TestClientInWine(t *testing.T) {
	s := newShell(t)
	s.fails(exitFailed, "there is no Wine prefix here", "client", "detect")
	assert.Equal(t, "[]\n", s.ok("client", "detect", "--json"))
	prefix := s.winePrefix()
	before := tree(t, prefix)
	address := otherServer(t, nil)

	out := s.ok("client", "status")
	for _, words := range []string{"does not tell its version", "servers of 2001", "cannot change 1 file", "Missing: DAO", "--no-movies", "--windowed yes", `C:\Games\MCO`} {
		if words == "does not tell its version" {
			words = "is damaged" // two letters are no program
		}
		assert.Contains(t, out, words)
	}
	var list []foundGame
	require.NoError(t, json.Unmarshal([]byte(s.ok("client", "status", "--json")), &list))
	require.Len(t, list, 1)
	assert.Equal(t, 1, list[0].ReadOnly)

	plan := s.ok("client", "patch", "--host", address, "--dry-run", "--no-movies")
	assert.Contains(t, plan, "nothing was changed now")
	assert.Equal(t, before, tree(t, prefix))
	s.fails(exitUsage, "say --yes", "client", "patch", "--host", address)
	signs := otherServer(t, func(c *x509.Certificate) { c.IsCA = true })
	s.fails(exitFailed, "it could sign certificates for any other site", "client", "patch", "--host", signs, "--yes")
	s.fails(exitUsage, "is none of dates, name, sha1", "client", "patch", "--host", address, "--yes", "--despite", "ca")
	s.fails(exitUsage, "resolution", "client", "patch", "--host", address, "--yes", "--resolution", "1x1")
	s.fails(exitUsage, "is for the server on this computer", "client", "patch", "--host", address, "--import-catalog")
	s.fails(exitFailed, "there is no MCity.exe", "client", "patch", "--host", address, "--game-dir", `C:\windows`)
	assert.Equal(t, before, tree(t, prefix))

	s.ok("client", "patch", "--host", address, "--yes", "--no-movies", "--resolution", "1024x768")
	assert.Contains(t, s.ok("client", "status"), "by this program")
	assert.Contains(t, s.ok("client", "patch", "--host", address, "--dry-run", "--no-movies"), "graphicsModeIndex", "what is not asked for any more goes back")
	assert.Contains(t, s.ok("client", "unpatch"), "as it was before")
	assert.Equal(t, before, tree(t, prefix))
	assert.Contains(t, s.ok("client", "unpatch"), "Nothing is patched")
	assert.Equal(t, "[]\n", s.ok("client", "cleanup", "--json"))
}

func TestPatchForTheServerOnThisComputer(t *testing.T) {
	s := newShell(t)
	s.winePrefix()
	s.fails(exitFailed, "no server runs on this computer", "client", "patch")
	_, stop := s.start()
	r := s.run("client", "patch")
	require.Equal(t, exitOK, r.code, r.err)
	assert.Contains(t, r.out, "is led to 127.0.0.1")
	assert.Contains(t, r.err, "the game knows only 443")
	require.Equal(t, exitOK, stop().code)
}

func TestLocalAddress(t *testing.T) {
	for bound, want := range map[string]string{
		":80": "127.0.0.1", ":8080": "127.0.0.1:8080", "127.0.0.1:81": "127.0.0.1:81", "": "127.0.0.1",
	} {
		assert.Equal(t, want, localAddress(bound), bound)
	}
}
