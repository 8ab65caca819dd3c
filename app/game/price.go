package game

import (
	"math"

	"mcos/storage"
)

// RepairPrice is what repairing the part costs: its list price by its damage,
// rounded up ("mcots-2 9.5"). Wear cannot be repaired.
func (r *Rules) RepairPrice(part storage.Part) uint32 {
	item, ok := r.catalog().Part(part.BrandedPart)
	if !ok || part.Damage == 0 {
		return 0
	}
	harm := float64(item.Price) * float64(min(part.Damage, 100)) / 100
	return dollars(math.Ceil(harm*item.RepairModifier*r.cfg.RepairModifier - tiny))
}

// JunkPrice is what scrapping the part pays: its list price, less for damage and
// wear, rounded down, but at least 1 for a part that has a price and never more
// than that price ("mcots-2 9.5").
func (r *Rules) JunkPrice(part storage.Part) uint32 {
	item, ok := r.catalog().Part(part.BrandedPart)
	if !ok || item.Price == 0 {
		return 0
	}
	worth := float64(item.Price) * float64(100-min(part.Damage, 100)) / 100
	if item.MaxWear > 0 {
		worth *= float64(item.MaxWear-min(part.Wear, item.MaxWear)) / float64(item.MaxWear)
	}
	return min(max(dollars(math.Floor(worth*item.ScrapModifier*r.cfg.ScrapModifier+tiny)), 1), item.Price)
}

// tiny keeps the errors of floating point from moving a price by a dollar.
const tiny = 1e-6

// dollars brings a whole amount into the range of the messages.
func dollars(amount float64) uint32 {
	switch {
	case !(amount > 0): // also not a number
		return 0
	case amount > math.MaxUint32:
		return math.MaxUint32
	}
	return uint32(amount)
}

// ListPrice is the catalog's price of the part, 0 when it is not sold by itself.
func (r *Rules) ListPrice(part storage.Part) uint32 {
	item, _ := r.catalog().Part(part.BrandedPart)
	return item.Price
}

// MaxWear is the wear at which the part is worn out, 0 when unknown ("mcots-2
// 4.3").
func (r *Rules) MaxWear(part storage.Part) uint32 {
	item, _ := r.catalog().Part(part.BrandedPart)
	return item.MaxWear
}
