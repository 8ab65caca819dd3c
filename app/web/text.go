package web

import "strings"

// maxText bounds the texts that the login dialog shows (web-and-client 2.5).
const maxText = 199

// printable reports whether a text is made of printable ASCII only.
func printable(s string) bool {
	return strings.IndexFunc(s, unprintable) < 0
}

func unprintable(r rune) bool { return r < ' ' || r > '~' }

// plain turns any text into one short line of printable ASCII.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unprintable(r) {
			return '?'
		}
		return r
	}, s)
	return s[:min(len(s), maxText)]
}
