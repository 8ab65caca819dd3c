package catalog

import (
	"bytes"
	"compress/gzip"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/assets"
)

func encode(t testing.TB, tables Tables) []byte {
	var blob bytes.Buffer
	require.NoError(t, tables.Encode(&blob))
	return blob.Bytes()
}

// blobOf packs raw bytes as a blob.
func blobOf(t testing.TB, raw []byte) []byte {
	var blob bytes.Buffer
	blob.WriteString(blobMagic)
	z := gzip.NewWriter(&blob)
	_, err := z.Write(raw)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return blob.Bytes()
}

func TestRoundTrip(t *testing.T) {
	full := tiny()
	full.AbstractTypes[2].KeepsStock, full.AbstractTypes[2].Paired, full.AbstractTypes[2].GarageCategory = true, true, 255
	full.StockRows[0] = StockRow{Parent: 101, Child: 180019, Attachment: 10, Config: 9, Physics: 255}
	full.Vehicles[0] = VehicleAttributes{math.MaxUint32, 1, 255, 3, 4, math.MaxUint32, math.MinInt32, math.MaxUint32}
	full.BrandedParts[0] = BrandedPart{math.MaxUint32, 1, 2, math.MaxUint16, 3, math.MaxUint32, 5, math.MaxUint16}
	for _, tables := range []Tables{{}, tiny(), full} {
		got, err := Decode(bytes.NewReader(encode(t, tables)))
		require.NoError(t, err)
		assert.Equal(t, tables, got)
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := encode(t, tiny())
	for n := range good {
		_, err := Decode(bytes.NewReader(good[:n]))
		require.ErrorIs(t, err, ErrBlob, "%d bytes", n)
	}
	for _, tc := range []struct {
		name string
		data []byte
		want string
	}{
		{"another version", append([]byte("MCOSCAT\x02"), good[8:]...), "starts with"},
		{"rows that are not there", blobOf(t, []byte{0, 0xff, 0xff, 0x03}), "65535 rows in 0 bytes"},
		{"strings that are not there", blobOf(t, []byte{0xff, 0xff, 0x03}), "65535 strings in 0 bytes"},
		{"long strings that are not there", blobOf(t, []byte{1, 20, 'a'}), "strings of 20 bytes in 1"},
		{"string number", blobOf(t, []byte{0, 1, 2, 0, 0}), "string 0 of 0"},
		{"flag", blobOf(t, []byte{1, 0, 1, 2, 0, 7}), "7 is no yes or no"},
		{"negative id", blobOf(t, []byte{1, 0, 1, 1, 0, 0}), "-1 is not within"},
		{"endless number", blobOf(t, bytes.Repeat([]byte{0xff}, 20)), "cut off or too long"},
		{"left over", blobOf(t, make([]byte, 20)), "9 bytes too many"},
		{"bomb", blobOf(t, make([]byte, maxRawBytes+1)), "unpacks to more than"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Decode(bytes.NewReader(tc.data))
			require.ErrorIs(t, err, ErrBlob)
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

func TestEncodeRefusesTooMuch(t *testing.T) {
	tables := Tables{Brands: []Brand{{ID: 1, Name: strings.Repeat("x", maxRawBytes)}}}
	assert.ErrorContains(t, tables.Encode(&bytes.Buffer{}), "exceed the limit")
	noise := Tables{StockRows: make([]StockRow, 400_000)}
	for i := range noise.StockRows {
		n := uint32(i) * 2654435761
		noise.StockRows[i] = StockRow{Parent: n, Child: n ^ n>>13, Attachment: byte(n >> 3), Config: byte(n >> 11), Physics: byte(n >> 19)}
	}
	assert.ErrorContains(t, noise.Encode(&bytes.Buffer{}), "exceeds the limit")
}

type fullDisk struct{}

var errFull = errors.New("disk full")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestEncodeReportsWriteError(t *testing.T) {
	assert.ErrorIs(t, tiny().Encode(fullDisk{}), errFull)
}

// FuzzDecode checks that any blob ends in an error or in tables that come back
// the same after another round.
func FuzzDecode(f *testing.F) {
	for _, tables := range []Tables{{}, tiny()} {
		raw, err := unpack(bytes.NewReader(encode(f, tables)))
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Add([]byte(assets.BaseCatalog()))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		_, _ = Decode(bytes.NewReader(data))
		tables, err := Decode(bytes.NewReader(blobOf(t, data)))
		if err != nil {
			require.ErrorIs(t, err, ErrBlob)
			return
		}
		again, err := Decode(bytes.NewReader(encode(t, tables)))
		require.NoError(t, err)
		for i, k := range again.AbstractTypes { // a NaN is not equal to itself
			require.Equal(t, math.Float64bits(tables.AbstractTypes[i].RepairModifier), math.Float64bits(k.RepairModifier))
			require.Equal(t, math.Float64bits(tables.AbstractTypes[i].ScrapModifier), math.Float64bits(k.ScrapModifier))
		}
		tables.AbstractTypes, again.AbstractTypes = nil, nil
		require.Equal(t, tables, again)
		pruned, _ := Prune(tables)
		_, err = Build(pruned)
		require.NoError(t, err)
	})
}
