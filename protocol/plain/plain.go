// Package plain makes text that came from somewhere else harmless to show: that of another server, of a player, of a file or of
// another program. A terminal, a menu, a notification or a log takes more than words for words: control characters, escape
// sequences, marks that turn the direction of writing, invisible characters, markup. Text is filtered where it enters, so that
// nothing behind can forget it.
//
// Three filters, the stricter first: Words for what a stranger says, Line for one line, Text for several. All of them return valid
// UTF-8 of characters that can be seen, and are idempotent; what is plain already comes back as it is.
package plain

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// Short is the length of a name in a menu, in characters.
	Short = 64
	// Long is the length of a sentence or two for a person, in characters.
	Long = 400
	// Page is the length of a text of many lines, in characters.
	Page = 64 << 10
)

// maxMarks is how many marks may follow a letter: towers of them cover the lines above.
const maxMarks = 3

// ellipsis stands for what was cut off.
const ellipsis = "…"

// Line makes one line of at most most characters of a text: white space of any kind becomes one space, and what cannot be seen goes.
func Line(text string, most int) string {
	return cut(strings.Join(strings.Fields(clean(text, most, false)), " "), most)
}

// Text is a text of several lines and at most most characters. Line ends and spaces stay, tabs become spaces.
func Text(text string, most int) string { return cut(clean(text, most, true), most) }

// Keep is Text without a limit, for answers whose size is bounded already.
func Keep(text string) string { return clean(text, len(text), true) }

// signs are what markup, scripts, shells or menus take for more than signs, with what is shown instead. The replacements are ASCII:
// some programs turn look-alikes of other alphabets back into the originals.
var signs = strings.NewReplacer("<", "(", ">", ")", "[", "(", "]", ")", "{", "(", "}", ")", "`", "'", `"`, "'", "$", "S", "&", "+", `\`, "/", "|", "/", "^", "'", "%", "/")

// Words is Line for what a stranger says: signs with a meaning for markup, scripts or shells are replaced as well.
func Words(text string, most int) string { return signs.Replace(Line(text, most)) }

// Error is err with the words that a stranger may have had a part in made plain. It matches what err matches; nil stays nil.
func Error(err error) error {
	if err == nil {
		return nil
	}
	return &plainError{err, Words(err.Error(), Long)}
}

type plainError struct {
	err  error
	text string
}

func (e *plainError) Error() string { return e.text }

func (e *plainError) Unwrap() error { return e.err }

// bytesPerRune is how much of a text is looked at for each character that is wanted: the largest character, and a generous part of
// what goes.
const bytesPerRune = 16

// clean is the part that all filters share.
func clean(text string, most int, lines bool) string {
	if isPlain(text) {
		return text
	}
	if limit := most * bytesPerRune; limit >= most && len(text) > limit {
		text = text[:limit]
	}
	var out strings.Builder
	out.Grow(len(text))
	marks := maxMarks // none before the first letter
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		switch {
		case r == utf8.RuneError && size < 2:
			out.WriteByte('?')
			marks = maxMarks
		case lines && r == '\n':
			out.WriteByte('\n')
			marks = maxMarks
		case unicode.IsSpace(r) && r != '\r' || r == '\u2028' || r == '\u2029':
			out.WriteByte(' ')
			marks = maxMarks
		case r == '\r' && !lines:
			out.WriteByte(' ')
		case !seen(r):
		case unicode.IsMark(r):
			if marks < maxMarks {
				out.WriteRune(r)
				marks++
			}
		default:
			out.WriteRune(r)
			marks = 0
		}
	}
	return out.String()
}

// isPlain tells quickly that there is nothing to do.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < ' ' || c > '~') && c != '\n' {
			return false
		}
	}
	return true
}

// seen tells whether a character is one that is seen. Control characters and the invisible ones that change how others are shown are not.
func seen(r rune) bool {
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// cut shortens a text to most characters.
func cut(text string, most int) string {
	if len(text) <= most || utf8.RuneCountInString(text) <= most {
		return text
	}
	n := 0
	for i := range text {
		if n++; n == most {
			return strings.TrimRight(text[:i], " ") + ellipsis
		}
	}
	return text
}
