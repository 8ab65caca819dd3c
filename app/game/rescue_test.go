package game

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
)

// lose takes all cars away, as pink slip races do, and leaves so much money.
func (w *world) lose(id uint32, cash int64) {
	w.t.Helper()
	for _, v := range w.vehicles(id) {
		w.do(func(tx storage.Tx) error { return w.rules.removeCar(tx, v.ID) })
	}
	w.do(func(tx storage.Tx) error { return w.rules.Grant(tx, id, cash-w.persona(id).Balance, "luck") })
}

func TestRescue(t *testing.T) {
	w := newWorld(t, nil)
	now := testTime
	w.rules.now = func() time.Time { return now }
	id := w.driver(10000)
	first := w.starter(id, 104, 880)
	assert.Zero(t, first.Rescue, "paid as usual")
	w.lose(id, 5994)

	sale := w.starter(id, 402, 878)
	assert.Equal(t, StarterSale{Vehicle: sale.Vehicle, Skin: 878, Rescue: 1}, sale)
	assert.EqualValues(t, 402, w.vehicle(sale.Vehicle).BrandedPart)
	assert.Zero(t, w.persona(id).Balance)
	ledger := w.ledger(id)
	last := ledger[len(ledger)-2:]
	assert.Equal(t, storage.LedgerEntry{ID: last[0].ID, Persona: id, Kind: storage.Rescue, Amount: 1, Balance: 5995}, last[0])
	assert.Equal(t, storage.LedgerEntry{ID: last[1].ID, Persona: id, Kind: storage.CarPurchase, Amount: -5995, Ref: sale.Vehicle}, last[1])

	// The same login again buys nothing, nor does another loss on the same day.
	assert.Zero(t, w.starter(id, 402, 878))
	w.lose(id, 0)
	now = testTime.Add(24*time.Hour - time.Second)
	assert.Zero(t, w.starter(id, 104, 40))
	assert.Empty(t, w.vehicles(id))
	assert.Zero(t, w.persona(id).Balance)
	now = testTime.Add(24 * time.Hour)
	sale = w.starter(id, 113, 1)
	assert.Equal(t, StarterSale{Vehicle: sale.Vehicle, Skin: 158, Rescue: 7394}, sale)

	// A clock that was ahead for once keeps nobody on foot for years.
	w.lose(id, 0)
	now = testTime.Add(-30 * 24 * time.Hour)
	assert.NotZero(t, w.starter(id, 104, 40).Vehicle)
}

func TestWhoIsRescued(t *testing.T) {
	had := func(p *storage.Persona) { p.StarterSold = true }
	for name, tc := range map[string]struct {
		adjust  func(*Config)
		prepare func(*storage.Persona)
		cash    int64
		car     uint32
		given   int64
		want    error // nil without a rescue: nothing is sold, and that is no error
	}{
		"had a car, has nothing":          {prepare: had, car: 104, given: 6495},
		"had a car, could pay a cheaper":  {prepare: had, cash: 5995, car: 113},
		"had a car, a dollar short":       {prepare: had, cash: 5994, car: 113, given: 1400},
		"spent the money on parts":        {cash: 300, car: 104, given: 6195},
		"could still pay a cheaper one":   {cash: 6000, car: 104, want: ErrFunds},
		"never offered one for the money": {adjust: func(c *Config) { c.StartingCash = 200 }, cash: 200, car: 104, want: ErrFunds},
		"spent of the little":             {adjust: func(c *Config) { c.StartingCash = 200 }, cash: 199, car: 104, given: 6296},
		"off":                             {adjust: func(c *Config) { c.Rescue = false }, prepare: had, car: 104},
		"off, and never had one":          {adjust: func(c *Config) { c.Rescue = false }, car: 104, want: ErrFunds},
		"not offered":                     {prepare: had, car: 101, want: ErrNotOffered},
		"rescued an hour ago": {
			prepare: func(p *storage.Persona) { p.StarterSold, p.Rescued = true, testTime.Add(-time.Hour) }, car: 104,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, tc.adjust)
			id := w.driver(tc.cash)
			p := w.persona(id)
			if tc.prepare != nil {
				tc.prepare(&p)
			}
			w.do(func(tx storage.Tx) error { return tx.PutPersona(p) })
			if tc.want != nil {
				w.refused(tc.want, func(tx storage.Tx) error {
					_, err := w.rules.SellStarter(tx, id, 8, tc.car, 0)
					return err
				})
				return
			}
			sale := w.starter(id, tc.car, 0)
			assert.Equal(t, tc.given, sale.Rescue)
			assert.Equal(t, tc.given != 0, sale.Vehicle != 0)
			if tc.given == 0 {
				assert.Equal(t, p, w.persona(id))
			}
		})
	}
}

// The starter dealer sells on the same terms to a driver who is in the game already,
// for the game itself names a starter car only while it creates a driver.
func TestRescueAtTheDealer(t *testing.T) {
	w := newWorld(t, nil)
	id := w.driver(10000)
	w.starter(id, 104, 40)
	w.lose(id, 10)
	w.refused(ErrFunds, func(tx storage.Tx) error {
		_, err := w.rules.BuyCar(tx, id, 6, 104, 40, 0)
		return err
	})
	w.refused(ErrNotOffered, func(tx storage.Tx) error {
		_, err := w.rules.BuyCar(tx, id, 8, 104, 158, 0)
		return err
	})
	vehicle := w.buy(id, 8, 104, 880)
	assert.EqualValues(t, 880, w.vehicle(vehicle).Skin)
	assert.Zero(t, w.persona(id).Balance)
	w.lose(id, 10)
	w.refused(ErrFunds, func(tx storage.Tx) error {
		_, err := w.rules.BuyCar(tx, id, 8, 104, 40, 0)
		return err
	})
	// Who owns a car is no case for it.
	other := w.driver(0)
	w.do(func(tx storage.Tx) error { _, err := w.rules.GiveCar(tx, other, 101, 0, ""); return err })
	w.refused(ErrOwnsCar, func(tx storage.Tx) error {
		_, err := w.rules.SellStarter(tx, other, 8, 104, 40)
		return err
	})
	require.Len(t, w.vehicles(other), 1)
}
