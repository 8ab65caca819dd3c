package wire_test

import (
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/wire"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return b
}

func compile[T any](t testing.TB, order wire.Order) *wire.Layout {
	t.Helper()
	l, err := wire.Compile(reflect.TypeFor[T](), order)
	require.NoError(t, err)
	return l
}

// both checks that a body encodes to the bytes and decodes from them.
func both[T any](t *testing.T, order wire.Order, body T, text string) {
	t.Helper()
	l, want := compile[T](t, order), unhex(t, text)
	got, err := l.Append([]byte{0xEE}, &body)
	require.NoError(t, err)
	assert.Equal(t, append([]byte{0xEE}, want...), got)
	back := l.New().(*T)
	used, err := l.Decode(append(want, 0xAA, 0xAA), back)
	require.NoError(t, err)
	assert.Equal(t, len(want), used, "stray bytes are left alone")
	assert.Equal(t, &body, back)
}

type inner struct {
	A uint16
	B uint8
}

type numbers struct {
	U8  uint8
	U16 uint16
	U32 uint32
	U64 uint64
	I8  int8
	I16 int16
	I32 int32
	I64 int64
	F32 float32
	F64 float64
}

func TestNumbers(t *testing.T) {
	body := numbers{1, 0x0203, 0x04050607, 0x08090A0B0C0D0E0F, -1, -2, -3, -4, 1.5, -2}
	both(t, wire.BigEndian, body, "01 0203 04050607 08090a0b0c0d0e0f ff fffe fffffffd fffffffffffffffc 3fc00000 c000000000000000")
	both(t, wire.LittleEndian, body, "01 0302 07060504 0f0e0d0c0b0a0908 ff feff fdffffff fcffffffffffffff 0000c03f 00000000000000c0")
}

func TestByteOrderOfFields(t *testing.T) {
	type mixed struct {
		Default uint16
		Little  uint16   `wire:"le"`
		Big     uint16   `wire:"be"`
		Nested  inner    `wire:"le"`
		Array   [2]inner `wire:"le"`
	}
	body := mixed{0x0102, 0x0102, 0x0102, inner{0x0102, 3}, [2]inner{{0x0405, 6}, {0x0708, 9}}}
	both(t, wire.BigEndian, body, "0102 0201 0102 020103 050406 080709")
	both(t, wire.LittleEndian, body, "0201 0201 0102 020103 050406 080709")
}

func TestBools(t *testing.T) {
	type bools struct {
		One  bool
		Two  bool `wire:"size=2"`
		Four bool `wire:"size=4,le"`
		Off  bool
	}
	both(t, wire.BigEndian, bools{true, true, true, false}, "01 0001 01000000 00")
	l := compile[bools](t, wire.BigEndian)
	var v bools
	_, err := l.Decode(unhex(t, "ff cd00 00000080 00"), &v)
	require.NoError(t, err)
	assert.Equal(t, bools{true, true, true, false}, v, "whatever is not 0 is true")
}

func TestBytes(t *testing.T) {
	type fixed struct {
		Array [3]byte
		Slice []byte `wire:"size=4"`
		Grid  [2][2]byte
	}
	both(t, wire.BigEndian, fixed{[3]byte{1, 2, 3}, []byte{4, 5, 6, 7}, [2][2]byte{{8, 9}, {10, 11}}}, "010203 04050607 0809 0a0b")
	l := compile[fixed](t, wire.BigEndian)
	out, err := l.Append(nil, &fixed{Slice: []byte{9}})
	require.NoError(t, err)
	assert.Equal(t, unhex(t, "000000 09000000 00000000"), out, "a short slice is filled with zeros")
	_, err = l.Append(nil, &fixed{Slice: make([]byte, 5)})
	require.ErrorIs(t, err, wire.ErrTooLong)
}

type restBody struct {
	N    uint8
	Rest []byte `wire:"rest"`
}

func TestRest(t *testing.T) {
	l := compile[restBody](t, wire.BigEndian)
	in, err := l.Append(nil, &restBody{7, []byte{1, 2, 3}})
	require.NoError(t, err)
	assert.Equal(t, []byte{7, 1, 2, 3}, in)
	var v restBody
	used, err := l.Decode(in, &v)
	require.NoError(t, err)
	assert.Equal(t, 4, used)
	assert.Equal(t, []byte{1, 2, 3}, v.Rest)
	in[1] = 99
	assert.Equal(t, byte(99), v.Rest[0], "the field aliases the input")
	used, err = l.Decode([]byte{7}, &v)
	require.NoError(t, err)
	assert.Equal(t, 1, used)
	assert.Empty(t, v.Rest)
}

