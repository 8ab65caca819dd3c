package game

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"mcos/storage"
	"mcos/storage/storagetest/failpoint"
)

// Whatever write of whatever operation fails: its error comes out and nothing of
// the operation stays.
func TestEveryWriteMayFail(t *testing.T) {
	w := newWorld(t, nil)
	id := w.driver(100000)
	account := w.persona(id).Account
	car := w.buy(id, 6, 104, 41)
	spare := w.buyPart(id, tire)
	w.do(func(tx storage.Tx) error { return w.rules.RemovePart(tx, id, car+engine) })
	w.do(func(tx storage.Tx) error { return w.rules.RemovePart(tx, id, car+frontTire) })
	w.harm(car+7, 30)
	w.harm(car+8, 40)
	novice := w.driver(10000)
	for name, op := range map[string]func(storage.Tx) error{
		"create":  func(tx storage.Tx) error { _, err := w.rules.CreatePersona(tx, account, "Marty", 44, 0); return err },
		"delete":  func(tx storage.Tx) error { return w.rules.DeletePersona(tx, account, id) },
		"grant":   func(tx storage.Tx) error { return w.rules.Grant(tx, id, 5, "") },
		"starter": func(tx storage.Tx) error { _, err := w.rules.SellStarter(tx, novice, 8, 104, 41); return err },
		"car":     func(tx storage.Tx) error { _, err := w.rules.BuyCar(tx, id, 6, 101, 1, 0); return err },
		"gift":    func(tx storage.Tx) error { _, err := w.rules.GiveCar(tx, id, 101, 1, ""); return err },
		"part":    func(tx storage.Tx) error { _, err := w.rules.BuyPart(tx, id, tire); return err },
		"repair":  func(tx storage.Tx) error { return w.rules.RepairVehicle(tx, id, car) },
		"repairs": func(tx storage.Tx) error { return w.rules.RepairParts(tx, id, []uint32{car + 7, car + 8}) },
		"install": func(tx storage.Tx) error { return w.rules.InstallPart(tx, id, car+engine, car, 0) },
		"mount":   func(tx storage.Tx) error { return w.rules.InstallPart(tx, id, spare, car+wheels, 10) },
		"remove":  func(tx storage.Tx) error { return w.rules.RemovePart(tx, id, car+suspension) },
		"scrap":   func(tx storage.Tx) error { return w.rules.ScrapPart(tx, id, car+suspension) },
	} {
		t.Run(name, func(t *testing.T) {
			before := w.snapshot()
			broken := errors.New("the disk is full")
			count := failpoint.FailAt(w.store, 0, failpoint.Before, nil)
			undo := errors.New("undo")
			require.ErrorIs(t, count.Update(func(tx storage.Tx) error {
				if err := op(tx); err != nil {
					return err
				}
				return undo
			}), undo)
			require.NotZero(t, count.Writes())
			for n := 1; n <= count.Writes(); n++ {
				for _, when := range []failpoint.When{failpoint.Before, failpoint.After} {
					s := failpoint.FailAt(w.store, n, when, failpoint.Error(broken))
					require.ErrorIs(t, s.Update(op), broken, "%s write %d", when, n)
					require.Equal(t, before, w.snapshot(), "%s write %d", when, n)
				}
			}
		})
	}
}

// blind is a transaction whose reads fail from the n-th on.
type blind struct {
	storage.Tx
	left *int
}

var errBlind = errors.New("cannot read")

func look[T any](b blind, read func() (T, error)) (T, error) {
	if *b.left--; *b.left < 0 {
		var zero T
		return zero, errBlind
	}
	return read()
}

func (b blind) Account(id uint32) (storage.Account, error) {
	return look(b, func() (storage.Account, error) { return b.Tx.Account(id) })
}

func (b blind) Persona(id uint32) (storage.Persona, error) {
	return look(b, func() (storage.Persona, error) { return b.Tx.Persona(id) })
}

func (b blind) PersonaByName(name string) (storage.Persona, error) {
	return look(b, func() (storage.Persona, error) { return b.Tx.PersonaByName(name) })
}

