package jet

import (
	"encoding/binary"
	"slices"
)

// Column types ("data-model 10.3").
const (
	typeBool     = 1
	typeByte     = 2
	typeInt16    = 3
	typeInt32    = 4
	typeCurrency = 5
	typeFloat32  = 6
	typeFloat64  = 7
	typeDate     = 8
	typeBinary   = 9
	typeText     = 10
	typeOLE      = 11
	typeMemo     = 12
	typeGUID     = 15
)

// Table definition: offsets into its first page, then the columns and their
// names behind the records of the real indexes.
const (
	varColumnsAt   = 23
	columnsAt      = 25
	realIndexesAt  = 31
	ownedPagesAt   = 35
	definitionHead = 43
	indexRecord    = 8
	columnRecord   = 18
	continuationAt = 8
)

// maxDefinitionPages bounds the chain of pages of one table definition. 255
// columns with the longest names need 11.
const maxDefinitionPages = 32

// usageBits is the number of pages that a usage page has bits for, behind its
// header.
const (
	usageHead = 4
	usageBits = (pageSize - usageHead) * 8
)

// Column is a column of a table.
type Column struct {
	Name     string
	Type     byte // a column type of the file format
	number   int  // its bit in the null mask
	fixed    bool
	offset   int // fixed: place behind the row's column count
	size     int // fixed: bytes
	varIndex int // otherwise: its place among the variable columns
}

// Table is one table of a database.
type Table struct {
	Name    string
	Columns []Column

	db      *Database
	page    uint32 // of the definition
	hasVar  bool
	dataMap []uint32 // the data pages, in ascending order
}

// openTable reads the definition of a table and the list of its pages.
func (d *Database) openTable(name string, page uint32) (*Table, error) {
	t := &Table{Name: name, db: d, page: page}
	def, err := d.readDefinition(page)
	if err != nil {
		return nil, err
	}
	if t.Columns, err = columnsOf(def); err != nil {
		return nil, err
	}
	t.hasVar = binary.LittleEndian.Uint16(def[varColumnsAt:]) > 0
	t.dataMap, err = d.usedPages(binary.LittleEndian.Uint32(def[ownedPagesAt:]))
	return t, err
}

// column returns the place of a column of the given type, or -1.
func (t *Table) column(name string, kind byte) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name && c.Type == kind })
}

// readDefinition joins the pages of a table definition.
func (d *Database) readDefinition(page uint32) ([]byte, error) {
	def := make([]byte, pageSize)
	if err := d.readPage(page, definitionPage, def); err != nil {
		return nil, err
	}
	next := binary.LittleEndian.Uint32(def[4:])
	buf := make([]byte, pageSize)
	for n := 1; next != 0; n++ {
		if n == maxDefinitionPages {
			return nil, formatError("the table definition on page %d does not end", page)
		}
		if err := d.readPage(next, definitionPage, buf); err != nil {
			return nil, err
		}
		def = append(def, buf[continuationAt:]...)
		next = binary.LittleEndian.Uint32(buf[4:])
	}
	return def, nil
}

// columnsOf reads the columns from a table definition.
func columnsOf(def []byte) ([]Column, error) {
	n := int(binary.LittleEndian.Uint16(def[columnsAt:]))
	indexes := int(binary.LittleEndian.Uint32(def[realIndexesAt:]))
	at := definitionHead + indexes*indexRecord
	names := at + n*columnRecord
	if n > 255 || indexes < 0 || indexes > len(def) || names > len(def) {
		return nil, formatError("a table definition with %d columns and %d indexes is cut off", n, indexes)
	}
	columns := make([]Column, n)
	for i := range columns {
		rec := def[at+i*columnRecord:]
		columns[i] = Column{
			Type:     rec[0],
			number:   int(binary.LittleEndian.Uint16(rec[1:])),
			varIndex: int(binary.LittleEndian.Uint16(rec[3:])),
			fixed:    rec[13]&1 != 0,
			offset:   int(binary.LittleEndian.Uint16(rec[14:])),
			size:     int(binary.LittleEndian.Uint16(rec[16:])),
		}
		if names >= len(def) {
			return nil, formatError("the name of column %d is cut off", i)
		}
		end := names + 1 + int(def[names])
		if end > len(def) {
			return nil, formatError("the name of column %d is cut off", i)
		}
		columns[i].Name = decodeText(def[names+1 : end])
		names = end
	}
	// The records come in the order of creation; the numbers say how the table
	// shows them.
	slices.SortStableFunc(columns, func(a, b Column) int { return a.number - b.number })
	return columns, nil
}

// usedPages reads a usage map: the row is either a bitmap from a first page on or
// a list of pages with bitmaps.
func (d *Database) usedPages(pointer uint32) ([]uint32, error) {
	buf := make([]byte, pageSize)
	row, _, err := d.rowAt(pointer, buf)
	if err != nil {
		return nil, err
	}
	if len(row) < 5 {
		return nil, formatError("a usage map of %d bytes", len(row))
	}
	switch row[0] {
	case 0:
		return d.setBits(nil, row[5:], uint64(binary.LittleEndian.Uint32(row[1:]))), nil
	case 1:
		return d.usageList(row[1:])
	default:
		return nil, formatError("a usage map of kind %d", row[0])
	}
}

// usageList collects the bits of the usage pages in a list, 0 being an empty
// place.
func (d *Database) usageList(list []byte) ([]uint32, error) {
	var pages []uint32
	buf := make([]byte, pageSize)
	for i := 0; 4*i+4 <= len(list); i++ {
		n := binary.LittleEndian.Uint32(list[4*i:])
		if n == 0 {
			continue
		}
		if err := d.readPage(n, usagePage, buf); err != nil {
			return nil, err
		}
		pages = d.setBits(pages, buf[usageHead:], uint64(i)*usageBits)
	}
	return pages, nil
}

// setBits appends the numbers of the pages whose bits are set, the least
// significant bit of the first byte being page first. Bits beyond the end of the
// file mean nothing.
func (d *Database) setBits(pages []uint32, bitmap []byte, first uint64) []uint32 {
	for i, b := range bitmap {
		for bit := 0; b != 0; bit, b = bit+1, b>>1 {
			if n := first + uint64(8*i+bit); b&1 != 0 && n < uint64(d.pages) {
				pages = append(pages, uint32(n))
			}
		}
	}
	return pages
}
