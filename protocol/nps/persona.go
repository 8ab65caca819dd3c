package nps

import "mcos/protocol/wire"

// Requests to the persona server, TCP 8228 (nps-login-persona 4).
var (
	GetPersonaMaps = declare[CustomerBody](wire.Persona, wire.ToServer, 0x532, "GET_PERSONA_MAPS", "nps-login-persona 4.1", wire.Captured)
	SelectPersona  = declare[PersonaKeyBody](wire.Persona, wire.ToServer, 0x503, "REGISTER_GAME_LOGIN", "nps-login-persona 4.3", wire.Captured)
	GetBuddyList   = declare[PersonaBody](wire.Persona, wire.ToServer, 0x50B, "GET_BUDDY_LIST", "nps-login-persona 4.5", wire.Captured)
	LogoutPersona  = declare[PersonaKeyBody](wire.Persona, wire.ToServer, 0x50F, "REGISTER_GAME_LOGOUT", "nps-login-persona 4.6", wire.Captured)
	ValidateName   = declare[ValidateNameBody](wire.Persona, wire.ToServer, 0x533, "VALIDATE_PERSONA_NAME", "nps-login-persona 4.7", wire.Captured)
	CheckToken     = declare[CheckTokenBody](wire.Persona, wire.ToServer, 0x534, "CHECK_TOKEN", "nps-login-persona 4.8", wire.Captured)
	CreatePersona  = declare[CreatePersonaBody](wire.Persona, wire.ToServer, 0x507, "NEW_GAME_ACCOUNT", "nps-login-persona 4.10", wire.Client)
	DeletePersona  = declare[DeletePersonaBody](wire.Persona, wire.ToServer, 0x512, "DELETE_GAME_PERSONA", "nps-login-persona 4.11", wire.Client)

	// GetPersonaInfo is how an older client asks whether a name may be had; its layout
	// has not been recorded (nps-login-persona 4.12). See ReadNameQuery.
	GetPersonaInfo = unknown(wire.Persona, wire.ToServer, 0x519, "GET_PERSONA_INFO", "nps-login-persona 4.12")

	AddBuddy       = unknown(wire.Persona, wire.ToServer, 0x50C, "ADD_BUDDY_LIST", "nps-login-persona 5.1")
	DeleteBuddy    = unknown(wire.Persona, wire.ToServer, 0x50D, "DELETE_BUDDY_LIST", "nps-login-persona 5.1")
	ClearBuddies   = unknown(wire.Persona, wire.ToServer, 0x50E, "CLEAR_BUDDY_LIST", "nps-login-persona 5.1")
	AddBuddyByName = unknown(wire.Persona, wire.ToServer, 0x517, "ADD_BUDDY_BY_NAME", "nps-login-persona 5.1")
	GetBuddyInfo   = unknown(wire.Persona, wire.ToServer, 0x518, "GET_BUDDY_INFO", "nps-login-persona 5.1")
)

// buddiesOn names the switch that the guessed layouts of buddy lists belong to.
const buddiesOn = "nps.buddies on"

// The layouts of the buddy requests that nobody has seen.
var (
	AddBuddyOn       = guess[BuddyBody](AddBuddy.Message, buddiesOn)
	DeleteBuddyOn    = guess[BuddyBody](DeleteBuddy.Message, buddiesOn)
	ClearBuddiesOn   = guess[PersonaBody](ClearBuddies.Message, buddiesOn)
	AddBuddyByNameOn = guess[BuddyNameBody](AddBuddyByName.Message, buddiesOn)
	GetBuddyInfoOn   = guess[BuddyBody](GetBuddyInfo.Message, "nps.buddies on, by number")

	// PersonaInfoByID is the old reading of 0x519.
	PersonaInfoByID = guess[PersonaBody](GetPersonaInfo.Message, "persona_info_reply=607")
)

// BuddyBody names a persona and one on its buddy list. The layout is a guess: like
// every request of this port it begins with whom it is about.
type BuddyBody struct {
	Persona uint32
	Buddy   uint32
}

// BuddyNameBody names a persona and, by name, one for its buddy list. The layout is
// a guess.
type BuddyNameBody struct {
	Persona uint32
	Name    string `wire:"str16=32"`
}

// CustomerBody names a customer.
type CustomerBody struct {
	Customer uint32
}

// PersonaBody names a persona.
type PersonaBody struct {
	Persona uint32
}

// PersonaKeyBody names a persona together with its customer and shard
// (nps-login-persona 4.3 and 4.6).
type PersonaKeyBody struct {
	Customer uint32
	Persona  uint32
	Shard    uint32
}

// ValidateNameBody asks whether a name may be used (nps-login-persona 4.7).
type ValidateNameBody struct {
	Customer uint32
	Name     string `wire:"str16=32"`
	Game     string `wire:"str16=64"` // "Motor City"
}

// CheckTokenBody asks whether a licence plate text may be used (nps-login-persona
// 4.8).
type CheckTokenBody struct {
	Flags uint32 // which checks are wanted; meaning of the bits unknown
	Text  string `wire:"str16=64"`
}

// CreatePersonaBody asks for a new persona (nps-login-persona 4.10). Of the record
// only customer, name and shard are filled. Tail is 3 bytes that the client never
// set.
type CreatePersonaBody struct {
	Persona GamePersonaBody
	Game    string `wire:"str16=64"` // "Motor City"
	Tail    []byte `wire:"rest"`
}

// DeletePersonaBody asks for the end of a persona (nps-login-persona 4.11).
type DeletePersonaBody struct {
	Customer uint32
	Persona  uint32
}

// GamePersonaBody is the game persona record, 61 bytes plus its texts
// (nps-login-persona 4.9). Stamps are Unix seconds.
type GamePersonaBody struct {
	Customer     uint32
	Name         string `wire:"str16=32"`
	Server       uint32 // 0
	Created      uint32
	LastLogin    uint32
	Games        uint32
	Persona      uint32
	Online       bool `wire:"size=2"`
	Purchased    uint32
	Serial       string `wire:"str16=32"`
	TimeOnline   uint32
	TimeInGame   uint32
	GameBlob     string `wire:"str16=512"`
	PersonalBlob string `wire:"str16=256"`
	PictureBlob  string `wire:"str16=400"`
	DoNotDisturb bool
	GameStart    uint32
	CurrentKey   string `wire:"str16=400"`
	ProfileLevel uint16
	Shard        uint32
}
