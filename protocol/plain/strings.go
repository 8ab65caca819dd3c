package plain

import "reflect"

// Strings makes every text in a value plain with Keep: in what a pointer leads to, in the exported fields of structs, in slices, arrays
// and maps (their keys too) and in interfaces. v must be a non-nil pointer, else nothing can be changed.
func Strings(v any) {
	if value := reflect.ValueOf(v); value.Kind() == reflect.Pointer && !value.IsNil() {
		walk(value.Elem(), 0)
	}
}

// maxDepth bounds how deep a value is looked into; answers are much flatter, and one that leads back to itself must end.
const maxDepth = 64

func walk(v reflect.Value, depth int) {
	if depth > maxDepth {
		return
	}
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() {
			v.SetString(Keep(v.String()))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			walk(v.Elem(), depth+1)
		}
	case reflect.Interface:
		if !v.IsNil() && v.CanSet() {
			v.Set(plainCopy(v.Elem(), depth+1))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				walk(v.Field(i), depth+1)
			}
		}
	case reflect.Slice, reflect.Array:
		if k := v.Type().Elem().Kind(); reflect.Bool <= k && k <= reflect.Complex128 {
			return // numbers
		}
		for i := range v.Len() {
			walk(v.Index(i), depth+1)
		}
	case reflect.Map:
		walkMap(v, depth)
	}
}

// walkMap puts plain copies in the place of keys and values, which cannot be changed where they are.
func walkMap(v reflect.Value, depth int) {
	for _, key := range v.MapKeys() {
		value := v.MapIndex(key)
		v.SetMapIndex(key, reflect.Value{})
		v.SetMapIndex(plainCopy(key, depth+1), plainCopy(value, depth+1))
	}
}

func plainCopy(v reflect.Value, depth int) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	walk(c, depth)
	return c
}
