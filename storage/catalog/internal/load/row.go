package load

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// row hands out the cells of one row by column name and keeps the first error.
type row struct {
	at      map[string]int
	cells   []string // one for each column
	skip    bool     // the row is fine but not wanted
	missing string   // a needed column that the table does not have
	err     error
}

func (r *row) fail(column, format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("column %s: %s", column, fmt.Sprintf(format, args...))
	}
}

// maxText is the longest name, in bytes. The database allows 100 characters.
const maxText = 1024

// text returns a cell as a name.
func (r *row) text(column string) string {
	cell := r.cell(column)
	if len(cell) > maxText {
		r.fail(column, "%d bytes, more than %d", len(cell), maxText)
		return ""
	}
	return strings.TrimSpace(cell)
}

// spare are the columns that a table may lack; they are then NULL. Everything
// else is needed, and a table without it is not one of the game's.
var spare = map[string]bool{
	"airestrictionclass": true, "configdefault": true, "physicsdefault": true, "debugstring": true, "garagecategory": true,
	"isstock": true, "modifiedrule": true, "partpaired": true, "sponsor": true,
}

// cell returns a cell. The column names written in this package are lower case
// already, so that taking out the underscores makes them Normal.
func (r *row) cell(column string) string {
	name := strings.ReplaceAll(column, "_", "")
	i, ok := r.at[name]
	if !ok {
		if !spare[name] && r.missing == "" {
			r.missing = column
		}
		return ""
	}
	return r.cells[i]
}

// number returns a cell as a whole number, 0 for NULL.
func (r *row) number(column string, low, high int64) int64 {
	cell := r.cell(column)
	if cell == "" {
		return 0
	}
	n, err := strconv.ParseInt(cell, 10, 64)
	if err != nil || n < low || n > high {
		r.fail(column, "%q is not a whole number from %d to %d", cut(cell), low, high)
		return 0
	}
	return n
}

func (r *row) u32(column string) uint32 { return uint32(r.number(column, 0, math.MaxUint32)) }
func (r *row) u16(column string) uint16 { return uint16(r.number(column, 0, math.MaxUint16)) }
func (r *row) u8(column string) uint8   { return uint8(r.number(column, 0, math.MaxUint8)) }
func (r *row) i32(column string) int32  { return int32(r.number(column, math.MinInt32, math.MaxInt32)) }

func (r *row) f64(column string) float64 {
	cell := r.cell(column)
	if cell == "" {
		return 0
	}
	f, err := strconv.ParseFloat(cell, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		r.fail(column, "%q is not a number", cut(cell))
		return 0
	}
	return f
}

// year returns the year of a date, 0 for NULL.
func (r *row) year(column string) uint16 {
	cell := r.cell(column)
	if cell == "" {
		return 0
	}
	text, _, _ := strings.Cut(cell, "-")
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || len(cell) != len("2001-01-01") {
		r.fail(column, "%q is not a date like 1957-01-01", cut(cell))
		return 0
	}
	return uint16(n)
}

// cut shortens a cell for an error message.
func cut(cell string) string {
	const limit = 40
	if len(cell) > limit {
		return cell[:limit] + "..."
	}
	return cell
}
