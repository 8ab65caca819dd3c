package bolt

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"mcos/storage"
)

// Store is a storage.Store in one file. Make it with Open.
type Store struct {
	opts Options

	// writer is held by an Update to its very end: settle relies on it that
	// nobody else commits.
	writer sync.Mutex

	mu     sync.RWMutex // guards the fields below, never held during a transaction
	db     *bbolt.DB
	closed bool
	broken bool // see ErrBroken
}

var _ storage.Store = (*Store)(nil)

// View implements storage.Store.
func (s *Store) View(fn func(storage.ReadTx) error) error {
	return s.view(func(tx *bbolt.Tx) error {
		t := &readTx{tx: tx}
		defer t.end()
		return fn(t)
	})
}

// view runs fn in a read transaction of bbolt.
func (s *Store) view(fn func(*bbolt.Tx) error) error {
	_, err := s.run((*bbolt.DB).View, fn)
	return err
}

// errUnchanged makes bbolt drop a transaction that has changed nothing: its
// commit would write and sync all the same.
var errUnchanged = errors.New("unchanged")

// Update implements storage.Store.
func (s *Store) Update(fn func(storage.Tx) error) error {
	s.writer.Lock()
	defer s.writer.Unlock()
	id := -1 // of the transaction, once it is up to bbolt to commit it
	db, err := s.run((*bbolt.DB).Update, func(tx *bbolt.Tx) error {
		t := &writeTx{readTx: readTx{tx: tx}}
		defer t.end()
		if err := fn(t); err != nil {
			return err
		}
		t.end() // from here on nobody else touches it
		if t.failed != nil {
			return t.failed
		}
		if t.writes == 0 {
			return errUnchanged
		}
		id = tx.ID()
		return nil
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	if err != nil && id >= 0 {
		return s.settle(db, id, err)
	}
	return err
}

// run gets a transaction to run fn in, opening the file anew if need be, and
// returns the handle that it used.
func (s *Store) run(do func(*bbolt.DB, func(*bbolt.Tx) error) error, fn func(*bbolt.Tx) error) (*bbolt.DB, error) {
	for attempt := 1; ; attempt++ {
		db, err := s.handle()
		if err != nil {
			return nil, err
		}
		ran := false
		err = do(db, func(tx *bbolt.Tx) error {
			ran = true
			return fn(tx)
		})
		lost := errors.Is(err, berrors.ErrInvalidMapping) || errors.Is(err, berrors.ErrDatabaseNotOpen)
		if ran || !lost || attempt == 2 {
			return db, err
		}
		if err := s.reopen(db); err != nil {
			return nil, err
		}
	}
}

// handle returns the open file.
func (s *Store) handle() (*bbolt.DB, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	switch {
	case s.closed:
		return nil, storage.ErrClosed
	case s.broken:
		return nil, ErrBroken
	}
	return s.db, nil
}

// reopen replaces a handle that has lost its mapping of the file. This happens
// when the file could not grow: on Windows a full disk is enough. Nothing in the
// file has changed then.
func (s *Store) reopen(lost *bbolt.DB) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return storage.ErrClosed
	}
	if s.db != lost {
		return nil // another goroutine has done it
	}
	if err := lost.Close(); err != nil {
		return fmt.Errorf("reopen store: %w", err)
	}
	db, err := lockAndOpen(s.opts)
	if err != nil {
		return fmt.Errorf("reopen store: %w", err)
	}
	s.db = db
	s.opts.Log("store reopened", map[string]any{"path": s.opts.Path})
	return nil
}

// settle decides what a failed commit means. Most failures come before the page
// that makes the transaction valid, and then nothing has happened. When that page
// was written and only its sync failed, the changes can be seen but may not
// survive: another, empty commit then makes them last. When that fails too the
// store is broken.
func (s *Store) settle(db *bbolt.DB, id int, failure error) error {
	failure = fmt.Errorf("commit: %w", failure)
	visible := false
	err := db.View(func(tx *bbolt.Tx) error {
		visible = tx.ID() >= id
		return nil
	})
	if err != nil || !visible {
		return failure
	}
	if err := db.Update(func(*bbolt.Tx) error { return nil }); err == nil {
		s.opts.Log("commit repeated", map[string]any{"path": s.opts.Path, "cause": failure.Error()})
		return nil
	}
	s.mu.Lock()
	s.broken = true
	s.mu.Unlock()
	return fmt.Errorf("%w: %w", ErrBroken, failure)
}

// Backup implements storage.Store. The copy is a store file that Open and Restore
// accept. It is first made next to the store, so that a slow w holds up nobody.
func (s *Store) Backup(w io.Writer) (err error) {
	spool, err := createTemp(s.opts.Path)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() {
		_ = spool.Close()
		_ = os.Remove(spool.Name())
	}()
	err = s.view(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(spool)
		return err
	})
	if err == nil {
		_, err = spool.Seek(0, io.SeekStart)
	}
	if err == nil {
		_, err = io.Copy(w, spool)
	}
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// Close implements storage.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return storage.ErrClosed
	}
	s.closed = true
	db := s.db
	s.mu.Unlock()
	return db.Close()
}
