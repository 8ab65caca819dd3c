package catalog

import (
	"encoding/binary"
	"fmt"
	"math"
)

// encoder appends the fields of rows to a buffer.
type encoder struct {
	out    []byte
	prev   uint32
	texts  []string
	places map[string]uint64
}

func encodeRows[R any](e *encoder, rows []R, layout fields[R]) {
	e.out = binary.AppendUvarint(e.out, uint64(len(rows)))
	e.prev = 0
	for i := range rows {
		layout(e, &rows[i])
	}
}

func (e *encoder) id(p *uint32) {
	e.out = binary.AppendVarint(e.out, int64(*p)-int64(e.prev))
	e.prev = *p
}

func (e *encoder) u32(p *uint32) { e.out = binary.AppendUvarint(e.out, uint64(*p)) }
func (e *encoder) u16(p *uint16) { e.out = binary.AppendUvarint(e.out, uint64(*p)) }
func (e *encoder) u8(p *uint8)   { e.out = append(e.out, *p) }
func (e *encoder) i32(p *int32)  { e.out = binary.AppendVarint(e.out, int64(*p)) }

func (e *encoder) f64(p *float64) {
	e.out = binary.LittleEndian.AppendUint64(e.out, math.Float64bits(*p))
}

func (e *encoder) flag(p *bool) {
	b := byte(0)
	if *p {
		b = 1
	}
	e.out = append(e.out, b)
}

func (e *encoder) text(p *string) {
	place, ok := e.places[*p]
	if !ok {
		place = uint64(len(e.texts))
		e.places[*p] = place
		e.texts = append(e.texts, *p)
	}
	e.out = binary.AppendUvarint(e.out, place)
}

// withStrings returns the string table followed by the rows.
func (e *encoder) withStrings() []byte {
	raw := binary.AppendUvarint(nil, uint64(len(e.texts)))
	for _, s := range e.texts {
		raw = binary.AppendUvarint(raw, uint64(len(s)))
	}
	for _, s := range e.texts {
		raw = append(raw, s...)
	}
	return append(raw, e.out...)
}

// decoder takes fields from the front of a buffer. After the first error every
// field is 0.
type decoder struct {
	in    []byte
	prev  uint32
	texts []string
	err   error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
	d.in = nil
}

// decodeRows reads a table whose rows have at least minBytes each, so that a
// false count cannot claim more memory than the input can fill.
func decodeRows[R any](d *decoder, minBytes int, layout fields[R]) []R {
	n := d.uvarint(math.MaxUint32)
	if n > uint64(len(d.in)/minBytes) {
		d.fail("%d rows in %d bytes", n, len(d.in))
		return nil
	}
	if n == 0 {
		return nil
	}
	rows := make([]R, n)
	d.prev = 0
	for i := range rows {
		layout(d, &rows[i])
		if d.err != nil {
			return nil
		}
	}
	return rows
}

// readStrings reads the string table. All strings share one allocation.
func (d *decoder) readStrings() {
	n := d.uvarint(math.MaxUint32)
	if n > uint64(len(d.in)) {
		d.fail("%d strings in %d bytes", n, len(d.in))
		return
	}
	ends, total := make([]int, n), 0
	for i := range ends {
		total += int(d.uvarint(maxRawBytes))
		if total > len(d.in) {
			d.fail("strings of %d bytes in %d bytes", total, len(d.in))
			return
		}
		ends[i] = total
	}
	all := string(d.in[:total])
	d.in = d.in[total:]
	d.texts = make([]string, n)
	from := 0
	for i, end := range ends {
		d.texts[i] = all[from:end]
		from = end
	}
}

func (d *decoder) uvarint(limit uint64) uint64 {
	v, n := binary.Uvarint(d.in)
	if n <= 0 {
		d.fail("a number is cut off or too long")
		return 0
	}
	if v > limit {
		d.fail("%d exceeds %d", v, limit)
		return 0
	}
	d.in = d.in[n:]
	return v
}

func (d *decoder) varint(low, high int64) int64 {
	v, n := binary.Varint(d.in)
	if n <= 0 {
		d.fail("a number is cut off or too long")
		return 0
	}
	if v < low || v > high {
		d.fail("%d is not within %d to %d", v, low, high)
		return 0
	}
	d.in = d.in[n:]
	return v
}

func (d *decoder) id(p *uint32) {
	d.prev = uint32(int64(d.prev) + d.varint(-int64(d.prev), math.MaxUint32-int64(d.prev)))
	*p = d.prev
}

func (d *decoder) u32(p *uint32) { *p = uint32(d.uvarint(math.MaxUint32)) }
func (d *decoder) u16(p *uint16) { *p = uint16(d.uvarint(math.MaxUint16)) }
func (d *decoder) i32(p *int32)  { *p = int32(d.varint(math.MinInt32, math.MaxInt32)) }

func (d *decoder) u8(p *uint8) {
	if len(d.in) == 0 {
		d.fail("cut off")
		return
	}
	*p, d.in = d.in[0], d.in[1:]
}

func (d *decoder) flag(p *bool) {
	var b uint8
	d.u8(&b)
	if b > 1 {
		d.fail("%d is no yes or no", b)
	}
	*p = b == 1
}

func (d *decoder) f64(p *float64) {
	if len(d.in) < 8 {
		d.fail("cut off")
		return
	}
	*p = math.Float64frombits(binary.LittleEndian.Uint64(d.in))
	d.in = d.in[8:]
}

func (d *decoder) text(p *string) {
	i := d.uvarint(math.MaxUint32)
	if i >= uint64(len(d.texts)) {
		d.fail("string %d of %d", i, len(d.texts))
		return
	}
	*p = d.texts[i]
}
