package game

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
)

func accepting(c *Config) { c.TradeIn, c.CarsPerLevel = "accept", 1 }

func (w *world) swap(persona, dealer, car, skin, old uint32) func(storage.Tx) error {
	return func(tx storage.Tx) error { _, err := w.rules.BuyCar(tx, persona, dealer, car, skin, old); return err }
}

// A full garage is no obstacle, and the old car pays for a part of the new one.
func TestTradeIn(t *testing.T) {
	w := newWorld(t, accepting)
	id := w.driver(20000)
	w.buy(id, 8, 104, 41)
	tire := w.part(22)
	require.EqualValues(t, 10, tire.Attachment, "a front tire")
	tire.Damage = 50
	w.do(func(tx storage.Tx) error { return tx.PutPart(tire) })

	// 20000 - 6495 for the starter; half of 6495 less half of the price of its
	// tires, 159, rounded up; 7610 for the new car.
	w.do(w.swap(id, 6, 101, 1, 1))
	assert.EqualValues(t, 20000-6495+3247-80-7610, w.persona(id).Balance)
	cars := w.vehicles(id)
	require.Len(t, cars, 1)
	assert.EqualValues(t, 101, cars[0].BrandedPart)
	for part := uint32(1); part <= 41; part++ {
		w.view(func(tx storage.ReadTx) error {
			_, err := tx.Part(part)
			assert.ErrorIs(t, err, storage.ErrNotFound, "part %d went with the car", part)
			return nil
		})
	}
	ledger := w.ledger(id)
	taken := ledger[len(ledger)-2]
	assert.Equal(t, storage.CarTradeIn, taken.Kind)
	assert.EqualValues(t, 3247-80, taken.Amount)
	assert.EqualValues(t, 1, taken.Ref)
	assert.Equal(t, storage.CarPurchase, ledger[len(ledger)-1].Kind)
}

// The money for the old car counts when the new one is paid.
func TestTradeInPays(t *testing.T) {
	for cash, want := range map[int64]error{18162 - 3805: nil, 18162 - 3805 - 1: ErrFunds} {
		w := newWorld(t, accepting)
		id := w.driver(cash)
		w.do(func(tx storage.Tx) error { _, err := w.rules.GiveCar(tx, id, 101, 0, ""); return err })
		if want != nil {
			w.refused(want, w.swap(id, 6, 104, 41, 1))
			continue
		}
		w.do(w.swap(id, 6, 104, 41, 1))
		assert.Zero(t, w.persona(id).Balance)
	}
}

func TestTradeInRefusals(t *testing.T) {
	w := newWorld(t, accepting)
	id, other := w.driver(50000), w.driver(50000)
	w.buy(id, 8, 104, 41)
	w.buy(other, 8, 104, 41)
	w.refused(ErrNotOwner, w.swap(id, 6, 101, 1, 42)) // somebody else's
	w.refused(ErrNotOwner, w.swap(id, 6, 101, 1, 4711))
	w.refused(ErrNotOwner, w.swap(id, 6, 101, 1, 5)) // a part, not a car
	w.refused(ErrNotOffered, w.swap(id, 6, 113, 158, 1))
	w.refused(ErrNotOffered, w.swap(id, 6, 101, 41, 1)) // another car's skin
	w.do(func(tx storage.Tx) error { return w.rules.RemovePart(tx, id, 22) })
	w.refused(ErrStripped, w.swap(id, 6, 101, 1, 1))

	w = newWorld(t, nil)
	id = w.driver(50000)
	w.buy(id, 8, 104, 41)
	w.refused(ErrTradeIn, w.swap(id, 6, 101, 1, 1))
}

// Nobody earns by buying a car and trading it in, whoever sells it cheapest.
func TestDealerPays(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.TradeInModifier = 1
		c.DealerStock = []StockCar{{Dealer: 9, Car: 101, Price: 1000}, {Dealer: 9, Car: 120}}
	})
	for car, want := range map[uint32]uint32{104: 6495, 113: 7394, 402: 5995, 101: 1000, 120: 39098, 110014: 0, 4711: 0} {
		w.view(func(tx storage.ReadTx) error {
			got, err := w.rules.DealerPays(tx, storage.Vehicle{ID: 9999, BrandedPart: car})
			assert.Equal(t, want, got, "car %d", car)
			return err
		})
	}
	// A wreck is worth nothing, not less.
	id := w.driver(50000)
	w.buy(id, 8, 104, 41)
	w.do(func(tx storage.Tx) error {
		parts, err := tx.PartsOfVehicle(1)
		for _, p := range parts {
			p.Damage = 100
			if err := tx.PutPart(p); err != nil {
				return err
			}
		}
		return err
	})
	w.view(func(tx storage.ReadTx) error {
		got, err := w.rules.DealerPays(tx, w.vehicle(1))
		assert.Zero(t, got)
		return err
	})
}
