// Package launch starts other programs for the tray: the game, and the command line
// that lies beside the tray with the rights it needs. Nothing of it opens a window of
// its own.
package launch

import (
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Command is the path of the server program, which lies beside the tray.
func Command() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	name := filepath.Join(filepath.Dir(self), "mcos")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return name, nil
}

// Helper implements play.Helper with the command line beside the tray.
type Helper struct{}

// Game implements play.Starter.
type Game struct {
	// Log is the file that takes what Wine says.
	Log string
	// Patience is how long an early end of the game counts as a failed start.
	Patience time.Duration
}
