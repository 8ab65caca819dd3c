package game

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
	"mcos/storage/catalog"
)

const tire = 110014 // list price 129

func TestBuyPart(t *testing.T) {
	w := newWorld(t, nil)
	id := w.driver(129)
	part := w.buyPart(id, tire)
	assert.Equal(t, storage.Part{ID: 1, Owner: id, BrandedPart: tire}, w.part(part))
	assert.Zero(t, w.persona(id).Balance)
	ledger := w.ledger(id)
	assert.Equal(t, storage.LedgerEntry{ID: 3, Persona: id, Kind: storage.PartBuy, Amount: -129, Ref: 1}, ledger[len(ledger)-1])
}

func TestBuyPartRefusals(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.PartSlots, c.PartSlotsPerLevel = 2, 1 })
	rich, poor, full := w.driver(10000), w.driver(128), w.driver(10000)
	w.buyPart(full, tire)
	w.buyPart(full, tire)
	for _, tc := range []struct {
		name             string
		persona, branded uint32
		want             error
	}{
		{"a car", rich, 104, ErrNotOffered},
		{"an assembly", rich, 36001, ErrNotOffered},
		{"nothing", rich, 99999999, ErrNotOffered},
		{"a dollar short", poor, tire, ErrFunds},
		{"no room", full, tire, ErrInventoryFull},
		{"unknown persona", 4711, tire, storage.ErrNotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.refused(tc.want, func(tx storage.Tx) error {
				_, err := w.rules.BuyPart(tx, tc.persona, tc.branded)
				return err
			})
		})
	}
	w.stats(full, storage.Stats{Level: 3})
	w.buyPart(full, tire)
}

// engineCatalog sells engine 9 with block 10 and a part out of stock, 11.
func engineCatalog(t *testing.T) *catalog.Catalog {
	c, err := catalog.Build(catalog.Tables{
		Brands: []catalog.Brand{{ID: 1}}, Models: []catalog.Model{{ID: 1, Brand: 1}},
		AbstractTypes: []catalog.AbstractType{
			{ID: catalog.VehicleType},
			{ID: catalog.EngineType, Parent: catalog.VehicleType},
			{ID: catalog.BlockType, Parent: catalog.EngineType},
		},
		PartTypes:        []catalog.PartType{{ID: 9, Abstract: catalog.EngineType}, {ID: 10, Abstract: catalog.BlockType}},
		BrandedParts:     []catalog.BrandedPart{{ID: 9, PartType: 9, Model: 1, Price: 500, Quantity: 1}, {ID: 10, PartType: 10, Model: 1, Price: 5, Quantity: 1}, {ID: 11, PartType: 10, Model: 1, Price: 7}},
		StockRows:        []catalog.StockRow{{Parent: 9, Child: 10}},
		AttachmentPoints: []catalog.AttachmentPoint{{ID: 0, Name: "default"}},
	})
	require.NoError(t, err)
	return c
}

func TestBuyEngine(t *testing.T) {
	w := newWorld(t, nil)
	c := engineCatalog(t)
	w.rules.catalog = func() *catalog.Catalog { return c }
	id := w.driver(1000)
	engine := w.buyPart(id, 9)
	assert.Equal(t, storage.Part{ID: 1, Owner: id, BrandedPart: 9}, w.part(engine))
	assert.Equal(t, storage.Part{ID: 2, Parent: 1, Owner: id, BrandedPart: 10}, w.part(2))
	assert.EqualValues(t, 500, w.persona(id).Balance)
	w.view(func(tx storage.ReadTx) error {
		used, err := w.rules.SlotsUsed(tx, id)
		assert.EqualValues(t, 1, used, "an assembly takes one slot")
		return err
	})
}

func TestSellZeroQuantity(t *testing.T) {
	w := newWorld(t, nil)
	c := engineCatalog(t)
	w.rules.catalog = func() *catalog.Catalog { return c }
	id := w.driver(1000)
	w.buyPart(id, 11)
	w.rules.cfg.SellZeroQuantity = false
	w.buyPart(id, 10)
	w.refused(ErrNotOffered, func(tx storage.Tx) error {
		_, err := w.rules.BuyPart(tx, id, 11)
		return err
	})
}

func TestRepairParts(t *testing.T) {
	w := newWorld(t, nil)
	id, other := w.driver(20000), w.driver(20000)
	car := w.buy(id, 6, 104, 41)
	loose := w.buyPart(id, tire)
	foreign := w.buyPart(other, tire)
	brake, rearEnd := car+7, car+24 // list prices 107 and 911
	w.harm(brake, 50)
	w.harm(rearEnd, 100)
	w.harm(loose, 10)
	w.harm(foreign, 10)
	repair := func(ids ...uint32) func(storage.Tx) error {
		return func(tx storage.Tx) error { return w.rules.RepairParts(tx, id, ids) }
	}
	balance := w.persona(id).Balance
	w.refused(ErrNotOwner, repair(brake, foreign))
	w.refused(ErrNotOwner, repair(brake, 4711))

	w.do(repair(brake, loose, car+1, brake)) // named twice, paid once; car+1 is whole
	assert.Equal(t, balance-54-13, w.persona(id).Balance)
	assert.Zero(t, w.part(brake).Damage)
	assert.Zero(t, w.part(loose).Damage)
	assert.EqualValues(t, 100, w.part(rearEnd).Damage)
	assert.EqualValues(t, 1, w.vehicle(car).Delta)
	ledger := w.ledger(id)
	assert.Equal(t, storage.LedgerEntry{ID: 8, Persona: id, Kind: storage.PartRepair, Amount: -67, Balance: balance - 67, Ref: brake}, ledger[len(ledger)-1])

	w.do(repair(brake)) // nothing to do, nothing to pay
	w.do(repair())
	assert.Len(t, w.ledger(id), len(ledger))
	assert.EqualValues(t, 1, w.vehicle(car).Delta)

	// 911 is more than there is.
	w.do(func(tx storage.Tx) error { return w.rules.Grant(tx, id, 910-w.persona(id).Balance, "") })
	w.refused(ErrFunds, repair(rearEnd))
	w.do(func(tx storage.Tx) error { return w.rules.Grant(tx, id, 1, "") })
	w.do(repair(rearEnd))
	assert.Zero(t, w.persona(id).Balance)
}

