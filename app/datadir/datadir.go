// Package datadir finds the data folder, makes it on the first start and knows
// what each file in it is called.
package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Dir is a data folder. Its methods only join names; they do not look at the
// disk.
type Dir struct{ root string }

// At is the folder with this path, which need not exist.
func At(path string) Dir {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return Dir{root: path}
}

// Root is the absolute path of the folder.
func (d Dir) Root() string { return d.root }

// String is the absolute path of the folder.
func (d Dir) String() string { return d.root }

// Config is the configuration file.
func (d Dir) Config() string { return filepath.Join(d.root, "mcos.yaml") }

// Store is the file of the store.
func (d Dir) Store() string { return filepath.Join(d.root, "mcos.db") }

// StagedRestore is a backup that takes the place of the store at the next start.
func (d Dir) StagedRestore() string { return d.Store() + ".restore" }

// Keys is the folder of the server's keys.
func (d Dir) Keys() string { return filepath.Join(d.root, "keys") }

// Sessions is the folder of recorded sessions.
func (d Dir) Sessions() string { return filepath.Join(d.root, "sessions") }

// Logs is the folder of the log files.
func (d Dir) Logs() string { return filepath.Join(d.root, "logs") }

// LogFile is the log file that is being written.
func (d Dir) LogFile() string { return filepath.Join(d.Logs(), "mcos.log") }

// Backups is the folder of the copies made by schedule and before a migration.
func (d Dir) Backups() string { return filepath.Join(d.root, "backups") }

// ConsolePassword is the file with the hash of the operator's password.
func (d Dir) ConsolePassword() string { return filepath.Join(d.root, "console.passwd") }

// ConsoleToken is the file with the secret of the local interface.
func (d Dir) ConsoleToken() string { return filepath.Join(d.root, "console.token") }

// ConsoleAddr is the file with the address of the local interface while a server
// runs.
func (d Dir) ConsoleAddr() string { return filepath.Join(d.root, "console.addr") }

// Permissions of new folders. Keys, recorded sessions and copies of the store
// hold secrets; the others may be opened to a group.
const (
	openMode   = 0o750
	secretMode = 0o700
)

// Open makes the folder with its sub folders where they are missing and checks
// that this user may write there. Folders that exist keep their permissions. The
// error names the folder and says what to do.
func Open(path string) (Dir, error) {
	d := At(path)
	if err := own(d.root); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Dir{}, err
	}
	if err := d.make(); err != nil {
		return Dir{}, explain(d.root, err)
	}
	return d, d.Writable()
}

func (d Dir) make() error {
	made := missing(d.root)
	if err := os.MkdirAll(d.root, openMode); err != nil {
		return err
	}
	if err := inherit(made); err != nil {
		return err
	}
	secret := []string{d.Keys(), d.Sessions(), d.Backups()}
	for _, dir := range append(secret, d.Logs()) {
		mode := fs.FileMode(openMode)
		if slices.Contains(secret, dir) {
			mode = secretMode
		}
		if err := os.MkdirAll(dir, mode); err != nil {
			return err
		}
	}
	return d.HandBack()
}

// missing lists the folders that have to be made for path, the outermost first.
func missing(path string) []string {
	var list []string
	for {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) || filepath.Dir(path) == path {
			slices.Reverse(list)
			return list
		}
		list = append(list, path)
		path = filepath.Dir(path)
	}
}

// Writable checks that this user may write into the folder. It writes a file and
// removes it: on a read-only disk, or with odd permissions, nothing else tells
// for sure.
func (d Dir) Writable() error {
	f, err := os.CreateTemp(d.root, ".write-test-*")
	if err == nil {
		err = errors.Join(f.Close(), os.Remove(f.Name()))
	}
	if err != nil {
		return explain(d.root, err)
	}
	return nil
}

// explain puts a failure into an operator's words.
func explain(root string, err error) error {
	var where *fs.PathError
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("data folder %s: this user may not write there (%w); run as the folder's owner, or choose another folder with --data-dir", root, err)
	case errors.As(err, &where) && isFile(where.Path):
		return fmt.Errorf("data folder %s: %s is a file where a folder should be; choose another folder with --data-dir", root, where.Path)
	}
	return fmt.Errorf("data folder %s: %w; choose another folder with --data-dir", root, err)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}
