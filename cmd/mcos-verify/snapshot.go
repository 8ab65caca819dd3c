package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// The kinds of things in a snapshot.
const (
	system      = "system"      // what computer this is
	registryKey = "key"         // a key of the registry
	value       = "value"       // a value in the registry
	file        = "file"        // a file, with its checksum, or a folder
	program     = "program"     // a program, with its version
	serviceFact = "service"     // a property of the service
	certificate = "certificate" // one of the trusted roots
	rule        = "rule"        // of the firewall, as Windows keeps it
	rights      = "rights"      // of a folder, as a security descriptor
	product     = "product"     // in the list of installed programs, with its version
	trace       = "trace"       // where Windows notes that a program was there
)

// item names a thing.
type item struct{ kind, name string }

// snapshot is everything that was seen, with what it was like.
type snapshot map[item]string

// String is the form in a file: a line for each thing, sorted.
func (s snapshot) String() string {
	var b strings.Builder
	for _, i := range s.items() {
		fmt.Fprintf(&b, "%s\t%s\t%s\n", i.kind, strconv.Quote(i.name), strconv.Quote(s[i]))
	}
	return b.String()
}

func (s snapshot) items() []item {
	return slices.SortedFunc(maps.Keys(s), func(a, b item) int {
		if a.kind != b.kind {
			return strings.Compare(a.kind, b.kind)
		}
		return strings.Compare(a.name, b.name)
	})
}

// named are the things of a kind.
func (s snapshot) named(kind string) []string {
	var names []string
	for _, i := range s.items() {
		if i.kind == kind {
			names = append(names, i.name)
		}
	}
	return names
}

// parse reads what String writes.
func parse(text string) (snapshot, error) {
	s := snapshot{}
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if len(fields) != 3 {
			return nil, fmt.Errorf("this is no line of a snapshot: %q", line)
		}
		name, err := strconv.Unquote(fields[1])
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		if s[item{fields[0], name}], err = strconv.Unquote(fields[2]); err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
	}
	return s, nil
}

func readSnapshot(path string) (snapshot, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parse(string(text))
}

// compare lists what is not the same, a line each: + for new, - for gone, ~ for changed.
func compare(before, after snapshot) []string {
	all := maps.Clone(before)
	maps.Copy(all, after)
	var lines []string
	for _, i := range all.items() {
		was, there := before[i]
		is, stays := after[i]
		switch {
		case !there:
			lines = append(lines, fmt.Sprintf("+ %s %s = %s", i.kind, i.name, is))
		case !stays:
			lines = append(lines, fmt.Sprintf("- %s %s = %s", i.kind, i.name, was))
		case was != is:
			lines = append(lines, fmt.Sprintf("~ %s %s = %s, was %s", i.kind, i.name, is, was))
		}
	}
	return lines
}
