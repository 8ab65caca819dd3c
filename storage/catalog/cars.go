package catalog

import (
	"cmp"
	"slices"
)

// Car is a branded part that is a complete car, with its attributes
// ("data-model 2.8").
type Car struct {
	ID       uint32
	PartType uint32
	Brand    uint32 // brand id of the maker
	Make     string // name of the maker
	Name     string // "1957 Chevrolet Bel-Air"
	Year     uint16
	Quantity uint32
	// Attributes says whether the car has an attribute row. Without one the
	// fields below are 0.
	Attributes bool
	Class      uint8  // 0 none, 1 fat fender, 2 shoebox, 3 muscle
	Mode       uint8  // 0 no restriction
	Price      uint32 // new-car price in game dollars
	VINBase    uint32
	VINCRC     int32
}

// Sellable reports whether the car was made to be sold: it has attributes, no
// restriction of use and a computed VIN check value ("data-model 5.1"). Whether
// it is on sale is a matter of its quantity.
func (c Car) Sellable() bool { return c.Attributes && c.Mode == 0 && c.VINCRC != 0 }

// joinCars fills the cars.
func (c *Catalog) joinCars(t Tables) {
	attributes := index(t.Vehicles, func(r VehicleAttributes) uint32 { return r.BrandedPart })
	brands := index(t.Brands, func(r Brand) uint32 { return r.ID })
	c.carAt = map[uint32]int32{}
	for _, p := range c.parts {
		if p.Abstract != VehicleType {
			continue
		}
		car := Car{
			ID: p.ID, PartType: p.PartType, Brand: p.Brand, Make: t.Brands[brands[p.Brand]].Name,
			Name: p.Name, Year: p.Year, Quantity: p.Quantity,
		}
		if i, ok := attributes[p.ID]; ok {
			a := t.Vehicles[i]
			car.Attributes, car.Class, car.Mode, car.Price = true, a.Class, a.Mode, a.Price
			car.VINBase, car.VINCRC = a.VINBase, a.VINCRC
		}
		c.carAt[p.ID] = int32(len(c.cars))
		c.cars = append(c.cars, car)
	}
}

// Car returns a car by the id of its branded part.
func (c *Catalog) Car(id uint32) (Car, bool) {
	i, ok := c.carAt[id]
	if !ok {
		return Car{}, false
	}
	return c.cars[i], true
}

// Cars returns every car in id order.
func (c *Catalog) Cars() []Car { return slices.Clone(c.cars) }

// SellableCars returns the cars that a dealer may offer, in id order: sellable
// ones with a quantity ("data-model 5.1").
func (c *Catalog) SellableCars() []Car {
	var cars []Car
	for _, car := range c.cars {
		if car.Sellable() && car.Quantity > 0 {
			cars = append(cars, car)
		}
	}
	return cars
}

// indexSkins fills the skins.
func (c *Catalog) indexSkins(skins []Skin) {
	slices.SortFunc(skins, func(a, b Skin) int {
		return cmp.Or(cmp.Compare(a.PartType, b.PartType), cmp.Compare(a.ID, b.ID))
	})
	c.skins = skins
	c.skinAt = index(skins, func(s Skin) uint32 { return s.ID })
	c.skinsOf = spans(skins, func(s Skin) uint32 { return s.PartType })
}

// Skin returns a paint job.
func (c *Catalog) Skin(id uint32) (Skin, bool) {
	i, ok := c.skinAt[id]
	if !ok {
		return Skin{}, false
	}
	return c.skins[i], true
}

// SkinsOf returns the paint jobs that fit a car, in id order. All trims of a
// design share them. The result must not be changed.
func (c *Catalog) SkinsOf(car uint32) []Skin {
	i, ok := c.carAt[car]
	if !ok {
		return nil
	}
	s := c.skinsOf[c.cars[i].PartType]
	return slices.Clip(c.skins[s.from:s.to])
}

// SkinFits reports whether the paint job belongs to the car's design
// ("mcots-1 5.8").
func (c *Catalog) SkinFits(skin, car uint32) bool {
	s, ok := c.skinAt[skin]
	if !ok {
		return false
	}
	i, ok := c.carAt[car]
	return ok && c.skins[s].PartType == c.cars[i].PartType
}

// PlainSkin returns the plain colour with the lowest id that fits a car: one of the
// types "Tinted" and "Starter". It is what a car comes in when nobody has chosen
// a skin that fits ("mcots-1 9.1", DECISIONS 14).
func (c *Catalog) PlainSkin(car uint32) (Skin, bool) {
	for _, s := range c.SkinsOf(car) {
		if s.Type == SkinTinted || s.Type == SkinStarter {
			return s, true
		}
	}
	return Skin{}, false
}
