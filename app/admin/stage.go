package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"mcos/app/datadir"
	"mcos/storage/bolt"
)

// Restorer lets a backup take the store's place. A running server cannot change
// the store under its players, so the backup waits for the next start.
type Restorer interface {
	// StageRestore checks a backup and puts it aside: the next start of the server
	// puts it in place of the store.
	StageRestore(ctx context.Context, r io.Reader) (StagedRestore, error)
	// StagedRestore tells whether a backup waits.
	StagedRestore(ctx context.Context) (StagedRestore, error)
	// CancelRestore lets the store stay.
	CancelRestore(ctx context.Context) (StagedRestore, error)
}

// StagedRestore is a backup that waits for the next start of the server.
type StagedRestore struct {
	Waiting bool      `json:"waiting"`
	Bytes   int64     `json:"bytes,omitempty"`
	Since   time.Time `json:"since,omitzero"`
}

// StageRestore implements API.
func (l *Local) StageRestore(ctx context.Context, r io.Reader) (StagedRestore, error) {
	err := bolt.Stage(l.Dir.Store(), l.Dir.StagedRestore(), r)
	switch {
	case errors.Is(err, bolt.ErrNewer):
		return StagedRestore{}, refuse(Invalid, "this file cannot be used as a backup, so nothing has been changed: a newer version of MCOS has made it")
	case Damaged(err):
		return StagedRestore{}, refuse(Invalid, "this file cannot be used as a backup, so nothing has been changed: it is damaged, or something else")
	case err != nil:
		return StagedRestore{}, err
	}
	return l.StagedRestore(ctx)
}

// StagedRestore implements API.
func (l *Local) StagedRestore(context.Context) (StagedRestore, error) {
	info, err := os.Lstat(l.Dir.StagedRestore())
	if errors.Is(err, fs.ErrNotExist) {
		return StagedRestore{}, nil
	}
	if err != nil {
		return StagedRestore{}, err
	}
	return StagedRestore{Waiting: true, Bytes: info.Size(), Since: info.ModTime().UTC()}, nil
}

// CancelRestore implements API.
func (l *Local) CancelRestore(context.Context) (StagedRestore, error) {
	err := os.Remove(l.Dir.StagedRestore())
	if errors.Is(err, fs.ErrNotExist) {
		return StagedRestore{}, refuse(NotFound, "no backup waits to be restored")
	}
	return StagedRestore{}, err
}

// ErrUnusable says that a backup that waited could not be used and was put aside.
var ErrUnusable = errors.New("the backup that waited to be restored cannot be used")

// ApplyRestore puts a backup that waits in place of the store, before a server opens
// that, and tells whether there was one and where the old store is kept ("" when
// there was none). ErrUnusable leaves the store as it was; after any other error the
// server must not start, or it would be restored again after the next play.
func ApplyRestore(dir datadir.Dir) (applied bool, kept string, err error) {
	staged := dir.StagedRestore()
	f, err := os.Open(staged)
	if errors.Is(err, fs.ErrNotExist) {
		return false, "", nil
	}
	if err != nil {
		return false, "", err
	}
	kept, err = bolt.Restore(dir.Store(), f)
	_ = f.Close()
	switch {
	case errors.Is(err, bolt.ErrLocked):
		return false, "", fmt.Errorf("%w: %s", ErrInUse, dir.Store())
	case Damaged(err), errors.Is(err, bolt.ErrNewer):
		return false, "", errors.Join(fmt.Errorf("%w: %w", ErrUnusable, err), os.Rename(staged, staged+"-failed"))
	case err != nil:
		return false, "", err
	}
	return true, kept, os.Remove(staged)
}
