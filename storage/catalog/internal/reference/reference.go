// Package reference finds the reference documents for tests.
package reference

import (
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of a file or folder of the reference, which lies in
// $MCOS_REFERENCE or else beside the repository. The test is skipped when there
// is none.
func Path(t testing.TB, elem ...string) string {
	t.Helper()
	dir := os.Getenv("MCOS_REFERENCE")
	if dir == "" {
		dir = filepath.Join(root(t), "..", "shared")
	}
	path := filepath.Join(append([]string{dir}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no reference: %v", err)
	}
	return path
}

// root returns the folder of go.mod.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("go.mod not found")
		}
		dir = up
	}
}
