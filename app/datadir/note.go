package datadir

import (
	"os"
	"path/filepath"
	"strings"
)

// serviceRun is where the service of the Linux packages keeps what ends with it.
const serviceRun = "/run/mcos"

// Public is the folder in which a service on Windows leaves what every user of the
// computer may read; the rest of the data folder is closed to them.
func (d Dir) Public() string { return filepath.Join(d.root, "public") }

const noteName = "console.json"

// NoteToWrite is the file in which a service tells every user of the computer where
// its console is: in the folder that systemd gives it (RUNTIME_DIRECTORY), or in the
// one that the installer has made on Windows. It is "" for any other server, which its
// user finds by the data folder.
func (d Dir) NoteToWrite(getenv func(string) string) string {
	if dir, _, _ := strings.Cut(getenv("RUNTIME_DIRECTORY"), ":"); filepath.IsAbs(dir) {
		return filepath.Join(dir, noteName)
	}
	if info, err := os.Stat(d.Public()); err == nil && info.IsDir() {
		return filepath.Join(d.Public(), noteName)
	}
	return ""
}

// NoteToRead is where the note of a service lies on this computer.
func NoteToRead(getenv func(string) string) string {
	l := Locator{Getenv: getenv}.withDefaults()
	if l.OS == "windows" {
		return filepath.Join(l.ProgramData(), "MCOS", "public", noteName)
	}
	return filepath.Join(serviceRun, noteName)
}
