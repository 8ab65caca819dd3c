package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"mcos/app/accounts"
	"mcos/app/admin/doctor"
	"mcos/app/datadir"
	"mcos/app/game"
	"mcos/app/keys"
	"mcos/app/netaddr"
	"mcos/app/passwords"
	"mcos/storage"
	"mcos/storage/bolt"
	"mcos/storage/catalog"
)

// OfflineOptions are what the operator's work needs when no server runs.
type OfflineOptions struct {
	Dir     datadir.Dir
	Economy game.Config
	Keys    keys.Config
	// Address decides which hosts players are told, and new certificates name.
	Address netaddr.Settings
	Shard   uint32
	// Passwords is the cost of new password hashes.
	Passwords passwords.Params
	Now       func() time.Time
	// NewCatalog is for importing a catalog: the one in the store may then be
	// damaged, and the one that comes with the server takes its place meanwhile.
	NewCatalog bool
	// Doctor says what the doctor looks at; its Catalog and Verify are filled in.
	Doctor doctor.Options
}

// Offline is the store of a data folder on which no server runs, opened for the
// operator's work.
type Offline struct {
	*Local
	store *bolt.Store
}

// ErrInUse says that another program has the store open.
var ErrInUse = errors.New("the store is in use by another program")

// OpenOffline opens the store, making it when there is none. It returns an error
// that wraps ErrInUse while a server, or another command, has it open.
func OpenOffline(o OfflineOptions) (*Offline, error) {
	store, err := openStore(o.Dir, o.Now)
	if err != nil {
		return nil, err
	}
	first, _, err := LoadCatalog(store)
	if err != nil && o.NewCatalog {
		first, err = catalog.Base()
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	var current atomic.Pointer[catalog.Catalog]
	current.Store(first)
	local := &Local{
		Store: store,
		Dir:   o.Dir,
		Users: &accounts.Service{
			Store: store, Hasher: passwords.New(o.Passwords), Sessions: nobody{}, Now: o.Now,
		},
		Rules: game.New(o.Economy, current.Load, o.Now),
		Shard: o.Shard,
		// Making keys takes a moment, so only who asks for them waits.
		Ring: sync.OnceValues(func() (*keys.Ring, error) {
			names := func() []string {
				computer, _ := os.Hostname() // without one nobody calls it so
				names, _ := CertificateNames(hostsTold(o.Address), computer)
				return names
			}
			return keys.Open(o.Dir.Keys(), o.Keys, names, o.Now)
		}),
		KeyDir:  o.Dir.Keys(),
		Current: current.Load,
		UseCatalog: func(blob []byte) error {
			c, err := build(blob)
			if err == nil {
				current.Store(c)
			}
			return err
		},
		Examine: func(ctx context.Context) doctor.Report {
			return doctor.Run(ctx, Examine(o.Doctor, store, current.Load))
		},
	}
	return &Offline{Local: local, store: store}, nil
}

// Close closes the store.
func (o *Offline) Close() error { return o.store.Close() }

// nobody is logged in when no server runs.
type nobody struct{}

func (nobody) End(uint32, string) {}

func openStore(dir datadir.Dir, now func() time.Time) (*bolt.Store, error) {
	s, err := bolt.Open(bolt.Options{Path: dir.Store(), BackupDir: dir.Backups(), Now: now})
	if errors.Is(err, bolt.ErrLocked) {
		return nil, fmt.Errorf("%w: %s", ErrInUse, dir.Store())
	}
	return s, err
}

// Examine completes what the doctor looks at with a store and the catalog in use.
func Examine(o doctor.Options, store storage.Store, current func() *catalog.Catalog) doctor.Options {
	o.Verify = func() error { return Verify(store) }
	o.Catalog = func() (doctor.Catalog, error) {
		imported := false
		err := store.View(func(tx storage.ReadTx) error {
			_, err := tx.Blob(CatalogBlob)
			imported = err == nil
			if errors.Is(err, storage.ErrNotFound) {
				return nil
			}
			return err
		})
		n := current().Counts()
		return doctor.Catalog{Imported: imported, Cars: n.Cars, Parts: n.Parts}, err
	}
	return o
}

// DoctorOffline examines a data folder on which no server runs. What the first
// start would make is not made; a store of an older version is brought forward,
// as by every program that opens it.
func DoctorOffline(ctx context.Context, o doctor.Options, now func() time.Time) doctor.Report {
	_, err := os.Stat(o.Dir.Store())
	if errors.Is(err, fs.ErrNotExist) {
		o.Catalog = func() (doctor.Catalog, error) {
			c, err := catalog.Base()
			if err != nil {
				return doctor.Catalog{}, err
			}
			return doctor.Catalog{Cars: c.Counts().Cars, Parts: c.Counts().Parts}, nil
		}
		return doctor.Run(ctx, o)
	}
	store, err := openStore(o.Dir, now)
	if err != nil {
		o.Verify = func() error { return err }
		return doctor.Run(ctx, o)
	}
	defer store.Close()
	current, _, err := LoadCatalog(store)
	if err != nil {
		o.Verify = func() error { return Verify(store) }
		o.Catalog = func() (doctor.Catalog, error) { return doctor.Catalog{}, err }
		return doctor.Run(ctx, o)
	}
	return doctor.Run(ctx, Examine(o, store, func() *catalog.Catalog { return current }))
}

// Restore replaces the store of a data folder by a backup and returns the path
// under which the old one is kept, "" when there was none. It returns an error
// that wraps ErrInUse while a server has the store open.
func Restore(dir datadir.Dir, r io.Reader) (old string, err error) {
	old, err = bolt.Restore(dir.Store(), r)
	if errors.Is(err, bolt.ErrLocked) {
		return "", fmt.Errorf("%w: %s", ErrInUse, dir.Store())
	}
	if err != nil {
		return "", err
	}
	// The newer wish counts.
	if err := os.Remove(dir.StagedRestore()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return old, err
	}
	return old, nil
}
