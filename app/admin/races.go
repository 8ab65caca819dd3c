package admin

import (
	"context"
	"time"

	"mcos/storage"
)

// recentRaces is how many of the races that are over are shown.
const recentRaces = 50

// Races are the races of a server.
type Races struct {
	Open    []OpenRace `json:"open"`    // waiting for their start, or for another one
	Running []Race     `json:"running"` // from the start to the results
	Recent  []Race     `json:"recent"`  // over, the newest first
	// Escrow is what the running races hold in entry fees, game dollars.
	Escrow int64 `json:"escrow"`
}

// OpenRace is a race that may be joined, or run again.
type OpenRace struct {
	Number  uint32   `json:"number"`
	State   string   `json:"state"` // open or over
	HostID  uint32   `json:"host_id"`
	Host    string   `json:"host"`
	Lobby   uint32   `json:"lobby"`
	Kind    string   `json:"kind"`
	Fee     int64    `json:"fee"` // game dollars
	Purse   int64    `json:"purse"`
	Players []Driver `json:"players"`
}

// Driver is a persona by its id, with its name when there is one.
type Driver struct {
	ID   uint32 `json:"id"`
	Name string `json:"name,omitempty"`
}

// Race is a race that was started, with its books: the fees that were taken are in
// escrow until the race is over; then Returned and Won tell where money went.
type Race struct {
	ID       uint32    `json:"id"` // history id, the reference of the ledgers
	Number   uint32    `json:"number"`
	State    string    `json:"state"` // running, settled or cancelled
	Host     Driver    `json:"host"`
	Lobby    uint32    `json:"lobby"`
	Kind     string    `json:"kind"`
	Laps     uint8     `json:"laps,omitempty"`
	PinkSlip bool      `json:"pink_slip,omitempty"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended,omitzero"`
	Purse    int64     `json:"purse"` // as promised, game dollars
	Fees     int64     `json:"fees"`  // taken
	Returned int64     `json:"returned"`
	Won      int64     `json:"won"`
	// Racers are in the order of the start while the race runs, and in finishing
	// order afterwards.
	Racers []Racer `json:"racers"`
}

// Racer is one racer with his result. Computer drivers have no name.
type Racer struct {
	Driver
	Human    bool    `json:"human"`
	Outcome  string  `json:"outcome,omitempty"`
	Time     float64 `json:"time_seconds,omitempty"`
	BestLap  float64 `json:"best_lap_seconds,omitempty"`
	TopSpeed uint16  `json:"top_speed,omitempty"` // metres per second
	Points   int16   `json:"points,omitempty"`
	Suspect  bool    `json:"suspect,omitempty"` // the report contradicts itself or the clock
	Fee      int64   `json:"fee"`
	Returned int64   `json:"returned"`
	Won      int64   `json:"won"`
}

// Races implements API.
func (l *Local) Races(context.Context) (Races, error) {
	list := Races{Open: []OpenRace{}, Running: []Race{}, Recent: []Race{}}
	if l.Server != nil {
		list.Open = l.Server.Races()
	}
	err := l.Store.View(func(tx storage.ReadTx) error {
		for i := range list.Open {
			r := &list.Open[i]
			r.Host = personaName(tx, r.HostID)
			for k := range r.Players {
				r.Players[k].Name = personaName(tx, r.Players[k].ID)
			}
		}
		running, err := tx.RunningRaces()
		if err != nil {
			return err
		}
		for _, r := range running {
			shown := l.race(tx, r)
			list.Running = append(list.Running, shown)
			list.Escrow += shown.Fees
		}
		recent, err := tx.RecentRaces(recentRaces + len(running))
		for _, r := range recent {
			if r.State != storage.RaceRunning && len(list.Recent) < recentRaces {
				list.Recent = append(list.Recent, l.race(tx, r))
			}
		}
		return err
	})
	return list, err
}

// ticksPerSecond is the unit of the stored race times.
const ticksPerSecond = 64

// race describes a stored race.
func (l *Local) race(tx storage.ReadTx, r storage.Race) Race {
	shown := Race{
		ID: r.ID, Number: r.Number, State: string(r.State), Host: Driver{r.Host, personaName(tx, r.Host)}, Lobby: r.Lobby,
		Kind: RaceKind(uint32(r.Type)), Laps: r.Laps, PinkSlip: r.PinkSlip, Started: r.Started.UTC(), Ended: r.Ended.UTC(),
		Purse: r.Purse, Racers: []Racer{},
	}
	for _, one := range r.Racers {
		racer := Racer{
			Driver: Driver{ID: one.ID}, Human: one.Human, Outcome: string(one.Outcome),
			Time: float64(one.Time) / ticksPerSecond, BestLap: float64(one.BestLap) / ticksPerSecond, TopSpeed: one.TopSpeed,
			Points: one.Points, Suspect: one.Suspect, Fee: one.Fee, Returned: one.Returned, Won: one.Won,
		}
		if one.Human {
			racer.Name = personaName(tx, one.ID)
		}
		shown.Fees += one.Fee
		shown.Returned += one.Returned
		shown.Won += one.Won
		shown.Racers = append(shown.Racers, racer)
	}
	return shown
}

// kinds are the names of the kinds of races ("mcots-1 4.6").
var kinds = map[uint32]string{
	14: "test drive", 16: "street", 17: "circuit", 18: "drag", 19: "time trial", 23: "stunt", 25: "arcade time trial", 26: "trade",
}

// RaceKind is the name of a kind of race, "" for one that has none.
func RaceKind(number uint32) string { return kinds[number] }
