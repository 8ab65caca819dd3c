package jet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// victim is a file with one table, whose pages a test then damages: a row that
// has moved, a chained memo and a definition of several pages.
func victim() *builder {
	s := spec{
		name: "Victim", moved: map[int]bool{0: true},
		columns: []Column{{Name: "N", Type: typeInt32, fixed: true}, {Name: "T", Type: typeText}, {Name: "M", Type: typeMemo}},
		rows:    [][]any{{1, "one", chainMemo(strings.Repeat("x", 1500))}, {2, "two", nil}},
	}
	for i := range 60 {
		s.columns = append(s.columns, Column{Name: fmt.Sprintf("%060d", i), Type: typeBool, fixed: true})
		s.rows[0], s.rows[1] = append(s.rows[0], true), append(s.rows[1], false)
	}
	b := newBuilder()
	b.add(s)
	return b
}

// readAll reads every table of a file and returns the first error.
func readAll(data []byte) error {
	db, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	for _, name := range db.Tables() {
		table, err := db.Table(name)
		if err != nil {
			return err
		}
		for rows := table.Rows(); ; {
			row, err := rows.Next()
			if err != nil {
				return err
			}
			if row == nil {
				break
			}
		}
	}
	return nil
}

// pagesOf returns the pages of a type that belong to a table, in order; owner 0
// stands for long values and usage maps.
func pagesOf(b *builder, kind byte, owner uint32) []int {
	var found []int
	for i, p := range b.pages {
		if p[0] == kind && (kind != dataPage || binary.LittleEndian.Uint32(p[4:]) == owner) {
			found = append(found, i)
		}
	}
	return found
}

func TestHostileFiles(t *testing.T) {
	const table = catalogPage + 1 // the definition page of the victim
	require.NoError(t, readAll(victim().bytes()))
	put32 := binary.LittleEndian.PutUint32
	for _, tc := range []struct {
		name   string
		damage func(t *testing.T, b *builder)
		want   string
	}{
		{"a definition that goes round", func(t *testing.T, b *builder) {
			put32(b.pages[table][4:], table)
		}, "does not end"},
		{"a definition beyond the file", func(t *testing.T, b *builder) {
			put32(b.pages[table][4:], 0xffffff)
		}, "page 16777215 of"},
		{"more columns than fit", func(t *testing.T, b *builder) {
			b.pages[table][columnsAt+1] = 1 // 256 more
		}, "is cut off"},
		{"indexes without number", func(t *testing.T, b *builder) {
			put32(b.pages[table][realIndexesAt:], 0xffffffff)
		}, "is cut off"},
		{"a usage map that is no row", func(t *testing.T, b *builder) {
			b.pages[table][ownedPagesAt] = 200
		}, "row 200 of 1"},
		{"a usage map in the definition", func(t *testing.T, b *builder) {
			put32(b.pages[table][ownedPagesAt:], table<<8)
		}, "page of another type"},
		{"a usage map of an unknown kind", func(t *testing.T, b *builder) {
			page := b.pages[b.pages[table][ownedPagesAt+1]]
			page[binary.LittleEndian.Uint16(page[rowStartsAt:])] = 7
		}, "usage map of kind 7"},
		{"a row that has moved to itself", func(t *testing.T, b *builder) {
			n := pagesOf(b, dataPage, table)
			page := b.pages[n[0]]
			if binary.LittleEndian.Uint16(page[rowStartsAt:])&rowMoved == 0 {
				page = b.pages[n[1]]
				n[0] = n[1]
			}
			put32(page[binary.LittleEndian.Uint16(page[rowStartsAt:])&rowOffset:], uint32(n[0])<<8)
		}, "moved more than 8 times"},
		{"rows in the wrong order", func(t *testing.T, b *builder) {
			for _, n := range pagesOf(b, dataPage, table) {
				binary.LittleEndian.PutUint16(b.pages[n][rowStartsAt:], 20)
			}
		}, "of a page lies from"},
		{"a memo chain that goes round for ever", func(t *testing.T, b *builder) {
			// Every row of the chain now has one byte of text and leads to itself.
			chain := pagesOf(b, dataPage, 0)[0]
			clear(b.pages[chain])
			b.pages[chain][0] = dataPage
			s := &shelf{b: b, page: uint32(chain), free: pageSize}
			for i := range 3 {
				s.put(append(binary.LittleEndian.AppendUint32(nil, uint32(chain)<<8|uint32(i)), 'x'), 0)
			}
			enlarge(b, table, maxLongValue)
		}, "refer to each other without end"},
		{"a memo chain that ends early", func(t *testing.T, b *builder) {
			enlarge(b, table, 100_000)
		}, "page 0 is 0"},
		{"a memo larger than any", func(t *testing.T, b *builder) {
			enlarge(b, table, maxLongValue+1)
		}, "more than 1048576"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := victim()
			tc.damage(t, b)
			err := readAll(b.bytes())
			require.ErrorContains(t, err, tc.want)
			assert.ErrorIs(t, err, ErrFormat)
		})
	}
}

// enlarge sets the size of the victim's memo.
func enlarge(b *builder, table uint32, size uint32) {
	for _, n := range pagesOf(b, dataPage, table) {
		old := binary.LittleEndian.AppendUint32(nil, 1500)
		if at := bytes.Index(b.pages[n], old); at >= 0 {
			binary.LittleEndian.PutUint32(b.pages[n][at:], size)
		}
	}
}

func TestTooLarge(t *testing.T) {
	_, err := Open(bytes.NewReader(nil), MaxFileBytes+1)
	assert.ErrorContains(t, err, "more than")
}

// broken fails after some bytes.
type broken struct {
	data []byte
	end  int64
}

var errDisk = errors.New("disk on fire")

func (r broken) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > r.end {
		return 0, errDisk
	}
	return bytes.NewReader(r.data).ReadAt(p, at)
}

var _ io.ReaderAt = broken{}

func TestReadErrors(t *testing.T) {
	data := victim().bytes()
	for end := 0; end < len(data); end += pageSize {
		_, _, err := Import(broken{data, int64(end)}, int64(len(data)))
		require.Error(t, err)
		if end == 0 {
			assert.ErrorIs(t, err, errDisk)
		}
	}
}

// FuzzJet feeds damaged files to the reader and the importer: an error or not,
// but never a panic or an endless loop.
func FuzzJet(f *testing.F) {
	every := everyType()
	every.rows = [][]any{{true, 255, -2, "text", -3, 12345, 0.25, -1.5, 20821.0, []byte{1}, rowMemo("memo"), make([]byte, 16), 7}}
	small := newBuilder()
	small.add(every)
	f.Add(small.bytes())
	f.Add(victim().bytes())
	listed := newBuilder()
	listed.listMap = true
	listed.add(spec{name: "Brand", columns: columns(ints("BrandID"), text("Brand"), i16("IsStock")), rows: [][]any{{1, "Ford", 9}}})
	f.Add(listed.bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 64*pageSize {
			return
		}
		_ = readAll(data)
		_, _, _ = Import(bytes.NewReader(data), int64(len(data)))
	})
}
