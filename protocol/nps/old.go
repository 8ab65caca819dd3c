package nps

import "mcos/protocol/wire"

// Forms that older servers sent and the client lived with. They are here so that old
// recordings can be read; nothing sends them (nps-login-persona 2.4, 4.2).
var (
	UserValidOld    = variant[UserValidOldBody](wire.Login, 0x601, "USER_VALID", "nps-login-persona 2.4", "an older server", wire.Reference)
	UserValid2019   = variant[UserValid2019Body](wire.Login, 0x601, "USER_VALID", "nps-login-persona 2.4", "a server of 2019", wire.Reference)
	PersonaListOld  = variant[PersonaListOldBody](wire.Persona, 0x607, "GAME_ACCOUNT_INFO", "nps-login-persona 4.2", "an older server", wire.Reference)
	PersonaList2019 = variant[PersonaList2019Body](wire.Persona, 0x607, "GAME_ACCOUNT_INFO", "nps-login-persona 4.2", "a server of 2019", wire.Reference)
)

// UserValidOldBody is a 0x601 of 26 bytes. Key is the start of the session key as hex
// text.
type UserValidOldBody struct {
	Customer uint32
	Profile  uint32
	CacheHit bool
	Banned   bool
	Gagged   bool
	Key      [12]byte `wire:"secret"`
	Fill     [3]byte
}

// UserValid2019Body is a 0x601 of 252 bytes, of which only one field is understood.
type UserValid2019Body struct {
	Unknown  [8]byte
	Customer uint32
	More     [240]byte
}

// PersonaListOldBody is a 0x607 for one persona, without a record length.
type PersonaListOldBody struct {
	Count    uint16
	Customer uint32
	Unknown  uint16
	Persona  uint32
	Shard    uint32
	Created  uint32
	Name     string `wire:"str16=32"`
	Fill     []byte `wire:"rest"`
}

// PersonaList2019Body is a 0x607 for two personas.
type PersonaList2019Body struct {
	Records [2]PersonaRecord2019
}

// PersonaRecord2019 is one record of PersonaList2019Body, 38 bytes.
type PersonaRecord2019 struct {
	Count    uint16
	Unknown  uint32
	Unknown2 uint16
	Persona  uint32
	Shard    uint32
	Created  uint32
	Length   uint16
	Name     string `wire:"char=16"`
}
