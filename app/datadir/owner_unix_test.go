//go:build unix

package datadir_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/datadir"
)

const service = 61017 // a user number that nobody has

// asRoot skips where files cannot be given away.
func asRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
}

func ownerOf(t *testing.T, path string) int {
	t.Helper()
	info, err := os.Lstat(path)
	require.NoError(t, err)
	return int(info.Sys().(*syscall.Stat_t).Uid)
}

// servicesFolder is a data folder that belongs to the service.
func servicesFolder(t *testing.T) datadir.Dir {
	t.Helper()
	d, err := datadir.Open(filepath.Join(t.TempDir(), "mcos"))
	require.NoError(t, err)
	require.NoError(t, filepath.WalkDir(d.Root(), func(path string, _ fs.DirEntry, err error) error {
		require.NoError(t, err)
		return os.Chown(path, service, service)
	}))
	return d
}

func TestHandBack(t *testing.T) {
	asRoot(t)
	d := servicesFolder(t)
	outside := filepath.Join(t.TempDir(), "outside")
	require.NoError(t, os.WriteFile(outside, nil, 0o600))
	made := []string{d.Store(), filepath.Join(d.Keys(), "login_key.pem"), d.LogFile(), filepath.Join(d.Backups(), "new", "copy.db")}
	for _, path := range made {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, nil, 0o600))
	}
	foreign := filepath.Join(d.Root(), "foreign")
	require.NoError(t, os.WriteFile(foreign, nil, 0o600))
	require.NoError(t, os.Chown(foreign, service+1, service+1))
	link := filepath.Join(d.Root(), "link")
	require.NoError(t, os.Symlink(outside, link))
	dirLink := filepath.Join(d.Root(), "dirlink")
	require.NoError(t, os.Symlink(filepath.Dir(outside), dirLink))

	require.NoError(t, d.HandBack())
	for _, path := range append(made, filepath.Join(d.Backups(), "new")) {
		assert.Equal(t, service, ownerOf(t, path), path)
	}
	assert.Equal(t, service+1, ownerOf(t, foreign), "what is neither root's nor the folder's is somebody's business")
	assert.Zero(t, ownerOf(t, outside), "behind a link")
	assert.Zero(t, ownerOf(t, link))
}

// Somebody who owns the folder above may put a link in place of the data folder: what it
// leads to is not given away.
func TestHandBackThroughALink(t *testing.T) {
	asRoot(t)
	parent, secret := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(secret, "shadow"), nil, 0o600))
	link := filepath.Join(parent, "mcos")
	require.NoError(t, os.Symlink(secret, link))
	require.NoError(t, os.Lchown(link, service, service))
	require.NoError(t, datadir.At(link).HandBack())
	assert.Zero(t, ownerOf(t, filepath.Join(secret, "shadow")))
}

// A name in the folder is no command for whoever follows the doctor's advice, and a link
// is nobody's trouble.
func TestOddNames(t *testing.T) {
	asRoot(t)
	d := servicesFolder(t)
	require.NoError(t, os.WriteFile(filepath.Join(d.Root(), "$(reboot)'x"), nil, 0o600))
	require.NoError(t, os.Symlink("/etc", filepath.Join(d.Root(), "elsewhere")))
	odd, err := d.Odd()
	require.NoError(t, err)
	require.Len(t, odd, 1)
	assert.True(t, strings.HasSuffix(odd[0], `$(reboot)'\''x'`), odd[0])
}

// A second name may stand anywhere: giving the file away could give away what is not
// the server's.
func TestHandBackLeavesHardLinks(t *testing.T) {
	asRoot(t)
	parent := t.TempDir()
	d, err := datadir.Open(filepath.Join(parent, "mcos"))
	require.NoError(t, err)
	secret := filepath.Join(parent, "shadow")
	require.NoError(t, os.WriteFile(secret, []byte("x"), 0o600))
	require.NoError(t, os.Link(secret, d.Store()))
	require.NoError(t, os.Chown(d.Root(), service, service))
	assert.ErrorContains(t, d.HandBack(), "several names")
	assert.Zero(t, ownerOf(t, secret))
}

// A folder of root's own stays root's, and so does one in a folder for everybody.
func TestHandBackInRootsOwnFolder(t *testing.T) {
	asRoot(t)
	d, err := datadir.Open(filepath.Join(t.TempDir(), "mcos"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(d.Store(), nil, 0o600))
	require.NoError(t, os.Chown(d.Store(), service, service))
	require.NoError(t, d.HandBack())
	assert.Equal(t, service, ownerOf(t, d.Store()))
	assert.Zero(t, ownerOf(t, d.Root()))
}

// With sudo the first start makes the folder in the home of the operator, who later
// starts the server without.
func TestANewFolderBelongsToTheHome(t *testing.T) {
	asRoot(t)
	home := t.TempDir()
	require.NoError(t, os.Chown(home, service, service))
	d, err := datadir.Open(filepath.Join(home, ".local", "share", "mcos"))
	require.NoError(t, err)
	for _, path := range []string{filepath.Join(home, ".local"), filepath.Join(home, ".local", "share"), d.Root(), d.Keys(), d.Logs()} {
		assert.Equal(t, service, ownerOf(t, path), path)
	}
}

func TestOdd(t *testing.T) {
	d, err := datadir.Open(filepath.Join(t.TempDir(), "mcos"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(d.Store(), nil, 0o600))
	odd, err := d.Odd()
	require.NoError(t, err)
	assert.Empty(t, odd)

	require.NoError(t, os.Chmod(d.Store(), 0o644))
	require.NoError(t, os.Chmod(d.Keys(), 0o755))
	odd, err = d.Odd()
	require.NoError(t, err)
	if assert.Len(t, odd, 2) {
		text := strings.Join(odd, "\n")
		assert.Contains(t, text, d.Store()+" holds secrets")
		assert.Contains(t, text, d.Keys()+" holds secrets")
	}

	none, err := datadir.At(filepath.Join(t.TempDir(), "none")).Odd()
	assert.NoError(t, err)
	assert.Empty(t, none)
}

func TestOddOwner(t *testing.T) {
	asRoot(t)
	d := servicesFolder(t)
	require.NoError(t, os.WriteFile(d.Store(), nil, 0o600))
	odd, err := d.Odd()
	require.NoError(t, err)
	if assert.Len(t, odd, 1) {
		assert.Contains(t, odd[0], d.Store()+" belongs to user 0")
		assert.Contains(t, odd[0], "chown -h 61017:61017")
	}
}
