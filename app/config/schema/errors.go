package schema

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Error is one mistake in the configuration. A program that meets one should
// show it as it is and end with the exit code for wrong usage.
type Error struct {
	// Source is where the setting came from: the name of the file, the name of
	// the environment variable, or the origin of the override.
	Source string
	// Line is the line in the file, counted from 1; 0 when Source is no file.
	Line int
	// Path is the setting, such as "race.max_humans" or "race.purses[2].share".
	// It is empty when the mistake belongs to no known setting.
	Path string
	// Value is the offending value as it is shown: quoted where that is needed,
	// shortened when long, hidden when secret, empty when there is none.
	Value string
	// Problem says what is wrong.
	Problem string
	// Allowed lists the allowed values, or one text such as "1 to 8".
	Allowed []string
	// Suggestion is the name that was probably meant, if there is one.
	Suggestion string
}

// Error returns the mistake in one line, such as
// "mcos.yaml:12: race.max_humans: 9 is not allowed (allowed: 6, 4)".
func (e *Error) Error() string {
	var b strings.Builder
	if e.Source != "" {
		b.WriteString(e.Source)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
		}
		b.WriteString(": ")
	}
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	if e.Value != "" {
		b.WriteString(e.Value + " ")
	}
	b.WriteString(e.Problem)
	if len(e.Allowed) > 0 {
		b.WriteString(" (allowed: " + strings.Join(e.Allowed, ", ") + ")")
	}
	if e.Suggestion != "" {
		b.WriteString(" (did you mean " + e.Suggestion + "?)")
	}
	return b.String()
}

// maxErrors bounds the report on a file that is wrong all over.
const maxErrors = 100

// collector gathers mistakes in the order in which they are found.
type collector struct{ list []error }

func (c *collector) add(e *Error) {
	if c.full() {
		return
	}
	c.list = append(c.list, e)
	if c.full() {
		c.list = append(c.list, &Error{Source: e.Source, Problem: "too many mistakes, the rest is not shown"})
	}
}

func (c *collector) full() bool { return len(c.list) >= maxErrors }

func (c *collector) err() error { return errors.Join(c.list...) }

var plainValue = regexp.MustCompile(`^[A-Za-z0-9_.:/+-]+$`)

// maxShown is the number of bytes of an offending value that an error shows.
const maxShown = 60

// show returns text as an error displays it.
func show(text string, secret bool) string {
	if secret {
		return "(hidden)"
	}
	if len(text) > maxShown {
		return strconv.Quote(strings.ToValidUTF8(text[:maxShown], "")) + "..."
	}
	if plainValue.MatchString(text) {
		return text
	}
	return strconv.Quote(text)
}

// suggest returns the candidate that name is most likely a slip of, or "".
func suggest(name string, candidates []string) string {
	const maxName = 64
	if len(name) > maxName {
		return ""
	}
	best, bestDistance := "", (len(name)+1)/3
	for _, c := range candidates {
		if d := distance(name, c); d <= bestDistance && (best == "" || d < bestDistance) {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b.
func distance(a, b string) int {
	before, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(b)]
}
