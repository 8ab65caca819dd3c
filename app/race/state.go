package race

import (
	"time"

	"mcos/app/game"
	"mcos/app/gateway"
	"mcos/protocol/mcots"
	"mcos/storage"
)

// state is how far a race has come ("mcots-2 7").
type state int

const (
	open     state = iota // may be joined
	racing                // fees are taken, results are awaited
	resolved              // results are paid; may be started again
	closed                // only late reports are accepted
)

// race is one race of the moment. Joining is a reservation; the start decides who
// races.
type race struct {
	id       uint32 // of the messages
	history  uint32 // of the record of the first heat
	host     uint32
	lobby    Lobby
	settings mcots.CreateRace
	entry    game.Entry
	promise  storage.Race // purse, bonuses and kind, as told to the host
	max      int
	password mcots.RacePassword
	roomed   bool      // a waiting room has been seen
	unroomed time.Time // since when it has been gone

	state    state
	busy     bool               // a transaction of it is being written, without the lock
	members  map[uint32]*member // by persona, the host included
	heat     *heat              // the last start, nil before the first
	touched  time.Time          // by any message of a member
	closedAt time.Time
}

// member is somebody who has a place in a race.
type member struct {
	conn  *gateway.Conn // nil once the connection is lost
	lost  time.Time     // when
	heard time.Time     // when he last said something about the race
	left  bool          // has said goodbye, and only waits for the results
	power uint8         // class of the car, as the joiner's game has computed it
	stake stake
}

// heat is one start of a race.
type heat struct {
	record   uint32 // history id
	racers   []storage.Racer
	reply    mcots.RaceStarted
	started  time.Time
	deadline time.Time // for the others, once somebody has finished
	failed   bool      // the settlement could not be stored; Tick tries again
}

// racer finds a racer of the heat.
func (h *heat) racer(id uint32) *storage.Racer {
	if h == nil {
		return nil
	}
	for i := range h.racers {
		if h.racers[i].ID == id {
			return &h.racers[i]
		}
	}
	return nil
}

// decided reports whether every human racer has finished or is out.
func (h *heat) decided() bool {
	for _, r := range h.racers {
		if r.Human && r.Outcome == "" {
			return false
		}
	}
	return true
}

// resolve notes how the race ended for a human racer for whom it has not ended
// yet. His car is free again, unless it is at stake.
func (s *Service) resolve(r *race, id uint32, how storage.RaceFinish) {
	racer := r.heat.racer(id)
	if racer == nil || !racer.Human || racer.Outcome != "" {
		return
	}
	racer.Outcome = how
	if !r.settings.PinkSlip {
		s.known.free(r.heat.record, racer.Vehicle)
	}
}

// lent reports whether the game lends the car: in sponsored races always, in some
// lobbies to those who name none ("mcots-2 3.15, 8.4").
func (r *race) lent(vehicle uint32) bool {
	return r.settings.SponsorID != 0 || vehicle == 0 && r.lobby.lends() && !r.settings.PinkSlip
}

// taken is how many places of the race are taken.
func (r *race) taken() (n int) {
	for _, m := range r.members {
		if !m.left {
			n++
		}
	}
	return n
}

// find returns a race that is not closed, or nil. It waits while the race is busy.
func (s *Service) find(id uint32) *race {
	if r := s.await(s.races[id]); r != nil && r.state != closed {
		return r
	}
	return nil
}

// await waits until a race is not busy, and returns it, or nil when it is gone then. r
// may be nil.
func (s *Service) await(r *race) *race {
	for r != nil && r.busy {
		s.idle.Wait()
	}
	if r == nil || s.races[r.id] != r {
		return nil
	}
	return r
}

// update runs a transaction for a race, which is busy until it is on the disk. The lock,
// which the caller has, is given away while another transaction is waited for and while
// the disk works: a slow one must hold up nobody but those who are in this race.
func (s *Service) update(r *race, fn func(storage.Tx) error) error {
	r.busy = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		r.busy = false
		s.idle.Broadcast()
	}()
	return s.deps.Store.Update(func(tx storage.Tx) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		return fn(tx)
	})
}

// of lists the races in which a persona has a place.
func (s *Service) of(persona uint32) (list []*race) {
	for _, r := range s.races {
		if r.members[persona] != nil {
			list = append(list, r)
		}
	}
	return list
}

// here notes that a member of the race has said something, on this connection.
func (s *Service) here(r *race, c *gateway.Conn) *member {
	m := r.members[c.Seat().Persona]
	if m != nil {
		now := s.deps.Now()
		m.conn, m.lost, m.heard, r.touched = c, time.Time{}, now, now
	}
	return m
}

// close ends a race. Its last heat is remembered for late reports.
func (s *Service) close(r *race) {
	s.known.shut(r.id)
	r.state, r.closedAt = closed, s.deps.Now()
	if r.heat == nil {
		delete(s.races, r.id)
	}
}

// drop takes a member out of a race that is not running. A race ends with its
// host.
func (s *Service) drop(r *race, persona uint32) {
	delete(r.members, persona)
	if persona == r.host {
		s.close(r)
	}
}

// withdraw takes a persona out of all races but one: nobody is in two at once, so
// one client cannot use up all the places either. It reports whether the lock was
// given away meanwhile, after which everything may be different.
func (s *Service) withdraw(persona, except uint32) (gone bool) {
	for _, r := range s.of(persona) {
		if r.id == except {
			continue
		}
		gone = gone || r.busy
		if r = s.await(r); r == nil || r.members[persona] == nil || r.state == closed {
			continue
		}
		if r.state != racing {
			s.drop(r, persona)
			continue
		}
		m := r.members[persona]
		m.left, m.conn = true, nil // he has moved on: no results for him
		s.resolve(r, persona, storage.Lost)
		gone = s.decide(r) || gone
	}
	return gone
}

// Leave takes note of an ended connection. Its racer loses the place in a race that
// has not started, and has some time to come back to one that has.
func (s *Service) Leave(c *gateway.Conn) {
	seat := c.Seat()
	if seat == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.of(seat.Persona) {
		if r = s.await(r); r == nil {
			continue
		}
		m := r.members[seat.Persona]
		if m == nil || m.conn != c {
			continue
		}
		m.conn, m.lost = nil, s.deps.Now()
		switch r.state {
		case open, resolved:
			s.drop(r, seat.Persona)
		case racing:
			if r.heat.racer(seat.Persona) == nil {
				delete(r.members, seat.Persona) // the host has left him out
			}
		}
	}
}

// Present reports whether a persona has a place in a race that is not over for him.
func (s *Service) Present(persona uint32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.races {
		if m := r.members[persona]; m != nil && !m.left && r.state != closed {
			return true
		}
	}
	return false
}

// Open is how many races there are, closed ones not counted.
func (s *Service) Open() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count()
}

func (s *Service) count() (n int) {
	for _, r := range s.races {
		if r.state != closed {
			n++
		}
	}
	return n
}
