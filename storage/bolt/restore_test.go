package bolt

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"mcos/storage"
)

// backupOf takes a backup of a store file.
func backupOf(t testing.TB, path string) []byte {
	t.Helper()
	s := mustOpen(t, path)
	var buf bytes.Buffer
	require.NoError(t, s.Backup(&buf))
	require.NoError(t, s.Close())
	return buf.Bytes()
}

func stepIn(t testing.TB, path string) string {
	t.Helper()
	s := mustOpen(t, path)
	defer s.Close()
	require.NoError(t, s.Verify())
	return stateOf(t, s).Blobs["step"]
}

func TestBackupIsACompleteStore(t *testing.T) {
	path := made(t, 8)
	s := mustOpen(t, path)
	want := stateOf(t, s)
	var buf bytes.Buffer
	require.NoError(t, s.Backup(&buf))
	play(t, s, 9, 12)
	copied := tempPath(t)
	require.NoError(t, os.WriteFile(copied, buf.Bytes(), 0o600))
	c := mustOpen(t, copied)
	require.NoError(t, c.Verify())
	assert.Equal(t, want, stateOf(t, c))
	play(t, c, 9, 10)
	require.NoError(t, c.Verify())
	onlyFiles(t, filepath.Dir(path), "mcos.db")
}

// A reader of the backup that takes its time must not hold up anybody.
func TestASlowBackupHoldsUpNobody(t *testing.T) {
	s := mustOpen(t, tempPath(t))
	play(t, s, 1, 3)
	r, w := io.Pipe()
	done := make(chan error)
	go func() { done <- errors.Join(s.Backup(w), w.Close()) }()
	_, err := io.ReadFull(r, make([]byte, 1)) // it has begun
	require.NoError(t, err)
	// Enough to make the file outgrow its mapping several times over.
	for range 4 {
		require.NoError(t, s.Update(func(tx storage.Tx) error { return tx.PutBlob("big", make([]byte, 1<<20)) }))
		require.NoError(t, s.Update(func(tx storage.Tx) error { return tx.PutBlob("big", make([]byte, 4<<20)) }))
	}
	play(t, s, 4, 6)
	require.NoError(t, s.View(storage.Check))
	_, err = io.Copy(io.Discard, r)
	require.NoError(t, err)
	require.NoError(t, <-done)
}

// restoreOnly restores where the name of the kept file does not matter.
func restoreOnly(path string, r io.Reader) error {
	_, err := Restore(path, r)
	return err
}

func TestRestore(t *testing.T) {
	backup := backupOf(t, made(t, 8))
	path := made(t, 3)
	old := readFile(t, path)
	kept, err := Restore(path, bytes.NewReader(backup))
	require.NoError(t, err)
	assert.Equal(t, path+beforeRestore, kept)
	assert.Equal(t, "8", stepIn(t, path))
	onlyFiles(t, filepath.Dir(path), "mcos.db", "mcos.db.before-restore")
	assert.True(t, bytes.Equal(old, readFile(t, path+beforeRestore)))

	// The second restore leaves alone what the first has kept: whoever restores the
	// wrong backup first must not lose the store by trying another.
	kept, err = Restore(path, bytes.NewReader(backupOf(t, made(t, 1))))
	require.NoError(t, err)
	assert.Equal(t, path+beforeRestore+"-2", kept)
	assert.Equal(t, "1", stepIn(t, path))
	assert.True(t, bytes.Equal(old, readFile(t, path+beforeRestore)))
	assert.Equal(t, "8", stepIn(t, kept))

	// A restore that was cut off has left the store's second name.
	require.NoError(t, os.Link(path, path+beforeRestore+"-3"))
	kept, err = Restore(path, bytes.NewReader(backup))
	require.NoError(t, err)
	assert.Equal(t, path+beforeRestore+"-3", kept)
	assert.Equal(t, "1", stepIn(t, kept))
}

func TestRestoreWithoutAStore(t *testing.T) {
	path := tempPath(t)
	require.NoError(t, restoreOnly(path, bytes.NewReader(backupOf(t, made(t, 8)))))
	assert.Equal(t, "8", stepIn(t, path))
	onlyFiles(t, filepath.Dir(path), "mcos.db")
}

func TestRestoreOverADamagedStore(t *testing.T) {
	for _, damaged := range [][]byte{nil, []byte("gone"), readFile(t, made(t, 3))[:3*pageSize]} {
		path := tempPath(t)
		require.NoError(t, os.WriteFile(path, damaged, 0o600))
		require.NoError(t, restoreOnly(path, bytes.NewReader(backupOf(t, made(t, 8)))))
		assert.Equal(t, "8", stepIn(t, path))
		assert.True(t, bytes.Equal(damaged, readFile(t, path+beforeRestore)))
	}
}

func TestRestoreOfAnOlderSchema(t *testing.T) {
	backup := backupOf(t, made(t, 8))
	path := tempPath(t)
	_, err := restore(path, bytes.NewReader(backup), testSteps)
	require.NoError(t, err)
	s, err := open(fast(path), testSteps)
	require.NoError(t, err)
	defer s.Close()
	assert.Equal(t, present+2, schemaOf(t, s))
	assert.Equal(t, "8", stateOf(t, s).Blobs["step"])
	onlyFiles(t, filepath.Dir(path), "mcos.db")
}

