package jet

import (
	"bytes"
	"crypto/rc4"
	"encoding/binary"
	"math"
	"slices"
)

// builder makes Jet 3 files for the tests, page by page.
type builder struct {
	pages   [][]byte
	objects [][]any
	key     uint32
	listMap bool // write usage maps as lists of usage pages
}

// spec is a table to write. Rows hold bool, int, float64, string, []byte or nil;
// wrappers say how a row or a memo is to be stored.
type spec struct {
	name    string
	columns []Column
	rows    [][]any
	deleted map[int]bool // rows to mark as deleted
	moved   map[int]bool // rows to store elsewhere, behind a pointer
}

// How a memo is stored.
type (
	inlineMemo string
	rowMemo    string
	chainMemo  string
)

func newBuilder() *builder {
	b := &builder{}
	for range catalogPage + 1 {
		b.alloc()
	}
	return b
}

func (b *builder) alloc() uint32 {
	b.pages = append(b.pages, make([]byte, pageSize))
	return uint32(len(b.pages) - 1)
}

// add writes a table and enters it into MSysObjects.
func (b *builder) add(s spec) {
	page := b.alloc()
	b.write(s, page)
	b.objects = append(b.objects, []any{int(page), s.name, 1, 0, nil})
}

// bytes finishes the file: MSysObjects, the header, the encryption.
func (b *builder) bytes() []byte {
	b.objects = append(b.objects, []any{99, "SomeQuery", 5, 0, nil})
	b.write(spec{name: "MSysObjects", rows: b.objects, columns: []Column{
		{Name: "Id", Type: typeInt32, fixed: true}, {Name: "Name", Type: typeText},
		{Name: "Type", Type: typeInt16, fixed: true}, {Name: "Flags", Type: typeInt32, fixed: true},
		{Name: "LvProp", Type: typeOLE}, // mdbtools asks for it
	}}, catalogPage)
	head := b.pages[0]
	head[1] = 1
	copy(head[4:], "Standard Jet DB\x00")
	binary.LittleEndian.PutUint16(head[0x3c:], 1252)
	binary.LittleEndian.PutUint32(head[keyAt:], b.key)
	crypt(headerMask, head[maskedAt:maskedAt+maskedLen])
	for n := 1; b.key != 0 && n < len(b.pages); n++ {
		crypt(binary.LittleEndian.AppendUint32(nil, b.key^uint32(n)), b.pages[n])
	}
	return bytes.Join(b.pages, nil)
}

func crypt(key, data []byte) {
	c, err := rc4.NewCipher(key)
	if err != nil {
		panic(err)
	}
	c.XORKeyStream(data, data)
}

// write lays out the columns, stores the rows and writes the definition.
func (b *builder) write(s spec, page uint32) {
	variable, offset := 0, 0
	for i := range s.columns {
		c := &s.columns[i]
		if c.number == 0 {
			c.number = i
		}
		switch {
		case c.fixed:
			c.offset = offset
			if c.size == 0 {
				c.size = fixedSize(c.Type)
			}
			offset += c.size
		default:
			c.varIndex = variable
			variable++
		}
	}
	data := &shelf{b: b, table: page}
	elsewhere := &shelf{b: b, table: page, flags: rowDeleted}
	for i, values := range s.rows {
		row := b.encodeRow(s.columns, values)
		flags := uint16(0)
		if s.deleted[i] {
			flags = rowDeleted
		}
		if s.moved[i] {
			row = binary.LittleEndian.AppendUint32(nil, elsewhere.put(row, 0))
			flags |= rowMoved
		}
		data.put(row, flags)
	}
	b.define(s, page, variable, b.usageMap(append(data.used, elsewhere.used...)))
}

// define writes the definition on as many pages as it takes.
func (b *builder) define(s spec, page uint32, variable int, usage uint32) {
	const indexes = 2
	def := make([]byte, definitionHead+indexes*indexRecord)
	def[0], def[1] = definitionPage, 1
	binary.LittleEndian.PutUint32(def[12:], uint32(len(s.rows)))
	def[20] = 0x4e
	binary.LittleEndian.PutUint16(def[21:], uint16(len(s.columns)))
	binary.LittleEndian.PutUint16(def[varColumnsAt:], uint16(variable))
	binary.LittleEndian.PutUint16(def[columnsAt:], uint16(len(s.columns)))
	binary.LittleEndian.PutUint32(def[realIndexesAt:], indexes)
	binary.LittleEndian.PutUint32(def[ownedPagesAt:], usage)
	binary.LittleEndian.PutUint32(def[39:], usage)
	for _, c := range s.columns {
		rec := make([]byte, columnRecord)
		rec[0] = c.Type
		binary.LittleEndian.PutUint16(rec[1:], uint16(c.number))
		binary.LittleEndian.PutUint16(rec[3:], uint16(c.varIndex))
		binary.LittleEndian.PutUint16(rec[5:], uint16(c.number))
		rec[13] = 2
		if c.fixed {
			rec[13] |= 1
		}
		binary.LittleEndian.PutUint16(rec[14:], uint16(c.offset))
		binary.LittleEndian.PutUint16(rec[16:], uint16(c.size))
		def = append(def, rec...)
	}
	for _, c := range s.columns {
		def = append(append(def, byte(len(c.Name))), c.Name...)
	}
	rest := def[copy(b.pages[page], def):]
	for at := page; len(rest) > 0; {
		next := b.alloc()
		binary.LittleEndian.PutUint32(b.pages[at][4:], next)
		b.pages[next][0], b.pages[next][1] = definitionPage, 1
		rest = rest[copy(b.pages[next][continuationAt:], rest):]
		at = next
	}
}

