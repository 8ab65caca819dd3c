package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"mcos/storage"
	"mcos/storage/storagetest"
)

// tooBig is a change that makes the file grow a lot.
func tooBig(tx storage.Tx) error {
	if err := storagetest.Step(tx, 4); err != nil {
		return err
	}
	return tx.PutBlob("big", make([]byte, 4<<20))
}

// A file that must not grow any more is an error of the one Update that wanted
// it to.
func TestUpdateBeyondTheSizeLimit(t *testing.T) {
	s := mustOpen(t, tempPath(t))
	play(t, s, 1, 3)
	before := stateOf(t, s)
	s.db.MaxSize = 1 << 20
	require.ErrorIs(t, s.Update(tooBig), berrors.ErrMaxSizeReached)
	assert.Equal(t, before, stateOf(t, s))
	play(t, s, 4, 8)
	require.NoError(t, s.Verify())
}

// When the file cannot be mapped at its new size, bbolt loses the mapping it had.
// The store gets itself a new one.
func TestUpdateThatLosesTheMapping(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("mapping has no flags to get wrong there")
	}
	path := tempPath(t)
	opts := fast(path)
	var events []string
	opts.Log = func(event string, _ map[string]any) { events = append(events, event) }
	s, err := Open(opts)
	require.NoError(t, err)
	defer s.Close()
	play(t, s, 1, 3)
	before := stateOf(t, s)
	for range 3 {
		s.db.MmapFlags = -1 // nonsense: the next mapping fails
		require.ErrorContains(t, s.Update(tooBig), "mmap")
		assert.Equal(t, before, stateOf(t, s), "a View gets it back")
		s.db.MmapFlags = -1
		require.Error(t, s.Update(tooBig))
		require.NoError(t, s.Update(func(storage.Tx) error { return nil }), "and so does an Update")
	}
	assert.Equal(t, 1+2*3, len(events), "%v", events)
	play(t, s, 4, 8)
	require.NoError(t, s.Verify())

	s.db.MmapFlags = -1
	require.Error(t, s.Update(tooBig))
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.View(func(storage.ReadTx) error { return nil }), storage.ErrClosed)
}

// Reopening can fail too; then it is tried again by the next caller.
func TestReopenFails(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("mapping has no flags to get wrong there")
	}
	path := tempPath(t)
	s := mustOpen(t, path)
	play(t, s, 1, 3)
	s.db.MmapFlags = -1
	require.Error(t, s.Update(tooBig))
	require.NoError(t, s.db.Close()) // lets another one in
	thief := mustOpen(t, path)
	require.ErrorIs(t, s.View(func(storage.ReadTx) error { return nil }), ErrLocked)
	require.ErrorIs(t, s.Update(func(storage.Tx) error { return nil }), ErrLocked)
	require.NoError(t, thief.Close())
	assert.Equal(t, "3", stateOf(t, s).Blobs["step"])
	play(t, s, 4, 5)
}

// lastID is the id of the last committed transaction.
func lastID(t *testing.T, s *Store) (id int) {
	require.NoError(t, s.view(func(tx *bbolt.Tx) error {
		id = tx.ID()
		return nil
	}))
	return id
}

