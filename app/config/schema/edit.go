package schema

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ErrByHand says that a file is written in a way that Edit leaves alone.
var ErrByHand = errors.New("the file is written in a way that is not changed automatically; change it with an editor")

// Edit changes settings in the text of a YAML file and leaves everything else, with
// all comments, as it is. Values are written as in environment variables; what the
// file does not have yet is added. defaults is a pointer to a struct with the
// defaults.
//
// The result loads as the old file with the changes does. The error joins one *Error
// for every mistake, in the file as it was or in the changes, or is ErrByHand.
func Edit(defaults any, file string, text []byte, changes map[string]string) ([]byte, error) {
	paths := slices.Sorted(maps.Keys(changes))
	overrides := make([]Override, 0, len(changes))
	for _, path := range paths {
		overrides = append(overrides, Override{Path: path, Value: changes[path]})
	}
	want, err := loadCopy(defaults, Options{FileName: file, YAML: text, Overrides: overrides})
	if err != nil {
		return nil, err
	}
	root := compile(want.Type())
	lines := splitLines(text)
	for _, path := range paths {
		s := root.find(path)
		if lines, err = putLine(lines, path, s.flowText(want.FieldByIndex(s.index))); err != nil {
			return nil, err
		}
	}
	changed := []byte(strings.Join(lines, "\n") + "\n")
	got, err := loadCopy(defaults, Options{FileName: file, YAML: changed})
	if err != nil || !reflect.DeepEqual(got.Interface(), want.Interface()) {
		return nil, ErrByHand
	}
	return changed, nil
}

// loadCopy loads into a copy of the defaults.
func loadCopy(defaults any, o Options) (reflect.Value, error) {
	d := structOf(defaults)
	c := reflect.New(d.Type())
	c.Elem().Set(d)
	_, err := Load(c.Interface(), o)
	return c.Elem(), err
}

// splitLines are the lines of a text without their ends.
func splitLines(text []byte) []string {
	whole := strings.TrimRight(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text)), "\n")
	if whole == "" {
		return nil
	}
	return strings.Split(whole, "\n")
}

// putLine gives one setting a value in the lines of a file.
func putLine(lines []string, path, value string) ([]string, error) {
	node, problem := parseYAML([]byte(strings.Join(lines, "\n")))
	if problem != nil {
		return nil, problem
	}
	keys := strings.Split(path, ".")
	indent, after := 0, len(lines) // of what has to be added, and the line before it
	for depth, key := range keys {
		if node == nil || isNull(node) {
			return insertKeys(lines, keys[depth:], value, indent, after), nil
		}
		if node.Kind != yaml.MappingNode || node.Style&yaml.FlowStyle != 0 {
			return nil, ErrByHand
		}
		at := -1
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == key {
				at = i
			}
		}
		if at < 0 {
			if depth > 0 && len(node.Content) > 0 {
				indent = node.Content[0].Column - 1
			}
			return insertKeys(lines, keys[depth:], value, indent, after), nil
		}
		name, content := node.Content[at], node.Content[at+1]
		if depth == len(keys)-1 {
			return replaceValue(lines, name, content, value), nil
		}
		indent, after = name.Column+1, name.Line
		node = content
	}
	return nil, ErrByHand
}

// insertKeys adds keys, each below the one before, with a value for the last one,
// behind so many lines.
func insertKeys(lines, keys []string, value string, indent, after int) []string {
	var added []string
	if after == len(lines) && len(keys) > 1 && after > 0 {
		added = append(added, "")
	}
	for i, key := range keys {
		line := strings.Repeat(" ", indent+2*i) + key + ":"
		if i == len(keys)-1 {
			line += " " + value
		}
		added = append(added, line)
	}
	return slices.Insert(slices.Clone(lines), after, added...)
}

// replaceValue writes another value behind a key.
func replaceValue(lines []string, name, content *yaml.Node, value string) []string {
	first, indent := name.Line-1, name.Column-1
	last := first
	for i := first + 1; i < len(lines); i++ {
		text := strings.TrimLeft(lines[i], " ")
		if text == "" || text[0] == '#' {
			continue // part of the value only when more of it follows
		}
		depth := len(lines[i]) - len(text)
		if depth < indent || depth == indent && (content.Kind != yaml.SequenceNode || text[0] != '-') {
			break
		}
		last = i
	}
	line := fmt.Sprintf("%s: %s", lines[first][:indent]+name.Value, value)
	if comment := strings.TrimSpace(content.LineComment); comment != "" && last == first {
		line += " " + comment
	}
	return slices.Replace(slices.Clone(lines), first, last+1, line)
}
