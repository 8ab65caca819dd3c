package game

import (
	"fmt"

	"mcos/storage"
	"mcos/storage/catalog"
)

// StarterSale is what the choice of a starter car in a login came to.
type StarterSale struct {
	Vehicle uint32 // the car that was sold, 0 for none
	Skin    uint32 // its paint, which may be another one than the wanted
	Rescue  int64  // what the driver was given towards it, in game dollars
}

// SellStarter sells the starter car that a login names, once for each persona, in
// the wanted paint when that fits the car and in a plain one otherwise ("mcots-1
// 3.2", "mcots-1 9.1", DECISIONS 14 and 30); to a driver who has to be rescued, once
// more (DECISIONS 56). When the starter car was sold before, nothing is sold and that
// is no error; any other obstacle is the error returned: ErrOwnsCar, ErrNotOffered or
// ErrFunds. The caller gives up the transaction when there is an error.
func (r *Rules) SellStarter(tx storage.Tx, persona, dealer, car, skin uint32) (StarterSale, error) {
	none := StarterSale{}
	p, err := player(tx, persona)
	if err != nil {
		return none, err
	}
	owned, err := tx.VehiclesOf(persona)
	if err != nil {
		return none, err
	}
	if p.StarterSold && (len(owned) > 0 || !r.needsRescue(p)) {
		return none, nil
	}
	if len(owned) > 0 {
		return none, fmt.Errorf("persona %d: %w", persona, ErrOwnsCar)
	}
	if dealer != r.cfg.StarterDealer {
		return none, fmt.Errorf("starter car %d at dealer %d: %w", car, dealer, ErrNotOffered)
	}
	o, err := r.offer(dealer, car, false)
	if err != nil {
		return none, err
	}
	if c := r.catalog(); !c.SkinFits(skin, car) {
		skin = plainest(c, car)
	}
	given, err := r.rescue(tx, &p, o)
	if err != nil {
		return none, err
	}
	p.StarterSold = true
	vehicle, err := r.sell(tx, &p, o, skin)
	if err != nil {
		return none, err
	}
	return StarterSale{Vehicle: vehicle, Skin: skin, Rescue: given}, nil
}

// BuyCar sells a car from a dealer's lot and returns its id ("mcots-1 5.8",
// DECISIONS 22). The paint is included in the price. old is a car to trade in, 0
// for none. Refusals: ErrNotOffered, ErrGarageFull, ErrFunds; for the old car
// ErrTradeIn, ErrNotOwner and ErrStripped.
func (r *Rules) BuyCar(tx storage.Tx, persona, dealer, car, skin, old uint32) (vehicle uint32, err error) {
	p, err := player(tx, persona)
	if err != nil {
		return 0, err
	}
	owned, err := tx.VehiclesOf(persona)
	if err != nil {
		return 0, err
	}
	o, err := r.offer(dealer, car, len(owned) > 0)
	if err != nil {
		return 0, err
	}
	if !r.catalog().SkinFits(skin, car) {
		return 0, fmt.Errorf("skin %d for car %d: %w", skin, car, ErrNotOffered)
	}
	if old != 0 {
		if err := r.takeCar(tx, &p, old); err != nil {
			return 0, err
		}
	}
	if o.Starter {
		if _, err := r.rescue(tx, &p, o); err != nil {
			return 0, err
		}
	}
	return r.sell(tx, &p, o, skin)
}

// sell hands over an offered car for its price, in the paint given.
func (r *Rules) sell(tx storage.Tx, p *storage.Persona, o Offer, skin uint32) (vehicle uint32, err error) {
	vehicle, err = r.deliver(tx, *p, o.Car, skin)
	if err != nil {
		return 0, err
	}
	return vehicle, r.move(tx, p, storage.CarPurchase, -int64(o.Price), vehicle, "")
}

// GiveCar gives a persona a car as a present of the operator, entered in the
// ledger with amount 0. skin 0 picks a plain colour. Refusals: ErrNotOffered for
// an unknown car or a skin that does not fit, ErrGarageFull.
func (r *Rules) GiveCar(tx storage.Tx, persona, car, skin uint32, note string) (vehicle uint32, err error) {
	p, err := player(tx, persona)
	if err != nil {
		return 0, err
	}
	c := r.catalog()
	if skin == 0 {
		skin = plainest(c, car)
	}
	if !c.IsVehicle(car) || !c.SkinFits(skin, car) {
		return 0, fmt.Errorf("car %d with skin %d: %w", car, skin, ErrNotOffered)
	}
	vehicle, err = r.deliver(tx, p, car, skin)
	if err != nil {
		return 0, err
	}
	return vehicle, r.move(tx, &p, storage.Grant, 0, vehicle, note)
}

// plainest is the plain colour of a car with the lowest id, or its first skin where
// the catalog has no plain one; 0 when it has no skin for the car at all.
func plainest(c *catalog.Catalog, car uint32) uint32 {
	if s, ok := c.PlainSkin(car); ok {
		return s.ID
	}
	if skins := c.SkinsOf(car); len(skins) > 0 {
		return skins[0].ID
	}
	return 0
}

// deliver builds a stock car for a persona that has room for it
// ("data-model 3.2").
func (r *Rules) deliver(tx storage.Tx, p storage.Persona, car, skin uint32) (vehicle uint32, err error) {
	owned, err := tx.VehiclesOf(p.ID)
	if err != nil {
		return 0, err
	}
	if room, _ := r.Capacity(p.Stats.Level); len(owned) >= int(room) {
		return 0, fmt.Errorf("persona %d owns %d cars of %d: %w", p.ID, len(owned), room, ErrGarageFull)
	}
	c := r.catalog()
	paint, _ := c.Skin(skin)
	stock, err := c.StockParts(car)
	if err != nil {
		return 0, err
	}
	vehicle, err = build(tx, p.ID, car, stock, true)
	if err != nil {
		return 0, err
	}
	return vehicle, tx.PutVehicle(storage.Vehicle{
		ID: vehicle, Owner: p.ID, BrandedPart: car, Skin: skin, Flags: paint.DefaultFlag,
	})
}

// build makes a new part with everything that the catalog mounts on it and
// returns its id; the others follow it. For a car the part is the root part.
func build(tx storage.Tx, owner, branded uint32, stock []catalog.StockPart, car bool) (root uint32, err error) {
	root, err = tx.ReserveParts(1 + len(stock))
	if err != nil {
		return 0, err
	}
	part := storage.Part{ID: root, Owner: owner, BrandedPart: branded}
	if car {
		part.Vehicle = root
	}
	if err := tx.PutPart(part); err != nil {
		return 0, err
	}
	for i, s := range stock {
		// The list may name a part before the one it hangs on, so ids are
		// computed, not looked up. Parent -1, the root, comes out right.
		part.ID = root + 1 + uint32(i)
		part.Parent = uint32(int64(root) + 1 + int64(s.Parent))
		part.BrandedPart, part.Attachment = s.BrandedPart, s.Attachment
		if err := tx.PutPart(part); err != nil {
			return 0, err
		}
	}
	return root, nil
}
