package game

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mcos/storage"
	"mcos/storage/bolt"
	"mcos/storage/catalog"
)

// testTime is what the clock of the tests shows.
var testTime = time.Date(2001, 10, 30, 8, 0, 0, 0, time.UTC)

func testNow() time.Time { return testTime }

// testCatalog is the base catalog.
func testCatalog() *catalog.Catalog {
	c, err := catalog.Base()
	if err != nil {
		panic(err)
	}
	return c
}

// world is a store with rules, for one test.
type world struct {
	t     *testing.T
	path  string
	store *bolt.Store
	rules *Rules
	names int
}

// newWorld opens an empty store and checks it at the end of the test. adjust
// changes the configuration and may be nil.
func newWorld(t *testing.T, adjust func(*Config)) *world {
	t.Helper()
	cfg := Default()
	if adjust != nil {
		adjust(&cfg)
	}
	w := &world{t: t, path: filepath.Join(t.TempDir(), "mcos.db"), rules: New(cfg, testCatalog, testNow)}
	w.open()
	t.Cleanup(func() {
		w.sound()
		require.NoError(t, w.store.Close())
	})
	return w
}

func (w *world) open() {
	w.t.Helper()
	var err error
	w.store, err = bolt.Open(bolt.Options{Path: w.path, NoSync: true, Now: testNow})
	require.NoError(w.t, err)
}

// sound checks that no two records contradict each other.
func (w *world) sound() {
	w.t.Helper()
	require.NoError(w.t, w.store.View(storage.Check))
}

// do runs an operation that must succeed.
func (w *world) do(fn func(storage.Tx) error) {
	w.t.Helper()
	require.NoError(w.t, w.store.Update(fn))
	w.sound()
}

// refused runs an operation that must fail with the error and change nothing.
func (w *world) refused(want error, fn func(storage.Tx) error) {
	w.t.Helper()
	before := w.snapshot()
	require.ErrorIs(w.t, w.store.Update(fn), want)
	require.Equal(w.t, before, w.snapshot())
}

// snapshot is everything in the store as text.
func (w *world) snapshot() string {
	w.t.Helper()
	text := ""
	w.view(func(tx storage.ReadTx) error {
		return tx.Personas(func(p storage.Persona) error {
			vehicles, err := tx.VehiclesOf(p.ID)
			text += fmt.Sprintf("%+v %+v\n", p, vehicles)
			if err != nil {
				return err
			}
			for _, v := range vehicles {
				parts, err := tx.PartsOfVehicle(v.ID)
				text += fmt.Sprintf("%+v\n", parts)
				if err != nil {
					return err
				}
			}
			loose, err := tx.LoosePartsOf(p.ID)
			text += fmt.Sprintf("%+v\n", loose)
			return err
		})
	})
	return text
}

func (w *world) view(fn func(storage.ReadTx) error) {
	w.t.Helper()
	require.NoError(w.t, w.store.View(fn))
}

// account makes an account.
func (w *world) account() uint32 {
	w.t.Helper()
	var id uint32
	w.names++
	w.do(func(tx storage.Tx) (err error) {
		if id, err = tx.NextAccount(); err != nil {
			return err
		}
		return tx.PutAccount(storage.Account{ID: id, Name: fmt.Sprintf("account%d", w.names), Created: testTime})
	})
	return id
}

// driver makes a persona with an account of its own and so much money.
func (w *world) driver(cash int64) uint32 {
	w.t.Helper()
	account := w.account()
	var id uint32
	w.do(func(tx storage.Tx) error {
		p, err := w.rules.CreatePersona(tx, account, fmt.Sprintf("Driver %d", w.names), 44, 0)
		if err != nil {
			return err
		}
		id = p.ID
		return w.rules.Grant(tx, id, cash-p.Balance, "test")
	})
	return id
}

// buy buys a car at the starter dealer or at All Factory Ford.
func (w *world) buy(persona, dealer, car, skin uint32) (vehicle uint32) {
	w.t.Helper()
	w.do(func(tx storage.Tx) (err error) {
		vehicle, err = w.rules.BuyCar(tx, persona, dealer, car, skin, 0)
		return err
	})
	return vehicle
}

func (w *world) buyPart(persona, branded uint32) (part uint32) {
	w.t.Helper()
	w.do(func(tx storage.Tx) (err error) {
		part, err = w.rules.BuyPart(tx, persona, branded)
		return err
	})
	return part
}

func (w *world) persona(id uint32) (p storage.Persona) {
	w.t.Helper()
	w.view(func(tx storage.ReadTx) (err error) {
		p, err = tx.Persona(id)
		return err
	})
	return p
}

func (w *world) vehicle(id uint32) (v storage.Vehicle) {
	w.t.Helper()
	w.view(func(tx storage.ReadTx) (err error) {
		v, err = tx.Vehicle(id)
		return err
	})
	return v
}

func (w *world) vehicles(owner uint32) (list []storage.Vehicle) {
	w.t.Helper()
	w.view(func(tx storage.ReadTx) (err error) {
		list, err = tx.VehiclesOf(owner)
		return err
	})
	return list
}

func (w *world) part(id uint32) (p storage.Part) {
	w.t.Helper()
	w.view(func(tx storage.ReadTx) (err error) {
		p, err = tx.Part(id)
		return err
	})
	return p
}

// harm sets the damage of a part, as a race would.
func (w *world) harm(id uint32, damage uint8) {
	w.t.Helper()
	part := w.part(id)
	part.Damage = damage
	w.do(func(tx storage.Tx) error { return tx.PutPart(part) })
}

// stats changes the totals of a persona.
func (w *world) stats(id uint32, stats storage.Stats) {
	w.t.Helper()
	p := w.persona(id)
	p.Stats = stats
	w.do(func(tx storage.Tx) error { return tx.PutPersona(p) })
}

// ledger returns the movements of a persona's money, without times.
func (w *world) ledger(id uint32) (entries []storage.LedgerEntry) {
	w.t.Helper()
	w.view(func(tx storage.ReadTx) error {
		return tx.LedgerOf(id, func(e storage.LedgerEntry) error {
			require.True(w.t, e.Time.Equal(testTime))
			e.Time = time.Time{}
			entries = append(entries, e)
			return nil
		})
	})
	return entries
}

// soak tells whether the long form of the tests is wanted.
func soak() bool { return os.Getenv("MCOS_SOAK") != "" }
