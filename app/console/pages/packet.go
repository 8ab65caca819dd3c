package pages

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"mcos/app/record/tape"
	"mcos/protocol/wire"
)

// Bounds of what one packet shows.
const (
	maxFieldRows = 200
	maxFieldHex  = 32   // bytes beside a field
	maxDump      = 2048 // bytes of the whole packet
	maxWebText   = 4096
)

// packet is an entry of a recording, or of the live traffic, for the templates.
type packet struct {
	Time    time.Time
	Conn    string
	Port    int
	Persona string
	// Kind is in, out, or what else happened: connect, disconnect, key, note.
	Kind  string
	Title string
	Size  int    // of the body, bytes
	Text  string // of what is no message
	// Unknown tells that nobody knows the message.
	Unknown   bool
	Encrypted bool
	Masked    string // names of the fields that are overwritten
	Ref       string // section of the reference
	Guess     bool   // nobody has seen this layout on the wire
	Fields    []fieldRow
	Cut       bool // there are more fields or bytes
	Problem   string
	Dump      string
}

// Message tells whether there is something to unfold.
func (p packet) Message() bool { return p.Kind == "in" || p.Kind == "out" }

// fieldRow is one field of a packet.
type fieldRow struct {
	Depth             int // 0 for fields of the message itself, at most 4
	Name, Type, Value string
	Hex               string
	Offset            int // in the body
}

// newPacket takes an entry apart.
func newPacket(e *tape.Entry) packet {
	p := packet{
		Time: e.Time, Conn: e.Conn, Port: e.Port, Persona: e.Persona, Title: e.Title(), Size: len(e.Data) - e.Body,
		Encrypted: e.Encrypted, Masked: strings.Join(e.Masked, ", "), Text: plain(e.Text),
	}
	switch e.Type {
	case tape.In:
		p.Kind = "in"
	case tape.Out:
		p.Kind = "out"
	default:
		p.Kind, p.Title, p.Size = string(e.Type), words[e.Type], 0
		if p.Title == "" {
			p.Title = plain(string(e.Type))
		}
		if e.Type == tape.Connect && e.Client != "" {
			p.Text = strings.TrimPrefix(p.Text+", from "+e.Client, ", ")
		}
		return p
	}
	if e.Family == tape.Web {
		p.Text = plainLines(string(e.Data[:min(len(e.Data), maxWebText)]))
		p.Cut = len(e.Data) > maxWebText
		return p
	}
	p.takeApart(e)
	return p
}

var words = map[tape.Type]string{
	tape.Connect: "connects", tape.Disconnect: "disconnects", tape.Key: "session key", tape.Note: "note",
}

// takeApart adds the fields and bytes of a message of the game.
func (p *packet) takeApart(e *tape.Entry) {
	m, fields, err := e.Fields()
	if m == nil || m.Unknown {
		p.Unknown = true
	}
	if m != nil {
		p.Ref, p.Guess = m.Section, m.Confidence == wire.Guess
	}
	if err != nil {
		p.Problem = "The bytes do not fit the known layout: " + plain(err.Error())
	}
	p.addFields(fields, e, 0)
	if len(p.Fields) > maxFieldRows {
		p.Fields, p.Cut = p.Fields[:maxFieldRows], true
	}
	shown := e.Data
	if len(shown) > maxDump {
		shown, p.Cut = shown[:maxDump], true
	}
	p.Dump = strings.TrimRight(hex.Dump(shown), "\n")
}

func (p *packet) addFields(fields []wire.Value, e *tape.Entry, depth int) {
	for _, v := range fields {
		if len(p.Fields) > maxFieldRows {
			return
		}
		row := fieldRow{Depth: min(depth, 4), Name: v.Name, Type: v.Type, Value: plain(v.Text()), Offset: v.Offset}
		if v.Secret && slices.Contains(e.Masked, v.Name) {
			row.Value = "(overwritten)"
		}
		if len(v.Fields) == 0 {
			row.Hex = fieldHex(e, v)
		}
		p.Fields = append(p.Fields, row)
		p.addFields(v.Fields, e, depth+1)
	}
}

// fieldHex is the field as it stands in the body.
func fieldHex(e *tape.Entry, v wire.Value) string {
	from, to := e.Body+v.Offset, e.Body+v.Offset+v.Size
	if from < 0 || to > len(e.Data) || from > to {
		return ""
	}
	b := e.Data[from:to]
	if len(b) > maxFieldHex {
		return fmt.Sprintf("% x …", b[:maxFieldHex])
	}
	return fmt.Sprintf("% x", b)
}

// plain shows what a client sent without control characters.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '.'
		}
		return r
	}, strings.ToValidUTF8(text, "."))
}

// plainLines is plain for a text of several lines.
func plainLines(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = plain(lines[i])
	}
	return strings.Join(lines, "\n")
}
