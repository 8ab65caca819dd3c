package schema

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxMapKey is the longest key of a map in characters; YAML itself gives up at
// a key of 1024 bytes.
const maxMapKey = 64

// decoder turns YAML nodes into values of one source.
type decoder struct {
	root    *setting
	source  string
	lines   bool // source is a file, so lines mean something
	errs    *collector
	sources map[string]string // where each setting came from; nil inside rows
}

func (d *decoder) fail(line int, e *Error) {
	e.Source = d.source
	if d.lines {
		e.Line = line
	}
	d.errs.add(e)
}

// section sets the fields that n names. root is the struct that the indexes of
// s.fields start from.
func (d *decoder) section(root reflect.Value, s *setting, path string, n *yaml.Node) {
	if isNull(n) {
		return // every key below is commented out
	}
	if n.Kind != yaml.MappingNode {
		d.wrongShape(path, false, n, "a section with keys such as "+s.fields[0].key)
		return
	}
	d.pairs(path, n, func(key, value *yaml.Node) {
		f := s.field(key.Value)
		if f == nil {
			d.fail(key.Line, &Error{
				Path: join(path, shortKey(key.Value)), Problem: "unknown setting", Suggestion: d.suggestKey(s, key.Value),
			})
			return
		}
		where := join(path, f.key)
		if f.kind == Section {
			d.section(root, f, where, value)
			return
		}
		if v, ok := d.value(f, where, value); ok {
			root.FieldByIndex(f.index).Set(v)
			if d.sources != nil {
				d.sources[where] = d.source + ":" + strconv.Itoa(key.Line)
			}
		}
	})
}

// pairs calls f for every key of a mapping that is a plain text and new.
func (d *decoder) pairs(path string, n *yaml.Node, f func(key, value *yaml.Node)) {
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content) && !d.errs.full(); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch line, taken := first[key.Value]; {
		case key.Kind != yaml.ScalarNode || key.Style&yaml.TaggedStyle != 0:
			d.fail(key.Line, &Error{Path: path, Problem: "has a key that is not a plain name"})
		case taken:
			problem := "is set twice"
			if d.lines {
				problem += ", first on line " + strconv.Itoa(line)
			}
			d.fail(key.Line, &Error{Path: join(path, shortKey(key.Value)), Problem: problem})
		default:
			first[key.Value] = key.Line
			f(key, value)
		}
	}
}

// value reads everything but sections. Its second result is false when the
// value has mistakes, which are then reported.
func (d *decoder) value(s *setting, path string, n *yaml.Node) (reflect.Value, bool) {
	switch {
	case n.Style&yaml.TaggedStyle != 0:
		d.fail(n.Line, &Error{Path: path, Problem: "has a YAML tag, which is not supported"})
		return reflect.Value{}, false
	case n.Kind == yaml.AliasNode:
		d.fail(n.Line, &Error{Path: path, Problem: "refers to a YAML anchor, which is not supported"})
		return reflect.Value{}, false
	}
	switch s.kind {
	case List, Table:
		return d.list(s, path, n)
	case Map:
		return d.mapping(s, path, n)
	}
	if n.Kind != yaml.ScalarNode {
		d.wrongShape(path, s.secret, n, "one value")
		return reflect.Value{}, false
	}
	if isNull(n) {
		e := &Error{Path: path, Problem: "has no value", Allowed: s.allowed()}
		if s.kind == Text && e.Allowed == nil {
			e.Problem = `has no value (write "" for an empty text)`
		}
		d.fail(n.Line, e)
		return reflect.Value{}, false
	}
	v, e := s.scalar(path, n.Value)
	if e != nil {
		d.fail(n.Line, e)
	}
	return v, e == nil
}

func (d *decoder) list(s *setting, path string, n *yaml.Node) (reflect.Value, bool) {
	if n.Kind != yaml.SequenceNode {
		want := "a list such as [a, b], or [] for none"
		if s.kind == Table {
			want = "a list of rows such as - {" + s.elem.fields[0].key + ": ...}, or [] for none"
		}
		d.wrongShape(path, s.secret, n, want)
		return reflect.Value{}, false
	}
	list, good := reflect.Zero(s.typ), true
	for i, item := range n.Content {
		if d.errs.full() {
			return list, false
		}
		v, ok := d.element(s.elem, path+"["+strconv.Itoa(i)+"]", item)
		if good = good && ok; good {
			list = reflect.Append(list, v)
		}
	}
	return list, good
}

func (d *decoder) mapping(s *setting, path string, n *yaml.Node) (reflect.Value, bool) {
	if n.Kind != yaml.MappingNode {
		d.wrongShape(path, s.secret, n, "keys with values, or {} for none")
		return reflect.Value{}, false
	}
	result, before := reflect.Zero(s.typ), len(d.errs.list)
	d.pairs(path, n, func(key, value *yaml.Node) {
		if len([]rune(key.Value)) > maxMapKey {
			d.fail(key.Line, &Error{
				Path: path, Value: show(key.Value, false), Problem: "is too long for a key",
				Allowed: []string{"at most " + strconv.Itoa(maxMapKey) + " characters"},
			})
			return
		}
		v, ok := d.element(s.elem, join(path, key.Value), value)
		if !ok {
			return
		}
		if result.IsNil() {
			result = reflect.MakeMap(s.typ)
		}
		result.SetMapIndex(reflect.ValueOf(key.Value).Convert(s.typ.Key()), v)
	})
	return result, len(d.errs.list) == before
}

