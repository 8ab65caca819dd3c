package mcots

import (
	"encoding/binary"

	"mcos/protocol/wire"
)

// The messages about damage, wear and the client's own checks. All but the test
// drive check are never answered.
var (
	// MsgInRaceDamage reports damage while the race runs.
	MsgInRaceDamage = silent[InRaceDamage](240, "MC_IN_RACE_DAMAGE_UPDATE", "mcots-2 4.1", wire.Captured)
	// MsgPostRaceDamage reports damage and wear after the race.
	MsgPostRaceDamage = silent[PostRaceDamage](241, "MC_REPORT_POST_RACE_DAMAGE", "mcots-2 4.2", wire.Reference)
	// MsgUpdateBodyDamage is of unknown layout.
	MsgUpdateBodyDamage = unknownSilent(202, "MC_UPDATE_BODY_DAMAGE", "mcots-2 4.4")
	// MsgCRCPreRace reports check values before the start.
	MsgCRCPreRace = silent[CRCPreRace](434, "MC_CRC_PRE_RACE_DATA", "mcots-2 4.5", wire.Captured)
	// MsgCRCPostRace is of unknown layout.
	MsgCRCPostRace = unknownSilent(435, "MC_CRC_POST_RACE_DATA", "mcots-2 4.6")
	// MsgCRCTestDrive is of unknown layout; always answered with MsgSuccess.
	MsgCRCTestDrive = unknown(wire.ToServer, 455, "MC_CRC_PRE_RACE_DATA_TEST_DRIVE", "mcots-2 4.7")
)

// DamageSlots is the number of parts that InRaceDamage has room for (mcots-2 4.1).
const DamageSlots = 47

// damageSlotSize is what one part takes in InRaceDamage: a u32 id and a u8 percent.
const damageSlotSize = 5

// InRaceDamage is MsgInRaceDamage, 243 bytes (mcots-2 4.1). Slots holds the part
// ids of all 47 slots and behind them the 47 percentages; Parts reads it.
type InRaceDamage struct {
	RaceID uint32
	Count  uint16 // parts in use; the other slots hold stale values
	Slots  []byte `wire:"rest"`
}

// PartDamage is the damage of one part.
type PartDamage struct {
	PartID uint32
	Damage uint8 // percent, 100 = destroyed; unchecked
}

// NewInRaceDamage makes a body of the usual 243 bytes. Parts beyond DamageSlots
// are left out.
func NewInRaceDamage(raceID uint32, parts []PartDamage) *InRaceDamage {
	parts = parts[:min(len(parts), DamageSlots)]
	d := InRaceDamage{RaceID: raceID, Count: uint16(len(parts)), Slots: make([]byte, DamageSlots*damageSlotSize)}
	for i, p := range parts {
		binary.LittleEndian.PutUint32(d.Slots[4*i:], p.PartID)
		d.Slots[4*DamageSlots+i] = p.Damage
	}
	return &d
}

// Parts reads the parts in use. A shorter body is read as one with Count slots
// when it has room for them. It reports false when Count does not fit the body.
func (d *InRaceDamage) Parts() ([]PartDamage, bool) {
	slots, count := DamageSlots, int(d.Count)
	if len(d.Slots) < DamageSlots*damageSlotSize {
		slots = count
	}
	if count > slots || slots*damageSlotSize > len(d.Slots) {
		return nil, false
	}
	parts := make([]PartDamage, count)
	for i := range parts {
		parts[i] = PartDamage{
			PartID: binary.LittleEndian.Uint32(d.Slots[4*i:]),
			Damage: d.Slots[4*slots+i],
		}
	}
	return parts, true
}

// PostRaceDamage is MsgPostRaceDamage, 8 bytes and 8 for each part (mcots-2 4.2).
// Count may promise more records than came; Parts reads those that are there.
type PostRaceDamage struct {
	RaceID  uint32
	Count   uint16
	Records []byte `wire:"rest"`
}

// PartWear is the state of one part after a race.
type PartWear struct {
	PartID uint32
	Damage uint8  // percent, 100 = destroyed; unchecked
	Wear   uint32 // counts up, 24 bits
}

// NewPostRaceDamage makes a body that reports the given parts.
func NewPostRaceDamage(raceID uint32, parts []PartWear) *PostRaceDamage {
	d := PostRaceDamage{RaceID: raceID, Count: uint16(len(parts))}
	for _, p := range parts {
		d.Records = binary.LittleEndian.AppendUint32(d.Records, p.PartID)
		d.Records = binary.LittleEndian.AppendUint32(d.Records, uint32(p.Damage)<<24|p.Wear&0xFFFFFF)
	}
	return &d
}

// Parts reads Count records, or as many as are complete.
func (d *PostRaceDamage) Parts() []PartWear {
	parts := make([]PartWear, min(int(d.Count), len(d.Records)/8))
	for i := range parts {
		packed := binary.LittleEndian.Uint32(d.Records[8*i+4:])
		parts[i] = PartWear{
			PartID: binary.LittleEndian.Uint32(d.Records[8*i:]),
			Damage: uint8(packed >> 24),
			Wear:   packed & 0xFFFFFF,
		}
	}
	return parts
}

// CRCPreRace is MsgCRCPreRace, about 2000 bytes, of which the first 38 are known
// (mcots-2 4.5). How the values are computed is unknown.
type CRCPreRace struct {
	Checksum   uint32
	RaceID     uint32
	TrackCheck uint32
	SliceCheck uint32
	TireCheck  uint32
	Players    []byte `wire:"rest"` // one record for each player, see FirstPlayer
}

// CRCPlayer holds the check values of one player.
type CRCPlayer struct {
	PersonaID    uint32
	VehicleCheck uint32
	ModelCheck   uint32
}

// FirstPlayer reads the first player's check values, if they came. The layout of
// what follows them is unknown.
func (c *CRCPreRace) FirstPlayer() (CRCPlayer, bool) {
	if len(c.Players) < 12 {
		return CRCPlayer{}, false
	}
	return CRCPlayer{
		PersonaID:    binary.LittleEndian.Uint32(c.Players),
		VehicleCheck: binary.LittleEndian.Uint32(c.Players[4:]),
		ModelCheck:   binary.LittleEndian.Uint32(c.Players[8:]),
	}, true
}
