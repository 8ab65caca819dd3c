package mcots

import "mcos/protocol/wire"

// The messages that carry a race from its creation to its results.
var (
	// MsgCreateRace reserves a race; answered with MsgRaceCreated.
	MsgCreateRace = request[CreateRace](230, "MC_CREATE_STANDARD_RACE", "mcots-2 3.3", wire.Reference)
	// MsgRaceCreated answers MsgCreateRace.
	MsgRaceCreated = reply[RaceCreated](223, "MC_RACE_CREATE_OK", "mcots-2 3.4", wire.Reference)
	// MsgJoinRace reserves a place in a race; answered with MsgRaceJoined.
	MsgJoinRace = request[JoinRace](218, "MC_RACE_JOIN", "mcots-2 3.5", wire.Reference)
	// MsgRaceJoined answers MsgJoinRace.
	MsgRaceJoined = reply[RaceJoined](224, "MC_RACE_JOIN_OK", "mcots-2 3.5", wire.Reference)
	// MsgStartRace is the host's line-up; answered with MsgRaceStarted.
	MsgStartRace = request[StartRace](232, "MC_RACE_START", "mcots-2 3.6", wire.Captured)
	// MsgRaceStarted says who may race, to the host and, by default, to the others.
	MsgRaceStarted = reply[RaceStarted](233, "MC_RACE_STARTED", "mcots-2 3.7", wire.Reference)
	// MsgRacerCompleted reports a finish; never answered directly.
	MsgRacerCompleted = silent[RacerCompleted](234, "MC_RACER_COMPLETED_RACE", "mcots-2 3.8", wire.Reference)
	// MsgRacerLeft reports that the player gave up; Data is the race id. Never answered.
	MsgRacerLeft = silent[GenericRequest](235, "MC_RACER_LEFT_RACE", "mcots-2 3.10", wire.Reference)
	// MsgFinalResults is pushed to every participant when the race is decided.
	MsgFinalResults = reply[FinalResults](237, "MC_RACE_FINAL_RESULTS", "mcots-2 3.9", wire.Reference)
	// MsgKeepRaceAlive comes every 900 seconds; Data is the race id. Never answered.
	MsgKeepRaceAlive = silent[GenericRequest](448, "MC_KEEP_RACE_ALIVE", "mcots-2 3.12", wire.Reference)
)

// RaceSlots is the number of racers in 232, 233 and 237 (mcots-2 3.1).
const RaceSlots = 6

// RacePassword is the password of a private race room: eight raw bytes, not a
// text. We use eight characters A-Z and 0-9, none zero (mcots-2 3.4).
type RacePassword [8]byte

// CreateRace is MsgCreateRace, 50 bytes, of which the last may be missing
// (mcots-2 3.3).
type CreateRace struct {
	LobbyID     uint32 // implies track and race type
	EntryFee    uint32 // cash for each human
	ClubRace    bool
	PinkSlip    bool
	TeamTrial   bool
	SponsorID   uint32 // 0 = own car, else probably the sponsored branded part
	MinLevel    uint32 // 0 = none
	MaxLevel    uint32 // 0 = none
	MaxHP       uint32 // 0 = none
	MaxRacers   uint8  // humans
	MinRacers   uint8
	Rounds      uint8 // 0 = single race, else a drag series
	Laps        uint8
	Backward    bool
	Mirrored    bool
	Night       bool
	Weather     bool
	Damage      bool
	Traffic     bool
	AIRacers    bool
	Handicap    bool   // drag dial-in
	PowerClass  uint32 // 0 = no limit
	BodyClass   uint32 // 0 = no limit
	DisallowNOS bool   `wire:"opt"`
}

// RaceCreated is MsgRaceCreated, 30 bytes (mcots-2 3.4).
type RaceCreated struct {
	RaceID              uint32       // see SplitID
	EntryFee            uint32       // what the server will charge
	PerPlayerPurseBonus uint32       // added to the purse for each human
	Password            RacePassword `wire:"secret"`
	RaceHistoryID       uint32
	PerRacePurseBonus   uint32 // added to the purse once
}

// JoinRace is MsgJoinRace, 12 bytes (mcots-2 3.5).
type JoinRace struct {
	RaceID     uint32
	VehicleID  uint32
	PowerClass uint8 // as the client computed it, numbering unknown
	Unknown    uint8 // always 0 so far
}

// RaceJoined is MsgRaceJoined, 14 bytes (mcots-2 3.5).
type RaceJoined struct {
	RaceID   uint32
	Password RacePassword `wire:"secret"` // as in RaceCreated
}

// StartRace is MsgStartRace, 70 bytes (mcots-2 3.6).
type StartRace struct {
	RaceID          uint32
	Racers          [RaceSlots]Starter
	MultiRoundLimit uint8 // 0 = no limit
	Laps            uint8
	Flags           LobbyFlags
	DialIn          [2]uint16 // drag handicap, ticks
}

// Starter is one slot of StartRace, 9 bytes.
type Starter struct {
	ID        uint32 // persona or AI racer, 0 = empty slot
	VehicleID uint32
	IsHuman   bool
}

// RaceStarted is MsgRaceStarted, 40 bytes (mcots-2 3.7).
type RaceStarted struct {
	RaceID    uint32
	OKToStart bool               `wire:"size=4"` // false = not enough valid humans
	Racers    [RaceSlots]Started // in the slot order of StartRace
}

// Started is one slot of RaceStarted, 5 bytes.
type Started struct {
	ID      uint32
	Invalid bool // this racer may not race
}

// RacerCompleted is MsgRacerCompleted, 30 bytes and the travel map (mcots-2 3.8).
type RacerCompleted struct {
	TopSpeed       uint16 // metres per second
	RaceID         uint32
	ID             uint32 // persona or AI racer
	CompletionTime uint32 // ticks
	BestLapTime    uint32 // ticks
	AvgSpeed       uint16 // metres per second
	SecurityFlags  uint32 // not 0 = the client suspects tampering
	TravelMapSize  uint32 // of the map when uncompressed; never a length on the wire
	TravelMap      []byte `wire:"rest"` // path record of unknown format
}

// FinalResults is MsgFinalResults, 262 bytes (mcots-2 3.9).
type FinalResults struct {
	RaceID          uint32
	Racers          [RaceSlots]RacerResult // in finishing order, unused ones zero
	RoundsCompleted uint8                  // drag
	RoundWinners    uint16                 // drag, bit r: 0 = the first racer won round r
	Flags           FinalFlags
	TeamCashBonus   uint32
	TeamPointBonus  uint32
	TeamCombinedPar uint32 // ticks under par in total, presumably
}

// RacerResult is one racer of FinalResults, 40 bytes.
type RacerResult struct {
	ID                uint32
	RaceTime          uint32 // ticks, 0 = did not finish
	BestLapTime       uint32 // ticks
	TopSpeed          uint16 // metres per second
	AvgSpeed          uint16 // metres per second
	RacePoints        int16
	TotalPoints       uint16 // after the race
	PointsToNextLevel uint16
	PointsToNextRank  uint16
	OldLevel          uint8
	OldRank           uint8
	PrizeID           uint32 // part won, or 0
	CashWon           uint32
	NewLevel          uint8
	NewRank           uint8
	Flags             RacerFlags
}