// A commit whose last sync failed may be visible all the same. It counts when
// another commit makes it last.
func TestSettle(t *testing.T) {
	path := tempPath(t)
	opts := fast(path)
	var file *os.File
	opts.openFile = func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		f, err = os.OpenFile(name, flag, mode)
		file = f
		return f, err
	}
	var events []string
	opts.Log = func(event string, _ map[string]any) { events = append(events, event) }
	s, err := Open(opts)
	require.NoError(t, err)
	defer s.Close()
	play(t, s, 1, 3)
	failure := errors.New("sync failed")

	// The next transaction is not visible: nothing has happened.
	require.ErrorIs(t, s.settle(s.db, lastID(t, s)+1, failure), failure)
	assert.Equal(t, []string{"store created"}, events)

	// The last one is: it is made to last.
	id := lastID(t, s)
	require.NoError(t, s.settle(s.db, id, failure))
	assert.Equal(t, id+1, lastID(t, s))
	assert.Equal(t, []string{"store created", "commit repeated"}, events)
	play(t, s, 4, 5)

	// And when that fails, nobody gets to see what may not be there tomorrow.
	id = lastID(t, s)
	require.NoError(t, file.Close()) // no write works any more, reading does
	err = s.settle(s.db, id, failure)
	require.ErrorIs(t, err, ErrBroken)
	require.ErrorIs(t, err, failure)
	require.ErrorIs(t, s.Update(func(storage.Tx) error { return nil }), ErrBroken)
	require.ErrorIs(t, s.View(func(storage.ReadTx) error { return nil }), ErrBroken)
	require.ErrorIs(t, s.Backup(&bytes.Buffer{}), ErrBroken)
	require.Error(t, s.Close())
	assert.Equal(t, "5", stateOf(t, mustOpen(t, path)).Blobs["step"])
}

// A disk that takes no writes at all fails every Update and leaves the rest.
func TestWriteErrors(t *testing.T) {
	path := made(t, 3)
	opts := fast(path)
	opts.openFile = func(name string, _ int, mode os.FileMode) (*os.File, error) {
		return os.OpenFile(name, os.O_RDONLY, mode)
	}
	s, err := Open(opts)
	require.NoError(t, err)
	defer s.Close()
	before := stateOf(t, s)
	for n := range 20 {
		err := s.Update(func(tx storage.Tx) error { return storagetest.Step(tx, 4) })
		require.ErrorContains(t, err, "commit: write")
		require.Equal(t, before, stateOf(t, s), "after failure %d", n)
	}
	require.NoError(t, s.Verify())
	require.NoError(t, s.Backup(io.Discard))
}

// A write that bbolt refuses in the middle of a put leaves a record without its
// indexes; a caller that ignores the error must not get that committed.
func TestAFailedWriteCannotBeIgnored(t *testing.T) {
	s := mustOpen(t, tempPath(t))
	play(t, s, 1, 3)
	// A bucket in the place of a key of the account index.
	require.NoError(t, s.db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.Bucket(bucketNames[accountNames]).CreateBucket([]byte("TRAP"))
		return err
	}))
	before := stateOf(t, s)
	var first, second error
	err := s.Update(func(tx storage.Tx) error {
		first = tx.PutAccount(storage.Account{ID: 5, Name: "Trap"})
		second = tx.PutAccount(storage.Account{ID: 6, Name: "Fine"})
		return nil
	})
	require.ErrorContains(t, first, "write to bucket account-by-name")
	require.Equal(t, first, second, "the transaction is spoilt")
	require.Equal(t, first, err)
	assert.Equal(t, before, stateOf(t, s))
	play(t, s, 4, 5)
}

// A walk meets the store as its function leaves it.
func TestWalkSeesChangesAhead(t *testing.T) {
	s := mustOpen(t, tempPath(t))
	require.NoError(t, s.Update(func(tx storage.Tx) error {
		for id := uint32(10); id <= 3000; id += 10 {
			if err := tx.PutPart(storage.Part{ID: id, Owner: 1}); err != nil {
				return err
			}
		}
		return nil
	}))
	var seen []storage.Part
	require.NoError(t, s.Update(func(tx storage.Tx) error {
		return tx.(storage.Scanner).Parts(func(p storage.Part) error {
			seen = append(seen, p)
			if p.ID%10 != 0 || p.ID > 2980 {
				return nil
			}
			return errors.Join(
				tx.PutPart(storage.Part{ID: p.ID + 1, Owner: 2}),            // new
				tx.PutPart(storage.Part{ID: p.ID + 20, Owner: 1, Wear: 77}), // changed or new
				tx.DeletePart(p.ID),
				tx.PutPart(storage.Part{ID: p.ID - 5, Owner: 3}), // behind
			)
		})
	}))
	require.Len(t, seen, 2*298+2)
	for i, p := range seen[:2*298] {
		want := storage.Part{ID: uint32(10 + i/2*10), Owner: 1}
		if i%2 == 1 {
			want.ID, want.Owner = want.ID+1, 2
		} else if i >= 4 {
			want.Wear = 77
		}
		require.Equal(t, want, p)
	}
}

