//go:build unix

package winehost

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// resolve finds where a Windows path lies: through the prefix's drives, and without
// regard to case as Windows does.
func (h *Host) resolve(path string) (string, error) {
	if len(path) < 2 || path[1] != ':' {
		return "", fmt.Errorf("%s is not a full Windows path", path)
	}
	at := filepath.Join(h.prefix, "dosdevices", strings.ToLower(path[:2]))
	for _, part := range strings.FieldsFunc(path[2:], func(r rune) bool { return r == '\\' || r == '/' }) {
		if part == ".." {
			return "", fmt.Errorf("%s is not a plain path", path)
		}
		at = filepath.Join(at, spelling(at, part))
	}
	return at, nil
}

// spelling is the name of an entry as the disk has it.
func spelling(dir, name string) string {
	if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
		return name
	}
	entries, err := os.ReadDir(dir)
	if err == nil {
		for _, e := range entries {
			if strings.EqualFold(e.Name(), name) {
				return e.Name()
			}
		}
	}
	return name
}

// WindowsPath is the Windows path of a folder of this computer, by the drive that
// reaches it most directly.
func (h *Host) WindowsPath(native string) (string, error) {
	native, err := filepath.Abs(native)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(native); err == nil {
		native = real
	}
	drives, err := filepath.Glob(filepath.Join(h.prefix, "dosdevices", "?:"))
	if err != nil {
		return "", err
	}
	best, out := -1, ""
	for _, d := range drives {
		root, err := filepath.EvalSymlinks(d)
		if err != nil {
			continue
		}
		rel, err := filepath.Rel(root, native)
		if err != nil || strings.HasPrefix(rel, "..") || len(root) <= best {
			continue
		}
		best = len(root)
		out = strings.ToUpper(filepath.Base(d)) + `\` + strings.ReplaceAll(strings.TrimPrefix(rel, "."), "/", `\`)
	}
	if best < 0 {
		return "", fmt.Errorf("no drive of the Wine prefix %s reaches %s", h.prefix, native)
	}
	return out, nil
}
