package catalog

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tiny returns a catalog of one car with an engine of two parts.
func tiny() Tables {
	return Tables{
		Brands: []Brand{{ID: 1, Name: "Ford", CarMaker: true}},
		Models: []Model{{ID: 2, Brand: 1, Name: "Coupe"}, {ID: 3, Brand: 1, Label: "Ford Flathead 221"}},
		AbstractTypes: []AbstractType{
			{ID: VehicleType, Name: "Vehicle"},
			{ID: EngineType, Parent: VehicleType, Name: "Engine"},
			{ID: BlockType, Parent: EngineType, Name: "Engine Block", BlockFamily: true, RepairModifier: 1, ScrapModifier: 0.5},
			{ID: 180001, Parent: EngineType, Name: "Crankshaft", BlockFamily: true},
			{ID: 330001, Parent: EngineType, Name: "Carburetor"},
			{ID: 28001, Name: "Spot Light"},
		},
		PartTypes: []PartType{
			{ID: 101, Abstract: VehicleType, Name: "1932 Ford V-8 Coupe", Grade: 1},
			{ID: 10, Abstract: EngineType, Name: "Engine Assembly"},
			{ID: 11, Abstract: BlockType, Name: "Block", Grade: 2},
			{ID: 12, Abstract: 180001, Name: "Crank"},
			{ID: 13, Abstract: 330001, Name: "Carb"},
			{ID: 14, Abstract: 28001, Name: "Light"},
		},
		BrandedParts: []BrandedPart{
			{ID: 101, PartType: 101, Model: 2, Year: 1932, Quantity: 1000, MaxWear: 30000},
			{ID: 36001, PartType: 10, Model: 3},
			{ID: 36002, PartType: 10, Model: 3, Quantity: 1, Family: 10},
			{ID: 160021, PartType: 11, Model: 2, Quantity: 5, Price: 740, MaxWear: 30000, Family: 10},
			{ID: 160022, PartType: 11, Model: 2, Quantity: 5, Price: 900, MaxWear: 30000, Family: 11},
			{ID: 180019, PartType: 12, Model: 2, Quantity: 5, Price: 119, MaxWear: 30000, Family: 10},
			{ID: 180020, PartType: 12, Model: 2, Price: 119, MaxWear: 30000, Family: 11},
			{ID: 180021, PartType: 12, Model: 2, Quantity: 5, Price: 119, MaxWear: 30000},
			{ID: 330016, PartType: 13, Model: 2, Quantity: 5, Price: 52, MaxWear: 30000},
			{ID: 28001, PartType: 14, Model: 2, Quantity: 5, Price: 10, MaxWear: 30000},
		},
		AttachmentPoints: []AttachmentPoint{{ID: 0, Name: "(default)"}, {ID: 10, Name: "Front"}},
		StockRows: []StockRow{
			{Parent: 101, Child: 180019, Attachment: 10},
			{Parent: 101, Child: 36001},
			{Parent: 101, Child: 160021},
			{Parent: 36002, Child: 160021},
			{Parent: 36002, Child: 180019},
		},
		Vehicles: []VehicleAttributes{{BrandedPart: 101, Class: 1, VINBase: 101, VINCRC: -5, Price: 7610}},
		Skins: []Skin{
			{ID: 2, PartType: 101, Type: 7, Price: 50, DefaultFlag: 1, Name: "Rust Bucket"},
			{ID: 1, PartType: 101, Type: SkinTinted, Price: 200},
		},
		Players: []SystemPlayer{{ID: 20, Name: "Sparky T"}},
	}
}

func build(t testing.TB, tables Tables) *Catalog {
	c, err := Build(tables)
	require.NoError(t, err)
	return c
}

