package jet

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage/catalog/internal/reference"
)

// Separators that do not occur in the data of the sample files.
const (
	fieldMark = "\x1f"
	rowMark   = "\x1e"
	nullMark  = "\x1d"
)

// TestSamplesAgainstMdbtools compares every cell of every table of real Access 97
// files with what mdb-export reads.
func TestSamplesAgainstMdbtools(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(reference.Path(t, "testdata", "jet3"), "*.mdb"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, tool := range []string{"mdb-export", "mdb-tables"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	cells := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		db, err := Open(bytes.NewReader(data), int64(len(data)))
		require.NoError(t, err, file)
		assert.ElementsMatch(t, strings.Fields(output(t, "mdb-tables", "-S", "-1", file)), db.Tables())
		for _, name := range db.Tables() {
			got, table := allRows(t, db, name)
			want := exported(t, file, table)
			require.Equal(t, len(want), len(got), "%s %s", file, name)
			for i := range want {
				require.Equal(t, want[i], got[i], "%s %s row %d", file, name, i)
				cells += len(want[i])
			}
		}
	}
	assert.Greater(t, cells, 5000)
}

// allRows reads a table in the form of exported: the column names, then the rows.
func allRows(t *testing.T, db *Database, name string) ([][]string, *Table) {
	table, err := db.Table(name)
	require.NoError(t, err)
	head := []string{}
	for _, c := range table.Columns {
		head = append(head, c.Name)
	}
	all := [][]string{head}
	rows := table.Rows()
	for {
		row, err := rows.Next()
		require.NoError(t, err)
		if row == nil {
			return all, table
		}
		line := []string{}
		for i, cell := range row {
			line = append(line, oracleForm(table.Columns[i].Type, cell))
		}
		all = append(all, line)
	}
}

// oracleForm writes a cell the way exported does.
func oracleForm(kind byte, c Cell) string {
	switch {
	case c.Null:
		return nullMark
	case kind == typeBinary:
		// mdb-export ends such a value at its first NUL and takes an empty one
		// for NULL.
		text, _, _ := strings.Cut(c.Text, "\x00")
		if text == "" {
			return nullMark
		}
		return hex.EncodeToString([]byte(text))
	case kind == typeOLE:
		return hex.EncodeToString([]byte(c.Text))
	case kind == typeDate && len(c.Text) == len("2001-01-01"):
		return c.Text + " 00:00:00"
	case kind == typeFloat32 || kind == typeFloat64:
		f, err := strconv.ParseFloat(c.Text, 64)
		if err != nil {
			return c.Text
		}
		return fmt.Sprintf("%.6g", f)
	default:
		return c.Text
	}
}

// exported returns a table as mdb-export prints it, column names first.
func exported(t *testing.T, file string, table *Table) [][]string {
	text := output(t, "mdb-export", "-d", fieldMark, "-R", rowMark, "-0", nullMark, "-Q", "-b", "hex",
		"-D", "%Y-%m-%d %H:%M:%S", "-T", "%Y-%m-%d %H:%M:%S", file, table.Name)
	head, body, _ := strings.Cut(text, rowMark)
	all := [][]string{strings.Split(head, fieldMark)}
	for line := range strings.SplitSeq(body, rowMark) {
		if line == "" {
			continue // behind the last row
		}
		cells := strings.Split(line, fieldMark)
		for i, c := range table.Columns {
			if c.Type == typeBinary || c.Type == typeOLE {
				cells[i] = strings.ToLower(cells[i])
			}
		}
		all = append(all, cells)
	}
	return all
}

func output(t *testing.T, name string, args ...string) string {
	out, err := exec.Command(name, args...).Output()
	require.NoError(t, err, "%s %v", name, args)
	return string(out)
}
