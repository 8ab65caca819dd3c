//go:build unix

package launch

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/cmd/mcos-tray/play"
	"mcos/installer/client"
	"mcos/installer/client/machine"
)

const emptyReg = "WINE REGISTRY Version 2\n\n#arch=win64\n\n[Software]\n"

// game is an installation in a Wine prefix below a folder.
func game(t *testing.T, prefix string) play.Place {
	dir := filepath.Join(prefix, "drive_c", "MCO")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	require.NoError(t, os.MkdirAll(filepath.Join(prefix, "dosdevices"), 0o700))
	require.NoError(t, os.Symlink("../drive_c", filepath.Join(prefix, "dosdevices", "c:")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "MCity.exe"), []byte("MZ"), 0o600))
	for _, name := range []string{"system.reg", "user.reg"} {
		require.NoError(t, os.WriteFile(filepath.Join(prefix, name), []byte(emptyReg), 0o600))
	}
	targets, err := machine.Find(prefix, os.Getenv)
	require.NoError(t, err)
	g, ok := client.Look(targets[0].Host, `C:\MCO`)
	require.True(t, ok)
	return play.Place{Target: targets[0], Installation: g}
}

func wine(t *testing.T, script string) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "wine"), []byte("#!/bin/sh\n"+script), 0o700))
	t.Setenv("PATH", dir)
}

func TestGameStartsWithWine(t *testing.T) {
	prefix := filepath.Join(t.TempDir(), "prefix")
	at := game(t, prefix)
	log := filepath.Join(t.TempDir(), "a", "game.log")
	g := Game{Log: log, Patience: time.Minute}
	wine(t, `printf '%s\n' "$WINEPREFIX $1"; pwd`)
	require.NoError(t, g.Start(t.Context(), at), "a program that ends well has started another")
	text, err := os.ReadFile(log)
	require.NoError(t, err)
	dir := filepath.Join(prefix, "drive_c", "MCO")
	assert.Equal(t, prefix+` C:\MCO\MCity.exe`+"\n"+dir+"\n", string(text))

	wine(t, "echo first; echo could not load kernel32.dll. >&2; exit 53")
	err = g.Start(t.Context(), at)
	var trouble *play.Trouble
	require.ErrorAs(t, err, &trouble)
	assert.Equal(t, "The game ended at once (exit status 53). Wine said: could not load kernel32.dll.", trouble.What)

	wine(t, `printf 'err: <b>\033[31m$(id)\342\200\256 x'; exit 1`)
	require.ErrorContains(t, g.Start(t.Context(), at), "Wine said: err: (b)(31mS(id) x.", "the words of a program are words")

	t.Setenv("PATH", t.TempDir())
	require.ErrorContains(t, g.Start(t.Context(), at), "Install the package wine")
}

func TestOthersPrefixes(t *testing.T) {
	wine(t, "exit 1")
	for part, name := range map[string]string{"compatdata/1/pfx": "Steam", "bottles/bottles/mco": "Bottles"} {
		at := game(t, filepath.Join(t.TempDir(), part))
		err := Game{}.Start(t.Context(), at)
		require.ErrorContains(t, err, "Start it from "+name)
	}
}