func TestRestoreRefuses(t *testing.T) {
	good := backupOf(t, made(t, 8))
	broken := errors.New("line cut")
	inPieces := func() []byte {
		path := made(t, 8)
		s := mustOpen(t, path)
		require.NoError(t, s.Update(func(tx storage.Tx) error {
			return tx.PutPart(storage.Part{ID: 999, Parent: 998, Owner: 1000})
		}))
		require.NoError(t, s.Close())
		return backupOf(t, path)
	}()
	newer := func() []byte {
		path := tempPath(t)
		s, err := open(fast(path), testSteps)
		require.NoError(t, err)
		require.NoError(t, s.Close())
		return readFile(t, path)
	}()
	tests := []struct {
		name string
		r    io.Reader
		want error
		text string
	}{
		{"nothing", strings.NewReader(""), ErrForeign, "empty"},
		{"text", strings.NewReader(strings.Repeat("text", 5000)), ErrForeign, ""},
		{"cut off", bytes.NewReader(good[:len(good)-pageSize]), ErrCorrupt, ""},
		{"connection lost", io.MultiReader(bytes.NewReader(good[:5000]), iotest.ErrReader(broken)), broken, ""},
		{"contradictions", bytes.NewReader(inPieces), nil, "part 999: its parent, part 998, does not exist"},
		{"newer", bytes.NewReader(newer), ErrNewer, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := made(t, 3)
			before := readFile(t, path)
			err := restoreOnly(path, tt.r)
			require.Error(t, err)
			if tt.want != nil {
				assert.ErrorIs(t, err, tt.want)
			}
			assert.ErrorContains(t, err, tt.text)
			assert.True(t, bytes.Equal(before, readFile(t, path)))
			onlyFiles(t, filepath.Dir(path), "mcos.db")
		})
	}
}

func TestRestoreRefusesWhileLocked(t *testing.T) {
	backup := backupOf(t, made(t, 8))
	path := made(t, 3)
	s := mustOpen(t, path)
	require.ErrorIs(t, restoreOnly(path, bytes.NewReader(backup)), ErrLocked)
	play(t, s, 4, 5)
	require.NoError(t, s.Close())
	assert.Equal(t, "5", stepIn(t, path))
	onlyFiles(t, filepath.Dir(path), "mcos.db")

	folder := t.TempDir()
	require.ErrorIs(t, restoreOnly(folder, bytes.NewReader(backup)), ErrForeign)
}

// The store is locked from the first byte received to the end.
func TestNobodyOpensDuringRestore(t *testing.T) {
	backup := backupOf(t, made(t, 8))
	path := made(t, 3)
	asked := false
	r := readerFunc(func(p []byte) (int, error) {
		if !asked {
			asked = true
			_, err := Open(fast(path))
			assert.ErrorIs(t, err, ErrLocked)
		}
		n := copy(p, backup)
		backup = backup[n:]
		if n == 0 {
			return 0, io.EOF
		}
		return n, nil
	})
	require.NoError(t, restoreOnly(path, r))
	assert.True(t, asked)
	assert.Equal(t, "8", stepIn(t, path))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestVerifyFindsBrokenIndexes(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*bbolt.Tx) error
		want  string
	}{
		{"missing entry", func(tx *bbolt.Tx) error {
			return tx.Bucket(bucketNames[accountNames]).Delete([]byte("ACCOUNT 1"))
		}, "index account-by-name leads to  instead of account 1000000"},
		{"wrong entry", func(tx *bbolt.Tx) error {
			return tx.Bucket(bucketNames[ownerVehicles]).Put(pairKey(1000, 1), key32(2))
		}, "index vehicle-by-owner leads to 00000002 instead of vehicle 1"},
		{"extra entry", func(tx *bbolt.Tx) error {
			return tx.Bucket(bucketNames[ownerLooseParts]).Put(pairKey(7, 7), key32(7))
		}, "index part-loose-by-owner has"},
		{"wrong key", func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucketNames[accountBucket])
			return b.Put(key32(5), b.Get(key32(1000000)))
		}, "account 1000000 is kept under the key of 5"},
		{"car of nobody", func(tx *bbolt.Tx) error {
			data, err := vehicles.codec.encode(storage.Vehicle{ID: 77, Owner: 9})
			if err != nil {
				return err
			}
			return errors.Join(tx.Bucket(bucketNames[vehicleBucket]).Put(key32(77), data),
				tx.Bucket(bucketNames[ownerVehicles]).Put(pairKey(9, 77), key32(77)))
		}, "vehicle 77: its owner, persona 9, does not exist"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustOpen(t, tempPath(t))
			play(t, s, 1, 3)
			require.NoError(t, s.Verify())
			require.NoError(t, s.db.Update(tt.spoil))
			require.ErrorContains(t, s.Verify(), tt.want)
		})
	}
}
