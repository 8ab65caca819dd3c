package storage

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// FoldName returns the form of a name in which case does not count: two names
// have the same form exactly when strings.EqualFold says they are equal. Stores
// keep their name indexes by it.
func FoldName(name string) string {
	ascii := true
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.ToUpper(name)
	}
	return strings.Map(foldRune, name)
}

// LooksOf returns the form of a name in which only its looks count: two names of the
// same form are hard to tell apart on a screen of 2001. Case and blanks do not count,
// and neither do the differences between l, I, 1, ! and |, or between O and 0. It is
// for refusing a new name that would pass for somebody else's; looking somebody up goes
// by FoldName.
func LooksOf(name string) string { return looks.Replace(FoldName(name)) }

var looks = strings.NewReplacer(" ", "", "L", "I", "1", "I", "!", "I", "|", "I", "0", "O")

// foldRune returns the smallest of the runes that differ from r only in case.
// For ASCII letters that is the capital one.
func foldRune(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}
