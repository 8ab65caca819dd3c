package mcots

import (
	"encoding/binary"

	"mcos/protocol/wire"
)

// The messages about single parts.
var (
	// MsgGetOwnedParts asks for MsgOwnedParts of the connection's persona; both
	// parameters are 0.
	MsgGetOwnedParts = request[GenericRequest](174, "MC_GET_OWNED_PARTS", "mcots-1 5.5", wire.Captured)
	// MsgOwnedParts lists loose parts; OwnedParts makes one.
	MsgOwnedParts = reply[PartsList](175, "MC_OWNED_PARTS_LIST", "mcots-1 5.5", wire.Reference)
	// MsgOwnedParts28 has 28-byte records (part_record_size = 28).
	MsgOwnedParts28 = variant[PartsList28](MsgOwnedParts.Message, "28-byte records", wire.Reference)
	// MsgOwnedParts34 has 34-byte records (part_record_size = 34).
	MsgOwnedParts34 = variant[PartsList34](MsgOwnedParts.Message, "34-byte records", wire.Reference)
	// MsgGetAssembly asks for MsgAssembly; Data is the id of the root part.
	MsgGetAssembly = request[GenericRequest](183, "MC_GET_ASSEMBLY_PARTS", "mcots-2 5.3", wire.Reference)
	// MsgAssembly lists the root part of an assembly and then all parts below it;
	// AssemblyParts makes one.
	MsgAssembly = reply[PartsList](184, "MC_ASSEMBLY_PARTS", "mcots-2 5.3", wire.Reference)
	// MsgAssembly28 has 28-byte records (part_record_size = 28).
	MsgAssembly28 = variant[PartsList28](MsgAssembly.Message, "28-byte records", wire.Reference)
	// MsgAssembly34 has 34-byte records (part_record_size = 34).
	MsgAssembly34 = variant[PartsList34](MsgAssembly.Message, "34-byte records", wire.Reference)
	// MsgBuyPart buys a part; Data is the branded part, Data2 the dealer. Answered
	// with MsgSuccess and the new part id in Data.
	MsgBuyPart = request[GenericRequest](176, "MC_BUY_NEW_PART", "mcots-2 5.4", wire.Reference)
	// MsgRepairPart repairs one part; Data is the part id.
	MsgRepairPart = request[GenericRequest](177, "MC_REPAIR_SINGLE_PART", "mcots-2 5.5", wire.Reference)
	// MsgRepairParts repairs a whole car or a list of parts.
	MsgRepairParts = request[RepairParts](178, "MC_REPAIR_MULTIPLE_PARTS", "mcots-2 5.5", wire.Reference)
	// MsgRepairedParts is of unknown layout and not sent.
	MsgRepairedParts = unknown(wire.ToClient, 179, "MC_REPAIRED_PARTS_LIST", "mcots-2 5.5")
	// MsgInstallPart mounts a loose part; answered with MsgSuccess.
	MsgInstallPart = request[InstallPart](181, "MC_INSTALL_PART", "mcots-2 5.6", wire.Reference)
	// MsgRemovePart takes a part off its parent; Data is the part id.
	MsgRemovePart = request[GenericRequest](182, "MC_REMOVE_PART", "mcots-2 5.6", wire.Reference)
	// MsgDestroyPart scraps a part for cash; Data is the part id. Never answered.
	MsgDestroyPart = silent[GenericRequest](214, "MC_DESTROY_PART", "mcots-2 5.7", wire.Reference)
)

// Part is one part, 26 bytes (mcots-1 5.4, mcots-2 5.1).
type Part struct {
	PartID        uint32
	ParentID      uint32 // part or vehicle it is mounted on, 0 = loose
	BrandedPartID uint32
	RepairPrice   uint32
	JunkPrice     uint32
	Wear          uint32 // counts up from 0, 24 bits
	Attachment    AttachmentPoint
	Damage        uint8 // percent, 100 = destroyed
}

// Part28 is the record of 28 bytes that one state of a known server sends in 175
// and 184 (mcots-2 5.1).
type Part28 struct {
	Part Part
	Pad  [2]byte
}