// Appending to a decoded field must not write into what follows it in the input.
func TestAliasesAreClipped(t *testing.T) {
	type message struct {
		Sized []byte `wire:"size=2"`
		Inner struct {
			Rest []byte `wire:"rest"`
		} `wire:"rec16"`
		N uint8
	}
	in := unhex(t, "0102 0002 0304 05")
	var v message
	_, err := compile[message](t, wire.BigEndian).Decode(in, &v)
	require.NoError(t, err)
	assert.Equal(t, 2, cap(v.Sized))
	assert.Equal(t, 2, cap(v.Inner.Rest))
}

func TestChar(t *testing.T) {
	type text struct {
		S string    `wire:"char=5"`
		A [2]string `wire:"char=2"`
	}
	both(t, wire.BigEndian, text{"abcd", [2]string{"x", ""}}, "6162636400 7800 0000")
	both(t, wire.BigEndian, text{"\u00e9", [2]string{}}, "e900000000 0000 0000")
	l := compile[text](t, wire.BigEndian)
	var v text
	_, err := l.Decode(unhex(t, "6162006364 7879 0079"), &v)
	require.NoError(t, err)
	assert.Equal(t, text{"ab", [2]string{"xy", ""}}, v, "the text ends at the NUL, or at the end of its container")
	_, err = l.Append(nil, &text{S: "abcde"})
	require.ErrorIs(t, err, wire.ErrTooLong, "the NUL must fit")
}

func TestStr16(t *testing.T) {
	type text struct {
		S string `wire:"str16=3"`
		N uint8
	}
	both(t, wire.BigEndian, text{"abc", 9}, "0003 616263 09")
	both(t, wire.LittleEndian, text{"", 9}, "0000 09")
	l := compile[text](t, wire.BigEndian)
	_, err := l.Append(nil, &text{S: "abcd"})
	require.ErrorIs(t, err, wire.ErrTooLong)
	_, err = l.Decode(unhex(t, "0004 61626364 09"), &text{})
	require.ErrorIs(t, err, wire.ErrTooLong)
	_, err = l.Decode(unhex(t, "0003 6162"), &text{})
	require.ErrorIs(t, err, wire.ErrCount)
	_, err = l.Decode(unhex(t, "0004 6162"), &text{})
	require.ErrorIs(t, err, wire.ErrCount, "too long and not even there")
	_, err = l.Decode(unhex(t, "00"), &text{})
	require.ErrorIs(t, err, wire.ErrTruncated)
	require.NotErrorIs(t, err, wire.ErrCount, "nothing was promised")
}

func TestPstr(t *testing.T) {
	type text struct {
		S string `wire:"pstr=5"`
		N uint8
	}
	both(t, wire.BigEndian, text{"abc", 9}, "00000004 61626300 09")
	both(t, wire.BigEndian, text{"", 9}, "00000001 00 09")
	both(t, wire.LittleEndian, text{"\u00ff", 9}, "02000000 ff00 09")
	l := compile[text](t, wire.BigEndian)
	var v text
	for _, c := range []struct{ in, want string }{
		{"00000003 616263 09", "abc"}, {"00000000 09", ""}, {"00000003 610000 09", "a\x00"}, {"00000006 616263646566 09", "abcdef"},
	} {
		_, err := l.Decode(unhex(t, c.in), &v)
		require.NoError(t, err)
		assert.Equal(t, text{c.want, 9}, v)
	}
	_, err := l.Append(nil, &text{S: "abcde"})
	require.ErrorIs(t, err, wire.ErrTooLong, "the NUL that the client writes must fit")
	both(t, wire.BigEndian, text{"abcd", 9}, "00000004 61626364 09") // no room for two
	for _, c := range []struct {
		in   string
		want error
	}{
		{"00001001" + strings.Repeat("61", 4097) + "09", wire.ErrCount}, {"ffffffff 00", wire.ErrCount},
		{"00001000 61", wire.ErrCount}, {"00000003 6162", wire.ErrCount}, {"000000", wire.ErrTruncated},
	} {
		_, err := l.Decode(unhex(t, c.in), &v)
		require.ErrorIs(t, err, c.want, c.in)
	}
	_, err = l.Decode(unhex(t, "00001000"+strings.Repeat("61", 4096)+"09"), &v)
	require.NoError(t, err)
	assert.Len(t, v.S, 4096)
}

