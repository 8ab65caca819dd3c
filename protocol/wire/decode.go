package wire

import (
	"bytes"
	"encoding/binary"
	"math"
	"reflect"
)

// Decode reads one message from b into v, a pointer to the layout's struct, and
// returns how many bytes it used. Bytes behind the last field are left alone:
// the original client appends stray bytes to some requests (nps-login-persona
// 1.4). Every field is overwritten, and the memory of its lists is used again where
// it suffices; []byte fields alias b. It returns an *Error
// that wraps ErrTruncated, ErrTooLong or ErrType; of what is truncated, ErrCount tells
// what lies about its own length.
func (l *Layout) Decode(b []byte, v any) (int, error) {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.IsNil() || rv.Elem().Type() != l.typ {
		return 0, &Error{Field: l.typ.Name(), Err: ErrType}
	}
	d := decoder{b: b, end: len(b)}
	if err := d.structure(l, rv.Elem()); err != nil {
		return d.pos, err
	}
	return d.pos, nil
}

// decoder walks the input; end is where the current record stops.
type decoder struct {
	b   []byte
	pos int
	end int
}

func (d *decoder) structure(l *Layout, v reflect.Value) error {
	for i := range l.ops {
		o := &l.ops[i]
		field := v.Field(o.index)
		if o.opt && d.end-d.pos < o.minSize() {
			field.SetZero()
			continue
		}
		start := d.pos
		var err error
		if o.kind == kSlice {
			err = d.slice(o, field, counted(v.Field(o.count)))
		} else {
			err = d.field(o, field)
		}
		if err != nil {
			return located(err, l.typ.Name(), o.name, start)
		}
	}
	return nil
}

