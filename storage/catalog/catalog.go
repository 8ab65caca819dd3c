package catalog

import (
	"fmt"
	"slices"

	"mcos/storage"
)

// Part is a branded part joined with its part type, kind and model
// ("data-model 3.1"). ParentAbstract is 0 when no stock car uses the kind.
type Part struct {
	ID             uint32
	PartType       uint32
	Model          uint32
	Brand          uint32
	Abstract       uint32
	ParentAbstract uint32
	Name           string // the part type's name, or an engine's model label
	Grade          uint8
	Year           uint16
	Quantity       uint32 // 0 = not offered
	Price          uint32 // list price in game dollars
	MaxWear        uint32
	Family         uint16
	BlockFamily    bool
	RepairModifier float64
	ScrapModifier  float64
}

// PartRow is one line of the parts list that the web server offers: branded part
// id, abstract part type id, model id, grade id and part type name
// ("data-model 6").
type PartRow struct {
	ID       uint32
	Abstract uint32
	Model    uint32
	Grade    uint8
	Name     string
}

// Catalog answers what a server asks about parts and cars. It never changes.
type Catalog struct {
	parts   []Part // by id
	partAt  map[uint32]int32
	kinds   map[uint32]AbstractType
	rows    []PartRow // offered loose parts by kind, then id
	stock   []StockRow
	stockOf map[uint32]span // rows of stock by parent
	cars    []Car           // by id
	carAt   map[uint32]int32
	skins   []Skin // by part type, then id
	skinAt  map[uint32]int32
	skinsOf map[uint32]span // rows of skins by part type
	points  []AttachmentPoint
	system  map[string]uint32 // looks of the name of a system player to its id
}

// span is a run of rows in one of the catalog's slices.
type span struct{ from, to int32 }

// Build joins the tables into a catalog. The error is a Problem that names the
// first contradiction: a key used twice, or a reference to a missing row. The
// slices of t stay untouched and are not kept.
func Build(t Tables) (*Catalog, error) {
	clean, problems := Prune(t)
	switch len(problems) {
	case 0:
	case 1:
		return nil, problems[0]
	default:
		return nil, fmt.Errorf("%w (and %d more problems)", problems[0], len(problems)-1)
	}
	c := &Catalog{points: clean.AttachmentPoints}
	c.joinParts(clean)
	c.joinCars(clean)
	c.indexStock(clean.StockRows)
	c.indexSkins(clean.Skins)
	c.indexPlayers(clean.Players)
	return c, nil
}

// unnamedEngine is the part type name of engines whose model says which engine
// they are ("data-model 3.1").
const unnamedEngine = "Engine Assembly"

// joinParts fills the parts, the kinds and the parts list.
func (c *Catalog) joinParts(t Tables) {
	c.kinds = make(map[uint32]AbstractType, len(t.AbstractTypes))
	for _, k := range t.AbstractTypes {
		c.kinds[k.ID] = k
	}
	types, models := index(t.PartTypes, func(r PartType) uint32 { return r.ID }), index(t.Models, func(r Model) uint32 { return r.ID })
	c.parts = make([]Part, len(t.BrandedParts))
	c.partAt = make(map[uint32]int32, len(t.BrandedParts))
	for i, b := range t.BrandedParts {
		pt, model := t.PartTypes[types[b.PartType]], t.Models[models[b.Model]]
		kind := c.kinds[pt.Abstract]
		name := pt.Name
		if name == unnamedEngine && model.Label != "" {
			name = model.Label
		}
		c.parts[i] = Part{
			ID: b.ID, PartType: pt.ID, Model: model.ID, Brand: model.Brand,
			Abstract: kind.ID, ParentAbstract: kind.Parent,
			Name: name, Grade: pt.Grade, Year: b.Year,
			Quantity: b.Quantity, Price: b.Price, MaxWear: b.MaxWear,
			Family: b.Family, BlockFamily: kind.BlockFamily,
			RepairModifier: kind.RepairModifier, ScrapModifier: kind.ScrapModifier,
		}
		c.partAt[b.ID] = int32(i)
		if b.Quantity > 0 && kind.ID != VehicleType {
			c.rows = append(c.rows, PartRow{ID: b.ID, Abstract: kind.ID, Model: model.ID, Grade: pt.Grade, Name: pt.Name})
		}
	}
	// The parts are in id order already, so a stable sort by kind is enough.
	slices.SortStableFunc(c.rows, func(a, b PartRow) int { return int(int64(a.Abstract) - int64(b.Abstract)) })
}

