package wire

// Form says how a field travels, for programs that are generated from layouts.
type Form string

// The forms.
const (
	Unsigned Form = "uint"
	Signed   Form = "int"
	Real     Form = "float"
	Truth    Form = "bool"  // an integer, 0 is false
	Fixed    Form = "bytes" // Size bytes
	Rest     Form = "rest"  // bytes to the end of the message or record
	Char     Form = "char"  // text in Size bytes, up to a NUL
	Str16    Form = "str16" // text behind a big-endian u16, at most Size bytes
	Pstr     Form = "pstr"  // text behind a u32, one NUL at its end may be left out
	Cstr     Form = "cstr"  // text up to a NUL, at most Size bytes with it
	Struct   Form = "struct"
	Record   Form = "record" // struct behind a big-endian u16 that counts its bytes
	Array    Form = "array"  // Size elements
	List     Form = "list"   // as many elements as the field Count says
)

// Shape is a field of a layout as a generator needs it; Field describes the same for
// people.
type Shape struct {
	Name             string
	Form             Form
	Size             int
	Min              int  // fewest bytes that it takes
	Little           bool // numbers are little-endian
	Optional, Secret bool
	Count            string  // List: the field that counts it
	Elem             *Shape  // Array, List
	Layout           *Layout // Struct, Record
}

var forms = map[kind]Form{
	kUint: Unsigned, kInt: Signed, kFloat: Real, kBool: Truth, kBytes: Fixed, kRest: Rest, kChar: Char, kStr16: Str16,
	kPstr: Pstr, kPstrAsIs: Pstr, kCstr: Cstr, kStruct: Struct, kArray: Array, kSlice: List,
}

// Shapes lists the layout's fields in the order in which they travel.
func (l *Layout) Shapes() []Shape {
	shapes := make([]Shape, 0, len(l.ops))
	for i := range l.ops {
		s := l.ops[i].shape()
		if s.Form == List {
			s.Count = l.ops[l.ops[i].count].name
		}
		shapes = append(shapes, s)
	}
	return shapes
}

func (o *op) shape() Shape {
	s := Shape{
		Name: o.name, Form: forms[o.kind], Size: o.size, Min: o.minSize(), Little: o.order == LittleEndian,
		Optional: o.opt, Secret: o.secret, Layout: o.sub,
	}
	if o.record {
		s.Form = Record
	}
	if o.kind == kPstr || o.kind == kPstrAsIs {
		s.Size = maxCounted
	}
	if o.elem != nil {
		elem := o.elem.shape()
		s.Elem = &elem
	}
	return s
}
