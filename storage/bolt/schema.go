package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.etcd.io/bbolt"
)

// Keys of the meta bucket.
var (
	formatKey = []byte("format") // always formatName
	schemaKey = []byte("schema") // u32, big-endian
)

// formatName tells our files from those of other programs that use bbolt.
var formatName = []byte("mcos-store")

// firstSchema is the schema that the first migration starts from.
const firstSchema = 1

// The first ids of a new store, minus one ("The first one is ..." of storage.Tx).
const (
	accountsBefore = 999_999
	personasBefore = 999
)

// migration is one step from a schema to the next. It runs inside the
// transaction that also notes the new schema; an error leaves the file as it was.
type migration struct {
	name string // what it does, for the log
	run  func(*bbolt.Tx) error
}

// migrations are the steps from firstSchema on, in order. None is ever changed
// or removed once released. A change of one kind of record alone does not need a
// migration but an upgrade in its codec. A new store is built by layout and then
// takes all the steps too.
var migrations = []migration{
	{"make room for races", func(tx *bbolt.Tx) error {
		return createBuckets(tx, raceBucket, lobbyBestBucket, runningRaces)
	}},
	{"make room for mail and buddy lists", func(tx *bbolt.Tx) error {
		return createBuckets(tx, mailBucket, buddyBucket, mailboxes)
	}},
	{"make room for banned addresses and invites", func(tx *bbolt.Tx) error {
		return createBuckets(tx, addressBanBucket, inviteBucket)
	}},
	{"find names that look alike", func(tx *bbolt.Tx) error {
		if err := createBuckets(tx, accountLooks, personaLooks); err != nil {
			return err
		}
		if err := fillIndex(tx, &accounts, accountLooks); err != nil {
			return err
		}
		return fillIndex(tx, &personas, personaLooks)
	}},
}

// fillIndex makes the entries of a new index for the records that are there.
func fillIndex[T any](tx *bbolt.Tx, k *kind[T], index bucketID) error {
	return tx.Bucket(bucketNames[k.bucket]).ForEach(func(key, data []byte) error {
		rec, err := k.decode(key, data)
		if err != nil {
			return err
		}
		for _, e := range k.index(rec) {
			if e.bucket != index {
				continue
			}
			if err := tx.Bucket(bucketNames[index]).Put(e.key, key); err != nil {
				return err
			}
		}
		return nil
	})
}

// firstBuckets are the buckets of firstSchema.
var firstBuckets = []bucketID{
	metaBucket, accountBucket, personaBucket, vehicleBucket, partBucket, ledgerBucket, blobBucket,
	accountNames, personaNames, accountPersonas, ownerVehicles, vehicleParts, ownerLooseParts,
}

func createBuckets(tx *bbolt.Tx, ids ...bucketID) error {
	for _, id := range ids {
		if _, err := tx.CreateBucket(bucketNames[id]); err != nil {
			return fmt.Errorf("create bucket %s: %w", id, err)
		}
	}
	return nil
}

// layout makes the buckets of a new store, in the form of firstSchema.
func layout(tx *bbolt.Tx) error {
	if err := createBuckets(tx, firstBuckets...); err != nil {
		return err
	}
	if err := tx.Bucket(bucketNames[accountBucket]).SetSequence(accountsBefore); err != nil {
		return err
	}
	if err := tx.Bucket(bucketNames[personaBucket]).SetSequence(personasBefore); err != nil {
		return err
	}
	if err := tx.Bucket(bucketNames[metaBucket]).Put(formatKey, formatName); err != nil {
		return err
	}
	return setSchema(tx, firstSchema)
}

func setSchema(tx *bbolt.Tx, schema uint32) error {
	return tx.Bucket(bucketNames[metaBucket]).Put(schemaKey, key32(schema))
}

// readSchema tells whether the file is ours and which schema it has.
func readSchema(tx *bbolt.Tx) (uint32, error) {
	b := tx.Bucket(bucketNames[metaBucket])
	if b == nil || !bytes.Equal(b.Get(formatKey), formatName) {
		return 0, fmt.Errorf("%w: it belongs to another program", ErrForeign)
	}
	schema := b.Get(schemaKey)
	if len(schema) != 4 || be32(schema) < firstSchema {
		return 0, fmt.Errorf("%w: its schema number is %x", ErrCorrupt, schema)
	}
	return be32(schema), nil
}

// checkSchema reads the schema and refuses what this program cannot use.
func checkSchema(tx *bbolt.Tx, current uint32) (uint32, error) {
	schema, err := readSchema(tx)
	if err != nil {
		return 0, err
	}
	if schema > current {
		return 0, fmt.Errorf("%w: it has schema %d and this version understands up to %d; install the newer version or restore a backup made by this one", ErrNewer, schema, current)
	}
	return schema, nil
}

// migrate brings an opened file to the current schema, after a copy of it.
func migrate(db *bbolt.DB, opts Options, steps []migration) error {
	current := firstSchema + uint32(len(steps))
	var schema uint32
	err := db.View(func(tx *bbolt.Tx) (err error) {
		schema, err = checkSchema(tx, current)
		return err
	})
	if err != nil {
		return err
	}
	if schema < current {
		if err := backupBefore(db, opts, schema, current); err != nil {
			return fmt.Errorf("backup before migration: %w", err)
		}
		if err := runSteps(db, steps, schema); err != nil {
			return err
		}
		opts.Log("store migrated", map[string]any{"path": opts.Path, "from": schema, "to": current})
	}
	return db.View(func(tx *bbolt.Tx) error {
		for _, name := range bucketNames {
			if tx.Bucket(name) == nil {
				return fmt.Errorf("%w: bucket %s is missing", ErrCorrupt, name)
			}
		}
		return nil
	})
}

// runSteps runs all steps from a schema on in one transaction.
func runSteps(db *bbolt.DB, steps []migration, schema uint32) error {
	return db.Update(func(tx *bbolt.Tx) error {
		for _, step := range steps[schema-firstSchema:] {
			if err := step.run(tx); err != nil {
				return fmt.Errorf("migration from schema %d (%s): %w", schema, step.name, err)
			}
			schema++
		}
		return setSchema(tx, schema)
	})
}

// backupBefore copies the file to the backup folder before a migration.
func backupBefore(db *bbolt.DB, opts Options, schema, current uint32) error {
	if opts.noBackup {
		return nil
	}
	if err := os.MkdirAll(opts.BackupDir, 0o700); err != nil {
		return err
	}
	base := strings.TrimSuffix(filepath.Base(opts.Path), filepath.Ext(opts.Path))
	stem := fmt.Sprintf("%s-schema%d-%s", base, schema, opts.Now().UTC().Format("20060102T150405Z"))
	path, err := freeName(filepath.Join(opts.BackupDir, stem), ".db")
	if err != nil {
		return err
	}
	err = writeFile(path, func(f *os.File) error {
		err := db.View(func(tx *bbolt.Tx) error {
			_, err := tx.WriteTo(f)
			return err
		})
		if err != nil {
			return err
		}
		return checkStructure(f)
	})
	if err != nil {
		return err
	}
	opts.Log("store backed up before migration", map[string]any{"path": opts.Path, "backup": path, "from": schema, "to": current})
	return nil
}

// freeName returns a path that does not exist yet: stem and extension, with a
// number between them when needed.
func freeName(stem, ext string) (string, error) {
	for n := 1; ; n++ {
		path := stem + ext
		if n > 1 {
			path = fmt.Sprintf("%s-%d%s", stem, n, ext)
		}
		_, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return path, nil
		}
		if err != nil {
			return "", err
		}
	}
}
