package tape

import (
	"encoding/binary"
	"slices"
	"strings"

	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// Message finds the declaration of a message by what tells messages apart. Where a
// number has several layouts it takes the first that fits the body exactly, and the
// usual one when none does. It returns nil for a message that nobody knows.
func Message(f wire.Family, d wire.Direction, number uint16, body []byte) *wire.Message {
	registry := nps.Registry
	if f == wire.MCOTS {
		registry = mcots.Registry
	}
	usual := registry.Find(f, d, number)
	if usual == nil {
		return nil
	}
	others := variants[meaning{f, d, number}]
	if len(others) == 0 || fits(usual, body) && !usual.Unknown {
		return usual
	}
	for _, m := range others {
		if fits(m, body) {
			return m
		}
	}
	return usual
}

// Named tells whether any message has this name, in capitals or not.
func Named(name string) bool {
	return slices.ContainsFunc(slices.Concat(nps.Registry.All(), mcots.Registry.All()), func(m *wire.Message) bool {
		return strings.EqualFold(m.Name, name)
	})
}

// meaning is what tells messages apart.
type meaning struct {
	family wire.Family
	dir    wire.Direction
	number uint16
}

// variants are the further layouts of a message. It is never changed.
var variants = func() map[meaning][]*wire.Message {
	all := map[meaning][]*wire.Message{}
	for _, r := range []*wire.Registry{nps.Registry, mcots.Registry} {
		for _, m := range r.All() {
			for _, d := range []wire.Direction{wire.ToServer, wire.ToClient} {
				if m.Variant != "" && m.Dir&d != 0 {
					k := meaning{m.Family, d, m.Number}
					all[k] = append(all[k], m)
				}
			}
		}
	}
	return all
}()

func fits(m *wire.Message, body []byte) bool {
	_, used, err := m.Layout().Inspect(body)
	return err == nil && used == len(body)
}

// families are the number spaces by documented port.
func familyOf(port int) wire.Family {
	switch port {
	case 80, 443:
		return Web
	case 8226:
		return wire.Login
	case 8227:
		return wire.Mail
	case 8228:
		return wire.Persona
	case 43300:
		return wire.MCOTS
	case 7003, 10001:
		return wire.Lobby
	}
	if port >= 9000 && port <= 9020 {
		return wire.Lobby
	}
	return ""
}

// Complete fills in family, number, name and place of the body where a file of
// another program has only the bytes. A message that is still encrypted keeps the
// number of its envelope.
func (e *Entry) Complete() {
	if e.Family == "" {
		e.Family = familyOf(e.Port)
	}
	if !e.IsMessage() || e.Family == Web || e.Family == "" {
		return
	}
	if e.Body == 0 {
		e.Number, e.Body = header(e.Family, e.Data)
	}
	if e.Name == "" && e.Body > 0 {
		if m := Message(e.Family, e.Direction(), e.Number, e.Data[e.Body:]); m != nil {
			e.Name = m.Name
		}
	}
}

// header finds a message's number and where its body starts.
func header(f wire.Family, b []byte) (number uint16, body int) {
	switch f {
	case wire.MCOTS:
		const head = 13
		if len(b) < head || string(b[2:6]) != "TOMC" {
			return 0, 0
		}
		return binary.LittleEndian.Uint16(b[11:]), head
	case wire.Lobby, wire.Mail:
		if len(b) < 4 {
			return 0, 0
		}
		return binary.BigEndian.Uint16(b), 4
	default:
		frame, err := nps.NewLongClientOpener(1<<16 - 1).Open(b)
		if err != nil {
			return 0, 0
		}
		return frame.Number, len(b) - len(frame.Body)
	}
}

// Fields takes the entry's message apart. It returns the declaration, nil when nobody
// knows the message, and the error of a body that does not fit it.
func (e *Entry) Fields() (m *wire.Message, fields []wire.Value, err error) {
	if !e.IsMessage() || e.Family == Web || e.Body == 0 {
		return nil, nil, nil
	}
	body := e.Data[e.Body:]
	if m = Message(e.Family, e.Direction(), e.Number, body); m == nil {
		return nil, nil, nil
	}
	fields, _, err = m.Layout().Inspect(body)
	return m, fields, err
}
