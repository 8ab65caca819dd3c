package game

import (
	"fmt"
	"math"

	"mcos/storage"
)

// tradeIn is the setting with which dealers take cars.
const tradeIn = "accept"

// takeCar takes a car in payment, with all its parts ("mcots-1 5.8"). A car that
// cannot run is not taken. Refusals: ErrTradeIn, ErrNotOwner, ErrStripped.
func (r *Rules) takeCar(tx storage.Tx, p *storage.Persona, vehicle uint32) error {
	if r.cfg.TradeIn != tradeIn {
		return fmt.Errorf("car %d: %w", vehicle, ErrTradeIn)
	}
	v, err := r.car(tx, vehicle, p.ID)
	if err != nil {
		return err
	}
	if err := r.MayDrive(tx, p.ID, vehicle); err != nil {
		return err
	}
	worth, err := r.DealerPays(tx, v)
	if err != nil {
		return err
	}
	if err := r.removeCar(tx, vehicle); err != nil {
		return err
	}
	return r.move(tx, p, storage.CarTradeIn, int64(worth), vehicle, "")
}

// DealerPays is what a dealer who takes cars pays for one: the trade-in modifier
// times the lowest price at which anybody sells such a car, less what its repair
// costs. So nobody earns by buying and trading in.
func (r *Rules) DealerPays(tx storage.ReadTx, v storage.Vehicle) (uint32, error) {
	parts, err := tx.PartsOfVehicle(v.ID)
	if err != nil {
		return 0, err
	}
	worth := math.Floor(float64(r.lowest(v.BrandedPart))*r.cfg.TradeInModifier + tiny)
	for _, p := range parts {
		worth -= float64(r.RepairPrice(p))
	}
	return dollars(worth), nil
}

// lowest is the lowest price of a car in the catalog, among the starter cars and on
// the operator's lots; 0 for one that nobody sells.
func (r *Rules) lowest(car uint32) uint32 {
	var least uint32
	offer := func(price uint32) {
		if price > 0 && (least == 0 || price < least) {
			least = price
		}
	}
	if c, ok := r.catalog().Car(car); ok {
		offer(c.Price)
	}
	for _, s := range r.cfg.StarterCars {
		if s.Car == car {
			offer(s.Price)
		}
	}
	for _, s := range r.cfg.DealerStock {
		if s.Car == car {
			offer(s.Price)
		}
	}
	return least
}
