package admin_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
)

func TestBackupsFolder(t *testing.T) {
	l := open(t, options(t))
	list, err := l.Backups(ctx)
	require.NoError(t, err)
	assert.Empty(t, list)
	_, err = l.AddAccount(ctx, admin.NewAccount{Name: "alice", Password: "x"})
	require.NoError(t, err)
	made, err := l.SaveBackup(ctx)
	require.NoError(t, err)
	assert.Equal(t, "mcos-manual-20260501T120000Z.db", made.Name)
	again, err := l.SaveBackup(ctx)
	require.NoError(t, err)
	assert.NotEqual(t, made.Name, again.Name, "two in one second are two")

	folder := l.Dir.Backups()
	for _, name := range []string{".mcos-auto-1.tmp", "mcos-auto-20260101T000000Z.db", "mcos-schema1-20260101T000000Z.db", "mine.db"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte("x"), 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(folder, "folder"), 0o700))
	list, err = l.Backups(ctx)
	require.NoError(t, err)
	kinds := map[string]string{}
	for _, b := range list {
		kinds[b.Name] = b.Kind
		assert.Positive(t, b.Bytes)
	}
	assert.Equal(t, map[string]string{
		made.Name: "by hand", again.Name: "by hand", "mcos-auto-20260101T000000Z.db": "scheduled",
		"mcos-schema1-20260101T000000Z.db": "before an update", "mine.db": "other",
	}, kinds)

	staged, err := l.RestoreBackup(ctx, admin.BackupName{Name: made.Name})
	require.NoError(t, err)
	assert.True(t, staged.Waiting)
	_, err = l.RestoreBackup(ctx, admin.BackupName{Name: "mine.db"})
	refused(t, err, admin.Invalid, "cannot be used as a backup")
	require.NoError(t, os.WriteFile(filepath.Join(l.Dir.Root(), "outside.db"), []byte("x"), 0o600))
	for _, name := range []string{"", ".", "..", "../outside.db", "absent.db", "folder", ".mcos-auto-1.tmp", "/etc/passwd"} {
		_, err = l.RestoreBackup(ctx, admin.BackupName{Name: name})
		refused(t, err, admin.NotFound, "there is no backup")
	}
}
