package replay

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"mcos/app/record/tape"
)

// DifferenceKind is the way in which an answer differs.
type DifferenceKind string

// The kinds.
const (
	Field   DifferenceKind = "field"   // a field has another value
	Missing DifferenceKind = "missing" // a recorded answer did not come
	Extra   DifferenceKind = "extra"   // an answer came that the recording does not have
	Other   DifferenceKind = "other"   // another answer came in its place
	Failed  DifferenceKind = "failed"  // a connection could not be opened or used
)

// Difference is one thing that was not as recorded.
type Difference struct {
	Kind    DifferenceKind `json:"kind"`
	After   time.Duration  `json:"after"` // the start of the recording
	Conn    string         `json:"connection"`
	Port    int            `json:"port"`
	Message string         `json:"message,omitempty"`
	Field   string         `json:"field,omitempty"`
	Want    string         `json:"want,omitempty"`
	Got     string         `json:"got,omitempty"`
}

// Result is what came of a replay.
type Result struct {
	Sent        int            `json:"sent"`     // messages of the client
	Compared    int            `json:"compared"` // answers
	Mapped      map[string]int `json:"mapped"`   // numbers that are others here, by kind
	Differences []Difference   `json:"differences"`
}

// differ notes a difference near a recorded entry.
func (r *run) differ(c *conn, e *tape.Entry, d Difference) {
	d.After, d.Conn, d.Port = e.Time.Sub(r.start), c.name, c.port
	if d.Message == "" && e.IsMessage() {
		d.Message = e.Title()
	}
	r.result.Differences = append(r.result.Differences, d)
}

// maxShown is how much of a value is printed.
const maxShown = 80

// Print writes the result for people.
func (r *Result) Print(w io.Writer) error {
	var b strings.Builder
	before := ""
	missing := map[string]int{} // by connection
	for _, d := range r.Differences {
		if d.Kind == Missing {
			if missing[d.Conn]++; missing[d.Conn] > 1 {
				continue // said at the end
			}
		}
		head := fmt.Sprintf("%9.3f  %-5s %5d  %s", d.After.Seconds(), d.Conn, d.Port, d.Message)
		if head = strings.TrimRight(head, " "); head != before {
			b.WriteString(head + "\n")
			before = head
		}
		switch d.Kind {
		case Field:
			fmt.Fprintf(&b, "      %s: recorded %s, now %s\n", d.Field, cut(d.Want), cut(d.Got))
		case Missing:
			b.WriteString("      did not come" + because(d.Got) + "\n")
		case Other:
			b.WriteString("      in its place came " + d.Got + "\n")
		case Extra:
			b.WriteString("      came, the recording does not have it\n")
		case Failed:
			b.WriteString("      the connection failed" + because(d.Got) + "\n")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		if n := missing[name] - 1; n > 0 {
			fmt.Fprintf(&b, "%d more answers did not come on %s.\n", n, name)
		}
	}
	fmt.Fprintf(&b, "%d messages sent, %d answers compared, %d differences.\n", r.Sent, r.Compared, len(r.Differences))
	for _, k := range slices.Sorted(maps.Keys(r.Mapped)) {
		fmt.Fprintf(&b, "Other numbers here: %s, %d.\n", k, r.Mapped[k])
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

func cut(text string) string {
	if len(text) > maxShown {
		return text[:maxShown] + "…"
	}
	return text
}
