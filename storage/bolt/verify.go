package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"

	"mcos/storage"
)

// Verify reads the whole store and returns everything that is wrong with it,
// joined: records that cannot be read, indexes that do not agree with the
// records, and what storage.Check finds. It works on one consistent state while
// the store stays in use.
func (s *Store) Verify() error {
	return s.view(func(tx *bbolt.Tx) error {
		t := &readTx{tx: tx}
		defer t.end()
		v := &verifier{tx: tx, entries: make(map[bucketID]int)}
		verifyKind(v, &accounts)
		verifyKind(v, &personas)
		verifyKind(v, &vehicles)
		verifyKind(v, &parts)
		verifyKind(v, &ledger)
		verifyKind(v, &races)
		verifyKind(v, &lobbyBests)
		verifyKind(v, &mails)
		verifyKind(v, &buddies)
		verifyKind(v, &addressBans)
		verifyKind(v, &invites)
		v.noExtras()
		return errors.Join(append(v.found, storage.Check(t))...)
	})
}

// verifier compares records and indexes.
type verifier struct {
	tx      *bbolt.Tx
	entries map[bucketID]int // index entries that the records call for
	found   []error
}

// verifyKind checks that every record is under its own key and in its indexes.
func verifyKind[T any](v *verifier, k *kind[T]) {
	c := v.tx.Bucket(bucketNames[k.bucket]).Cursor()
	for key, data := c.First(); key != nil; key, data = c.Next() {
		rec, err := k.decode(key, data)
		if err != nil {
			v.found = append(v.found, err)
			continue
		}
		if own := k.key(rec); !bytes.Equal(own, key) {
			v.found = append(v.found, fmt.Errorf("%w: %s %s is kept under the key of %s", ErrCorrupt, k.name, keyText(own), keyText(key)))
			continue
		}
		for _, e := range k.index(rec) {
			v.entries[e.bucket]++
			if id := v.tx.Bucket(bucketNames[e.bucket]).Get(e.key); !bytes.Equal(id, key) {
				v.found = append(v.found, fmt.Errorf("%w: index %s leads to %x instead of %s %s", ErrCorrupt, e.bucket, id, k.name, keyText(key)))
			}
		}
	}
}

// noExtras checks that the indexes hold nothing besides.
func (v *verifier) noExtras() {
	for id := accountNames; id < bucketCount; id++ {
		n := 0
		c := v.tx.Bucket(bucketNames[id]).Cursor()
		for key, _ := c.First(); key != nil; key, _ = c.Next() {
			n++
		}
		if n != v.entries[id] {
			v.found = append(v.found, fmt.Errorf("%w: index %s has %d entries, the records call for %d", ErrCorrupt, id, n, v.entries[id]))
		}
	}
}

// Inspect looks at a file without changing it: that it is whole, a store, and of a
// schema that this program knows. It returns ErrForeign, ErrCorrupt or ErrNewer,
// wrapped with the path and the reason. It is far quicker than Verify, which also
// understands the records.
func Inspect(path string) error {
	if err := inspect(Options{Path: path}.withDefaults(), firstSchema+uint32(len(migrations))); err != nil {
		return fmt.Errorf("inspect store %s: %w", path, err)
	}
	return nil
}

// verifyFile opens a file that nobody else uses, migrating it if it is older, and
// verifies it.
func verifyFile(path string, steps []migration) error {
	s, err := open(Options{Path: path, noBackup: true}, steps)
	if err != nil {
		return err
	}
	err = errors.Join(s.Verify(), s.Close())
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
