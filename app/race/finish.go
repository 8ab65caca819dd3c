package race

import (
	"errors"
	"fmt"

	"github.com/sirupsen/logrus"

	"mcos/app/game"
	"mcos/app/gateway"
	"mcos/protocol/mcots"
	"mcos/storage"
)

// inRace finds the race of a report and its sender's place in it (mcots-2 3.14).
func (s *Service) inRace(c *gateway.Call, id uint32) (*race, *member, error) {
	r := s.find(id)
	if r == nil {
		return nil, nil, gateway.Refused(mcots.ReasonInvalidRaceID, fmt.Errorf("no race %d", id))
	}
	m := s.here(r, c.Conn)
	if m == nil {
		return nil, nil, gateway.Refused(mcots.ReasonPersonaNotInRace, fmt.Errorf("persona %d is not in race %d", c.Seat().Persona, id))
	}
	return r, m, nil
}

// completed takes a racer's result (mcots-2 3.8). Everybody reports for himself,
// the host also for computer drivers.
func (s *Service) completed(c *gateway.Call, req *mcots.RacerCompleted) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, _, err := s.inRace(c, req.RaceID)
	if err != nil {
		return err
	}
	me := c.Seat().Persona
	racer := r.heat.racer(req.ID)
	switch {
	case racer == nil:
		return gateway.Refused(mcots.ReasonPersonaNotInRace, fmt.Errorf("%d does not race in race %d", req.ID, r.id))
	case racer.Human && req.ID != me, !racer.Human && me != r.host:
		return gateway.Refused(mcots.ReasonPersonaNotInRace, fmt.Errorf("persona %d reports for %d", me, req.ID))
	case r.state != racing || racer.Outcome != "":
		return gateway.Refused(mcots.ReasonRaceTimeAlreadyReceived, fmt.Errorf("the race is over for %d", req.ID))
	}
	if req.ID == me {
		s.reports.keep(me, travelMap, req.TravelMap)
	}
	s.judge(c.Log(), r, racer, req)
	s.decide(r)
	return nil
}

// judge takes a result over. A time of 0 is how the results show somebody who did
// not finish, so it is read like that here too.
func (s *Service) judge(log *logrus.Entry, r *race, racer *storage.Racer, req *mcots.RacerCompleted) {
	racer.Security = req.SecurityFlags
	how := storage.Finished
	if req.CompletionTime == 0 {
		how = storage.GaveUp
	}
	if racer.Human {
		s.resolve(r, racer.ID, how)
	} else {
		racer.Outcome = how
	}
	if how != storage.Finished {
		return
	}
	racer.Time, racer.BestLap, racer.TopSpeed, racer.AvgSpeed = req.CompletionTime, req.BestLapTime, req.TopSpeed, req.AvgSpeed
	now := s.deps.Now()
	if doubts := s.doubts(r, req, now); len(doubts) > 0 {
		racer.Suspect, racer.Void = true, s.cfg.CheckResults
		log = log.WithFields(logrus.Fields{"race": r.id, "racer": req.ID, "doubts": doubts})
		if racer.Void {
			log.Warn("the result of a race does not count (race.check_results)")
		} else {
			log.Warn("implausible race result, which counts all the same, as race.check_results is off")
		}
	}
	if req.SecurityFlags != 0 {
		log.WithFields(logrus.Fields{"race": r.id, "racer": req.ID, "flags": req.SecurityFlags}).Warn("the game suspects tampering")
	}
	if r.heat.deadline.IsZero() && !racer.Void { // who only says so does not hurry the others
		r.heat.deadline = now.Add(s.cfg.FinishTimeout)
	}
}

// left takes a racer out: out of the race that runs, or out of one that does not
// (mcots-2 3.10).
func (s *Service) left(c *gateway.Call, req *mcots.GenericRequest) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, m, err := s.inRace(c, req.Data)
	if err != nil {
		return err
	}
	persona := c.Seat().Persona
	if r.state != racing {
		s.drop(r, persona)
		return nil
	}
	m.left = true
	s.resolve(r, persona, storage.GaveUp)
	s.decide(r)
	return nil
}

func (s *Service) keepAlive(c *gateway.Call, req *mcots.GenericRequest) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _, err := s.inRace(c, req.Data)
	return err
}

// decide settles a running race once everybody has finished or is out. It reports
// whether it did, for which the lock is given away.
func (s *Service) decide(r *race) bool {
	if r.state != racing || !r.heat.decided() {
		return false
	}
	var end game.Settlement
	err := s.update(r, func(tx storage.Tx) (err error) {
		end, err = s.deps.Rules.SettleRace(tx, r.heat.record, r.lobby.RaceLobby, r.heat.racers, s.luck)
		return err
	})
	log := s.deps.Log.WithFields(logrus.Fields{"race": r.id, "history": r.heat.record})
	if errors.Is(err, game.ErrSettled) {
		// A commit that was reported as failed has happened after all.
		log.WithError(err).Warn("the results of a race are stored, but nobody was told")
		s.known.free(r.heat.record, r.heat.cars(r)...)
		s.close(r)
		return true
	}
	if err != nil {
		if !r.heat.failed {
			log.WithError(err).Error("the results of a race could not be stored; it is tried again")
		}
		r.heat.failed = true
		return true
	}
	log.WithField("valid", end.Valid).Info("race settled")
	s.known.free(r.heat.record, r.heat.cars(r)...)
	s.finish(r, end)
	return true
}

// finish tells the results and gets the race ready for another start.
func (s *Service) finish(r *race, end game.Settlement) {
	host := r.members[r.host]
	// Whoever wants to put up a car again enters it again.
	again := s.cfg.RaceAgain && host != nil && host.conn != nil && !host.left && !r.settings.PinkSlip
	if s.cfg.SendResults {
		body := s.results(r, end, again)
		for persona, m := range r.members {
			if m.conn != nil && r.heat.racer(persona) != nil {
				m.conn.Tell(nil, mcots.MsgFinalResults.With(body))
			}
		}
	}
	r.state = resolved
	for persona, m := range r.members {
		m.stake = stake{}
		if m.conn == nil || m.left {
			delete(r.members, persona)
		}
	}
	if r.members[r.host] == nil {
		s.close(r)
	}
}
