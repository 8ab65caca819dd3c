//go:build !windows

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"mcos/installer/service"
)

// mnemonic stands before the letter of a menu's line that is its key.
const mnemonic = "_"

// onlyOne takes the lock of this user's tray; errAnother when it is taken.
func onlyOne() (release func(), err error) {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		if dir, err = os.UserCacheDir(); err != nil {
			return nil, err
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(filepath.Join(dir, "mcos-tray.lock"), os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errAnother
		}
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}

var errNoPanel = errors.New("this desktop shows no tray icons (no StatusNotifier host); use the page of the console, or the commands mcos service start and mcos service stop. GNOME needs the extension AppIndicator")

// waitForPanel waits until something on the desktop shows icons.
func waitForPanel(ctx context.Context, patience time.Duration) error {
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		return fmt.Errorf("there is no desktop session here (%w); start the tray inside one", err)
	}
	defer bus.Close()
	watcher := bus.Object("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher")
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		host, err := watcher.GetProperty("org.kde.StatusNotifierWatcher.IsStatusNotifierHostRegistered")
		if there, ok := host.Value().(bool); err == nil && ok && there {
			return nil
		}
		select {
		case <-ctx.Done():
			return errNoPanel
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func openPage(url string) error {
	cmd := exec.Command("xdg-open", url)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("no browser could be opened; open %s yourself", url)
	}
	go func() { _ = cmd.Wait() }() // the browser's own business
	return nil
}

func interrupt(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

// autostart is the desktop entry in the user's autostart folder. An entry that says
// Hidden also switches off the one of a package.
type autostart struct{ own, system string }

func newStartup() startup {
	dir, err := os.UserConfigDir()
	if err != nil {
		dir = "."
	}
	return autostart{filepath.Join(dir, "autostart", "mcos-tray.desktop"), "/etc/xdg/autostart/mcos-tray.desktop"}
}

// Enabled implements startup.
func (a autostart) Enabled() bool {
	text, err := os.ReadFile(a.own)
	if err != nil {
		_, err := os.Stat(a.system)
		return err == nil
	}
	return !strings.Contains(string(text), "Hidden=true")
}

// Set implements startup.
func (a autostart) Set(on bool) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(a.own), 0o700); err != nil {
		return err
	}
	exec, err := desktopExec(self)
	if err != nil {
		return err
	}
	text := "[Desktop Entry]\nType=Application\nName=MCOS\nIcon=mcos\nExec=" + exec + " --login\n"
	if !on {
		text += "Hidden=true\n"
	}
	return os.WriteFile(a.own, []byte(text), 0o600)
}

// forget is for Windows; here the package manager knows all files, and what is in a home
// folder is the user's.
func forget(string) error { return service.ErrUnsupported }

// desktopExec is a program as the first word of the key Exec of a desktop entry, in
// which some signs mean more than themselves (Desktop Entry Specification). Line ends
// cannot be written there.
func desktopExec(path string) (string, error) {
	if strings.ContainsFunc(path, unicode.IsControl) || !utf8.ValidString(path) {
		return "", errors.New("the path of this program holds signs that the list of programs to start cannot hold; move it elsewhere")
	}
	word := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", "$", `\$`).Replace(path)
	return `"` + strings.NewReplacer(`\`, `\\`, "%", "%%").Replace(word) + `"`, nil
}
