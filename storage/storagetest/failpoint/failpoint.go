// Package failpoint wraps a storage.Store so that something goes wrong at an
// exact write: an error, to see that everything is rolled back, or the death of
// the process, to see what is on the disk afterwards.
//
// The writes are counted over the life of the wrapper, from 1: every call of a
// Put, Delete, Append, Next or Reserve method of a storage.Tx, and the commit at
// the end of every Update whose function returns nil.
package failpoint

import (
	"net/netip"
	"os"
	"sync"

	"mcos/storage"
)

// When says on which side of the write something goes wrong.
type When int

const (
	// Before is the moment before the write: it has not happened.
	Before When = iota
	// After is the moment after the write, before its result is returned.
	After
)

// String returns "before" or "after".
func (w When) String() string {
	if w == Before {
		return "before"
	}
	return "after"
}

// Store is a storage.Store with one fail point. Make it with FailAt.
type Store struct {
	storage.Store

	n    int
	when When
	fail func() error

	mu    sync.Mutex
	count int
}

// FailAt wraps a store so that fail is called once, at write number n. When fail
// returns an error, that is the result of the write; before a write, the write is
// left out as well. An error after a commit is dropped, for then the promise has
// been kept and Update must return nil. With n 0, nothing goes wrong and the
// wrapper only counts.
func FailAt(s storage.Store, n int, when When, fail func() error) *Store {
	return &Store{Store: s, n: n, when: when, fail: fail}
}

// Error makes a fail function that returns err.
func Error(err error) func() error { return func() error { return err } }

// Kill is a fail function that ends the process at once: no deferred function
// runs, no buffer is flushed (SIGKILL, or TerminateProcess on Windows).
func Kill() error {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		return err
	}
	select {} // the signal may take a moment
}

// Writes returns how many writes have been counted.
func (s *Store) Writes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// Update implements storage.Store.
func (s *Store) Update(fn func(storage.Tx) error) error {
	var number int // of the commit
	err := s.Store.Update(func(inner storage.Tx) error {
		if err := fn(&tx{Tx: inner, store: s}); err != nil {
			return err
		}
		number = s.next()
		return s.at(number, Before)
	})
	if err == nil {
		_ = s.at(number, After)
	}
	return err
}

// next counts one write and returns its number.
func (s *Store) next() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	return s.count
}

// at calls fail when this is the place for it.
func (s *Store) at(number int, when When) error {
	if number != s.n || when != s.when {
		return nil
	}
	return s.fail()
}

// write runs one counted write.
func (s *Store) write(do func() error) error {
	number := s.next()
	if err := s.at(number, Before); err != nil {
		return err
	}
	err := do()
	if failed := s.at(number, After); failed != nil {
		return failed
	}
	return err
}

// tx counts the writes of a transaction. Its reads are those of the inner one.
type tx struct {
	storage.Tx
	store *Store
}

// result runs a counted write that returns a value, which is zero on error.
func result[T any](t *tx, do func() (T, error)) (T, error) {
	var value T
	err := t.store.write(func() (err error) {
		value, err = do()
		return err
	})
	if err != nil {
		var zero T
		return zero, err
	}
	return value, nil
}

func (t *tx) NextAccount() (uint32, error) { return result(t, t.Tx.NextAccount) }

func (t *tx) PutAccount(a storage.Account) error {
	return t.store.write(func() error { return t.Tx.PutAccount(a) })
}

func (t *tx) DeleteAccount(id uint32) error {
	return t.store.write(func() error { return t.Tx.DeleteAccount(id) })
}

func (t *tx) NextPersona() (uint32, error) { return result(t, t.Tx.NextPersona) }

func (t *tx) PutPersona(p storage.Persona) error {
	return t.store.write(func() error { return t.Tx.PutPersona(p) })
}

func (t *tx) ReserveParts(n int) (uint32, error) {
	return result(t, func() (uint32, error) { return t.Tx.ReserveParts(n) })
}

func (t *tx) PutPart(p storage.Part) error {
	return t.store.write(func() error { return t.Tx.PutPart(p) })
}

func (t *tx) DeletePart(id uint32) error {
	return t.store.write(func() error { return t.Tx.DeletePart(id) })
}

func (t *tx) PutVehicle(v storage.Vehicle) error {
	return t.store.write(func() error { return t.Tx.PutVehicle(v) })
}

func (t *tx) DeleteVehicle(id uint32) error {
	return t.store.write(func() error { return t.Tx.DeleteVehicle(id) })
}

func (t *tx) AppendLedger(e storage.LedgerEntry) (uint64, error) {
	return result(t, func() (uint64, error) { return t.Tx.AppendLedger(e) })
}

func (t *tx) NextRace() (uint32, error) { return result(t, t.Tx.NextRace) }

func (t *tx) PutRace(r storage.Race) error {
	return t.store.write(func() error { return t.Tx.PutRace(r) })
}

func (t *tx) NextMail() (uint32, error) { return result(t, t.Tx.NextMail) }

func (t *tx) PutMail(m storage.Mail) error {
	return t.store.write(func() error { return t.Tx.PutMail(m) })
}

func (t *tx) DeleteMail(id uint32) error {
	return t.store.write(func() error { return t.Tx.DeleteMail(id) })
}

func (t *tx) PutAddressBan(b storage.AddressBan) error {
	return t.store.write(func() error { return t.Tx.PutAddressBan(b) })
}

func (t *tx) DeleteAddressBan(network netip.Prefix) error {
	return t.store.write(func() error { return t.Tx.DeleteAddressBan(network) })
}

func (t *tx) PutInvite(i storage.Invite) error {
	return t.store.write(func() error { return t.Tx.PutInvite(i) })
}

func (t *tx) DeleteInvite(code string) error {
	return t.store.write(func() error { return t.Tx.DeleteInvite(code) })
}

func (t *tx) PutBuddy(b storage.Buddy) error {
	return t.store.write(func() error { return t.Tx.PutBuddy(b) })
}

func (t *tx) DeleteBuddy(owner, persona uint32) error {
	return t.store.write(func() error { return t.Tx.DeleteBuddy(owner, persona) })
}

func (t *tx) PutLobbyBest(b storage.LobbyBest) error {
	return t.store.write(func() error { return t.Tx.PutLobbyBest(b) })
}

func (t *tx) PutBlob(name string, data []byte) error {
	return t.store.write(func() error { return t.Tx.PutBlob(name, data) })
}
