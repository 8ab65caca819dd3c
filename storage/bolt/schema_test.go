package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"mcos/storage"
)

// The migrations of these tests are those of the next version but one: the first
// leaves a note, the second needs it.
var testSteps = append(slices.Clip(migrations), []migration{
	{"count blobs", func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketNames[metaBucket]).Put([]byte("counted"), []byte("yes"))
	}},
	{"rename", func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketNames[blobBucket])
		if !bytes.Equal(tx.Bucket(bucketNames[metaBucket]).Get([]byte("counted")), []byte("yes")) {
			return errors.New("the first step has not run")
		}
		return b.Put([]byte("migrated"), []byte("\x01yes"))
	}},
}...)

func schemaOf(t *testing.T, s *Store) (schema uint32) {
	t.Helper()
	require.NoError(t, s.db.View(func(tx *bbolt.Tx) (err error) {
		schema, err = readSchema(tx)
		return err
	}))
	return schema
}

func blob(t *testing.T, s *Store, name string) string {
	t.Helper()
	var data []byte
	require.NoError(t, s.View(func(tx storage.ReadTx) (err error) {
		data, err = tx.Blob(name)
		return err
	}))
	return string(data)
}

func TestMigration(t *testing.T) {
	path := made(t, 5)
	before := readFile(t, path)
	opts := fast(path)
	opts.BackupDir = filepath.Join(t.TempDir(), "deep", "backups")
	var log []string
	opts.Log = func(event string, fields map[string]any) {
		log = append(log, fmt.Sprintf("%s from %v to %v", event, fields["from"], fields["to"]))
	}
	s, err := open(opts, testSteps)
	require.NoError(t, err)
	defer s.Close()
	assert.Equal(t, uint32(4), schemaOf(t, s))
	assert.Equal(t, "yes", blob(t, s, "migrated"))
	require.NoError(t, s.Verify())
	play(t, s, 6, 8)
	assert.Equal(t, []string{"store backed up before migration from 2 to 4", "store migrated from 2 to 4"}, log)

	// The backup is a whole store of the old schema.
	onlyFiles(t, opts.BackupDir, "mcos-schema2-20030829T010405Z.db")
	backup := filepath.Join(opts.BackupDir, "mcos-schema2-20030829T010405Z.db")
	old, err := Open(fast(backup))
	require.NoError(t, err)
	assert.Equal(t, uint32(2), schemaOf(t, old))
	assert.Equal(t, "5", blob(t, old, "step"))
	require.NoError(t, old.Close())
	onlyFiles(t, filepath.Dir(path), "mcos.db")
	assert.NotEqual(t, before, readFile(t, path))

	// Nothing more to do the next time.
	require.NoError(t, s.Close())
	s, err = open(opts, testSteps)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	assert.Len(t, log, 2)
	onlyFiles(t, opts.BackupDir, filepath.Base(backup))

	// This program does not know the schemas of the next one.
	image := readFile(t, path)
	_, err = Open(opts)
	require.ErrorIs(t, err, ErrNewer)
	require.ErrorContains(t, err, "schema 4 and this version understands up to 2")
	assert.True(t, bytes.Equal(image, readFile(t, path)))
}

func TestMigrationGoesOnFromWhereItIs(t *testing.T) {
	opts := fast(made(t, 2))
	s, err := open(opts, testSteps[:2])
	require.NoError(t, err)
	assert.Equal(t, uint32(3), schemaOf(t, s))
	require.NoError(t, s.Close())
	s, err = open(opts, testSteps)
	require.NoError(t, err)
	assert.Equal(t, uint32(4), schemaOf(t, s))
	require.NoError(t, s.Close())
	onlyFiles(t, filepath.Join(filepath.Dir(opts.Path), "backups"),
		"mcos-schema2-20030829T010405Z.db", "mcos-schema3-20030829T010405Z.db")
}

