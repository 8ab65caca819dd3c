package jet

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/assets"
	"mcos/storage/catalog"
	"mcos/storage/catalog/internal/reference"
	"mcos/storage/catalog/tsv"
)

// baseTables are real rows to import.
func baseTables(t testing.TB) catalog.Tables {
	tables, err := catalog.Decode(strings.NewReader(assets.BaseCatalog()))
	require.NoError(t, err)
	tables.Players = []catalog.SystemPlayer{{ID: 1, Name: "Muscle Mike"}, {ID: 500, Name: "AI Racer 500"}}
	return tables
}

func importAll(t testing.TB, data []byte) (catalog.Tables, []error) {
	tables, left, err := Import(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	return tables, left
}

func TestImport(t *testing.T) {
	for _, key := range []uint32{0, 0xcafe} {
		want := baseTables(t)
		b := online(want)
		b.key = key
		got, left := importAll(t, b.bytes())
		assert.Empty(t, left)
		assert.Equal(t, want, got)
		_, err := catalog.Build(got)
		assert.NoError(t, err)
	}
}

func TestImportLeavesOutWhatDoesNotFit(t *testing.T) {
	tables := baseTables(t)
	tables.StockRows = append(tables.StockRows, catalog.StockRow{Parent: 101, Child: 4_000_000})
	b := online(tables)
	// A price below zero cannot be used.
	for i, page := range b.pages {
		if page[0] != dataPage {
			continue
		}
		for n := range rowCount(page) {
			row, _, err := rowOn(page, n)
			require.NoError(t, err, "page %d", i)
			if len(row) == 1+7*4+8-2+1 && binary.LittleEndian.Uint32(row[1:]) == 110001 {
				copy(row[1+5*4+8-4:], []byte{0xff, 0xff, 0xff, 0xff})
			}
		}
	}
	got, left := importAll(t, b.bytes())
	require.NotEmpty(t, left)
	all := ""
	for _, err := range left {
		all += err.Error() + "\n"
	}
	assert.Contains(t, all, "catalog: stock_assembly 101/4000000/0: child_branded_part_id: 4000000 is not in branded_part")
	assert.Contains(t, all, `column retail_price: "-1" is not a whole number from 0 to 4294967295`)
	_, err := catalog.Build(got)
	assert.NoError(t, err)
}

func TestImportRefuses(t *testing.T) {
	good := online(baseTables(t)).bytes()
	change := func(at int, b ...byte) []byte {
		data := slices.Clone(good)
		copy(data[at:], b)
		return data
	}
	missing := newBuilder()
	missing.add(spec{name: "Brand", columns: columns(ints("BrandID"), text("Brand"), i16("IsStock"))})
	lacking := newBuilder()
	lacking.add(spec{name: "Brand", columns: columns(ints("BrandID")), rows: [][]any{{1}}})
	carless := baseTables(t)
	carless.BrandedParts = slices.DeleteFunc(carless.BrandedParts, func(p catalog.BrandedPart) bool { return p.ID < 1000 })
	for _, tc := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "0 bytes are too short"},
		{"text", bytes.Repeat([]byte("no database "), 1000), "does not begin like a database"},
		{"Access 2000", change(versionAt, 1), "newer Access file"},
		{"Access 2007", change(4, []byte("Standard ACE DB\x00")...), "newer Access file"},
		{"unknown version", change(versionAt, 9), "unknown version 9"},
		{"cut off", good[:4*pageSize], "page "},
		{"no tables", newBuilder().bytes(), "table brand: no such table"},
		{"a table missing", missing.bytes(), "table model: no such table"},
		{"a column missing", lacking.bytes(), "table brand: column brand is missing"},
		{"no cars", online(carless).bytes(), "there is no car in it"},
		{"nothing that can be used", online(negativeSkins(t)).bytes(), "more than 1000 rows cannot be used"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := Import(bytes.NewReader(tc.data), int64(len(tc.data)))
			require.ErrorContains(t, err, tc.want)
		})
	}
}

// negativeSkins are tables with many prices that a database cannot hold.
func negativeSkins(t testing.TB) catalog.Tables {
	tables := baseTables(t)
	for i := range uint32(2000) {
		tables.Skins = append(tables.Skins, catalog.Skin{ID: 5000 + i, PartType: 101, Price: 1 << 31})
	}
	return tables
}

// The whole catalog of the reference goes through a database file.
func TestImportFullCatalog(t *testing.T) {
	want, err := tsv.Read(os.DirFS(reference.Path(t, "catalog")))
	require.NoError(t, err)
	got, left := importAll(t, online(want).bytes())
	assert.Empty(t, left)
	clean, problems := catalog.Prune(want)
	require.Empty(t, problems)
	assert.Equal(t, clean, got)
}

// mdbtools must see the same in a built file as the reader does: the writer of the
// tests follows the format, not the reader's idea of it. Only the order may
// differ, for mdbtools lists a row that has moved where it now lies.
func TestWriterAgainstMdbtools(t *testing.T) {
	if _, err := exec.LookPath("mdb-export"); err != nil {
		t.Skip(err)
	}
	data := online(baseTables(t)).bytes()
	file := filepath.Join(t.TempDir(), "Online.mdb")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	db, err := Open(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	for _, name := range db.Tables() {
		got, table := allRows(t, db, name)
		assert.ElementsMatch(t, exported(t, file, table), got, name)
	}
}

func BenchmarkImport(b *testing.B) {
	tables, err := tsv.Read(os.DirFS(reference.Path(b, "catalog")))
	require.NoError(b, err)
	data := online(tables).bytes()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		importAll(b, data)
	}
}
