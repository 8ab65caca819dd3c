package wiretest

import (
	"reflect"

	"mcos/protocol/wire"
)

// Sample returns a body of the layout with one element in every list and one
// character in every text; all numbers but the counts are 0.
func Sample(l *wire.Layout) ([]byte, error) {
	body := l.New()
	fill(reflect.ValueOf(body).Elem())
	return l.Append(nil, body)
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	}
}
