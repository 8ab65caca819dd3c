package app

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/config"
	"mcos/app/config/schema"
	"mcos/app/console/pages"
)

// entry finds a setting in the view.
func entry(t *testing.T, s *settings, path string) pages.Setting {
	t.Helper()
	view, err := s.Settings()
	require.NoError(t, err)
	for _, e := range view.Entries {
		if e.Path == path {
			return e
		}
	}
	t.Fatalf("no setting %s", path)
	return pages.Setting{}
}

func TestSettingsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mcos.yaml")
	text := "# mine\nshard:\n  name: Old # the name\nweb:\n  signup: code\n  signup_code: hush\n"
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	running := config.Default()
	running.Shard.Name = "Old"
	s := &settings{running: running, file: ConfigFile{
		Path: path, Environ: []string{"MCOS_LOG_LEVEL=debug"}, Flags: []schema.Override{{Path: "server.listen", Value: "127.0.0.1", Origin: "--listen"}},
	}}
	assert.Equal(t, "MCOS_LOG_LEVEL", entry(t, s, "log.level").Fixed)
	assert.Equal(t, "--listen", entry(t, s, "server.listen").Fixed)
	code := entry(t, s, "web.signup_code")
	assert.True(t, code.Set)
	assert.True(t, code.Waits, "the running server has none yet")
	assert.Empty(t, code.Value+code.Running+code.Default)
	assert.NotEmpty(t, entry(t, s, "research.tickets").Fixed, "its rows hold secrets")

	s.running.Web.SignupCode, s.view = "hush", nil
	assert.False(t, entry(t, s, "web.signup_code").Waits)

	require.NoError(t, s.ChangeSettings(map[string]string{"shard.name": "New"}))
	name := entry(t, s, "shard.name")
	assert.Equal(t, [3]string{"New", "Old", ""}, [3]string{name.Value, name.Running, name.Fixed})
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "# mine\nshard:\n  name: New # the name\nweb:\n  signup: code\n  signup_code: hush\n", string(got))
	old, err := os.ReadFile(path + ".old")
	require.NoError(t, err, "the way back of whose server does not start any more")
	assert.Contains(t, string(old), "name: Old # the name")
	if runtime.GOOS != "windows" {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "it can hold a sign-up code")
	}

	for _, wrong := range []map[string]string{
		{"race.max_humans": "9"}, {"no.such": "x"}, {"server.public_host": "http://x"},
	} {
		require.Error(t, s.ChangeSettings(wrong))
	}
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(got), string(after), "nothing is lost")

	require.NoError(t, os.WriteFile(path, []byte("web:\n  signup_code: \"\"\n"), 0o600))
	assert.False(t, entry(t, s, "web.signup_code").Set, "none is the default")

	require.NoError(t, os.WriteFile(path, []byte("shard: [\n"), 0o600))
	view, err := s.Settings()
	require.NoError(t, err)
	assert.Contains(t, view.Problem, "mcos.yaml")
	assert.Equal(t, "Old", entry(t, s, "shard.name").Value)
	require.NoError(t, os.Remove(path))
	require.NoError(t, s.ChangeSettings(map[string]string{"shard.name": "New"}))
	assert.Equal(t, "New", entry(t, s, "shard.name").Value, "a file that was not there is made")
}