func TestBuildNamesTheRow(t *testing.T) {
	for _, tc := range []struct {
		want   string
		damage func(*Tables)
	}{
		{"catalog: brand 1: key: used by more than one row", func(t *Tables) { t.Brands = append(t.Brands, Brand{ID: 1}) }},
		{"catalog: model 2: brand_id: 9 is not in brand", func(t *Tables) { t.Models[0].Brand = 9 }},
		{"catalog: part_type 12: abstract_part_type_id: 7 is not in abstract_part_type", func(t *Tables) { t.PartTypes[3].Abstract = 7 }},
		{"catalog: branded_part 101: part_type_id: 9 is not in part_type", func(t *Tables) { t.BrandedParts[0].PartType = 9 }},
		{"catalog: branded_part 101: model_id: 9 is not in model", func(t *Tables) { t.BrandedParts[0].Model = 9 }},
		{"catalog: stock_assembly 5/36001/0: parent_branded_part_id: 5 is not in branded_part", func(t *Tables) { t.StockRows[1].Parent = 5 }},
		{"catalog: stock_assembly 101/6/0: child_branded_part_id: 6 is not in branded_part", func(t *Tables) { t.StockRows[1].Child = 6 }},
		{"catalog: stock_assembly 101/36001/7: attachment_point_id: 7 is not in attachment_point", func(t *Tables) { t.StockRows[1].Attachment = 7 }},
		{"catalog: stock_assembly 101/36001/0: key: used by more than one row", func(t *Tables) { t.StockRows = append(t.StockRows, t.StockRows[1]) }},
		{"catalog: stock_vehicle_attributes 6: branded_part_id: 6 is not in branded_part", func(t *Tables) { t.Vehicles[0].BrandedPart = 6 }},
		{"catalog: pt_skin 2: part_type_id: 6 is not in part_type", func(t *Tables) { t.Skins[0].PartType = 6 }},
		{"catalog: pt_skin 1: key: used by more than one row", func(t *Tables) { t.Skins[0].ID = 1 }},
		{"catalog: abstract_part_type 28001: parent_abstract_part_type_id: 5 is not in abstract_part_type", func(t *Tables) { t.AbstractTypes[5].Parent = 5 }},
		{"catalog: abstract_part_type 28001: parent_abstract_part_type_id: 28001 leads round in a circle", func(t *Tables) { t.AbstractTypes[5].Parent = 28001 }},
	} {
		tables := tiny()
		tc.damage(&tables)
		_, err := Build(tables)
		require.ErrorContains(t, err, tc.want)
		var problem Problem
		assert.ErrorAs(t, err, &problem)

		pruned, problems := Prune(tables)
		assert.NotEmpty(t, problems)
		_, err = Build(pruned)
		assert.NoError(t, err, "after %s", tc.want)
	}
}

func TestPruneKeepsTheRest(t *testing.T) {
	tables := tiny()
	tables.PartTypes = append(tables.PartTypes[:3], tables.PartTypes[4:]...) // no crankshafts
	pruned, problems := Prune(tables)
	assert.Len(t, problems, 3+2) // three branded parts, two stock rows
	assert.Len(t, pruned.BrandedParts, 7)
	assert.Len(t, pruned.StockRows, 3)
	assert.Equal(t, tiny().Brands, pruned.Brands)
}

func TestBuildLeavesTablesAlone(t *testing.T) {
	tables := tiny()
	build(t, tables)
	assert.Equal(t, tiny(), tables)
}

func TestPart(t *testing.T) {
	c := build(t, tiny())
	got, ok := c.Part(160021)
	require.True(t, ok)
	assert.Equal(t, Part{
		ID: 160021, PartType: 11, Model: 2, Brand: 1, Abstract: BlockType, ParentAbstract: EngineType, Name: "Block",
		Grade: 2, Quantity: 5, Price: 740, MaxWear: 30000, Family: 10, BlockFamily: true, RepairModifier: 1, ScrapModifier: 0.5,
	}, got)
	engine, _ := c.Part(36002)
	assert.Equal(t, "Ford Flathead 221", engine.Name, "an engine is named by its model")
	_, ok = c.Part(7)
	assert.False(t, ok)
	assert.True(t, c.IsVehicle(101))
	assert.False(t, c.IsVehicle(160021))
	assert.False(t, c.IsVehicle(7))
	kind, ok := c.AbstractType(BlockType)
	assert.True(t, ok)
	assert.Equal(t, "Engine Block", kind.Name)
	assert.Equal(t, tiny().AttachmentPoints, c.AttachmentPoints())
	assert.Equal(t, Counts{Parts: 10, Cars: 1, Sellable: 1, Skins: 2, Stock: 5}, c.Counts())
}