// element reads one item of a list or map: a value, or the row of a table.
func (d *decoder) element(s *setting, path string, n *yaml.Node) (reflect.Value, bool) {
	if s.kind != Section {
		return d.value(s, path, n)
	}
	row, before := reflect.New(s.typ).Elem(), len(d.errs.list)
	if n.Kind != yaml.MappingNode {
		d.wrongShape(path, false, n, "a row such as {"+s.fields[0].key+": ...}")
		return row, false
	}
	inner := *d
	inner.sources = nil
	inner.section(row, s, path, n)
	inner.missing(s, path, n, n.Line)
	return row, len(d.errs.list) == before
}

// missing reports the keys that a row leaves out although their zero value is
// not an allowed one. n is nil for a section that is left out as a whole.
func (d *decoder) missing(s *setting, path string, n *yaml.Node, line int) {
	for _, f := range s.fields {
		given := lookup(n, f.key)
		switch f.kind {
		case Section:
			d.missing(f, join(path, f.key), given, line)
		case List, Table, Map:
			// Empty is always allowed.
		default:
			if given == nil && !f.allows(reflect.Zero(f.typ)) {
				d.fail(line, &Error{Path: join(path, f.key), Problem: "is missing", Allowed: f.allowed()})
			}
		}
	}
}

// flow reads a list, table or map that a variable or an override holds as text:
// a,b,c for lists of values, or YAML's flow form.
func (d *decoder) flow(s *setting, text string) (reflect.Value, bool) {
	text = strings.TrimSpace(text)
	if s.kind == List && s.elem.kind != List && s.elem.kind != Map && !strings.HasPrefix(text, "[") {
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for part := range strings.SplitSeq(text, ",") {
			if text != "" {
				n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: strings.TrimSpace(part)})
			}
		}
		return d.value(s, s.path, n)
	}
	n, problem := parseYAML([]byte(text))
	if problem != nil {
		problem.Path, problem.Line = s.path, 0
		d.fail(0, problem)
		return reflect.Value{}, false
	}
	if n == nil {
		return reflect.Zero(s.typ), true
	}
	return d.value(s, s.path, n)
}

// wrongShape reports a node of another form than the setting has.
func (d *decoder) wrongShape(path string, secret bool, n *yaml.Node, want string) {
	got := "an anchor"
	switch {
	case isNull(n):
		got = "nothing"
	case n.Kind == yaml.ScalarNode:
		got = show(n.Value, secret)
	case n.Kind == yaml.SequenceNode:
		got = "a list"
	case n.Kind == yaml.MappingNode:
		got = "keys with values"
	}
	d.fail(n.Line, &Error{Path: path, Problem: "needs " + want + ", not " + got})
}

// suggestKey finds the setting that an unknown key of section s stands for: a
// sibling with a similar name, or the same key in another section.
func (d *decoder) suggestKey(s *setting, key string) string {
	var keys []string
	for _, f := range s.fields {
		keys = append(keys, f.key)
	}
	if similar := suggest(key, keys); similar != "" {
		return similar
	}
	elsewhere := ""
	d.root.walk(func(other *setting) {
		if other.key == key && elsewhere == "" {
			elsewhere = other.path
		}
	})
	return elsewhere
}

// lookup returns the value of a key of a mapping, or nil.
func lookup(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// shortKey keeps an unknown key from filling the screen.
func shortKey(key string) string {
	if plainValue.MatchString(key) && len(key) <= maxShown {
		return key
	}
	return show(key, false)
}

// parseYAML returns the root of the only document in data, nil when it is
// empty. The error lacks its source.
func parseYAML(data []byte) (*yaml.Node, *Error) {
	docs, err := documents(data)
	switch {
	case err != nil:
		return nil, syntaxError(data, err)
	case len(docs) > 1:
		return nil, &Error{Line: docs[1].Line, Problem: "holds more than one YAML document"}
	case len(docs) == 0 || len(docs[0].Content) == 0 || isNull(docs[0].Content[0]):
		return nil, nil
	}
	return docs[0].Content[0], nil
}

// documents parses data, up to the second document.
func documents(data []byte) ([]*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var docs []*yaml.Node
	for len(docs) < 2 {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		docs = append(docs, &doc)
	}
	return docs, nil
}

var yamlPosition = regexp.MustCompile(`^yaml: (line \d+: )?`)

// syntaxError explains why data is not YAML. The line that the library names is
// often where the surrounding section starts, so the line is searched: the last
// one up to which everything is fine, and one more.
func syntaxError(data []byte, cause error) *Error {
	lines := bytes.SplitAfter(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
	good, bad := 0, len(lines)
	for bad-good > 1 {
		middle := (good + bad) / 2
		if _, err := documents(bytes.Join(lines[:middle], nil)); err == nil {
			good = middle
		} else {
			bad = middle
		}
	}
	e := &Error{Line: bad, Problem: "is not readable as YAML: " + yamlPosition.ReplaceAllString(cause.Error(), "")}
	if text := lines[bad-1]; bytes.HasPrefix(bytes.TrimLeft(text, " "), []byte("\t")) {
		e.Problem = "is indented with a tab; use spaces"
	}
	return e
}
