package attack

import (
	"math/rand/v2"
	"reflect"

	"mcos/protocol/wire"
	"mcos/protocol/wire/wiretest"
)

// forger makes bodies of messages that speak of other people's things.
type forger struct {
	random *rand.Rand
	ids    []uint64 // of accounts, drivers, cars, parts and races
	texts  []string
}

// body is one body of a message: most of its numbers are somebody else's, some are at
// an end of their range, and now and then it is cut off or nothing but noise.
func (f *forger) body(m *wire.Message) []byte {
	if m.Unknown || f.random.IntN(8) == 0 {
		return f.noise(64)
	}
	sample, err := wiretest.Sample(m.Layout())
	if err != nil {
		return f.noise(64)
	}
	v := m.Layout().New()
	if _, err := m.Layout().Decode(sample, v); err != nil {
		return sample
	}
	f.fill(reflect.ValueOf(v).Elem())
	body, err := m.Layout().Append(nil, v)
	if err != nil { // a text that is too long, or a count that does not fit
		body = sample
	}
	if len(body) > 0 && f.random.IntN(8) == 0 {
		body = body[:f.random.IntN(len(body))]
	}
	return body
}

func (f *forger) noise(most int) []byte {
	b := make([]byte, f.random.IntN(most))
	for i := range b {
		b[i] = byte(f.random.Uint32())
	}
	return b
}

// number is an id, a small number, or an end of the range.
func (f *forger) number() uint64 {
	switch f.random.IntN(6) {
	case 0:
		return uint64(f.random.IntN(4))
	case 1:
		return []uint64{0, 1 << 7, 1 << 15, 1<<31 - 1, 1 << 31, 1<<32 - 1}[f.random.IntN(6)]
	default:
		return f.ids[f.random.IntN(len(f.ids))]
	}
}

// fill replaces what the fields of a struct hold. Lists keep their length, because
// other fields count it.
func (f *forger) fill(v reflect.Value) {
	if !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uint:
		v.SetUint(f.number() & (1<<v.Type().Bits() - 1))
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Int:
		v.SetInt(int64(int32(f.number())) >> (32 - min(32, v.Type().Bits()))) //nolint:gosec // any number will do
	case reflect.String:
		v.SetString(f.texts[f.random.IntN(len(f.texts))])
	}
}
