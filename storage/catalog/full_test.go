package catalog_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage/catalog"
	"mcos/storage/catalog/internal/reference"
	"mcos/storage/catalog/tsv"
)

// fullTables reads the full catalog of the reference.
func fullTables(t testing.TB) catalog.Tables {
	tables, err := tsv.Read(os.DirFS(reference.Path(t, "catalog")))
	require.NoError(t, err)
	return tables
}

func fullCatalog(t testing.TB) *catalog.Catalog {
	c, err := catalog.Build(fullTables(t))
	require.NoError(t, err)
	return c
}

// TestWorkedExamples compares three cars with the tables of "data-model 4": child,
// name, kind, parent, attachment point and price of every part.
func TestWorkedExamples(t *testing.T) {
	c := fullCatalog(t)
	text, err := os.ReadFile(reference.Path(t, "protocol", "data-model.md"))
	require.NoError(t, err)
	for _, id := range []uint32{101, 113, 338} {
		_, section, found := strings.Cut(string(text), fmt.Sprintf(" %d — ", id))
		require.True(t, found)
		section, _, _ = strings.Cut(section, "\n##")
		parts, err := c.StockParts(id)
		require.NoError(t, err)
		var got, want []string
		for i, p := range parts {
			parent := "vehicle"
			if p.Parent >= 0 {
				on, _ := c.Part(parts[p.Parent].BrandedPart)
				kind, _ := c.AbstractType(on.Abstract)
				parent = fmt.Sprintf("%s (%d)", kind.Name, on.ID)
			}
			part, _ := c.Part(p.BrandedPart)
			kind, _ := c.AbstractType(part.Abstract)
			name := part.Name
			if part.ID == 36001 {
				name = "Engine Assembly"
			}
			got = append(got, fmt.Sprintf("N+%d|%d|%s|%d %s|%s|%d|%d", i+1, p.BrandedPart, name, kind.ID, kind.Name, parent, p.Attachment, part.Price))
		}
		for line := range strings.SplitSeq(section, "\n") {
			f := strings.Split(line, " | ")
			if len(f) != 9 || !strings.HasPrefix(f[0], "| N+") {
				continue
			}
			want = append(want, strings.Join([]string{f[0][2:], f[1], f[2], f[3], f[4], f[5], strings.TrimSuffix(f[8], " |")}, "|"))
		}
		assert.Equal(t, want, got, "car %d", id)
		assert.NotEmpty(t, want)
	}
}

// TestFullCatalog checks the numbers of "data-model 2.4" to "data-model 5.1".
func TestFullCatalog(t *testing.T) {
	c := fullCatalog(t)
	assert.Equal(t, catalog.Counts{Parts: 3208, Cars: 154, Sellable: 45, Skins: 1149, Stock: 9294}, c.Counts())
	checkTrees(t, c)
	sellable, names := 0, map[string]bool{}
	for _, car := range c.Cars() {
		if car.Sellable() {
			sellable++
			names[car.Name] = true
			assert.NotEmpty(t, c.SkinsOf(car.ID))
		}
	}
	assert.Equal(t, 82, sellable)
	assert.Len(t, names, 59)
	assert.Len(t, c.PartIDs(), 3208)
	assert.Len(t, c.PartRows(0), 3208-154-219, "parts with a quantity")
	assert.Len(t, c.PartRows(110001), 172)

	engines, assemblies, mixed := 0, 0, []uint32{}
	for _, id := range c.PartIDs() {
		p, _ := c.Part(id)
		if p.Abstract == catalog.VehicleType {
			continue
		}
		parts, err := c.StockParts(id)
		if err != nil {
			require.ErrorIs(t, err, catalog.ErrNoStock)
			continue
		}
		if p.Abstract == catalog.EngineType {
			engines++
		} else {
			assemblies++
		}
		for _, part := range parts {
			assert.Equal(t, -1, part.Parent, "engines and generic assemblies have one level")
			if c.Fits(part.BrandedPart, id, nil) != nil {
				mixed = append(mixed, id)
			}
		}
	}
	assert.Equal(t, 213, engines)
	assert.Equal(t, 5, assemblies)
	// The seed has eight engines with one part of another family; its cars have none.
	assert.Equal(t, []uint32{36016, 36049, 36063, 36073, 36075, 36118, 36129, 36150}, mixed)

	stock, offered := catalog.DealerStock(c), map[uint32]bool{}
	for _, cars := range stock {
		for _, car := range cars {
			offered[car.ID] = true
		}
	}
	assert.Len(t, offered, 45, "somebody sells every car that is on sale")
	assert.NotContains(t, stock, uint32(catalog.AutoBarn))
	for _, dealer := range []uint32{1, 3, 5, 6, 7, 8} {
		assert.NotEmpty(t, stock[dealer], "dealer %d", dealer)
	}
}