func TestRepairKeepsWear(t *testing.T) {
	w := newWorld(t, nil)
	id := w.driver(20000)
	part := w.buyPart(id, tire)
	w.do(func(tx storage.Tx) error {
		return tx.PutPart(storage.Part{ID: part, Owner: id, BrandedPart: tire, Wear: 77, Damage: 5})
	})
	w.do(func(tx storage.Tx) error { return w.rules.RepairParts(tx, id, []uint32{part}) })
	assert.Equal(t, storage.Part{ID: part, Owner: id, BrandedPart: tire, Wear: 77}, w.part(part))
}

func TestRepairVehicle(t *testing.T) {
	w := newWorld(t, nil)
	id, other := w.driver(20000), w.driver(20000)
	car := w.buy(id, 6, 104, 41)
	repair := func(persona, root uint32) func(storage.Tx) error {
		return func(tx storage.Tx) error { return w.rules.RepairVehicle(tx, persona, root) }
	}
	balance := w.persona(id).Balance
	for part := car; part <= car+40; part++ {
		w.harm(part, 100)
	}
	w.refused(ErrNotOwner, repair(other, car))
	w.refused(ErrNotOwner, repair(id, 4711))
	w.refused(ErrFunds, repair(id, car)) // costs more than is left

	// The suspension alone: 42 + 42 + 185 + 105.
	w.do(repair(id, car+1))
	assert.Equal(t, balance-374, w.persona(id).Balance)
	assert.Zero(t, w.part(car+1).Damage, "an assembly too")
	assert.EqualValues(t, 100, w.part(car+2).Damage)

	w.do(func(tx storage.Tx) error { return w.rules.Grant(tx, id, 20000, "") })
	balance = w.persona(id).Balance
	w.do(repair(id, car))
	price := int64(0)
	for part := car; part <= car+40; part++ {
		assert.Zero(t, w.part(part).Damage)
		price += int64(w.rules.ListPrice(w.part(part)))
	}
	assert.Equal(t, balance-price+374, w.persona(id).Balance)
	assert.EqualValues(t, 2, w.vehicle(car).Delta, "once for each repair")
}

func TestScrapPart(t *testing.T) {
	w := newWorld(t, nil)
	id, other := w.driver(20000), w.driver(20000)
	car := w.buy(id, 6, 104, 41)
	loose := w.buyPart(id, tire)
	scrap := func(persona, part uint32) func(storage.Tx) error {
		return func(tx storage.Tx) error { return w.rules.ScrapPart(tx, persona, part) }
	}
	w.refused(ErrRoot, scrap(id, car))
	w.refused(ErrNotOwner, scrap(other, car+1))
	w.refused(ErrNotOwner, scrap(id, 4711))

	balance := w.persona(id).Balance
	w.do(scrap(id, loose))
	assert.Equal(t, balance+64, w.persona(id).Balance) // half of 129
	w.refused(ErrNotOwner, scrap(id, loose))           // it is gone

	// The suspension goes with its parts: 21 + 21 + 92 + 52.
	w.do(scrap(id, car+1))
	assert.Equal(t, balance+64+186, w.persona(id).Balance)
	ledger := w.ledger(id)
	assert.Equal(t, storage.LedgerEntry{ID: 8, Persona: id, Kind: storage.PartScrap, Amount: 186, Balance: balance + 250, Ref: car + 1}, ledger[len(ledger)-1])
	w.view(func(tx storage.ReadTx) error {
		parts, err := tx.PartsOfVehicle(car)
		assert.Len(t, parts, 41-5)
		return err
	})
	assert.EqualValues(t, 1, w.vehicle(car).Delta)

	// What is worth nothing leaves an entry too.
	w.do(func(tx storage.Tx) error { return tx.PutPart(storage.Part{ID: 999, Owner: id, BrandedPart: 36001}) })
	w.do(scrap(id, 999))
	last := w.ledger(id)[len(ledger)]
	assert.Equal(t, storage.LedgerEntry{ID: 9, Persona: id, Kind: storage.PartScrap, Balance: balance + 250, Ref: 999}, last)

	// Nobody loses a part for money that cannot be paid.
	w.do(func(tx storage.Tx) error { return w.rules.Grant(tx, id, math.MaxUint32-w.persona(id).Balance, "") })
	w.refused(ErrBalance, scrap(id, car+7))
}
