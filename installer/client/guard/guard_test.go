package guard

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("making a trusted file needs administrator rights on Windows")
	}
	path := filepath.Join(t.TempDir(), "record", "undo")
	require.NoError(t, Check(path), "nothing there")
	f, err := Create(path)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.NoError(t, Check(path))
	_, err = Create(path)
	require.ErrorIs(t, err, os.ErrExist)

	require.NoError(t, os.Chmod(path, 0o666))
	require.ErrorIs(t, Check(path), ErrUntrusted)
	require.NoError(t, os.Chmod(path, 0o644))
	require.NoError(t, os.Chmod(filepath.Dir(path), 0o777))
	require.ErrorIs(t, Check(path), ErrUntrusted, "the folder lets others replace the file")
	_, err = Create(filepath.Join(filepath.Dir(path), "new"))
	require.ErrorIs(t, err, ErrUntrusted)
	require.NoError(t, os.Chmod(filepath.Dir(path), 0o755))

	require.NoError(t, os.Rename(path, path+"2"))
	require.NoError(t, os.Symlink(path+"2", path))
	require.ErrorIs(t, Check(path), ErrUntrusted, "a link")
	if os.Geteuid() == 0 {
		require.NoError(t, os.Remove(path))
		require.NoError(t, os.Rename(path+"2", path))
		require.NoError(t, os.Chown(path, 12345, -1))
		require.ErrorIs(t, Check(path), ErrUntrusted, "of another user")
	}
}

func TestJudge(t *testing.T) {
	const admins, system, users = "S-1-5-32-544", "S-1-5-18", "S-1-5-32-545"
	for name, c := range map[string]struct {
		owner string
		list  []entry
		ok    bool
	}{
		"as we make it": {admins, []entry{
			{allow: true, mask: 0x1f01ff, sid: system}, {allow: true, mask: 0x1f01ff, sid: admins}, {allow: true, mask: 0x1200a9, sid: users},
		}, true},
		"of a player":                  {"S-1-5-21-1-2-3-1001", nil, false},
		"players may add files":        {admins, []entry{{allow: true, mask: 0x2, sid: users}}, false},
		"players may change rights":    {system, []entry{{allow: true, mask: 0x40000, sid: "S-1-1-0"}}, false},
		"players may all":              {admins, []entry{{allow: true, mask: 0x10000000, sid: users}}, false},
		"for later files only":         {admins, []entry{{allow: true, inherit: true, mask: 0x10000000, sid: "S-1-3-0"}}, true},
		"refused to players, readable": {admins, []entry{{mask: 0x1f01ff, sid: users}, {allow: true, mask: 0x120089, sid: users}}, true},
	} {
		assert.NoError(t, judge(admins, []entry{{allow: true, mask: 0x1301bf, sid: "S-1-5-80-1"}}, "S-1-5-80-1"), "the service's own")
		err := judge(c.owner, c.list)
		if c.ok {
			assert.NoError(t, err, name)
		} else {
			assert.ErrorIs(t, err, ErrUntrusted, name)
		}
	}
}
