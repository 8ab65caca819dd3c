package storage

import "time"

// RaceState is how far a stored race has come.
type RaceState string

// The states of a race. A race is stored when it starts; one that never started
// leaves no record.
const (
	RaceRunning   RaceState = "running"   // the entry fees are in escrow
	RaceSettled   RaceState = "settled"   // the results are in and paid
	RaceCancelled RaceState = "cancelled" // the fees went back, nothing was won
)

// Race is one race from its start to its end ("mcots-2 7"). While it runs, the
// fees of its racers are in escrow: taken from their balances, owned by nobody
// yet. The end of the race settles it in one transaction, once.
//
// ID is the race history id and the Ref of the ledger entries that belong to it.
// Number is the race id of the messages; a race that is run again keeps the number
// and gets a record of its own. The bonuses and the purse are what was promised
// when the race was created.
type Race struct {
	ID      uint32    `json:"id"`
	Number  uint32    `json:"number"`
	State   RaceState `json:"state"`
	Host    uint32    `json:"host"`
	Lobby   uint32    `json:"lobby"`
	Type    int32     `json:"type"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`

	Purse          int64  `json:"purse,omitempty"`
	PerRaceBonus   int64  `json:"race_bonus,omitempty"`
	PerPlayerBonus int64  `json:"player_bonus,omitempty"`
	Laps           uint8  `json:"laps,omitempty"`
	PowerLimit     uint32 `json:"power_limit,omitempty"` // highest power class, numbering unknown; not enforced
	Sponsor        uint32 `json:"sponsor,omitempty"`
	PinkSlip       bool   `json:"pink_slip,omitempty"`
	Club           bool   `json:"club,omitempty"`
	TeamTrial      bool   `json:"team_trial,omitempty"`

	// Racers are in the order of the start while the race runs, and in
	// finishing order afterwards.
	Racers []Racer `json:"racers"`
}

// Humans is how many people started.
func (r Race) Humans() int {
	n := 0
	for _, racer := range r.Racers {
		if racer.Human {
			n++
		}
	}
	return n
}

// Racer is one racer of a Race. ID is a persona, or the number that the host's
// game gave a computer driver. Times are ticks of 1/64 second, 0 for none; speeds
// are metres per second. Fee is what was taken at the start, Returned what came
// back of it, and Won everything else that was paid.
type Racer struct {
	ID       uint32     `json:"id"`
	Vehicle  uint32     `json:"vehicle,omitempty"`
	Human    bool       `json:"human,omitempty"`
	Slot     uint8      `json:"slot"`
	Outcome  RaceFinish `json:"outcome,omitempty"`
	Time     uint32     `json:"time,omitempty"`
	BestLap  uint32     `json:"best_lap,omitempty"`
	TopSpeed uint16     `json:"top_speed,omitempty"`
	AvgSpeed uint16     `json:"avg_speed,omitempty"`
	Security uint32     `json:"security,omitempty"` // flags of the client's own suspicion
	Suspect  bool       `json:"suspect,omitempty"`  // the report contradicts itself or the clock
	Void     bool       `json:"void,omitempty"`     // for that reason the result does not count: nothing is won with it
	Power    uint8      `json:"power,omitempty"`    // class that the game claims for the car, numbering unknown
	Points   int16      `json:"points,omitempty"`
	Prize    uint32     `json:"prize,omitempty"` // car or part won

	Fee      int64 `json:"fee,omitempty"`
	Returned int64 `json:"returned,omitempty"`
	Won      int64 `json:"won,omitempty"`
}

// RaceFinish is how a race ended for one racer; empty while it runs, and for a
// computer driver that nobody reported.
type RaceFinish string

// The ways in which a race ends for a racer.
const (
	Finished RaceFinish = "finished"
	GaveUp   RaceFinish = "gave-up"   // said so
	Lost     RaceFinish = "lost"      // the connection broke and did not come back
	TimedOut RaceFinish = "timed-out" // took too long
)

// LobbyBest is the best lap and the highest speed ever driven in a lobby. A zero
// lap or speed is none yet. The drivers are personas, dead or alive.
type LobbyBest struct {
	Lobby   uint32    `json:"lobby"`
	Lap     uint32    `json:"lap,omitempty"` // ticks
	LapBy   uint32    `json:"lap_by,omitempty"`
	LapAt   time.Time `json:"lap_at,omitzero"`
	Speed   uint16    `json:"speed,omitempty"` // metres per second
	SpeedBy uint32    `json:"speed_by,omitempty"`
	SpeedAt time.Time `json:"speed_at,omitzero"`
}
