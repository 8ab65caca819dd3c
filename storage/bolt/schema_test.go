package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

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

// present is the schema of this version; steps is how many migrations lead to the
// one after it.
var (
	present = firstSchema + uint32(len(migrations))
	steps   = len(migrations) + 1
)

// backupName is the file name of a backup of a schema.
func backupName(schema uint32, suffix string) string {
	return fmt.Sprintf("mcos-schema%d-20030829T010405Z%s.db", schema, suffix)
}

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
	assert.Equal(t, present+2, schemaOf(t, s))
	assert.Equal(t, "yes", blob(t, s, "migrated"))
	require.NoError(t, s.Verify())
	play(t, s, 6, 8)
	assert.Equal(t, []string{fmt.Sprintf("store backed up before migration from %d to %d", present, present+2), fmt.Sprintf("store migrated from %d to %d", present, present+2)}, log)

	// The backup is a whole store of the old schema.
	onlyFiles(t, opts.BackupDir, backupName(present, ""))
	backup := filepath.Join(opts.BackupDir, backupName(present, ""))
	old, err := Open(fast(backup))
	require.NoError(t, err)
	assert.Equal(t, present, schemaOf(t, old))
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
	require.ErrorContains(t, err, fmt.Sprintf("schema %d and this version understands up to %d", present+2, present))
	assert.True(t, bytes.Equal(image, readFile(t, path)))
}

// A store from before names were compared by their looks finds them afterwards.
func TestLooksOfOldNames(t *testing.T) {
	opts := fast(tempPath(t))
	s, err := Open(opts)
	require.NoError(t, err)
	require.NoError(t, s.Update(func(tx storage.Tx) error {
		return errors.Join(
			tx.PutAccount(storage.Account{ID: 1000000, Name: "lola"}),
			tx.PutPersona(storage.Persona{ID: 1000, Account: 1000000, Name: "Lola 1"}),
			tx.PutPersona(storage.Persona{ID: 1001, Account: 1000000, Name: "Gone", Deleted: time.Unix(1, 0)}),
		)
	}))
	require.NoError(t, s.db.Update(func(tx *bbolt.Tx) error {
		return errors.Join(tx.DeleteBucket(bucketNames[accountLooks]), tx.DeleteBucket(bucketNames[personaLooks]), setSchema(tx, 4))
	}))
	require.NoError(t, s.Close())
	s, err = Open(opts)
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Verify())
	require.NoError(t, s.View(func(tx storage.ReadTx) error {
		drivers, err := tx.PersonasLike("l0lal")
		assert.Len(t, drivers, 1)
		logins, err2 := tx.AccountsLike("L0LA")
		assert.Len(t, logins, 1)
		return errors.Join(err, err2)
	}))
}

func TestMigrationGoesOnFromWhereItIs(t *testing.T) {
	opts := fast(made(t, 2))
	s, err := open(opts, testSteps[:steps])
	require.NoError(t, err)
	assert.Equal(t, present+1, schemaOf(t, s))
	require.NoError(t, s.Close())
	s, err = open(opts, testSteps)
	require.NoError(t, err)
	assert.Equal(t, present+2, schemaOf(t, s))
	require.NoError(t, s.Close())
	onlyFiles(t, filepath.Join(filepath.Dir(opts.Path), "backups"),
		backupName(present, ""), backupName(present+1, ""))
}

func TestNewStoresTakeAllSteps(t *testing.T) {
	opts := fast(tempPath(t))
	s, err := open(opts, testSteps)
	require.NoError(t, err)
	defer s.Close()
	assert.Equal(t, present+2, schemaOf(t, s))
	assert.Equal(t, "yes", blob(t, s, "migrated"))
	onlyFiles(t, filepath.Dir(opts.Path), "mcos.db") // and no backup
}

func TestFailingMigration(t *testing.T) {
	path := made(t, 5)
	before := readFile(t, path)
	backups := filepath.Join(filepath.Dir(path), "backups")
	broken := errors.New("no can do")
	failing := append(testSteps[:steps:steps], migration{"make trouble", func(tx *bbolt.Tx) error {
		if err := tx.DeleteBucket(bucketNames[accountBucket]); err != nil {
			return err
		}
		return broken
	}})
	_, err := open(fast(path), failing)
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, fmt.Sprintf("migration from schema %d (make trouble)", present+1))
	assert.True(t, bytes.Equal(before, readFile(t, path)), "the file is as it was")
	onlyFiles(t, backups, backupName(present, ""))

	// The second try at the same second keeps the first backup.
	_, err = open(fast(path), failing)
	require.ErrorIs(t, err, broken)
	onlyFiles(t, backups, backupName(present, ""), backupName(present, "-2"))

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

// Files of older versions lack what came later; they get it, and keep what they
// have.
func TestRoomForWhatCameLater(t *testing.T) {
	for schema, missing := range map[uint32][]string{
		1: {"race", "race-running", "lobby-best", "mail", "mail-by-persona", "buddy", "address-ban", "invite", "account-by-looks"},
		2: {"mail", "mail-by-persona", "buddy", "address-ban", "invite"},
		3: {"address-ban", "invite", "persona-by-looks"},
		4: {"account-by-looks", "persona-by-looks"},
	} {
		t.Run(fmt.Sprint("schema ", schema), func(t *testing.T) {
			opts := fast(tempPath(t))
			require.NoError(t, os.WriteFile(opts.Path, nil, 0o600))
			require.NoError(t, build(opts.Path, opts, migrations[:schema-firstSchema]))
			db, err := bbolt.Open(opts.Path, 0o600, nil)
			require.NoError(t, err)
			require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
				for _, name := range missing {
					require.Nil(t, tx.Bucket([]byte(name)), name)
				}
				return tx.Bucket(bucketNames[blobBucket]).Put([]byte("old"), []byte("\x01yes"))
			}))
			require.NoError(t, db.Close())

			s, err := Open(opts)
			require.NoError(t, err)
			defer s.Close()
			assert.Equal(t, uint32(5), schemaOf(t, s))
			assert.Equal(t, "yes", blob(t, s, "old"))
			require.NoError(t, s.Update(func(tx storage.Tx) error {
				race, err := tx.NextRace()
				require.NoError(t, err)
				require.EqualValues(t, 1, race)
				mail, err := tx.NextMail()
				require.NoError(t, err)
				require.EqualValues(t, 1, mail)
				return errors.Join(
					tx.PutRace(storage.Race{ID: race, State: storage.RaceRunning}),
					tx.PutMail(storage.Mail{ID: mail, To: 1000}),
					tx.PutBuddy(storage.Buddy{Owner: 1000, Persona: 1001}),
					tx.PutAddressBan(storage.AddressBan{Network: netip.MustParsePrefix("192.0.2.0/24")}),
					tx.PutInvite(storage.Invite{Code: "AAAA"}),
				)
			}))
			require.NoError(t, s.Verify())
			onlyFiles(t, filepath.Join(filepath.Dir(opts.Path), "backups"), backupName(schema, ""))
		})
	}
}
