package datadir

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A folder that somebody else uses as well loses what is the server's and nothing more.
func TestRemoveLeavesWhatIsNotTheServers(t *testing.T) {
	root := filepath.Join(t.TempDir(), "data")
	d, err := Open(root)
	require.NoError(t, err)
	ours := []string{
		d.Config(), d.Store(), d.StagedRestore(), d.Store() + ".before-restore-2", d.ConsolePassword(), d.ConsoleToken(), d.ConsoleAddr(), d.LogFile(),
		filepath.Join(d.Keys(), "deep", "key.pem"), filepath.Join(d.Backups(), "a.db"), filepath.Join(d.Sessions(), "a.json"), filepath.Join(root, ".write-test-1"),
	}
	theirs := []string{filepath.Join(root, "photos", "keys", "me.png"), filepath.Join(root, "mcos-notes.txt"), filepath.Join(root, "Save.db")}
	for _, path := range append(ours, theirs...) {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, nil, 0o600))
	}
	require.ErrorContains(t, d.Remove(), "holds other things")
	for _, path := range ours {
		assert.NoFileExists(t, path)
	}
	for _, path := range theirs {
		assert.FileExists(t, path)
		require.NoError(t, os.Remove(path))
	}
	require.NoError(t, os.RemoveAll(filepath.Join(root, "photos")))
	require.NoError(t, d.Remove())
	assert.NoDirExists(t, root)
	require.NoError(t, d.Remove(), "there is none")
}
