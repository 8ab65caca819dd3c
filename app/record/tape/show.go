package tape

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"mcos/protocol/wire"
)

// Show prints an entry for people: a line, and with full also the fields and bytes of
// a message. Times count from since.
func Show(w io.Writer, e *Entry, since time.Time, full bool) error {
	var b bytes.Buffer
	at := e.Time.Sub(since).Seconds()
	head := fmt.Sprintf("%9.3f  %-5s %5d", at, e.Conn, e.Port)
	switch e.Type {
	case In, Out:
		way := ">"
		if e.Type == Out {
			way = "<"
		}
		fmt.Fprintf(&b, "%s %s %s%s\n", head, way, e.Title(), notes(e))
		if full {
			showBody(&b, e)
		}
	case Key:
		fmt.Fprintf(&b, "%s   session key\n", head)
	case Note:
		fmt.Fprintf(&b, "%9.3f  note: %s\n", at, e.Text)
	default:
		text := string(e.Type)
		for _, more := range []string{e.Client, e.Text} {
			if more != "" {
				text += ", " + more
			}
		}
		fmt.Fprintf(&b, "%s   %s\n", head, text)
	}
	_, err := w.Write([]byte(strings.Map(visible, b.String())))
	return err
}

// visible keeps what a client sends from steering a terminal.
func visible(r rune) rune {
	if unicode.IsControl(r) && r != '\n' {
		return '.'
	}
	return r
}

// Title is number and name of the message.
func (e *Entry) Title() string {
	name := e.Name
	if name == "" {
		name = "(unknown)"
	}
	switch e.Family {
	case Web:
		return name
	case wire.MCOTS:
		return fmt.Sprintf("%d %s", e.Number, name)
	}
	return fmt.Sprintf("0x%03X %s", e.Number, name)
}

func notes(e *Entry) string {
	text := fmt.Sprintf("  %d bytes", len(e.Data)-e.Body)
	if e.Persona != "" {
		text += ", " + e.Persona
	}
	if len(e.Masked) > 0 {
		text += ", overwritten: " + strings.Join(e.Masked, ", ")
	}
	return text
}

const indent = "      "

func showBody(b *bytes.Buffer, e *Entry) {
	if e.Family == Web {
		for line := range strings.Lines(string(e.Data)) {
			b.WriteString(indent + strings.TrimRight(line, "\r\n") + "\n")
		}
		return
	}
	_, fields, err := e.Fields()
	showFields(b, fields, indent, e.Masked)
	if err != nil {
		fmt.Fprintf(b, "%sthe bytes do not fit the known layout: %v\n", indent, err)
	}
	for line := range strings.Lines(hex.Dump(e.Data)) {
		b.WriteString(indent + "| " + line)
	}
}

func showFields(b *bytes.Buffer, fields []wire.Value, before string, masked []string) {
	for _, v := range fields {
		text := v.Text()
		if v.Secret && slices.Contains(masked, v.Name) {
			text = "(overwritten)"
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("%s%-20s %s", before, v.Name, text), " ") + "\n")
		showFields(b, v.Fields, before+"  ", masked)
	}
}
