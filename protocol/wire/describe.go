package wire

import "fmt"

// Field describes one field of a layout, for documents and inspectors.
type Field struct {
	Name string
	// Type says how the field travels, such as "u32", "char[13]" or "list of
	// Part".
	Type string
	// Size is the number of bytes, or -1 when it varies.
	Size int
	// Little tells that numbers in it are little-endian.
	Little bool
	// Optional fields may be missing at the end of a received message; Secret
	// ones are never shown.
	Optional, Secret bool
	// Fields are those of a struct, or of a list's elements.
	Fields []Field
}

// Describe lists the layout's fields in the order in which they travel.
func (l *Layout) Describe() []Field {
	fields := make([]Field, 0, len(l.ops))
	for i := range l.ops {
		fields = append(fields, l.ops[i].describe(l))
	}
	return fields
}

func (o *op) describe(in *Layout) Field {
	f := Field{
		Name: o.name, Type: o.typeName(in), Size: o.fixedSize(),
		Little: o.order == LittleEndian, Optional: o.opt, Secret: o.secret,
	}
	switch {
	case o.sub != nil:
		f.Fields = o.sub.Describe()
	case o.elem != nil && o.elem.sub != nil:
		f.Fields = o.elem.sub.Describe()
	}
	return f
}

func (o *op) typeName(in *Layout) string {
	switch o.kind {
	case kUint:
		return fmt.Sprintf("u%d", 8*o.size)
	case kInt:
		return fmt.Sprintf("i%d", 8*o.size)
	case kFloat:
		return fmt.Sprintf("f%d", 8*o.size)
	case kBool:
		return fmt.Sprintf("bool%d", 8*o.size)
	case kBytes:
		return fmt.Sprintf("bytes[%d]", o.size)
	case kRest:
		return "bytes to the end"
	case kChar:
		return fmt.Sprintf("char[%d]", o.size)
	case kStr16:
		return fmt.Sprintf("text up to %d behind u16", o.size)
	case kCstr:
		return fmt.Sprintf("text up to a NUL, %d with it", o.size)
	case kPstr, kPstrAsIs:
		return fmt.Sprintf("text for a buffer of %d behind u32", o.size)
	case kStruct:
		if o.record {
			return o.sub.Type() + " behind its u16 length"
		}
		return o.sub.Type()
	case kArray:
		return fmt.Sprintf("%d x %s", o.size, o.elem.typeName(in))
	default: // kSlice
		return fmt.Sprintf("%s x %s", in.typ.Field(o.count).Name, o.elem.typeName(in))
	}
}

// fixedSize is the field's size, or -1 when it varies.
func (o *op) fixedSize() int {
	switch o.kind {
	case kRest, kSlice, kStr16, kPstr, kPstrAsIs, kCstr:
		return -1
	case kStruct:
		return o.sub.fixedSize(o.record)
	case kArray:
		if n := o.elem.fixedSize(); n >= 0 {
			return o.size * n
		}
		return -1
	default:
		return o.size
	}
}

func (l *Layout) fixedSize(record bool) int {
	if record {
		return -1
	}
	total := 0
	for i := range l.ops {
		n := l.ops[i].fixedSize()
		if n < 0 {
			return -1
		}
		total += n
	}
	return total
}

// Size is the number of bytes that every message of this layout has, or -1 when
// it varies.
func (l *Layout) Size() int { return l.fixedSize(false) }
