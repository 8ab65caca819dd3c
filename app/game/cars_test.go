package game

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
	"mcos/storage/catalog"
)

func TestStock(t *testing.T) {
	starters := []Offer{
		{Car: 113, Brand: 3, Price: 7394, Starter: true},
		{Car: 104, Brand: 1, Price: 6495, DealOfTheDay: true, Starter: true},
		{Car: 402, Brand: 6, Price: 5995, Starter: true},
	}
	own := func(c *Config) {
		c.DealerStock = []StockCar{
			{Dealer: 2, Car: 108},
			{Dealer: 6, Car: 113, Price: 99, Deal: true},
			{Dealer: 8, Car: 101, Price: 5},
			{Dealer: 2, Car: 402},      // no price anywhere
			{Dealer: 2, Car: 110014},   // a tire
			{Dealer: 2, Car: 99999999}, // nothing
		}
	}
	for _, tc := range []struct {
		name   string
		adjust func(*Config)
		dealer uint32
		hasCar bool
		want   []Offer
	}{
		{"first car", nil, 8, false, starters},
		{"Original GM", nil, 8, true, []Offer{{Car: 113, Brand: 3, Price: 20214}, {Car: 120, Brand: 3, Price: 39098}}},
		{"All Factory Ford", nil, 6, false, []Offer{{Car: 101, Brand: 1, Price: 7610}, {Car: 104, Brand: 1, Price: 18162}, {Car: 105, Brand: 1, Price: 18616}, {Car: 108, Brand: 1, Price: 28976}}},
		{"Classic Chrysler", nil, 5, true, []Offer{{Car: 132, Brand: 9, Price: 27940}}},
		{"Fat Fender Freddy", nil, 3, true, []Offer{{Car: 101, Brand: 1, Price: 7610}}},
		{"Shoebox Showroom", nil, 7, false, []Offer{{Car: 104, Brand: 1, Price: 18162}, {Car: 105, Brand: 1, Price: 18616}, {Car: 113, Brand: 3, Price: 20214}}},
		{"Auto Barn", nil, 2, true, nil},
		{"nobody", nil, 4711, true, nil},
		{"own stock", own, 2, true, []Offer{{Car: 108, Brand: 1, Price: 28976}}},
		{"own stock with a deal", own, 6, true, []Offer{{Car: 113, Brand: 3, Price: 99, DealOfTheDay: true}}},
		{"own stock of the starter dealer", own, 8, true, []Offer{{Car: 101, Brand: 1, Price: 5}}},
		{"own stock does not hide the starters", own, 8, false, starters},
		{"another starter dealer", func(c *Config) { c.StarterDealer = 9 }, 9, false, starters},
		{"a starter car that the catalog lacks", func(c *Config) { c.StarterCars = []StarterCar{{Car: 106, Price: 1}, {Car: 104, Price: 2}} }, 8, false,
			[]Offer{{Car: 104, Brand: 1, Price: 2, Starter: true}}},
	} {
		cfg := Default()
		if tc.adjust != nil {
			tc.adjust(&cfg)
		}
		assert.Equal(t, tc.want, New(cfg, testCatalog, testNow).Stock(tc.dealer, tc.hasCar), tc.name)
	}
}

// stockOf104 is the captured Fairlane's tree ("mcots-1 5.4"): branded part, place
// of the part it hangs on in this list counted from 1, 0 for the car, attachment
// point.
var stockOf104 = [][3]uint32{
	{1001, 0, 0}, {2001, 0, 0}, {4001, 0, 0}, {5001, 0, 0}, {6001, 0, 0},
	{10001, 4, 10}, {10004, 4, 11}, {11004, 1, 10}, {11004, 1, 11}, {12010, 1, 10}, {12022, 1, 11},
	{15001, 0, 0}, {20104, 2, 0}, {22014, 5, 0}, {31153, 5, 0}, {36001, 0, 0}, {37001, 0, 0}, {40006, 5, 0},
	{100006, 12, 10}, {100006, 12, 11}, {110021, 12, 10}, {110021, 12, 11}, {130047, 3, 0}, {140007, 3, 0},
	{160026, 16, 0}, {180018, 16, 0}, {190077, 16, 0}, {200066, 16, 0}, {230001, 16, 0}, {240001, 16, 0}, {250030, 16, 0},
	{280030, 16, 0}, {290001, 17, 0}, {300001, 17, 0}, {320098, 16, 0}, {330020, 16, 0}, {340002, 16, 0},
	{1000001, 16, 0}, {1100119, 16, 0}, {1200048, 16, 0},
}

