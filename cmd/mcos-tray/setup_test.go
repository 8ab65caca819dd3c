package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/installer/client"
)

// A removal waits until the game can be restored, as often as the user retries, and is
// refused when nobody can be asked or the user gives up.
func TestMayRemove(t *testing.T) {
	running := fmt.Errorf("%w (mcity.exe)", client.ErrRunning)
	for _, c := range []struct {
		name  string
		state []error // of one try after the other
		retry []bool  // the user's answers; nil: nobody may be asked
		ends  error
		asked int
	}{
		{"nothing is patched", []error{nil}, nil, nil, 0},
		{"the game runs, silently", []error{running}, nil, client.ErrRunning, 0},
		{"the game is closed", []error{running, running, nil}, []bool{true, true}, nil, 2},
		{"the user gives up", []error{running, running}, []bool{true, false}, client.ErrRunning, 2},
		{"a record that cannot be followed", []error{os.ErrPermission}, []bool{false}, os.ErrPermission, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			try, asked := 0, 0
			undoable := func() error {
				try++
				return c.state[try-1]
			}
			retry := func(_ context.Context, text string) (bool, error) {
				asked++
				assert.NotContains(t, text, "%!")
				assert.Equal(t, errors.Is(c.state[try-1], client.ErrRunning), strings.Contains(text, "click Retry"))
				return c.retry[asked-1], nil
			}
			if c.retry == nil {
				retry = nil
			}
			assert.ErrorIs(t, mayRemove(t.Context(), undoable, retry), c.ends)
			assert.Equal(t, c.asked, asked)
			assert.Equal(t, len(c.state), try)
		})
	}
	noWindow := errors.New("no window")
	err := mayRemove(t.Context(), func() error { return running }, func(context.Context, string) (bool, error) { return false, noWindow })
	assert.ErrorIs(t, err, client.ErrRunning, "a desktop that cannot ask refuses")
	assert.ErrorIs(t, err, noWindow)
}

func TestForgetFiles(t *testing.T) {
	dir := t.TempDir()
	own, other := filepath.Join(dir, "a", "tray.json"), filepath.Join(dir, "b", "game.log")
	kept := filepath.Join(dir, "b", "accounts")
	for _, f := range []string{own, other, kept} {
		require.NoError(t, os.MkdirAll(filepath.Dir(f), 0o700))
		require.NoError(t, os.WriteFile(f, nil, 0o600))
	}
	require.NoError(t, forgetFiles(own, other))
	assert.NoDirExists(t, filepath.Dir(own))
	assert.NoFileExists(t, other)
	assert.FileExists(t, kept, "what else lies there stays")
	require.NoError(t, forgetFiles(own, other), "a second time")
}

func TestStartsIn(t *testing.T) {
	const folder = `C:\Program Files\MCOS\`
	for line, want := range map[string]bool{
		`"C:\Program Files\MCOS\mcos-tray.exe" --login`:          true,
		`"c:\program files\mcos\MCOS-TRAY.EXE" --login`:          true,
		`"C:\Program Files\MCOS2\mcos-tray.exe" --login`:         false,
		`"C:\Program Files\MCOS\old\mcos-tray.exe" --login`:      false,
		`"D:\Games\mcos-tray.exe" --login`:                       false,
		`"C:\Program Files\MCOS\"`:                               false,
		`C:\Program`:                                             false,
		``:                                                       false,
		`"D:\x.exe" "C:\Program Files\MCOS\mcos-tray.exe" --yes`: false,
	} {
		assert.Equal(t, want, startsIn(line, folder), line)
	}
	assert.True(t, startsIn(`"D:\m\mcos-tray.exe"`, `D:\m`), "without a backslash at the end")
}
