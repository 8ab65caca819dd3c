package nps_test

import (
	"bufio"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// reference opens a file of the reference directory, or skips the test when there
// is none.
func reference(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("MCOS_REFERENCE")
	if dir == "" {
		dir = filepath.Join(root(t), "..", "shared")
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no reference file %s", path)
	}
	return path
}

func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	t.Fatal("no go.mod above the working directory")
	return ""
}

// table reads a tab-separated reference file without its first line; every row has
// at least columns fields.
func table(t testing.TB, name string, columns int) [][]string {
	t.Helper()
	file, err := os.Open(reference(t, name))
	require.NoError(t, err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	var rows [][]string
	for first := true; lines.Scan(); first = false {
		if first {
			continue
		}
		row := strings.Split(lines.Text(), "\t")
		require.GreaterOrEqual(t, len(row), columns, "row %q", lines.Text())
		rows = append(rows, row)
	}
	require.NoError(t, lines.Err())
	require.NotEmpty(t, rows)
	return rows
}

// unhex decodes hex text in which blanks, line breaks and bars may stand anywhere.
func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.NewReplacer(" ", "", "\n", "", "\t", "", "|", "").Replace(text))
	require.NoError(t, err)
	return b
}
