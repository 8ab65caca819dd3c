package wire_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/wire"
)

type point struct {
	X int16
	Y float32
}

func TestDescribe(t *testing.T) {
	type plain struct {
		Number uint16
		Name   string `wire:"char=13"`
		Flag   bool   `wire:"size=4"`
		Sub    point  `wire:"le"`
		Pair   [2]point
		Rec    point  `wire:"rec16"`
		Text   string `wire:"pstr=32"`
		Count  uint8
		List   []point `wire:"count=Count"`
		Opt    uint32  `wire:"opt,secret"`
		Tail   []byte  `wire:"rest"`
	}
	l, err := wire.Compile(reflect.TypeFor[plain](), wire.BigEndian)
	require.NoError(t, err)
	xy := func(little bool) []wire.Field {
		return []wire.Field{{Name: "X", Type: "i16", Size: 2, Little: little}, {Name: "Y", Type: "f32", Size: 4, Little: little}}
	}
	assert.Equal(t, []wire.Field{
		{Name: "Number", Type: "u16", Size: 2},
		{Name: "Name", Type: "char[13]", Size: 13},
		{Name: "Flag", Type: "bool32", Size: 4},
		{Name: "Sub", Type: "point", Size: 6, Little: true, Fields: xy(true)},
		{Name: "Pair", Type: "2 x point", Size: 12, Fields: xy(false)},
		{Name: "Rec", Type: "point behind its u16 length", Size: -1, Fields: xy(false)},
		{Name: "Text", Type: "text for a buffer of 32 behind u32", Size: -1},
		{Name: "Count", Type: "u8", Size: 1},
		{Name: "List", Type: "Count x point", Size: -1, Fields: xy(false)},
		{Name: "Opt", Type: "u32", Size: 4, Optional: true, Secret: true},
		{Name: "Tail", Type: "bytes to the end", Size: -1},
	}, l.Describe())
	assert.Equal(t, -1, l.Size())

	fixed, err := wire.Compile(reflect.TypeFor[point](), wire.LittleEndian)
	require.NoError(t, err)
	assert.Equal(t, 6, fixed.Size())
}

func TestShapes(t *testing.T) {
	type plain struct {
		Number uint16
		Name   string   `wire:"char=13"`
		Flag   bool     `wire:"size=4"`
		Sub    point    `wire:"le"`
		Pair   [2]point `wire:"secret"`
		Rec    point    `wire:"rec16"`
		Text   string   `wire:"pstr=32,asis"`
		Count  uint8
		List   []uint16 `wire:"count=Count"`
		Opt    uint32   `wire:"opt"`
		Tail   []byte   `wire:"rest"`
	}
	l, err := wire.Compile(reflect.TypeFor[plain](), wire.BigEndian)
	require.NoError(t, err)
	var got []wire.Shape
	for _, s := range l.Shapes() {
		if s.Layout != nil {
			assert.Equal(t, "point", s.Layout.Type())
			s.Layout = nil
		}
		if s.Elem != nil && s.Elem.Layout != nil {
			s.Elem.Layout = nil
		}
		got = append(got, s)
	}
	assert.Equal(t, []wire.Shape{
		{Name: "Number", Form: wire.Unsigned, Size: 2, Min: 2},
		{Name: "Name", Form: wire.Char, Size: 13, Min: 13},
		{Name: "Flag", Form: wire.Truth, Size: 4, Min: 4},
		{Name: "Sub", Form: wire.Struct, Min: 6, Little: true},
		{Name: "Pair", Form: wire.Array, Size: 2, Min: 12, Secret: true, Elem: &wire.Shape{Form: wire.Struct, Min: 6}},
		{Name: "Rec", Form: wire.Record, Min: 2},
		{Name: "Text", Form: wire.Pstr, Size: 4096, Min: 4},
		{Name: "Count", Form: wire.Unsigned, Size: 1, Min: 1},
		{Name: "List", Form: wire.List, Count: "Count", Elem: &wire.Shape{Form: wire.Unsigned, Size: 2, Min: 2}},
		{Name: "Opt", Form: wire.Unsigned, Size: 4, Min: 4, Optional: true},
		{Name: "Tail", Form: wire.Rest},
	}, got)
}
