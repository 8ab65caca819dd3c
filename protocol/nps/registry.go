package nps

import "mcos/protocol/wire"

// Registry holds every message of this package, its layouts big-endian by
// default (nps-login-persona 0, nps-lobby-rooms 2.2).
var Registry = wire.NewRegistry(wire.BigEndian)

// Longest texts that the client has room for, in characters, the NUL not counted
// (nps-lobby-rooms 2.3).
const (
	MaxRiff     = 31 // name of a channel or server, without its NUL (DECISIONS 51)
	MaxName     = 30 // persona name in the lobby family
	MaxPassword = 16 // of a channel
	MaxIP       = 15 // address in 0x10A and in the plain form of 0x20D
)

// SecretNumber reports whether a message with this number has secret fields on any of
// the ports: where the number is unknown, it may be such a message gone astray.
func SecretNumber(number uint16) bool {
	for _, m := range Registry.All() {
		if m.Number == number && m.Layout().Secret() {
			return true
		}
	}
	return false
}

// declare adds a message with a body of its own to the registry.
func declare[T any](f wire.Family, d wire.Direction, number uint16, name, section string, c wire.Confidence) wire.Msg[T] {
	return wire.Declare[T](Registry, wire.Message{
		Family: f, Dir: d, Number: number, Name: name, Section: section, Confidence: c,
	})
}

// variant adds another layout of a number, chosen by a switch.
func variant[T any](f wire.Family, number uint16, name, section, form string, c wire.Confidence) wire.Msg[T] {
	return wire.Declare[T](Registry, wire.Message{
		Family: f, Dir: wire.ToClient, Number: number, Name: name, Section: section, Variant: form, Confidence: c,
	})
}

// guess adds a layout of a message of which only the name is known. It is our own,
// made after the layouts of its neighbours, and in use only when the switch named
// by form is on.
func guess[T any](of *wire.Message, form string) wire.Msg[T] {
	m := *of
	m.Variant, m.Confidence, m.Unknown = form, wire.Guess, false
	return wire.Declare[T](Registry, m)
}

// unknown adds a message of which only the name is known.
func unknown(f wire.Family, d wire.Direction, number uint16, name, section string) wire.Msg[wire.Raw] {
	return wire.Declare[wire.Raw](Registry, wire.Message{
		Family: f, Dir: d, Number: number, Name: name, Section: section, Confidence: wire.NameOnly, Unknown: true,
	})
}
