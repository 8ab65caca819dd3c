package game

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
)

func TestTexts(t *testing.T) {
	r := New(Default(), testCatalog, testNow)
	for _, tc := range []struct {
		what      string
		check     func(string) error
		problem   error
		good, bad []string
	}{
		{"name", r.ValidName, ErrName,
			[]string{"J", "Dr Brown", "Ten Chars!", "~{x}|"},
			[]string{"", " ", "ElevenChars", " Lead", "Trail ", "Tab\there", "Caf\xe9", "Café", "\x7f"}},
		{"plate", r.ValidPlate, ErrText,
			[]string{"A", "BTTF 88", "OUTATIM", "!", "~"},
			[]string{"", " LEAD", "TRAIL ", "EIGHTCHR", "OUTATIME", "A\x00B", "Ä"}},
		{"car number", r.ValidCarNumber, ErrText,
			[]string{"", "7", "42", " 7", "7 ", "~~"},
			[]string{"123", "\x1f", "\x7f", "é"}},
	} {
		for _, s := range tc.good {
			assert.NoError(t, tc.check(s), "%s %q", tc.what, s)
		}
		for _, s := range tc.bad {
			assert.ErrorIs(t, tc.check(s), tc.problem, "%s %q", tc.what, s)
		}
	}
}

func TestCreatePersona(t *testing.T) {
	w := newWorld(t, nil)
	account := w.account()
	var p storage.Persona
	w.do(func(tx storage.Tx) (err error) {
		p, err = w.rules.CreatePersona(tx, account, "Marty", 44, 0)
		return err
	})
	assert.Equal(t, storage.Persona{
		ID: 1000, Account: account, Name: "Marty", Shard: 44, Created: testTime, LastLogin: testTime,
		Balance: 10000, Look: newLook, Stats: storage.Stats{Level: 1},
	}, p)
	assert.Equal(t, p, w.persona(1000))
	assert.Equal(t, []storage.LedgerEntry{{ID: 1, Persona: 1000, Kind: storage.StarterCash, Amount: 10000, Balance: 10000}}, w.ledger(1000))
	assert.Empty(t, w.vehicles(1000))
}

func TestCreatePersonaRefusals(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.PersonaLimit = 2 })
	full, account := w.account(), w.account()
	create := func(account uint32, name string, id uint32) func(storage.Tx) error {
		return func(tx storage.Tx) error {
			_, err := w.rules.CreatePersona(tx, account, name, 44, id)
			return err
		}
	}
	w.do(create(full, "Marty", 0))
	w.do(create(full, "Doc", 0))
	for _, tc := range []struct {
		name, want string
		account    uint32
		id         uint32
		err        error
	}{
		{name: "the form of the name comes first", account: full, want: " Bad", err: ErrName},
		{name: "the limit comes before a taken name", account: full, want: "Marty", err: ErrLimit},
		{name: "limit", account: full, want: "Jennifer", err: ErrLimit},
		{name: "taken", account: account, want: "Marty", err: storage.ErrNameTaken},
		{name: "taken in another case", account: account, want: "mARTY", err: storage.ErrNameTaken},
		{name: "a dealer", account: account, want: "joe", err: storage.ErrNameTaken},
		{name: "id in use", account: account, want: "Biff", id: 1000, err: ErrIDTaken},
		{name: "id of a dealer", account: account, want: "Biff", id: 8, err: ErrIDTaken},
		{name: "id of a computer driver", account: account, want: "Biff", id: 999, err: ErrIDTaken},
		{name: "no such account", account: 77, want: "Biff", err: storage.ErrNotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.refused(tc.err, create(tc.account, tc.want, tc.id))
		})
	}
}

func TestCreatePersonaWithID(t *testing.T) {
	w := newWorld(t, nil)
	account := w.account()
	var ids []uint32
	for _, want := range []uint32{21, 1000, 0} {
		w.do(func(tx storage.Tx) error {
			p, err := w.rules.CreatePersona(tx, account, strings.Repeat("x", len(ids)+1), 44, want)
			ids = append(ids, p.ID)
			return err
		})
	}
	assert.Equal(t, []uint32{21, 1000, 1001}, ids)
}

func TestNameFree(t *testing.T) {
	w := newWorld(t, nil)
	w.driver(0) // Driver 1
	w.view(func(tx storage.ReadTx) error {
		assert.NoError(t, w.rules.NameFree(tx, "Driver 2"))
		assert.ErrorIs(t, w.rules.NameFree(tx, "dRIVER 1"), storage.ErrNameTaken)
		assert.ErrorIs(t, w.rules.NameFree(tx, "Joe"), storage.ErrNameTaken)
		for _, like := range []string{"DRIVER I", "Driverl", "D r!ver 1", "Dr|ver1"} {
			assert.ErrorIs(t, w.rules.NameFree(tx, like), storage.ErrNameTaken, like)
		}
		assert.ErrorIs(t, w.rules.NameFree(tx, "J0e"), storage.ErrNameTaken, "of a system player")
		assert.ErrorIs(t, w.rules.NameFree(tx, ""), ErrName)
		return nil
	})
}

