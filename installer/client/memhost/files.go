package memhost

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"mcos/installer/client/host"
)

// Put makes a file with the folders above it.
func (h *Host) Put(path, content string, readOnly bool) {
	for i := 3; i < len(path); i++ {
		if path[i] == '\\' {
			h.files[path[:i]] = file{dir: true}
		}
	}
	h.files[path] = file{content: content, readOnly: readOnly}
}

// find returns the spelling of a path on the disk.
func (h *Host) find(path string) (string, file, error) {
	for p, f := range h.files {
		if strings.EqualFold(p, strings.TrimRight(path, `\`)) {
			return p, f, nil
		}
	}
	return path, file{}, missing(path)
}

func info(path string, f file) host.FileInfo {
	return host.FileInfo{Name: host.Base(path), Dir: f.dir, ReadOnly: f.readOnly, Size: int64(len(f.content))}
}

// Stat implements host.Files.
func (h *Host) Stat(path string) (host.FileInfo, error) {
	p, f, err := h.find(path)
	return info(p, f), err
}

// List implements host.Files.
func (h *Host) List(dir string) ([]host.FileInfo, error) {
	prefix := strings.ToLower(strings.TrimRight(dir, `\`)) + `\`
	var out []host.FileInfo
	for p, f := range h.files {
		if rest, ok := strings.CutPrefix(strings.ToLower(p), prefix); ok && !strings.Contains(rest, `\`) {
			out = append(out, info(p, f))
		}
	}
	if _, _, err := h.find(dir); err != nil && len(out) == 0 {
		return nil, err
	}
	slices.SortFunc(out, func(a, b host.FileInfo) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// Read implements host.Files.
func (h *Host) Read(path string) ([]byte, error) {
	_, f, err := h.find(path)
	return []byte(f.content), err
}

// Write implements host.Files.
func (h *Host) Write(path string, content []byte) error {
	if err := h.fail("write %s", path); err != nil {
		return err
	}
	p, f, _ := h.find(path)
	if f.readOnly {
		return fmt.Errorf("%s: %w", path, fs.ErrPermission)
	}
	f.content = string(content)
	h.files[p] = f
	return nil
}

// Remove implements host.Files.
func (h *Host) Remove(path string) error {
	if err := h.fail("remove %s", path); err != nil {
		return err
	}
	p, _, err := h.find(path)
	delete(h.files, p)
	return err
}

// Rename implements host.Files.
func (h *Host) Rename(from, to string) error {
	if err := h.fail("rename %s", from); err != nil {
		return err
	}
	p, _, err := h.find(from)
	if err != nil {
		return err
	}
	for name, f := range h.files {
		if name == p || strings.HasPrefix(name, p+`\`) {
			delete(h.files, name)
			h.files[to+name[len(p):]] = f
		}
	}
	return nil
}

// SetReadOnly implements host.Files.
func (h *Host) SetReadOnly(path string, readOnly bool) error {
	if err := h.fail("flags %s", path); err != nil {
		return err
	}
	p, f, err := h.find(path)
	if err != nil {
		return err
	}
	f.readOnly = readOnly
	h.files[p] = f
	return nil
}

// Plain implements host.Files.
func (h *Host) Plain(path string) error {
	for _, l := range h.Links {
		if strings.EqualFold(path, l) || host.Within(path, l) {
			return fmt.Errorf("%s: %w", path, host.ErrLink)
		}
	}
	return nil
}

// Native implements host.Files.
func (h *Host) Native(path string) string { return path }

var _ host.Host = (*Host)(nil)
