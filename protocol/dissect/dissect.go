// Package dissect writes a Wireshark dissector, a Lua script, from the declarations of
// all messages: every layout in it comes from the struct that declares it. The parts
// that do not depend on the messages (cutting streams, decryption, the tree) stand in
// runtime.lua.
//
// The script needs no library. Wireshark's Lua has no cryptography, so DES and RC4 are
// written out in it; they read encrypted captures when they are given session keys.
package dissect

import (
	_ "embed" // runtime.lua
	"fmt"
	"io"
	"strings"

	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

//go:embed runtime.lua
var runtime string

// marker is the line of runtime.lua that the declarations take the place of.
const marker = "-- @DECLARATIONS@\n"

// Lua writes the script. version names the program that wrote it.
func Lua(w io.Writer, version string) error {
	g := &generator{fields: map[string]bool{}, layouts: map[string]int{}}
	g.registry("nps", nps.Registry)
	g.registry("mcots", mcots.Registry)
	before, after, _ := strings.Cut(runtime, marker)
	_, err := io.WriteString(w, strings.ReplaceAll(before, "@VERSION@", strings.Map(printable, version))+g.out.String()+after)
	return err
}

func printable(r rune) rune {
	if r < ' ' || r > '~' || r == '"' || r == '\\' {
		return '_'
	}
	return r
}

// generator collects the declarations.
type generator struct {
	out     strings.Builder
	fields  map[string]bool // that have a line
	layouts map[string]int  // number of each layout by its text
}

func (g *generator) registry(space string, r *wire.Registry) {
	for _, m := range usualFirst(r.All()) {
		layout := g.layout(space, m.Layout())
		for _, d := range []wire.Direction{wire.ToServer, wire.ToClient} {
			if m.Dir&d == 0 || m.Number == 0 {
				continue // messages without a number stand for others
			}
			fmt.Fprintf(&g.out, "declare(%q, %q, %d, {n=%q, l=L[%d], s=%q, c=%q})\n",
				m.Family, way(d), m.Number, m.Name, layout, m.Section, m.Confidence)
		}
	}
}

// usualFirst orders messages so that of several layouts of a number the usual one comes
// first, and one that nobody knows last: the dissector takes the first that fits.
func usualFirst(all []*wire.Message) []*wire.Message {
	var ordered []*wire.Message
	for _, pick := range []func(*wire.Message) bool{
		func(m *wire.Message) bool { return m.Variant == "" && !m.Unknown },
		func(m *wire.Message) bool { return m.Variant != "" && !m.Unknown },
		func(m *wire.Message) bool { return m.Unknown },
	} {
		for _, m := range all {
			if pick(m) {
				ordered = append(ordered, m)
			}
		}
	}
	return ordered
}

func way(d wire.Direction) string {
	if d == wire.ToServer {
		return "in"
	}
	return "out"
}

// layout writes a layout and those in it, unless they are there, and returns its
// number.
func (g *generator) layout(space string, l *wire.Layout) int {
	var text strings.Builder
	for _, s := range l.Shapes() {
		text.WriteString("  " + g.shape(space, l.Type(), s.Name, s) + ",\n")
	}
	key := space + " " + l.Type() + "\n" + text.String()
	if n := g.layouts[key]; n > 0 {
		return n
	}
	n := len(g.layouts) + 1
	g.layouts[key] = n
	fmt.Fprintf(&g.out, "L[%d] = { -- %s %s\n%s}\n", n, space, l.Type(), text.String())
	return n
}

// shape writes one field, or the element of a list, as a table.
func (g *generator) shape(space, typ, name string, s wire.Shape) string {
	parts := []string{fmt.Sprintf("n=%q, k=%q, s=%d, m=%d", name, s.Form, s.Size, s.Min)}
	if kind := protoField(s); kind != "" {
		parts = append(parts, fmt.Sprintf("f=F[%q]", g.field(space, typ, name, kind)))
	}
	if s.Little {
		parts = append(parts, "le=true")
	}
	if s.Optional {
		parts = append(parts, "opt=true")
	}
	if s.Count != "" {
		parts = append(parts, fmt.Sprintf("count=%q", s.Count))
	}
	if s.Layout != nil {
		parts = append(parts, fmt.Sprintf("l=L[%d]", g.layout(space, s.Layout)))
	}
	if s.Elem != nil {
		parts = append(parts, "e="+g.shape(space, typ, name, *s.Elem))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// protoField is the constructor of the Wireshark field, "" for what is only a subtree.
func protoField(s wire.Shape) string {
	switch s.Form {
	case wire.Unsigned, wire.Truth:
		return fmt.Sprintf("uint%d", 8*s.Size)
	case wire.Signed:
		return fmt.Sprintf("int%d", 8*s.Size)
	case wire.Real:
		if s.Size == 8 {
			return "double"
		}
		return "float"
	case wire.Fixed, wire.Rest:
		return "bytes"
	case wire.Char, wire.Str16, wire.Pstr, wire.Cstr:
		return "string"
	default:
		return ""
	}
}

// field makes the Wireshark field of a struct's field and returns its key.
func (g *generator) field(space, typ, name, kind string) string {
	key := space + "." + typ + "." + name
	if !g.fields[key] {
		g.fields[key] = true
		fmt.Fprintf(&g.out, "F[%q] = ProtoField.%s(%q, %q)\n", key, kind, "mco."+key, name)
	}
	return key
}
