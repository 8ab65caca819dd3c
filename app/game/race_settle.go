package game

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"mcos/storage"
)

// Settlement is the end of a race ("mcots-2 3.9").
type Settlement struct {
	Race storage.Race // with the racers in finishing order
	// Results belong to Race.Racers.
	Results []Result
	// Valid is false when no result counts: nobody has won anything, and the fees
	// went back.
	Valid bool
	// Cheated says of a race that is not valid that there were results which
	// contradict themselves or the clock. The fees of those who reported them stay.
	Cheated bool
	// TeamPar is how far the finishers of a team trial were under par together,
	// in ticks.
	TeamPar uint32
}

// Result is what a race brought one racer besides what is in his storage.Racer.
// For computer drivers everything is zero.
type Result struct {
	Stats                            storage.Stats // after the race
	OldLevel, OldRank, NewRank       uint32
	ToLevel, ToRank                  uint16
	Cash                             int64 // won, the rank bonus included
	Promotion                        bool  // a rank bonus was paid
	WonCar, LostCar                  bool
	SpeedEver, SpeedTurf, SpeedLobby bool // records
	LapTurf, LapLobby                bool
}

// SettleRace ends a running race: it puts the racers in order, pays prizes and
// points, returns fees where that is the rule, moves the car of a pink slip race,
// and notes records and history ("mcots-2 9"). outcomes says how the race ended for
// each slot; luck returns a random number from 0 to n-1. It happens once: the
// error wraps ErrSettled when the race is over.
func (r *Rules) SettleRace(tx storage.Tx, id uint32, lobby RaceLobby, outcomes []storage.Racer, luck func(n int) int) (Settlement, error) {
	race, err := running(tx, id)
	if err != nil {
		return Settlement{}, err
	}
	for i := range race.Racers {
		report(&race.Racers[i], outcomes)
	}
	slices.SortStableFunc(race.Racers, finishingOrder)
	s := &settling{Rules: r, tx: tx, lobby: lobby, Settlement: Settlement{Race: race, Results: make([]Result, len(race.Racers))}}
	if finishers(race) == 0 {
		err = s.invalid()
	} else {
		s.Valid = true
		err = s.settle(luck)
	}
	if err != nil {
		return Settlement{}, fmt.Errorf("settle race %d: %w", id, err)
	}
	return s.Settlement, nil
}

// report copies what is known about the end of a race into a racer.
func report(racer *storage.Racer, outcomes []storage.Racer) {
	i := slices.IndexFunc(outcomes, func(o storage.Racer) bool { return o.Slot == racer.Slot })
	if i < 0 {
		return
	}
	o := outcomes[i]
	racer.Outcome, racer.Security, racer.Suspect, racer.Void = o.Outcome, o.Security, o.Suspect, o.Void
	if o.Outcome == storage.Finished {
		racer.Time, racer.BestLap, racer.TopSpeed, racer.AvgSpeed = o.Time, o.BestLap, o.TopSpeed, o.AvgSpeed
	}
}

// finishingOrder sorts finishers by time, those behind them whose result does not
// count, and then the others; slots decide the rest ("mcots-2 3.9").
func finishingOrder(a, b storage.Racer) int {
	behind := func(r storage.Racer) int {
		switch {
		case finished(r):
			return 0
		case r.Outcome == storage.Finished:
			return 1
		}
		return 2
	}
	return cmp.Or(cmp.Compare(behind(a), behind(b)), cmp.Compare(a.Time, b.Time), cmp.Compare(a.Slot, b.Slot))
}

// settling is a settlement on its way.
type settling struct {
	*Rules
	tx    storage.Tx
	lobby RaceLobby
	Settlement
}

// invalid ends a race without a result that counts.
func (s *settling) invalid() error {
	s.Cheated = slices.ContainsFunc(s.Race.Racers, func(r storage.Racer) bool { return r.Human && r.Void })
	end := s.cancelled
	if s.Cheated {
		end = s.forfeit
	}
	if err := end(); err != nil {
		return err
	}
	for i, racer := range s.Race.Racers {
		if !racer.Human {
			continue
		}
		p, err := s.tx.Persona(racer.ID)
		if err != nil {
			return err
		}
		s.show(&s.Results[i], p.Stats, p.Stats)
	}
	return nil
}

func (s *settling) cancelled() error { return s.cancel(s.tx, &s.Race, "nobody finished") }

// forfeit ends a race in which all results are doubtful. Whoever has reported none
// gets his fee back ("mcots-2 10").
func (s *settling) forfeit() error {
	for i := range s.Race.Racers {
		racer := &s.Race.Racers[i]
		if racer.Void && !returnsFees(s.Race) {
			continue
		}
		if err := s.giveBack(s.tx, s.Race.ID, racer, "no result of the race counts"); err != nil {
			return err
		}
	}
	s.Race.State, s.Race.Ended = storage.RaceSettled, s.now()
	return s.tx.PutRace(s.Race)
}

