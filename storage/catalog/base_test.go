package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/assets"
	"mcos/storage/catalog"
)

// belAir is the worked example of "data-model 4.2", car 113: child, parent (0 =
// the car itself) and attachment point of each part, in child id order.
var belAir = [][3]uint32{
	{1001, 0, 0}, {2001, 0, 0}, {4001, 0, 0}, {5001, 0, 0}, {6001, 0, 0},
	{10001, 5001, 10}, {10004, 5001, 11}, {11004, 1001, 10}, {11004, 1001, 11}, {12009, 1001, 10}, {12030, 1001, 11},
	{15001, 0, 0}, {20113, 2001, 0}, {22009, 6001, 0}, {31153, 6001, 0}, {36001, 0, 0}, {37001, 0, 0}, {40016, 6001, 0},
	{100002, 15001, 10}, {100002, 15001, 11}, {110014, 15001, 10}, {110014, 15001, 11}, {130021, 4001, 0}, {140021, 4001, 0},
	{160006, 36001, 0}, {180014, 36001, 0}, {190016, 36001, 0}, {200002, 36001, 0}, {230001, 36001, 0}, {240001, 36001, 0},
	{250026, 36001, 0}, {280024, 36001, 0}, {290003, 37001, 0}, {300001, 37001, 0}, {320020, 36001, 0}, {330052, 36001, 0},
	{340002, 36001, 0}, {1000123, 36001, 0}, {1100001, 36001, 0}, {1200034, 36001, 0},
}

// triples writes a stock list as child, parent, attachment point.
func triples(t testing.TB, c *catalog.Catalog, id uint32) [][3]uint32 {
	parts, err := c.StockParts(id)
	require.NoError(t, err)
	var all [][3]uint32
	for _, p := range parts {
		parent := uint32(0)
		if p.Parent >= 0 {
			parent = parts[p.Parent].BrandedPart
		}
		all = append(all, [3]uint32{p.BrandedPart, parent, uint32(p.Attachment)})
	}
	return all
}

func baseCatalog(t testing.TB) *catalog.Catalog {
	c, err := catalog.Base()
	require.NoError(t, err)
	return c
}

func TestBaseBelAir(t *testing.T) {
	c := baseCatalog(t)
	assert.Equal(t, belAir, triples(t, c, 113))
	sum := uint32(0)
	for _, triple := range belAir {
		p, ok := c.Part(triple[0])
		require.True(t, ok)
		sum += p.Price
	}
	assert.EqualValues(t, 8211, sum, "list prices of all parts")
	car, ok := c.Car(113)
	require.True(t, ok)
	assert.Equal(t, catalog.Car{
		ID: 113, PartType: 113, Brand: 3, Make: "Chevrolet", Name: "1957 Chevrolet Bel-Air", Year: 1957, Quantity: 1000,
		Attributes: true, Class: 2, Price: 20214, VINBase: 113, VINCRC: -1210440381,
	}, car)
}

func TestBaseCars(t *testing.T) {
	assert.Less(t, len(assets.BaseCatalog()), 64<<10)
	c := baseCatalog(t)
	parts := map[uint32]int{101: 45, 104: 40, 105: 40, 108: 41, 113: 40, 120: 41, 131: 41, 132: 41, 402: 42}
	skins := map[uint32]int{101: 35, 104: 18, 105: 17, 108: 17, 113: 18, 120: 23, 131: 19, 132: 18, 402: 18}
	for _, car := range c.Cars() {
		assert.Len(t, triples(t, c, car.ID), parts[car.ID], "parts of %d", car.ID)
		assert.Len(t, c.SkinsOf(car.ID), skins[car.ID], "skins of %d", car.ID)
	}
	assert.Len(t, c.Cars(), len(parts))
	assert.Len(t, c.SellableCars(), 8) // 402 is a starter car only
	for _, id := range []uint32{36011, 36034} {
		assert.Len(t, triples(t, c, id), 14, "engine %d", id)
	}
	checkTrees(t, c)
}

