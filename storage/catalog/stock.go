package catalog

import (
	"errors"
	"fmt"
	"slices"
)

// StockPart is one part of a stock car, engine or assembly. Parent is the place
// of the part it hangs on in the same list, or -1 for the car itself; it may come
// later in the list (air scoops have lower ids than the engine they sit on).
// Attachment is the position there.
type StockPart struct {
	BrandedPart uint32
	Parent      int
	Attachment  uint8
}

// ErrNoStock says that the catalog knows no contents for a branded part.
var ErrNoStock = errors.New("catalog: no stock assembly")

// indexStock fills the stock assemblies.
func (c *Catalog) indexStock(rows []StockRow) {
	c.stock = rows
	c.stockOf = spans(rows, func(r StockRow) uint32 { return r.Parent })
}

// StockParts returns what a stock car consists of, in child id order: every row
// of its stock assembly, joined to the one part of the same car whose kind is the
// child's parent kind ("data-model 3.2"). It works for engines and the generic
// assemblies too ("data-model 3.6"). The list is one tree below id, or the error
// says which part has no place in it; ErrNoStock means that id has no contents.
func (c *Catalog) StockParts(id uint32) ([]StockPart, error) {
	root, ok := c.Part(id)
	if !ok {
		return nil, fmt.Errorf("catalog: branded part %d is unknown", id)
	}
	s, ok := c.stockOf[id]
	if !ok {
		return nil, fmt.Errorf("%w for branded part %d", ErrNoStock, id)
	}
	rows := c.stock[s.from:s.to]
	parts := make([]StockPart, len(rows))
	var buf [64]uint32 // a car has 38 to 48 parts
	kinds := buf[:0]
	for i, r := range rows {
		parts[i] = StockPart{BrandedPart: r.Child, Attachment: r.Attachment}
		kinds = append(kinds, c.parts[c.partAt[r.Child]].Abstract)
	}
	for i := range parts {
		parent, err := c.stockParent(root, kinds, kinds[i])
		if err != nil {
			return nil, fmt.Errorf("catalog: stock part %d of %d: %w", parts[i].BrandedPart, id, err)
		}
		parts[i].Parent = parent
	}
	return parts, nil
}

// stockParent finds the place of the part that a part of the given kind hangs on.
// The kinds form a tree, checked by Build, so the parts do too.
func (c *Catalog) stockParent(root Part, kinds []uint32, kind uint32) (int, error) {
	want := c.kinds[kind].Parent
	switch want {
	case 0:
		return 0, fmt.Errorf("kind %d hangs on nothing", kind)
	case root.Abstract:
		return -1, nil
	}
	at := slices.Index(kinds, want)
	if at < 0 {
		return 0, fmt.Errorf("no part of kind %d to hang on", want)
	}
	if slices.Contains(kinds[at+1:], want) {
		return 0, fmt.Errorf("more than one part of kind %d to hang on", want)
	}
	return at, nil
}
