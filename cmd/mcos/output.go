package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// printJSON prints a value for programs.
func (p *program) printJSON(v any) error {
	e := json.NewEncoder(p.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// table prints rows under a heading, in columns.
func (p *program) table(rows [][]string) error {
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

// facts prints lines of a name and a value.
func (p *program) facts(lines ...[2]string) error {
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	for _, line := range lines {
		fmt.Fprintf(w, "%s:\t%s\n", line[0], line[1])
	}
	return w.Flush()
}

// when shows a time, "never" when there was none.
func (p *program) when(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.In(p.zone).Format("2006-01-02 15:04")
}

// dollars shows an amount of the game's money.
func dollars(n int64) string {
	text := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, text = "-", text[1:]
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return sign + "$" + text
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// progress shows on a terminal how much of a long copy is done.
type progress struct {
	p     *program
	what  string
	w     io.Writer
	bytes int64
	shown time.Time
}

// progressOf counts what is written to w.
func (p *program) progressOf(what string, w io.Writer) *progress {
	return &progress{p: p, what: what, w: w}
}

const redraw = 200 * time.Millisecond

// Write implements io.Writer.
func (g *progress) Write(b []byte) (int, error) {
	n, err := g.w.Write(b)
	g.bytes += int64(n)
	if now := g.p.now(); g.p.terminal && now.Sub(g.shown) >= redraw {
		g.shown = now
		fmt.Fprintf(g.p.err, "\r%s: %s", g.what, size(g.bytes))
	}
	return n, err
}

// done ends the line on the terminal.
func (g *progress) done() {
	if !g.shown.IsZero() {
		fmt.Fprintf(g.p.err, "\r%s: %s\n", g.what, size(g.bytes))
	}
}

func size(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}
