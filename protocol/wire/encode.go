package wire

import (
	"math"
	"reflect"
	"strings"
	"unicode/utf8"
)

// Append encodes v, a pointer to the layout's struct, behind dst and returns the
// longer slice. Count fields are written as the length of the list they count,
// whatever the struct holds. It returns an *Error that wraps ErrTooLong, ErrText
// or ErrType, and dst unchanged.
func (l *Layout) Append(dst []byte, v any) ([]byte, error) {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.IsNil() || rv.Elem().Type() != l.typ {
		return dst, &Error{Field: l.typ.Name(), Err: ErrType}
	}
	out, err := appendStruct(dst, l, rv.Elem())
	if err != nil {
		return dst, err
	}
	return out, nil
}

func appendStruct(dst []byte, l *Layout, v reflect.Value) ([]byte, error) {
	for i := range l.ops {
		o := &l.ops[i]
		start := len(dst)
		var err error
		if o.fills >= 0 {
			dst, err = appendCount(dst, o, v.Field(l.ops[o.fills].index).Len())
		} else {
			dst, err = appendField(dst, o, v.Field(o.index))
		}
		if err != nil {
			return dst, located(err, l.typ.Name(), o.name, start)
		}
	}
	return dst, nil
}

func appendCount(dst []byte, o *op, n int) ([]byte, error) {
	if o.size < 8 && uint64(n) >= 1<<(8*o.size) {
		return dst, ErrTooLong
	}
	return appendUint(dst, uint64(n), o.size, o.order), nil
}

func appendField(dst []byte, o *op, v reflect.Value) ([]byte, error) {
	switch o.kind {
	case kUint:
		return appendUint(dst, v.Uint(), o.size, o.order), nil
	case kInt:
		return appendUint(dst, uint64(v.Int()), o.size, o.order), nil
	case kFloat:
		if o.size == 4 {
			return appendUint(dst, uint64(math.Float32bits(float32(v.Float()))), 4, o.order), nil
		}
		return appendUint(dst, math.Float64bits(v.Float()), 8, o.order), nil
	case kBool:
		var x uint64
		if v.Bool() {
			x = 1
		}
		return appendUint(dst, x, o.size, o.order), nil
	case kBytes:
		return appendFixed(dst, o, v)
	case kRest:
		return append(dst, v.Bytes()...), nil
	case kChar, kStr16, kPstr, kPstrAsIs, kCstr:
		return appendText(dst, o, v.String())
	case kStruct:
		return appendNested(dst, o, v)
	default: // kArray, kSlice
		var err error
		for i := range v.Len() {
			if dst, err = appendField(dst, o.elem, v.Index(i)); err != nil {
				return dst, err
			}
		}
		return dst, nil
	}
}

func appendFixed(dst []byte, o *op, v reflect.Value) ([]byte, error) {
	if v.Kind() == reflect.Array {
		return append(dst, v.Bytes()...), nil
	}
	raw := v.Bytes()
	if len(raw) > o.size {
		return dst, ErrTooLong
	}
	return appendZeros(append(dst, raw...), o.size-len(raw)), nil
}

func appendNested(dst []byte, o *op, v reflect.Value) ([]byte, error) {
	if !o.record {
		return appendStruct(dst, o.sub, v)
	}
	start := len(dst)
	dst, err := appendStruct(append(dst, 0, 0), o.sub, v)
	if err != nil {
		return dst, err
	}
	n := len(dst) - start - 2
	if n > math.MaxUint16 {
		return dst, ErrTooLong
	}
	dst[start], dst[start+1] = byte(n>>8), byte(n)
	return dst, nil
}

func appendText(dst []byte, o *op, s string) ([]byte, error) {
	n := utf8.RuneCountInString(s)
	limit := o.size
	if o.kind != kStr16 {
		limit-- // a NUL always fits: the client writes one behind the text
	}
	if n > limit {
		return dst, ErrTooLong
	}
	// What fills the buffer but for the client's own NUL leaves no room for a
	// counted one.
	counted := o.kind == kPstr && n < limit
	switch o.kind {
	case kStr16:
		dst = appendUint(dst, uint64(n), 2, BigEndian)
	case kPstr, kPstrAsIs:
		if counted {
			n++
		}
		dst = appendUint(dst, uint64(n), 4, o.order)
	}
	for _, r := range s {
		if r > 0xFF || r == 0 && o.kind == kCstr {
			return dst, ErrText
		}
		dst = append(dst, byte(r))
	}
	switch {
	case counted, o.kind == kCstr:
		dst = append(dst, 0)
	case o.kind == kChar:
		dst = appendZeros(dst, o.size-n)
	}
	return dst, nil
}

func appendZeros(dst []byte, n int) []byte {
	var zeros [256]byte
	for n > len(zeros) {
		dst = append(dst, zeros[:]...)
		n -= len(zeros)
	}
	return append(dst, zeros[:n]...)
}

func latin1ToString(b []byte) string {
	for i, c := range b {
		if c < utf8.RuneSelf {
			continue
		}
		var s strings.Builder
		s.Grow(len(b) + 8)
		s.Write(b[:i])
		for _, c := range b[i:] {
			s.WriteRune(rune(c))
		}
		return s.String()
	}
	return string(b)
}
