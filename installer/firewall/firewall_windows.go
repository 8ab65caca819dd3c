package firewall

import (
	"context"
	"path/filepath"

	"golang.org/x/sys/windows"
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
