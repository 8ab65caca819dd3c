// Package wiretest makes bodies for tests that go over many messages at once.
package wiretest

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"mcos/protocol/wire"
)

// Lie is a body in which one length or count says more than the body holds.
type Lie struct {
	Field string // what lies, such as "Name counts 65535"
	Body  []byte
}

// Lies returns every way in which one length of a text or record, or the count of a
// list, can be wrong in a sound body of the layout: by as little as the next
// possible number, and by as much as its bytes can say ("nps-lobby-rooms 2.2",
// DECISIONS 51). It is empty for layouts that count nothing.
func Lies(l *wire.Layout, body []byte) ([]Lie, error) {
	fields, _, err := l.Inspect(body)
	if err != nil {
		return nil, err
	}
	m := maker{body: body}
	m.structure(l.Shapes(), fields, len(body))
	return m.lies, nil
}

type maker struct {
	body []byte
	lies []Lie
}

// structure goes through the fields of a struct that may reach up to end.
func (m *maker) structure(shapes []wire.Shape, fields []wire.Value, end int) {
	byName := map[string]wire.Value{}
	for _, f := range fields {
		byName[f.Name] = f
	}
	for _, s := range shapes {
		f, there := byName[s.Name]
		if !there {
			continue
		}
		if s.Form == wire.List {
			count := byName[s.Count]
			m.lie(s.Name, count.Offset, count.Size, count.Little, (end-f.Offset)/s.Elem.Min)
		}
		m.field(s, f, end)
	}
}

// field goes through one field and what is inside it.
func (m *maker) field(s wire.Shape, f wire.Value, end int) {
	switch s.Form {
	case wire.Str16:
		m.lie(f.Name, f.Offset, 2, false, end-f.Offset-2)
	case wire.Pstr:
		m.lie(f.Name, f.Offset, 4, f.Little, end-f.Offset-4)
	case wire.Record:
		m.lie(f.Name, f.Offset, 2, false, end-f.Offset-2)
		m.structure(s.Layout.Shapes(), f.Fields, f.Offset+f.Size)
	case wire.Struct:
		m.structure(s.Layout.Shapes(), f.Fields, end)
	case wire.Array, wire.List:
		for _, e := range f.Fields {
			m.field(*s.Elem, e, end)
		}
	}
}

// lie writes numbers above most into a count of size bytes.
func (m *maker) lie(name string, offset, size int, little bool, most int) {
	top := uint64(1)<<(8*size) - 1
	for _, n := range []uint64{uint64(most) + 1, top} {
		if n > top || n <= uint64(most) {
			continue // the count cannot say so much
		}
		b := bytes.Clone(m.body)
		var raw [8]byte
		if little {
			binary.LittleEndian.PutUint64(raw[:], n)
			copy(b[offset:offset+size], raw[:size])
		} else {
			binary.BigEndian.PutUint64(raw[:], n)
			copy(b[offset:offset+size], raw[8-size:])
		}
		m.lies = append(m.lies, Lie{fmt.Sprintf("%s counts %d", name, n), b})
	}
}
