// Package launch starts other programs for the tray: the game, and the command line
// that lies beside the tray with the rights it needs. Nothing of it opens a window of
// its own.
package launch

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"mcos/cmd/mcos-tray/play"
	"mcos/installer/elevate"
	"mcos/protocol/plain"
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

// Run implements play.Helper. The command line asks Windows for more rights itself
// where it changes the game or a network; for all else it is started with more where it fails
// without: the data of a service are the administrators'.
func (Helper) Run(ctx context.Context, args ...string) (string, error) {
	name, err := Command()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, name, args...)
	Hide(cmd)
	var out limited
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	said := plain.Text(out.String(), plain.Page)
	if err != nil && !slices.Contains([]string{"client", "network"}, args[0]) && elevate.Needed() {
		said, err = elevate.Run(ctx, name, args...)
	}
	if errors.Is(err, elevate.ErrRefused) || err != nil && strings.Contains(said, elevate.ErrRefused.Error()) {
		return said, play.ErrRefused
	}
	return said, err
}

// limited keeps the start of what a program says.
type limited struct{ bytes.Buffer }

// Write implements io.Writer; what is too much is taken and forgotten.
func (l *limited) Write(p []byte) (int, error) {
	_, _ = l.Buffer.Write(p[:min(len(p), max(0, plain.Page-l.Len()))]) // memory takes it
	return len(p), nil
}

// Game implements play.Starter.
type Game struct {
	// Log is the file that takes what Wine says.
	Log string
	// Patience is how long an early end of the game counts as a failed start.
	Patience time.Duration
}