// show fills in level and rank of a result.
func (s *settling) show(result *Result, before, after storage.Stats) {
	result.Stats = after
	result.OldLevel, result.OldRank = before.Level, s.Rank(before.Level)
	result.ToLevel, result.ToRank, result.NewRank = s.ToNext(after)
}

func (s *settling) settle(luck func(int) int) error {
	if err := s.records(); err != nil {
		return err
	}
	prizes := s.prizes(s.Race, s.lobby)
	if err := s.pinkSlip(prizes); err != nil {
		return err
	}
	if err := s.partPrize(luck); err != nil {
		return err
	}
	for i := range s.Race.Racers {
		if s.Race.Racers[i].Human {
			if err := s.pay(i, prizes[i]); err != nil {
				return err
			}
		}
	}
	s.TeamPar = s.underPar()
	s.Race.State, s.Race.Ended = storage.RaceSettled, s.now()
	return s.tx.PutRace(s.Race)
}

// underPar adds up how far the finishers of a team trial were under par.
func (s *settling) underPar() (sum uint32) {
	if !s.Race.TeamTrial {
		return 0
	}
	for _, racer := range s.Race.Racers {
		if finished(racer) && racer.Time < s.lobby.Par {
			sum += s.lobby.Par - racer.Time
		}
	}
	return sum
}

// returnsFees reports whether the race keeps no fees: alone, in a trial, for fun.
func returnsFees(race storage.Race) bool {
	return race.Humans() < 2 || trial(race) || unpaid(race) || race.PinkSlip
}

// pay gives one racer what the race brought him.
func (s *settling) pay(place int, prize int64) error {
	racer, result := &s.Race.Racers[place], &s.Results[place]
	if returnsFees(s.Race) {
		if err := s.giveBack(s.tx, s.Race.ID, racer, ""); err != nil {
			return err
		}
	}
	p, err := s.tx.Persona(racer.ID) // even if deleted meanwhile
	if err != nil {
		return fmt.Errorf("persona %d: %w", racer.ID, err)
	}
	before := p.Stats
	racer.Points = s.points(s.Race, s.lobby, place)
	p.Stats.Points = uint32(min(max(int64(p.Stats.Points)+int64(racer.Points), 0), maxPoints))
	// A level once reached is kept: otherwise its bonus could be had again.
	p.Stats.Level = max(p.Stats.Level, s.LevelOf(p.Stats.Points))
	s.show(result, before, p.Stats)
	bonus := int64(0)
	if result.NewRank > result.OldRank {
		bonus = int64(s.cfg.Rewards.RankBonus) * int64(result.NewRank)
	}
	// Nobody can own more than the game can count.
	room := math.MaxUint32 - p.Balance
	prize = min(prize, room)
	bonus = min(bonus, room-prize)
	racer.Won, result.Cash, result.Promotion = prize+bonus, prize+bonus, bonus > 0
	if s.Race.Type != typeTestDrive {
		s.count(&p, place, *racer, *result)
		result.Stats = p.Stats
	}
	if prize > 0 {
		if err := s.move(s.tx, &p, storage.Prize, prize, s.Race.ID, ""); err != nil {
			return err
		}
	}
	if bonus > 0 {
		return s.move(s.tx, &p, storage.RankBonus, bonus, s.Race.ID, "")
	}
	return s.tx.PutPersona(p)
}

// count adds the race to a driver's totals and history ("mcots-1 4.9, 4.11"). A
// race without an opponent is never won.
func (s *settling) count(p *storage.Persona, place int, racer storage.Racer, result Result) {
	i := slices.IndexFunc(p.History, func(h storage.RaceStat) bool { return h.RaceType == s.Race.Type })
	if i < 0 {
		p.History = append(p.History, storage.RaceStat{RaceType: s.Race.Type})
		i = len(p.History) - 1
	}
	h, stats := &p.History[i], &p.Stats
	h.Entered++
	stats.Entered++
	if finished(racer) {
		h.Finished++
		stats.Completed++
		if place == 0 && len(s.Race.Racers) > 1 {
			h.Won++
			stats.Won++
		}
	}
	if result.WonCar {
		h.CarsWon++
		stats.CarsWon = uint16(min(uint32(stats.CarsWon)+1, math.MaxUint16))
	}
	if result.LostCar {
		h.CarsLost++
		stats.CarsLost = uint16(min(uint32(stats.CarsLost)+1, math.MaxUint16))
	}
	h.CashWon = int32(min(int64(h.CashWon)+result.Cash, math.MaxInt32))
	stats.Winnings = uint32(min(int64(stats.Winnings)+result.Cash, math.MaxUint32))
}

