package wire

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Order is the byte order of the integers of a layout.
type Order uint8

// The two byte orders: NPS messages are big-endian, MCOTS messages and the two
// NPS blobs (user data, channel data) are little-endian.
const (
	BigEndian Order = iota
	LittleEndian
)

// Errors that decoding and encoding wrap in an *Error.
var (
	// ErrTruncated says that the message ends inside the field.
	ErrTruncated = errors.New("message ends too early")
	// ErrCount says that the length of a text or record, or the count of a list, does
	// not fit the message it stands in. It is an ErrTruncated too.
	ErrCount = fmt.Errorf("%w: a length or count says more than there may be", ErrTruncated)
	// ErrTooLong says that a text, list or record exceeds its limit.
	ErrTooLong = errors.New("longer than allowed")
	// ErrText says that a text holds a character that the wire cannot carry.
	ErrText = errors.New("character outside Latin-1")
	// ErrType says that the value is not of the type the layout was compiled for.
	ErrType = errors.New("value of another type")
)

// Error says which field of which struct could not be decoded or encoded.
// Unwrap gives one of the package's error values.
type Error struct {
	Field  string // path of the field, such as "UserLogin.Ticket"
	Offset int    // position in the message where the field starts
	Err    error
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s at offset %d: %v", e.Field, e.Offset, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// maxCounted bounds the byte count of a received pstr (nps-lobby-rooms 2.2).
const maxCounted = 4096

type kind uint8

const (
	kUint kind = iota
	kInt
	kFloat
	kBool
	kBytes    // [N]byte or []byte with size=N
	kRest     // []byte to the end
	kChar     // string, fixed container
	kStr16    // string, u16 count
	kPstr     // string, u32 count with NUL
	kPstrAsIs // string, u32 count without NUL
	kCstr     // string up to a NUL
	kStruct
	kArray
	kSlice
)

// op is one compiled field.
type op struct {
	name   string
	index  int
	kind   kind
	order  Order
	size   int // bytes of a number or fixed container, limit of a string
	record bool
	opt    bool
	secret bool
	count  int     // kSlice: index of the field that holds the count
	fills  int     // integer that counts the slice field with this index, or -1
	elem   *op     // kArray, kSlice
	sub    *Layout // kStruct
}

// Layout is the compiled form of one struct. It is immutable and may be used
// from any goroutine.
type Layout struct {
	typ    reflect.Type
	ops    []op
	min    int
	secret bool
}

// Compile builds the layout of struct type t with the given default byte order.
// It fails when a field cannot travel: an unexported or untagged type, a tag that
// does not fit, a count that names no earlier integer field.
func Compile(t reflect.Type, order Order) (*Layout, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("wire: %s is not a struct", t)
	}
	l := &Layout{typ: t}
	for i := range t.NumField() {
		o, err := compileField(t, i, order)
		if err != nil {
			return nil, fmt.Errorf("wire: %s.%s: %w", t.Name(), t.Field(i).Name, err)
		}
		if !o.opt {
			l.min += o.minSize()
		}
		l.secret = l.secret || o.secret || o.holdsSecret()
		l.ops = append(l.ops, o)
	}
	for i := range l.ops {
		o := &l.ops[i]
		if o.kind != kSlice {
			continue
		}
		if l.ops[o.count].fills >= 0 {
			return nil, fmt.Errorf("wire: %s.%s: %s counts another list already", t.Name(), o.name, l.ops[o.count].name)
		}
		l.ops[o.count].fills = i
	}
	return l, nil
}

// MinSize is the number of bytes below which no message of this layout decodes.
func (l *Layout) MinSize() int { return l.min }

// Secret reports whether some field is tagged secret, so that neither the
// message's bytes nor its fields may be shown unmasked.
func (l *Layout) Secret() bool { return l.secret }

// New makes an empty body of the layout: a pointer to its struct, for code that
// knows the message only at run time.
func (l *Layout) New() any { return reflect.New(l.typ).Interface() }

// Type names the Go struct that declares the layout.
func (l *Layout) Type() string { return l.typ.Name() }

func compileField(t reflect.Type, i int, order Order) (op, error) {
	f := t.Field(i)
	if !f.IsExported() {
		return op{}, errors.New("unexported field")
	}
	opts := parseTag(f.Tag.Get("wire"))
	o, err := compileType(f.Type, opts, opts.order(order))
	if err != nil {
		return op{}, err
	}
	o.name, o.index, o.fills = f.Name, i, -1
	o.opt, o.secret = opts.has("opt"), opts.has("secret")
	if o.kind != kSlice {
		return o, nil
	}
	c, ok := t.FieldByName(opts["count"])
	if !ok || len(c.Index) != 1 || c.Index[0] >= i || !isInteger(c.Type) {
		return op{}, fmt.Errorf("count=%s names no earlier integer field", opts["count"])
	}
	o.count = c.Index[0]
	return o, nil
}

