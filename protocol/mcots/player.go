package mcots

import "mcos/protocol/wire"

// The messages about a persona: money and standing, look, history, options.
var (
	// MsgGetPlayerInfo asks for MsgPlayerInfo; Data is the persona id.
	MsgGetPlayerInfo = request[GenericRequest](108, "MC_GET_PLAYER_INFO", "mcots-1 4.9", wire.Captured)
	// MsgPlayerInfo describes a persona; it has the number of its request.
	MsgPlayerInfo = reply[PlayerInfo](108, "MC_GET_PLAYER_INFO", "mcots-1 4.9", wire.Captured)
	// MsgPlayerInfo122 is the number that documents give to the answer; not sent
	// unless a switch asks for it (player_info_number = 122).
	MsgPlayerInfo122 = reply[PlayerInfo](122, "MC_PLAYER_INFO", "mcots-1 4.9", wire.Reference)
	// MsgGetPlayerPhysical asks for MsgPlayerPhysical; Data is the persona id.
	MsgGetPlayerPhysical = request[GenericRequest](264, "MC_GET_PLAYER_PHYSICAL", "mcots-1 4.10", wire.Captured)
	// MsgPlayerPhysical describes a persona's look.
	MsgPlayerPhysical = reply[PlayerPhysical](265, "MC_PLAYER_PHYSICAL_INFO", "mcots-1 4.10", wire.Captured)
	// MsgUpdatePlayerPhysical changes the look; answered with MsgSuccess.
	MsgUpdatePlayerPhysical = request[PlayerPhysical](266, "MC_UPDATE_PLAYER_PHYSICAL", "mcots-1 6.3", wire.Client)
	// MsgGetRacingHistory asks for MsgRacingHistory; Data is the persona id.
	MsgGetRacingHistory = request[GenericRequest](361, "MC_GET_PLAYER_RACING_HISTORY", "mcots-1 4.11", wire.Captured)
	// MsgRacingHistory sums up a persona's races by type.
	MsgRacingHistory = reply[RacingHistory](362, "MC_PLAYER_RACING_HISTORY", "mcots-1 4.11", wire.Captured)
	// MsgSetOptions changes plate and racing numbers; answered with MsgSuccess.
	MsgSetOptions = request[SetOptions](109, "MC_SET_OPTIONS", "mcots-1 6.2", wire.Client)
	// MsgSetDescription changes the description; answered with MsgSuccess,
	// MsgDescriptionSet or MsgFilthyText.
	MsgSetDescription = request[SetDescription](492, "MC_SET_PERSONA_DESCRIPTION", "mcots-1 6.4", wire.Client)
	// MsgFilthyText refuses a description for its wording.
	MsgFilthyText = reply[GenericReply](493, "MC_FILTHY_TEXT", "mcots-1 6.4", wire.Client)
	// MsgDescriptionSet says that a description was saved, as MsgSuccess does.
	MsgDescriptionSet = reply[GenericReply](494, "MC_PERSONA_DESCRIPTION_SET", "mcots-1 6.4", wire.Client)
	// MsgDeletePersona retires the game data of the connection's own persona;
	// the client does not wait for the MsgSuccess.
	MsgDeletePersona = request[DeletePersona](320, "MC_DELETE_PERSONA", "mcots-1 6.5", wire.Client)
	// MsgGetPlayerName is known by name only.
	MsgGetPlayerName = unknown(wire.ToServer, 164, "MC_GET_PLAYER_NAME", "mcots-2 1.1")
	// MsgPlayerName is known by name only.
	MsgPlayerName = unknown(wire.ToClient, 165, "MC_PLAYER_NAME", "mcots-2 1.1")
)

// PlayerInfo is MsgPlayerInfo, 423 bytes (mcots-1 4.9).
type PlayerInfo struct {
	PlayerID            uint32 // persona
	PlayerName          string `wire:"char=13"`
	DriversLicense      string `wire:"char=12"` // always empty
	DriverClass         uint8
	BankBalance         uint32 // 0 for somebody else's persona
	Vehicles            uint16 // cars owned
	IsLoggedOn          bool
	CarNumbers          [6]string `wire:"char=3"`
	PlateCode           uint16    // region << 8 | locale
	PlateText           string    `wire:"char=8"`
	CarInfoSetting      uint32    // as set by SetOptions, opaque
	VehicleID           uint32    // current car, or 0
	RacesEntered        uint32
	RacesWon            uint32
	RacesCompleted      uint32
	TotalWinnings       uint32
	InsuranceRisk       uint16
	InsurancePoints     uint32
	ChallengesEntered   uint32
	ChallengesWon       uint32
	ChallengesCompleted uint32
	CarsWon             uint16
	CarsLost            uint16
	Points              uint32
	Level               uint32 // 1 for a new player
	Rank                uint32
	PointsToNextLevel   uint16
	PointsToNextRank    uint16
	MaxInventorySlots   uint32
	InventorySlotsUsed  uint32
	ItemsOnAuction      uint32
	HighestBid          uint32
	Club                uint32 // 0 = none
	LeftClub            Timestamp
	CanBeInvitedToClub  bool
	Description         string `wire:"char=257"`
}

// PlayerPhysical is MsgPlayerPhysical and MsgUpdatePlayerPhysical, 26 bytes
// (mcots-1 4.10). Colours are 0xAARRGGBB and are kept as they come.
type PlayerPhysical struct {
	PlayerID   uint32 // persona
	BodyType   int32
	HairColor  uint32
	SkinColor  uint32
	ShirtColor uint32
	PantsColor uint32
}

// racingHistoryMin is the size of the captured empty RacingHistory, number included.
const racingHistoryMin = 39

// RacingHistory is MsgRacingHistory, 9 bytes and 32 for each record (mcots-1 4.11).
type RacingHistory struct {
	PersonaID uint32
	Count     uint16
	More      bool            // another message with more records follows
	Records   []HistoryRecord `wire:"count=Count"`
	Tail      []byte          `wire:"rest"` // see PadEmpty
}

// PadEmpty fills the message with zeros up to the 39 bytes that the captured
// server sent for an empty history (history_padding); with records it adds none.
func (h *RacingHistory) PadEmpty() {
	const head, record = 9, 32
	h.Tail = nil
	if n := racingHistoryMin - head - record*len(h.Records); n > 0 {
		h.Tail = make([]byte, n)
	}
}

// HistoryRecord sums up the races of one type, 32 bytes (mcots-1 4.11).
type HistoryRecord struct {
	RaceType         int32 // a RaceType
	RacesEntered     int32
	RacesFinished    int32
	RacesWon         int32
	CarsWon          int32
	CarsLost         int32
	ChampionshipsWon int32
	CashWon          int32
}

// SetOptions is MsgSetOptions, 34 bytes (mcots-1 6.2).
type SetOptions struct {
	PlateCode      uint16    // region << 8 | locale
	PlateText      string    `wire:"char=8"` // at most 7 characters
	CarInfoSetting uint32    // opaque
	CarNumbers     [6]string `wire:"char=3"` // at most 2 characters each
}

// SetDescription is MsgSetDescription, 258 bytes (mcots-1 6.4).
type SetDescription struct {
	Description string `wire:"char=256"` // at most 255 characters
}

// DeletePersona is MsgDeletePersona, 6 or 10 bytes (mcots-1 6.5).
type DeletePersona struct {
	PersonaID uint32
	Extra     uint32 `wire:"opt"` // of unknown meaning and not always there
}
