package datadir

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLocate(t *testing.T) {
	join := filepath.Join
	for name, tc := range map[string]struct {
		flag   string
		env    map[string]string
		os     string
		exists []string
		want   string
	}{
		"the flag wins":        {flag: "/flag", env: map[string]string{"MCOS_DATA_DIR": "/env", "STATE_DIRECTORY": "/state"}, want: "/flag"},
		"then our variable":    {env: map[string]string{"MCOS_DATA_DIR": "/env", "STATE_DIRECTORY": "/state"}, want: "/env"},
		"then systemd":         {env: map[string]string{"STATE_DIRECTORY": "/var/lib/mcos", "HOME": "/home/a"}, want: "/var/lib/mcos"},
		"systemd, several":     {env: map[string]string{"STATE_DIRECTORY": "/var/lib/mcos:/var/lib/other"}, want: "/var/lib/mcos"},
		"systemd on windows":   {os: "windows", env: map[string]string{"STATE_DIRECTORY": "/x", "ProgramData": "D:"}, want: join("D:", "MCOS")},
		"windows":              {os: "windows", env: map[string]string{"ProgramData": "D:", "HOME": "/home/a"}, want: join("D:", "MCOS")},
		"XDG":                  {env: map[string]string{"XDG_DATA_HOME": "/xdg", "HOME": "/home/a"}, exists: []string{"/var/lib/mcos"}, want: join("/xdg", "mcos")},
		"relative XDG":         {env: map[string]string{"XDG_DATA_HOME": "xdg", "HOME": "/home/a"}, want: join("/home/a", ".local", "share", "mcos")},
		"home":                 {env: map[string]string{"HOME": "/home/a"}, want: join("/home/a", ".local", "share", "mcos")},
		"a service is there":   {env: map[string]string{"HOME": "/home/a"}, exists: []string{"/var/lib/mcos"}, want: "/var/lib/mcos"},
		"own before service":   {env: map[string]string{"HOME": "/home/a"}, exists: []string{"/var/lib/mcos", join("/home/a", ".local", "share", "mcos")}, want: join("/home/a", ".local", "share", "mcos")},
		"service, no home":     {exists: []string{"/var/lib/mcos"}, want: "/var/lib/mcos"},
		"nothing":              {want: ""},
		"windows with nothing": {os: "windows", env: map[string]string{"HOME": "/home/a"}, want: ""},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.os == "" {
				tc.os = "linux"
			}
			got, err := Locator{
				Flag: tc.flag, OS: tc.os,
				Getenv:      func(k string) string { return tc.env[k] },
				ProgramData: func() string { return tc.env["ProgramData"] },
				Exists: func(p string) bool {
					for _, e := range tc.exists {
						if e == p {
							return true
						}
					}
					return false
				},
			}.Locate()
			assert.Equal(t, tc.want, got)
			if tc.want == "" {
				assert.ErrorContains(t, err, "--data-dir")
			} else {
				assert.NoError(t, err)
			}
		})
	}
}

func TestLocateAsksThisMachine(t *testing.T) {
	want := t.TempDir()
	t.Setenv(EnvVar, want)
	got, err := Locator{}.Locate()
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func TestOpenMakesEverything(t *testing.T) {
	root := filepath.Join(t.TempDir(), "deep", "mcos")
	for range 2 { // also when everything is there
		d, err := Open(root)
		require.NoError(t, err)
		assert.Equal(t, root, d.Root())
		for path, mode := range map[string]os.FileMode{
			d.Root(): 0o750, d.Keys(): 0o700, d.Sessions(): 0o700, d.Backups(): 0o700, d.Logs(): 0o750,
		} {
			info, err := os.Stat(path)
			require.NoError(t, err)
			assert.True(t, info.IsDir())
			if runtime.GOOS != "windows" {
				assert.Zero(t, info.Mode().Perm()&^mode, "%s has %o", path, info.Mode().Perm())
			}
		}
		entries, err := os.ReadDir(root)
		require.NoError(t, err)
		assert.Len(t, entries, 4, "nothing else is left there")
	}
}

func TestNames(t *testing.T) {
	d := At(t.TempDir())
	for got, want := range map[string]string{
		d.Config(): "mcos.yaml", d.Store(): "mcos.db", d.Keys(): "keys", d.LogFile(): filepath.Join("logs", "mcos.log"),
		d.ConsoleToken(): "console.token", d.ConsoleAddr(): "console.addr",
	} {
		assert.Equal(t, filepath.Join(d.Root(), want), got)
	}
	assert.True(t, filepath.IsAbs(At("relative").Root()))
}

func TestOpenExplains(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := Open(file)
	require.ErrorContains(t, err, "is a file where a folder should be")
	assert.ErrorContains(t, err, "--data-dir")
	_, err = Open(filepath.Join(file, "below"))
	assert.ErrorContains(t, err, file)

	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("this user may write everywhere")
	}
	closed := t.TempDir()
	require.NoError(t, os.Chmod(closed, 0o500))
	_, err = Open(filepath.Join(closed, "mcos"))
	require.ErrorContains(t, err, "may not write there")
	assert.ErrorContains(t, err, closed)
}
