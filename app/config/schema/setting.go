package schema

import (
	"encoding"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"
)

// Kind says what form the value of a setting has.
type Kind string

// The kinds of settings. Section groups others and has no value of its own.
const (
	Section  Kind = "section"
	Text     Kind = "text"
	Switch   Kind = "switch"
	Integer  Kind = "integer"
	Number   Kind = "number"
	Duration Kind = "duration"
	List     Kind = "list"
	Table    Kind = "table"
	Map      Kind = "map"
)

// setting is one node of the tree that compile makes of a struct: a key with
// its documentation, or the element of a list, table or map.
type setting struct {
	key, path       string
	index           []int // from the root struct, or from the row of a table
	help, unit, ref string
	secret          bool

	kind     Kind
	typ      reflect.Type
	viaText  bool          // typ speaks for itself with MarshalText
	values   []string      // allowed values in canonical form
	min, max reflect.Value // bounds of typ, or int lengths for Text; invalid: none
	fields   []*setting    // of a Section
	elem     *setting      // of a List, Table or Map
}

var (
	durationType    = reflect.TypeFor[time.Duration]()
	marshalerType   = reflect.TypeFor[encoding.TextMarshaler]()
	unmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
	keyForm         = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

// maxDepth ends the compilation of types that contain themselves.
const maxDepth = 12

// compile builds the tree of a struct type.
func compile(t reflect.Type) *setting {
	if t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("schema: %s is not a struct", t))
	}
	root := &setting{typ: t, kind: Section}
	root.fields = compileFields(t, nil, "", 0)
	seen := map[string]string{}
	root.walk(func(s *setting) {
		env := EnvName("", s.path)
		if other, taken := seen[env]; taken {
			panic(fmt.Sprintf("schema: %s and %s share the variable name %s", other, s.path, env))
		}
		seen[env] = s.path
	})
	return root
}

func compileFields(t reflect.Type, index []int, path string, depth int) []*setting {
	if depth > maxDepth {
		panic(fmt.Sprintf("schema: %s is nested too deeply", t))
	}
	var fields []*setting
	keys := map[string]bool{}
	for i := range t.NumField() {
		f := t.Field(i)
		key := f.Tag.Get("yaml")
		if !f.IsExported() || key == "-" {
			continue
		}
		where := fmt.Sprintf("schema: field %s of %s", f.Name, t)
		if !keyForm.MatchString(key) || keys[key] {
			panic(fmt.Sprintf("%s needs a yaml key of its own, has %q", where, key))
		}
		keys[key] = true
		s := &setting{
			key:   key,
			path:  join(path, key),
			index: append(append([]int{}, index...), i),
			help:  strings.Join(strings.Fields(f.Tag.Get("help")), " "),
			unit:  f.Tag.Get("unit"),
			ref:   f.Tag.Get("ref"),
		}
		if s.help == "" {
			panic(where + " needs a help text")
		}
		if tag, ok := f.Tag.Lookup("secret"); ok {
			if tag != "true" {
				panic(fmt.Sprintf("%s: secret is %q, want true", where, tag))
			}
			s.secret = true
		}
		s.compileType(f.Type, f.Tag, where, depth)
		fields = append(fields, s)
	}
	if len(fields) == 0 {
		panic(fmt.Sprintf("schema: %s has no settings", t))
	}
	return fields
}

// compileType fills in everything that follows from the Go type.
func (s *setting) compileType(t reflect.Type, tag reflect.StructTag, where string, depth int) {
	s.typ = t
	if t.Implements(marshalerType) && reflect.PointerTo(t).Implements(unmarshalerType) {
		s.kind, s.viaText = Text, true
		s.compileLimits(tag, where)
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		if s.secret {
			panic(where + ": secret belongs to the keys inside")
		}
		s.kind = Section
		s.fields = compileFields(t, s.index, s.path, depth+1)
	case reflect.Slice:
		s.kind = List
		s.compileElem(t.Elem(), tag, where, depth)
		if s.elem.kind == Section {
			s.kind = Table
		}
		return // values, min and max went to the element
	case reflect.Map:
		if t.Key().Kind() != reflect.String || t.Key().Implements(marshalerType) {
			panic(fmt.Sprintf("%s: a map needs string keys, not %s", where, t.Key()))
		}
		s.kind = Map
		s.compileElem(t.Elem(), tag, where, depth)
		return
	case reflect.String:
		s.kind = Text
	case reflect.Bool:
		s.kind = Switch
	case reflect.Float32, reflect.Float64:
		s.kind = Number
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		s.kind = Integer
		if t == durationType {
			s.kind = Duration
		}
	default:
		panic(fmt.Sprintf("%s: type %s is not supported", where, t))
	}
	s.compileLimits(tag, where)
}

func (s *setting) compileElem(t reflect.Type, tag reflect.StructTag, where string, depth int) {
	if depth > maxDepth {
		panic(where + " is nested too deeply")
	}
	s.elem = &setting{secret: s.secret}
	s.elem.compileType(t, tag, where, depth+1)
}

// compileLimits reads values, min and max with the parser of the type itself,
// so that a limit is written exactly like a value.
func (s *setting) compileLimits(tag reflect.StructTag, where string) {
	if list, ok := tag.Lookup("values"); ok {
		if s.kind == Section || s.kind == Switch {
			panic(fmt.Sprintf("%s: a %s cannot have values", where, s.kind))
		}
		for text := range strings.SplitSeq(list, "|") {
			v, err := s.parse(text)
			if err != nil {
				panic(fmt.Sprintf("%s: allowed value %q %v", where, text, err))
			}
			s.values = append(s.values, s.format(v))
		}
	}
	s.min = s.compileBound(tag, "min", where)
	s.max = s.compileBound(tag, "max", where)
}

func (s *setting) compileBound(tag reflect.StructTag, name, where string) reflect.Value {
	text, ok := tag.Lookup(name)
	if !ok {
		return reflect.Value{}
	}
	measure := s
	switch {
	case s.kind == Section || s.kind == Switch || s.viaText:
		panic(fmt.Sprintf("%s: a %s of type %s cannot have %s", where, s.kind, s.typ, name))
	case s.kind == Text:
		measure = &setting{kind: Integer, typ: reflect.TypeFor[int]()}
	}
	v, err := measure.parse(text)
	if err != nil {
		panic(fmt.Sprintf("%s: %s %q %v", where, name, text, err))
	}
	return v
}

// walk calls f for all settings below s in the order of the struct, sections
// before their content. It does not enter the rows of tables.
func (s *setting) walk(f func(*setting)) {
	for _, sub := range s.fields {
		f(sub)
		sub.walk(f)
	}
}

// find returns the setting with this path below s, or nil.
func (s *setting) find(path string) *setting {
	var found *setting
	s.walk(func(sub *setting) {
		if sub.path == path {
			found = sub
		}
	})
	return found
}

// field returns the direct sub-setting with this key, or nil.
func (s *setting) field(key string) *setting {
	for _, f := range s.fields {
		if f.key == key {
			return f
		}
	}
	return nil
}

// EnvName returns the name of the environment variable that overrides the
// setting at path: the prefix, then the path in upper case joined by "_".
func EnvName(prefix, path string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// structOf returns the struct behind the pointer p, ready to be set.
func structOf(p any) reflect.Value {
	v := reflect.ValueOf(p)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("schema: %T is not a pointer to a struct", p))
	}
	return v.Elem()
}
