package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

// component is something that is linked into the programs.
type component struct {
	name, version string
	licence       string // its SPDX identifiers, joined with AND
	texts         []text // its licence files
}

// text is one licence file.
type text struct {
	name string // relative to the module
	body string
}

// components are everything that is linked into the programs, by name. The Go
// standard library is the first one.
type components []*component

const standardLibrary = "std"

// linked reads from programs which modules they were built from.
func linked(programs []string) (components, error) {
	seen := map[string]*component{}
	for _, path := range programs {
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		std := &debug.Module{Path: standardLibrary, Version: strings.TrimPrefix(info.GoVersion, "go")}
		for _, m := range append(info.Deps, std) {
			if m.Replace != nil {
				m = m.Replace
			}
			seen[m.Path+"@"+m.Version] = &component{name: m.Path, version: m.Version}
		}
	}
	all := make(components, 0, len(seen))
	for _, c := range seen {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *component) int {
		switch {
		case a.name == standardLibrary && b.name != standardLibrary:
			return -1
		case b.name == standardLibrary && a.name != standardLibrary:
			return 1
		}
		return strings.Compare(a.name+"@"+a.version, b.name+"@"+b.version)
	})
	return all, nil
}

// readLicences fills in the licences. A component without one is an error: nobody
// may give it away.
func (all components) readLicences() error {
	dirs, err := all.sources()
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.texts, err = licenceFiles(dirs[c.name+"@"+c.version], c.name == standardLibrary); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		var names []string
		for _, t := range c.texts {
			for _, name := range identify(t.body) {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
		if len(names) == 0 {
			return fmt.Errorf("%s %s has no licence file that this program knows; look at it and teach it to packaging/notices", c.name, c.version)
		}
		c.licence = strings.Join(names, " AND ")
	}
	return nil
}

// sources are the folders with the components' files, by name@version.
func (all components) sources() (map[string]string, error) {
	dirs := map[string]string{}
	root, err := output("go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	args := []string{"mod", "download", "-json"}
	for _, c := range all {
		key := c.name + "@" + c.version
		if c.name == standardLibrary {
			dirs[key] = strings.TrimSpace(string(root))
			continue
		}
		args = append(args, key)
	}
	out, err := output("go", args...)
	if err != nil {
		return nil, err
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var m struct{ Path, Version, Dir, Error string }
		if err := dec.Decode(&m); errors.Is(err, io.EOF) {
			return dirs, nil
		} else if err != nil {
			return nil, err
		}
		if m.Error != "" {
			return nil, errors.New(m.Error)
		}
		dirs[m.Path+"@"+m.Version] = m.Dir
	}
}

func output(name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", name, args[0], err)
	}
	return out, nil
}

// licenceFiles reads the licence files of a module, also those of parts that it took
// over from elsewhere. With top only those of the folder itself are read.
func licenceFiles(dir string, top bool) ([]text, error) {
	var found []text
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != dir && (top || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || !isLicence(d.Name()):
			return nil
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		found = append(found, text{filepath.ToSlash(name), strings.TrimSpace(strings.ReplaceAll(string(body), "\r\n", "\n"))})
		return err
	})
	return found, err
}

// isLicence recognises the names of files with licences, which never end like code.
func isLicence(name string) bool {
	name = strings.ToUpper(name)
	if ext := filepath.Ext(name); ext != "" && !slices.Contains([]string{".TXT", ".MD", ".MIT", ".BSD", ".APACHE"}, ext) {
		return false
	}
	for _, start := range []string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"} {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}

// phrases recognise licences.
var phrases = []struct{ spdx, phrase string }{
	{"Apache-2.0", "apache license version 2.0"},
	{"Apache-2.0", "apache license, version 2.0"},
	{"MPL-2.0", "mozilla public license version 2.0"},
	{"MPL-2.0", "mozilla public license, version 2.0"},
	{"Unlicense", "this is free and unencumbered software released into the public domain"},
	{"BSD-3-Clause", "neither the name of"},
	{"BSD-2-Clause", "redistribution and use in source and binary forms"},
	{"MIT", "permission is hereby granted, free of charge"},
	{"Zlib", "this software is provided 'as-is', without any express or implied warranty"},
	{"ISC", "permission to use, copy, modify, and/or distribute this software for any purpose"},
	{"ISC", "permission to use, copy, modify, and distribute this software for any purpose"},
}

// identify returns the SPDX identifiers of the licences in a text, none when it
// holds none that is known (a NOTICE, for one).
func identify(body string) []string {
	body = strings.Join(strings.Fields(strings.ToLower(body)), " ")
	var found []string
	for _, p := range phrases {
		// The longer form of the BSD licence contains the shorter one.
		within := p.spdx == "BSD-2-Clause" && slices.Contains(found, "BSD-3-Clause")
		if strings.Contains(body, p.phrase) && !within && !slices.Contains(found, p.spdx) {
			found = append(found, p.spdx)
		}
	}
	return found
}
