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

// foldRune returns the smallest of the runes that differ from r only in case.
// For ASCII letters that is the capital one.
func foldRune(r rune) rune {
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	return least
}
