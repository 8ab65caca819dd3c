package change

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"mcos/installer/client/host"
)

// maxFiles is how many files a game folder is searched for read-only flags; the
// game has some thousand.
const maxFiles = 200_000

func writeFile(h host.Host, path string, s State) error {
	info, err := h.Stat(path)
	if err == nil && info.ReadOnly {
		if err := h.SetReadOnly(path, false); err != nil {
			return err
		}
	}
	if !s.Present {
		return missingIsFine(h.Remove(path))
	}
	if err := h.Write(path, s.Data); err != nil {
		// The old file is still there: give it back its flag.
		if info.ReadOnly {
			return errors.Join(err, h.SetReadOnly(path, true))
		}
		return err
	}
	if s.ReadOnly {
		return h.SetReadOnly(path, true)
	}
	return nil
}

// settingAt finds the value of the line name=value: its first and last byte.
func settingAt(content []byte, name string) (from, to int, ok bool) {
	at := 0
	for line := range bytes.Lines(content) {
		text := bytes.TrimRight(line, "\r\n")
		before, value, found := bytes.Cut(text, []byte("="))
		if found && strings.EqualFold(string(bytes.TrimSpace(before)), name) {
			start := at + len(before) + 1
			trimmed := bytes.TrimLeft(value, " \t")
			start += len(value) - len(trimmed)
			return start, start + len(bytes.TrimRight(trimmed, " \t")), true
		}
		at += len(line)
	}
	return 0, 0, false
}

func findSetting(content []byte, name string) ([]byte, bool) {
	from, to, ok := settingAt(content, name)
	return content[from:to], ok
}

// writeSetting changes the value in its line and nothing else of the file.
func (i Item) writeSetting(h host.Host, s State) error {
	file, err := readFile(h, i.Path)
	if err != nil {
		return err
	}
	from, to, ok := settingAt(file.Data, i.Name)
	if !file.Present || !ok || !s.Present {
		return fmt.Errorf("%s has no line %s= any more", i.Path, i.Name)
	}
	file.Data = slices.Concat(file.Data[:from], s.Data, file.Data[to:])
	return writeFile(h, i.Path, file)
}

func (i Item) move(h host.Host, back bool) error {
	from, to := i.Path, i.Name
	if back {
		from, to = to, from
	}
	if _, err := h.Stat(to); err == nil {
		return fmt.Errorf("%s exists already; move it out of the way first", to)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return h.Rename(from, to)
}

// readOnlyFiles lists the read-only files below a folder, by their paths in it.
func readOnlyFiles(h host.Host, root string) ([]string, error) {
	var found []string
	seen := 0
	var walk func(rel string, depth int) error
	walk = func(rel string, depth int) error {
		entries, err := h.List(host.Join(root, rel))
		if err != nil {
			return err
		}
		for _, e := range entries {
			if seen++; seen > maxFiles || depth > 32 {
				return fmt.Errorf("%s holds too many files to be the game's folder", root)
			}
			if strings.ContainsAny(e.Name, `\/:*?"<>|`) {
				continue // no name that Windows could use, but Linux may have it
			}
			path := host.Join(rel, e.Name)
			if e.Dir {
				if err := walk(path, depth+1); err != nil {
					return err
				}
			} else if e.ReadOnly {
				found = append(found, path)
			}
		}
		return nil
	}
	err := walk("", 0)
	slices.Sort(found)
	return found, err
}

// writeFlags sets the flag of the files in s and clears it everywhere else. Files
// that are gone are passed over.
func (i Item) writeFlags(h host.Host, s State) error {
	now, err := readOnlyFiles(h, i.Path)
	if err != nil {
		return err
	}
	for _, rel := range now {
		if !slices.Contains(s.Files, rel) {
			if err := missingIsFine(h.SetReadOnly(host.Join(i.Path, rel), false)); err != nil {
				return err
			}
		}
	}
	for _, rel := range s.Files {
		if !slices.Contains(now, rel) {
			if err := missingIsFine(h.SetReadOnly(host.Join(i.Path, rel), true)); err != nil {
				return err
			}
		}
	}
	return nil
}
