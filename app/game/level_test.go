package game

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/config/schema"
	"mcos/storage"
)

func TestLevels(t *testing.T) {
	r := New(Default(), testCatalog, testNow)
	for _, tc := range []struct{ points, level, rank uint32 }{
		{0, 1, 0}, {99, 1, 0}, {100, 2, 0}, {299, 2, 0}, {300, 3, 0}, {999, 4, 0}, {1000, 5, 1},
		{4500, 10, 2}, {43500, 30, 6}, {62999, 35, 7}, {63000, 36, 7}, {65535, 36, 7}, {math.MaxUint32, 36, 7},
	} {
		level := r.LevelOf(tc.points)
		assert.Equal(t, tc.level, level, "%d points", tc.points)
		assert.Equal(t, tc.rank, r.Rank(level), "%d points", tc.points)
	}
	assert.EqualValues(t, 0, r.PointsForLevel(0))
	assert.EqualValues(t, 0, r.PointsForLevel(1))
	assert.EqualValues(t, 63000, r.PointsForLevel(36))
	assert.EqualValues(t, 63000, r.PointsForLevel(37), "no more than at the top")
}

func TestToNext(t *testing.T) {
	r := New(Default(), testCatalog, testNow)
	for _, tc := range []struct {
		level, points   uint32
		toLevel, toRank uint16
		rank            uint32
	}{
		{0, 0, 0, 1000, 0}, // a record without a level
		{1, 0, 100, 1000, 0},
		{1, 40, 60, 960, 0},
		{4, 999, 1, 1, 0},
		{5, 1000, 500, 3500, 1},
		{2, 5000, 0, 0, 0}, // a level that lags behind its points
		{34, 60000, 0, 0, 6},
		{35, 59500, 3500, 0, 7},
		{36, 63000, 0, 0, 7},
		{36, 65000, 0, 0, 7},
	} {
		toLevel, toRank, rank := r.ToNext(storage.Stats{Level: tc.level, Points: tc.points})
		assert.Equal(t, []uint32{uint32(tc.toLevel), uint32(tc.toRank), tc.rank}, []uint32{uint32(toLevel), uint32(toRank), rank}, "%+v", tc)
	}
}

func TestCapacity(t *testing.T) {
	for _, tc := range []struct {
		name               string
		cars, least, parts uint32 // settings
		level              uint32
		wantCars, want     uint32
	}{
		{"new player", 3, 100, 40, 1, 3, 100},
		{"no level", 3, 100, 40, 0, 3, 100},
		{"level 3", 3, 100, 40, 3, 9, 120},
		{"top ace", 3, 100, 40, 30, 90, 1200},
		{"the top", 3, 100, 40, 36, 108, 1440},
		{"as many as the messages hold", 255, 100, 1900, 2, 255, 1900},
		{"no overflow", 255, 0, 1900, math.MaxUint32, 255, 1900},
	} {
		cfg := Default()
		cfg.CarsPerLevel, cfg.PartSlots, cfg.PartSlotsPerLevel = tc.cars, tc.least, tc.parts
		cars, parts := New(cfg, testCatalog, testNow).Capacity(tc.level)
		assert.Equal(t, []uint32{tc.wantCars, tc.want}, []uint32{cars, parts}, tc.name)
	}
}

func TestSettings(t *testing.T) {
	cfg := Default()
	cfg.StartingCash, cfg.PersonaLimit = 5, 7
	r := New(cfg, testCatalog, testNow)
	assert.EqualValues(t, 5, r.StartingCash())
	assert.Equal(t, 7, r.PersonaLimit())
}

