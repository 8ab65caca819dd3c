package jet

import (
	"time"

	"mcos/storage/catalog"
)

// online writes tables the way the game's Online.mdb holds them: its 16 tables of
// the catalog under its own names, more columns than are needed, and other tables
// and a query beside them.
func online(t catalog.Tables) *builder {
	b := newBuilder()
	// Three of the 67 tables that are none of ours.
	b.add(spec{name: "Part", columns: ints("PartID", "BrandedPartID"), rows: [][]any{{1, 101}}})
	b.add(spec{name: "Physics", columns: []Column{f64("Mass")}, rows: [][]any{{12.5}}})
	b.add(spec{name: "DriverClass", columns: append(ints("DriverClassID"), text("DriverClass")), rows: [][]any{{0, "C"}}})

	brand := spec{name: "Brand", columns: columns(ints("BrandID"), text("Brand"), text("PicName"), i16("IsStock"))}
	for _, r := range t.Brands {
		brand.rows = append(brand.rows, []any{int(r.ID), r.Name, "pic", flag(r.CarMaker) * 9})
	}
	model := spec{name: "Model", columns: columns(ints("ModelID", "BrandID"), text("EModel"), text("EExtraInfo"),
		text("EShortModel"), text("SwModel"), text("Debug_String"), text("Debug_Sort_String"))}
	for _, r := range t.Models {
		model.rows = append(model.rows, []any{int(r.ID), int(r.Brand), null(r.Name), "m/t", nil, nil, null(r.Label), nil})
	}
	kind := spec{name: "AbstractPartType", columns: columns(ints("AbstractPartTypeID", "ParentAbstractPartTypeID", "DependsOn"),
		text("EAPT"), text("GAPT"), ints("ModifiedRule", "PartPaired"), Column{Name: "EUT", Type: typeMemo},
		ints("BlockFamilyCompatibility"), f32("RepairCostModifier"), f32("ScrapValueModifier"), ints("GarageCategory"))}
	for _, r := range t.AbstractTypes {
		kind.rows = append(kind.rows, []any{int(r.ID), zero(r.Parent), zero(r.Parent), null(r.Name), nil, flag(r.KeepsStock), flag(r.Paired),
			rowMemo("a tip"), flag(r.BlockFamily), r.RepairModifier, r.ScrapModifier, int(r.GarageCategory)})
	}
	partType := spec{name: "PartType", columns: columns(ints("PartTypeID", "AbstractPartTypeID"), text("PartType"), text("PartFilename"), ints("PartGradeID"))}
	for _, r := range t.PartTypes {
		partType.rows = append(partType.rows, []any{int(r.ID), int(r.Abstract), null(r.Name), nil, int(r.Grade)})
	}
	branded := spec{name: "BrandedPart", moved: map[int]bool{3: true},
		columns: columns(ints("BrandedPartID", "PartTypeID", "ModelID"), Column{Name: "MfgDate", Type: typeDate, fixed: true},
			ints("QtyAvail", "RetailPrice"), i16("MaxItemWear"), ints("EngineBlockFamilyID"))}
	for _, r := range t.BrandedParts {
		day := float64(time.Date(int(r.Year), 5, 1, 0, 0, 0, 0, time.UTC).Unix()-zeroDay) / 86400
		branded.rows = append(branded.rows, []any{int(r.ID), int(r.PartType), int(r.Model), day, int(r.Quantity), int(r.Price), int(r.MaxWear), int(r.Family)})
	}
	point := spec{name: "AttachmentPoint", columns: columns(ints("AttachmentPointID"), text("AttachmentPoint"))}
	for _, r := range t.AttachmentPoints {
		point.rows = append(point.rows, []any{int(r.ID), r.Name})
	}
	stock := spec{name: "StockAssembly", columns: columns(ints("ParentBrandedPartID", "ChildBrandedPartID", "AttachmentPointID"), i16("ConfigDefault"), i16("PhysicsDefault"))}
	for _, r := range t.StockRows {
		stock.rows = append(stock.rows, []any{int(r.Parent), int(r.Child), int(r.Attachment), int(r.Config), int(r.Physics)})
	}
	vehicle := spec{name: "StockVehicleAttributes", columns: ints("BrandedPartID", "CarClass", "AIRestrictionClass", "ModeRestriction",
		"Sponsor", "VinBrandedPartID", "TrackID", "VinCRC", "RetailPrice")}
	for _, r := range t.Vehicles {
		vehicle.rows = append(vehicle.rows, []any{int(r.BrandedPart), int(r.Class), int(r.AIClass), int(r.Mode),
			int(r.Sponsor), zero(r.VINBase), 0, int(r.VINCRC), int(r.Price)})
	}
	skin := spec{name: "PTSkin", columns: columns(ints("SkinID", "CreatorID", "SkinTypeID", "PartTypeID"), text("ESkin"), ints("Price"),
		Column{Name: "Comment_Text", Type: typeMemo}, Column{Name: "h0", Type: typeByte, fixed: true}, ints("DEFAULTFLAG"))}
	for _, r := range t.Skins {
		skin.rows = append(skin.rows, []any{int(r.ID), 10, int(r.Type), int(r.PartType), null(r.Name), int(r.Price), inlineMemo("nice"), 3, int(r.DefaultFlag)})
	}
	player := spec{name: "Player", columns: columns(ints("PlayerID", "PlayerTypeID"), text("Persona"))}
	for _, r := range t.Players {
		player.rows = append(player.rows, []any{int(r.ID), 1, r.Name})
	}
	player.rows = append(player.rows, []any{700, 3, "Left Over"}, []any{1000, 1, "Too High"})
	for _, s := range []spec{brand, model, kind, partType, branded, point, stock, vehicle, skin, player} {
		b.add(s)
	}
	for name, values := range map[string][2]string{
		"PartGrade": {"PartGradeID", "EText"}, "PlayerType": {"PlayerTypeID", "PlayerType"}, "SkinType": {"SkinTypeID", "SkinType"},
		"SVA_CarClass": {"SVA_CarClass", "Description"}, "SVA_ModeRestriction": {"SVA_ModeRestriction", "Description"},
	} {
		b.add(spec{name: name, columns: columns(ints(values[0]), text(values[1])), rows: [][]any{{1, "one"}}})
	}
	return b
}

// zeroDay is 1899-12-30 in Unix seconds.
var zeroDay = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Unix()

func ints(names ...string) []Column {
	var all []Column
	for _, name := range names {
		all = append(all, Column{Name: name, Type: typeInt32, fixed: true})
	}
	return all
}

func text(name string) Column { return Column{Name: name, Type: typeText} }
func i16(name string) Column  { return Column{Name: name, Type: typeInt16, fixed: true} }
func f32(name string) Column  { return Column{Name: name, Type: typeFloat32, fixed: true} }
func f64(name string) Column  { return Column{Name: name, Type: typeFloat64, fixed: true} }

// columns joins columns and groups of them.
func columns(parts ...any) []Column {
	var all []Column
	for _, p := range parts {
		switch c := p.(type) {
		case Column:
			all = append(all, c)
		case []Column:
			all = append(all, c...)
		}
	}
	return all
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// null and zero turn empty values into NULL.
func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func zero(n uint32) any {
	if n == 0 {
		return nil
	}
	return int(n)
}