// Times come back the same whatever zone the machine is in.
func TestTimesAreKeptInUTC(t *testing.T) {
	s := mustOpen(t, tempPath(t))
	abroad := time.Date(2002, 3, 4, 23, 6, 7, 8, time.FixedZone("", -7*3600))
	var got []time.Time
	require.NoError(t, s.Update(func(tx storage.Tx) error {
		_, err := tx.AppendLedger(storage.LedgerEntry{Persona: 1000, Time: abroad})
		return errors.Join(err,
			tx.PutAccount(storage.Account{ID: 1, Name: "a", Created: abroad, LastLogin: abroad}),
			tx.PutPersona(storage.Persona{ID: 1000, Name: "a", Created: abroad, LastLogin: abroad, Deleted: abroad}))
	}))
	require.NoError(t, s.View(func(tx storage.ReadTx) error {
		a, errA := tx.Account(1)
		p, errP := tx.Persona(1000)
		got = append(got, a.Created, a.LastLogin, p.Created, p.LastLogin, p.Deleted)
		return errors.Join(errA, errP, tx.LedgerOf(1000, func(e storage.LedgerEntry) error {
			got = append(got, e.Time)
			return nil
		}))
	}))
	require.Len(t, got, 6)
	for i, at := range got {
		assert.Equal(t, abroad.UTC(), at, i)
	}
}

// An Update that has changed nothing costs no commit.
func TestUpdateWithoutWritesDoesNotCommit(t *testing.T) {
	s := mustOpen(t, tempPath(t))
	play(t, s, 1, 3)
	id := lastID(t, s)
	require.NoError(t, s.Update(func(tx storage.Tx) error {
		_, err := tx.Persona(1000)
		return err
	}))
	assert.Equal(t, id, lastID(t, s))
	require.NoError(t, s.Update(func(tx storage.Tx) error { return tx.PutBlob("x", nil) }))
	assert.Equal(t, id+1, lastID(t, s))
}

// A goroutine that ends inside a transaction, as failing tests do, leaves the
// store free.
func TestGoexitInsideATransaction(t *testing.T) {
	s := mustOpen(t, tempPath(t))
	play(t, s, 1, 3)
	before := stateOf(t, s)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Update(func(tx storage.Tx) error {
			assert.NoError(t, storagetest.Step(tx, 4))
			runtime.Goexit()
			return nil
		})
	}()
	<-done
	done = make(chan struct{})
	go func() {
		defer close(done)
		_ = s.View(func(storage.ReadTx) error { runtime.Goexit(); return nil })
	}()
	<-done
	assert.Equal(t, before, stateOf(t, s))
	play(t, s, 4, 6)
	require.NoError(t, s.Close())
}

func TestErrorsNameTheRecord(t *testing.T) {
	s := mustOpen(t, tempPath(t))
	play(t, s, 1, 2)
	require.NoError(t, s.View(func(tx storage.ReadTx) error {
		_, err := tx.Part(12345)
		assert.EqualError(t, err, "part 12345: storage: not found")
		_, err = tx.PersonaByName("Nobody")
		assert.EqualError(t, err, `persona "Nobody": storage: not found`)
		return nil
	}))
	require.NoError(t, s.Update(func(tx storage.Tx) error {
		err := tx.PutAccount(storage.Account{ID: 5, Name: "ACCOUNT 1"})
		assert.EqualError(t, err, "account 5: name of account 1000000: storage: name taken")
		return nil
	}))
	assert.Equal(t, "with key 0102", keyText([]byte{1, 2}))
	assert.Equal(t, "account", fmt.Sprint(accountBucket))
}
