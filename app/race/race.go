// Package race serves the MCOTS messages of a race: creating and joining one,
// starting it, and what racers report on the way ("mcots-2 3, 4"). It keeps the
// races of the moment in memory. This version takes and pays no money: entry fees
// are checked, not charged, and no results are sent.
package race

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"mcos/app/gateway"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
)

// Deps are what the service works with. No field may be nil.
type Deps struct {
	Store storage.Store
	Now   func() time.Time
	// Fees are the entry fees that a host may choose.
	Fees []uint32
	// Lobbies are the numbers of the lobbies that races may be created in.
	Lobbies []uint32
}

// Service keeps the open races.
type Service struct {
	cfg Config
	Deps

	mu    sync.Mutex
	races map[uint32]*race
	last  uint32
}

// race is one open race. Joining is a reservation; the start decides who races.
type race struct {
	id       uint32
	host     uint32
	fee      uint32
	minLevel uint32 // 0 = none, like the next
	maxLevel uint32
	lent     bool // sponsored: the game lends the cars
	max      int
	password mcots.RacePassword
	racers   map[uint32]*gateway.Conn // by persona, the host included
	touched  time.Time
}

// New makes the service.
func New(cfg Config, deps Deps) *Service {
	return &Service{cfg: cfg, Deps: deps, races: map[uint32]*race{}}
}

// Rows is the service's table.
func (s *Service) Rows() []gateway.Row {
	return []gateway.Row{
		gateway.On(mcots.MsgCreateRace, gateway.LoggedIn, s.create),
		gateway.On(mcots.MsgJoinRace, gateway.LoggedIn, s.join),
		gateway.On(mcots.MsgStartRace, gateway.LoggedIn, s.start),
		gateway.On(mcots.MsgKeepRaceAlive, gateway.LoggedIn, s.keepAlive),
		gateway.On(mcots.MsgRacerLeft, gateway.LoggedIn, s.left),
		gateway.On(mcots.MsgCRCTestDrive, gateway.LoggedIn, s.testDrive),

		// Reports that no answer belongs to and that have no effect yet.
		gateway.Ignore(mcots.MsgRacerCompleted, gateway.LoggedIn),
		gateway.Ignore(mcots.MsgInRaceDamage, gateway.LoggedIn),
		gateway.Ignore(mcots.MsgPostRaceDamage, gateway.LoggedIn),
		gateway.Ignore(mcots.MsgUpdateBodyDamage, gateway.LoggedIn),
		gateway.Ignore(mcots.MsgCRCPreRace, gateway.LoggedIn),
		gateway.Ignore(mcots.MsgCRCPostRace, gateway.LoggedIn),
	}
}

// Password is the password of a race for the room that belongs to it.
func (s *Service) Password(id uint32) (password [8]byte, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.races[id]
	if r == nil {
		return password, false
	}
	return r.password, true
}

// Leave takes the racer of an ended connection out of all races.
func (s *Service) Leave(c *gateway.Conn) {
	seat := c.Seat()
	if seat == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.races {
		if r.racers[seat.Persona] == c {
			s.drop(r, seat.Persona)
		}
	}
}

// drop removes a racer; a race ends with its host or its last racer.
func (s *Service) drop(r *race, persona uint32) {
	delete(r.racers, persona)
	if persona == r.host || len(r.racers) == 0 {
		delete(s.races, r.id)
	}
}

const maxRaces = 1000

var errFull = errors.New("too many races at once")

// create opens a race for its host (mcots-2 3.3; DECISIONS 25).
func (s *Service) create(c *gateway.Call, req *mcots.CreateRace) error {
	if !slices.Contains(s.Fees, req.EntryFee) {
		return fmt.Errorf("entry fee %d is not offered", req.EntryFee)
	}
	if !slices.Contains(s.Lobbies, req.LobbyID) {
		return fmt.Errorf("no lobby %d", req.LobbyID)
	}
	persona := c.Seat().Persona
	r := &race{
		host: persona, fee: req.EntryFee, max: s.cfg.MaxHumans,
		minLevel: req.MinLevel, maxLevel: req.MaxLevel, lent: req.SponsorID != 0,
		password: newPassword(), racers: map[uint32]*gateway.Conn{persona: c.Conn}, touched: s.Now(),
	}
	if n := int(req.MaxRacers); n > 0 {
		r.max = min(r.max, n)
	}
	if err := s.admit(persona, r); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reap()
	s.giveUp(persona)
	if len(s.races) >= maxRaces {
		return errFull
	}
	s.last = max(1, (s.last+1)&0xFFFFFF)
	r.id = mcots.JoinID(0, s.last)
	s.races[r.id] = r
	perPlayer, perRace := s.bonuses(r)
	c.Reply(mcots.MsgRaceCreated.With(&mcots.RaceCreated{
		RaceID: r.id, EntryFee: r.fee, PerPlayerPurseBonus: perPlayer,
		Password: r.password, RaceHistoryID: r.id, PerRacePurseBonus: perRace,
	}))
	return nil
}

// bonuses are what is added to the purse; a sponsored race pays half
// (mcots-2 9.5).
func (s *Service) bonuses(r *race) (perPlayer, perRace uint32) {
	if r.lent {
		return s.cfg.PerPlayerBonus / 2, s.cfg.PerRaceBonus / 2
	}
	return s.cfg.PerPlayerBonus, s.cfg.PerRaceBonus
}

