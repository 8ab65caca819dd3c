package race

import (
	"errors"
	"fmt"

	"mcos/app/game"
	"mcos/app/gateway"
	"mcos/protocol/mcots"
	"mcos/storage"
)

const (
	maxRaces     = 1000
	pinkSlipCars = 2 // at stake
)

var errFull = errors.New("too many races at once")

// create opens a race for its host (mcots-2 3.3; DECISIONS 25).
func (s *Service) create(c *gateway.Call, req *mcots.CreateRace) error {
	r, err := s.design(c.Seat().Persona, req)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tick(s.deps.Now())
	if err := s.rested(r.host); err != nil {
		return err
	}
	if err := s.view(func(tx storage.ReadTx) error { return s.deps.Rules.MayEnter(tx, r.host, r.entry) }); err != nil {
		return refusal(err)
	}
	s.withdraw(r.host, 0)
	if s.count() >= maxRaces {
		return errFull
	}
	if err := s.number(r); err != nil {
		return err
	}
	for s.withdraw(r.host, 0) {
		// Meanwhile he may have opened another one elsewhere.
	}
	r.members = map[uint32]*member{r.host: {}}
	s.here(r, c.Conn)
	s.races[r.id] = r
	s.known.open(r.id, r.password)
	c.Log().WithField("race", r.id).WithField("lobby", r.lobby.ID).WithField("fee", r.entry.Fee).Info("race created")
	c.Reply(mcots.MsgRaceCreated.With(&mcots.RaceCreated{
		RaceID: r.id, EntryFee: uint32(r.entry.Fee), PerPlayerPurseBonus: uint32(r.promise.PerPlayerBonus),
		Password: r.password, RaceHistoryID: r.history, PerRacePurseBonus: uint32(r.promise.PerRaceBonus),
	}))
	return nil
}

// design makes a race out of what the host wants.
func (s *Service) design(host uint32, req *mcots.CreateRace) (*race, error) {
	purse, offered := s.purses[req.EntryFee]
	if !offered {
		return nil, fmt.Errorf("entry fee %d is not offered", req.EntryFee)
	}
	lobby, ok := s.lobbies[req.LobbyID]
	if !ok {
		return nil, fmt.Errorf("no lobby %d", req.LobbyID)
	}
	r := &race{host: host, lobby: lobby, settings: *req, max: s.cfg.MaxHumans}
	r.entry = game.Entry{Fee: int64(req.EntryFee), MinLevel: max(req.MinLevel, lobby.MinLevel), MaxLevel: req.MaxLevel}
	r.promise = storage.Race{
		Purse: int64(purse), PerRaceBonus: int64(s.cfg.PerRaceBonus), PerPlayerBonus: int64(s.cfg.PerPlayerBonus),
		Host: host, Lobby: lobby.ID, Type: int32(lobby.Type), Sponsor: req.SponsorID,
		PowerLimit: req.PowerClass, PinkSlip: req.PinkSlip, Club: req.ClubRace, TeamTrial: req.TeamTrial,
	}
	if req.SponsorID != 0 {
		r.promise.PerRaceBonus /= 2
		r.promise.PerPlayerBonus /= 2
	}
	if n := int(req.MaxRacers); n > 0 {
		r.max = min(r.max, n)
	}
	if lobby.MaxPlayers > 0 {
		r.max = min(r.max, lobby.MaxPlayers)
	}
	if req.PinkSlip {
		if req.SponsorID != 0 {
			return nil, errors.New("a lent car cannot be at stake")
		}
		// The cars are what there is to win and to lose.
		r.entry.Fee, r.promise.Purse, r.promise.PerRaceBonus, r.promise.PerPlayerBonus = 0, 0, 0, 0
		r.entry.MinLevel = max(r.entry.MinLevel, s.cfg.PinkSlipLevel)
		r.max = min(r.max, pinkSlipCars)
	}
	return r, nil
}