func TestCstr(t *testing.T) {
	type text struct {
		S string `wire:"cstr=4"`
		N uint8
	}
	both(t, wire.BigEndian, text{"abc", 7}, "61626300 07")
	both(t, wire.BigEndian, text{"", 7}, "00 07")
	both(t, wire.BigEndian, text{"\u00fc", 7}, "fc00 07")
	l := compile[text](t, wire.BigEndian)
	assert.Equal(t, 2, l.MinSize())
	for value, want := range map[string]error{"abcd": wire.ErrTooLong, "a\x00": wire.ErrText, "\u20ac": wire.ErrText} {
		_, err := l.Append(nil, &text{S: value})
		assert.ErrorIs(t, err, want, "%q", value)
	}
	for value, want := range map[string]error{"61626364 00": wire.ErrTooLong, "616263": wire.ErrTruncated, "61626300": wire.ErrTruncated} {
		_, err := l.Decode(unhex(t, value), new(text))
		assert.ErrorIs(t, err, want, "%q", value)
	}
}

func TestPstrAsIs(t *testing.T) {
	type text struct {
		S string `wire:"pstr=5,asis"`
	}
	both(t, wire.BigEndian, text{"abc\n"}, "00000004 6162630a")
	both(t, wire.BigEndian, text{""}, "00000000")
	l := compile[text](t, wire.BigEndian)
	out, err := l.Append(nil, &text{"abc\x00"})
	require.NoError(t, err)
	assert.Equal(t, unhex(t, "00000004 61626300"), out)
	var v text
	_, err = l.Decode(out, &v)
	require.NoError(t, err)
	assert.Equal(t, "abc", v.S)
	_, err = l.Append(nil, &text{"abcde"})
	require.ErrorIs(t, err, wire.ErrTooLong)
}

func TestLatin1(t *testing.T) {
	type text struct {
		S string `wire:"str16=300"`
	}
	l := compile[text](t, wire.BigEndian)
	all, raw := make([]rune, 256), make([]byte, 256)
	for i := range 256 {
		all[i], raw[i] = rune(i), byte(i)
	}
	out, err := l.Append(nil, &text{string(all)})
	require.NoError(t, err)
	assert.Equal(t, append([]byte{1, 0}, raw...), out, "one byte per character")
	var v text
	_, err = l.Decode(out, &v)
	require.NoError(t, err)
	assert.Equal(t, string(all), v.S)
	for _, bad := range []string{"\u0100", "a\u20ac", "\xff", "\U0001F697"} {
		keep := []byte{1}
		out, err := l.Append(keep, &text{bad})
		require.ErrorIs(t, err, wire.ErrText, "%q", bad)
		assert.Equal(t, keep, out, "nothing is appended")
	}
}

func TestRecord(t *testing.T) {
	type record struct {
		R inner `wire:"rec16"`
		N uint8
	}
	both(t, wire.BigEndian, record{inner{0x0102, 3}, 9}, "0003 010203 09")
	both(t, wire.LittleEndian, record{inner{0x0102, 3}, 9}, "0003 020103 09")
	l := compile[record](t, wire.BigEndian)
	var v record
	used, err := l.Decode(unhex(t, "0005 010203ffff 09"), &v)
	require.NoError(t, err)
	assert.Equal(t, record{inner{0x0102, 3}, 9}, v, "the reader goes on at the record's end")
	assert.Equal(t, 8, used)
	for _, bad := range []string{"0002 010203 09", "0006 010203 09", "00", "0003 01", "0003 010203"} {
		_, err := l.Decode(unhex(t, bad), &v)
		require.ErrorIs(t, err, wire.ErrTruncated, bad)
	}

	type big struct {
		R struct {
			Raw []byte `wire:"rest"`
		} `wire:"rec16"`
		N uint8
	}
	bl := compile[big](t, wire.BigEndian)
	var b big
	_, err = bl.Decode(unhex(t, "0002 0102 09"), &b)
	require.NoError(t, err)
	assert.Equal(t, []byte{1, 2}, b.R.Raw, "rest ends with its record")
	b.R.Raw = make([]byte, 65536)
	_, err = bl.Append(nil, &b)
	require.ErrorIs(t, err, wire.ErrTooLong)
}