// index maps the key of each row to its place.
func index[R any](rows []R, key func(R) uint32) map[uint32]int32 {
	m := make(map[uint32]int32, len(rows))
	for i, r := range rows {
		m[key(r)] = int32(i)
	}
	return m
}

// spans maps each key to its run of rows, which are sorted by that key.
func spans[R any](rows []R, key func(R) uint32) map[uint32]span {
	m := map[uint32]span{}
	for i := 0; i < len(rows); {
		from, k := i, key(rows[i])
		for i < len(rows) && key(rows[i]) == k {
			i++
		}
		m[k] = span{int32(from), int32(i)}
	}
	return m
}

// indexPlayers collects the names that no persona may take.
func (c *Catalog) indexPlayers(extra []SystemPlayer) {
	c.system = make(map[string]uint32)
	for _, p := range append(extra, SystemPlayers()...) {
		c.system[storage.LooksOf(p.Name)] = p.ID
	}
}

// Part returns a branded part.
func (c *Catalog) Part(id uint32) (Part, bool) {
	i, ok := c.partAt[id]
	if !ok {
		return Part{}, false
	}
	return c.parts[i], true
}

// IsVehicle reports whether the branded part is a complete car.
func (c *Catalog) IsVehicle(id uint32) bool {
	_, ok := c.carAt[id]
	return ok
}

// PartIDs returns all branded part ids in ascending order, whatever their
// quantity ("data-model 6").
func (c *Catalog) PartIDs() []uint32 {
	ids := make([]uint32, len(c.parts))
	for i := range c.parts {
		ids[i] = c.parts[i].ID
	}
	return ids
}

// PartRows returns the parts list of one abstract part type, or of all when kind
// is 0: every part with a quantity that is not a car, by kind and then id
// ("data-model 6"). The result must not be changed.
func (c *Catalog) PartRows(kind uint32) []PartRow {
	if kind == 0 {
		return slices.Clip(c.rows)
	}
	byKind := func(r PartRow, k uint32) int { return int(int64(r.Abstract) - int64(k)) }
	from, _ := slices.BinarySearchFunc(c.rows, kind, byKind)
	to := from
	for to < len(c.rows) && c.rows[to].Abstract == kind {
		to++
	}
	return slices.Clip(c.rows[from:to])
}

// AbstractType returns a kind of part.
func (c *Catalog) AbstractType(id uint32) (AbstractType, bool) {
	k, ok := c.kinds[id]
	return k, ok
}

// AttachmentPoints returns the positions a part can have on its parent, by id.
func (c *Catalog) AttachmentPoints() []AttachmentPoint { return slices.Clone(c.points) }

// IsSystemName reports whether a system player has this name or one that looks like
// it (storage.LooksOf). No persona may take it ("data-model 2.13").
func (c *Catalog) IsSystemName(name string) bool {
	_, ok := c.system[storage.LooksOf(name)]
	return ok
}

// Counts say how large a catalog is.
type Counts struct {
	Parts    int `json:"parts"` // branded parts, cars included
	Cars     int `json:"cars"`
	Sellable int `json:"sellable"` // cars that a dealer may offer
	Skins    int `json:"skins"`
	Stock    int `json:"stock"` // stock assembly rows
}

// Counts returns the size of the catalog.
func (c *Catalog) Counts() Counts {
	return Counts{Parts: len(c.parts), Cars: len(c.cars), Sellable: len(c.SellableCars()), Skins: len(c.skins), Stock: len(c.stock)}
}
