package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Remove removes everything of the server's in the folder, and the folder itself. What
// else lies in it stays, and the folder then stays as well and is named in the error. A
// folder that is not there is no error. Links are removed and not followed.
func (d Dir) Remove() error {
	entries, err := os.ReadDir(d.root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	errs := []error{err}
	strange := 0
	for _, e := range entries {
		if d.owns(e.Name()) {
			errs = append(errs, removeAll(filepath.Join(d.root, e.Name())))
		} else {
			strange++
		}
	}
	if strange > 0 {
		return errors.Join(append(errs, fmt.Errorf("%s holds other things as well and stays", d.root))...)
	}
	return errors.Join(append(errs, os.Remove(d.root))...)
}

// owns tells by its name whether something directly in the folder is the server's: its
// folders, and the files, also unfinished and kept ones, whose names begin as those
// of the others do.
func (d Dir) owns(name string) bool {
	for _, folder := range []string{d.Keys(), d.Sessions(), d.Logs(), d.Backups(), d.Public()} {
		if name == filepath.Base(folder) {
			return true
		}
	}
	return slices.ContainsFunc([]string{"mcos.", "console.", ".write-test-"}, func(start string) bool { return strings.HasPrefix(name, start) })
}

// removeAll removes a file or folder. It does so one by one, because os.RemoveAll asks
// Windows for more than Wine has.
func removeAll(path string) error {
	var all []string
	err := filepath.WalkDir(path, func(path string, _ fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		all = append(all, path)
		return err
	})
	errs := []error{err}
	for _, path := range slices.Backward(all) {
		errs = append(errs, os.Remove(path))
	}
	return errors.Join(errs...)
}
