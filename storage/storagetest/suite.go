// Package storagetest holds the contract tests of storage.Store: every sentence
// of the interface is a test here, and an implementation calls Run and RunReopen
// from its own tests.
//
// State and Step serve tests that need a store with a history: Step plays one
// update of a made-up game, State is everything that a store holds, as one value
// to compare.
package storagetest

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
)

// Run runs the contract tests. open returns a new, empty store each time; the
// tests close it.
func Run(t *testing.T, open func(t *testing.T) storage.Store) {
	groups := []struct {
		name  string
		tests map[string]func(*testing.T, storage.Store)
	}{
		{"Accounts", accountTests},
		{"Personas", personaTests},
		{"Garage", garageTests},
		{"Money", moneyTests},
		{"Races", raceTests},
		{"Mail", mailTests},
		{"Buddies", buddyTests},
		{"AddressBans", addressBanTests},
		{"Invites", inviteTests},
		{"Blobs", blobTests},
		{"Transactions", transactionTests},
		{"Lifetime", lifetimeTests},
		{"Concurrency", concurrencyTests},
	}
	for _, group := range groups {
		t.Run(group.name, func(t *testing.T) {
			for name, test := range group.tests {
				t.Run(name, func(t *testing.T) {
					s := open(t)
					t.Cleanup(func() { closeStore(t, s) })
					test(t, s)
				})
			}
		})
	}
}

// closeStore closes a store that the test may have closed already.
func closeStore(t *testing.T, s storage.Store) {
	if err := s.Close(); err != nil && !errors.Is(err, storage.ErrClosed) {
		t.Errorf("close: %v", err)
	}
}

// update runs fn in an Update that must succeed.
func update(t *testing.T, s storage.Store, fn func(tx storage.Tx)) {
	t.Helper()
	require.NoError(t, s.Update(func(tx storage.Tx) error {
		fn(tx)
		return nil
	}))
}

// view runs fn in a View that must succeed.
func view(t *testing.T, s storage.Store, fn func(tx storage.ReadTx)) {
	t.Helper()
	require.NoError(t, s.View(func(tx storage.ReadTx) error {
		fn(tx)
		return nil
	}))
}

// day returns a moment n days after a fixed one.
func day(n int) time.Time {
	return time.Date(2001, 10, 29, 12, 30, 15, 123456789, time.UTC).AddDate(0, 0, n)
}

// fullAccount has a value in every field.
func fullAccount(id uint32, name string) storage.Account {
	return storage.Account{
		ID: id, Name: name, PasswordHash: "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA",
		Created: day(0), LastLogin: day(1), Banned: true, BanReason: `"<rude> & loud"`,
	}
}

// fullPersona has a value in every field but Deleted.
func fullPersona(id, account uint32, name string) storage.Persona {
	return storage.Persona{
		ID: id, Account: account, Name: name, Shard: 44,
		Created: day(0), LastLogin: day(2),
		Balance: 1 << 40, StarterSold: true, Muted: true,
		Look:        storage.Look{Body: -1, Hair: 0xFF000001, Skin: 2, Shirt: 3, Pants: 0xFFFFFFFF},
		Plate:       storage.Plate{Code: 0x0102, Text: "MCO 1"},
		CarSetting:  7,
		CarNumbers:  [6]string{"1", "22", "", "4", "ü", "6"},
		Description: "likes öil\x00 and\nnewlines",
		Stats:       storage.Stats{Level: 1, Points: 65535, Entered: 3, Won: 4, Completed: 5, Winnings: 6, CarsWon: 7, CarsLost: 8},
		History:     []storage.RaceStat{{RaceType: 1, Entered: 2, Finished: 3, Won: 4, CarsWon: 5, CarsLost: 6, Championships: 7, CashWon: -8}, {RaceType: 9}},
	}
}

// fullVehicle has a value in every field.
func fullVehicle(id, owner uint32) storage.Vehicle {
	return storage.Vehicle{ID: id, Owner: owner, BrandedPart: 101, Skin: 9, Flags: 0x80000000, Delta: 3, Damage: []byte{0, 1, 255}}
}

// fullPart has a value in every field.
func fullPart(id, parent, vehicle, owner uint32) storage.Part {
	return storage.Part{ID: id, Parent: parent, Vehicle: vehicle, Owner: owner, BrandedPart: 110026, Wear: 4e9, Attachment: 11, Damage: 100}
}

func ids[T any](recs []T, id func(T) uint32) []uint32 {
	var list []uint32
	for _, rec := range recs {
		list = append(list, id(rec))
	}
	return list
}

func personaID(p storage.Persona) uint32 { return p.ID }
func vehicleID(v storage.Vehicle) uint32 { return v.ID }
func partID(p storage.Part) uint32       { return p.ID }

// collect gathers what a walk hands out.
func collect[T any](t *testing.T, walk func(func(T) error) error) []T {
	t.Helper()
	var recs []T
	require.NoError(t, walk(func(rec T) error {
		recs = append(recs, rec)
		return nil
	}))
	return recs
}

// stopsAtError checks that a walk over at least two records ends at the first
// error of its function and returns it.
func stopsAtError[T any](t *testing.T, walk func(func(T) error) error) {
	t.Helper()
	stop := errors.New("stop")
	calls := 0
	err := walk(func(T) error {
		calls++
		return stop
	})
	assert.ErrorIs(t, err, stop)
	assert.Equal(t, 1, calls)
	calls = 0
	require.NoError(t, walk(func(T) error {
		calls++
		return nil
	}))
	assert.GreaterOrEqual(t, calls, 2, "the walk must have something to stop in")
}
