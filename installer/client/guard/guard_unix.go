//go:build unix

package guard

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

func check(path string, _ ...string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	switch me := os.Geteuid(); {
	case info.Mode()&fs.ModeSymlink != 0:
		return untrusted("it is a link")
	case ok && st.Uid != 0 && int(st.Uid) != me:
		return untrusted("it belongs to another user; run this as the user whose game it is")
	case info.Mode().Perm()&0o022 != 0:
		return untrusted("others may write to it")
	}
	return nil
}

// Create makes a new file that only this user can change, and the folder for it.
func Create(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	if err := Check(path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
}
