package app_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/bot"
	"mcos/app/console/client"
	"mcos/app/datadir"
	"mcos/storage"
)

// TestRestoreAtTheNextStart has a running server take a backup, which is in the
// store's place when the server comes again.
func TestRestoreAtTheNextStart(t *testing.T) {
	dir := datadir.At(t.TempDir())
	a := startIn(t, dir.Root(), nil)
	play(t, a, bot.Options{}, script("Marty", true))
	c, err := client.Find(t.Context(), dir)
	require.NoError(t, err)
	var backup bytes.Buffer
	require.NoError(t, c.Backup(t.Context(), &backup))
	play(t, a, bot.Options{}, script("Biff", true))
	_, err = c.StageRestore(t.Context(), &backup)
	require.NoError(t, err)
	status, err := c.Status(t.Context())
	require.NoError(t, err)
	assert.Contains(t, status.Notes, "A backup waits to take the place of the store; that happens when the server is started again.")
	a.Stop()

	a = startIn(t, dir.Root(), nil)
	var names []string
	require.NoError(t, a.Store().View(func(tx storage.ReadTx) error {
		return tx.Accounts(func(acc storage.Account) error {
			names = append(names, acc.Name)
			return nil
		})
	}))
	assert.Equal(t, []string{"Marty"}, names)
	checkStore(t, a)
	play(t, a, bot.Options{}, script("Marty", false))
	assert.FileExists(t, dir.Store()+".before-restore")
	a.Stop()

	require.NoError(t, os.WriteFile(dir.StagedRestore(), []byte("damaged"), 0o600))
	a = startIn(t, dir.Root(), nil)
	play(t, a, bot.Options{}, script("Marty", false))
}
