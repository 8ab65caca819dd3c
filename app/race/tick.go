package race

import (
	"maps"
	"slices"
	"time"

	"mcos/storage"
)

// Tick does what is due: racers who did not come back or took too long are out,
// races that nobody keeps alive or whose room is gone end, and settlements that
// could not be stored are tried again. It is called about once a second.
func (s *Service) Tick(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tick(now)
}

func (s *Service) tick(now time.Time) {
	s.hours.forget(now)
	for _, r := range slices.Collect(maps.Values(s.races)) {
		if r.busy || s.races[r.id] != r { // the lock is given away in between
			continue
		}
		dead := now.Sub(r.touched) > 2*s.cfg.KeepAlive
		switch r.state {
		case open, resolved:
			if s.roomless(r, now) || dead {
				s.close(r)
			}
		case racing:
			s.overdue(r, now, dead)
			s.decide(r)
		case closed:
			if now.Sub(r.closedAt) > s.cfg.LateReports {
				delete(s.races, r.id)
			}
		}
	}
}

// roomless reports that a race which nobody drives had a waiting room and has none
// any more: nobody could find it. From the room a race may move on to the race port
// before it starts here.
func (s *Service) roomless(r *race, now time.Time) bool {
	room, known := s.room(r)
	there := room.Open
	if known && r.state == open && !there {
		track, _ := s.deps.Track(r.id, r.host, r.host)
		there = !track.Gone || now.Before(track.Since)
	}
	switch {
	case there || !r.roomed:
		r.unroomed = time.Time{}
		return false
	case r.unroomed.IsZero():
		r.unroomed = now
	}
	return now.Sub(r.unroomed) >= s.cfg.DisconnectGrace
}

// overdue ends the race for racers whose time is up.
func (s *Service) overdue(r *race, now time.Time, dead bool) {
	late := dead || !r.heat.deadline.IsZero() && !now.Before(r.heat.deadline) || now.Sub(r.heat.started) >= s.cfg.Longest
	for _, racer := range r.heat.racers {
		m := r.members[racer.ID]
		switch {
		case late:
			s.resolve(r, racer.ID, storage.TimedOut)
		case racer.Human && (m == nil || m.conn == nil && now.Sub(m.lost) >= s.cfg.DisconnectGrace || s.away(r, racer.ID, m, now)):
			s.resolve(r, racer.ID, storage.Lost)
		}
	}
}

// away reports that a racer has left the race port, where he meets the others, for
// so long that he does not come back, and has said nothing here since
// (nps-lobby-rooms 9.4). Who races alone may not need the port.
func (s *Service) away(r *race, persona uint32, m *member, now time.Time) bool {
	if r.heat.humans() < 2 {
		return false
	}
	track, _ := s.deps.Track(r.id, r.host, persona)
	if !track.Gone {
		return false
	}
	since := track.Since
	for _, sign := range []time.Time{m.heard, r.heat.started} {
		if sign.After(since) {
			since = sign
		}
	}
	return now.Sub(since) >= s.cfg.DisconnectGrace
}

// humans is how many people started.
func (h *heat) humans() int { return storage.Race{Racers: h.racers}.Humans() }
