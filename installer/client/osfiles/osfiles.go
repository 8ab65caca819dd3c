// Package osfiles are the files of this computer under Windows paths.
package osfiles

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"mcos/installer/client/host"
)

// Files implements host.Files on the disk.
type Files struct {
	// Resolve turns a Windows path into one of this computer; nil when they are the same.
	Resolve func(path string) (string, error)
}

func (f Files) at(path string) (string, error) {
	if f.Resolve == nil {
		return path, nil
	}
	return f.Resolve(path)
}

// Native implements host.Files.
func (f Files) Native(path string) string {
	if native, err := f.at(path); err == nil {
		return native
	}
	return path
}

const writable = 0o200

func describe(i fs.FileInfo) host.FileInfo {
	return host.FileInfo{Name: i.Name(), Dir: i.IsDir(), ReadOnly: i.Mode().Perm()&writable == 0, Size: i.Size()}
}

// Stat implements host.Files.
func (f Files) Stat(path string) (host.FileInfo, error) {
	native, err := f.at(path)
	if err != nil {
		return host.FileInfo{}, err
	}
	i, err := os.Stat(native)
	if err != nil {
		return host.FileInfo{}, err
	}
	return describe(i), nil
}

// List implements host.Files. Links are left out: they may lead outside.
func (f Files) List(dir string) ([]host.FileInfo, error) {
	native, err := f.at(dir)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(native)
	var out []host.FileInfo
	for _, e := range entries {
		if i, err := e.Info(); err == nil && i.Mode()&fs.ModeSymlink == 0 {
			out = append(out, describe(i))
		}
	}
	return out, err
}

// maxRead is the largest file that is taken into memory, in bytes.
const maxRead = 16 << 20

// Read implements host.Files.
func (f Files) Read(path string) ([]byte, error) {
	native, err := f.at(path)
	if err != nil {
		return nil, err
	}
	i, err := os.Stat(native)
	if err == nil && i.Size() > maxRead {
		return nil, fmt.Errorf("%s is too large", path)
	}
	return os.ReadFile(native)
}

// Write implements host.Files.
func (f Files) Write(path string, content []byte) error {
	native, err := f.at(path)
	if err != nil {
		return err
	}
	return Replace(native, content)
}

// Replace gives a file a new content in one step, with the permissions that it has.
func Replace(path string, content []byte) error {
	mode := fs.FileMode(0o644)
	if i, err := os.Stat(path); err == nil {
		mode = i.Mode().Perm()
	}
	// A fixed name, so that what a crash leaves is found by the next try. It is made
	// anew: somebody may have put a link to another file there.
	temp := path + ".mcos-new"
	err := ignoreMissing(os.Remove(temp))
	if err == nil {
		err = writeSynced(temp, content, mode)
	}
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return errors.Join(err, ignoreMissing(os.Remove(temp)))
	}
	if d, err := os.Open(filepath.Dir(path)); err == nil {
		_ = d.Sync() // not every system can
		_ = d.Close()
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func writeSynced(path string, content []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// Plain implements host.Files. A link that this user, or the system, has made is
// fine on Unix: Wine itself leads the drives through links.
func (f Files) Plain(path string) error {
	native, err := f.at(path)
	if err != nil {
		return err
	}
	for p := native; filepath.Dir(p) != p; p = filepath.Dir(p) {
		info, err := os.Lstat(p)
		if err == nil && info.Mode()&(fs.ModeSymlink|fs.ModeIrregular) != 0 && !ownLink(info) {
			return fmt.Errorf("%s leads through a link (%s): %w", path, p, host.ErrLink)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Remove implements host.Files.
func (f Files) Remove(path string) error {
	native, err := f.at(path)
	if err != nil {
		return err
	}
	return os.Remove(native)
}

// Rename implements host.Files.
func (f Files) Rename(from, to string) error {
	a, err := f.at(from)
	if err != nil {
		return err
	}
	b, err := f.at(to)
	if err != nil {
		return err
	}
	return os.Rename(a, b)
}

// SetReadOnly implements host.Files.
func (f Files) SetReadOnly(path string, readOnly bool) error {
	native, err := f.at(path)
	if err != nil {
		return err
	}
	i, err := os.Stat(native)
	if err != nil {
		return err
	}
	mode := i.Mode().Perm() | writable
	if readOnly {
		mode = i.Mode().Perm() &^ 0o222
	}
	return os.Chmod(native, mode)
}
