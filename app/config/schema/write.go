package schema

import (
	"bytes"
	"encoding"
	"fmt"
	"io"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lineWidth is where comments are wrapped, in characters.
const lineWidth = 100

// maxDefault is the longest default that a comment repeats, in bytes; longer
// ones are tables, which are read better where they are used.
const maxDefault = 60

// Write writes cfg as a commented YAML file. Every key is present and active,
// also where it has its default, so that the file shows the whole
// configuration; above it stand its help, unit, allowed values, default and
// reference. The defaults in the comments come from defaults. Both are pointers
// to structs of one type. Loading the file gives cfg again.
//
// The error names a value that YAML cannot hold, or comes from w.
func Write(w io.Writer, cfg, defaults any) error {
	v, d := structOf(cfg), structOf(defaults)
	if v.Type() != d.Type() {
		panic(fmt.Sprintf("schema: cfg is %s but defaults is %s", v.Type(), d.Type()))
	}
	out := &writer{config: v, defaults: d}
	out.section(compile(v.Type()), "")
	if out.err != nil {
		return out.err
	}
	_, err := w.Write(out.buf.Bytes())
	return err
}

// writer builds the file in memory; err is the first value that cannot be written.
type writer struct {
	buf              bytes.Buffer
	config, defaults reflect.Value
	err              error
}

func (w *writer) section(s *setting, indent string) {
	for i, f := range s.fields {
		if i > 0 {
			w.buf.WriteByte('\n')
		}
		w.comment(indent, f.help)
		if f.kind == Section {
			fmt.Fprintf(&w.buf, "%s%s:\n", indent, f.key)
			w.section(f, indent+"  ")
			continue
		}
		if f.kind == Table {
			w.comment(indent, "Each row: "+columns(f.elem)+".")
		}
		w.comment(indent, f.facts(w.defaults.FieldByIndex(f.index)))
		v := w.config.FieldByIndex(f.index)
		if err := f.writable(v); err != nil && w.err == nil {
			w.err = fmt.Errorf("%s: %w", f.path, err)
		}
		w.value(f, v, indent)
	}
}

// value writes the key with its value: rows and entries below it, everything
// else behind it.
func (w *writer) value(f *setting, v reflect.Value, indent string) {
	fmt.Fprintf(&w.buf, "%s%s:", indent, f.key)
	switch {
	case f.kind == Table && v.Len() > 0:
		w.buf.WriteByte('\n')
		for i := range v.Len() {
			fmt.Fprintf(&w.buf, "%s  - %s\n", indent, f.elem.flowText(v.Index(i)))
		}
	case f.kind == Map && v.Len() > 0:
		w.buf.WriteByte('\n')
		for _, key := range sortedKeys(v) {
			fmt.Fprintf(&w.buf, "%s  %s: %s\n", indent, quote(key.String()), f.elem.flowText(v.MapIndex(key)))
		}
	default:
		fmt.Fprintf(&w.buf, " %s\n", f.flowText(v))
	}
}

// comment writes text as comment lines.
func (w *writer) comment(indent, text string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(indent)+2+len(line)+1+len(word) > lineWidth {
			fmt.Fprintf(&w.buf, "%s# %s\n", indent, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		fmt.Fprintf(&w.buf, "%s# %s\n", indent, line)
	}
}

// facts is the comment about unit, allowed values, default and reference.
func (s *setting) facts(def reflect.Value) string {
	var facts []string
	add := func(name, text string) {
		if text != "" {
			facts = append(facts, name+": "+text+".")
		}
	}
	add("Unit", s.unit)
	limits := s
	for limits.elem != nil {
		limits = limits.elem
	}
	add("Allowed", strings.Join(limits.allowed(), ", "))
	if text := s.flowText(def); !s.secret && len(text) <= maxDefault {
		add("Default", text)
	}
	add("Reference", s.ref)
	return strings.Join(facts, " ")
}

// columns explains the keys of a row in one line.
func columns(row *setting) string {
	var list []string
	row.walk(func(c *setting) {
		if c.kind == Section {
			return
		}
		details := []string{strings.TrimSuffix(c.help, ".")}
		if c.unit != "" {
			details = append(details, c.unit)
		}
		if allowed := c.allowed(); allowed != nil {
			details = append(details, "allowed: "+strings.Join(allowed, ", "))
		}
		list = append(list, c.path+" ("+strings.Join(details, "; ")+")")
	})
	return strings.Join(list, ", ")
}

// flowText writes a value in one line of YAML that is also good inside [] and {}.
func (s *setting) flowText(v reflect.Value) string {
	switch s.kind {
	case Section:
		pairs := make([]string, len(s.fields))
		for i, f := range s.fields {
			pairs[i] = f.key + ": " + f.flowText(v.Field(f.index[len(f.index)-1]))
		}
		return "{" + strings.Join(pairs, ", ") + "}"
	case List, Table:
		items := make([]string, v.Len())
		for i := range items {
			items[i] = s.elem.flowText(v.Index(i))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case Map:
		pairs := make([]string, 0, v.Len())
		for _, key := range sortedKeys(v) {
			pairs = append(pairs, quote(key.String())+": "+s.elem.flowText(v.MapIndex(key)))
		}
		return "{" + strings.Join(pairs, ", ") + "}"
	case Text:
		return quote(s.format(v))
	}
	return s.format(v)
}

// writable finds what flowText cannot express in YAML.
func (s *setting) writable(v reflect.Value) error {
	switch s.kind {
	case Section:
		for _, f := range s.fields {
			if err := f.writable(v.Field(f.index[len(f.index)-1])); err != nil {
				return fmt.Errorf("%s: %w", f.key, err)
			}
		}
	case List, Table:
		for i := range v.Len() {
			if err := s.elem.writable(v.Index(i)); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
	case Map:
		for _, key := range sortedKeys(v) {
			if text := key.String(); !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxMapKey {
				return fmt.Errorf("%s is no key of at most %d characters", show(text, false), maxMapKey)
			}
			if err := s.elem.writable(v.MapIndex(key)); err != nil {
				return fmt.Errorf("%s: %w", key.String(), err)
			}
		}
	case Number:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("%v is not a number", f)
		}
	case Text:
		if s.viaText {
			if _, err := v.Interface().(encoding.TextMarshaler).MarshalText(); err != nil {
				return err
			}
		}
		if text := s.format(v); !utf8.ValidString(text) {
			return fmt.Errorf("%s is not valid UTF-8", show(text, s.secret))
		}
	}
	return nil
}

func sortedKeys(m reflect.Value) []reflect.Value {
	return slices.SortedFunc(slices.Values(m.MapKeys()), func(a, b reflect.Value) int {
		return strings.Compare(a.String(), b.String())
	})
}

var (
	unquoted     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./@+-]*( [A-Za-z0-9_./@+-]+)*$`)
	reservedText = []string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
)

// quote returns text as it stands in YAML, in double quotes where it could be
// taken for anything else.
func quote(text string) string {
	if unquoted.MatchString(text) && !slices.Contains(reservedText, strings.ToLower(text)) {
		return text
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xFFFF:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			fmt.Fprintf(&b, `\U%08X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
