package wire

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Value is one field of a received body: where it stands and what it says. A tree
// of them is what inspectors, recordings and comparisons of replies work with.
type Value struct {
	// Name is the field's, or "[3]" for an element of a list.
	Name string
	// Type says how the field travels, as in Field; Form and Little say it for
	// programs, as in Shape.
	Type   string
	Form   Form
	Little bool
	// Offset is where the field starts in the body, Size how many bytes it takes,
	// the count in front of a text included.
	Offset, Size int
	// Data is a uint64, int64, float64, bool, string or []byte, the last aliasing
	// the body; nil for structs and lists, whose content is in Fields.
	Data any
	// Secret tells that the field, or what it is part of, is tagged secret.
	Secret bool
	Fields []Value

	content, end int // what a mask overwrites
}

// Text shows the value for people: numbers decimal, texts quoted, bytes in hex.
// It does not hide secrets.
func (v Value) Text() string {
	switch x := v.Data.(type) {
	case string:
		return strconv.Quote(x)
	case []byte:
		return hex.EncodeToString(x)
	case nil:
		return ""
	default:
		return fmt.Sprint(x)
	}
}

// Inspect takes a body apart into its fields. It returns how many bytes they take;
// what stands behind them belongs to no field. When the body ends too early, or a
// text is too long, it returns the fields before that together with an *Error.
func (l *Layout) Inspect(b []byte) (fields []Value, used int, err error) {
	in := inspector{decoder{b: b, end: len(b)}}
	fields, err = in.structure(l, false)
	return fields, in.pos, err
}

// Mask overwrites all secret fields of a body: texts with asterisks, bytes and
// numbers with zeros. Lengths and everything else stay. A body with secrets is
// masked as a whole where it cannot be taken apart, and so are bytes behind its last
// field. It returns the names of what it has overwritten, nil when there is
// nothing secret in it.
func (l *Layout) Mask(b []byte) []string {
	if !l.secret {
		return nil
	}
	fields, used, err := l.Inspect(b)
	if err != nil {
		fill(b, 0)
		return []string{"body"}
	}
	var names []string
	maskAll(b, fields, &names)
	if used < len(b) {
		fill(b[used:], 0)
		names = append(names, "bytes behind the last field")
	}
	return names
}

func maskAll(b []byte, fields []Value, names *[]string) {
	for i := range fields {
		v := &fields[i]
		if !v.Secret {
			maskAll(b, v.Fields, names)
			continue
		}
		if v.content == v.end {
			continue
		}
		with := byte(0)
		if _, text := v.Data.(string); text {
			with = '*'
		}
		fill(b[v.content:v.end], with)
		*names = append(*names, v.Name)
	}
}

func fill(b []byte, with byte) {
	for i := range b {
		b[i] = with
	}
}

// inspector is a decoder that keeps places instead of filling a struct.
type inspector struct{ decoder }

func (in *inspector) structure(l *Layout, secret bool) ([]Value, error) {
	fields := make([]Value, 0, len(l.ops))
	for i := range l.ops {
		o := &l.ops[i]
		if o.opt && in.end-in.pos < o.minSize() {
			continue
		}
		start := in.pos
		v := Value{Name: o.name, Type: o.typeName(l), Offset: start, Secret: secret || o.secret}
		v.travels(o)
		count := -1
		if o.kind == kSlice {
			count = listed(fields, l.ops[o.count].name)
		}
		if err := in.value(o, &v, count); err != nil {
			return fields, located(err, l.typ.Name(), o.name, start)
		}
		v.finish(in.pos)
		fields = append(fields, v)
	}
	return fields, nil
}

func (v *Value) travels(o *op) {
	v.Form, v.Little = forms[o.kind], o.order == LittleEndian
	if o.record {
		v.Form = Record
	}
}

// finish notes where a field ends.
func (v *Value) finish(pos int) {
	v.Size = pos - v.Offset
	if v.end == 0 {
		v.end = pos
	}
}

// listed finds the value of an earlier count field; a negative one is an
// impossible large one.
func listed(fields []Value, name string) int {
	for _, f := range fields {
		if f.Name != name {
			continue
		}
		switch n := f.Data.(type) {
		case uint64:
			return int(min(n, math.MaxInt32))
		case int64:
			if n >= 0 {
				return int(min(n, math.MaxInt32))
			}
			return math.MaxInt32
		}
	}
	return 0
}

func (in *inspector) value(o *op, v *Value, count int) (err error) {
	v.content = in.pos
	switch o.kind {
	case kUint, kInt, kFloat, kBool:
		return in.number(o, v)
	case kBytes:
		v.Data, err = in.take(o.size)
		return err
	case kRest:
		v.Data, err = in.take(in.end - in.pos)
		return err
	case kChar, kStr16, kPstr, kPstrAsIs, kCstr:
		return in.text(o, v)
	case kStruct:
		return in.nested(o, v)
	case kSlice:
		if count > (in.end-in.pos)/o.elem.minSize() {
			return ErrCount
		}
		return in.elements(o, v, count)
	default: // kArray
		return in.elements(o, v, o.size)
	}
}

func (in *inspector) elements(o *op, v *Value, n int) error {
	v.Fields = make([]Value, 0, n)
	for i := range n {
		e := Value{Name: "[" + strconv.Itoa(i) + "]", Offset: in.pos, Secret: v.Secret}
		e.travels(o.elem)
		if i == 0 {
			e.Type = elementType(v.Type)
		} else {
			e.Type = v.Fields[0].Type
		}
		if err := in.value(o.elem, &e, 0); err != nil {
			return err
		}
		e.finish(in.pos)
		v.Fields = append(v.Fields, e)
	}
	return nil
}

// elementType is the type of an element of "6 x Starter".
func elementType(list string) string {
	_, elem, _ := strings.Cut(list, " x ")
	return elem
}

func (in *inspector) nested(o *op, v *Value) (err error) {
	if !o.record {
		v.Fields, err = in.structure(o.sub, v.Secret)
		return err
	}
	n, err := in.uint(2, BigEndian)
	if err != nil {
		return err
	}
	if int(n) > in.end-in.pos {
		return ErrCount
	}
	outer := in.end
	in.end = in.pos + int(n)
	v.content = in.pos
	if v.Fields, err = in.structure(o.sub, v.Secret); err != nil {
		return err
	}
	in.pos, in.end = in.end, outer
	return nil
}

func (in *inspector) number(o *op, v *Value) error {
	x, err := in.uint(o.size, o.order)
	if err != nil {
		return err
	}
	switch o.kind {
	case kInt:
		shift := 64 - 8*o.size
		v.Data = int64(x<<shift) >> shift
	case kFloat:
		if o.size == 4 {
			v.Data = float64(math.Float32frombits(uint32(x)))
		} else {
			v.Data = math.Float64frombits(x)
		}
	case kBool:
		v.Data = x != 0
	default:
		v.Data = x
	}
	return nil
}

func (in *inspector) text(o *op, v *Value) error {
	raw, err := in.textBytes(o)
	if err != nil {
		return err
	}
	v.Data = latin1ToString(raw)
	v.content = v.Offset + textStart(o)
	v.end = v.content + len(raw)
	if o.kind == kChar {
		v.end = v.Offset + o.size // old texts may stand behind the NUL
	}
	return nil
}

// textStart is how many bytes of a text's field stand in front of its characters.
func textStart(o *op) int {
	switch o.kind {
	case kStr16:
		return 2
	case kPstr, kPstrAsIs:
		return 4
	default:
		return 0
	}
}
