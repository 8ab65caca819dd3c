package replay

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"mcos/app/record/tape"
	"mcos/protocol/wire"
)

// match compares the answers of a connection with the recorded ones as far as both are
// there. An answer that has another number than the recorded one is looked for a
// little further on: the server may have told something in between.
func (r *run) match(c *conn) {
	got := c.got()
	for _, want := range c.want[c.seen:] {
		at := slices.IndexFunc(got[min(c.next, len(got)):], func(f wire.Frame) bool { return f.Number == want.Number && !f.Heartbeat })
		if at < 0 && c.strange(got) {
			r.differ(c, want, Difference{Kind: Other, Got: title(want.Family, got[c.next])})
			c.next++
			continue
		}
		if at < 0 {
			r.differ(c, want, Difference{Kind: Missing, Got: r.instead(c, got)})
			continue
		}
		for _, f := range got[c.next : c.next+at] {
			r.extra(c, want, f)
		}
		c.next += at + 1
		r.compare(c, want, got[c.next-1])
	}
}

// strange tells whether the next answer is none that the recording has later on, so
// that it must be in the place of the one that is missing.
func (c *conn) strange(got []wire.Frame) bool {
	return c.next < len(got) && !got[c.next].Heartbeat &&
		!slices.ContainsFunc(c.want[c.seen:], func(e *tape.Entry) bool { return e.Number == got[c.next].Number })
}

// instead says why an answer is missing, where that is known.
func (r *run) instead(c *conn, got []wire.Frame) string {
	if c.raw == nil {
		return ""
	}
	if _, err := c.raw.Received(); err != nil && c.next >= len(got) {
		return err.Error()
	}
	return ""
}

func (r *run) extra(c *conn, near *tape.Entry, f wire.Frame) {
	if f.Heartbeat {
		return
	}
	r.differ(c, near, Difference{Kind: Extra, Message: title(near.Family, f)})
}

func title(family wire.Family, f wire.Frame) string {
	e := tape.Entry{Family: family, Number: f.Number}
	if m := tape.Message(family, wire.ToClient, f.Number, f.Body); m != nil {
		e.Name = m.Name
	}
	return e.Title()
}

// compare compares one answer with the recorded one.
func (r *run) compare(c *conn, want *tape.Entry, f wire.Frame) {
	r.result.Compared++
	r.ids.notePassword(f)
	if cipher := want.Family == wire.Lobby || want.Family == wire.MCOTS; cipher && want.Encrypted == f.Plain {
		r.differ(c, want, Difference{Kind: Field, Field: "encrypted", Want: fmt.Sprint(want.Encrypted), Got: fmt.Sprint(!f.Plain)})
	}
	m, fields, err := want.Fields()
	now := tape.Message(want.Family, wire.ToClient, f.Number, f.Body)
	if m == nil || now == nil || err != nil {
		if !bytes.Equal(want.Data[want.Body:], f.Body) {
			r.differ(c, want, Difference{Kind: Field, Field: "body", Want: hex.EncodeToString(want.Data[want.Body:]), Got: hex.EncodeToString(f.Body)})
		}
		return
	}
	if m != now {
		r.differ(c, want, Difference{Kind: Field, Field: "form", Want: form(m), Got: form(now)})
		return
	}
	gotFields, used, err := now.Layout().Inspect(f.Body)
	if err != nil {
		r.differ(c, want, Difference{Kind: Field, Field: "body", Want: "a whole message", Got: err.Error()})
		return
	}
	p := pair{r: r, c: c, e: want, m: m, request: requestOf(fields)}
	p.fields("", fields, gotFields)
	if rest := len(f.Body) - used; rest != len(want.Data)-want.Body-length(fields) {
		r.differ(c, want, Difference{
			Kind: Field, Field: "bytes behind the last field", Want: fmt.Sprint(len(want.Data) - want.Body - length(fields)), Got: fmt.Sprint(rest),
		})
	}
}

func form(m *wire.Message) string {
	if m.Variant != "" {
		return m.Name + " (" + m.Variant + ")"
	}
	return m.Name
}

// length is where the last field ends.
func length(fields []wire.Value) int {
	if len(fields) == 0 {
		return 0
	}
	last := fields[len(fields)-1]
	return last.Offset + last.Size
}

// pair is a recorded answer and the one that came.
type pair struct {
	r       *run
	c       *conn
	e       *tape.Entry
	m       *wire.Message
	request uint16
}

func (p *pair) fields(path string, want, got []wire.Value) {
	if len(want) != len(got) {
		p.differ(join(path, "number of entries"), fmt.Sprint(len(want)), fmt.Sprint(len(got)))
	}
	for i := range min(len(want), len(got)) {
		w, g := want[i], got[i]
		name := join(path, w.Name)
		switch {
		case w.Secret || changing[w.Name]:
		case w.Name != g.Name:
			p.differ(name, w.Name, g.Name)
			return
		case w.Data == nil:
			p.fields(name, w.Fields, g.Fields)
		default:
			p.value(name, w, g)
		}
	}
}

// join makes the path of a field; an element follows its list without a dot.
func join(path, name string) string {
	if path == "" || strings.HasPrefix(name, "[") {
		return path + name
	}
	return path + "." + name
}

// value compares two values that are no lists.
func (p *pair) value(name string, w, g wire.Value) {
	old, isNumber := w.Data.(uint64)
	now, _ := g.Data.(uint64)
	text, isText := w.Data.(string)
	k := kindOf(p.m, w, p.request)
	switch {
	case isNumber && k != "":
		if p.r.ids.learn(k, old, now) {
			return
		}
		p.differ(name, fmt.Sprintf("%s %d, which is %d here", k, old, p.r.ids.numbers[k][old]), fmt.Sprint(now))
	case isText && names[w.Name] && strings.EqualFold(text, p.r.persona):
		if known, ok := p.r.ids.names[text]; !ok {
			p.r.ids.names[text] = g.Data.(string)
		} else if known != g.Data.(string) {
			p.differ(name, w.Text(), g.Text())
		}
	case w.Text() != g.Text():
		p.differ(name, w.Text(), g.Text())
	}
}

func (p *pair) differ(field, want, got string) {
	p.r.differ(p.c, p.e, Difference{Kind: Field, Field: field, Want: want, Got: got})
}

// finish lists what came after the last recorded answer.
func (r *run) finish() {
	for _, c := range r.order {
		got := c.got()
		if len(c.want) == 0 && len(got) == 0 {
			continue
		}
		near := &tape.Entry{Time: r.start, Conn: c.name, Port: c.port, Family: familyOf(c)}
		if len(c.want) > 0 {
			near = c.want[len(c.want)-1]
		}
		for _, f := range got[min(c.next, len(got)):] {
			r.extra(c, near, f)
		}
	}
	for k, known := range r.ids.numbers {
		for old, now := range known {
			if old != now {
				r.result.Mapped[string(k)]++
			}
		}
	}
}

func familyOf(c *conn) wire.Family {
	e := tape.Entry{Port: c.port}
	e.Complete()
	return e.Family
}
