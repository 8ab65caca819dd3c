// Package tsv reads a catalog from a folder of tab-separated files, one per table
// of the game's database: the first line names the columns, every other line is
// one row, fields are split at TABs without any quoting, an empty field is NULL.
package tsv

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"mcos/storage/catalog"
	"mcos/storage/catalog/internal/load"
)

// Limits of a file. The largest of the game's tables has 244 KB.
const (
	MaxFileBytes = 16 << 20
	maxLineBytes = 64 << 10
)

// Read reads the tables from dir: abstract_part_type.tsv, attachment_point.tsv,
// brand.tsv, branded_part.tsv, model.tsv, part_type.tsv, pt_skin.tsv,
// stock_assembly.tsv, stock_vehicle_attributes.tsv and, if there, player.tsv.
// Other files, and columns a server does not need, are ignored. Errors name the
// file, the line and the column. Build checks how the rows fit together.
func Read(dir fs.FS) (catalog.Tables, error) {
	t, err := load.Tables(source{dir}, func(err error) error { return err })
	if err != nil {
		return catalog.Tables{}, fmt.Errorf("catalog files: %w", err)
	}
	return t, nil
}

// source opens the file of a table.
type source struct{ dir fs.FS }

func (s source) Open(table string) (load.Rows, error) {
	name := table + ".tsv"
	f, err := s.dir.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", name, load.ErrNoTable)
	}
	if err != nil {
		return nil, err
	}
	r := &file{name: name, f: f, limit: &io.LimitedReader{R: f, N: MaxFileBytes + 1}}
	r.lines = bufio.NewScanner(r.limit)
	r.lines.Buffer(nil, maxLineBytes)
	head, err := r.Next()
	if err == nil && head == nil {
		err = fmt.Errorf("%s is empty", name)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r.names = slices.Clone(head) // Next uses its slice again
	return r, nil
}

// file reads one TSV file line by line.
type file struct {
	name  string
	f     fs.File
	limit *io.LimitedReader
	lines *bufio.Scanner
	names []string
	cells []string
	line  int
}

func (r *file) Columns() []string { return r.names }
func (r *file) Close() error      { return r.f.Close() }
func (r *file) Where() string     { return fmt.Sprintf("%s line %d", r.name, r.line) }

func (r *file) Next() ([]string, error) {
	r.line++
	if !r.lines.Scan() {
		if err := r.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
			return nil, fmt.Errorf("%s: longer than %d bytes", r.Where(), maxLineBytes)
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Where(), err)
		}
		return nil, nil
	}
	if r.limit.N <= 0 {
		return nil, fmt.Errorf("%s is larger than %d bytes", r.name, MaxFileBytes)
	}
	text := r.lines.Text()
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("%s: not UTF-8 text", r.Where())
	}
	r.cells = r.cells[:0]
	for field := range strings.SplitSeq(text, "\t") {
		r.cells = append(r.cells, field)
	}
	if r.names != nil && len(r.cells) != len(r.names) {
		return nil, fmt.Errorf("%s: %d fields instead of %d", r.Where(), len(r.cells), len(r.names))
	}
	return r.cells, nil
}
