package room

import (
	"slices"
	"time"
)

// Tick does what is due because time has passed: races that everybody has left are
// over although nobody is there whose leaving could be noticed, and a room ends when
// the race that it was for has ended elsewhere (DECISIONS 55). It is called about
// once a second.
func (s *Service) Tick(now time.Time) {
	for _, in := range s.instances {
		for _, h := range in.started() {
			if s.due(h, now) {
				s.raceOver(h)
			}
		}
		s.endOrphans(in, now)
		in.forget(now)
	}
}

// started lists the races of the instance's rooms.
func (in *instance) started() (list []*heat) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, ch := range in.channels {
		if ch.heat != nil {
			list = append(list, ch.heat)
		}
	}
	return list
}

// due reports that a race is over, or takes longer than any race may.
func (s *Service) due(h *heat, now time.Time) bool {
	port := s.instances[h.port]
	port.mu.Lock()
	defer port.mu.Unlock()
	return h.over(now) || s.LongestRace > 0 && now.Sub(h.started) >= s.LongestRace
}

// endOrphans ends the rooms of a race that the transaction server does not know, or
// not any more: nobody could enter the race that they show. A host who opens another race
// has some time to say so.
func (s *Service) endOrphans(in *instance, now time.Time) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, ch := range in.channels {
		if !ch.race || ch.data.Race == 0 {
			continue
		}
		switch _, known := s.RacePassword(uint32(ch.data.Race)); {
		case known || ch.heat != nil:
			ch.dead = time.Time{}
		case ch.dead.IsZero():
			ch.dead = now
		case now.Sub(ch.dead) >= orphaned:
			s.dissolve(in, ch, nil)
		}
	}
}

const (
	// orphaned is how long a room stays open without a race.
	orphaned = 30 * time.Second
	// remembered is how long it is known who was in a race, for those who ask
	// where its racers are.
	remembered = time.Hour
)

// forget drops the races that nobody can come back to.
func (in *instance) forget(now time.Time) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for user, h := range in.heats {
		if h.stale(now) && now.Sub(h.started) >= remembered && now.Sub(h.empty) >= remembered {
			delete(in.heats, user)
		}
	}
}

// Track is what is known of a racer on the race port.
type Track struct {
	// Began is when he sent his first position; zero before that.
	Began time.Time
	// Gone reports that he is not there any more since Since, or has not come at all
	// while the others did not come either.
	Gone  bool
	Since time.Time
}

// Track finds a racer of a race of this host's. False: nothing is known of him there.
func (s *Service) Track(race, host, user uint32) (Track, bool) {
	for _, in := range s.instances {
		if t, ok := in.track(race, host, user); ok {
			return t, true
		}
	}
	return Track{}, false
}

func (in *instance) track(race, host, user uint32) (Track, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	h := in.heats[user]
	if h == nil || h.host != host || !slices.Contains(h.races, race) {
		return Track{}, false
	}
	for _, p := range h.places {
		if p.user != user {
			continue
		}
		t := Track{Began: p.began}
		switch {
		case p.here != nil:
		case p.came:
			t.Gone, t.Since = true, p.left
		case h.deserted():
			t.Gone, t.Since = true, h.started.Add(h.load)
		}
		return t, true
	}
	return Track{}, false
}
