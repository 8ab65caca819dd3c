//go:build !windows

package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// showFile writes its standard input to a file that nobody else can read and has the
// desktop open that. It does all of this with the rights of the person at the desktop.
// Browsers in a snap see neither hidden files nor the folder for what is running. The
// file is of no use once the browser has read it.
const showFile = `umask 077
d=${XDG_RUNTIME_DIR:-}
[ -n "$d" ] && [ -w "$d" ] || d=$HOME
case "$(xdg-settings get default-web-browser 2>/dev/null)" in *_*.desktop) d=$HOME ;; esac
f=$d/mcos-console.html
rm -f "$f" && set -C && cat >"$f" || exit 1
(sleep 60; rm -f "$f") >/dev/null 2>&1 &
exec "$0" "$f"`

// openPrivately shows a page to the person at the desktop: with sudo that is who called
// it, because nobody should run a browser as root.
func openPrivately(page []byte) error {
	opener := "xdg-open"
	if runtime.GOOS == "darwin" {
		opener = "open"
	}
	program, err := exec.LookPath(opener)
	if err != nil {
		return err
	}
	cmd := exec.Command("/bin/sh", "-c", showFile, program)
	if uid := invoker(os.Getenv); os.Geteuid() == 0 && uid != "" {
		if err := become(cmd, uid); err != nil {
			return err
		}
	}
	// Through a pipe of its own, which holds all of the page: this program may end
	// before the other one reads.
	in, out, err := os.Pipe()
	if err != nil {
		return err
	}
	defer in.Close()
	_, err = out.Write(page)
	if err := firstOf(err, out.Close()); err != nil {
		return err
	}
	cmd.Stdin = in
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // it ends with the desktop's own business
	return nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// invoker is the user id of who has called this program through sudo or the like, "" for
// nobody else.
func invoker(getenv func(string) string) string {
	for _, name := range []string{"SUDO_UID", "PKEXEC_UID"} {
		if uid := getenv(name); uid != "" && uid != "0" {
			return uid
		}
	}
	if name := getenv("DOAS_USER"); name != "" {
		if u, err := user.Lookup(name); err == nil && u.Uid != "0" {
			return u.Uid
		}
	}
	return ""
}

// become makes a command one of another user, with what his desktop needs to be found.
func become(cmd *exec.Cmd, uid string) error {
	u, err := user.LookupId(uid)
	if err != nil {
		return err
	}
	who, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return err
	}
	group, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return err
	}
	credential := &syscall.Credential{Uid: uint32(who), Gid: uint32(group)}
	ids, err := u.GroupIds()
	if err != nil {
		return err
	}
	for _, id := range ids {
		if n, err := strconv.ParseUint(id, 10, 32); err == nil {
			credential.Groups = append(credential.Groups, uint32(n))
		}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
	cmd.Dir = "/"
	cmd.Env = desktopEnv(os.Environ(), u, filepath.Join("/run/user", u.Uid), exists)
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// kept are the variables of root's environment that speak of the desktop and not of
// root.
var kept = []string{"PATH", "LANG", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE", "XDG_DATA_DIRS"}

// desktopEnv is the environment of a user's desktop; runtime is the folder of his
// session.
func desktopEnv(environ []string, u *user.User, runtime string, exists func(string) bool) []string {
	env := []string{"HOME=" + u.HomeDir, "USER=" + u.Username, "LOGNAME=" + u.Username}
	has := map[string]bool{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		for _, k := range kept {
			if k == name && value != "" {
				env, has[k] = append(env, entry), true
			}
		}
	}
	if !exists(runtime) {
		return env
	}
	env = append(env, "XDG_RUNTIME_DIR="+runtime)
	if exists(filepath.Join(runtime, "bus")) {
		env = append(env, fmt.Sprintf("DBUS_SESSION_BUS_ADDRESS=unix:path=%s/bus", runtime))
	}
	if !has["WAYLAND_DISPLAY"] && exists(filepath.Join(runtime, "wayland-0")) {
		env = append(env, "WAYLAND_DISPLAY=wayland-0")
	}
	return env
}
