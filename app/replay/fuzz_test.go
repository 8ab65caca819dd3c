package replay

import (
	"testing"

	"mcos/app/record/tape"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// FuzzBodies adapts and compares any bodies of any message: recordings come from
// strangers, and so do the answers of the server that they are played against.
func FuzzBodies(f *testing.F) {
	var all []*wire.Message
	for _, r := range []*wire.Registry{nps.Registry, mcots.Registry} {
		all = append(all, r.All()...)
	}
	for n, m := range all {
		body := make([]byte, 64)
		f.Add(uint16(n), body, body[:m.Layout().MinSize()%64], "Dr Brown", "Doc")
	}
	f.Add(uint16(0), []byte("\x00\x00\x00\x05\x00\x00\x00\x08Dr Brown"), []byte{}, "Dr Brown", "A name that is longer than every container")
	f.Fuzz(func(_ *testing.T, which uint16, recorded, answer []byte, name, other string) {
		m := all[int(which)%len(all)]
		r := newRun()
		r.persona = name
		r.ids.names[name] = other
		r.ids.password = []byte(other)
		e := tape.Entry{Type: tape.In, Conn: "c1", Port: 7003, Family: m.Family, Number: m.Number, Name: m.Name, Data: append(make([]byte, 4), recorded...), Body: 4}
		if m.Dir == wire.ToClient {
			e.Type = tape.Out
		}
		r.adapt(&e)
		e.Type = tape.Out
		c := &conn{name: "c1", port: e.Port, login: []wire.Frame{{Number: m.Number, Body: answer}}, want: []*tape.Entry{&e}}
		r.order = []*conn{c}
		r.match(c)
		c.seen = 1
		r.finish()
	})
}
