package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// database is what an installer says: its tables by name.
type database map[string][]row

// row is a line of a table: the values by the names of the columns.
type row map[string]string

// number is a value as a number; what is empty is 0.
func (r row) number(column string) int {
	n, _ := strconv.Atoi(r[column])
	return n
}

// find returns the row of a table that has a value in a column.
func (db database) find(table, column, value string) (row, bool) {
	i := slices.IndexFunc(db[table], func(r row) bool { return r[column] == value })
	if i < 0 {
		return nil, false
	}
	return db[table][i], true
}

// property is a value of the Property table.
func (db database) property(name string) string {
	r, _ := db.find("Property", "Property", name)
	return r["Value"]
}

// export returns the tables of an installer as msiinfo writes them, by their names.
func export(file string) (map[string]string, error) {
	// Icons are written as files into the current folder.
	dir, err := os.MkdirTemp("", "msi-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if file, err = filepath.Abs(file); err != nil {
		return nil, err
	}
	list, err := exec.Command("msiinfo", "tables", file).Output()
	if err != nil {
		return nil, fmt.Errorf("msiinfo: %w", err)
	}
	tables := map[string]string{}
	for _, name := range strings.Fields(string(list)) {
		if name == "_ForceCodepage" {
			continue // is no table
		}
		cmd := exec.Command("msiinfo", "export", file, name)
		cmd.Dir = dir
		text, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("msiinfo, table %s: %w", name, err)
		}
		tables[name] = string(text)
	}
	return tables, nil
}

// parseAll makes a database of exported tables.
func parseAll(tables map[string]string) (database, error) {
	db := database{}
	for name, text := range tables {
		rows, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", name, err)
		}
		db[name] = rows
	}
	return db, nil
}

// parse reads a table as it is exported: the names of the columns, their types, the
// table with its keys, then the rows.
func parse(text string) ([]row, error) {
	const head = 3
	lines := strings.Split(strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
	if len(lines) < head {
		return nil, errors.New("it has no head")
	}
	columns := strings.Split(lines[0], "\t")
	rows := make([]row, 0, len(lines)-head)
	for _, line := range lines[head:] {
		values := strings.Split(line, "\t")
		if len(values) != len(columns) {
			return nil, fmt.Errorf("%d values for %d columns: %q", len(values), len(columns), line)
		}
		r := row{}
		for i, c := range columns {
			r[c] = values[i]
		}
		rows = append(rows, r)
	}
	return rows, nil
}
