package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"sync"

	"go.etcd.io/bbolt"

	"mcos/storage"
)

// readTx is a storage.ReadTx. Its lock makes late and concurrent use safe: bbolt
// itself would read unmapped memory.
type readTx struct {
	mu      sync.Mutex
	tx      *bbolt.Tx // nil once the transaction is over
	buckets [bucketCount]*bbolt.Bucket
	// writes counts changes; a walk looks for its place again after one.
	writes int
}

// writeTx is a storage.Tx. Its read methods are those of readTx.
type writeTx struct {
	readTx
	// failed is the first error that may have left a record without its
	// indexes. The transaction cannot commit any more.
	failed error
}

// enter locks the transaction for one call, which unlocks it at its end, or says
// that it is over.
func (t *readTx) enter() error {
	t.mu.Lock()
	if t.tx == nil {
		t.mu.Unlock()
		return storage.ErrReadOnly
	}
	return nil
}

// end makes every later call fail.
func (t *readTx) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tx, t.buckets = nil, [bucketCount]*bbolt.Bucket{}
}

// bucket returns a bucket; Open has seen to it that all exist.
func (t *readTx) bucket(id bucketID) *bbolt.Bucket {
	if t.buckets[id] == nil {
		t.buckets[id] = t.tx.Bucket(bucketNames[id])
	}
	return t.buckets[id]
}

// lookup returns the record with this key, or ErrNotFound.
func lookup[T any](t *readTx, k *kind[T], key []byte) (rec T, err error) {
	if err := t.enter(); err != nil {
		return rec, err
	}
	defer t.mu.Unlock()
	return get(t, k, key)
}

// get is lookup within a call.
func get[T any](t *readTx, k *kind[T], key []byte) (rec T, err error) {
	data := t.bucket(k.bucket).Get(key)
	if data == nil {
		return rec, fmt.Errorf("%s %s: %w", k.name, keyText(key), storage.ErrNotFound)
	}
	return k.decode(key, data)
}

// lookupName returns the record that a name index leads to, or ErrNotFound.
func lookupName[T any](t *readTx, k *kind[T], names bucketID, name string) (rec T, err error) {
	if err := t.enter(); err != nil {
		return rec, err
	}
	defer t.mu.Unlock()
	id := t.bucket(names).Get(nameKey(name))
	if id == nil {
		return rec, fmt.Errorf("%s %q: %w", k.name, name, storage.ErrNotFound)
	}
	return follow(t, k, names, id)
}

// list returns the records that an index lists under a prefix of its keys, in id
// order.
func list[T any](t *readTx, k *kind[T], index bucketID, prefix []byte) ([]T, error) {
	if err := t.enter(); err != nil {
		return nil, err
	}
	defer t.mu.Unlock()
	var recs []T
	c := t.bucket(index).Cursor()
	for key, id := c.Seek(prefix); key != nil && bytes.HasPrefix(key, prefix); key, id = c.Next() {
		rec, err := follow(t, k, index, id)
		if err != nil {
			return nil, err
		}
		recs = append(recs, rec)
	}
	return recs, nil
}

// newest returns the last n records of a bucket, the last one first.
func newest[T any](t *readTx, k *kind[T], n int) ([]T, error) {
	if err := t.enter(); err != nil {
		return nil, err
	}
	defer t.mu.Unlock()
	var recs []T
	c := t.bucket(k.bucket).Cursor()
	for key, data := c.Last(); key != nil && len(recs) < n; key, data = c.Prev() {
		rec, err := k.decode(key, data)
		if err != nil {
			return nil, err
		}
		recs = append(recs, rec)
	}
	return recs, nil
}

// follow returns the record that an index entry names.
func follow[T any](t *readTx, k *kind[T], index bucketID, id []byte) (rec T, err error) {
	rec, err = get(t, k, id)
	if errors.Is(err, storage.ErrNotFound) {
		return rec, fmt.Errorf("%w: index %s leads to %s %s, which is not there", ErrCorrupt, index, k.name, keyText(id))
	}
	return rec, err
}

// walk calls fn for every record whose key has the prefix, in key order. The
// transaction is free during fn, which may read and change the store.
func walk[T any](t *readTx, k *kind[T], prefix []byte, fn func(T) error) error {
	w := walker{t: t, bucket: k.bucket, prefix: prefix, at: prefix}
	for {
		rec, more, err := step(&w, k)
		if err != nil || !more {
			return err
		}
		if err := fn(rec); err != nil {
			return err
		}
	}
}

// walker is a place in a bucket that survives changes of the bucket.
type walker struct {
	t      *readTx
	bucket bucketID
	prefix []byte
	at     []byte        // the next key is this one or follows it
	cursor *bbolt.Cursor // nil before the first step
	writes int           // the cursor is good while the transaction has this count
}