// Every part that may be bought has a price, a wear limit and a place to go.
func TestBaseParts(t *testing.T) {
	c := baseCatalog(t)
	tires := 0
	for _, row := range c.PartRows(0) {
		p, ok := c.Part(row.ID)
		require.True(t, ok)
		assert.NotEmpty(t, p.Name)
		assert.NotZero(t, p.MaxWear)
		assert.NotZero(t, p.ParentAbstract)
		if p.Abstract == 110001 {
			tires++
		}
	}
	assert.Greater(t, tires, 5)
}

// Every skin of a starter car's part type is there, rust paints included: a real
// client chose one. The plain one with the lowest id stands in for the rest
// ("mcots-1 9.1", DECISIONS 14).
func TestBaseStarterPaint(t *testing.T) {
	c := baseCatalog(t)
	for car, want := range map[uint32]struct {
		skins []uint32
		plain uint32
	}{
		104: {[]uint32{40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 487, 488, 489, 490, 879, 880, 1257}, 40},
		105: {[]uint32{51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 491, 492, 493, 494, 884, 885}, 51},
		113: {[]uint32{158, 159, 160, 161, 162, 163, 164, 165, 166, 167, 524, 525, 526, 527, 627, 882, 883, 1256}, 158},
		402: {[]uint32{340, 341, 342, 343, 344, 345, 346, 347, 348, 349, 350, 581, 582, 583, 584, 585, 877, 878}, 340},
	} {
		var fits []uint32
		for id := range uint32(3000) {
			if c.SkinFits(id, car) {
				fits = append(fits, id)
			}
		}
		assert.Equal(t, want.skins, fits, "car %d", car)
		plain, ok := c.PlainSkin(car)
		assert.True(t, ok)
		assert.Equal(t, want.plain, plain.ID, "car %d", car)
	}
}

func TestBaseDealers(t *testing.T) {
	got := map[uint32][]uint32{}
	for dealer, cars := range catalog.DealerStock(baseCatalog(t)) {
		for _, car := range cars {
			got[dealer] = append(got[dealer], car.ID)
		}
	}
	assert.Equal(t, map[uint32][]uint32{
		catalog.MuscleMike: {108, 120, 131, 132}, catalog.FatFenderFreddy: {101}, catalog.ShoeboxShowroom: {104, 105, 113},
		catalog.ClassicChrysler: {132}, catalog.AllFactoryFord: {101, 104, 105, 108}, catalog.OriginalGM: {113, 120},
	}, got)
}

// checkTrees checks what holds for every stock car of the game ("data-model 3.2",
// "data-model 3.5"): one tree of three levels and one engine family.
func checkTrees(t testing.TB, c *catalog.Catalog) {
	assemblies := []uint32{1001, 2001, 4001, 5001, 6001, 15001, catalog.EngineType, 37001}
	for _, car := range c.Cars() {
		parts, err := c.StockParts(car.ID)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, len(parts), 38)
		assert.LessOrEqual(t, len(parts), 48)
		var top []uint32
		families := map[uint16]bool{}
		for i, p := range parts {
			part, ok := c.Part(p.BrandedPart)
			require.True(t, ok)
			if part.BlockFamily {
				families[part.Family] = true
			}
			if p.Parent < 0 {
				top = append(top, part.Abstract)
				require.NoError(t, c.Fits(p.BrandedPart, car.ID, nil))
				continue
			}
			require.NotEqual(t, i, p.Parent)
			require.Equal(t, -1, parts[p.Parent].Parent, "three levels")
			var mounted []uint32
			for _, other := range parts {
				if other.Parent == p.Parent {
					mounted = append(mounted, other.BrandedPart)
				}
			}
			require.NoError(t, c.Fits(p.BrandedPart, parts[p.Parent].BrandedPart, mounted))
		}
		assert.Equal(t, assemblies, top, "car %d", car.ID)
		assert.Len(t, families, 1, "car %d", car.ID)
	}
}
