// Package load maps the tables of the game's database to the rows of package
// catalog, wherever they come from: the columns are found by name, in the
// spelling of the TSV files or of the database itself ("data-model 10.2").
package load

import (
	"errors"
	"fmt"
	"strings"

	"mcos/storage/catalog"
)

// MaxRows is the number of rows a table may have. The largest table of the game
// has 9,294.
const MaxRows = 200_000

// ErrNoTable says that a source does not have a table.
var ErrNoTable = errors.New("no such table")

// Source opens tables by their name in TSV spelling; it returns ErrNoTable for
// one that it does not have.
type Source interface {
	Open(table string) (Rows, error)
}

// Rows gives the rows of one table in turn.
type Rows interface {
	// Columns returns the column names.
	Columns() []string
	// Next returns the cells of the next row, one for each column, or nil after
	// the last one. A NULL is the empty text, numbers are decimal, dates
	// YYYY-MM-DD.
	Next() ([]string, error)
	// Where names the place of the row that Next returned last.
	Where() string
	// Close ends the reading.
	Close() error
}

// Normal brings table and column names into one spelling: lower case without
// underscores, so that "branded_part_id" and "BrandedPartID" are the same.
func Normal(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", " ", "").Replace(name))
}

// Tables reads every table that a server needs. A row with a cell that cannot be
// used is handed to bad, which returns nil to leave the row out or an error to
// stop.
func Tables(src Source, bad func(error) error) (catalog.Tables, error) {
	l := loader{src: src, bad: bad}
	t := catalog.Tables{
		Brands: table(&l, "brand", func(r *row) catalog.Brand {
			return catalog.Brand{ID: r.u32("brand_id"), Name: r.text("brand"), CarMaker: r.u32("is_stock") != 0}
		}),
		Models: table(&l, "model", func(r *row) catalog.Model {
			return catalog.Model{ID: r.u32("model_id"), Brand: r.u32("brand_id"), Name: r.text("e_model"), Label: r.text("debug_string")}
		}),
		AbstractTypes:    table(&l, "abstract_part_type", abstractType),
		PartTypes:        table(&l, "part_type", partType),
		BrandedParts:     table(&l, "branded_part", brandedPart),
		AttachmentPoints: table(&l, "attachment_point", attachmentPoint),
		StockRows:        table(&l, "stock_assembly", stockRow),
		Vehicles:         table(&l, "stock_vehicle_attributes", vehicle),
		Skins:            table(&l, "pt_skin", skin),
	}
	l.optional = true
	t.Players = table(&l, "player", player)
	if l.err != nil {
		return catalog.Tables{}, l.err
	}
	return t, nil
}

func abstractType(r *row) catalog.AbstractType {
	return catalog.AbstractType{
		ID:             r.u32("abstract_part_type_id"),
		Parent:         r.u32("parent_abstract_part_type_id"),
		Name:           r.text("eapt"),
		BlockFamily:    r.u32("block_family_compatibility") != 0,
		KeepsStock:     r.u32("modified_rule") != 0,
		Paired:         r.u32("part_paired") != 0,
		RepairModifier: r.f64("repair_cost_modifier"),
		ScrapModifier:  r.f64("scrap_value_modifier"),
		GarageCategory: r.u8("garage_category"),
	}
}

func partType(r *row) catalog.PartType {
	return catalog.PartType{
		ID: r.u32("part_type_id"), Abstract: r.u32("abstract_part_type_id"),
		Name: r.text("part_type"), Grade: r.u8("part_grade_id"),
	}
}

func brandedPart(r *row) catalog.BrandedPart {
	return catalog.BrandedPart{
		ID: r.u32("branded_part_id"), PartType: r.u32("part_type_id"), Model: r.u32("model_id"),
		Year: r.year("mfg_date"), Quantity: r.u32("qty_avail"), Price: r.u32("retail_price"),
		MaxWear: r.u32("max_item_wear"), Family: r.u16("engine_block_family_id"),
	}
}

func attachmentPoint(r *row) catalog.AttachmentPoint {
	return catalog.AttachmentPoint{ID: r.u8("attachment_point_id"), Name: r.text("attachment_point")}
}

func stockRow(r *row) catalog.StockRow {
	return catalog.StockRow{
		Parent: r.u32("parent_branded_part_id"), Child: r.u32("child_branded_part_id"),
		Attachment: r.u8("attachment_point_id"),
		Config:     r.u8("config_default"), Physics: r.u8("physics_default"),
	}
}

func vehicle(r *row) catalog.VehicleAttributes {
	return catalog.VehicleAttributes{
		BrandedPart: r.u32("branded_part_id"), Class: r.u8("car_class"), AIClass: r.u8("ai_restriction_class"),
		Mode: r.u8("mode_restriction"), Sponsor: r.u8("sponsor"), VINBase: r.u32("vin_branded_part_id"),
		VINCRC: r.i32("vin_crc"), Price: r.u32("retail_price"),
	}
}

func skin(r *row) catalog.Skin {
	return catalog.Skin{
		ID: r.u32("skin_id"), PartType: r.u32("part_type_id"), Type: r.u8("skin_type_id"),
		Price: r.u32("price"), DefaultFlag: r.u32("default_flag"), Name: r.text("e_skin"),
	}
}

// Only the game's own players are wanted ("data-model 2.13"): ids below 1000 of
// the types System and Escrow. Others may be left over from playing.
func player(r *row) catalog.SystemPlayer {
	p := catalog.SystemPlayer{ID: r.u32("player_id"), Name: r.text("persona")}
	if kind := r.u32("player_type_id"); p.ID >= 1000 || p.Name == "" || kind != 1 && kind != 5 {
		r.skip = true
	}
	return p
}

// loader reads tables until the first error.
type loader struct {
	src      Source
	bad      func(error) error
	optional bool
	err      error
}

// table reads one table through the function that makes a row of it.
func table[R any](l *loader, name string, of func(*row) R) []R {
	if l.err != nil {
		return nil
	}
	in, err := l.src.Open(name)
	if errors.Is(err, ErrNoTable) && l.optional {
		return nil
	}
	if err != nil {
		l.err = fmt.Errorf("table %s: %w", name, err)
		return nil
	}
	defer in.Close()
	r := row{at: columns(in.Columns())}
	var rows []R
	for n := 0; ; n++ {
		if r.cells, err = in.Next(); err != nil || r.cells == nil {
			break
		}
		if n == MaxRows {
			err = fmt.Errorf("%s: more than %d rows", in.Where(), MaxRows)
			break
		}
		r.skip, r.err = false, nil
		made := of(&r)
		if r.missing != "" {
			err = fmt.Errorf("column %s is missing", r.missing)
			break
		}
		if r.err != nil {
			if err = l.bad(fmt.Errorf("%s, %w", in.Where(), r.err)); err != nil {
				break
			}
			continue
		}
		if !r.skip {
			rows = append(rows, made)
		}
	}
	if err != nil {
		l.err = fmt.Errorf("table %s: %w", name, err)
		return nil
	}
	return rows
}

// columns maps column names to their places.
func columns(names []string) map[string]int {
	at := make(map[string]int, len(names))
	for i, name := range names {
		at[Normal(name)] = i
	}
	return at
}
