package mcots

// RaceType is the kind of race that a lobby offers (mcots-1 4.6, mcots-2 2.1).
type RaceType uint32

// The race types.
const (
	RaceTestDrive    RaceType = 14 // alone
	RaceSimStreet    RaceType = 16
	RaceSimPro       RaceType = 17 // circuit
	RaceSimDrag      RaceType = 18
	RaceSimTimeTrial RaceType = 19 // alone
	RaceArcadeStunt  RaceType = 23
	RaceArcadeTrial  RaceType = 25
	RaceTradeWindow  RaceType = 26 // not a race: the room of a trade
)

// LobbyFlags are the settings of a race in StartRace (mcots-2 2.4). The channel
// data of a race room orders the same settings differently.
type LobbyFlags uint32

// The lobby flags.
const (
	LobbyBackward LobbyFlags = 1 << iota
	LobbyDamage
	LobbyMirrored
	LobbyNight
	LobbyWeather
	LobbyTraffic
	LobbyDragHandicap
)

// RacerFlags are the results of one racer in FinalResults (mcots-2 2.5).
type RacerFlags uint32

// The racer flags.
const (
	RacerWonCar RacerFlags = 1 << iota
	RacerLostCar
	RacerTopSpeedEver
	RacerTopSpeedTurf
	RacerTopSpeedLobby
	RacerBestLapTurf
	RacerBestLapLobby
	RacerFalseStart
	RacerTimedOut
	RacerPromotionBonus
	RacerCheatingSuspected
)

// FinalFlags are the results of a whole race in FinalResults (mcots-2 2.5).
type FinalFlags uint8

// The final flags.
const (
	FinalRaceAgain FinalFlags = 1 << iota // the host may start another one
	FinalInvalidError
	FinalInvalidCheating
)

// TicksPerSecond is the unit of all times in races (mcots-2 0.3).
const TicksPerSecond = 64

// AttachmentPoint is the place of a part on its parent (mcots-1 5.4, mcots-2 5.2).
type AttachmentPoint uint8

// The attachment points. Stock cars use AttachDefault, AttachFront and AttachRear.
const (
	AttachDefault AttachmentPoint = iota
	AttachLeftFront
	AttachRightFront
	AttachLeftRear
	AttachRightRear
	AttachLeft
	AttachRight
	AttachA
	AttachB
	AttachC
	AttachFront
	AttachRear
)