// number gives a race its password and its ids: the number of its record, of
// which the messages carry 24 bits (mcots-2 0.3).
func (s *Service) number(r *race) (err error) {
	if r.password, err = s.newPassword(); err != nil {
		return err
	}
	return s.update(r, func(tx storage.Tx) (err error) {
		for {
			if r.history, err = tx.NextRace(); err != nil {
				return err
			}
			r.id = mcots.JoinID(0, r.history)
			if r.id != 0 && s.races[r.id] == nil {
				return nil
			}
		}
	})
}

func (s *Service) view(fn func(storage.ReadTx) error) error { return s.deps.Store.View(fn) }

// refusal gives the errors of the rules the reasons that a client may show
// (mcots-2 3.14).
func refusal(err error) error {
	for target, reason := range map[error]mcots.Reason{
		game.ErrFunds: mcots.ReasonInsufficientFunds, game.ErrLevel: mcots.ReasonInvalidDriverClass,
		game.ErrNotOwner: mcots.ReasonInvalidVehicle, game.ErrStripped: mcots.ReasonInvalidVehicle,
	} {
		if errors.Is(err, target) {
			return gateway.Refused(reason, err)
		}
	}
	return err
}

// join reserves a place in a race (mcots-2 3.5; DECISIONS 26).
func (s *Service) join(c *gateway.Call, req *mcots.JoinRace) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if done, err := s.seat(c, req); done || err != nil {
			return err
		}
	}
}

// seat is one attempt to join. It reports false when the lock was given away, so that
// it has to be judged again.
func (s *Service) seat(c *gateway.Call, req *mcots.JoinRace) (done bool, err error) {
	persona := c.Seat().Persona
	r := s.find(req.RaceID)
	if r == nil {
		return false, gateway.Refused(mcots.ReasonInvalidRaceID, fmt.Errorf("no race %d", req.RaceID))
	}
	m := r.members[persona]
	if m == nil || m.left {
		if r.state == racing || r.taken() >= r.max {
			return false, gateway.Refused(mcots.ReasonTooManyPlayers, fmt.Errorf("race %d is full or running", r.id))
		}
	}
	var entered stake
	if r.state != racing {
		if err := s.rested(persona); err != nil {
			return false, err
		}
		if err := s.view(func(tx storage.ReadTx) (err error) {
			if err = s.mayJoin(tx, r, persona, req.VehicleID); err == nil {
				entered, err = s.enter(tx, r, persona, req.VehicleID)
			}
			return err
		}); err != nil {
			return false, refusal(err)
		}
		s.room(r)
	}
	if s.withdraw(persona, r.id) {
		return false, nil
	}
	if m == nil {
		m = &member{}
		r.members[persona] = m
	}
	m.left = m.left && r.state == racing
	if r.state != racing {
		m.power, m.stake = req.PowerClass, entered
	}
	s.here(r, c.Conn)
	c.Log().WithField("race", r.id).WithField("power_class", req.PowerClass).Info("joined a race")
	c.Reply(mcots.MsgRaceJoined.With(&mcots.RaceJoined{RaceID: r.id, Password: r.password}))
	return true, nil
}

// mayRace checks what a racer brings.
func (s *Service) mayRace(tx storage.ReadTx, r *race, persona, vehicle uint32) error {
	if err := s.deps.Rules.MayEnter(tx, persona, r.entry); err != nil || r.lent(vehicle) {
		return err
	}
	return s.deps.Rules.MayDrive(tx, persona, vehicle)
}

// mayJoin is mayRace for a joiner, who may leave the car open where none is at
// stake: the line-up of the start says which one it is.
func (s *Service) mayJoin(tx storage.ReadTx, r *race, persona, vehicle uint32) error {
	if vehicle == 0 && !r.settings.PinkSlip {
		return s.deps.Rules.MayEnter(tx, persona, r.entry)
	}
	return s.mayRace(tx, r, persona, vehicle)
}