// wantFairlane checks that a car is a complete stock Fairlane.
func (w *world) wantFairlane(id, owner, skin uint32) {
	w.t.Helper()
	assert.Equal(w.t, storage.Vehicle{ID: id, Owner: owner, BrandedPart: 104, Skin: skin}, w.vehicle(id))
	want := []storage.Part{{ID: id, Vehicle: id, Owner: owner, BrandedPart: 104}}
	for i, s := range stockOf104 {
		want = append(want, storage.Part{
			ID: id + 1 + uint32(i), Parent: id + s[1], Vehicle: id, Owner: owner, BrandedPart: s[0], Attachment: uint8(s[2]),
		})
	}
	w.view(func(tx storage.ReadTx) error {
		got, err := tx.PartsOfVehicle(id)
		assert.Equal(w.t, want, got)
		return err
	})
}

func TestSellStarter(t *testing.T) {
	w := newWorld(t, nil)
	id := w.driver(10000)
	assert.Equal(t, StarterSale{Vehicle: 1, Skin: 41}, w.starter(id, 104, 41))
	w.wantFairlane(1, id, 41)
	p := w.persona(id)
	assert.EqualValues(t, 10000-6495, p.Balance)
	assert.True(t, p.StarterSold)
	assert.Equal(t, storage.LedgerEntry{ID: 3, Persona: id, Kind: storage.CarPurchase, Amount: -6495, Balance: 3505, Ref: 1}, w.ledger(id)[2])

	// A repeated login buys nothing and is no reason to complain.
	assert.Zero(t, w.starter(id, 104, 41))
	assert.Len(t, w.vehicles(id), 1)
	assert.EqualValues(t, 3505, w.persona(id).Balance)
}

func TestSellStarterRefusals(t *testing.T) {
	w := newWorld(t, nil)
	rich, owner, poor := w.driver(10000), w.driver(100000), w.driver(6494)
	w.buy(owner, 6, 101, 1)
	for _, tc := range []struct {
		name                 string
		persona, dealer, car uint32
		want                 error
	}{
		{"another dealer", rich, 6, 104, ErrNotOffered},
		{"another car", rich, 8, 120, ErrNotOffered},
		{"no car", rich, 8, 0, ErrNotOffered},
		{"owns a car", owner, 8, 104, ErrOwnsCar},
		{"a dollar short", poor, 8, 104, ErrFunds},
		{"unknown persona", 4711, 8, 104, storage.ErrNotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.refused(tc.want, func(tx storage.Tx) error {
				sale, err := w.rules.SellStarter(tx, tc.persona, tc.dealer, tc.car, 41)
				assert.Zero(t, sale)
				return err
			})
		})
	}
}

// starter sells a starter car at dealer 8.
func (w *world) starter(id, car, skin uint32) (sale StarterSale) {
	w.t.Helper()
	w.do(func(tx storage.Tx) (err error) {
		sale, err = w.rules.SellStarter(tx, id, 8, car, skin)
		return err
	})
	return sale
}

// Every skin of the car's design is sold as it was wanted, whatever its type; in
// place of any other skin comes the plain one with the lowest id, and never no car
// (DECISIONS 14).
func TestSellStarterPaints(t *testing.T) {
	w := newWorld(t, nil)
	c := testCatalog()
	for _, offer := range w.rules.Stock(8, false) {
		plain, ok := c.PlainSkin(offer.Car)
		require.True(t, ok)
		type choice struct{ wanted, sold uint32 }
		choices := []choice{{0, plain.ID}, {158, plain.ID}, {340, plain.ID}, {885, plain.ID}, {1 << 31, plain.ID}, {math.MaxUint32, plain.ID}}
		for _, s := range c.SkinsOf(offer.Car) {
			choices = append(choices, choice{s.ID, s.ID})
		}
		for _, choice := range choices {
			if choice.sold == plain.ID && c.SkinFits(choice.wanted, offer.Car) {
				choice.sold = choice.wanted
			}
			id := w.driver(int64(offer.Price))
			sale := w.starter(id, offer.Car, choice.wanted)
			assert.Equal(t, choice.sold, sale.Skin, "car %d, skin %d", offer.Car, choice.wanted)
			assert.Equal(t, choice.sold, w.vehicle(sale.Vehicle).Skin)
			assert.Zero(t, w.persona(id).Balance, "the paint is included")
		}
	}
}

func TestBuyCar(t *testing.T) {
	w := newWorld(t, nil)
	id := w.driver(50000)
	assert.EqualValues(t, 1, w.buy(id, 6, 104, 490))
	assert.EqualValues(t, 42, w.buy(id, 7, 104, 41), "41 parts for the first car")
	// The skin's default flag becomes the flags of the car.
	assert.Equal(t, storage.Vehicle{ID: 1, Owner: id, BrandedPart: 104, Skin: 490, Flags: 1}, w.vehicle(1))
	w.wantFairlane(42, id, 41)
	assert.EqualValues(t, 50000-2*18162, w.persona(id).Balance)
	ledger := w.ledger(id)
	assert.Equal(t, storage.LedgerEntry{ID: 4, Persona: id, Kind: storage.CarPurchase, Amount: -18162, Balance: 13676, Ref: 42}, ledger[len(ledger)-1])
	assert.False(t, w.persona(id).StarterSold)
}