// pinkSlip moves the loser's car to the winner; a winner without room for it gets
// its trade-in value as a prize, and the car is gone ("mcots-2 3.15, 9.5").
func (s *settling) pinkSlip(prizes []int64) error {
	if !s.Race.PinkSlip || s.Race.Humans() != 2 {
		return nil
	}
	winner := slices.IndexFunc(s.Race.Racers, func(r storage.Racer) bool { return r.Human && finished(r) })
	loser := -1
	for i, racer := range s.Race.Racers {
		if racer.Human && i != winner {
			loser = i
		}
	}
	if winner < 0 {
		return nil // only computer drivers finished, or nobody whose result counts
	}
	from, to, car := s.Race.Racers[loser].ID, s.Race.Racers[winner].ID, s.Race.Racers[loser].Vehicle
	v, err := s.car(s.tx, car, from)
	if isAny(err, ErrNotOwner) {
		return nil // lost in some other way; nothing is left to win
	}
	if err != nil {
		return err
	}
	s.Results[loser].LostCar = true
	switch err := s.TransferCar(s.tx, car, from, to); {
	case err == nil:
		s.Results[winner].WonCar = true
		s.Race.Racers[winner].Prize = car
		return nil
	case !isAny(err, ErrGarageFull, ErrDeleted):
		return err
	}
	prizes[winner] += int64(s.TradeInValue(v))
	return s.removeCar(s.tx, car)
}

// partPrize may give the winner a part ("mcots-2 3.15, 9.5").
func (s *settling) partPrize(luck func(int) int) error {
	winner := &s.Race.Racers[0]
	w := s.cfg.Rewards
	if s.Race.Humans() < 2 || s.Race.PinkSlip || unpaid(s.Race) || trial(s.Race) || !winner.Human || luck(percent) >= int(w.PartPrizePercent) {
		return nil
	}
	p, err := player(s.tx, winner.ID)
	if isAny(err, ErrDeleted) {
		return nil
	}
	if err == nil {
		err = s.slot(s.tx, p)
	}
	if isAny(err, ErrInventoryFull) {
		return nil
	}
	if err != nil {
		return err
	}
	parts := s.prizeParts()
	if len(parts) == 0 {
		return nil
	}
	winner.Prize, err = s.newPart(s.tx, winner.ID, parts[luck(len(parts))])
	return err
}

// prizeParts are the parts that can be won.
func (s *settling) prizeParts() (list []uint32) {
	c := s.catalog()
	for _, id := range c.PartIDs() {
		item, _ := c.Part(id)
		if item.Price > 0 && item.Quantity > 0 && item.Grade <= s.cfg.Rewards.PartPrizeGrade && !c.IsVehicle(id) {
			list = append(list, id)
		}
	}
	return list
}

// records notes the best lap and the highest speed of the race where they are
// records ("mcots-2 2.5, 6.8"). Racers under suspicion set none.
func (s *settling) records() error {
	if s.Race.Type == typeTestDrive || s.Race.Lobby == 0 {
		return nil
	}
	lap, speed := s.fastest()
	var here, turf, ever storage.LobbyBest
	err := s.tx.LobbyBests(func(b storage.LobbyBest) error {
		ever = better(ever, b)
		if slices.Contains(s.lobby.Turf, b.Lobby) || b.Lobby == s.Race.Lobby {
			turf = better(turf, b)
		}
		if b.Lobby == s.Race.Lobby {
			here = b
		}
		return nil
	})
	if err != nil {
		return err
	}
	before := here
	here.Lobby = s.Race.Lobby
	if lap >= 0 {
		best := s.Race.Racers[lap]
		if here.Lap == 0 || best.BestLap < here.Lap {
			here.Lap, here.LapBy, here.LapAt = best.BestLap, best.ID, s.now()
			s.Results[lap].LapLobby = true
			s.Results[lap].LapTurf = turf.Lap == 0 || best.BestLap < turf.Lap
		}
	}
	if speed >= 0 {
		best := s.Race.Racers[speed]
		if best.TopSpeed > here.Speed {
			here.Speed, here.SpeedBy, here.SpeedAt = best.TopSpeed, best.ID, s.now()
			s.Results[speed].SpeedLobby = true
			s.Results[speed].SpeedTurf = best.TopSpeed > turf.Speed
			s.Results[speed].SpeedEver = best.TopSpeed > ever.Speed
		}
	}
	if here == before || here.Lap == 0 && here.Speed == 0 {
		return nil
	}
	return s.tx.PutLobbyBest(here)
}

// fastest returns the racers with the best lap and the highest speed; -1 is nobody.
func (s *settling) fastest() (lap, speed int) {
	lap, speed = -1, -1
	for i, r := range s.Race.Racers {
		if !r.Human || !finished(r) || r.Security != 0 || r.Suspect {
			continue
		}
		if r.BestLap > 0 && (lap < 0 || r.BestLap < s.Race.Racers[lap].BestLap) {
			lap = i
		}
		if r.TopSpeed > 0 && (speed < 0 || r.TopSpeed > s.Race.Racers[speed].TopSpeed) {
			speed = i
		}
	}
	return lap, speed
}

// better takes the better lap and the higher speed of two.
func better(a, b storage.LobbyBest) storage.LobbyBest {
	if a.Lap == 0 || b.Lap != 0 && b.Lap < a.Lap {
		a.Lap = b.Lap
	}
	a.Speed = max(a.Speed, b.Speed)
	return a
}
