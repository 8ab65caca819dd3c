// Package race serves the MCOTS messages of a race from its creation to its
// results ("mcots-2 3, 4, 7"). The races of the moment are in memory; from the
// start to the results a race is in the store as well, with the entry fees in
// escrow, so that a crash loses nobody's money.
//
// One lock guards all races. It is never held while the disk works: a race whose
// transaction is being written is busy meanwhile, and only those wait who want that race
// (see update). What others ask for in the middle of their own work (Password, Racing)
// has a lock of its own.
// Time comes in from outside: requests use the clock of Deps, and everything that
// happens because time has passed happens in Tick.
package race

import (
	"crypto/rand"
	"encoding/binary"
	"io"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"mcos/app/game"
	"mcos/app/gateway"
	"mcos/protocol/mcots"
	"mcos/storage"
)

// Purse is an entry fee that a host may choose and what there is to win for it, in
// game dollars.
type Purse struct{ Fee, Purse uint32 }

// Lobby is a lobby that races may be created in.
type Lobby struct {
	ID         uint32
	Type       mcots.RaceType
	Track      uint32 // lobbies with the same one share their records of the turf
	MinLevel   uint32
	MaxPlayers int           // 0 = as many as the server allows
	MinTime    time.Duration // faster results do not count
	game.RaceLobby
}

// lends reports whether the game may lend the cars of a race here ("mcots-2 8").
func (l Lobby) lends() bool {
	return l.Type == mcots.RaceTestDrive || l.Type == mcots.RaceArcadeStunt || l.Type == mcots.RaceArcadeTrial
}

// Deps are what the service works with. Random and Log may be nil.
type Deps struct {
	Store storage.Store
	Rules *game.Rules
	Now   func() time.Time
	// Random makes passwords and decides about prizes; nil is crypto/rand.
	Random io.Reader
	// Log hears of settlements that failed outside of any request.
	Log     logrus.FieldLogger
	Purses  []Purse
	Lobbies []Lobby
	// Room finds the waiting room that a host has opened for a race, if there is or
	// was one, and Track a racer of such a race on the race port. They are called
	// with the service's lock held; nil means that no rooms are known.
	Room  func(race, host uint32) (Room, bool)
	Track func(race, host, persona uint32) (Track, bool)
	// LoadTimeout is how long racers may take to load.
	LoadTimeout time.Duration
}

// Service keeps the races of the moment.
type Service struct {
	cfg     Config
	deps    Deps
	purses  map[uint32]uint32 // by fee
	lobbies map[uint32]Lobby
	known   registry
	reports reportBook
	hours   hours

	mu    sync.Mutex
	idle  *sync.Cond // some race is not busy any more
	races map[uint32]*race
}

// New makes the service.
func New(cfg Config, deps Deps) *Service {
	if deps.Random == nil {
		deps.Random = rand.Reader
	}
	if deps.Log == nil {
		silent := logrus.New()
		silent.SetOutput(io.Discard)
		deps.Log = silent
	}
	if deps.Room == nil {
		deps.Room = func(uint32, uint32) (Room, bool) { return Room{}, false }
	}
	if deps.Track == nil {
		deps.Track = func(uint32, uint32, uint32) (Track, bool) { return Track{}, false }
	}
	s := &Service{
		cfg: cfg, deps: deps, purses: map[uint32]uint32{}, lobbies: map[uint32]Lobby{}, races: map[uint32]*race{},
		known: registry{passwords: map[uint32]mcots.RacePassword{}, cars: map[uint32]uint32{}},
	}
	s.idle = sync.NewCond(&s.mu)
	for _, p := range deps.Purses {
		s.purses[p.Fee] = p.Purse
	}
	for _, l := range deps.Lobbies {
		l.Turf = nil
		for _, other := range deps.Lobbies {
			if other.Track == l.Track {
				l.Turf = append(l.Turf, other.ID)
			}
		}
		s.lobbies[l.ID] = l
	}
	return s
}

// Rows is the service's table.
func (s *Service) Rows() []gateway.Row {
	return []gateway.Row{
		gateway.On(mcots.MsgCreateRace, gateway.LoggedIn, s.create).Tells().Writes(),
		gateway.On(mcots.MsgJoinRace, gateway.LoggedIn, s.join).Tells().Writes(),
		gateway.On(mcots.MsgStartRace, gateway.LoggedIn, s.start).Tells().Writes(),
		gateway.On(mcots.MsgRacerCompleted, gateway.LoggedIn, s.completed).Tells().Writes(),
		gateway.On(mcots.MsgRacerLeft, gateway.LoggedIn, s.left).Tells().Writes(),
		gateway.On(mcots.MsgKeepRaceAlive, gateway.LoggedIn, s.keepAlive),

		gateway.On(mcots.MsgInRaceDamage, gateway.LoggedIn, s.inRaceDamage).Writes(),
		gateway.On(mcots.MsgPostRaceDamage, gateway.LoggedIn, s.postRaceDamage).Writes(),
		gateway.On(mcots.MsgUpdateBodyDamage, gateway.LoggedIn, s.bodyDamage),
		gateway.On(mcots.MsgCRCPreRace, gateway.LoggedIn, s.preRaceChecks),
		gateway.On(mcots.MsgCRCPostRace, gateway.LoggedIn, s.postRaceChecks),
		gateway.On(mcots.MsgCRCTestDrive, gateway.LoggedIn, s.testDrive),
	}
}

// registry is what other services ask for at any moment, also in the middle of a
// store transaction: its lock is never held during one.
type registry struct {
	mu        sync.Mutex
	passwords map[uint32]mcots.RacePassword // of races that may be joined, by number
	cars      map[uint32]uint32             // record of the race that a car is in
}

// Password is the password of a race for the room that belongs to it.
func (s *Service) Password(id uint32) (password [8]byte, ok bool) {
	s.known.mu.Lock()
	defer s.known.mu.Unlock()
	password, ok = s.known.passwords[id]
	return password, ok
}

// Racing reports whether a car is in a race that is not over for its driver, or at
// stake in one that is not over.
func (s *Service) Racing(vehicle uint32) bool {
	s.known.mu.Lock()
	defer s.known.mu.Unlock()
	return s.known.cars[vehicle] != 0
}

// open and shut keep the list of passwords.
func (k *registry) open(id uint32, password mcots.RacePassword) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.passwords[id] = password
}

func (k *registry) shut(id uint32) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.passwords, id)
}

// occupy and free keep the list of cars in races.
func (k *registry) occupy(record uint32, cars []uint32) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, car := range cars {
		k.cars[car] = record
	}
}

func (k *registry) free(record uint32, cars ...uint32) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, car := range cars {
		if k.cars[car] == record {
			delete(k.cars, car)
		}
	}
}

// newPassword is eight characters that the room's text field can carry as well
// (nps-lobby-rooms 8.3).
func (s *Service) newPassword() (p mcots.RacePassword, err error) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	if _, err := io.ReadFull(s.deps.Random, p[:]); err != nil {
		return p, err
	}
	for i := range p {
		p[i] = letters[int(p[i])%len(letters)]
	}
	return p, nil
}

// luck is a random number from 0 to n-1; 0 when there is no randomness left.
func (s *Service) luck(n int) int {
	var b [8]byte
	if _, err := io.ReadFull(s.deps.Random, b[:]); err != nil {
		return 0
	}
	return int(binary.LittleEndian.Uint64(b[:]) % uint64(n))
}