func TestDeletePersona(t *testing.T) {
	w := newWorld(t, nil)
	friend := w.driver(0)
	id, other := w.driver(10000), w.account()
	p := w.persona(id)
	car := w.buy(id, 8, 104, 41)
	remove := func(account, id uint32) func(storage.Tx) error {
		return func(tx storage.Tx) error { return w.rules.DeletePersona(tx, account, id) }
	}
	w.do(func(tx storage.Tx) error {
		return errors.Join(
			tx.PutMail(storage.Mail{ID: 1, To: id}), tx.PutMail(storage.Mail{ID: 2, To: friend, From: id}),
			tx.PutBuddy(storage.Buddy{Owner: id, Persona: friend}), tx.PutBuddy(storage.Buddy{Owner: friend, Persona: id}),
		)
	})
	w.refused(storage.ErrNotFound, remove(other, id))
	w.refused(storage.ErrNotFound, remove(p.Account, 4711))
	w.do(remove(p.Account, id))
	w.refused(storage.ErrNotFound, remove(p.Account, id)) // not twice

	assert.True(t, w.persona(id).Deleted.Equal(testTime))
	assert.Equal(t, id, w.vehicle(car).Owner, "the cars stay with the dead row")
	w.do(func(tx storage.Tx) error {
		_, gone := tx.Mail(1)
		assert.ErrorIs(t, gone, storage.ErrNotFound)
		_, err := tx.Mail(2)
		assert.NoError(t, err, "what it wrote to others stays")
		for owner, want := range map[uint32]int{id: 0, friend: 1} {
			list, err := tx.BuddiesOf(owner)
			require.NoError(t, err)
			assert.Len(t, list, want)
		}
		return nil
	})
	// The name is free, the place in the account too, the id is not.
	w.do(func(tx storage.Tx) error {
		again, err := w.rules.CreatePersona(tx, p.Account, p.Name, 44, 0)
		assert.Equal(t, id+1, again.ID)
		return err
	})
	w.refused(ErrIDTaken, func(tx storage.Tx) error {
		_, err := w.rules.CreatePersona(tx, p.Account, "Ghost", 44, id)
		return err
	})
	// Nothing is sold to the dead.
	for name, op := range map[string]func(storage.Tx) error{
		"grant":   func(tx storage.Tx) error { return w.rules.Grant(tx, id, 1, "") },
		"starter": func(tx storage.Tx) error { _, err := w.rules.SellStarter(tx, id, 8, 104, 41); return err },
		"car":     func(tx storage.Tx) error { _, err := w.rules.BuyCar(tx, id, 6, 104, 41, 0); return err },
		"gift":    func(tx storage.Tx) error { _, err := w.rules.GiveCar(tx, id, 104, 41, ""); return err },
		"part":    func(tx storage.Tx) error { _, err := w.rules.BuyPart(tx, id, 110014); return err },
		"repair":  func(tx storage.Tx) error { return w.rules.RepairVehicle(tx, id, car) },
		"repairs": func(tx storage.Tx) error { return w.rules.RepairParts(tx, id, []uint32{car + 1}) },
		"install": func(tx storage.Tx) error { return w.rules.InstallPart(tx, id, car+1, car, 0) },
		"remove":  func(tx storage.Tx) error { return w.rules.RemovePart(tx, id, car+1) },
		"scrap":   func(tx storage.Tx) error { return w.rules.ScrapPart(tx, id, car+1) },
	} {
		t.Run(name, func(*testing.T) { w.refused(ErrDeleted, op) })
	}
}

func TestGrant(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.StartingCash = 100 })
	account := w.account()
	w.do(func(tx storage.Tx) error {
		_, err := w.rules.CreatePersona(tx, account, "Marty", 44, 0)
		return err
	})
	grant := func(id uint32, amount int64) func(storage.Tx) error {
		return func(tx storage.Tx) error { return w.rules.Grant(tx, id, amount, "a present") }
	}
	w.do(grant(1000, 50))
	w.do(grant(1000, -150))
	assert.Equal(t, []storage.LedgerEntry{
		{ID: 1, Persona: 1000, Kind: storage.StarterCash, Amount: 100, Balance: 100},
		{ID: 2, Persona: 1000, Kind: storage.Grant, Amount: 50, Balance: 150, Note: "a present"},
		{ID: 3, Persona: 1000, Kind: storage.Grant, Amount: -150, Note: "a present"},
	}, w.ledger(1000))
	w.refused(ErrFunds, grant(1000, -1))
	w.refused(ErrFunds, grant(1000, math.MinInt64))
	w.refused(ErrBalance, grant(1000, math.MaxUint32+1))
	w.refused(ErrBalance, grant(1000, math.MaxInt64))
	w.do(grant(1000, math.MaxUint32))
	w.refused(ErrBalance, grant(1000, 1))
	w.refused(storage.ErrNotFound, grant(4711, 1))
	assert.EqualValues(t, math.MaxUint32, w.persona(1000).Balance)
}

func TestNoStartingCash(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.StartingCash = 0 })
	account := w.account()
	w.do(func(tx storage.Tx) error {
		_, err := w.rules.CreatePersona(tx, account, "Poor", 44, 0)
		return err
	})
	require.Len(t, w.ledger(1000), 1, "an entry all the same")
}
