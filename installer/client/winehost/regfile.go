//go:build unix

package winehost

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"mcos/installer/client/host"
)

// regFile is one of Wine's registry files, kept as its lines: what is not changed
// stays as it is, byte for byte.
type regFile struct {
	lines []string // logical lines: continued ones are joined with their line ends
}

const magic = "WINE REGISTRY Version 2"

// ourTime stands in the headings of the sections that are made here, in the place of
// the time of the last change.
const ourTime = " 1000000000"

var errNotWine = errors.New("not a registry file of Wine")

func parseReg(content []byte) (*regFile, error) {
	f := &regFile{}
	joined := ""
	for raw := range bytes.Lines(content) {
		joined += string(raw)
		if strings.HasSuffix(strings.TrimRight(string(raw), "\r\n"), `,\`) {
			continue
		}
		f.lines = append(f.lines, joined)
		joined = ""
	}
	if joined != "" {
		f.lines = append(f.lines, joined)
	}
	if len(f.lines) == 0 || !strings.HasPrefix(f.lines[0], magic) {
		return nil, errNotWine
	}
	return f, nil
}

func (f *regFile) bytes() []byte { return []byte(strings.Join(f.lines, "")) }

// arch64 tells whether the prefix is a 64-bit one.
func (f *regFile) arch64() bool {
	return slices.ContainsFunc(f.lines[:min(len(f.lines), 10)], func(l string) bool { return strings.HasPrefix(l, "#arch=win64") })
}

// sectionPath is the path of a line like [Software\\EACom] 1700000000.
func sectionPath(line string) (string, bool) {
	if !strings.HasPrefix(line, "[") {
		return "", false
	}
	end := strings.LastIndex(line, "]")
	if end < 0 {
		return "", false
	}
	return unescape(line[1:end]), true
}

// section returns the lines of a key: from its heading to before the next one.
func (f *regFile) section(path string) (from, to int, ok bool) {
	for i, l := range f.lines {
		p, heading := sectionPath(l)
		if !heading {
			continue
		}
		if ok {
			return from, i, true
		}
		if strings.EqualFold(p, path) {
			from, ok = i, true
		}
	}
	return from, len(f.lines), ok
}

// below lists the paths of the sections under a key.
func (f *regFile) below(path string) []string {
	var out []string
	prefix := strings.ToLower(path) + `\`
	for _, l := range f.lines {
		if p, ok := sectionPath(l); ok && strings.HasPrefix(strings.ToLower(p), prefix) {
			out = append(out, p)
		}
	}
	return out
}

func (f *regFile) exists(path string) bool {
	_, _, ok := f.section(path)
	return ok || len(f.below(path)) > 0
}

// valueLine splits a line "name"=data.
func valueLine(line string) (name, data string, ok bool) {
	line = strings.TrimRight(line, "\r\n")
	if rest, found := strings.CutPrefix(line, "@="); found {
		return "", rest, true
	}
	if !strings.HasPrefix(line, `"`) {
		return "", "", false
	}
	end := closingQuote(line)
	if end < 0 || end+1 >= len(line) || line[end+1] != '=' {
		return "", "", false
	}
	return unescape(line[1:end]), line[end+2:], true
}

// closingQuote is where the quoted text at the start of s ends.
func closingQuote(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

func (f *regFile) find(path, name string) (index int, data string, ok bool) {
	from, to, found := f.section(path)
	for i := from; found && i < to; i++ {
		if n, d, isValue := valueLine(f.lines[i]); isValue && strings.EqualFold(n, name) {
			return i, d, true
		}
	}
	return 0, "", false
}

func (f *regFile) set(path, name string, v host.Value) {
	line := "@="
	if name != "" {
		line = `"` + escape(name) + `"=`
	}
	line += formatValue(v) + "\n"
	if i, _, ok := f.find(path, name); ok {
		f.lines[i] = line
		return
	}
	from, to, ok := f.section(path)
	if !ok {
		f.create(path)
		from, to, _ = f.section(path)
	}
	at := from + 1
	for i := from + 1; i < to; i++ {
		n, _, isValue := valueLine(f.lines[i])
		switch { // Wine keeps values sorted
		case strings.HasPrefix(f.lines[i], "#"), isValue && strings.ToLower(n) < strings.ToLower(name):
			at = i + 1
		}
	}
	f.lines = slices.Insert(f.lines, at, line)
}

func (f *regFile) remove(path, name string) bool {
	i, _, ok := f.find(path, name)
	if ok {
		f.lines = slices.Delete(f.lines, i, i+1)
		f.tidy(path)
	}
	return ok
}

// tidy drops a section of ours that has become empty and is there anyway, by the keys
// below it: Wine writes no sections for such keys.
func (f *regFile) tidy(path string) {
	from, to, ok := f.section(path)
	if !ok || !strings.HasSuffix(strings.TrimSpace(f.lines[from]), ourTime) || len(f.below(path)) == 0 {
		return
	}
	for _, l := range f.lines[from+1 : to] {
		if strings.TrimSpace(l) != "" {
			return
		}
	}
	f.cut(from, to)
}

// cut removes a section. The blank line before the next heading belongs to it; the
// last section has that line before itself.
func (f *regFile) cut(from, to int) {
	blank := func(i int) bool { return strings.TrimSpace(f.lines[i]) == "" }
	if to == len(f.lines) && from > 0 && blank(from-1) && !blank(to-1) {
		from--
	}
	f.lines = slices.Delete(f.lines, from, to)
}

// create makes an empty section, ahead of the first one that Wine sorts after it.
func (f *regFile) create(path string) {
	if _, _, ok := f.section(path); ok {
		return
	}
	at := len(f.lines)
	for i, l := range f.lines {
		p, heading := sectionPath(l)
		if heading && strings.ToLower(p) > strings.ToLower(path) {
			at = i
			break
		}
	}
	block := []string{"[" + escape(path) + "]" + ourTime + "\n", "\n"}
	if at == len(f.lines) && at > 0 && strings.TrimSpace(f.lines[at-1]) != "" {
		slices.Reverse(block)
	}
	f.lines = slices.Insert(f.lines, at, block...)
}

func (f *regFile) drop(path string) error {
	from, to, ok := f.section(path)
	for i := from; ok && i < to; i++ {
		if _, _, isValue := valueLine(f.lines[i]); isValue {
			return host.ErrBusy
		}
	}
	if len(f.below(path)) > 0 {
		return host.ErrBusy
	}
	if ok {
		f.cut(from, to)
	}
	return nil
}

func formatValue(v host.Value) string {
	if n, ok := v.Number(); ok {
		return fmt.Sprintf("dword:%08x", n)
	}
	if v.Type == host.TypeSZ && len(v.Data)%2 == 0 && len(v.Data) >= 2 {
		text := host.FromUTF16(v.Data)
		if bytes.Equal(host.UTF16(text), v.Data) {
			return `"` + escape(text) + `"`
		}
	}
	out := "hex:"
	if v.Type != host.TypeBinary {
		out = fmt.Sprintf("hex(%x):", v.Type)
	}
	for i, b := range v.Data {
		if i > 0 {
			out += ","
		}
		out += fmt.Sprintf("%02x", b)
	}
	return out
}

func parseValue(data string) (host.Value, error) {
	switch {
	case strings.HasPrefix(data, `"`):
		return host.SZ(unescape(strings.TrimSuffix(data[1:], `"`))), nil
	case strings.HasPrefix(data, "dword:"):
		n, err := strconv.ParseUint(data[6:], 16, 32)
		return host.DWORD(uint32(n)), err
	case strings.HasPrefix(data, "str("):
		kind, rest, ok := strings.Cut(data[4:], "):")
		n, err := strconv.ParseUint(kind, 16, 32)
		if !ok || err != nil || len(rest) < 2 {
			return host.Value{}, fmt.Errorf("%w: value %q", errNotWine, data)
		}
		return host.Value{Type: uint32(n), Data: host.UTF16(unescape(rest[1 : len(rest)-1]))}, nil
	case strings.HasPrefix(data, "hex"):
		return parseHex(data[3:])
	}
	return host.Value{}, fmt.Errorf("%w: value %q", errNotWine, data)
}

func parseHex(data string) (host.Value, error) {
	kind, digits, ok := strings.Cut(data, ":")
	v := host.Value{Type: host.TypeBinary}
	if !ok {
		return v, fmt.Errorf("%w: value hex%q", errNotWine, data)
	}
	if kind != "" {
		n, err := strconv.ParseUint(strings.Trim(kind, "()"), 16, 32)
		if err != nil {
			return v, fmt.Errorf("%w: type %q", errNotWine, kind)
		}
		v.Type = uint32(n)
	}
	clean := strings.Map(func(r rune) rune {
		if strings.ContainsRune("\\, \r\n\t", r) {
			return -1
		}
		return r
	}, digits)
	b, err := hex.DecodeString(clean)
	v.Data = b
	return v, err
}

var shortEscapes = map[byte]byte{'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v', 'e': 27}

// unescape reads Wine's way of writing texts.
func unescape(s string) string {
	var units []uint16
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			units = append(units, uint16(s[i]))
			continue
		}
		i++
		switch c := s[i]; {
		case c == 'x':
			n, used := digits(s[i+1:], 4, 16)
			units = append(units, n)
			i += used
		case '0' <= c && c <= '7':
			n, used := digits(s[i:], 3, 8)
			units = append(units, n)
			i += used - 1
		case shortEscapes[c] != 0:
			units = append(units, uint16(shortEscapes[c]))
		default:
			units = append(units, uint16(c))
		}
	}
	return string(utf16.Decode(units))
}

func digits(s string, most, base int) (n uint16, used int) {
	for used < most && used < len(s) {
		v, err := strconv.ParseUint(s[used:used+1], base, 8)
		if err != nil {
			break
		}
		n = n*uint16(base) + uint16(v)
		used++
	}
	return n, used
}

func escape(s string) string {
	var out strings.Builder
	data := host.UTF16(s)
	for ; len(data) > 2; data = data[2:] {
		switch u := binary.LittleEndian.Uint16(data); {
		case u == '\\' || u == '"' || u == '[' || u == ']':
			if u == '\\' || u == '"' {
				out.WriteByte('\\')
			}
			out.WriteByte(byte(u))
		case u < ' ' || u > '~':
			fmt.Fprintf(&out, `\x%04x`, u)
		default:
			out.WriteByte(byte(u))
		}
	}
	return out.String()
}