func (b blind) PersonasOf(account uint32) ([]storage.Persona, error) {
	return look(b, func() ([]storage.Persona, error) { return b.Tx.PersonasOf(account) })
}

func (b blind) Vehicle(id uint32) (storage.Vehicle, error) {
	return look(b, func() (storage.Vehicle, error) { return b.Tx.Vehicle(id) })
}

func (b blind) VehiclesOf(owner uint32) ([]storage.Vehicle, error) {
	return look(b, func() ([]storage.Vehicle, error) { return b.Tx.VehiclesOf(owner) })
}

func (b blind) Part(id uint32) (storage.Part, error) {
	return look(b, func() (storage.Part, error) { return b.Tx.Part(id) })
}

func (b blind) PartsOfVehicle(vehicle uint32) ([]storage.Part, error) {
	return look(b, func() ([]storage.Part, error) { return b.Tx.PartsOfVehicle(vehicle) })
}

func (b blind) LoosePartsOf(owner uint32) ([]storage.Part, error) {
	return look(b, func() ([]storage.Part, error) { return b.Tx.LoosePartsOf(owner) })
}

// Whatever read of whatever operation fails: it ends with that error, which is
// not mistaken for a refusal.
func TestEveryReadMayFail(t *testing.T) {
	w := newWorld(t, nil)
	id := w.driver(100000)
	account := w.persona(id).Account
	car := w.buy(id, 6, 104, 41)
	spare := w.buyPart(id, tire)
	w.do(func(tx storage.Tx) error { return w.rules.RemovePart(tx, id, car+frontTire) })
	w.harm(car+7, 30)
	novice := w.driver(10000)
	for name, op := range map[string]func(storage.Tx) error{
		"create":    func(tx storage.Tx) error { _, err := w.rules.CreatePersona(tx, account, "Marty", 44, 21); return err },
		"delete":    func(tx storage.Tx) error { return w.rules.DeletePersona(tx, account, id) },
		"starter":   func(tx storage.Tx) error { _, err := w.rules.SellStarter(tx, novice, 8, 104, 41); return err },
		"car":       func(tx storage.Tx) error { _, err := w.rules.BuyCar(tx, id, 6, 101, 1, 0); return err },
		"gift":      func(tx storage.Tx) error { _, err := w.rules.GiveCar(tx, id, 101, 1, ""); return err },
		"part":      func(tx storage.Tx) error { _, err := w.rules.BuyPart(tx, id, tire); return err },
		"repair":    func(tx storage.Tx) error { return w.rules.RepairVehicle(tx, id, car) },
		"repairs":   func(tx storage.Tx) error { return w.rules.RepairParts(tx, id, []uint32{car + 7}) },
		"install":   func(tx storage.Tx) error { return w.rules.InstallPart(tx, id, spare, car+wheels, 10) },
		"remove":    func(tx storage.Tx) error { return w.rules.RemovePart(tx, id, car+suspension) },
		"scrap":     func(tx storage.Tx) error { return w.rules.ScrapPart(tx, id, car+suspension) },
		"look":      func(tx storage.Tx) error { _, err := w.rules.Assembly(tx, id, car); return err },
		"look away": func(tx storage.Tx) error { _, err := w.rules.Assembly(tx, novice, car); return err },
	} {
		t.Run(name, func(t *testing.T) {
			before := w.snapshot()
			for n := 0; ; n++ {
				left := n
				undo := fmt.Errorf("done with %d reads", n)
				err := w.store.Update(func(tx storage.Tx) error {
					if err := op(blind{tx, &left}); err != nil {
						return err
					}
					return undo
				})
				require.Equal(t, before, w.snapshot())
				if errors.Is(err, undo) {
					require.NotZero(t, n)
					return
				}
				require.ErrorIs(t, err, errBlind, "read %d", n+1)
				for _, refusal := range []error{ErrNotOwner, ErrDeleted, ErrNotOffered, storage.ErrNotFound} {
					require.NotErrorIs(t, err, refusal, "read %d", n+1)
				}
			}
		})
	}
}
