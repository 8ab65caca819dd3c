package bot

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"mcos/protocol/mcots"
)

// paints are the skins of the cars that the create dialog has been known to offer, all of each car's design, rust paints
// included (mcots-1 9.1). The client knows them from its own database, which a bot does not have.
var paints = map[uint32][]uint32{
	104: {40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 487, 488, 489, 490, 879, 880, 1257},
	105: {51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 491, 492, 493, 494, 884, 885},
	113: {158, 159, 160, 161, 162, 163, 164, 165, 166, 167, 524, 525, 526, 527, 627, 882, 883, 1256},
	402: {340, 341, 342, 343, 344, 345, 346, 347, 348, 349, 350, 581, 582, 583, 584, 585, 877, 878},
}

// Paints lists the skins that are known to fit a car, in ascending order; none for a car that a bot does not know.
func Paints(brandedPart uint32) []uint32 { return append([]uint32(nil), paints[brandedPart]...) }

// bodies is how many body types a driver has been seen with: 0 to 9 of seeded ones, and 27 (mcots-1 6.3).
const bodies = 28

// drawLook makes up how a new persona looks. The server keeps whatever it is (DECISIONS 43).
func drawLook(random *rand.Rand) mcots.PlayerPhysical {
	color := func() uint32 { return 0xFF000000 | random.Uint32N(1<<24) }
	return mcots.PlayerPhysical{
		BodyType: random.Int32N(bodies), HairColor: color(), SkinColor: color(), ShirtColor: color(), PantsColor: color(),
	}
}

// errPaint says that no paint is known for a car.
var errPaint = errors.New("no paint is known for it: name one")

// choose picks the wanted car from an offer, or the first one whose paints are known, and completes it: without a skin, any
// that fits is drawn, as players do. It returns the price as well.
func choose(offer []mcots.StockCar, want Car, random *rand.Rand) (Car, uint32, error) {
	for _, car := range offer {
		if want.BrandedPart != 0 && want.BrandedPart != car.BrandedPartID {
			continue
		}
		fitting := paints[car.BrandedPartID]
		switch {
		case want.Skin != 0 && (want.BrandedPart != 0 || len(fitting) > 0):
		case len(fitting) > 0:
			want.Skin = fitting[random.IntN(len(fitting))]
		case want.BrandedPart != 0:
			return want, 0, fmt.Errorf("car %d: %w", want.BrandedPart, errPaint)
		default:
			continue
		}
		want.BrandedPart = car.BrandedPartID
		return want, car.RetailPrice, nil
	}
	if want.BrandedPart == 0 {
		return want, 0, fmt.Errorf("%w: none of the %d cars offered has a known paint", ErrRefused, len(offer))
	}
	return want, 0, fmt.Errorf("%w: car %d is not among the %d offered", ErrRefused, want.BrandedPart, len(offer))
}
