package wire_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mcos/protocol/wire"
)

// everyTag uses every tag of the codec.
type everyTag struct {
	Count  uint8
	Number int32  `wire:"le"`
	Big    uint16 `wire:"be"`
	Real   float32
	Flag   bool   `wire:"size=2"`
	Char   string `wire:"char=6"`
	Str    string `wire:"str16=8"`
	Pstr   string `wire:"pstr=10,secret"`
	AsIs   string `wire:"pstr=10,asis"`
	Cstr   string `wire:"cstr=5"`
	Sized  []byte `wire:"size=3"`
	Fixed  [4]byte
	Grid   [2]inner
	Record struct {
		A uint8
		B string `wire:"str16=4"`
		C []byte `wire:"rest"`
	} `wire:"rec16"`
	List []inner `wire:"count=Count"`
	Opt  uint64  `wire:"opt"`
	Rest []byte  `wire:"rest"`
}

// Any input decodes or fails; what decoded encodes to bytes that decode to the
// same, unless a text is longer than one may be sent.
func FuzzDecode(f *testing.F) {
	l := compile[everyTag](f, wire.BigEndian)
	full, err := l.Append(nil, &everyTag{
		Number: -5, Char: "abc", Str: "defg", Pstr: "hi", AsIs: "jk", Cstr: "lm", List: []inner{{1, 2}, {3, 4}}, Opt: 6, Rest: []byte{7},
	})
	require.NoError(f, err)
	f.Add(full)
	f.Add(full[:len(full)-9])
	f.Add([]byte{})
	f.Add(make([]byte, 100))
	nuls, err := l.Append(nil, &everyTag{AsIs: "jk\x00\x00\x00"})
	require.NoError(f, err)
	f.Add(nuls)
	f.Fuzz(func(t *testing.T, in []byte) {
		var v everyTag
		used, err := l.Decode(in, &v)
		require.LessOrEqual(t, used, len(in))
		if err != nil {
			return
		}
		require.GreaterOrEqual(t, len(in), l.MinSize())
		require.LessOrEqual(t, 3*len(v.List), len(in))
		// Each decoding takes one NUL off an asis text, so only a text without
		// them comes back unchanged.
		v.AsIs = strings.TrimRight(v.AsIs, "\x00")
		out, err := l.Append(nil, &v)
		if err != nil {
			require.ErrorIs(t, err, wire.ErrTooLong)
			return
		}
		var again everyTag
		_, err = l.Decode(out, &again)
		require.NoError(t, err)
		twice, err := l.Append(nil, &again)
		require.NoError(t, err)
		require.Equal(t, out, twice)
	})
}

// relay is the shape of the hot path: numbers and bytes.
type relay struct {
	Comm   uint32
	Sender uint32
	User   uint32
	Blob   []byte `wire:"rest"`
}

func TestRelayDoesNotAllocate(t *testing.T) {
	l := compile[relay](t, wire.BigEndian)
	in, buf := make([]byte, 60), make([]byte, 0, 128)
	var v relay
	var failure error
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := l.Decode(in, &v); err != nil {
			failure = err
		}
		if _, err := l.Append(buf, &v); err != nil {
			failure = err
		}
	}))
	require.NoError(t, failure)
}

// A count that the input cannot fill allocates nothing but its error.
func TestHostileCountDoesNotAllocate(t *testing.T) {
	type list struct {
		N  uint32
		Xs []numbers `wire:"count=N"`
	}
	l := compile[list](t, wire.BigEndian)
	in := append([]byte{0xFF, 0xFF, 0xFF, 0xFF}, make([]byte, 1000)...)
	var v list
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() {
		if _, err := l.Decode(in, &v); err == nil {
			panic("a hostile count decoded")
		}
	}), 3.0)
	require.Nil(t, v.Xs)
}

func BenchmarkDecodeRelay(b *testing.B) {
	l := compile[relay](b, wire.BigEndian)
	in := make([]byte, 60)
	var v relay
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Decode(in, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendRelay(b *testing.B) {
	l := compile[relay](b, wire.BigEndian)
	v := relay{Blob: make([]byte, 48)}
	buf := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Append(buf, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeList(b *testing.B) {
	type entry struct {
		User uint32
		Name string `wire:"pstr=32"`
		Data [64]byte
	}
	type list struct {
		N  uint32
		Es []entry `wire:"count=N"`
	}
	l := compile[list](b, wire.BigEndian)
	v := list{Es: make([]entry, 100)}
	for i := range v.Es {
		v.Es[i].Name = "Dr Brown"
	}
	in, err := l.Append(nil, &v)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Decode(in, &v); err != nil {
			b.Fatal(err)
		}
	}
}