func (d *decoder) field(o *op, v reflect.Value) error {
	switch o.kind {
	case kUint, kInt, kFloat, kBool:
		return d.number(o, v)
	case kBytes:
		raw, err := d.take(o.size)
		if err != nil {
			return err
		}
		if v.Kind() == reflect.Slice {
			v.SetBytes(raw)
		} else {
			copy(v.Bytes(), raw)
		}
		return nil
	case kRest:
		v.SetBytes(d.b[d.pos:d.end:d.end])
		d.pos = d.end
		return nil
	case kChar, kStr16, kPstr, kPstrAsIs, kCstr:
		return d.text(o, v)
	case kStruct:
		if o.record {
			return d.record(o, v)
		}
		return d.structure(o.sub, v)
	default: // kArray
		for i := range o.size {
			if err := d.field(o.elem, v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	}
}

func (d *decoder) take(n int) ([]byte, error) {
	if n > d.end-d.pos {
		return nil, ErrTruncated
	}
	raw := d.b[d.pos : d.pos+n : d.pos+n]
	d.pos += n
	return raw, nil
}

func (d *decoder) uint(size int, order Order) (uint64, error) {
	raw, err := d.take(size)
	if err != nil {
		return 0, err
	}
	var x uint64
	for i, c := range raw {
		if order == LittleEndian {
			x |= uint64(c) << (8 * i)
		} else {
			x = x<<8 | uint64(c)
		}
	}
	return x, nil
}

func (d *decoder) number(o *op, v reflect.Value) error {
	x, err := d.uint(o.size, o.order)
	if err != nil {
		return err
	}
	switch o.kind {
	case kInt:
		shift := 64 - 8*o.size
		v.SetInt(int64(x<<shift) >> shift)
	case kFloat:
		if o.size == 4 {
			v.SetFloat(float64(math.Float32frombits(uint32(x))))
		} else {
			v.SetFloat(math.Float64frombits(x))
		}
	case kBool:
		v.SetBool(x != 0)
	default:
		v.SetUint(x)
	}
	return nil
}

func (d *decoder) text(o *op, v reflect.Value) error {
	raw, err := d.textBytes(o)
	if err == nil {
		v.SetString(latin1ToString(raw))
	}
	return err
}

// textBytes reads a text of any kind, without what counts, ends or fills it.
func (d *decoder) textBytes(o *op) ([]byte, error) {
	var n, limit uint64
	switch o.kind {
	case kCstr:
		return d.cstring(o)
	case kChar:
		n, limit = uint64(o.size), uint64(o.size)
	case kStr16:
		c, err := d.uint(2, BigEndian)
		if err != nil {
			return nil, err
		}
		n, limit = c, uint64(o.size)
	default:
		c, err := d.uint(4, o.order)
		if err != nil {
			return nil, err
		}
		n, limit = c, maxCounted
	}
	switch {
	case n > uint64(d.end-d.pos) && o.kind != kChar, n > maxCounted && counts32(o):
		return nil, ErrCount
	case n > limit:
		return nil, ErrTooLong
	}
	raw, err := d.take(int(n))
	if err != nil {
		return nil, err
	}
	switch o.kind {
	case kChar:
		raw = cutNUL(raw)
	case kPstr, kPstrAsIs:
		if len(raw) > 0 && raw[len(raw)-1] == 0 {
			raw = raw[:len(raw)-1]
		}
	}
	return raw, nil
}

// counts32 reports whether a text has a count of four bytes.
func counts32(o *op) bool { return o.kind == kPstr || o.kind == kPstrAsIs }

// cstring reads a text that ends with a NUL.
func (d *decoder) cstring(o *op) ([]byte, error) {
	rest := d.b[d.pos:d.end]
	n := bytes.IndexByte(rest[:min(len(rest), o.size)], 0)
	switch {
	case n >= 0:
	case len(rest) >= o.size:
		return nil, ErrTooLong
	default:
		return nil, ErrTruncated
	}
	d.pos += n + 1
	return rest[:n], nil
}

// record reads a struct whose length stands in front of it. The reader moves to
// the record's stated end, as the client does (nps-login-persona 1.4).
func (d *decoder) record(o *op, v reflect.Value) error {
	n, err := d.uint(2, BigEndian)
	if err != nil {
		return err
	}
	if int(n) > d.end-d.pos {
		return ErrCount
	}
	outer := d.end
	d.end = d.pos + int(n)
	if err := d.structure(o.sub, v); err != nil {
		return err
	}
	d.pos, d.end = d.end, outer
	return nil
}

// slice allocates only after the input has proved long enough for the count, and
// only when the list that v holds from an earlier message has no room for it.
func (d *decoder) slice(o *op, v reflect.Value, count uint64) error {
	if count > uint64((d.end-d.pos)/o.elem.minSize()) {
		return ErrCount
	}
	if count == 0 {
		v.SetZero()
		return nil
	}
	if v.Cap() < int(count) {
		v.Set(reflect.MakeSlice(v.Type(), int(count), int(count)))
	} else {
		v.SetLen(int(count))
	}
	for i := range int(count) {
		if err := d.field(o.elem, v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

// counted reads a count field; a negative count is an impossible large one.
func counted(v reflect.Value) uint64 {
	if v.CanInt() {
		return uint64(v.Int())
	}
	return v.Uint()
}

func located(err error, typ, field string, offset int) error {
	if inner, ok := err.(*Error); ok { //nolint:errorlint // located is the only wrapper below
		return &Error{Field: typ + "." + field + "/" + inner.Field, Offset: inner.Offset, Err: inner.Err}
	}
	return &Error{Field: typ + "." + field, Offset: offset, Err: err}
}

func cutNUL(b []byte) []byte {
	for i, c := range b {
		if c == 0 {
			return b[:i]
		}
	}
	return b
}

func appendUint(dst []byte, x uint64, size int, order Order) []byte {
	switch {
	case size == 1:
		return append(dst, byte(x))
	case size == 2 && order == BigEndian:
		return binary.BigEndian.AppendUint16(dst, uint16(x))
	case size == 2:
		return binary.LittleEndian.AppendUint16(dst, uint16(x))
	case size == 4 && order == BigEndian:
		return binary.BigEndian.AppendUint32(dst, uint32(x))
	case size == 4:
		return binary.LittleEndian.AppendUint32(dst, uint32(x))
	case order == BigEndian:
		return binary.BigEndian.AppendUint64(dst, x)
	default:
		return binary.LittleEndian.AppendUint64(dst, x)
	}
}