// TestPartsListLength compares the list of "/mco/local/58" with the size that the
// reference counted ("data-model 0").
func TestPartsListLength(t *testing.T) {
	size := 0
	for _, r := range fullCatalog(t).PartRows(0) {
		size += len(fmt.Sprintf("%d\t%d\t%d\t%d\t%s\n", r.ID, r.Abstract, r.Model, r.Grade, r.Name))
	}
	assert.Equal(t, 135820, size)
}

// TestBaseIsASubset checks every joined row of the base catalog against the full
// one.
func TestBaseIsASubset(t *testing.T) {
	full := fullCatalog(t)
	base, err := catalog.Base()
	require.NoError(t, err)
	for _, id := range base.PartIDs() {
		got, _ := base.Part(id)
		want, _ := full.Part(id)
		require.Equal(t, want, got)
		a, errA := base.StockParts(id)
		b, errB := full.StockParts(id)
		require.Equal(t, b, a, "contents of %d", id)
		require.Equal(t, errB == nil, errA == nil)
	}
	for _, car := range base.Cars() {
		want, _ := full.Car(car.ID)
		assert.Equal(t, want, car)
		wantSkins := full.SkinsOf(car.ID)
		gotSkins := base.SkinsOf(car.ID)
		require.Len(t, gotSkins, len(wantSkins))
		for i, s := range wantSkins {
			s.Name = ""
			assert.Equal(t, s, gotSkins[i])
		}
	}
}

// TestCapturedCar compares car 104 with the parts that a server sent in a
// recorded session.
func TestCapturedCar(t *testing.T) {
	text, err := os.ReadFile(reference.Path(t, "captures", "mcots-vectors.tsv"))
	require.NoError(t, err)
	_, line, found := strings.Cut(string(text), "\n123 MC_VEHICLE_INFO, tail of the body\t")
	require.True(t, found)
	body, err := hex.DecodeString(strings.Split(line, "\t")[2])
	require.NoError(t, err)
	at := bytes.Index(body, []byte{40, 0, 2, 0, 0, 0, 1, 0, 0, 0}) // 40 parts, the first is 2 on 1
	require.Positive(t, at)
	const size = 26
	records := body[at+2:]
	require.GreaterOrEqual(t, len(records), 40*size)
	branded := map[uint32]uint32{} // by part id; the car itself is not in the list
	for i := range 40 {
		r := records[i*size:]
		branded[binary.LittleEndian.Uint32(r)] = binary.LittleEndian.Uint32(r[8:])
	}
	var want [][3]uint32
	for i := range 40 {
		r := records[i*size:]
		want = append(want, [3]uint32{binary.LittleEndian.Uint32(r[8:]), branded[binary.LittleEndian.Uint32(r[4:])], uint32(r[24])})
	}
	assert.ElementsMatch(t, want, triples(t, baseCatalog(t), 104))
}

func TestFullRoundTrip(t *testing.T) {
	tables := fullTables(t)
	var blob bytes.Buffer
	require.NoError(t, tables.Encode(&blob))
	t.Logf("%d bytes", blob.Len())
	got, err := catalog.Decode(&blob)
	require.NoError(t, err)
	assert.Equal(t, tables, got)
}

// BenchmarkLoadFull measures what a start with an imported catalog costs.
func BenchmarkLoadFull(b *testing.B) {
	var blob bytes.Buffer
	require.NoError(b, fullTables(b).Encode(&blob))
	data := blob.Bytes()
	b.ReportAllocs()
	for b.Loop() {
		tables, err := catalog.Decode(bytes.NewReader(data))
		require.NoError(b, err)
		_, err = catalog.Build(tables)
		require.NoError(b, err)
	}
}

func BenchmarkStockParts(b *testing.B) {
	c, err := catalog.Base()
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.StockParts(113); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPart(b *testing.B) {
	c, err := catalog.Base()
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := c.Part(110014); !ok {
			b.Fatal("no such part")
		}
	}
}
