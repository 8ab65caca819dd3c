package race

import (
	"errors"
	"fmt"
	"time"

	"mcos/protocol/mcots"
	"mcos/storage"
)

// Room is what the waiting room of a race knows about it.
type Room struct {
	Open     bool            // it is there, and not only remembered
	Ready    map[uint32]bool // everybody in the room, by persona
	ForCars  bool            // the room calls it a race for cars
	HostCars []uint32        // shown as the host's
}

// Track is what is known of a racer on the race port, where the racers meet.
type Track struct {
	Began time.Time // when he sent his first position; zero before that
	Gone  bool      // he is not there any more, or has not come while nobody came
	Since time.Time // since when he is gone
}

// stake is what a racer has entered a race for cars with: the car that he has named
// himself, and what he could see of the host's. A car has another delta after every
// change, so that nobody can put another one in its place or take it apart.
type stake struct {
	car, delta uint32
	against    map[uint32]uint32 // deltas of the host's cars, by car
}

// enter reads what a joiner puts up and what he agrees to drive for.
func (s *Service) enter(tx storage.ReadTx, r *race, persona, vehicle uint32) (stake, error) {
	if !r.settings.PinkSlip {
		return stake{}, nil
	}
	v, err := tx.Vehicle(vehicle)
	if err != nil {
		return stake{}, fmt.Errorf("vehicle %d at stake: %w", vehicle, err)
	}
	entered := stake{car: v.ID, delta: v.Delta, against: map[uint32]uint32{}}
	if persona == r.host {
		return entered, nil
	}
	cars, err := tx.VehiclesOf(r.host)
	for _, v := range cars {
		entered.against[v.ID] = v.Delta
	}
	return entered, err
}

// The reasons for which a race for cars does not start.
var (
	errSwapped  = errors.New("another car than the one that its owner has entered")
	errChanged  = errors.New("a car that has changed since it was entered")
	errUnready  = errors.New("not everybody is ready")
	errMislabel = errors.New("its room shows another race")
)

// atStake checks that the cars of a line-up are those that their owners have entered
// themselves, as they were then, and that everybody in the room is ready (DECISIONS
// 44). The host's word is the line-up itself, but he keeps to what the others saw.
func (s *Service) atStake(tx storage.ReadTx, r *race, req *mcots.StartRace) error {
	if !r.settings.PinkSlip {
		return nil
	}
	hosts, listed := uint32(0), map[uint32]bool{}
	for _, slot := range req.Racers {
		if slot.ID != 0 && listed[slot.ID] {
			return fmt.Errorf("persona %d twice: %w", slot.ID, errSwapped)
		}
		listed[slot.ID] = true
		m := r.members[slot.ID]
		if m == nil || !slot.IsHuman {
			continue
		}
		if slot.ID == r.host {
			hosts = slot.VehicleID
		}
		if m.stake.car != slot.VehicleID && (slot.ID != r.host || m.stake.car != 0) {
			return fmt.Errorf("persona %d with vehicle %d: %w", slot.ID, slot.VehicleID, errSwapped)
		}
	}
	for _, slot := range req.Racers {
		m := r.members[slot.ID]
		if m == nil || !slot.IsHuman || slot.ID == r.host {
			continue
		}
		seen, ok := m.stake.against[hosts]
		if !ok || changed(tx, hosts, seen) || changed(tx, m.stake.car, m.stake.delta) {
			return fmt.Errorf("vehicle %d or %d: %w", hosts, m.stake.car, errChanged)
		}
	}
	return s.agreed(r, req, hosts)
}

// changed reports whether a car is gone or not what it was.
func changed(tx storage.ReadTx, vehicle, delta uint32) bool {
	v, err := tx.Vehicle(vehicle)
	return err != nil || v.Delta != delta
}

// agreed asks the waiting room, when there is one or has been one: a race without
// any was made by hand, and its joiners have seen no room that could mislead them.
func (s *Service) agreed(r *race, req *mcots.StartRace, hosts uint32) error {
	if s.cfg.PinkSlipRoom == "off" {
		return nil
	}
	room, known := s.room(r)
	if !known {
		if r.roomed {
			return errUnready
		}
		return nil
	}
	if !room.ForCars {
		return errMislabel
	}
	for _, car := range room.HostCars {
		if car != hosts {
			return fmt.Errorf("the room shows vehicle %d as the host's: %w", car, errSwapped)
		}
	}
	for _, slot := range req.Racers {
		host := slot.ID == r.host && s.cfg.PinkSlipRoom == "joiners"
		if slot.ID != 0 && slot.IsHuman && !host && !room.Ready[slot.ID] {
			return fmt.Errorf("persona %d: %w", slot.ID, errUnready)
		}
	}
	return nil
}

// room looks for the waiting room of a race, and notes that there was one.
func (s *Service) room(r *race) (Room, bool) {
	room, known := s.deps.Room(r.id, r.host)
	r.roomed = r.roomed || known
	return room, known
}
