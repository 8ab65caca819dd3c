package mcots

import "mcos/protocol/wire"

// Registry holds the declarations of all MCOTS messages, variants included. It
// is complete when the program starts and never changes.
var Registry = wire.NewRegistry(wire.LittleEndian)

// The messages that have no number of their own. They are variants, so that
// Registry.Find never returns them.
var (
	// MsgUnknownRequest stands for every number that the reference does not
	// list. It is logged in full and answered with MsgFailed.
	MsgUnknownRequest = declare[wire.Raw](wire.Message{
		Dir: wire.ToServer, Name: "unknown request", Section: "mcots-1 1.4",
		Confidence: wire.NameOnly, Variant: "any other number", Unknown: true,
	})
	// MsgTeamTrialBrackets is the optional third answer to MsgGetLobbies. Its
	// number is unknown, so it cannot be sent; it is here for the catalogue.
	MsgTeamTrialBrackets = declare[wire.Raw](wire.Message{
		Dir: wire.ToClient, Name: "MC_TTB_INFO", Section: "mcots-1 4.1",
		Confidence: wire.NameOnly, Variant: "number unknown", Unknown: true,
	})
)

func declare[T any](m wire.Message) wire.Msg[T] {
	m.Family = wire.MCOTS
	return wire.Declare[T](Registry, m)
}

// request declares a message of the client that is answered.
func request[T any](number uint16, name, section string, c wire.Confidence) wire.Msg[T] {
	return declare[T](wire.Message{Dir: wire.ToServer, Number: number, Name: name, Section: section, Confidence: c})
}

// silent declares a message of the client that must never be answered.
func silent[T any](number uint16, name, section string, c wire.Confidence) wire.Msg[T] {
	return declare[T](wire.Message{Dir: wire.ToServer, Number: number, Name: name, Section: section, Confidence: c, NoReply: true})
}

// reply declares a message of the server.
func reply[T any](number uint16, name, section string, c wire.Confidence) wire.Msg[T] {
	return declare[T](wire.Message{Dir: wire.ToClient, Number: number, Name: name, Section: section, Confidence: c})
}

// variant declares another layout of a message of the server, chosen by a switch.
func variant[T any](of *wire.Message, name string, c wire.Confidence) wire.Msg[T] {
	m := *of
	m.Variant, m.Confidence = name, c
	return declare[T](m)
}

// unknown declares a message whose layout nobody knows.
func unknown(dir wire.Direction, number uint16, name, section string) wire.Msg[wire.Raw] {
	return declare[wire.Raw](wire.Message{
		Dir: dir, Number: number, Name: name, Section: section, Confidence: wire.NameOnly, Unknown: true,
	})
}

// unknownSilent declares a message of the client whose layout nobody knows and
// that must never be answered.
func unknownSilent(number uint16, name, section string) wire.Msg[wire.Raw] {
	return declare[wire.Raw](wire.Message{
		Dir: wire.ToServer, Number: number, Name: name, Section: section,
		Confidence: wire.NameOnly, Unknown: true, NoReply: true,
	})
}
