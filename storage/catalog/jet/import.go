package jet

import (
	"fmt"
	"io"
	"strings"

	"mcos/storage/catalog"
	"mcos/storage/catalog/internal/load"
)

// maxLeft is the number of unusable rows beyond which a database is not taken for
// the game's.
const maxLeft = 1000

// Import reads the catalog out of the game's Online.mdb of size bytes. Tables and
// columns are found by the database's own names ("data-model 10.2"). The tables
// fit together: rows that cannot be used, or that refer to a missing row, are
// left out and named in left. The error says why nothing could be imported; one
// about the file's contents wraps ErrFormat.
func Import(r io.ReaderAt, size int64) (t catalog.Tables, left []error, err error) {
	db, err := Open(r, size)
	if err != nil {
		return catalog.Tables{}, nil, fmt.Errorf("import catalog: %w", err)
	}
	t, err = load.Tables(source{db}, func(bad error) error {
		if len(left) == maxLeft {
			return fmt.Errorf("more than %d rows cannot be used, the last one: %w", maxLeft, bad)
		}
		left = append(left, bad)
		return nil
	})
	if err != nil {
		return catalog.Tables{}, nil, fmt.Errorf("import catalog: %w", err)
	}
	t, problems := catalog.Prune(t)
	for _, p := range problems {
		left = append(left, p)
	}
	c, err := catalog.Build(t)
	if err != nil {
		return catalog.Tables{}, nil, fmt.Errorf("import catalog: %w", err)
	}
	if c.Counts().Cars == 0 {
		return catalog.Tables{}, nil, fmt.Errorf("import catalog: there is no car in it (%d rows cannot be used)", len(left))
	}
	return t, left, nil
}

// source finds the tables of the game in a database.
type source struct{ db *Database }

func (s source) Open(name string) (load.Rows, error) {
	for _, have := range s.db.Tables() {
		if load.Normal(have) != load.Normal(name) {
			continue
		}
		t, err := s.db.Table(have)
		if err != nil {
			return nil, err
		}
		return &textRows{Rows: t.Rows(), text: make([]string, len(t.Columns))}, nil
	}
	return nil, load.ErrNoTable
}

// textRows gives rows in the form of package load.
type textRows struct {
	*Rows
	text []string
}

func (r *textRows) Columns() []string {
	names := make([]string, len(r.t.Columns))
	for i, c := range r.t.Columns {
		names[i] = c.Name
	}
	return names
}

func (r *textRows) Next() ([]string, error) {
	row, err := r.Rows.Next()
	if row == nil {
		return nil, err
	}
	for i, cell := range row {
		text := cell.Text
		if r.t.Columns[i].Type == typeDate {
			text, _, _ = strings.Cut(text, " ") // the day is enough
		}
		r.text[i] = text
	}
	return r.text, nil
}

func (r *textRows) Close() error { return nil }
