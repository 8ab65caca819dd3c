//go:build unix

package datadir

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFoldersOfOthersAreRefused(t *testing.T) {
	at := filepath.Join(t.TempDir(), "data")
	_, err := Open(at)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(at, 0o777))
	_, err = Open(at)
	require.ErrorContains(t, err, "every user of this computer may write there")
	require.NoError(t, os.Chmod(at, 0o700))
	_, err = Open(at)
	require.NoError(t, err)

	hostile := filepath.Join(t.TempDir(), "hostile")
	require.NoError(t, os.Mkdir(hostile, 0o777))
	require.NoError(t, os.Chmod(hostile, 0o777))
	_, err = Open(hostile)
	require.Error(t, err)
	entries, err := os.ReadDir(hostile)
	require.NoError(t, err)
	assert.Empty(t, entries, "nothing of ours goes there")
}

func TestNotesOfTheService(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	require.NoError(t, os.Mkdir(dir, 0o755))
	path := At(dir).NoteToWrite(func(name string) string { return map[string]string{"RUNTIME_DIRECTORY": dir + ":/run/x"}[name] })
	assert.Equal(t, filepath.Join(dir, noteName), path)
	assert.Empty(t, At(dir).NoteToWrite(func(string) string { return "" }))
	require.ErrorIs(t, OfService(path), os.ErrNotExist)
	require.NoError(t, os.WriteFile(path, nil, 0o644))
	require.NoError(t, OfService(path))
	require.NoError(t, os.Chmod(dir, 0o777))
	require.ErrorIs(t, OfService(path), ErrForeign, "anybody could have put it there")
	require.NoError(t, os.Chmod(dir, 0o755))
	if os.Geteuid() == 0 {
		require.NoError(t, os.Chown(path, 12345, -1))
		require.ErrorIs(t, OfService(path), ErrForeign)
	}
}
