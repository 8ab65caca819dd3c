package game

import (
	"fmt"

	"mcos/storage/catalog"
)

// Offer is a car that a dealer sells.
type Offer struct {
	Car          uint32 // branded part
	Brand        uint32 // of the car's maker
	Price        uint32 // with any paint that fits the car
	DealOfTheDay bool
	Starter      bool // at the price for a persona without a car
}

// Stock is what a dealer offers ("mcots-1 5.7", DECISIONS 21). The starter dealer
// shows a persona without a car, and the dialog that creates a persona, the
// starter cars and nothing else. A dealer that sells nothing has an empty list.
func (r *Rules) Stock(dealer uint32, hasCar bool) []Offer {
	c := r.catalog()
	if dealer == r.cfg.StarterDealer && !hasCar {
		return r.starters(c)
	}
	if offers, own := r.ownStock(c, dealer); own {
		return offers
	}
	var offers []Offer
	for _, car := range catalog.DealerStock(c)[dealer] {
		offers = addOffer(c, offers, Offer{Car: car.ID, Price: car.Price})
	}
	return offers
}

func (r *Rules) starters(c *catalog.Catalog) []Offer {
	var offers []Offer
	for _, s := range r.cfg.StarterCars {
		offers = addOffer(c, offers, Offer{Car: s.Car, Price: s.Price, DealOfTheDay: s.Deal, Starter: true})
	}
	return offers
}

// ownStock is the stock of a dealer that the operator has given one.
func (r *Rules) ownStock(c *catalog.Catalog, dealer uint32) (offers []Offer, own bool) {
	for _, s := range r.cfg.DealerStock {
		if s.Dealer != dealer {
			continue
		}
		own = true
		price := s.Price
		if car, ok := c.Car(s.Car); ok && price == 0 {
			price = car.Price
		}
		offers = addOffer(c, offers, Offer{Car: s.Car, Price: price, DealOfTheDay: s.Deal})
	}
	return offers, own
}

// addOffer adds a car that can be built and has a price: the catalog in use may
// lack a car that the configuration names.
func addOffer(c *catalog.Catalog, offers []Offer, o Offer) []Offer {
	car, ok := c.Car(o.Car)
	if !ok || o.Price == 0 {
		return offers
	}
	if _, err := c.StockParts(o.Car); err != nil {
		return offers
	}
	o.Brand = car.Brand
	return append(offers, o)
}

// offer finds a car on a dealer's lot.
func (r *Rules) offer(dealer, car uint32, hasCar bool) (Offer, error) {
	for _, o := range r.Stock(dealer, hasCar) {
		if o.Car == car {
			return o, nil
		}
	}
	return Offer{}, fmt.Errorf("car %d at dealer %d: %w", car, dealer, ErrNotOffered)
}
