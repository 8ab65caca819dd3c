package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/storage/bolt"
)

// TestScheduledBackup lets time pass until a copy is due, and restores it.
func TestScheduledBackup(t *testing.T) {
	a := startInside(t)
	dir := a.opts.Dir
	s := a.scheduleBackups()
	require.False(t, s.Due().IsZero(), "copies are made unless that is switched off")
	s.Now = func() time.Time { return time.Now().Add(time.Hour) }
	s.Tick()
	files, err := filepath.Glob(filepath.Join(dir.Backups(), "mcos-auto-*.db"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	a.Stop()

	f, err := os.Open(files[0])
	require.NoError(t, err)
	defer f.Close()
	_, err = admin.Restore(dir, f)
	require.NoError(t, err)
	store, err := bolt.Open(bolt.Options{Path: dir.Store()})
	require.NoError(t, err)
	require.NoError(t, store.Verify())
	require.NoError(t, store.Close())
}
