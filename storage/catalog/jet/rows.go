package jet

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// maxMoves is the number of times that a row may have moved on.
const maxMoves = 8

// Cell is the value of one column in one row. Text is the value in words: decimal
// numbers, "0" or "1" for a bool, "2001-12-31" or "2001-12-31 23:59:59" for a
// date, UTF-8 for text and memo, raw bytes for everything else. Int is the value
// of a whole number.
type Cell struct {
	Null bool
	Int  int64
	Text string
}

// Rows reads the rows of a table in file order.
type Rows struct {
	t     *Table
	next  int // place of the next page in the table's list
	page  []byte
	aux   []byte // the page of a row that has moved
	memo  []byte // a page of a long value
	row   int
	count int
	cells []Cell
}

// Rows starts reading the table.
func (t *Table) Rows() *Rows {
	buf := make([]byte, 3*pageSize)
	return &Rows{
		t:    t,
		page: buf[:pageSize], aux: buf[pageSize : 2*pageSize], memo: buf[2*pageSize:],
		cells: make([]Cell, len(t.Columns)),
	}
}

// Where names the place of the row that Next returned last.
func (r *Rows) Where() string {
	if r.next == 0 {
		return fmt.Sprintf("table %s", r.t.Name)
	}
	return fmt.Sprintf("table %s, page %d, row %d", r.t.Name, r.t.dataMap[r.next-1], r.row-1)
}

// Next returns the next row, one cell for each column, or nil after the last. The
// slice is used again by the next call.
func (r *Rows) Next() ([]Cell, error) {
	for {
		if r.row == r.count {
			more, err := r.nextPage()
			if err != nil || !more {
				return nil, err
			}
			continue
		}
		data, flags, err := rowOn(r.page, r.row)
		r.row++
		if err == nil && flags&rowDeleted != 0 {
			continue
		}
		if err == nil && flags&rowMoved != 0 {
			data, err = r.follow(data)
		}
		if err == nil {
			err = r.decode(data)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Where(), err)
		}
		return r.cells, nil
	}
}

// nextPage goes to the next data page of the table. Pages in the list that belong
// to another table, or are no data pages, are left over from an earlier use.
func (r *Rows) nextPage() (bool, error) {
	for r.next < len(r.t.dataMap) {
		n := r.t.dataMap[r.next]
		r.next++
		r.row, r.count = 0, 0
		err := r.t.db.readPage(n, dataPage, r.page)
		if errors.Is(err, errPageType) {
			continue
		}
		if err != nil {
			return false, err
		}
		if binary.LittleEndian.Uint32(r.page[4:]) == r.t.page {
			r.count = rowCount(r.page)
			return true, nil
		}
	}
	return false, nil
}

// follow returns the row that a pointer row leads to.
func (r *Rows) follow(pointer []byte) ([]byte, error) {
	for range maxMoves {
		if len(pointer) < 4 {
			return nil, formatError("a row pointer of %d bytes", len(pointer))
		}
		data, flags, err := r.t.db.rowAt(binary.LittleEndian.Uint32(pointer), r.aux)
		if err != nil || flags&rowMoved == 0 {
			return data, err
		}
		pointer = data
	}
	return nil, formatError("a row has moved more than %d times", maxMoves)
}

// decode splits a row into its cells: the column count, the fixed columns, the
// variable columns, their offsets, and the null mask at the end.
func (r *Rows) decode(data []byte) error {
	if len(data) == 0 {
		return formatError("an empty row")
	}
	columns := int(data[0])
	maskLen := (columns + 7) / 8
	if len(data) < 1+maskLen {
		return formatError("a row of %d bytes with %d columns", len(data), columns)
	}
	body, mask := data[:len(data)-maskLen], data[len(data)-maskLen:]
	end := len(body)
	var offsets varOffsets
	if r.t.hasVar {
		var err error
		if offsets, err = readOffsets(body, len(data)); err != nil {
			return err
		}
		end = offsets.start
	}
	for i := range r.t.Columns {
		c := &r.t.Columns[i]
		present := c.number < columns && mask[c.number/8]&(1<<(c.number%8)) != 0
		cell, err := r.cell(c, present, body[:end], offsets)
		if err != nil {
			return fmt.Errorf("column %s: %w", c.Name, err)
		}
		r.cells[i] = cell
	}
	return nil
}

// cell takes the value of one column out of a row.
func (r *Rows) cell(c *Column, present bool, body []byte, offsets varOffsets) (Cell, error) {
	if c.Type == typeBool {
		// The mask bit is the value itself.
		if present {
			return Cell{Int: 1, Text: "1"}, nil
		}
		return Cell{Text: "0"}, nil
	}
	if !present {
		return Cell{Null: true}, nil
	}
	var value []byte
	if c.fixed {
		from, to := 1+c.offset, 1+c.offset+c.size
		if to > len(body) {
			return Cell{}, formatError("bytes %d to %d of a row of %d", from, to, len(body))
		}
		value = body[from:to]
	} else {
		if c.varIndex >= offsets.count {
			return Cell{Null: true}, nil // the row is older than the column
		}
		var err error
		if value, err = offsets.value(body, c.varIndex); err != nil {
			return Cell{}, err
		}
	}
	if c.Type == typeMemo || c.Type == typeOLE {
		long, err := r.longValue(value)
		if err != nil {
			return Cell{}, err
		}
		return cellOf(c.Type, long)
	}
	return cellOf(c.Type, value)
}

// varOffsets are the places of a row's variable columns: offset i is one byte,
// counted backwards from at, plus 256 for every jump passed.
type varOffsets struct {
	body  []byte
	count int // variable columns in this row
	at    int // place of offset 0
	jumps int // entries in the jump table that count
	top   int // place of jump entry 0
	start int // where the area of the offsets begins
}

// readOffsets finds the offsets at the end of a row without its null mask.
// rowLen is the length with it.
func readOffsets(body []byte, rowLen int) (varOffsets, error) {
	jumps := (rowLen - 1) / 256
	o := varOffsets{body: body, top: len(body) - 2}
	o.at = o.top - jumps
	if o.at < 0 {
		return o, formatError("a row of %d bytes has no room for its offsets", rowLen)
	}
	o.count = int(body[len(body)-1])
	o.start = o.at - o.count
	if o.start < 1 {
		return o, formatError("a row of %d bytes with %d variable columns", rowLen, o.count)
	}
	// The last jump is a dummy when the values end before it.
	if (o.at-o.count)/256 < jumps {
		jumps--
	}
	o.jumps = jumps
	return o, nil
}

// value returns variable column i, which is below count.
func (o varOffsets) value(body []byte, i int) ([]byte, error) {
	from, to := o.offset(i), o.offset(i+1)
	if from < 1 || from > to || to > len(body) {
		return nil, formatError("bytes %d to %d of a row of %d", from, to, len(body))
	}
	return body[from:to], nil
}

// offset returns the place of variable column i in its row.
func (o varOffsets) offset(i int) int {
	at := int(o.body[o.at-i])
	for j := 0; j < o.jumps && int(o.body[o.top-j]) <= i; j++ {
		at += 256
	}
	return at
}
