//go:build unix

package machine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/installer/client"
)

// prefix makes a Wine prefix with the game in it.
func prefix(t *testing.T, dir string) string {
	t.Helper()
	game := filepath.Join(dir, "drive_c", "MCO")
	require.NoError(t, os.MkdirAll(game, 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "dosdevices"), 0o755))
	require.NoError(t, os.Symlink("../drive_c", filepath.Join(dir, "dosdevices", "c:")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "system.reg"), []byte("WINE REGISTRY Version 2\n\n#arch=win64\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "user.reg"), []byte("WINE REGISTRY Version 2\n\n#arch=win64\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(game, "MCity.exe"), []byte("MZ"), 0o600))
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// TestFindPrefixes: every kind of prefix that programs for Linux make is found, once.
func TestFindPrefixes(t *testing.T) {
	home, elsewhere := t.TempDir(), t.TempDir()
	want := map[string]string{
		"wine":              prefix(t, filepath.Join(home, ".wine")),
		"chosen":            prefix(t, filepath.Join(elsewhere, "chosen")),
		"proton":            prefix(t, filepath.Join(home, ".local/share/Steam/steamapps/compatdata/123/pfx")),
		"proton library":    prefix(t, filepath.Join(elsewhere, "library/steamapps/compatdata/9/pfx")),
		"steam of flatpak":  prefix(t, filepath.Join(home, ".var/app/com.valvesoftware.Steam/.local/share/Steam/steamapps/compatdata/5/pfx")),
		"lutris":            prefix(t, filepath.Join(home, "Games/mco")),
		"lutris elsewhere":  prefix(t, filepath.Join(elsewhere, "a lutris prefix")),
		"bottles":           prefix(t, filepath.Join(home, ".local/share/bottles/bottles/Gaming")),
		"bottles (flatpak)": prefix(t, filepath.Join(home, ".var/app/com.usebottles.bottles/data/bottles/bottles/Gaming")),
		"playonlinux":       prefix(t, filepath.Join(home, ".PlayOnLinux/wineprefix/mco")),
	}
	require.NoError(t, os.MkdirAll(filepath.Join(home, "Games/native"), 0o755)) // no prefix
	require.NoError(t, os.MkdirAll(filepath.Join(home, ".steam"), 0o755))
	require.NoError(t, os.Symlink("../.local/share/Steam", filepath.Join(home, ".steam/steam")))
	write(t, filepath.Join(home, ".local/share/Steam/steamapps/libraryfolders.vdf"),
		"\"libraryfolders\"\n{\n\t\"0\"\n\t{\n\t\t\"path\"\t\t\""+filepath.Join(elsewhere, "library")+"\"\n\t}\n}\n")
	write(t, filepath.Join(home, ".config/lutris/games/mco-1.yml"),
		"game:\n  exe: x\n  prefix: '"+want["lutris elsewhere"]+"'\n")
	env := map[string]string{"HOME": home, "WINEPREFIX": want["chosen"]}
	found, err := Find("", func(name string) string { return env[name] })
	require.NoError(t, err)
	var names []string
	for _, f := range found {
		names = append(names, f.Host.System().Name)
		games := client.Detect(f.Host)
		require.Len(t, games, 1)
		assert.Equal(t, `C:\MCO`, games[0].Dir)
	}
	assert.Len(t, names, len(want))
	for kind, dir := range want {
		real, err := filepath.EvalSymlinks(dir)
		require.NoError(t, err)
		assert.Contains(t, names, "Wine prefix "+real, kind)
	}

	_, err = Find(filepath.Join(home, "Games/native"), os.Getenv)
	require.ErrorContains(t, err, "is no Wine prefix")
	found, err = Find("", func(string) string { return "" })
	require.NoError(t, err)
	assert.Empty(t, found)
}
