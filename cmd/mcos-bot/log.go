package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"mcos/app/bot"
	"mcos/protocol/plain"
)

// logger prints what happens, whole lines at a time: text for people, or one JSON document a line.
type logger struct {
	json bool
	mu   sync.Mutex
	out  io.Writer
	err  error // the first one of writing
}

func (l *logger) printf(format string, args ...any) { l.write(fmt.Appendf(nil, format, args...)) }

func (l *logger) write(b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.out.Write(b); err != nil && l.err == nil {
		l.err = err
	}
}

// document prints v as one line of JSON.
func (l *logger) document(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		b = fmt.Appendf(nil, "%q", err) // cannot happen: the types are our own
	}
	l.write(append(b, '\n'))
}

// step prints one step of a session.
func (l *logger) step(prefix string, s bot.Step) {
	if l.json {
		return // they come with their session
	}
	mark, text := "ok", s.Detail
	if s.Err != nil {
		mark, text = "FAILED", s.Error
	}
	l.printf("%s%2d  %-18s  %-6s  %8s  %s\n", prefix, s.Number, s.Name, mark, short(s.Took), clean(text))
}

// end prints what a session came to.
func (l *logger) end(prefix string, o outcome, took time.Duration, alone bool) {
	if l.json {
		l.document(o)
		return
	}
	if !o.OK {
		l.printf("%sfailed after %s: %s\n", prefix, short(took), clean(o.Error))
		return
	}
	l.printf("%sok in %s: persona %d %q, balance %d, level %d, %d car(s)\n",
		prefix, short(took), o.PersonaID, o.Persona, o.Balance, o.Level, len(o.Cars))
	if !alone {
		return
	}
	for _, car := range o.Cars {
		l.printf("  car %d: kind %d, paint %d, %d parts\n", car.Vehicle, car.BrandedPart, car.Skin, car.Parts)
	}
	l.printf("  in the room: %s\n", quoted(o.Present))
	for _, seen := range o.Seen {
		l.printf("  %s %s\n", who(seen), seen.What)
	}
}

func who(s bot.Sighting) string {
	if s.Name == "" {
		return fmt.Sprintf("user %d", s.User)
	}
	return fmt.Sprintf("%q", s.Name)
}

func quoted(names []string) string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(all, ", ")
}

// table prints the end of many sessions.
func (l *logger) table(r report) {
	if l.json {
		l.document(r)
		return
	}
	var text bytes.Buffer
	_, _ = fmt.Fprintf(&text, "\n%d sessions in %s: %d ok, %d failed\n\n", r.Sessions, short(r.Took), r.OK, r.Failed)
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "times\tfailed\tp50\tp99\t  step")
	for _, s := range r.Steps {
		_, _ = fmt.Fprintf(w, "%d\t%d\t%s\t%s\t  %s\n", s.Count, s.Failed, short(s.P50), short(s.P99), s.Name)
	}
	_ = w.Flush()
	l.write(text.Bytes())
}

// stepTimes says how long one step took over all sessions.
type stepTimes struct {
	Name   string        `json:"name"`
	Count  int           `json:"count"`
	Failed int           `json:"failed"`
	P50    time.Duration `json:"p50"`
	P99    time.Duration `json:"p99"`
}

// times sums up the steps of all sessions in the order in which they were first seen.
func times(sessions []outcome) []stepTimes {
	list := []stepTimes{}
	took := map[string][]time.Duration{}
	for _, o := range sessions {
		for _, s := range o.Steps {
			i := slices.IndexFunc(list, func(t stepTimes) bool { return t.Name == s.Name })
			if i < 0 {
				i = len(list)
				list = append(list, stepTimes{Name: s.Name})
			}
			list[i].Count++
			if s.Error != "" {
				list[i].Failed++
			}
			took[s.Name] = append(took[s.Name], s.Took)
		}
	}
	for i := range list {
		all := took[list[i].Name]
		slices.Sort(all)
		list[i].P50, list[i].P99 = percentile(all, 50), percentile(all, 99)
	}
	return list
}

// percentile is the smallest of the sorted values that p percent of them do not exceed.
func percentile(sorted []time.Duration, p int) time.Duration {
	return sorted[(len(sorted)*p+99)/100-1]
}

// short rounds a time to what matters of it.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	default:
		return d.Round(10 * time.Millisecond).String()
	}
}

// clean keeps texts of a server from steering the terminal.
func clean(text string) string { return plain.Line(text, plain.Page) }
