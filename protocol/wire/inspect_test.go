package wire_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/wire"
)

type ticketBody struct {
	User   string `wire:"str16=20"`
	Ticket string `wire:"str16=40,secret"`
	Count  uint8
	Pairs  []pair `wire:"count=Count,le"`
	Keys   [2]sealed
	Code   [4]byte `wire:"secret"`
	PIN    string  `wire:"cstr=8,secret"`
	Word   string  `wire:"pstr=16,secret"`
	Check  uint32  `wire:"opt"`
}

type pair struct {
	A uint16
	B int16
}

type sealed struct {
	Key string `wire:"char=4,secret"`
}

const (
	ticketHex = "0003 426f62 0002 7878 02 0100ffff 0200feff 61620078 63000000 01020304 39393900 00000003 707700 0000002a"
	ticketOff = "0003 426f62 0002 2a2a 02 0100ffff 0200feff 2a2a2a2a 2a2a2a2a 00000000 2a2a2a00 00000003 2a2a00 0000002a"
)

func TestInspect(t *testing.T) {
	l := compile[ticketBody](t, wire.BigEndian)
	fields, used, err := l.Inspect(append(unhex(t, ticketHex), 0xEE))
	require.NoError(t, err)
	assert.Equal(t, len(unhex(t, ticketHex)), used)
	var names, texts []string
	var places [][2]int
	for _, f := range fields {
		names, texts = append(names, f.Name), append(texts, f.Text())
		places = append(places, [2]int{f.Offset, f.Size})
	}
	assert.Equal(t, []string{"User", "Ticket", "Count", "Pairs", "Keys", "Code", "PIN", "Word", "Check"}, names)
	assert.Equal(t, []string{`"Bob"`, `"xx"`, "2", "", "", "01020304", `"999"`, `"pw"`, "42"}, texts)
	assert.Equal(t, [][2]int{{0, 5}, {5, 4}, {9, 1}, {10, 8}, {18, 8}, {26, 4}, {30, 4}, {34, 7}, {41, 4}}, places)
	assert.True(t, fields[1].Secret)
	second := fields[3].Fields[1]
	assert.Equal(t, "[1]", second.Name)
	assert.Equal(t, "pair", second.Type)
	assert.Equal(t, int64(-2), second.Fields[1].Data)
	assert.Equal(t, 16, second.Fields[1].Offset)
	assert.True(t, fields[4].Fields[0].Fields[0].Secret)
}

func TestInspectOfATruncatedBodyGivesWhatIsThere(t *testing.T) {
	l := compile[ticketBody](t, wire.BigEndian)
	fields, used, err := l.Inspect(unhex(t, ticketHex)[:12])
	require.ErrorIs(t, err, wire.ErrTruncated)
	assert.Len(t, fields, 3)
	assert.LessOrEqual(t, used, 12)
}

func TestMask(t *testing.T) {
	l := compile[ticketBody](t, wire.BigEndian)
	b := unhex(t, ticketHex)
	assert.Equal(t, []string{"Ticket", "Key", "Key", "Code", "PIN", "Word"}, l.Mask(b))
	assert.Equal(t, unhex(t, ticketOff), b)

	cut := unhex(t, ticketHex)[:30]
	assert.Equal(t, []string{"body"}, l.Mask(cut), "what cannot be taken apart is masked as a whole")
	assert.Equal(t, make([]byte, 30), cut)

	long := append(unhex(t, ticketHex), 0xEE)
	l.Mask(long)
	assert.Zero(t, long[len(long)-1], "nobody knows what stands behind the last field")

	open := unhex(t, "0102 0304")
	assert.Nil(t, compile[pair](t, wire.BigEndian).Mask(open))
	assert.Equal(t, unhex(t, "0102 0304"), open)
}

// A masked body still decodes, and to nothing of what was secret.
func FuzzMask(f *testing.F) {
	f.Add(unhex(f, ticketHex))
	l := compile[ticketBody](f, wire.BigEndian)
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after ticketBody
		used, err := l.Decode(b, &before)
		fields, inspected, inspectErr := l.Inspect(b)
		assert.Equal(t, err == nil, inspectErr == nil, "decoding and inspecting agree")
		if err == nil {
			assert.Equal(t, used, inspected)
			assert.NotEmpty(t, fields)
		}
		l.Mask(b)
		if err != nil {
			assert.Equal(t, make([]byte, len(b)), b)
			return
		}
		_, err = l.Decode(b, &after)
		require.NoError(t, err)
		assert.Equal(t, before.User, after.User)
		assert.Equal(t, before.Pairs, after.Pairs)
		assert.Zero(t, after.Code)
		for _, c := range after.Ticket + after.PIN + after.Word {
			assert.Equal(t, '*', c)
		}
	})
}
