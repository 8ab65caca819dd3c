package jet

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// open reads a built file.
func open(t testing.TB, b *builder) *Database {
	data := b.bytes()
	db, err := Open(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	return db
}

// texts reads all rows of a table as texts, NULL as "-".
func texts(t testing.TB, db *Database, name string) [][]string {
	table, err := db.Table(name)
	require.NoError(t, err)
	var all [][]string
	rows := table.Rows()
	for {
		row, err := rows.Next()
		require.NoError(t, err)
		if row == nil {
			return all
		}
		line := []string{}
		for _, c := range row {
			if c.Null {
				line = append(line, "-")
			} else {
				line = append(line, c.Text)
			}
		}
		all = append(all, line)
	}
}

// everyType is a table with a column of each type.
func everyType() spec {
	return spec{
		name: "Every Type",
		columns: []Column{
			{Name: "Yes", Type: typeBool, fixed: true},
			{Name: "Byte", Type: typeByte, fixed: true},
			{Name: "Short", Type: typeInt16, fixed: true},
			{Name: "Name", Type: typeText},
			{Name: "Long", Type: typeInt32, fixed: true},
			{Name: "Money", Type: typeCurrency, fixed: true},
			{Name: "Single", Type: typeFloat32, fixed: true},
			{Name: "Double", Type: typeFloat64, fixed: true},
			{Name: "Day", Type: typeDate, fixed: true},
			{Name: "Raw", Type: typeBinary},
			{Name: "Note", Type: typeMemo},
			{Name: "Id", Type: typeGUID, fixed: true},
			{Name: "Far", Type: typeInt32}, // numbers may lie among the variable columns
		},
	}
}

func TestEveryType(t *testing.T) {
	s := everyType()
	long := strings.Repeat("memo ", 700)
	s.rows = [][]any{
		{true, 255, -2, "Caf\xe9 \x80\x93", -3, 12345, 0.25, -1.5, 20821.0, []byte{1, 0, 2}, inlineMemo("here"), []byte("0123456789abcdef"), 7},
		{nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil},
		{false, 0, 32767, "", 2147483647, -5, 1.0, 1e300, 36526.75, []byte{}, rowMemo("in a row of its own"), make([]byte, 16), -1},
		{true, 1, 1, "x", 1, 0, 0.0, 0.0, -624562.0, []byte("b"), chainMemo(long), make([]byte, 16), 0},
	}
	b := newBuilder()
	b.add(s)
	want := [][]string{
		{"1", "255", "-2", "Café €“", "-3", "1.2345", "0.25", "-1.5", "1957-01-01", "\x01\x00\x02", "here", "{33323130-3534-3736-3839-616263646566}", "7"},
		{"0", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-"},
		{"0", "0", "32767", "", "2147483647", "-0.0005", "1", "1e+300", "2000-01-01 18:00:00", "", "in a row of its own", "{00000000-0000-0000-0000-000000000000}", "-1"},
		{"1", "1", "1", "x", "1", "0.0000", "0", "0", "0190-01-01", "b", long, "{00000000-0000-0000-0000-000000000000}", "0"},
	}
	assert.Equal(t, want, texts(t, open(t, b), "Every Type"))
}

func TestOnlyFixedColumns(t *testing.T) {
	b := newBuilder()
	b.add(spec{name: "Fixed", columns: []Column{{Name: "A", Type: typeInt32, fixed: true}, {Name: "B", Type: typeBool, fixed: true}},
		rows: [][]any{{5, true}, {nil, false}}})
	assert.Equal(t, [][]string{{"5", "1"}, {"-", "0"}}, texts(t, open(t, b), "Fixed"))
}

// Rows of every length, so that the jump table has 0 to 7 entries, with and
// without a dummy.
func TestLongRows(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	s := spec{name: "Long", columns: []Column{{Name: "N", Type: typeInt32, fixed: true}}}
	for i := range 9 {
		s.columns = append(s.columns, Column{Name: fmt.Sprint("V", i), Type: typeText})
	}
	var want [][]string
	add := func(lengths [9]int) {
		values, texts := []any{len(s.rows)}, []string{fmt.Sprint(len(s.rows))}
		for i, n := range lengths {
			text := strings.Repeat(string(rune('a'+i)), n)
			values, texts = append(values, text), append(texts, text)
		}
		s.rows, want = append(s.rows, values), append(want, texts)
	}
	for n := range 2000 {
		add([9]int{8: n})
		add([9]int{n})
		var lengths [9]int
		for left, i := n, 0; i < 9; i++ {
			lengths[i] = random.IntN(left + 1)
			left -= lengths[i]
		}
		add(lengths)
	}
	b := newBuilder()
	b.add(s)
	assert.Equal(t, want, texts(t, open(t, b), "Long"))
}

func TestDeletedAndMovedRows(t *testing.T) {
	s := spec{
		name: "Moves", columns: []Column{{Name: "N", Type: typeInt32, fixed: true}, {Name: "T", Type: typeText}},
		deleted: map[int]bool{1: true, 4: true}, moved: map[int]bool{2: true, 4: true, 5: true},
	}
	for i := range 6 {
		s.rows = append(s.rows, []any{i, fmt.Sprint("row ", i)})
	}
	b := newBuilder()
	b.add(s)
	want := [][]string{{"0", "row 0"}, {"2", "row 2"}, {"3", "row 3"}, {"5", "row 5"}}
	assert.Equal(t, want, texts(t, open(t, b), "Moves"))
}

// A table loses a column: the numbers of the others stay. It gains one: older
// rows do not have it.
func TestChangedColumns(t *testing.T) {
	old := []Column{{Name: "A", Type: typeInt32, fixed: true, size: 4, number: 2}, {Name: "T", Type: typeText, number: 3}}
	b := newBuilder()
	row := b.encodeRow(old, []any{5, "old"})
	s := spec{name: "Changed", columns: append(old, Column{Name: "B", Type: typeInt32, fixed: true, number: 4}, Column{Name: "U", Type: typeText, number: 5})}
	s.rows = [][]any{{6, "new", 7, "more"}}
	b.add(s)
	last := &shelf{b: b, page: uint32(len(b.pages) - 2)} // the data page lies before the usage map
	page := b.pages[last.page]
	require.EqualValues(t, dataPage, page[0])
	last.free = pageSize - len(b.encodeRow(s.columns, s.rows[0]))
	last.table = uint32(page[4])
	last.put(row, 0)
	assert.Equal(t, [][]string{{"6", "new", "7", "more"}, {"5", "old", "-", "-"}}, texts(t, open(t, b), "Changed"))
}

// 255 columns with long names need a definition of several pages.
func TestWideTable(t *testing.T) {
	s := spec{name: "Wide"}
	values, want := []any{}, []string{}
	for i := range 255 {
		s.columns = append(s.columns, Column{Name: fmt.Sprintf("%064d", i), Type: typeInt16, fixed: true})
		values, want = append(values, i), append(want, fmt.Sprint(i))
	}
	s.rows = [][]any{values}
	b := newBuilder()
	b.add(s)
	db := open(t, b)
	assert.Equal(t, [][]string{want}, texts(t, db, "Wide"))
	table, err := db.Table("Wide")
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprintf("%064d", 254), table.Columns[254].Name)
}

func TestUsageListAndEncryption(t *testing.T) {
	for _, tc := range []struct {
		name string
		b    func() *builder
	}{
		{"bitmap", newBuilder},
		{"list of usage pages", func() *builder { b := newBuilder(); b.listMap = true; return b }},
		{"encrypted", func() *builder { b := newBuilder(); b.key = 0x12345678; return b }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := spec{name: "Many", columns: []Column{{Name: "N", Type: typeInt32, fixed: true}, {Name: "T", Type: typeText}}}
			var want [][]string
			for i := range 3000 {
				s.rows = append(s.rows, []any{i, "some text"})
				want = append(want, []string{fmt.Sprint(i), "some text"})
			}
			b := tc.b()
			b.add(spec{name: "Before", columns: []Column{{Name: "T", Type: typeText}}, rows: [][]any{{"first"}}})
			b.add(s)
			db := open(t, b)
			assert.Equal(t, []string{"Before", "Many"}, db.Tables())
			assert.Equal(t, [][]string{{"first"}}, texts(t, db, "Before"))
			assert.Equal(t, want, texts(t, db, "Many"))
		})
	}
}
