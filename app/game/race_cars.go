package game

import (
	"errors"
	"fmt"
	"math"

	"mcos/storage"
)

// TransferCar gives a car with all its parts to another persona who has room for
// it. Refusals: ErrNotOwner, ErrGarageFull.
func (r *Rules) TransferCar(tx storage.Tx, vehicle, from, to uint32) error {
	v, err := r.car(tx, vehicle, from)
	if err != nil {
		return err
	}
	p, err := player(tx, to)
	if err != nil {
		return err
	}
	owned, err := tx.VehiclesOf(to)
	if err != nil {
		return err
	}
	if room, _ := r.Capacity(p.Stats.Level); len(owned) >= int(room) {
		return fmt.Errorf("persona %d owns %d cars of %d: %w", to, len(owned), room, ErrGarageFull)
	}
	parts, err := tx.PartsOfVehicle(vehicle)
	if err != nil {
		return err
	}
	for _, part := range parts {
		part.Owner = to
		if err := tx.PutPart(part); err != nil {
			return err
		}
	}
	v.Owner = to
	v.Delta++
	return tx.PutVehicle(v)
}

// car returns a car of a persona.
func (r *Rules) car(tx storage.ReadTx, vehicle, owner uint32) (storage.Vehicle, error) {
	v, err := tx.Vehicle(vehicle)
	if err == nil && v.Owner != owner || errors.Is(err, storage.ErrNotFound) {
		err = fmt.Errorf("vehicle %d: %w %d", vehicle, ErrNotOwner, owner)
	}
	return v, err
}

// TradeInValue is what a car is worth to those who take no cars: a share of its
// price as a new one ("mcots-2 9.4").
func (r *Rules) TradeInValue(v storage.Vehicle) uint32 {
	car, _ := r.catalog().Car(v.BrandedPart)
	return dollars(math.Floor(float64(car.Price)*r.cfg.TradeInModifier + tiny))
}

// removeCar takes a car with all its parts out of the world.
func (r *Rules) removeCar(tx storage.Tx, vehicle uint32) error {
	parts, err := tx.PartsOfVehicle(vehicle)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if err := tx.DeletePart(part.ID); err != nil {
			return err
		}
	}
	return tx.DeleteVehicle(vehicle)
}

// PartState is what a client reports about a part after or during a race. A Wear
// of 0 says nothing.
type PartState struct {
	Part   uint32
	Damage uint8  // percent
	Wear   uint32 // counts up
}

// Wear stores what a race did to the parts of a car ("mcots-2 4"). Parts of
// another car or owner do not count, damage ends at 100 percent, wear at what the
// part can take, and no report makes a part better than it is. It returns how many
// parts have changed, and how many of the reports were out of place.
func (r *Rules) Wear(tx storage.Tx, persona, vehicle uint32, reports []PartState) (changed, refused int, err error) {
	for _, s := range reports {
		part, err := tx.Part(s.Part)
		if errors.Is(err, storage.ErrNotFound) || err == nil && (part.Vehicle != vehicle || part.Owner != persona || vehicle == 0) {
			refused++
			continue
		}
		if err != nil {
			return 0, 0, err
		}
		worn, fair := r.worn(part, s)
		if !fair {
			refused++
		}
		if worn == part {
			continue
		}
		changed++
		if err := tx.PutPart(worn); err != nil {
			return 0, 0, err
		}
	}
	if changed > 0 {
		err = touch(tx, vehicle)
	}
	return changed, refused, err
}

// worn is a part after a report, and whether the report could be true.
func (r *Rules) worn(part storage.Part, s PartState) (storage.Part, bool) {
	damage, wear := min(s.Damage, percent), s.Wear
	if most := r.MaxWear(part); most > 0 {
		wear = min(wear, most)
	}
	fair := s.Damage <= percent && wear == s.Wear && damage >= part.Damage && (wear == 0 || wear >= part.Wear)
	part.Damage, part.Wear = max(part.Damage, damage), max(part.Wear, wear)
	return part, fair
}

// Worsens reports whether Wear would change anything, so that the many reports of a
// race that say nothing new cost no transaction.
func (r *Rules) Worsens(tx storage.ReadTx, persona, vehicle uint32, reports []PartState) (bool, error) {
	for _, s := range reports {
		part, err := tx.Part(s.Part)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return false, err
		}
		if worn, _ := r.worn(part, s); worn != part && part.Vehicle == vehicle && part.Owner == persona {
			return true, nil
		}
	}
	return false, nil
}