func compileType(t reflect.Type, opts tagOptions, order Order) (op, error) {
	o := op{order: order, fills: -1}
	switch t.Kind() {
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		o.kind, o.size = kUint, int(t.Size())
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		o.kind, o.size = kInt, int(t.Size())
	case reflect.Float32, reflect.Float64:
		o.kind, o.size = kFloat, int(t.Size())
	case reflect.Bool:
		o.kind, o.size = kBool, max(1, opts.number("size"))
		if o.size != 1 && o.size != 2 && o.size != 4 {
			return op{}, fmt.Errorf("bool of %d bytes", o.size)
		}
	case reflect.String:
		return compileString(o, opts)
	case reflect.Struct:
		sub, err := Compile(t, order)
		if err != nil {
			return op{}, err
		}
		o.kind, o.sub, o.record = kStruct, sub, opts.has("rec16")
	case reflect.Array:
		return compileArray(o, t, opts, order)
	case reflect.Slice:
		return compileSlice(o, t, opts, order)
	default:
		return op{}, fmt.Errorf("type %s cannot travel", t)
	}
	return o, nil
}

func compileString(o op, opts tagOptions) (op, error) {
	switch {
	case opts.has("char"):
		o.kind, o.size = kChar, opts.number("char")
	case opts.has("str16"):
		o.kind, o.size = kStr16, opts.number("str16")
	case opts.has("pstr") && opts.has("asis"):
		o.kind, o.size = kPstrAsIs, opts.number("pstr")
	case opts.has("pstr"):
		o.kind, o.size = kPstr, opts.number("pstr")
	case opts.has("cstr"):
		o.kind, o.size = kCstr, opts.number("cstr")
	default:
		return op{}, errors.New("string without char, str16, pstr or cstr")
	}
	if o.size < 1 {
		return op{}, errors.New("string without a size")
	}
	return o, nil
}

func compileArray(o op, t reflect.Type, opts tagOptions, order Order) (op, error) {
	if t.Elem().Kind() == reflect.Uint8 {
		o.kind, o.size = kBytes, t.Len()
		return o, nil
	}
	elem, err := compileType(t.Elem(), opts, order)
	if err != nil {
		return op{}, err
	}
	o.kind, o.size, o.elem = kArray, t.Len(), &elem
	return o, nil
}

func compileSlice(o op, t reflect.Type, opts tagOptions, order Order) (op, error) {
	if t.Elem().Kind() == reflect.Uint8 && !opts.has("count") {
		switch {
		case opts.has("rest"):
			o.kind = kRest
		case opts.number("size") > 0:
			o.kind, o.size = kBytes, opts.number("size")
		default:
			return op{}, errors.New("[]byte without size or rest")
		}
		return o, nil
	}
	if !opts.has("count") {
		return op{}, errors.New("slice without count")
	}
	elem, err := compileType(t.Elem(), opts, order)
	if err != nil {
		return op{}, err
	}
	if elem.minSize() == 0 {
		return op{}, errors.New("list of elements that may be empty")
	}
	o.kind, o.elem = kSlice, &elem
	return o, nil
}

func isInteger(t reflect.Type) bool {
	v := reflect.Zero(t)
	return v.CanInt() || v.CanUint()
}

// holdsSecret reports whether something inside the field is secret.
func (o *op) holdsSecret() bool {
	switch o.kind {
	case kStruct:
		return o.sub.secret
	case kArray, kSlice:
		return o.elem.holdsSecret()
	default:
		return false
	}
}

// minSize is the fewest bytes the field takes.
func (o *op) minSize() int {
	switch o.kind {
	case kRest, kSlice:
		return 0
	case kCstr:
		return 1
	case kStr16:
		return 2
	case kPstr, kPstrAsIs:
		return 4
	case kStruct:
		if o.record {
			return 2
		}
		return o.sub.min
	case kArray:
		return o.size * o.elem.minSize()
	default:
		return o.size
	}
}

type tagOptions map[string]string

func parseTag(tag string) tagOptions {
	opts := tagOptions{}
	for part := range strings.SplitSeq(tag, ",") {
		if key, value, _ := strings.Cut(part, "="); key != "" {
			opts[key] = value
		}
	}
	return opts
}

func (o tagOptions) has(key string) bool { _, ok := o[key]; return ok }

func (o tagOptions) number(key string) int {
	n, err := strconv.Atoi(o[key])
	if err != nil {
		return 0
	}
	return n
}

func (o tagOptions) order(def Order) Order {
	switch {
	case o.has("le"):
		return LittleEndian
	case o.has("be"):
		return BigEndian
	}
	return def
}
