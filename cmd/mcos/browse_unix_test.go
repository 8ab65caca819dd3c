//go:build !windows

package main

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The desktop is given a file that only this user can read, and never the address.
func TestAddressInNoArguments(t *testing.T) {
	bin, home := t.TempDir(), t.TempDir()
	opened := filepath.Join(home, "opened")
	script := "#!/bin/sh\nprintf '%s' \"$*\" >" + opened + ".new && mv " + opened + ".new " + opened + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "xdg-open"), []byte(script), 0o755))
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("HOME", home)
	t.Setenv("XDG_RUNTIME_DIR", "")
	for _, name := range []string{"SUDO_UID", "PKEXEC_UID", "DOAS_USER"} {
		t.Setenv(name, "")
	}
	// Something of that name may be there: a link to a file that is not to be written.
	precious := filepath.Join(home, "precious")
	require.NoError(t, os.WriteFile(precious, []byte("mine"), 0o644))
	page := filepath.Join(home, "mcos-console.html")
	require.NoError(t, os.Symlink(precious, page))

	const address = "http://127.0.0.1:3000/enter?code=0123456789abcdef&x=<y>"
	require.NoError(t, openBrowser(address))
	require.Eventually(t, func() bool { return exists(opened) }, 20*time.Second, 10*time.Millisecond)
	arguments, err := os.ReadFile(opened)
	require.NoError(t, err)
	assert.Equal(t, page, string(arguments))
	info, err := os.Lstat(page)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.Contains(t, string(text), `content="0; url=http://127.0.0.1:3000/enter?code=0123456789abcdef&amp;x=`)
	assert.NotContains(t, string(text), "<y>")
	kept, err := os.ReadFile(precious)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(kept))
}

func TestNoBrowser(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	assert.ErrorIs(t, openBrowser("http://127.0.0.1/"), exec.ErrNotFound)
}

func TestInvoker(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"":     {},
		"1000": {"SUDO_UID": "1000", "PKEXEC_UID": "1001"},
		"1001": {"SUDO_UID": "0", "PKEXEC_UID": "1001"},
	} {
		assert.Equal(t, want, invoker(func(name string) string { return env[name] }))
	}
	assert.Empty(t, invoker(func(name string) string { return map[string]string{"DOAS_USER": "root"}[name] }))
}

// Root's own settings stay behind.
func TestDesktopEnv(t *testing.T) {
	u := &user.User{Uid: "1000", Username: "anna", HomeDir: "/home/anna"}
	there := func(names ...string) func(string) bool {
		return func(path string) bool { return strings.Contains(" "+strings.Join(names, " ")+" ", " "+path+" ") }
	}
	root := []string{"HOME=/root", "USER=root", "DISPLAY=:0", "LD_PRELOAD=/root/x", "XDG_RUNTIME_DIR=/run/user/0", "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/0/bus"}
	assert.Equal(t, []string{"HOME=/home/anna", "USER=anna", "LOGNAME=anna", "DISPLAY=:0"}, desktopEnv(root, u, "/run/user/1000", there()))
	assert.Equal(t, []string{
		"HOME=/home/anna", "USER=anna", "LOGNAME=anna", "DISPLAY=:0", "XDG_RUNTIME_DIR=/run/user/1000",
		"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus", "WAYLAND_DISPLAY=wayland-0",
	}, desktopEnv(root, u, "/run/user/1000", there("/run/user/1000", "/run/user/1000/bus", "/run/user/1000/wayland-0")))
}
