package bolt

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// beforeRestore is added to the name of the file that Restore replaces.
const beforeRestore = ".before-restore"

// Restore replaces the store at path by a backup. The backup is written next to
// it, opened, brought to the current schema and verified; only then does it take
// the store's place, in one step. The old file is kept under another name, which is
// returned ("" when there was no file): path.before-restore, or with a number behind
// it when earlier restores have left files. Restore returns ErrLocked while the
// store is open, and on any error the store stays as it was.
func Restore(path string, r io.Reader) (kept string, err error) {
	return restore(path, r, migrations)
}

func restore(path string, r io.Reader, steps []migration) (kept string, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("restore store %s: %w", path, err)
		}
	}()
	unlock, err := lockForRestore(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	temp, err := receive(path, r)
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(temp) }() // nothing is there any more on success
	if err := verifyFile(temp, steps); err != nil {
		return "", fmt.Errorf("the backup cannot be used: %w", err)
	}
	if kept, err = keepOld(path); err != nil {
		return "", fmt.Errorf("keep the old file: %w", err)
	}
	if runtime.GOOS == "windows" {
		// An open file cannot be replaced there, which also means that nobody
		// can get in between.
		if err := unlock(); err != nil {
			return "", err
		}
	}
	if err := os.Rename(temp, path); err != nil {
		return "", err
	}
	return kept, syncDir(filepath.Dir(path))
}

// Stage checks a backup as Restore does and leaves it, in the current schema, in a file
// of its own in the folder of the store, for Restore to take later. The store may be
// in use meanwhile. On any error, an older file of that name stays.
func Stage(store, staged string, r io.Reader) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("check backup for %s: %w", store, err)
		}
	}()
	temp, err := receive(store, r)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp) }() // nothing is there any more on success
	if err := verifyFile(temp, migrations); err != nil {
		return err
	}
	if err := os.Rename(temp, staged); err != nil {
		return err
	}
	return syncDir(filepath.Dir(staged))
}

// lockForRestore keeps other programs from opening the store for writing until
// unlock is called, which may happen twice. A missing or damaged file needs no
// lock: nobody can have it open.
func lockForRestore(path string) (unlock func() error, err error) {
	nothing := func() error { return nil }
	db, _, err := openShared(Options{Path: path}.withDefaults())
	switch {
	case err == nil:
		return db.Close, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrForeign), errors.Is(err, ErrCorrupt):
		return nothing, nil
	}
	return nothing, err
}

// receive writes the backup to a temporary file and returns its name.
func receive(path string, r io.Reader) (temp string, err error) {
	f, err := createTemp(path)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, r)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// keepOld gives the old file its second name, by a hard link or else by a copy, and
// returns that name, "" when there is no old file. The path itself stays in place
// all the time: a crash must not make the store look missing.
func keepOld(path string) (kept string, err error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%w: it is not a regular file", ErrForeign)
	}
	kept, err = nameToKeep(path+beforeRestore, info)
	if err != nil {
		return "", err
	}
	if err := linkOver(path, kept); err == nil {
		return kept, nil
	}
	return kept, writeFile(kept, func(to *os.File) error {
		from, err := os.Open(path)
		if err != nil {
			return err
		}
		_, err = io.Copy(to, from)
		return errors.Join(err, from.Close())
	})
}

// nameToKeep finds a name that no other file has: the wanted one, or that with a
// number behind it. A name that leads to the file itself, left by a restore that
// was cut off, will do.
func nameToKeep(wanted string, file os.FileInfo) (string, error) {
	name := wanted
	for n := 2; ; n++ {
		there, err := os.Lstat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist), err == nil && os.SameFile(there, file):
			return name, nil
		case err != nil:
			return "", err
		}
		name = fmt.Sprintf("%s-%d", wanted, n)
	}
}

// linkOver makes a hard link, replacing what has its name.
func linkOver(path, link string) error {
	temp := link + tempMark + "link"
	_ = os.Remove(temp)
	if err := os.Link(path, temp); err != nil {
		return err
	}
	// If both names lead to one file already, rename leaves both: hence remove.
	err := os.Rename(temp, link)
	_ = os.Remove(temp)
	return err
}
