package bolt

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// tempMark is in the names of all temporary files, behind that of the store.
const tempMark = ".tmp-"

// createTemp creates a temporary file next to the store. Only its owner may read
// it, like the store.
func createTemp(path string) (*os.File, error) {
	return os.CreateTemp(filepath.Dir(path), filepath.Base(path)+tempMark+"*")
}

// removeTemps removes what a crash has left of temporary files. The caller holds
// the store's lock.
func removeTemps(path string) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return // tidying up is not worth failing for
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), filepath.Base(path)+tempMark) && e.Type().IsRegular() {
			_ = os.Remove(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
}

// writeFile makes a file appear whole or not at all: fill writes a temporary
// file, which is synced and renamed.
func writeFile(path string, fill func(*os.File) error) error {
	f, err := createTemp(path)
	if err != nil {
		return err
	}
	temp := f.Name()
	err = fill(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp)
		return err
	}
	return syncDir(filepath.Dir(path))
}

// publish gives a finished temporary file its real name, unless a file with that
// name exists already (fs.ErrExist), and removes the temporary name.
func publish(temp, path string) error {
	defer func() { _ = os.Remove(temp) }()
	err := os.Link(temp, path)
	if err == nil {
		return syncDir(filepath.Dir(path))
	}
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	// The file system has no hard links. Two programs that create the same
	// store in the same instant could overwrite each other here.
	if _, err := os.Lstat(path); err == nil {
		return fs.ErrExist
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a new name in a folder survive a power cut. Windows does so by
// itself and cannot sync folders, nor can some network file systems.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
