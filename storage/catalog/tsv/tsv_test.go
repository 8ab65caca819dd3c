package tsv

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage/catalog"
	"mcos/storage/catalog/internal/reference"
)

// folder is a small catalog. Columns stand in any order, and some are not needed.
var folder = map[string]string{
	"brand.tsv":                    "brand_id\tbrand\tpic_name\tis_stock\n1\tFord\tford\t9\n13\tEdelbrock\t\t0\n",
	"model.tsv":                    "model_id\tbrand_id\te_model\te_short_model\tdebug_string\tdebug_sort_string\n1\t1\tCoupe\t\tFord 32 V-8 Coupe\tVehicle\n",
	"abstract_part_type.tsv":       "eapt\tabstract_part_type_id\tparent_abstract_part_type_id\tmodified_rule\tpart_paired\tblock_family_compatibility\trepair_cost_modifier\tscrap_value_modifier\tgarage_category\nVehicle\t101\t\t0\t0\t0\t1\t1\t0\nTires\t110001\t101\t1\t1\t0\t1.5\t0.25\t2\n",
	"part_type.tsv":                "part_type_id\tabstract_part_type_id\tpart_type\tpart_filename\tpart_grade_id\n101\t101\t1932 Ford V-8 Coupe\t\t1\n5\t110001\t 18\" Tire \t\t3\n",
	"branded_part.tsv":             "branded_part_id\tpart_type_id\tmodel_id\tmfg_date\tqty_avail\tretail_price\tmax_item_wear\tengine_block_family_id\n101\t101\t1\t1932-01-01\t1000\t0\t30000\t0\n110001\t5\t1\t\t5\t107\t30000\t21\n",
	"attachment_point.tsv":         "attachment_point_id\tattachment_point\n0\t(default)\n10\tFront\n",
	"stock_assembly.tsv":           "parent_branded_part_id\tchild_branded_part_id\tattachment_point_id\tconfig_default\tphysics_default\n101\t110001\t10\t9\t1\n",
	"stock_vehicle_attributes.tsv": "branded_part_id\tcar_class\tai_restriction_class\tmode_restriction\tsponsor\tvin_branded_part_id\ttrack_id\tvin_crc\tretail_price\n101\t1\t2\t3\t\t101\t0\t-1730149944\t7610\n",
	"pt_skin.tsv":                  "skin_id\tcreator_id\tskin_type_id\tpart_type_id\te_skin\tprice\tdefault_flag\n477\t10\t7\t101\tRust Bucket\t50\t1\n",
	"player.tsv":                   "player_id\tplayer_type_id\tpersona\n13\t5\tEscrow\n500\t1\tAI Racer 500\n21\t3\tDr Brown\n1000\t1\tToo High\n15\t1\t\n",
	"README.md":                    "not a table",
}