func TestPrices(t *testing.T) {
	const rearEnd, brake, rods, assembly, car = 140007, 10004, 190077, 1001, 104 // list prices 911, 107, 125, 0, 0
	for _, tc := range []struct {
		name          string
		part          storage.Part
		repair, scrap float64
		wantRepair    uint32
		wantJunk      uint32
	}{
		{"new", storage.Part{BrandedPart: rearEnd}, 1, 0.5, 0, 455},
		{"half broken", storage.Part{BrandedPart: rearEnd, Damage: 50}, 1, 0.5, 456, 227},
		{"one percent", storage.Part{BrandedPart: brake, Damage: 1}, 1, 0.5, 2, 52},
		{"whole dollars stay", storage.Part{BrandedPart: 11004, Damage: 50}, 1, 0.5, 21, 10},
		{"destroyed", storage.Part{BrandedPart: rearEnd, Damage: 100}, 1, 0.5, 911, 1},
		{"half worn", storage.Part{BrandedPart: rearEnd, Wear: 15000}, 1, 0.5, 0, 227},
		{"worn out", storage.Part{BrandedPart: rearEnd, Wear: 30000}, 1, 0.5, 0, 1},
		{"beyond worn out", storage.Part{BrandedPart: rearEnd, Wear: 1 << 23}, 1, 0.5, 0, 1},
		{"beyond destroyed", storage.Part{BrandedPart: rearEnd, Damage: 255}, 1, 0.5, 911, 1},
		{"dear repair", storage.Part{BrandedPart: rearEnd, Damage: 10}, 3.6, 0.5, 328, 409},
		{"exactly 55 to repair", storage.Part{BrandedPart: rods, Damage: 40}, 1.1, 0.5, 55, 37},
		{"exactly 63 as scrap", storage.Part{BrandedPart: rods, Damage: 28}, 1, 0.7, 35, 63},
		{"free repair", storage.Part{BrandedPart: rearEnd, Damage: 10}, 0, 0.5, 0, 409},
		{"scrap at list price", storage.Part{BrandedPart: rearEnd}, 1, 1, 0, 911},
		{"never above list price", storage.Part{BrandedPart: rearEnd}, 1, 3.6, 0, 911},
		{"assembly", storage.Part{BrandedPart: assembly, Damage: 80}, 1, 0.5, 0, 0},
		{"car", storage.Part{BrandedPart: car, Damage: 80}, 1, 0.5, 0, 0},
		{"unknown part", storage.Part{BrandedPart: 99999999, Damage: 80}, 1, 0.5, 0, 0},
	} {
		cfg := Default()
		cfg.RepairModifier, cfg.ScrapModifier = tc.repair, tc.scrap
		r := New(cfg, testCatalog, testNow)
		assert.Equal(t, tc.wantRepair, r.RepairPrice(tc.part), "repair, %s", tc.name)
		assert.Equal(t, tc.wantJunk, r.JunkPrice(tc.part), "junk, %s", tc.name)
	}
	r := New(Default(), testCatalog, testNow)
	assert.EqualValues(t, 911, r.ListPrice(storage.Part{BrandedPart: rearEnd}))
	assert.EqualValues(t, 0, r.ListPrice(storage.Part{BrandedPart: 99999999}))
	assert.EqualValues(t, 30000, r.MaxWear(storage.Part{BrandedPart: rearEnd}))
	assert.EqualValues(t, math.MaxUint32, dollars(1e12))
	assert.EqualValues(t, 0, dollars(math.NaN()))
	assert.EqualValues(t, 0, dollars(-1))
}

func TestConfig(t *testing.T) {
	require.NoError(t, Default().Check())
	cfg := Default()
	cfg.LevelCap = 37 // 50 x 37 x 36 = 66600
	cfg.StarterCars = append(cfg.StarterCars, StarterCar{Car: 104, Price: 1})
	cfg.DealerStock = []StockCar{{Dealer: 2, Car: 104}, {Dealer: 3, Car: 104}, {Dealer: 2, Car: 104, Price: 5}}
	err := cfg.Check()
	assert.ErrorContains(t, err, "66600")
	assert.ErrorContains(t, err, "starter_cars lists car 104 twice")
	assert.ErrorContains(t, err, "dealer_stock lists car 104 of dealer 2 twice")

	// The section is one that the configuration engine accepts.
	type file struct {
		Economy Config `yaml:"economy" help:"Money and cars."`
	}
	got := file{Default()}
	_, err = schema.Load(&got, schema.Options{YAML: []byte("economy:\n  starting_cash: 5\n  starter_cars:\n    - {car: 113, price: 7, deal_of_the_day: on}\n")})
	require.NoError(t, err)
	assert.EqualValues(t, 5, got.Economy.StartingCash)
	assert.Equal(t, []StarterCar{{113, 7, true}}, got.Economy.StarterCars)
	_, err = schema.Load(&got, schema.Options{YAML: []byte("economy: {level_cap: 40}\n")})
	assert.ErrorContains(t, err, "level_cap 40")
}