// step decodes the next record.
func step[T any](w *walker, k *kind[T]) (rec T, more bool, err error) {
	if err := w.t.enter(); err != nil {
		return rec, false, err
	}
	defer w.t.mu.Unlock()
	var key, data []byte
	if w.cursor == nil || w.writes != w.t.writes {
		w.cursor, w.writes = w.t.bucket(w.bucket).Cursor(), w.t.writes
		key, data = w.cursor.Seek(w.at)
	} else {
		key, data = w.cursor.Next()
	}
	if key == nil || !bytes.HasPrefix(key, w.prefix) {
		return rec, false, nil
	}
	rec, err = k.decode(key, data)
	// The smallest key behind this one is the same with a zero byte added.
	w.at = append(append(w.at[:0:0], key...), 0)
	return rec, true, err
}

// put stores a record and keeps its indexes right. Everything that can be wrong
// with the record is found before the first change.
func put[T any](t *writeTx, k *kind[T], rec T) error {
	if err := t.enter(); err != nil {
		return err
	}
	defer t.mu.Unlock()
	if err := k.prepare(&rec); err != nil {
		return fmt.Errorf("%s: %w", k.name, err)
	}
	key := k.key(rec)
	data, err := k.codec.encode(rec)
	if err != nil {
		return fmt.Errorf("%s %s: %w", k.name, keyText(key), err)
	}
	entries := k.index(rec)
	for _, e := range entries {
		if id := t.bucket(e.bucket).Get(e.key); id != nil && !bytes.Equal(id, key) {
			return fmt.Errorf("%s %s: name of %s %s: %w", k.name, keyText(key), k.name, keyText(id), storage.ErrNameTaken)
		}
	}
	old, err := oldEntries(t, k, key)
	if err != nil {
		return err
	}
	for _, e := range old {
		if !contains(entries, e) {
			t.deleteKey(e.bucket, e.key)
		}
	}
	for _, e := range entries {
		if !contains(old, e) {
			t.setKey(e.bucket, e.key, key32(e.id))
		}
	}
	t.setKey(k.bucket, key, data)
	return t.failed
}

// remove deletes a record and its index entries, or returns ErrNotFound.
func remove[T any](t *writeTx, k *kind[T], key []byte) error {
	if err := t.enter(); err != nil {
		return err
	}
	defer t.mu.Unlock()
	rec, err := get(&t.readTx, k, key)
	if err != nil {
		return err
	}
	for _, e := range k.index(rec) {
		t.deleteKey(e.bucket, e.key)
	}
	t.deleteKey(k.bucket, key)
	return t.failed
}

// oldEntries lists the index entries of the record that a put replaces.
func oldEntries[T any](t *writeTx, k *kind[T], key []byte) ([]indexEntry, error) {
	old, err := get(&t.readTx, k, key)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return k.index(old), nil
}

func contains(entries []indexEntry, e indexEntry) bool {
	for _, other := range entries {
		if other.bucket == e.bucket && bytes.Equal(other.key, e.key) {
			return true
		}
	}
	return false
}

// setKey writes one key. bbolt keeps value, not key.
func (t *writeTx) setKey(id bucketID, key, value []byte) {
	t.writes++
	if err := t.bucket(id).Put(key, value); err != nil {
		t.fail(fmt.Errorf("storage: write to bucket %s: %w", id, err))
	}
}

// deleteKey deletes one key.
func (t *writeTx) deleteKey(id bucketID, key []byte) {
	t.writes++
	if err := t.bucket(id).Delete(key); err != nil {
		t.fail(fmt.Errorf("storage: delete from bucket %s: %w", id, err))
	}
}

// fail keeps the first failed write; see failed.
func (t *writeTx) fail(err error) {
	if t.failed == nil {
		t.failed = err
	}
}

// reserve hands out n consecutive ids of a bucket and returns the first. Ids that
// records put without a reservation use are passed over.
func (t *writeTx) reserve(id bucketID, n int) (uint32, error) {
	if err := t.enter(); err != nil {
		return 0, err
	}
	defer t.mu.Unlock()
	b := t.bucket(id)
	if n < 1 {
		return 0, fmt.Errorf("storage: cannot reserve %d ids of bucket %s", n, id)
	}
	first := b.Sequence() + 1
	for {
		if first > math.MaxUint32 || uint64(n) > math.MaxUint32-first+1 {
			return 0, fmt.Errorf("storage: bucket %s has no %d ids left after %d", id, n, b.Sequence())
		}
		key, _ := b.Cursor().Seek(key32(uint32(first)))
		if key == nil {
			break
		}
		if len(key) != 4 {
			return 0, fmt.Errorf("%w: bucket %s has the key %x", ErrCorrupt, id, key)
		}
		used := uint64(be32(key))
		if used >= first+uint64(n) {
			break
		}
		first = used + 1
	}
	t.writes++
	if err := b.SetSequence(first + uint64(n) - 1); err != nil {
		t.fail(fmt.Errorf("storage: count ids of bucket %s: %w", id, err))
	}
	return uint32(first), t.failed
}
