package game

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"mcos/storage"
)

// In a Fairlane with id car, these parts stand at car + their number.
const (
	suspension = 1
	wheels     = 12
	engine     = 16
	frontShock = 8
	rearShock  = 9
	frontTire  = 21
	rearTire   = 22
	block      = 25
)

func TestRemoveAndInstall(t *testing.T) {
	w := newWorld(t, nil)
	id := w.driver(20000)
	car := w.buy(id, 6, 104, 41)
	remove := func(part uint32) { w.do(func(tx storage.Tx) error { return w.rules.RemovePart(tx, id, part) }) }
	install := func(part, on, point uint32) {
		w.do(func(tx storage.Tx) error { return w.rules.InstallPart(tx, id, part, on, point) })
	}
	remove(car + frontTire)
	assert.Equal(t, storage.Part{ID: car + frontTire, Owner: id, BrandedPart: 110021}, w.part(car+frontTire))
	assert.EqualValues(t, 1, w.vehicle(car).Delta)

	better := w.buyPart(id, tire)
	install(better, car+wheels, 10)
	assert.Equal(t, storage.Part{ID: better, Parent: car + wheels, Vehicle: car, Owner: id, BrandedPart: tire, Attachment: 10}, w.part(better))
	assert.EqualValues(t, 2, w.vehicle(car).Delta)

	// A whole assembly travels with its parts, and can be worked on when loose.
	remove(car + engine)
	assert.Equal(t, storage.Part{ID: car + engine, Owner: id, BrandedPart: 36001}, w.part(car+engine))
	assert.Equal(t, storage.Part{ID: car + block, Parent: car + engine, Owner: id, BrandedPart: 160026}, w.part(car+block))
	remove(car + block)
	install(car+block, car+engine, 0)
	assert.EqualValues(t, 3, w.vehicle(car).Delta, "loose parts are no part of the car")
	install(car+engine, car, 0)
	assert.Equal(t, car, w.part(car+block).Vehicle)
	assert.EqualValues(t, 4, w.vehicle(car).Delta)

	// A part may go into another car.
	second := w.buy(w.rich(id), 6, 104, 41)
	remove(second + engine)
	remove(car + engine)
	install(car+engine, second, 0)
	assert.Equal(t, second, w.part(car+block).Vehicle)
	assert.EqualValues(t, 2, w.vehicle(second).Delta)
	assert.EqualValues(t, 0, w.ledgerSum(id)-w.persona(id).Balance)
}

// rich gives a persona money.
func (w *world) rich(id uint32) uint32 {
	w.t.Helper()
	w.do(func(tx storage.Tx) error { return w.rules.Grant(tx, id, 100000, "") })
	return id
}

func (w *world) ledgerSum(id uint32) (sum int64) {
	w.t.Helper()
	for _, e := range w.ledger(id) {
		sum += e.Amount
	}
	return sum
}

func TestInstallRefusals(t *testing.T) {
	w := newWorld(t, nil)
	id, other := w.driver(100000), w.driver(100000)
	car, second := w.buy(id, 6, 104, 41), w.buy(id, 6, 104, 41)
	foreignCar := w.buy(other, 6, 104, 41)
	loose, foreign := w.buyPart(id, tire), w.buyPart(other, tire)
	chevyBlock := w.buyPart(id, 160006) // family 6, the Fairlane's is 15
	do := func(part uint32) { w.do(func(tx storage.Tx) error { return w.rules.RemovePart(tx, id, part) }) }
	do(car + block)
	do(car + rearTire)
	do(second + engine)
	do(second + suspension)
	for _, tc := range []struct {
		name            string
		part, on, point uint32
		want            error
	}{
		{"foreign part", foreign, car + wheels, 11, ErrNotOwner},
		{"foreign car", loose, foreignCar + wheels, 11, ErrNotOwner},
		{"no such part", 99999, car + wheels, 11, ErrNotOwner},
		{"no such parent", loose, 99999, 11, ErrNotOwner},
		{"no parent", loose, 0, 11, ErrNotOwner},
		{"a car on a car", second, car, 0, ErrRoot},
		{"a car on itself", car, car, 0, ErrRoot},
		{"mounted in this car", car + frontTire, car + wheels, 11, ErrMounted},
		{"mounted on a loose assembly", second + frontShock, car + suspension, 10, ErrMounted},
		{"on itself", second + engine, second + engine, 0, ErrCycle},
		{"on its own child", second + engine, second + block, 0, ErrCycle},
		{"wrong assembly", loose, car + suspension, 0, ErrNoFit},
		{"directly on the car", loose, car, 0, ErrNoFit},
		{"another engine family", chevyBlock, car + engine, 0, ErrNoFit},
		{"unknown attachment point", loose, car + wheels, 12, ErrNoFit},
		{"attachment point beyond a byte", loose, car + wheels, 256 + 11, ErrNoFit},
		{"place taken", loose, car + wheels, 10, ErrTaken},
		{"a second engine", second + engine, car, 0, ErrTaken},
		{"a second suspension", second + suspension, car, 0, ErrTaken},
		{"unknown persona", 0, 0, 0, ErrNotOwner},
	} {
		t.Run(tc.name, func(*testing.T) {
			w.refused(tc.want, func(tx storage.Tx) error { return w.rules.InstallPart(tx, id, tc.part, tc.on, tc.point) })
		})
	}
	w.refused(storage.ErrNotFound, func(tx storage.Tx) error { return w.rules.InstallPart(tx, 4711, loose, car+wheels, 11) })
	w.do(func(tx storage.Tx) error { return w.rules.InstallPart(tx, id, loose, car+wheels, 11) })
	w.do(func(tx storage.Tx) error { return w.rules.InstallPart(tx, id, car+block, car+engine, 0) })
}

