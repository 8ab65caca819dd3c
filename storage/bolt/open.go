package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// DefaultTimeout is how long Open waits for the file lock by default.
const DefaultTimeout = time.Second

// mapped is how much of a file is mapped into memory at least, in bytes. When a store
// outgrows its mapping, a commit waits until no View is left; small stores, which grow
// all the time, shall not.
const mapped = 256 << 10

// fileMode lets only the owner read the store: it holds password hashes.
const fileMode = 0o600

// Options say how a store is opened.
type Options struct {
	// Path is the file. Its folder must exist.
	Path string
	// BackupDir is where a copy goes before a migration, made when needed. The
	// default is a folder "backups" next to the file.
	BackupDir string
	// Timeout is how long to wait for another program to release the file; 0
	// means DefaultTimeout.
	Timeout time.Duration
	// Now tells the time, for the names of backups. The default is time.Now.
	Now func() time.Time
	// Log takes rare events (a store created, migrated, reopened) with their
	// details. It may be nil.
	Log func(event string, fields map[string]any)
	// NoSync leaves out all syncs. It is for tests: a power cut may then
	// destroy the file.
	NoSync bool

	// noBackup migrates without a copy, for files that are copies themselves.
	noBackup bool
	// openFile is os.OpenFile; tests do things at that moment.
	openFile func(string, int, os.FileMode) (*os.File, error)
}

func (o Options) withDefaults() Options {
	if o.BackupDir == "" {
		o.BackupDir = filepath.Join(filepath.Dir(o.Path), "backups")
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = func(string, map[string]any) {}
	}
	if o.openFile == nil {
		o.openFile = os.OpenFile
	}
	return o
}

// Open opens the store, creating it if it does not exist, and brings it to the
// current schema. It returns ErrLocked, ErrForeign, ErrCorrupt or ErrNewer,
// wrapped with the path and the reason, and leaves the file untouched then.
func Open(opts Options) (*Store, error) {
	return open(opts, migrations)
}

// openAttempts is how often open starts over when the file was replaced by
// another one while it waited for the lock.
const openAttempts = 5

func open(opts Options, steps []migration) (*Store, error) {
	opts = opts.withDefaults()
	for range openAttempts {
		if err := createMissing(opts, steps); err != nil {
			return nil, fmt.Errorf("create store %s: %w", opts.Path, err)
		}
		if err := inspect(opts, firstSchema+uint32(len(steps))); err != nil {
			return nil, fmt.Errorf("open store %s: %w", opts.Path, err)
		}
		db, err := lockAndOpen(opts)
		if errors.Is(err, errReplaced) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("open store %s: %w", opts.Path, err)
		}
		removeTemps(opts.Path)
		if err := migrate(db, opts, steps); err != nil {
			return nil, errors.Join(fmt.Errorf("open store %s: %w", opts.Path, err), db.Close())
		}
		return &Store{opts: opts, db: db}, nil
	}
	return nil, fmt.Errorf("open store %s: %w: it is being replaced again and again", opts.Path, ErrLocked)
}

// createMissing makes a new store if there is no file. It is built under another
// name, so that a file with the real name is always a whole store.
func createMissing(opts Options, steps []migration) error {
	if _, err := os.Stat(opts.Path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := createTemp(opts.Path)
	if err != nil {
		return err
	}
	temp := f.Name()
	err = f.Close()
	if err == nil {
		err = build(temp, opts, steps)
	}
	if err != nil {
		_ = os.Remove(temp)
		return err
	}
	if err = publish(temp, opts.Path); err == nil {
		opts.Log("store created", map[string]any{"path": opts.Path})
		return nil
	}
	if _, statErr := os.Stat(opts.Path); statErr == nil {
		return nil // another program was faster
	}
	return err
}

// build fills an empty file with an empty store.
func build(path string, opts Options, steps []migration) error {
	opts.NoSync = false // the new name must never lead to half a file
	db, err := bbolt.Open(path, fileMode, boltOptions(opts))
	if err != nil {
		return err
	}
	err = db.Update(layout)
	if err == nil {
		err = runSteps(db, steps, firstSchema)
	}
	return errors.Join(err, db.Close())
}

// inspect looks at the file under a shared lock, changing nothing: that it is
// whole, ours and not newer than this program.
func inspect(opts Options, current uint32) error {
	db, file, err := openShared(opts)
	if err != nil {
		return err
	}
	err = checkStructure(file)
	if err == nil {
		err = db.View(func(tx *bbolt.Tx) error {
			_, err := checkSchema(tx, current)
			return err
		})
	}
	return errors.Join(err, db.Close())
}

// openShared opens the file for reading under a shared lock. Nothing but its
// heads has been looked at then.
func openShared(opts Options) (*bbolt.DB, *os.File, error) {
	if err := checkHead(opts.Path); err != nil {
		return nil, nil, err
	}
	var file *os.File
	o := boltOptions(opts)
	o.ReadOnly = true
	o.OpenFile = remember(opts, &file)
	db, err := bbolt.Open(opts.Path, fileMode, o)
	if err != nil {
		return nil, nil, explain(err)
	}
	return db, file, nil
}

// checkHead refuses what bbolt cannot even be asked to open. It needs no lock:
// nothing that it judges changes while a store is in use.
func checkHead(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: it is not a regular file", ErrForeign)
	}
	if info.Size() == 0 {
		return fmt.Errorf("%w: it is empty; remove it to start with a new store", ErrForeign)
	}
	m, err := readMeta(f, info.Size())
	if err == nil && info.Size() < max(4096, 2*int64(m.pageSize)) {
		err = fmt.Errorf("%w: it has only %d bytes", ErrCorrupt, info.Size())
	}
	return err
}

// errReplaced says that the path leads to another file than the one opened.
var errReplaced = errors.New("replaced")

// lockAndOpen opens the file for good, under the exclusive lock.
func lockAndOpen(opts Options) (*bbolt.DB, error) {
	var file *os.File
	o := boltOptions(opts)
	o.OpenFile = remember(opts, &file)
	db, err := bbolt.Open(opts.Path, fileMode, o)
	if err != nil {
		return nil, explain(err)
	}
	// Restore may have put another file in place while we waited for the lock.
	mine, err := file.Stat()
	if err == nil {
		var named os.FileInfo
		if named, err = os.Stat(opts.Path); err == nil && !os.SameFile(mine, named) || errors.Is(err, fs.ErrNotExist) {
			err = errReplaced
		}
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// remember opens existing files only, and keeps the last one opened.
func remember(opts Options, file **os.File) func(string, int, os.FileMode) (*os.File, error) {
	return func(path string, flag int, mode os.FileMode) (f *os.File, err error) {
		f, err = opts.openFile(path, flag&^os.O_CREATE, mode)
		*file = f
		return f, err
	}
}

func boltOptions(opts Options) *bbolt.Options {
	return &bbolt.Options{
		Timeout:      opts.Timeout,
		FreelistType: bbolt.FreelistMapType,
		NoSync:       opts.NoSync,
		NoGrowSync:   opts.NoSync,
		NoStatistics: true,

		InitialMmapSize: mapped,
	}
}

// explain turns bbolt's errors of opening into ours.
func explain(err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return ErrLocked
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum):
		return fmt.Errorf("%w: %w", ErrForeign, err)
	}
	return err
}
