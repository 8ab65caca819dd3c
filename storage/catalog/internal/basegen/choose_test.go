package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/assets"
	"mcos/storage/catalog"
	"mcos/storage/catalog/internal/reference"
)

// TestBaseIsCurrent makes the base catalog again and compares it with the one in
// the program.
func TestBaseIsCurrent(t *testing.T) {
	dir := reference.Path(t, "catalog")
	out := filepath.Join(t.TempDir(), "base.cat")
	require.NoError(t, run(dir, out))
	file, err := os.Open(out)
	require.NoError(t, err)
	defer file.Close()
	want, err := catalog.Decode(file)
	require.NoError(t, err)
	got, err := catalog.Decode(strings.NewReader(assets.BaseCatalog()))
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestRunErrors(t *testing.T) {
	assert.ErrorContains(t, run(t.TempDir(), ""), "no such table")
	dir := reference.Path(t, "catalog")
	assert.Error(t, run(dir, filepath.Join(t.TempDir(), "no", "folder")))
}