// Part34 is the record of 34 bytes that old servers sent in 175 and 184 (mcots-2
// 5.1); that the two prices stand at the end is a guess.
type Part34 struct {
	Part        Part
	RetailPrice uint32
	MaxWear     uint32
}

// PartsList is MsgOwnedParts and MsgAssembly, 8 bytes and 26 for each part
// (mcots-1 5.5, mcots-2 5.3).
type PartsList struct {
	OwnerID uint32 // persona
	Count   uint16
	Parts   []Part `wire:"count=Count"`
}

// PartsList28 is a PartsList with records of 28 bytes.
type PartsList28 struct {
	OwnerID uint32 // persona
	Count   uint16
	Parts   []Part28 `wire:"count=Count"`
}

// PartsList34 is a PartsList with records of 34 bytes.
type PartsList34 struct {
	OwnerID uint32 // persona
	Count   uint16
	Parts   []Part34 `wire:"count=Count"`
}

// OwnedParts makes MsgOwnedParts with records of 26, 28 or 34 bytes
// (part_record_size); any other size counts as 26.
func OwnedParts(recordSize int, ownerID uint32, parts []Part34) wire.Packet {
	return partsPacket(recordSize, ownerID, parts, MsgOwnedParts, MsgOwnedParts28, MsgOwnedParts34)
}

// AssemblyParts makes MsgAssembly with records of 26, 28 or 34 bytes
// (part_record_size); any other size counts as 26.
func AssemblyParts(recordSize int, ownerID uint32, parts []Part34) wire.Packet {
	return partsPacket(recordSize, ownerID, parts, MsgAssembly, MsgAssembly28, MsgAssembly34)
}

func partsPacket(
	recordSize int, ownerID uint32, parts []Part34,
	plain wire.Msg[PartsList], padded wire.Msg[PartsList28], priced wire.Msg[PartsList34],
) wire.Packet {
	switch recordSize {
	case 34:
		return priced.With(&PartsList34{OwnerID: ownerID, Parts: parts})
	case 28:
		list := make([]Part28, len(parts))
		for i := range parts {
			list[i].Part = parts[i].Part
		}
		return padded.With(&PartsList28{OwnerID: ownerID, Parts: list})
	default:
		list := make([]Part, len(parts))
		for i := range parts {
			list[i] = parts[i].Part
		}
		return plain.With(&PartsList{OwnerID: ownerID, Parts: list})
	}
}

// RepairParts is MsgRepairParts, whose shape is disputed (mcots-2 5.5): a
// GenericRequest with a vehicle id, or a list of part ids.
type RepairParts struct {
	Data []byte `wire:"rest"`
}

// Targets interprets the request by its length. Exactly 10 bytes name a vehicle
// (or the root of an assembly); more bytes name parts, when the u16 at offset 6
// says how many follow at offset 8. Offsets include the message number. It
// reports false when neither fits; such a request is to be logged.
func (r *RepairParts) Targets() (vehicleID uint32, partIDs []uint32, ok bool) {
	const vehicleForm, countAt, listAt = 8, 4, 6 // without the message number
	switch {
	case len(r.Data) == vehicleForm:
		return binary.LittleEndian.Uint32(r.Data), nil, true
	case len(r.Data) < vehicleForm:
		return 0, nil, false
	}
	ids := r.Data[listAt:]
	if int(binary.LittleEndian.Uint16(r.Data[countAt:])) != len(ids)/4 {
		return 0, nil, false
	}
	for ; len(ids) >= 4; ids = ids[4:] {
		partIDs = append(partIDs, binary.LittleEndian.Uint32(ids))
	}
	return 0, partIDs, true
}

// InstallPart is MsgInstallPart, 14 bytes (mcots-2 5.6).
type InstallPart struct {
	PartID   uint32 // loose part
	ParentID uint32 // part or vehicle to mount it on
	Point    []byte `wire:"rest"` // attachment point, little-endian; see Attachment
}

// Attachment reads the attachment point from as many bytes as came, at most 4:
// the width of the field is unproven. A missing field reads as 0.
func (p *InstallPart) Attachment() uint32 {
	var raw [4]byte
	copy(raw[:], p.Point)
	return binary.LittleEndian.Uint32(raw[:])
}
