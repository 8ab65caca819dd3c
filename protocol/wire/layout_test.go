package wire_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/wire"
)

// A struct that cannot travel is refused when it is compiled.
func TestCompileRefuses(t *testing.T) {
	for name, v := range map[string]any{
		"no struct":        1,
		"unexported field": struct{ a uint8 }{},
		"int":              struct{ A int }{},
		"map":              struct{ A map[string]int }{},
		"pointer":          struct{ A *uint8 }{},
		"string without":   struct{ A string }{},
		"string size 0": struct {
			A string `wire:"char=0"`
		}{},
		"string size text": struct {
			A string `wire:"pstr=x"`
		}{},
		"bytes without": struct{ A []byte }{},
		"list without":  struct{ A []uint16 }{},
		"bool of 3 bytes": struct {
			A bool `wire:"size=3"`
		}{},
		"nested":       struct{ A struct{ B int } }{},
		"array of int": struct{ A [2]int }{},
		"list of int": struct {
			N uint8
			A []int `wire:"count=N"`
		}{},
		"list of nothing": struct {
			N uint8
			A []struct{} `wire:"count=N"`
		}{},
		"count unknown": struct {
			A []uint16 `wire:"count=N"`
		}{},
		"count later": struct {
			A []uint16 `wire:"count=N"`
			N uint8
		}{},
		"count no integer": struct {
			N float32
			A []uint16 `wire:"count=N"`
		}{},
		"count text": struct {
			N string   `wire:"char=4"`
			A []uint16 `wire:"count=N"`
		}{},
		"count of two": struct {
			N    uint8
			A, B []uint16 `wire:"count=N"`
		}{},
	} {
		_, err := wire.Compile(reflect.TypeOf(v), wire.BigEndian)
		assert.Error(t, err, name)
	}
}

func TestMinSize(t *testing.T) {
	type everything struct {
		N uint8
		A [3]byte
		B [2]uint16
		C string `wire:"char=5"`
		D string `wire:"str16=5"`
		E string `wire:"pstr=5"`
		F string `wire:"pstr=5,asis"`
		G inner
		H inner   `wire:"rec16"`
		I []inner `wire:"count=N"`
		J []byte  `wire:"size=6"`
		K bool    `wire:"size=4"`
		L uint64  `wire:"opt"`
		M []byte  `wire:"rest"`
	}
	assert.Equal(t, 1+3+4+5+2+4+4+3+2+0+6+4, compile[everything](t, wire.BigEndian).MinSize())
	assert.Equal(t, "everything", compile[everything](t, wire.BigEndian).Type())
}

// A secret is found wherever it hides.
func TestSecret(t *testing.T) {
	type hidden struct {
		Key [4]byte `wire:"secret"`
	}
	type nested struct{ H hidden }
	type array struct{ H [2]nested }
	type list struct {
		N uint8
		H []array `wire:"count=N"`
	}
	assert.True(t, compile[hidden](t, wire.BigEndian).Secret())
	assert.True(t, compile[nested](t, wire.BigEndian).Secret())
	assert.True(t, compile[array](t, wire.BigEndian).Secret())
	assert.True(t, compile[list](t, wire.BigEndian).Secret())
	assert.False(t, compile[numbers](t, wire.BigEndian).Secret())
}

func TestRegistry(t *testing.T) {
	r := wire.NewRegistry(wire.BigEndian)
	ask := wire.Declare[inner](r, wire.Message{Family: wire.Lobby, Dir: wire.ToServer, Number: 0x20A, Name: "ASK"})
	tell := wire.Declare[restBody](r, wire.Message{Family: wire.Lobby, Dir: wire.ToClient, Number: 0x20A, Name: "TELL"})
	long := wire.Declare[numbers](r, wire.Message{Family: wire.Lobby, Dir: wire.ToClient, Number: 0x20A, Name: "TELL", Variant: "long"})
	ping := wire.Declare[wire.Empty](r, wire.Message{Family: wire.MCOTS, Dir: wire.Both, Number: 438, Name: "PING"})

	assert.Same(t, ask.Message, r.Find(wire.Lobby, wire.ToServer, 0x20A))
	assert.Same(t, tell.Message, r.Find(wire.Lobby, wire.ToClient, 0x20A))
	assert.Same(t, ping.Message, r.Find(wire.MCOTS, wire.ToServer, 438))
	assert.Same(t, ping.Message, r.Find(wire.MCOTS, wire.ToClient, 438))
	assert.Nil(t, r.Find(wire.Persona, wire.ToServer, 0x20A))
	assert.Equal(t, []*wire.Message{ask.Message, tell.Message, long.Message, ping.Message}, r.All())

	assert.Equal(t, "0x20A ASK", ask.String())
	assert.Equal(t, "438 PING", ping.String())
	assert.Equal(t, "C>S S>C both", wire.ToServer.String()+" "+wire.ToClient.String()+" "+wire.Both.String())

	assert.Panics(t, func() {
		wire.Declare[inner](r, wire.Message{Family: wire.MCOTS, Dir: wire.ToServer, Number: 438, Name: "AGAIN"})
	}, "one number, one meaning")
	assert.Panics(t, func() {
		wire.Declare[struct{ A int }](r, wire.Message{Family: wire.MCOTS, Dir: wire.ToServer, Number: 1})
	}, "a layout that does not compile")
}

func TestPacket(t *testing.T) {
	r := wire.NewRegistry(wire.LittleEndian)
	m := wire.Declare[inner](r, wire.Message{Family: wire.MCOTS, Dir: wire.ToServer, Number: 7})
	out, err := m.With(&inner{0x0102, 3}).AppendBody([]byte{9})
	require.NoError(t, err)
	assert.Equal(t, []byte{9, 2, 1, 3}, out)
	back, err := m.Decode(out[1:])
	require.NoError(t, err)
	assert.Equal(t, &inner{0x0102, 3}, back)
	_, err = m.Decode(out[2:])
	require.ErrorIs(t, err, wire.ErrTruncated)

	raw := wire.Declare[wire.Raw](r, wire.Message{Family: wire.MCOTS, Dir: wire.ToServer, Number: 8, Unknown: true})
	any, err := raw.Decode([]byte{1, 2})
	require.NoError(t, err)
	assert.Equal(t, []byte{1, 2}, any.Data)
}
