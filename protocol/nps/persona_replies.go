package nps

import "mcos/protocol/wire"

// Answers of the persona server, TCP 8228 (nps-login-persona 4).
var (
	PersonaList = declare[PersonaListBody](wire.Persona, wire.ToClient, 0x607, "GAME_ACCOUNT_INFO", "nps-login-persona 4.2", wire.Client)

	// NameNotAvailable answers a 0x519 whose name is taken or not well-formed
	// (DECISIONS 37); a free one is answered with PersonaRefused.
	NameNotAvailable = variant[wire.Empty](wire.Persona, 0x607, "name not available", "nps-login-persona 4.12", "persona_info_reply=name", wire.Reference)
	// PersonaInfo answers 0x519 with a record (nps-login-persona 4.12).
	PersonaInfo = variant[GamePersonaBody](wire.Persona, 0x607, "GAME_ACCOUNT_INFO", "nps-login-persona 4.12", "persona_info_reply=607", wire.Guess)

	// PersonaAck answers 0x534 with 12 bytes.
	PersonaAck = declare[wire.Empty](wire.Persona, wire.ToClient, 0x207, "ACK", "nps-login-persona 4.4", wire.Client)
	// SelectAckA answers 0x503 as captured: 4-byte header, 255 bytes in all.
	SelectAckA = short[AckFillBody]("nps-login-persona 4.4", "select_ack_form=A", wire.Captured)
	// SelectAckB answers 0x503 with the 12-byte header, 263 bytes in all.
	SelectAckB = variant[AckFillBody](wire.Persona, 0x207, "ACK", "nps-login-persona 4.4", "select_ack_form=B", wire.Reference)
	// SelectAckC answers 0x503 with a bare 4-byte header.
	SelectAckC = short[wire.Empty]("nps-login-persona 4.4", "select_ack_form=C", wire.Reference)
	// LogoutAck answers 0x50F as captured: a bare 4-byte header.
	LogoutAck = short[wire.Empty]("nps-login-persona 4.6", "for 50F", wire.Captured)

	BuddyCount = declare[BuddyCountBody](wire.Persona, wire.ToClient, 0x614, "BUDDY_LIST_COUNT", "nps-login-persona 4.5", wire.Captured)
	BuddyEntry = unknown(wire.Persona, wire.ToClient, 0x608, "BUDDY_LIST", "nps-login-persona 4.5")
	// BuddyEntryOn is one buddy, behind 0x614 or as the answer to 0x518.
	BuddyEntryOn = guess[BuddyEntryBody](BuddyEntry.Message, buddiesOn)

	// NameUsable answers 0x533; the same number carries PersonaCreated.
	NameUsable = declare[wire.Empty](wire.Persona, wire.ToClient, 0x601, "name usable", "nps-login-persona 4.10", wire.Client)
	// PersonaCreated answers 0x507 with the new persona.
	PersonaCreated = variant[GamePersonaBody](wire.Persona, 0x601, "persona created", "nps-login-persona 4.10", "for 507", wire.Client)

	NameTaken      = declare[wire.Empty](wire.Persona, wire.ToClient, 0x20A, "DUP_USER", "nps-login-persona 4.7", wire.Client)
	TextNotAllowed = declare[wire.Empty](wire.Persona, wire.ToClient, 0x635, "text not allowed", "nps-login-persona 4.7", wire.Client)
	PersonaLimit   = declare[PersonaLimitBody](wire.Persona, wire.ToClient, 0x612, "persona limit reached", "nps-login-persona 4.10", wire.Client)
	ShardClosed    = declare[wire.Empty](wire.Persona, wire.ToClient, 0x641, "shard closed for creation", "nps-login-persona 4.10", wire.Client)
	PersonaRefused = declare[wire.Empty](wire.Persona, wire.ToClient, 0x602, "USER_INVALID", "nps-login-persona 4", wire.Reference)
	PersonaDeleted = declare[wire.Empty](wire.Persona, wire.ToClient, 0x60C, "persona deleted", "nps-login-persona 4.11", wire.Client)
	DeletedTooSoon = unknown(wire.Persona, wire.ToClient, 0x624, "deletion too soon", "nps-login-persona 4.11")

	PersonaNoError   = unknown(wire.Persona, wire.ToClient, 0x611, "no error, go on", "nps-login-persona 5.2")
	PersonaInfoOther = unknown(wire.Persona, wire.ToClient, 0x616, "PERSONA_INFO", "nps-login-persona 5.2")
	DuplicatePersona = unknown(wire.Persona, wire.ToClient, 0x625, "DUP_PERSONA", "nps-login-persona 5.2")
)

// short declares a form of 0x207 that travels with the 4-byte header.
func short[T any](section, form string, c wire.Confidence) wire.Msg[T] {
	return wire.Declare[T](Registry, wire.Message{
		Family: wire.Persona, Dir: wire.ToClient, Number: 0x207, Name: "ACK",
		Section: section, Variant: form, Confidence: c, Short: true,
	})
}

// PersonaListBody is the list of a customer's live personas (nps-login-persona
// 4.2). Limit is there also when the list is empty.
type PersonaListBody struct {
	Count    uint16
	Personas []PersonaRecord `wire:"rec16,count=Count"`
	Limit    uint8           // most personas that the account may have
}

// PersonaRecord is one persona in the list, 18 bytes plus its name.
type PersonaRecord struct {
	Customer uint32
	Persona  uint32
	Shard    uint32
	Created  uint32 // Unix seconds
	Name     string `wire:"str16=32"`
}

// AckFillBody is the body of the long acks of 0x503: 251 zero bytes
// (nps-login-persona 4.4).
type AckFillBody struct {
	Fill [251]byte
}

// BuddyEntryBody is one buddy, 109 bytes: the fields of a serializer that the
// reference has and never used (nps-login-persona 4.5).
type BuddyEntryBody struct {
	Name         string `wire:"char=33"`
	Game         string `wire:"char=65"`
	Buddy        bool
	Online       bool
	DoNotDisturb bool
	NotBuddied   bool // wants to be on nobody's list
	NoEntry      bool
	MuteWhispers bool
	MuteChat     bool
	Zero         [4]byte
}

// BuddyCountBody says how many buddies follow; only 0 has ever been sent
// (nps-login-persona 4.5).
type BuddyCountBody struct {
	Count uint16
}

// PersonaLimitBody says how many personas the account may have (nps-login-persona
// 4.10).
type PersonaLimitBody struct {
	Limit uint32
}
