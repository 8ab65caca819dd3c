package admin_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
)

func names(t *testing.T, l *admin.Offline) (list []string) {
	t.Helper()
	accounts, err := l.Accounts(ctx)
	require.NoError(t, err)
	for _, a := range accounts {
		list = append(list, a.Name)
	}
	return list
}

func TestStagedRestore(t *testing.T) {
	o := options(t)
	l := open(t, o)
	_, err := l.AddAccount(ctx, admin.NewAccount{Name: "before", Password: "x"})
	require.NoError(t, err)
	var backup bytes.Buffer
	require.NoError(t, l.Backup(ctx, &backup))
	_, err = l.AddAccount(ctx, admin.NewAccount{Name: "after", Password: "x"})
	require.NoError(t, err)

	none, err := l.StagedRestore(ctx)
	require.NoError(t, err)
	assert.Equal(t, admin.StagedRestore{}, none)
	_, err = l.CancelRestore(ctx)
	refused(t, err, admin.NotFound, "no backup waits")
	_, err = l.StageRestore(ctx, strings.NewReader("no store"))
	refused(t, err, admin.Invalid, "cannot be used as a backup")
	_, err = l.StageRestore(ctx, bytes.NewReader(backup.Bytes()[:backup.Len()/2]))
	refused(t, err, admin.Invalid, "cannot be used as a backup")
	assert.NoFileExists(t, o.Dir.StagedRestore())

	staged, err := l.StageRestore(ctx, bytes.NewReader(backup.Bytes()))
	require.NoError(t, err)
	assert.True(t, staged.Waiting)
	assert.Positive(t, staged.Bytes)
	assert.Equal(t, []string{"before", "after"}, names(t, l), "nothing happens yet")
	_, _, err = admin.ApplyRestore(o.Dir)
	require.ErrorIs(t, err, admin.ErrInUse)

	require.NoError(t, l.Close())
	applied, kept, err := admin.ApplyRestore(o.Dir)
	require.NoError(t, err)
	assert.True(t, applied)
	assert.FileExists(t, kept)
	assert.NoFileExists(t, o.Dir.StagedRestore())
	l = open(t, o)
	assert.Equal(t, []string{"before"}, names(t, l))
	require.NoError(t, l.Close())
	applied, _, err = admin.ApplyRestore(o.Dir)
	require.NoError(t, err)
	assert.False(t, applied, "once")

	// What has been damaged since does not stand in the way.
	require.NoError(t, os.WriteFile(o.Dir.StagedRestore(), []byte("gone"), 0o600))
	_, _, err = admin.ApplyRestore(o.Dir)
	require.ErrorIs(t, err, admin.ErrUnusable)
	assert.NoFileExists(t, o.Dir.StagedRestore())
	assert.FileExists(t, o.Dir.StagedRestore()+"-failed")
	l = open(t, o)
	assert.Equal(t, []string{"before"}, names(t, l))
	require.NoError(t, l.Close())

	// A direct restore is the newer wish.
	require.NoError(t, os.WriteFile(o.Dir.StagedRestore(), backup.Bytes(), 0o600))
	_, err = admin.Restore(o.Dir, bytes.NewReader(backup.Bytes()))
	require.NoError(t, err)
	assert.NoFileExists(t, o.Dir.StagedRestore())
}
