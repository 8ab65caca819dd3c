package catalog

import (
	"cmp"
	"fmt"
	"slices"
)

// Problem is a row that contradicts the rest of the tables.
type Problem struct {
	Table  string // name of the table as in the game's database
	Key    string // key of the row
	Column string // the column at fault
	Text   string // what is wrong with its value
}

// Error says which row is wrong and why.
func (p Problem) Error() string {
	return fmt.Sprintf("catalog: %s %s: %s: %s", p.Table, p.Key, p.Column, p.Text)
}

// Prune returns the tables without the rows that Build would refuse, sorted by
// key, and one problem for each row left out. The slices of t stay untouched.
// An imported database that an update damaged in one place thus costs only the
// parts concerned.
func Prune(t Tables) (Tables, []Problem) {
	s := sieve{}
	brands := keep(&s, "brand", t.Brands, func(r Brand) uint32 { return r.ID }, nil)
	kinds := keep(&s, "abstract_part_type", t.AbstractTypes, func(r AbstractType) uint32 { return r.ID }, nil)
	kinds = s.forest(kinds)
	points := keep(&s, "attachment_point", t.AttachmentPoints, func(r AttachmentPoint) uint8 { return r.ID }, nil)
	hasBrand, hasKind, hasPoint := set(brands, func(r Brand) uint32 { return r.ID }),
		set(kinds, func(r AbstractType) uint32 { return r.ID }),
		set(points, func(r AttachmentPoint) uint8 { return r.ID })

	models := keep(&s, "model", t.Models, func(r Model) uint32 { return r.ID },
		func(r Model) (string, string) { return refers(hasBrand, "brand_id", "brand", r.Brand) })
	partTypes := keep(&s, "part_type", t.PartTypes, func(r PartType) uint32 { return r.ID },
		func(r PartType) (string, string) {
			return refers(hasKind, "abstract_part_type_id", "abstract_part_type", r.Abstract)
		})
	hasModel, hasPartType := set(models, func(r Model) uint32 { return r.ID }), set(partTypes, func(r PartType) uint32 { return r.ID })

	parts := keep(&s, "branded_part", t.BrandedParts, func(r BrandedPart) uint32 { return r.ID },
		func(r BrandedPart) (string, string) {
			if column, text := refers(hasPartType, "part_type_id", "part_type", r.PartType); text != "" {
				return column, text
			}
			return refers(hasModel, "model_id", "model", r.Model)
		})
	hasPart := set(parts, func(r BrandedPart) uint32 { return r.ID })

	return Tables{
		Brands:           brands,
		Models:           models,
		AbstractTypes:    kinds,
		PartTypes:        partTypes,
		BrandedParts:     parts,
		AttachmentPoints: points,
		StockRows:        s.stock(t.StockRows, hasPart, hasPoint),
		Vehicles: keep(&s, "stock_vehicle_attributes", t.Vehicles, func(r VehicleAttributes) uint32 { return r.BrandedPart },
			func(r VehicleAttributes) (string, string) {
				return refers(hasPart, "branded_part_id", "branded_part", r.BrandedPart)
			}),
		Skins: keep(&s, "pt_skin", t.Skins, func(r Skin) uint32 { return r.ID },
			func(r Skin) (string, string) { return refers(hasPartType, "part_type_id", "part_type", r.PartType) }),
		Players: keep(&s, "player", t.Players, func(r SystemPlayer) uint32 { return r.ID }, nil),
	}, s.problems
}

// sieve collects what is wrong while the tables pass through it.
type sieve struct{ problems []Problem }

func (s *sieve) reject(table string, key any, column, text string) {
	s.problems = append(s.problems, Problem{Table: table, Key: fmt.Sprint(key), Column: column, Text: text})
}

// keep returns the rows of a table in key order, without repeated keys and
// without the rows for which fault names a column and a reason.
func keep[R any, K cmp.Ordered](s *sieve, table string, rows []R, key func(R) K, fault func(R) (column, text string)) []R {
	sorted := slices.Clone(rows)
	byKey := func(a, b R) int { return cmp.Compare(key(a), key(b)) }
	if !slices.IsSortedFunc(sorted, byKey) {
		slices.SortStableFunc(sorted, byKey)
	}
	kept := sorted[:0]
	for _, r := range sorted {
		if len(kept) > 0 && key(kept[len(kept)-1]) == key(r) {
			s.reject(table, key(r), "key", "used by more than one row")
			continue
		}
		if fault != nil {
			if column, text := fault(r); text != "" {
				s.reject(table, key(r), column, text)
				continue
			}
		}
		kept = append(kept, r)
	}
	return kept
}

// stock is keep for the stock assemblies, whose key has three columns.
func (s *sieve) stock(rows []StockRow, hasPart map[uint32]bool, hasPoint map[uint8]bool) []StockRow {
	sorted := slices.Clone(rows)
	if !slices.IsSortedFunc(sorted, compareStock) {
		slices.SortStableFunc(sorted, compareStock)
	}
	kept := sorted[:0]
	for _, r := range sorted {
		name := func() string { return fmt.Sprintf("%d/%d/%d", r.Parent, r.Child, r.Attachment) }
		if len(kept) > 0 && compareStock(kept[len(kept)-1], r) == 0 {
			s.reject("stock_assembly", name(), "key", "used by more than one row")
			continue
		}
		column, text := refers(hasPart, "parent_branded_part_id", "branded_part", r.Parent)
		if text == "" {
			column, text = refers(hasPart, "child_branded_part_id", "branded_part", r.Child)
		}
		if text == "" {
			column, text = refers(hasPoint, "attachment_point_id", "attachment_point", r.Attachment)
		}
		if text != "" {
			s.reject("stock_assembly", name(), column, text)
			continue
		}
		kept = append(kept, r)
	}
	return kept
}

// compareStock orders stock rows by their key.
func compareStock(a, b StockRow) int {
	return cmp.Or(cmp.Compare(a.Parent, b.Parent), cmp.Compare(a.Child, b.Child), cmp.Compare(a.Attachment, b.Attachment))
}

// maxDepth bounds the tree of kinds. A car has three levels, so more than this
// means that the parents lead round in a circle.
const maxDepth = 16

// forest rejects kinds whose parents are missing or lead round in a circle.
func (s *sieve) forest(kinds []AbstractType) []AbstractType {
	parent := make(map[uint32]uint32, len(kinds))
	for _, k := range kinds {
		parent[k.ID] = k.Parent
	}
	fault := func(k AbstractType) string {
		at := k.ID
		for range maxDepth {
			up, ok := parent[at]
			if !ok {
				return fmt.Sprintf("%d is not in abstract_part_type", at)
			}
			if up == 0 {
				return ""
			}
			at = up
		}
		return fmt.Sprintf("%d leads round in a circle", k.Parent)
	}
	kept := make([]AbstractType, 0, len(kinds))
	for _, k := range kinds {
		if text := fault(k); text != "" {
			s.reject("abstract_part_type", k.ID, "parent_abstract_part_type_id", text)
			continue
		}
		kept = append(kept, k)
	}
	return kept
}

// set returns the keys of rows.
func set[R any, K comparable](rows []R, key func(R) K) map[K]bool {
	m := make(map[K]bool, len(rows))
	for _, r := range rows {
		m[key(r)] = true
	}
	return m
}

// refers names the column and the missing row when id is not in known.
func refers[K comparable](known map[K]bool, column, table string, id K) (string, string) {
	if known[id] {
		return "", ""
	}
	return column, fmt.Sprintf("%v is not in %s", id, table)
}
