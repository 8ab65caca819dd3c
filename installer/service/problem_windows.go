package service

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"

	"mcos/protocol/plain"
)

// problemFile is where the service leaves why it has ended, for all who ask how it is:
// the event log is not for everybody to read. Only the service and administrators can
// write there.
func problemFile() string {
	dir, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, windows.KF_FLAG_DONT_VERIFY)
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "MCOS", publicName, "problem.txt")
}

// leaveProblem writes why the service has ended, and with "" that it is well.
func leaveProblem(text string) {
	path := problemFile()
	if text == "" {
		_ = os.Remove(path) // none is the usual case
		return
	}
	_ = os.WriteFile(path, []byte(plain.Text(text, plain.Page)), 0o644) //nolint:gosec // for everybody
}

// lastProblem is what leaveProblem has written last, "" when there is nothing.
func lastProblem() string {
	text, err := os.ReadFile(problemFile())
	if err != nil {
		return ""
	}
	return plain.Line(string(text), 4*plain.Long)
}