func TestPartLists(t *testing.T) {
	c := build(t, tiny())
	assert.Equal(t, []uint32{101, 28001, 36001, 36002, 160021, 160022, 180019, 180020, 180021, 330016}, c.PartIDs())
	assert.Equal(t, []PartRow{
		{ID: 28001, Abstract: 28001, Model: 2, Name: "Light"},
		{ID: 36002, Abstract: EngineType, Model: 3, Name: "Engine Assembly"},
		{ID: 160021, Abstract: BlockType, Model: 2, Grade: 2, Name: "Block"},
		{ID: 160022, Abstract: BlockType, Model: 2, Grade: 2, Name: "Block"},
		{ID: 180019, Abstract: 180001, Model: 2, Name: "Crank"},
		{ID: 180021, Abstract: 180001, Model: 2, Name: "Crank"},
		{ID: 330016, Abstract: 330001, Model: 2, Name: "Carb"},
	}, c.PartRows(0))
	assert.Equal(t, c.PartRows(0)[2:4], c.PartRows(BlockType))
	assert.Empty(t, c.PartRows(VehicleType))
	assert.Empty(t, c.PartRows(5))
}

func TestCarsAndSkins(t *testing.T) {
	tables := tiny()
	tables.BrandedParts = append(tables.BrandedParts, BrandedPart{ID: 402, PartType: 101, Model: 2, Year: 1932})
	c := build(t, tables)
	car, ok := c.Car(101)
	require.True(t, ok)
	assert.Equal(t, Car{
		ID: 101, PartType: 101, Brand: 1, Make: "Ford", Name: "1932 Ford V-8 Coupe", Year: 1932, Quantity: 1000,
		Attributes: true, Class: 1, Price: 7610, VINBase: 101, VINCRC: -5,
	}, car)
	trim, ok := c.Car(402)
	require.True(t, ok)
	assert.False(t, trim.Attributes)
	assert.False(t, trim.Sellable())
	assert.Equal(t, []Car{car, trim}, c.Cars())
	assert.Equal(t, []Car{car}, c.SellableCars())
	_, ok = c.Car(160021)
	assert.False(t, ok)

	s, ok := c.Skin(2)
	require.True(t, ok)
	assert.Equal(t, tiny().Skins[0], s)
	_, ok = c.Skin(3)
	assert.False(t, ok)
	assert.Len(t, c.SkinsOf(101), 2)
	assert.EqualValues(t, 1, c.SkinsOf(402)[0].ID)
	assert.Nil(t, c.SkinsOf(160021))
	assert.True(t, c.SkinFits(2, 402))
	assert.False(t, c.SkinFits(3, 402))
	assert.False(t, c.SkinFits(2, 160021))
	for _, car := range []uint32{101, 402} {
		plain, ok := c.PlainSkin(car)
		assert.True(t, ok)
		assert.EqualValues(t, 1, plain.ID, "the trims of a design share its skins")
	}
	_, ok = c.PlainSkin(160021)
	assert.False(t, ok, "no car")
}

func TestSellableNeedsEverything(t *testing.T) {
	for _, damage := range []func(*Tables){
		func(t *Tables) { t.Vehicles[0].Mode = 5 },
		func(t *Tables) { t.Vehicles[0].VINCRC = 0 },
		func(t *Tables) { t.Vehicles = nil },
		func(t *Tables) { t.BrandedParts[0].Quantity = 0 },
	} {
		tables := tiny()
		damage(&tables)
		assert.Empty(t, build(t, tables).SellableCars())
	}
}

func TestStockParts(t *testing.T) {
	c := build(t, tiny())
	got, err := c.StockParts(101)
	require.NoError(t, err)
	assert.Equal(t, []StockPart{
		{BrandedPart: 36001, Parent: -1},
		{BrandedPart: 160021, Parent: 0},
		{BrandedPart: 180019, Parent: 0, Attachment: 10},
	}, got)
	got, err = c.StockParts(36002)
	require.NoError(t, err)
	assert.Equal(t, []StockPart{{BrandedPart: 160021, Parent: -1}, {BrandedPart: 180019, Parent: -1}}, got)

	_, err = c.StockParts(160021)
	assert.ErrorIs(t, err, ErrNoStock)
	_, err = c.StockParts(7)
	assert.EqualError(t, err, "catalog: branded part 7 is unknown")
}

