package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/gateway"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// TestProtocolDocument keeps docs/PROTOCOL.md the same as the code. With
// MCOS_UPDATE=1 (make docs) it writes the document.
func TestProtocolDocument(t *testing.T) {
	path := filepath.Join("..", "docs", "PROTOCOL.md")
	want := startInside(t).protocolDocument()
	if os.Getenv("MCOS_UPDATE") != "" {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, want, string(got), "docs/PROTOCOL.md is not up to date; run: make docs")
}

// families are the chapters of the protocol document.
var families = []struct {
	family wire.Family
	title  string
	about  string
}{
	{wire.Login, "Login, TCP 8226", "NPS with the 12-byte header: u16 number, u16 length of all, u16 version 0x0101, u16 0, u32 length again. Numbers are big-endian."},
	{wire.Mail, "Mail, TCP 8227", "NPS with the 4-byte header: u16 number, u16 length of all. Numbers are big-endian."},
	{wire.Persona, "Personas, TCP 8228", "NPS with the 12-byte header; some answers have 4 bytes. Numbers are big-endian."},
	{wire.Lobby, "Lobby and rooms, TCP 7003, 9000 to 9020, 10001", "NPS with the 4-byte header. After login everything travels inside 0x1101, encrypted with DES-CBC. Numbers are big-endian."},
	{wire.MCOTS, "Transactions, TCP 43300", "Frames with u16 length of the rest, \"TOMC\", u32 sequence, u8 flags; the body begins with the u16 message number and is encrypted with RC4. Numbers are little-endian. Sizes here are without the number."},
}

// protocolDocument writes docs/PROTOCOL.md out of the message declarations and the
// services' tables, so that it cannot say anything else than the code.
func (a *App) protocolDocument() string {
	treatment := map[wire.Family]map[uint16]gateway.Treatment{}
	for _, port := range a.gamePorts() {
		if treatment[port.Family] == nil {
			treatment[port.Family] = map[uint16]gateway.Treatment{}
		}
		for _, r := range port.Rows {
			treatment[port.Family][r.Message.Number] = r.Treatment
		}
	}
	var b strings.Builder
	b.WriteString(documentHead)
	for _, f := range families {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", f.title, f.about)
		messages := messagesOf(f.family)
		writeIndex(&b, messages, treatment[f.family])
		b.WriteString("\n### Layouts\n")
		for _, m := range messages {
			writeLayout(&b, m)
		}
	}
	return b.String()
}

const documentHead = `# The protocol as this server speaks it

This document is generated from the message declarations and the services' tables
(` + "`make docs`" + `); a test keeps it up to date. "Section" names the document and section of
the protocol reference that a message implements. "Sure" is how its layout is known:
C captured bytes, D read from the client, S what a known server does, G a guess,
ours our own decision, N only the name is known.

"Here" says what this server does with a message from the client: handled; ignored
(recorded in the log, not answered); declined (recorded, and refused in the form
that its port has for that); framing (taken off before a table sees it). It is said
for the settings that a server starts with; layouts whose name ends in a setting in
brackets are in use when that is set. Messages to the client that have no captured bytes are
sent only where a section of the reference asks for them.
`

func messagesOf(f wire.Family) []*wire.Message {
	var list []*wire.Message
	for _, m := range slices.Concat(nps.Registry.All(), mcots.Registry.All()) {
		if m.Family == f {
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b *wire.Message) int { return int(a.Number) - int(b.Number) })
	return list
}

// inFraming is what happens to the one message that never reaches a table.
const inFraming = "framing"

func writeIndex(b *strings.Builder, messages []*wire.Message, rows map[uint16]gateway.Treatment) {
	b.WriteString("| Number | Name | Way | Bytes | Section | Sure | Here |\n|---|---|---|---|---|---|---|\n")
	for _, m := range messages {
		name := m.Name
		if m.Variant != "" {
			name += " (" + m.Variant + ")"
		}
		here := ""
		switch {
		case m == nps.Envelope.Message:
			here = inFraming
		case m.Dir&wire.ToServer != 0 && m.Variant == "":
			here = string(rows[m.Number])
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", number(m), name, m.Dir, size(m), m.Section, m.Confidence, here)
	}
}

func number(m *wire.Message) string {
	if m.Family == wire.MCOTS {
		return fmt.Sprint(m.Number)
	}
	return fmt.Sprintf("0x%03X", m.Number)
}

func size(m *wire.Message) string {
	switch {
	case m.Unknown:
		return "?"
	case m.Layout().Size() >= 0:
		return fmt.Sprint(m.Layout().Size())
	default:
		return fmt.Sprintf("%d and more", m.Layout().MinSize())
	}
}

func writeLayout(b *strings.Builder, m *wire.Message) {
	fields := m.Layout().Describe()
	if m.Unknown || len(fields) == 0 {
		return
	}
	fmt.Fprintf(b, "\n#### %s %s", number(m), m.Name)
	if m.Variant != "" {
		fmt.Fprintf(b, " (%s)", m.Variant)
	}
	fmt.Fprintf(b, ", %s\n\n| Offset | Field | Type |\n|---|---|---|\n", m.Dir)
	writeFields(b, fields, "", 0)
}

// writeFields writes one line a field; the offset is left out once it depends on
// what came before.
func writeFields(b *strings.Builder, fields []wire.Field, prefix string, offset int) {
	for _, f := range fields {
		at := ""
		if offset >= 0 {
			at = fmt.Sprint(offset)
		}
		kind := f.Type
		if f.Optional {
			kind += ", may be missing"
		}
		if f.Secret {
			kind += ", secret"
		}
		fmt.Fprintf(b, "| %s | %s%s | %s |\n", at, prefix, f.Name, kind)
		if len(f.Fields) > 0 {
			inner := -1
			if f.Size >= 0 {
				inner = offset
			}
			writeFields(b, f.Fields, prefix+f.Name+".", inner)
		}
		if f.Size < 0 {
			offset = -1
		} else if offset >= 0 {
			offset += f.Size
		}
	}

}