// Every car of the catalog comes out as one sound tree.
func TestEveryCar(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.CarsPerLevel = 255 })
	id := w.driver(10)
	for _, car := range testCatalog().Cars() {
		var vehicle uint32
		w.do(func(tx storage.Tx) (err error) {
			vehicle, err = w.rules.GiveCar(tx, id, car.ID, 0, "")
			return err
		})
		stock, err := testCatalog().StockParts(car.ID)
		require.NoError(t, err)
		w.view(func(tx storage.ReadTx) error {
			parts, err := w.rules.Assembly(tx, id, vehicle)
			assert.Len(t, parts, 1+len(stock), "car %d", car.ID)
			return err
		})
	}
}

func TestBuyCarRefusals(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.CarsPerLevel = 2 })
	none, owner, full, exact := w.driver(100000), w.driver(18161), w.driver(100000), w.driver(6495)
	w.do(func(tx storage.Tx) error { _, err := w.rules.GiveCar(tx, owner, 101, 0, ""); return err })
	w.buy(full, 8, 104, 41)
	w.buy(full, 6, 101, 1)
	for _, tc := range []struct {
		name                                string
		persona, dealer, car, skin, tradeIn uint32
		want                                error
	}{
		{"not on this lot", none, 6, 113, 158, 0, ErrNotOffered},
		{"dealer without cars", none, 2, 104, 41, 0, ErrNotOffered},
		{"no car at all", none, 6, 110014, 41, 0, ErrNotOffered},
		{"unknown car", none, 6, 99999999, 41, 0, ErrNotOffered},
		{"a starter car for an owner", owner, 8, 104, 41, 0, ErrNotOffered},
		{"a GM car for somebody without a car", none, 8, 120, 238, 0, ErrNotOffered},
		{"another car's skin on a starter car", none, 8, 104, 158, 0, ErrNotOffered},
		{"another car's skin", none, 6, 104, 158, 0, ErrNotOffered},
		{"unknown skin", none, 6, 104, 99999999, 0, ErrNotOffered},
		{"trade-in", none, 6, 104, 41, 1, ErrTradeIn},
		{"garage full", full, 6, 104, 41, 0, ErrGarageFull},
		{"a dollar short", owner, 6, 104, 41, 0, ErrFunds},
		{"unknown persona", 4711, 6, 104, 41, 0, storage.ErrNotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.refused(tc.want, func(tx storage.Tx) error {
				_, err := w.rules.BuyCar(tx, tc.persona, tc.dealer, tc.car, tc.skin, tc.tradeIn)
				return err
			})
		})
	}
	w.buy(exact, 8, 104, 41)
	assert.Zero(t, w.persona(exact).Balance)

	// A higher level makes room.
	w.stats(full, storage.Stats{Level: 2})
	w.buy(full, 6, 104, 487)
}

func TestGiveCar(t *testing.T) {
	w := newWorld(t, nil)
	id := w.driver(5)
	give := func(car, skin uint32) func(storage.Tx) error {
		return func(tx storage.Tx) error {
			_, err := w.rules.GiveCar(tx, id, car, skin, "welcome")
			return err
		}
	}
	w.do(give(104, 0))
	w.wantFairlane(1, id, 40)
	w.do(give(120, 238))
	assert.EqualValues(t, 5, w.persona(id).Balance)
	ledger := w.ledger(id)
	assert.Equal(t, storage.LedgerEntry{ID: 3, Persona: id, Kind: storage.Grant, Balance: 5, Ref: 1, Note: "welcome"}, ledger[2])
	w.refused(ErrNotOffered, give(110014, 0))
	w.refused(ErrNotOffered, give(104, 158))
	w.refused(ErrNotOffered, give(99999999, 0))
	w.do(give(402, 0))
	w.refused(ErrGarageFull, give(104, 0))
}

func TestPlainest(t *testing.T) {
	c, err := catalog.Build(catalog.Tables{
		Brands: []catalog.Brand{{ID: 1}}, Models: []catalog.Model{{ID: 1, Brand: 1}},
		AbstractTypes: []catalog.AbstractType{{ID: catalog.VehicleType}},
		PartTypes:     []catalog.PartType{{ID: 5, Abstract: catalog.VehicleType}, {ID: 6, Abstract: catalog.VehicleType}},
		BrandedParts:  []catalog.BrandedPart{{ID: 5, PartType: 5, Model: 1}, {ID: 6, PartType: 6, Model: 1}},
		Skins:         []catalog.Skin{{ID: 9, PartType: 5, Type: 4}, {ID: 8, PartType: 5, Type: 6}},
	})
	require.NoError(t, err)
	assert.EqualValues(t, 8, plainest(c, 5), "no plain colour: the first one")
	assert.EqualValues(t, 0, plainest(c, 6))
}
