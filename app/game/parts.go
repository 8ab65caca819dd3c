package game

import (
	"errors"
	"fmt"
	"slices"

	"mcos/storage"
	"mcos/storage/catalog"
)

// SlotsUsed is how much of its part inventory a persona uses: its loose parts,
// each with whatever is mounted on it ("mcots-1 5.5", DECISIONS 23).
func (r *Rules) SlotsUsed(tx storage.ReadTx, persona uint32) (uint32, error) {
	loose, err := tx.LoosePartsOf(persona)
	if err != nil {
		return 0, err
	}
	used := uint32(0)
	for _, part := range loose {
		if part.Parent == 0 {
			used++
		}
	}
	return used, nil
}

// slot checks that the persona may own one more loose part.
func (r *Rules) slot(tx storage.ReadTx, p storage.Persona) error {
	used, err := r.SlotsUsed(tx, p.ID)
	if err != nil {
		return err
	}
	if _, room := r.Capacity(p.Stats.Level); used >= room {
		return fmt.Errorf("persona %d owns %d loose parts of %d: %w", p.ID, used, room, ErrInventoryFull)
	}
	return nil
}

// BuyPart sells a new part at its list price and returns its id. It is loose; an
// engine comes with its parts on it ("mcots-2 5.4", "data-model 3.6"). Refusals:
// ErrNotOffered for cars and items without a price, ErrInventoryFull, ErrFunds.
func (r *Rules) BuyPart(tx storage.Tx, persona, branded uint32) (part uint32, err error) {
	p, err := player(tx, persona)
	if err != nil {
		return 0, err
	}
	c := r.catalog()
	item, ok := c.Part(branded)
	if !ok || item.Price == 0 || c.IsVehicle(branded) || item.Quantity == 0 && !r.cfg.SellZeroQuantity {
		return 0, fmt.Errorf("part %d: %w", branded, ErrNotOffered)
	}
	if err := r.slot(tx, p); err != nil {
		return 0, err
	}
	part, err = r.newPart(tx, persona, branded)
	if err != nil {
		return 0, err
	}
	return part, r.move(tx, &p, storage.PartBuy, -int64(item.Price), part, "")
}

// newPart makes a loose part; an engine comes with its parts on it.
func (r *Rules) newPart(tx storage.Tx, persona, branded uint32) (part uint32, err error) {
	stock, err := r.catalog().StockParts(branded)
	if err != nil && !errors.Is(err, catalog.ErrNoStock) {
		return 0, err
	}
	return build(tx, persona, branded, stock, false)
}

// RepairParts repairs the listed parts of a persona for the sum of their prices,
// all or none ("mcots-2 5.5"). Undamaged parts cost nothing. Refusals:
// ErrNotOwner, ErrFunds.
func (r *Rules) RepairParts(tx storage.Tx, persona uint32, ids []uint32) error {
	p, err := player(tx, persona)
	if err != nil {
		return err
	}
	var broken []storage.Part
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		part, err := owned(tx, persona, id)
		if err != nil {
			return err
		}
		if part.Damage > 0 {
			broken = append(broken, part)
		}
	}
	if len(broken) == 0 {
		return nil
	}
	return r.repair(tx, &p, broken, broken[0].ID)
}

// RepairVehicle repairs a whole car, or an assembly named by its topmost part,
// like RepairParts.
func (r *Rules) RepairVehicle(tx storage.Tx, persona, root uint32) error {
	p, err := player(tx, persona)
	if err != nil {
		return err
	}
	top, err := owned(tx, persona, root)
	if err != nil {
		return err
	}
	parts, err := tree(tx, top)
	if err != nil {
		return err
	}
	parts = slices.DeleteFunc(parts, func(p storage.Part) bool { return p.Damage == 0 })
	return r.repair(tx, &p, parts, root)
}

// repair takes the damage off the parts and charges for it. ref is what the
// ledger names.
func (r *Rules) repair(tx storage.Tx, p *storage.Persona, broken []storage.Part, ref uint32) error {
	var price int64
	var vehicles []uint32
	for _, part := range broken {
		price += int64(r.RepairPrice(part))
		part.Damage = 0
		if err := tx.PutPart(part); err != nil {
			return err
		}
		if !slices.Contains(vehicles, part.Vehicle) {
			vehicles = append(vehicles, part.Vehicle)
		}
	}
	for _, v := range vehicles {
		if err := touch(tx, v); err != nil {
			return err
		}
	}
	if price == 0 {
		return nil
	}
	return r.move(tx, p, storage.PartRepair, -price, ref, "")
}

// ScrapPart destroys a part with everything mounted on it and pays what that is
// worth ("mcots-2 5.7"). Refusals: ErrNotOwner, ErrRoot for a whole car,
// ErrBalance.
func (r *Rules) ScrapPart(tx storage.Tx, persona, id uint32) error {
	p, err := player(tx, persona)
	if err != nil {
		return err
	}
	part, err := owned(tx, persona, id)
	if err != nil {
		return err
	}
	if part.Vehicle == part.ID {
		return fmt.Errorf("scrap part %d: %w", id, ErrRoot)
	}
	parts, err := tree(tx, part)
	if err != nil {
		return err
	}
	var worth int64
	for _, scrap := range parts {
		worth += int64(r.JunkPrice(scrap))
		if err := tx.DeletePart(scrap.ID); err != nil {
			return err
		}
	}
	if err := touch(tx, part.Vehicle); err != nil {
		return err
	}
	return r.move(tx, &p, storage.PartScrap, worth, id, "") // an entry even of 0 says where the part went
}

// touch counts a change of a car for the client's cache; vehicle 0 is none
// ("mcots-2 5.6").
func touch(tx storage.Tx, vehicle uint32) error {
	if vehicle == 0 {
		return nil
	}
	v, err := tx.Vehicle(vehicle)
	if err != nil {
		return fmt.Errorf("vehicle %d: %w", vehicle, err)
	}
	v.Delta++
	return tx.PutVehicle(v)
}
