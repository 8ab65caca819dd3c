package race

import (
	"errors"
	"fmt"
	"time"

	"github.com/sirupsen/logrus"

	"mcos/app/gateway"
	"mcos/protocol/mcots"
	"mcos/storage"
)

// start answers the host's line-up, slot by slot, takes the fees and tells the
// others (mcots-2 3.6, 3.7; DECISIONS 26). The same message again, while the race
// runs, gets the same answer and nothing else happens.
func (s *Service) start(c *gateway.Call, req *mcots.StartRace) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.find(req.RaceID)
	switch {
	case r == nil:
		return gateway.Refused(mcots.ReasonInvalidRaceID, fmt.Errorf("no race %d", req.RaceID))
	case r.host != c.Seat().Persona:
		return gateway.Refused(mcots.ReasonPersonaNotInRace, fmt.Errorf("persona %d does not host race %d", c.Seat().Persona, r.id))
	case r.state == resolved && !s.cfg.RaceAgain:
		return gateway.Refused(mcots.ReasonInvalidRaceID, fmt.Errorf("race %d is over", r.id))
	}
	s.here(r, c.Conn)
	if r.state == racing {
		c.Reply(mcots.MsgRaceStarted.With(&r.heat.reply))
		return nil
	}
	h, err := s.lineUp(r, req)
	if err != nil {
		return err
	}
	if h.reply.OKToStart {
		r.heat, r.state, r.unroomed = h, racing, time.Time{}
		for _, racer := range h.racers {
			if racer.Human {
				s.hours.note(racer.ID, h.started)
			}
		}
		c.Log().WithFields(logrus.Fields{"race": r.id, "history": h.record, "racers": len(h.racers)}).Info("race started")
	}
	c.Reply(mcots.MsgRaceStarted.With(&h.reply))
	if s.cfg.PushStarted {
		for persona, m := range r.members {
			if persona != r.host && m.conn != nil {
				m.conn.Tell(c.Conn, mcots.MsgRaceStarted.With(&h.reply))
			}
		}
	}
	return nil
}

// errNotReady gives up the transaction of a start that the host's own entry
// prevents.
var errNotReady = errors.New("the host cannot race")

// lineUp checks every slot of a line-up and starts the race in the store, fees and
// record in one transaction.
func (s *Service) lineUp(r *race, req *mcots.StartRace) (*heat, error) {
	var h *heat
	occupied := false
	err := s.update(r, func(tx storage.Tx) error {
		if err := s.atStake(tx, r, req); err != nil {
			return err
		}
		h = s.check(tx, r, req)
		if !h.reply.OKToStart {
			return errNotReady
		}
		record := r.promise
		record.Number, record.Laps, record.Racers = r.id, req.Laps, h.racers
		if r.heat == nil {
			record.ID = r.history // later heats get a new one
		}
		record, err := s.deps.Rules.StartRace(tx, record, r.entry.Fee)
		if err != nil {
			return err
		}
		h.record, h.started, h.racers = record.ID, s.deps.Now(), record.Racers
		s.known.occupy(h.record, h.cars(r))
		occupied = true
		return nil
	})
	if err != nil && occupied {
		s.known.free(h.record, h.cars(r)...)
	}
	if errors.Is(err, errNotReady) {
		err = nil
	}
	return h, err
}

// cars are the racers' own cars.
func (h *heat) cars(r *race) (list []uint32) {
	for _, racer := range h.racers {
		if racer.Human && racer.Vehicle != 0 && !r.lent(racer.Vehicle) {
			list = append(list, racer.Vehicle)
		}
	}
	return list
}

// check judges a line-up: who may race, and whether the race may start.
func (s *Service) check(tx storage.ReadTx, r *race, req *mcots.StartRace) *heat {
	h := &heat{reply: mcots.RaceStarted{RaceID: r.id}}
	ids, cars, humans := map[uint32]bool{}, map[uint32]bool{}, 0
	for i, slot := range req.Racers {
		h.reply.Racers[i].ID = slot.ID
		if slot.ID == 0 {
			continue
		}
		racer := storage.Racer{ID: slot.ID, Vehicle: slot.VehicleID, Human: slot.IsHuman, Slot: uint8(i)}
		valid := !ids[slot.ID]
		if slot.IsHuman {
			m := r.members[slot.ID]
			valid = valid && m != nil && m.conn != nil && !m.left && humans < r.max &&
				(r.lent(slot.VehicleID) || !cars[slot.VehicleID] && !s.Racing(slot.VehicleID)) && s.mayRace(tx, r, slot.ID, slot.VehicleID) == nil && s.rested(slot.ID) == nil
		}
		h.reply.Racers[i].Invalid = !valid
		if !valid {
			continue
		}
		ids[slot.ID] = true
		if slot.IsHuman {
			humans++
			cars[slot.VehicleID] = true
			racer.Power = r.members[slot.ID].power
		}
		h.racers = append(h.racers, racer)
		h.reply.OKToStart = h.reply.OKToStart || slot.IsHuman && slot.ID == r.host
	}
	return h
}