func TestStockPartsWithoutAPlace(t *testing.T) {
	for _, tc := range []struct {
		want string
		row  StockRow
		drop int
	}{
		{"stock part 28001 of 101: kind 28001 hangs on nothing", StockRow{Parent: 101, Child: 28001}, -1},
		{"stock part 160021 of 101: no part of kind 36001 to hang on", StockRow{}, 1},
		{"stock part 160021 of 101: more than one part of kind 36001 to hang on", StockRow{Parent: 101, Child: 36002}, -1},
	} {
		tables := tiny()
		if tc.drop >= 0 {
			tables.StockRows = append(tables.StockRows[:tc.drop], tables.StockRows[tc.drop+1:]...)
		} else {
			tables.StockRows = append(tables.StockRows, tc.row)
		}
		_, err := build(t, tables).StockParts(101)
		assert.ErrorContains(t, err, tc.want)
	}
}

func TestFits(t *testing.T) {
	c := build(t, tiny())
	for _, tc := range []struct {
		name          string
		child, parent uint32
		mounted       []uint32
		want          string
	}{
		{"engine on car", 36001, 101, nil, ""},
		{"block on generic engine", 160021, 36001, nil, ""},
		{"block on car", 160021, 101, nil, "160021 of kind 160001 hangs on kind 36001, not on 101 of kind 101"},
		{"car on engine", 101, 36001, nil, "hangs on kind 0"},
		{"light, which hangs on nothing", 28001, 101, nil, "hangs on kind 0"},
		{"crank with its block", 180019, 36001, []uint32{160021}, ""},
		{"crank with another block", 180019, 36001, []uint32{160022}, "180019 is of engine family 10, 160022 on it of 11"},
		{"crank without a block", 180019, 36001, []uint32{330016}, ""},
		{"crank with a crank of another family", 180019, 36001, []uint32{180020}, ""},
		{"crank for every engine", 180021, 36001, []uint32{160022}, ""},
		{"crank with a crank for every engine", 180019, 36001, []uint32{180021}, ""},
		{"block with a crank of another family", 160022, 36001, []uint32{180019}, "160022 is of engine family 11, 180019 on it of 10"},
		{"block on a named engine of another family", 160022, 36002, nil, "engine 36002 of 10"},
		{"carburetor on any engine", 330016, 36002, []uint32{160021, 999}, ""},
		{"unknown part", 7, 36001, nil, "branded part 7 is unknown"},
		{"unknown parent", 160021, 7, nil, "branded part 7 is unknown"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := c.Fits(tc.child, tc.parent, tc.mounted)
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrNoFit)
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

func TestSystemNames(t *testing.T) {
	c := build(t, tiny())
	for name, want := range map[string]bool{
		"Muscle Mike": true, "muscle MIKE": true, "AI Racer 500": true, "ai racer 999": true, "Null Name": true, "Sparky T": true, "Musc1eMike": true,
		"AI Racer 499": false, "AI Racer 1000": false, "Dr Brown": false, "": false,
	} {
		assert.Equal(t, want, c.IsSystemName(name), name)
	}
	assert.Len(t, SystemPlayers(), 515)
}

func TestDealerStock(t *testing.T) {
	tables := tiny()
	tables.Brands = append(tables.Brands, Brand{ID: 11, Name: "AMC"})
	tables.Models = append(tables.Models, Model{ID: 4, Brand: 11})
	for i, class := range []uint8{0, 2, 3} {
		id := uint32(200 + i)
		tables.BrandedParts = append(tables.BrandedParts, BrandedPart{ID: id, PartType: 101, Model: 4, Quantity: 1})
		tables.Vehicles = append(tables.Vehicles, VehicleAttributes{BrandedPart: id, Class: class, VINCRC: 1})
	}
	got := map[uint32][]uint32{}
	for dealer, cars := range DealerStock(build(t, tables)) {
		for _, car := range cars {
			got[dealer] = append(got[dealer], car.ID)
		}
	}
	assert.Equal(t, map[uint32][]uint32{
		FatFenderFreddy: {101}, AllFactoryFord: {101}, AutoBarn: {200}, ShoeboxShowroom: {201}, MuscleMike: {202},
	}, got)
}