// usageMap writes the list of a table's pages and returns the pointer to it.
func (b *builder) usageMap(pages []uint32) uint32 {
	maps := &shelf{b: b}
	if !b.listMap {
		first := uint32(0)
		if len(pages) > 0 {
			first = slices.Min(pages)
		}
		row := binary.LittleEndian.AppendUint32([]byte{0}, first)
		row = append(row, make([]byte, 1024)...)
		for _, p := range pages {
			row[5+(p-first)/8] |= 1 << ((p - first) % 8)
		}
		return maps.put(row, 0)
	}
	usage := b.alloc()
	b.pages[usage][0] = usagePage
	for _, p := range pages {
		b.pages[usage][usageHead+p/8] |= 1 << (p % 8)
	}
	row := binary.LittleEndian.AppendUint32([]byte{1}, usage)
	return maps.put(append(row, make([]byte, 64)...), 0)
}

// shelf fills data pages with rows.
type shelf struct {
	b     *builder
	table uint32
	flags uint16 // added to each row's offset
	page  uint32
	free  int
	used  []uint32
}

// put stores a row and returns its pointer.
func (s *shelf) put(row []byte, flags uint16) uint32 {
	var count int
	if s.page != 0 {
		count = int(binary.LittleEndian.Uint16(s.b.pages[s.page][rowCountAt:]))
	}
	if s.page == 0 || count == 200 || s.free-len(row) < rowStartsAt+2*count+2 {
		s.page, s.free, count = s.b.alloc(), pageSize, 0
		s.used = append(s.used, s.page)
	}
	p := s.b.pages[s.page]
	p[0], p[1] = dataPage, 1
	binary.LittleEndian.PutUint32(p[4:], s.table)
	s.free -= len(row)
	copy(p[s.free:], row)
	binary.LittleEndian.PutUint16(p[rowStartsAt+2*count:], uint16(s.free)|flags|s.flags)
	binary.LittleEndian.PutUint16(p[rowCountAt:], uint16(count+1))
	binary.LittleEndian.PutUint16(p[2:], uint16(s.free-rowStartsAt-2*count-2))
	return s.page<<8 | uint32(count)
}

// encodeRow writes one row with its offsets, jump table and null mask.
func (b *builder) encodeRow(columns []Column, values []any) []byte {
	count := 0
	for _, c := range columns {
		count = max(count, c.number+1)
	}
	mask := make([]byte, (count+7)/8)
	row := []byte{byte(count)}
	var variable [][]byte
	for i, c := range columns {
		var v []byte
		if values[i] != nil {
			v = b.encodeValue(c.Type, values[i])
		}
		if on, isBool := values[i].(bool); values[i] != nil && (!isBool || on) {
			mask[c.number/8] |= 1 << (c.number % 8)
		}
		if c.fixed {
			row = append(row, append(v, make([]byte, c.size)...)[:c.size]...)
		} else {
			variable = append(variable, v)
		}
	}
	if len(variable) == 0 {
		return append(row, mask...)
	}
	var offsets []int
	for _, v := range variable {
		offsets = append(offsets, len(row))
		row = append(row, v...)
	}
	offsets = append(offsets, len(row))
	jumps := 0
	for n := len(row) + len(offsets) + 1 + len(mask); (n+jumps-1)/256 > jumps; {
		jumps++
	}
	for i := len(offsets) - 1; i >= 0; i-- {
		row = append(row, byte(offsets[i]))
	}
	for j := jumps - 1; j >= 0; j-- {
		entry := 0
		for entry < len(offsets) && offsets[entry] < 256*(j+1) {
			entry++
		}
		if entry == len(offsets) {
			entry = 0xff
		}
		row = append(row, byte(entry))
	}
	return append(append(row, byte(len(variable))), mask...)
}

// encodeValue writes one value as it lies in the row.
func (b *builder) encodeValue(kind byte, value any) []byte {
	switch v := value.(type) {
	case bool:
		return nil
	case int:
		return binary.LittleEndian.AppendUint64(nil, uint64(v))[:fixedSize(kind)]
	case float64:
		if kind == typeFloat32 {
			return binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(v)))
		}
		return binary.LittleEndian.AppendUint64(nil, math.Float64bits(v))
	case string:
		return []byte(v)
	case []byte:
		return v
	case inlineMemo:
		return append(longField(len(v), longInline, 0), v...)
	case rowMemo:
		s := &shelf{b: b}
		return longField(len(v), longOneRow, s.put([]byte(v), 0))
	case chainMemo:
		s, next := &shelf{b: b}, uint32(0)
		const piece = 700
		for at := (len(v) - 1) / piece * piece; at >= 0; at -= piece {
			row := binary.LittleEndian.AppendUint32(nil, next)
			next = s.put(append(row, v[at:min(at+piece, len(v))]...), 0)
		}
		return longField(len(v), 0, next)
	default:
		panic(value)
	}
}

// longField writes the head of a memo.
func longField(size int, place byte, pointer uint32) []byte {
	f := binary.LittleEndian.AppendUint32(nil, uint32(size)|uint32(place)<<24)
	f = binary.LittleEndian.AppendUint32(f, pointer)
	return append(f, 0, 0, 0, 0)
}
