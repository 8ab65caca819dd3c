package datadir

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// EnvVar names the data folder in the environment.
const EnvVar = "MCOS_DATA_DIR"

// serviceDir is where the service of the Linux packages keeps its data.
const serviceDir = "/var/lib/mcos"

// Locator says where to look for the data folder. The zero value of a field
// asks this process and this machine.
type Locator struct {
	Flag   string              // value of --data-dir, "" when not given
	Getenv func(string) string // os.Getenv
	OS     string              // runtime.GOOS
	Exists func(string) bool   // whether a folder exists
	// ProgramData is the folder for programs' data on Windows.
	ProgramData func() string
}

// Locate returns the path of the data folder, which need not exist: the flag,
// MCOS_DATA_DIR, the folder that systemd gives a service (STATE_DIRECTORY),
// %ProgramData%\MCOS on Windows, or a folder of the user: $XDG_DATA_HOME/mcos or
// ~/.local/share/mcos. A user who has none of his own, on a machine where the
// server is installed as a service, means the folder of that service.
func (l Locator) Locate() (string, error) {
	l = l.withDefaults()
	if l.Flag != "" {
		return l.Flag, nil
	}
	if dir := l.Getenv(EnvVar); dir != "" {
		return dir, nil
	}
	// systemd separates several folders by colons; the first one is the state.
	if dir, _, _ := strings.Cut(l.Getenv("STATE_DIRECTORY"), ":"); dir != "" && l.OS != "windows" {
		return dir, nil
	}
	if l.OS == "windows" {
		return l.windows()
	}
	return l.user()
}

func (l Locator) withDefaults() Locator {
	if l.Getenv == nil {
		l.Getenv = os.Getenv
	}
	if l.OS == "" {
		l.OS = runtime.GOOS
	}
	if l.Exists == nil {
		l.Exists = func(path string) bool {
			info, err := os.Stat(path)
			return err == nil && info.IsDir()
		}
	}
	if l.ProgramData == nil {
		l.ProgramData = func() string { return programData(l.Getenv) }
	}
	return l
}

var errNowhere = errors.New("cannot tell where the data folder should be; name it with --data-dir or " + EnvVar)

func (l Locator) windows() (string, error) {
	if dir := l.ProgramData(); dir != "" {
		return filepath.Join(dir, "MCOS"), nil
	}
	return "", errNowhere
}

func (l Locator) user() (string, error) {
	// A relative path is invalid there and counts as not set, says the standard
	// that this variable comes from.
	if dir := l.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "mcos"), nil
	}
	home := l.Getenv("HOME")
	own := filepath.Join(home, ".local", "share", "mcos")
	if (home == "" || !l.Exists(own)) && l.Exists(serviceDir) {
		return serviceDir, nil
	}
	if home == "" {
		return "", errNowhere
	}
	return own, nil
}
