package mcots

import "mcos/protocol/wire"

// Forms that older servers sent and the client lived with. They are here so that old
// recordings can be read; nothing sends them.
var (
	// MsgPlayerInfo385 is MsgPlayerInfo cut within the description (mcots-1 4.9).
	MsgPlayerInfo385 = variant[PlayerInfo385](MsgPlayerInfo.Message, "385 bytes, an older server", wire.Reference)
	// MsgOwnedParts7 is MsgOwnedParts without parts and with a short count (mcots-1
	// 5.5).
	MsgOwnedParts7 = variant[OwnedParts7](MsgOwnedParts.Message, "empty with a u8 count, an older server", wire.Reference)
)

// PlayerInfo385 holds the fields of PlayerInfo as far as they go.
type PlayerInfo385 struct {
	Fields [383]byte
}

// OwnedParts7 is an empty list of parts.
type OwnedParts7 struct {
	PersonaID uint32
	Count     uint8
}
