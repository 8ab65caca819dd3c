package wiretest_test

import (
	"encoding/hex"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/wire"
	"mcos/protocol/wire/wiretest"
)

type inner struct {
	Name string `wire:"str16=9"`
}

type sample struct {
	Number uint32
	Text   string `wire:"pstr=9,le"`
	Count  int16
	List   []inner `wire:"count=Count"`
	Inner  inner   `wire:"rec16"`
	Fixed  string  `wire:"char=4"`
	Rest   []byte  `wire:"rest"`
}

func TestSample(t *testing.T) {
	l, err := wire.Compile(reflect.TypeFor[sample](), wire.BigEndian)
	require.NoError(t, err)
	body, err := wiretest.Sample(l)
	require.NoError(t, err)
	assert.Equal(t, "00000000"+"020000007800"+"0001"+"000178"+"0003000178"+"78000000", hex.EncodeToString(body))

	lies, err := wiretest.Lies(l, body)
	require.NoError(t, err)
	var told []string
	for _, lie := range lies {
		told = append(told, lie.Field)
		var v sample
		_, err := l.Decode(lie.Body, &v)
		require.ErrorIs(t, err, wire.ErrCount, lie.Field)
		assert.Len(t, lie.Body, len(body))
	}
	assert.Equal(t, []string{
		"Text counts 17", "Text counts 4294967295", "List counts 7", "List counts 65535", "Name counts 11", "Name counts 65535",
		"Inner counts 8", "Inner counts 65535", "Name counts 2", "Name counts 65535",
	}, told)
}

func TestNothingToLieAbout(t *testing.T) {
	l, err := wire.Compile(reflect.TypeFor[struct{ A uint8 }](), wire.BigEndian)
	require.NoError(t, err)
	lies, err := wiretest.Lies(l, []byte{7})
	require.NoError(t, err)
	assert.Empty(t, lies)
	_, err = wiretest.Lies(l, nil)
	assert.ErrorIs(t, err, wire.ErrTruncated)
}
