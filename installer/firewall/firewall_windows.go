package firewall

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/windows"

	"mcos/protocol/plain"
)

// New is the firewall of this computer. Its tool is taken from the system's own
// folder, whatever PATH says.
func New() (Firewall, error) {
	dir, err := windows.GetSystemDirectory()
	if err != nil {
		return Firewall{}, err
	}
	return Firewall{Run: func(ctx context.Context, name string, args ...string) error {
		return run(ctx, filepath.Join(dir, name+".exe"), args...)
	}}, nil
}

// run starts a program and puts what it printed into the error.
func run(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, plain.Line(string(out), plain.Long))
	}
	return nil
}