// files returns the folder with changed files; a nil file is missing.
func files(changes map[string]string, missing ...string) fs.FS {
	all := maps.Clone(folder)
	maps.Copy(all, changes)
	dir := fstest.MapFS{}
	for name, text := range all {
		dir[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for _, name := range missing {
		delete(dir, name)
	}
	return dir
}

func want() catalog.Tables {
	return catalog.Tables{
		Brands: []catalog.Brand{{ID: 1, Name: "Ford", CarMaker: true}, {ID: 13, Name: "Edelbrock"}},
		Models: []catalog.Model{{ID: 1, Brand: 1, Name: "Coupe", Label: "Ford 32 V-8 Coupe"}},
		AbstractTypes: []catalog.AbstractType{
			{ID: 101, Name: "Vehicle", RepairModifier: 1, ScrapModifier: 1},
			{ID: 110001, Parent: 101, Name: "Tires", KeepsStock: true, Paired: true, RepairModifier: 1.5, ScrapModifier: 0.25, GarageCategory: 2},
		},
		PartTypes: []catalog.PartType{{ID: 101, Abstract: 101, Name: "1932 Ford V-8 Coupe", Grade: 1}, {ID: 5, Abstract: 110001, Name: `18" Tire`, Grade: 3}},
		BrandedParts: []catalog.BrandedPart{
			{ID: 101, PartType: 101, Model: 1, Year: 1932, Quantity: 1000, MaxWear: 30000},
			{ID: 110001, PartType: 5, Model: 1, Quantity: 5, Price: 107, MaxWear: 30000, Family: 21},
		},
		AttachmentPoints: []catalog.AttachmentPoint{{ID: 0, Name: "(default)"}, {ID: 10, Name: "Front"}},
		StockRows:        []catalog.StockRow{{Parent: 101, Child: 110001, Attachment: 10, Config: 9, Physics: 1}},
		Vehicles: []catalog.VehicleAttributes{
			{BrandedPart: 101, Class: 1, AIClass: 2, Mode: 3, VINBase: 101, VINCRC: -1730149944, Price: 7610},
		},
		Skins:   []catalog.Skin{{ID: 477, PartType: 101, Type: 7, Price: 50, DefaultFlag: 1, Name: "Rust Bucket"}},
		Players: []catalog.SystemPlayer{{ID: 13, Name: "Escrow"}, {ID: 500, Name: "AI Racer 500"}},
	}
}

func TestRead(t *testing.T) {
	got, err := Read(files(nil))
	require.NoError(t, err)
	assert.Equal(t, want(), got)
	_, err = catalog.Build(got)
	assert.NoError(t, err)
}

func TestReadOtherForms(t *testing.T) {
	windows := strings.ReplaceAll(folder["brand.tsv"], "\n", "\r\n")
	noLast := strings.TrimSuffix(folder["model.tsv"], "\n")
	got, err := Read(files(map[string]string{"brand.tsv": windows, "model.tsv": noLast}))
	require.NoError(t, err)
	assert.Equal(t, want(), got)

	// Some columns may be missing.
	got, err = Read(files(map[string]string{"brand.tsv": "BrandID\tBrand\n1\tFord\n13\tEdelbrock\n"}))
	require.NoError(t, err)
	less := want()
	less.Brands[0].CarMaker = false
	assert.Equal(t, less, got)

	got, err = Read(files(nil, "player.tsv"))
	require.NoError(t, err)
	assert.Empty(t, got.Players)
}

func TestReadErrors(t *testing.T) {
	for name := range folder {
		if name == "player.tsv" || !strings.HasSuffix(name, ".tsv") {
			continue
		}
		_, err := Read(files(nil, name))
		assert.ErrorContains(t, err, name+": no such table")
	}
	for _, tc := range []struct {
		want string
		file string
		text string
	}{
		{"brand.tsv is empty", "brand.tsv", ""},
		{"brand.tsv line 3: 3 fields instead of 4", "brand.tsv", "brand_id\tbrand\tpic_name\tis_stock\n1\tFord\t\t9\n2\tFord\t9\n"},
		{`brand.tsv line 2, column brand_id: "one" is not a whole number from 0 to 4294967295`, "brand.tsv", "brand_id\tbrand\tis_stock\none\tFord\t9\n"},
		{"table brand: column brand is missing", "brand.tsv", "brand_id\tis_stock\n1\t9\n"},
		{"brand.tsv line 2: not UTF-8 text", "brand.tsv", "brand_id\tbrand\tis_stock\n1\tF\xff\t9\n"},
		{"brand.tsv line 2, column brand: 2000 bytes, more than 1024", "brand.tsv", "brand_id\tbrand\tis_stock\n1\t" + strings.Repeat("x", 2000) + "\t9\n"},
		{"brand.tsv line 2: longer than 65536 bytes", "brand.tsv", "brand_id\tbrand\tis_stock\n1\t" + strings.Repeat("x", 70_000) + "\t9\n"},
		{"brand.tsv line 200002: more than 200000 rows", "brand.tsv", "brand_id\tbrand\tis_stock\n" + strings.Repeat("1\tFord\t9\n", 200_001)},
		{"branded_part.tsv line 2, column mfg_date", "branded_part.tsv", strings.Replace(folder["branded_part.tsv"], "1932-01-01", "1932", 1)},
		{"branded_part.tsv line 2, column retail_price", "branded_part.tsv", strings.Replace(folder["branded_part.tsv"], "\t0\t30000", "\t-1\t30000", 1)},
		{"abstract_part_type.tsv line 3, column repair_cost_modifier", "abstract_part_type.tsv", strings.Replace(folder["abstract_part_type.tsv"], "1.5", "NaN", 1)},
		{"stock_assembly.tsv line 2, column attachment_point_id", "stock_assembly.tsv", strings.Replace(folder["stock_assembly.tsv"], "\t10\t", "\t256\t", 1)},
	} {
		_, err := Read(files(map[string]string{tc.file: tc.text}))
		assert.ErrorContains(t, err, tc.want)
	}
}

func TestReadTooLarge(t *testing.T) {
	line := "1\t" + strings.Repeat("x", 1000) + "\t9\n"
	text := "brand_id\tbrand\tis_stock\n" + strings.Repeat(line, MaxFileBytes/len(line)+1)
	_, err := Read(files(map[string]string{"brand.tsv": text}))
	assert.ErrorContains(t, err, "brand.tsv is larger than 16777216 bytes")
}

// closed is a folder that cannot be read.
type closed struct{}

var errClosed = errors.New("access denied")

func (closed) Open(string) (fs.File, error) { return nil, errClosed }

func TestReadReportsOpenError(t *testing.T) {
	_, err := Read(closed{})
	assert.ErrorIs(t, err, errClosed)
}

func TestReadReference(t *testing.T) {
	got, err := Read(os.DirFS(reference.Path(t, "catalog")))
	require.NoError(t, err)
	sizes := []int{len(got.Brands), len(got.Models), len(got.AbstractTypes), len(got.PartTypes), len(got.BrandedParts),
		len(got.AttachmentPoints), len(got.StockRows), len(got.Vehicles), len(got.Skins), len(got.Players)}
	assert.Equal(t, []int{95, 3203, 64, 3088, 3208, 12, 9294, 145, 1149, 515}, sizes)
	assert.ElementsMatch(t, catalog.SystemPlayers(), got.Players, "the built-in names are those of the database")
}

// FuzzRead feeds one file after the other with arbitrary text.
func FuzzRead(f *testing.F) {
	for name, text := range folder {
		f.Add(name, text)
	}
	f.Add("brand.tsv", "brand_id\n\n\t\n")
	f.Fuzz(func(t *testing.T, name, text string) {
		if _, known := folder[name]; !known || len(text) > 1<<16 {
			return
		}
		got, err := Read(files(map[string]string{name: text}))
		if err != nil {
			require.Equal(t, catalog.Tables{}, got)
			return
		}
		pruned, _ := catalog.Prune(got)
		_, err = catalog.Build(pruned)
		require.NoError(t, err)
	})
}

func BenchmarkRead(b *testing.B) {
	dir := os.DirFS(reference.Path(b, "catalog"))
	b.ReportAllocs()
	for b.Loop() {
		_, err := Read(dir)
		require.NoError(b, err)
	}
}
