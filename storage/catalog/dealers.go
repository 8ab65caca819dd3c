package catalog

// Dealers of the game that sell cars ("data-model 2.13").
const (
	MuscleMike      = 1
	AutoBarn        = 2
	FatFenderFreddy = 3
	ClassicChrysler = 5
	AllFactoryFord  = 6
	ShoeboxShowroom = 7
	OriginalGM      = 8
)

// dealerOfClass is the dealer of a body class.
var dealerOfClass = map[uint8]uint32{1: FatFenderFreddy, 2: ShoeboxShowroom, 3: MuscleMike}

// dealerOfBrand is the dealer of a make, by brand id: Ford and Mercury; Chevrolet,
// Cadillac, Oldsmobile, Buick and Pontiac; Chrysler, Dodge and Plymouth.
var dealerOfBrand = map[uint32]uint32{
	1: AllFactoryFord, 2: AllFactoryFord,
	3: OriginalGM, 4: OriginalGM, 5: OriginalGM, 6: OriginalGM, 7: OriginalGM,
	8: ClassicChrysler, 9: ClassicChrysler, 10: ClassicChrysler,
}

// DealerStock returns what each dealer offers unless the operator says otherwise:
// the sellable cars in id order, under the dealer of their make and under the
// dealer of their body class, and under Auto Barn when they have neither
// (DECISIONS 21).
func DealerStock(c *Catalog) map[uint32][]Car {
	stock := map[uint32][]Car{}
	for _, car := range c.SellableCars() {
		byClass, hasClass := dealerOfClass[car.Class]
		byBrand, hasBrand := dealerOfBrand[car.Brand]
		if hasClass {
			stock[byClass] = append(stock[byClass], car)
		}
		if hasBrand {
			stock[byBrand] = append(stock[byBrand], car)
		}
		if !hasClass && !hasBrand {
			stock[AutoBarn] = append(stock[AutoBarn], car)
		}
	}
	return stock
}