func TestRemoveRefusals(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.PartSlots, c.PartSlotsPerLevel = 2, 1 })
	id, other := w.driver(100000), w.driver(100000)
	car := w.buy(id, 6, 104, 41)
	loose := w.buyPart(id, tire)
	remove := func(persona, part uint32) func(storage.Tx) error {
		return func(tx storage.Tx) error { return w.rules.RemovePart(tx, persona, part) }
	}
	w.refused(ErrNotOwner, remove(other, car+wheels))
	w.refused(ErrNotOwner, remove(id, 99999))
	w.refused(ErrRoot, remove(id, car))
	w.refused(ErrLoose, remove(id, loose))
	w.do(remove(id, car+frontShock))
	w.refused(ErrInventoryFull, remove(id, car+rearShock))
	w.do(func(tx storage.Tx) error { return w.rules.ScrapPart(tx, id, loose) })
	w.do(remove(id, car+rearShock))
}

func TestAssembly(t *testing.T) {
	w := newWorld(t, nil)
	id, other := w.driver(100000), w.driver(100000)
	car := w.buy(id, 6, 104, 41)
	w.do(func(tx storage.Tx) error { return w.rules.RemovePart(tx, id, car+suspension) })
	ids := func(persona, root uint32) (list []uint32, err error) {
		err = w.store.View(func(tx storage.ReadTx) error {
			parts, err := w.rules.Assembly(tx, persona, root)
			for _, p := range parts {
				list = append(list, p.ID-car)
			}
			return err
		})
		return list, err
	}
	for _, tc := range []struct {
		name    string
		persona uint32
		root    uint32
		want    []uint32
		err     error
	}{
		{"car", id, car, []uint32{0, 2, 3, 4, 5, 12, 16, 17, 6, 7, 13, 14, 15, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40}, nil},
		{"wheels in the car", id, car + wheels, []uint32{12, 19, 20, 21, 22}, nil},
		{"loose suspension", id, car + suspension, []uint32{1, 8, 9, 10, 11}, nil},
		{"part of a loose suspension", id, car + frontShock, []uint32{8}, nil},
		{"a single part", id, car + block, []uint32{25}, nil},
		{"somebody else's wheels", other, car + wheels, []uint32{12, 19, 20, 21, 22}, nil},
		{"somebody else's loose suspension", other, car + suspension, nil, ErrNotOwner},
		{"nothing", id, 99999, nil, storage.ErrNotFound},
	} {
		got, err := ids(tc.persona, tc.root)
		assert.Equal(t, tc.want, got, tc.name)
		assert.ErrorIs(t, err, tc.err, tc.name)
	}
	w.do(func(tx storage.Tx) error { return w.rules.DeletePersona(tx, w.persona(id).Account, id) })
	_, err := ids(other, car+wheels)
	assert.ErrorIs(t, err, ErrDeleted, "the car of a dead persona")
}

// A circle of parts in a damaged store must not hang the server.
func TestTreeEnds(t *testing.T) {
	w := newWorld(t, nil)
	id := w.driver(0)
	clean := func(tx storage.Tx) error {
		for part := uint32(1); part <= 2; part++ {
			if err := tx.DeletePart(part); err != nil {
				return err
			}
		}
		return nil
	}
	w.do(func(tx storage.Tx) error {
		for part := uint32(1); part <= 2; part++ {
			if err := tx.PutPart(storage.Part{ID: part, Parent: 3 - part, Owner: id, BrandedPart: tire}); err != nil {
				return err
			}
		}
		parts, err := tree(tx, storage.Part{ID: 1, Parent: 2, Owner: id})
		assert.Len(t, parts, 2)
		if err != nil {
			return err
		}
		return clean(tx)
	})
}
