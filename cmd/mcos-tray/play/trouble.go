package play

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"mcos/protocol/plain"
)

// Trouble is what went wrong, in words for the player.
type Trouble struct {
	What  string // what went wrong, a sentence
	Next  string // what to do now, a sentence
	Cause error  // for those who want to know more; may be nil
}

// Error is what went wrong and what to do now.
func (t *Trouble) Error() string { return t.What + " " + t.Next }

// Unwrap gives the cause.
func (t *Trouble) Unwrap() error { return t.Cause }

// trouble makes one of an error that is a sentence in itself; where it names no next
// step, next does.
func trouble(what string, cause error, next string) *Trouble {
	if cause != nil {
		what = strings.TrimSuffix(what, ".") + ": " + lower(sentence(cause.Error())) + "."
	}
	return &Trouble{What: what, Next: next, Cause: cause}
}

// sentence is the text of an error on one line without the full stop.
func sentence(text string) string { return strings.TrimRight(plain.Line(text, plain.Long), ". ") }

// lower is a text that goes on after a colon; names and abbreviations keep their
// capitals.
func lower(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	second, _ := utf8.DecodeRuneInString(text[size:])
	if unicode.IsUpper(first) && unicode.IsLower(second) && !strings.HasPrefix(text, "Windows") && !strings.HasPrefix(text, "Wine") &&
		!strings.HasPrefix(text, "Motor City") {
		return string(unicode.ToLower(first)) + text[size:]
	}
	return text
}

// slow tells whether something took too long or was given up.
func slow(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
