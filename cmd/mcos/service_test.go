package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRemoveData(t *testing.T) {
	root := t.TempDir()
	p := newProgram()
	p.dataDir = filepath.Join(root, "data")
	require.NoError(t, p.removeData(), "there is none")

	require.NoError(t, os.MkdirAll(filepath.Join(p.dataDir, "keys"), 0o700))
	for _, name := range []string{"mcos.db", "keys/login_key.pem"} {
		require.NoError(t, os.WriteFile(filepath.Join(p.dataDir, name), nil, 0o600))
	}
	other := filepath.Join(root, "other")
	require.NoError(t, os.WriteFile(other, nil, 0o600))
	if err := os.Symlink(root, filepath.Join(p.dataDir, "keys", "link")); err != nil {
		t.Logf("no links here: %v", err)
	}
	require.NoError(t, p.removeData())
	assert.NoDirExists(t, p.dataDir)
	assert.FileExists(t, other, "a link leads out, and nobody follows it")
}
