package main

import (
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// openPrivately shows a page from a file in the user's own folder, which nobody else
// but an administrator can read.
func openPrivately(page []byte) error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	dir := filepath.Join(cache, "mcos")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(dir, "console.html")
	if err := os.WriteFile(path, page, 0o600); err != nil {
		return err
	}
	if windows.GetCurrentProcessToken().IsElevated() {
		// The desktop opens it without the rights of this program.
		return exec.Command("explorer", path).Start()
	}
	return exec.Command("rundll32", "url.dll,FileProtocolHandler", path).Start()
}
