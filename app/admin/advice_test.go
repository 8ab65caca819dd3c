package admin_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/storage/bolt"
)

func TestAdvice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mcos.db")
	require.NoError(t, os.WriteFile(path, []byte("no store"), 0o600))
	_, err := bolt.Open(bolt.Options{Path: path})
	require.Error(t, err)
	assert.True(t, admin.Damaged(err))
	assert.Contains(t, admin.Advice(err), "mcos restore")
	assert.Contains(t, admin.Advice(fmt.Errorf("x: %w", bolt.ErrNewer)), "version")
	assert.Empty(t, admin.Advice(errors.New("anything else")))
	assert.Empty(t, admin.Advice(&os.PathError{Err: syscall.ENOENT}))

	full := syscall.ENOSPC
	if runtime.GOOS == "windows" {
		full = syscall.Errno(112)
	}
	assert.Contains(t, admin.Advice(fmt.Errorf("commit: %w", &os.PathError{Op: "write", Path: "mcos.db", Err: full})), "disk is full")
}