// giveUp ends the race that a host left for a new one: nobody hosts two at once,
// so one client cannot use up all the places.
func (s *Service) giveUp(host uint32) {
	for id, r := range s.races {
		if r.host == host {
			delete(s.races, id)
		}
	}
}

// reap forgets races that nobody keeps alive.
func (s *Service) reap() {
	for id, r := range s.races {
		if s.Now().Sub(r.touched) > 2*s.cfg.KeepAlive {
			delete(s.races, id)
		}
	}
}

// newPassword is eight characters that the room's text field can carry as well
// (nps-lobby-rooms 8.3).
func newPassword() (p mcots.RacePassword) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	_, _ = rand.Read(p[:]) // never fails
	for i := range p {
		p[i] = letters[int(p[i])%len(letters)]
	}
	return p
}

// admit checks what a racer must bring: the entry fee, and the level where the
// host set limits (mcots-2 3.14).
func (s *Service) admit(persona uint32, r *race) error {
	var p storage.Persona
	err := s.Store.View(func(tx storage.ReadTx) (err error) {
		p, err = tx.Persona(persona)
		return err
	})
	if err != nil {
		return err
	}
	if p.Balance < int64(r.fee) {
		return gateway.Refused(mcots.ReasonInsufficientFunds, fmt.Errorf("balance %d is below the entry fee %d", p.Balance, r.fee))
	}
	level := p.Stats.Level
	if level < r.minLevel || r.maxLevel != 0 && level > r.maxLevel {
		return gateway.Refused(mcots.ReasonInvalidDriverClass, fmt.Errorf("level %d is not between %d and %d", level, r.minLevel, r.maxLevel))
	}
	return nil
}

// join reserves a place in a race (mcots-2 3.5).
func (s *Service) join(c *gateway.Call, req *mcots.JoinRace) error {
	persona := c.Seat().Persona
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.races[req.RaceID]
	if r == nil {
		return gateway.Refused(mcots.ReasonInvalidRaceID, fmt.Errorf("no race %d", req.RaceID))
	}
	if r.racers[persona] == nil && len(r.racers) >= r.max {
		return gateway.Refused(mcots.ReasonTooManyPlayers, fmt.Errorf("race %d is full", r.id))
	}
	if err := s.admit(persona, r); err != nil {
		return err
	}
	if !s.mayDrive(persona, req.VehicleID, r) {
		return gateway.Refused(mcots.ReasonInvalidVehicle, fmt.Errorf("persona %d does not own vehicle %d", persona, req.VehicleID))
	}
	r.racers[persona] = c.Conn
	r.touched = s.Now()
	c.Log().WithField("race", r.id).WithField("power_class", req.PowerClass).Info("joined a race")
	c.Reply(mcots.MsgRaceJoined.With(&mcots.RaceJoined{RaceID: r.id, Password: r.password}))
	return nil
}

// start answers the host's line-up, slot by slot, and tells the others
// (mcots-2 3.6, 3.7; DECISIONS 26).
func (s *Service) start(c *gateway.Call, req *mcots.StartRace) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.races[req.RaceID]
	switch {
	case r == nil:
		return gateway.Refused(mcots.ReasonInvalidRaceID, fmt.Errorf("no race %d", req.RaceID))
	case r.host != c.Seat().Persona:
		return gateway.Refused(mcots.ReasonPersonaNotInRace, fmt.Errorf("persona %d does not host race %d", c.Seat().Persona, r.id))
	}
	r.touched = s.Now()
	body := &mcots.RaceStarted{RaceID: r.id}
	for i, racer := range req.Racers {
		valid := !racer.IsHuman ||
			r.racers[racer.ID] != nil && s.mayDrive(racer.ID, racer.VehicleID, r) && s.admit(racer.ID, r) == nil
		body.Racers[i] = mcots.Started{ID: racer.ID, Invalid: racer.ID != 0 && !valid}
		body.OKToStart = body.OKToStart || racer.ID == r.host && racer.IsHuman && valid
	}
	c.Reply(mcots.MsgRaceStarted.With(body))
	if s.cfg.PushStarted {
		for persona, conn := range r.racers {
			if persona != r.host {
				conn.Push(mcots.MsgRaceStarted.With(body))
			}
		}
	}
	return nil
}

// mayDrive reports whether a racer may drive the car in the race; car 0 is one
// lent by the game, and in a sponsored race all are (mcots-2 3.15).
func (s *Service) mayDrive(persona, vehicle uint32, r *race) bool {
	if vehicle == 0 || r.lent {
		return true
	}
	err := s.Store.View(func(tx storage.ReadTx) error {
		v, err := tx.Vehicle(vehicle)
		if err == nil && v.Owner != persona {
			err = storage.ErrNotFound
		}
		return err
	})
	return err == nil
}

func (s *Service) keepAlive(c *gateway.Call, req *mcots.GenericRequest) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.races[req.Data]; r != nil && r.racers[c.Seat().Persona] != nil {
		r.touched = s.Now()
	}
	return nil
}

func (s *Service) left(c *gateway.Call, req *mcots.GenericRequest) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.races[req.Data]; r != nil && r.racers[c.Seat().Persona] != nil {
		s.drop(r, c.Seat().Persona)
	}
	return nil
}

// testDrive is always allowed: nobody knows what a refusal would look like
// (mcots-2 4.7).
func (s *Service) testDrive(c *gateway.Call, _ *wire.Raw) error {
	c.Accept()
	return nil
}