func TestLists(t *testing.T) {
	type list struct {
		A    uint8
		B    uint16
		As   []inner  `wire:"count=A"`
		Bs   []uint32 `wire:"count=B,le"`
		Last uint8
	}
	both(t, wire.BigEndian, list{2, 1, []inner{{1, 2}, {3, 4}}, []uint32{0x01020304}, 9}, "02 0001 000102 000304 04030201 09")
	both(t, wire.BigEndian, list{0, 0, nil, nil, 9}, "00 0000 09")
	l := compile[list](t, wire.BigEndian)
	out, err := l.Append(nil, &list{A: 200, B: 7, Bs: []uint32{5}})
	require.NoError(t, err)
	assert.Equal(t, unhex(t, "00 0001 05000000 00"), out, "the length counts, not the field")
	v := list{As: []inner{{9, 9}}}
	_, err = l.Decode(unhex(t, "00 0000 09"), &v)
	require.NoError(t, err)
	assert.Nil(t, v.As, "every field is overwritten")
	_, err = l.Append(nil, &list{As: make([]inner, 256)})
	require.ErrorIs(t, err, wire.ErrTooLong, "256 elements do not fit in a u8 count")
	for _, bad := range []string{"ff 0000 000102", "00 ffff 01020304", "02 0000 0001020003"} {
		_, err := l.Decode(unhex(t, bad), &v)
		require.ErrorIs(t, err, wire.ErrTruncated, bad)
	}

	// A struct that is used again keeps nothing of the message before, and needs no
	// new memory.
	room := make([]uint32, 3)
	used := list{Bs: room}
	again := unhex(t, "00 0002 05000000 06000000 07")
	allocs := testing.AllocsPerRun(10, func() { _, err = l.Decode(again, &used) })
	require.NoError(t, err)
	assert.Zero(t, allocs)
	assert.Equal(t, list{B: 2, Bs: []uint32{5, 6}, Last: 7}, used)
	assert.Same(t, &room[0], &used.Bs[0])

	type signed struct {
		N  int32
		Xs []uint8 `wire:"count=N"`
	}
	both(t, wire.BigEndian, signed{2, []uint8{7, 8}}, "00000002 0708")
	_, err = compile[signed](t, wire.BigEndian).Decode(unhex(t, "ffffffff 0708"), &signed{})
	require.ErrorIs(t, err, wire.ErrTruncated, "a negative count")

	type records struct {
		N  uint16
		Rs []inner `wire:"rec16,count=N"`
	}
	both(t, wire.BigEndian, records{2, []inner{{1, 2}, {3, 4}}}, "0002 0003 000102 0003 000304")

	type texts struct {
		N  uint8
		Ss []string `wire:"str16=9,count=N"`
	}
	both(t, wire.BigEndian, texts{2, []string{"a", "bc"}}, "02 0001 61 0002 6263")
}

func TestOptional(t *testing.T) {
	type tail struct {
		A uint8
		B uint16 `wire:"opt"`
		C inner  `wire:"opt"`
	}
	l := compile[tail](t, wire.BigEndian)
	assert.Equal(t, 1, l.MinSize())
	both(t, wire.BigEndian, tail{1, 2, inner{3, 4}}, "01 0002 0003 04")
	for _, c := range []struct {
		in   string
		want tail
		used int
	}{
		{"01", tail{A: 1}, 1}, {"01 00", tail{A: 1}, 1}, {"01 0002", tail{A: 1, B: 2}, 3}, {"01 0002 0003", tail{A: 1, B: 2}, 3},
	} {
		v := tail{9, 9, inner{9, 9}}
		used, err := l.Decode(unhex(t, c.in), &v)
		require.NoError(t, err)
		assert.Equal(t, c.want, v, c.in)
		assert.Equal(t, c.used, used, c.in)
	}
	_, err := l.Decode(nil, &tail{})
	require.ErrorIs(t, err, wire.ErrTruncated)
}

// Every field reports where it fails.
func TestErrorsNameTheField(t *testing.T) {
	type outer struct {
		N uint8
		I []inner `wire:"count=N"`
		R inner   `wire:"rec16"`
		S string  `wire:"char=2"`
	}
	l := compile[outer](t, wire.BigEndian)
	for _, c := range []struct {
		in, field string
		offset    int
	}{
		{"", "outer.N", 0},
		{"01 00", "outer.I", 1},
		{"00 0002 0102", "outer.R/inner.B", 5},
		{"00 0003 010203 61", "outer.S", 6},
	} {
		_, err := l.Decode(unhex(t, c.in), &outer{})
		var e *wire.Error
		require.ErrorAs(t, err, &e, c.in)
		assert.Equal(t, c.field, e.Field)
		assert.Equal(t, c.offset, e.Offset)
		require.ErrorIs(t, err, wire.ErrTruncated)
		assert.Contains(t, err.Error(), c.field)
	}
	_, err := l.Append([]byte{1, 2}, &outer{S: "long"})
	var e *wire.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, "outer.S", e.Field)
}

func TestWrongValues(t *testing.T) {
	l := compile[inner](t, wire.BigEndian)
	for _, v := range []any{nil, inner{}, (*inner)(nil), &numbers{}, new(int)} {
		_, err := l.Decode(make([]byte, 64), v)
		require.ErrorIs(t, err, wire.ErrType, "%T", v)
		out, err := l.Append([]byte{5}, v)
		require.ErrorIs(t, err, wire.ErrType, "%T", v)
		assert.Equal(t, []byte{5}, out)
	}
}
