package mcots

// LobbyInfo is one lobby in MsgLobbies, 569 bytes (mcots-1 4.3). Times are ticks
// of 1/64 second. "Enabled" means that the host of a race may change the setting.
type LobbyInfo struct {
	LobbyID            uint32
	RaceType           RaceType
	TurfID             uint32
	RiffName           string `wire:"char=32"`  // channel of the lobby server, such as "MCC10"
	TurfName           string `wire:"char=256"` // display name
	ClientArt          string `wire:"char=11"`  // stem of the client's art file
	ElementID          uint32 // track
	TurfLength         uint32
	StartSlice         uint32
	EndSlice           uint32
	DragStageLeft      float32
	DragStageRight     float32
	DragStagingSlice   uint32
	GridSpreadFactor   float32
	Linear             bool `wire:"size=2"` // point to point
	PlayersMin         uint16
	PlayersMax         uint16
	PlayersDefault     uint16
	PlayersEnabled     bool `wire:"size=2"`
	LapsMin            uint16
	LapsMax            uint16
	LapsDefault        uint16
	LapsEnabled        bool `wire:"size=2"`
	RoundsMin          uint16
	RoundsMax          uint16
	RoundsDefault      uint16
	RoundsEnabled      bool   `wire:"size=2"`
	WeatherDefault     bool   `wire:"size=2"`
	WeatherEnabled     bool   `wire:"size=2"`
	NightDefault       bool   `wire:"size=2"`
	NightEnabled       bool   `wire:"size=2"`
	BackwardsDefault   bool   `wire:"size=2"`
	BackwardsEnabled   bool   `wire:"size=2"`
	TrafficDefault     bool   `wire:"size=2"`
	TrafficEnabled     bool   `wire:"size=2"`
	DamageDefault      bool   `wire:"size=2"`
	DamageEnabled      bool   `wire:"size=2"`
	AIDefault          bool   `wire:"size=2"`
	AIEnabled          bool   `wire:"size=2"`
	TopDog             string `wire:"char=13"` // persona that holds the record
	TurfOwner          string `wire:"char=33"` // club that owns the turf
	QualifyingTime     uint32
	ClubPlayers        uint32
	ClubLaps           uint32
	ClubRounds         uint32
	ClubNight          bool `wire:"size=2"`
	ClubWeather        bool `wire:"size=2"`
	ClubBackwards      bool `wire:"size=2"`
	BestLapTime        uint32
	Difficulty         uint32
	TrialPoints        uint32 // time trial: points for qualifying
	TrialCash          uint32 // time trial: cash for qualifying
	TrialPointsPerStep uint32 // bonus for each TrialStep under the qualifying time
	TrialCashPerStep   uint32
	TrialStep          uint32
	Victory1Points     uint32 // weekly time-trial prizes
	Victory1Cash       uint32
	Victory2Points     uint32
	Victory2Cash       uint32
	Victory3Points     uint32
	Victory3Cash       uint32
	MinLevel           uint16
	MinResetSlice      uint32
	MaxResetSlice      uint32
	Newbie             bool `wire:"size=2"` // beginners' lobby
	DriverHelmet       bool `wire:"size=2"`
	ClubPlayersMax     uint16
	ClubPlayersMin     uint16
	ClubPlayersDefault uint16
	ClubsMax           uint16
	ClubsMin           uint16
	RacePointsFactor   float32
	BodyClassMax       uint16
	PowerClassMax      uint16
	PartPrizesMax      uint16
	PartPrizesWon      uint16 // by this player
	ClubLogoID         uint32
	TeamTrialWeather   bool `wire:"size=2"`
	TeamTrialNight     bool `wire:"size=2"`
	TeamTrialBackwards bool `wire:"size=2"`
	TeamTrialLaps      uint16
	TeamTrialBaseTime  uint32 // under par
	RaceCashFactor     float32
}