func TestNewStoresTakeAllSteps(t *testing.T) {
	opts := fast(tempPath(t))
	s, err := open(opts, testSteps)
	require.NoError(t, err)
	defer s.Close()
	assert.Equal(t, uint32(4), schemaOf(t, s))
	assert.Equal(t, "yes", blob(t, s, "migrated"))
	onlyFiles(t, filepath.Dir(opts.Path), "mcos.db") // and no backup
}

func TestFailingMigration(t *testing.T) {
	path := made(t, 5)
	before := readFile(t, path)
	backups := filepath.Join(filepath.Dir(path), "backups")
	broken := errors.New("no can do")
	steps := append(testSteps[:2:2], migration{"make trouble", func(tx *bbolt.Tx) error {
		if err := tx.DeleteBucket(bucketNames[accountBucket]); err != nil {
			return err
		}
		return broken
	}})
	_, err := open(fast(path), steps)
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "migration from schema 3 (make trouble)")
	assert.True(t, bytes.Equal(before, readFile(t, path)), "the file is as it was")
	onlyFiles(t, backups, "mcos-schema2-20030829T010405Z.db")

	// The second try at the same second keeps the first backup.
	_, err = open(fast(path), steps)
	require.ErrorIs(t, err, broken)
	onlyFiles(t, backups, "mcos-schema2-20030829T010405Z.db", "mcos-schema2-20030829T010405Z-2.db")

	s := mustOpen(t, path)
	assert.Equal(t, "5", blob(t, s, "step"))
	require.NoError(t, s.Verify())
}

func TestNoMigrationWithoutBackup(t *testing.T) {
	path := made(t, 5)
	before := readFile(t, path)
	opts := fast(path)
	opts.BackupDir = filepath.Join(path, "is", "a", "file")
	ran := false
	_, err := open(opts, append(slices.Clip(migrations), migration{"never", func(*bbolt.Tx) error { ran = true; return nil }}))
	require.ErrorContains(t, err, "backup before migration")
	assert.False(t, ran)
	assert.True(t, bytes.Equal(before, readFile(t, path)))
}

// A backup that cannot be written in full must not be left under its name.
func TestWriteFileLeavesNothingHalf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	broken := errors.New("disk full")
	err := writeFile(path, func(f *os.File) error {
		_, _ = f.WriteString("half")
		return broken
	})
	require.ErrorIs(t, err, broken)
	onlyFiles(t, filepath.Dir(path))
}

// The numbers that are in files of released versions.
func TestSchemaNumber(t *testing.T) {
	s := mustOpen(t, tempPath(t))
	assert.Equal(t, firstSchema+uint32(len(migrations)), schemaOf(t, s))
}

// A file of the first version has no room for races; it gets it, and keeps what
// it has.
func TestRoomForRaces(t *testing.T) {
	opts := fast(tempPath(t))
	require.NoError(t, os.WriteFile(opts.Path, nil, 0o600))
	require.NoError(t, build(opts.Path, opts, nil))
	db, err := bbolt.Open(opts.Path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		require.Nil(t, tx.Bucket([]byte("race")))
		return tx.Bucket(bucketNames[blobBucket]).Put([]byte("old"), []byte("\x01yes"))
	}))
	require.NoError(t, db.Close())

	s, err := Open(opts)
	require.NoError(t, err)
	defer s.Close()
	assert.Equal(t, uint32(2), schemaOf(t, s))
	assert.Equal(t, "yes", blob(t, s, "old"))
	require.NoError(t, s.Update(func(tx storage.Tx) error {
		id, err := tx.NextRace()
		require.NoError(t, err)
		require.EqualValues(t, 1, id)
		return tx.PutRace(storage.Race{ID: id, State: storage.RaceRunning})
	}))
	require.NoError(t, s.Verify())
	onlyFiles(t, filepath.Join(filepath.Dir(opts.Path), "backups"), "mcos-schema1-20030829T010405Z.db")
}
