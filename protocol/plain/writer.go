package plain

import (
	"io"
	"slices"
	"unicode/utf8"
)

// Writer returns a writer for a terminal that lets only plain text through to w. Line ends and tabs stay, and a carriage return at the
// start of a write, with which our own programs draw a line again. It may be used like w itself, but its writes must not overlap.
func Writer(w io.Writer) io.Writer { return &writer{w: w} }

type writer struct {
	w    io.Writer
	part []byte // the start of a character whose rest has not come yet
}

// Write implements io.Writer; the length is that of p also where less reaches the terminal.
func (t *writer) Write(p []byte) (int, error) {
	out := make([]byte, 0, len(p)+len(t.part))
	in := p
	if len(t.part) > 0 {
		in = slices.Concat(t.part, p)
		t.part = nil
	} else if len(in) > 0 && in[0] == '\r' {
		out, in = append(out, '\r'), in[1:]
	}
	for len(in) > 0 {
		r, size := utf8.DecodeRune(in)
		switch {
		case r == utf8.RuneError && size < 2 && !utf8.FullRune(in):
			t.part = append([]byte(nil), in...)
			size = len(in)
		case r == utf8.RuneError && size < 2:
			out = append(out, '?')
		case r == '\n' || r == '\t':
			out = append(out, in[0])
		case seen(r):
			out = append(out, in[:size]...)
		}
		in = in[size:]
	}
	if _, err := t.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}
