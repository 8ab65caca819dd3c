package service

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestServiceSID compares with the two identifiers that every Windows shows under
// these names.
// A folder that somebody has made before the installation is no start for a service.
func TestForeignFoldersAreMovedAside(t *testing.T) {
	at := filepath.Join(t.TempDir(), "MCOS")
	foreign := func(string) error { return errors.New("of somebody else") }
	ours := func(string) error { return nil }
	aside, err := moveAside(at, foreign)
	require.NoError(t, err)
	assert.Empty(t, aside, "there is none")

	require.NoError(t, os.MkdirAll(filepath.Join(at, "keys"), 0o700))
	aside, err = moveAside(at, ours)
	require.NoError(t, err)
	assert.Empty(t, aside)
	assert.DirExists(t, filepath.Join(at, "keys"))

	aside, err = moveAside(at, foreign)
	require.NoError(t, err)
	assert.DirExists(t, filepath.Join(aside, "keys"), "nothing is lost")
	assert.NoDirExists(t, at)

	elsewhere := t.TempDir()
	require.NoError(t, os.Symlink(elsewhere, at))
	aside, err = moveAside(at, foreign)
	require.NoError(t, err)
	assert.NoFileExists(t, at)
	assert.DirExists(t, elsewhere, "a link is moved, not what it leads to")
	assert.NotEmpty(t, aside)
}

func TestMakeOwn(t *testing.T) {
	at := filepath.Join(t.TempDir(), "a", "MCOS")
	closed := 0
	require.NoError(t, makeOwn(at, func(string) error { closed++; return nil }))
	require.NoError(t, os.WriteFile(filepath.Join(at, "mcos.db"), nil, 0o600))
	require.NoError(t, makeOwn(at, func(string) error { closed++; return nil }), "one of ours")
	assert.Equal(t, 2, closed)

	quick := filepath.Join(t.TempDir(), "MCOS")
	err := makeOwn(quick, func(dir string) error { return os.WriteFile(filepath.Join(dir, "mcos.yaml"), nil, 0o600) })
	require.ErrorContains(t, err, "another program has put mcos.yaml into it")

	linked := filepath.Join(t.TempDir(), "MCOS")
	require.NoError(t, os.Symlink(t.TempDir(), linked))
	require.ErrorContains(t, makeOwn(linked, func(string) error { panic("rights of a foreign folder") }), "it is a link")
}

func TestServiceSID(t *testing.T) {
	const installer = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
	assert.Equal(t, installer, serviceSID("TrustedInstaller"))
	assert.Equal(t, installer, serviceSID("trustedinstaller"), "case does not count")
	assert.NotEqual(t, installer, serviceSID(Name))
}

// What the Windows installer hands on is taken; anything else leaves the service as it is.
func TestParseStart(t *testing.T) {
	for text, want := range map[string]uint32{"#2": 2, "#3": 3, "#4": 4, "": 0, "#0": 0, "#5": 0, "2": 0, "#22": 0, "x": 0} {
		assert.Equal(t, want, ParseStart(text), "%q", text)
	}
}
