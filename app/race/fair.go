package race

import (
	"fmt"
	"time"

	"mcos/protocol/mcots"
)

const (
	tooFast  = 150 // metres per second
	tooShort = 5 * time.Second
	slack    = 2 * time.Second // between the client's clock and ours
)

// doubts lists what cannot be true of a result: what contradicts itself, and what
// contradicts the server's clock (mcots-2 10, DECISIONS 47). The laps are left out,
// because the host says how many there are, and could doom the others with them.
func (s *Service) doubts(r *race, req *mcots.RacerCompleted, now time.Time) (doubts []string) {
	took := time.Duration(req.CompletionTime) * time.Second / mcots.TicksPerSecond
	least := max(tooShort, r.lobby.MinTime)
	for _, d := range []struct {
		bad  bool
		what string
	}{
		{req.BestLapTime > req.CompletionTime, "best lap longer than the race"},
		{req.AvgSpeed > req.TopSpeed, "average above top speed"},
		{req.TopSpeed > tooFast, "top speed"},
		{took < least, fmt.Sprintf("shorter than %s", least)},
		{took > now.Sub(s.earliest(r, req.ID))+slack, "longer than it has been"},
		{took+s.cfg.TimeTolerance < s.seen(r, req.ID, now), "much shorter than it has been"},
	} {
		if d.bad {
			doubts = append(doubts, d.what)
		}
	}
	return doubts
}

// earliest is when a racer may have begun to drive: at the start, or with his first
// position when the host says only later that the race has started.
func (s *Service) earliest(r *race, persona uint32) time.Time {
	if track, _ := s.deps.Track(r.id, r.host, persona); !track.Began.IsZero() && track.Began.Before(r.heat.started) {
		return track.Began
	}
	return r.heat.started
}

// seen is how long a racer has been driving at least. That is known once he has
// sent positions in this heat; before that he may have been loading, or waiting for
// others who were. In a race that is run again, the positions may be of the one before.
func (s *Service) seen(r *race, persona uint32, now time.Time) time.Duration {
	if track, _ := s.deps.Track(r.id, r.host, persona); track.Began.After(r.heat.started) {
		return now.Sub(track.Began)
	}
	return now.Sub(r.heat.started) - s.deps.LoadTimeout
}

// hours counts the races that drivers have started, for the limit of races in an
// hour.
type hours struct{ starts map[uint32][]time.Time }

// full reports whether a driver has started so many races in the last hour.
func (h *hours) full(persona uint32, most int, now time.Time) bool {
	n := 0
	for _, start := range h.starts[persona] {
		if now.Sub(start) < time.Hour {
			n++
		}
	}
	return n >= most
}

func (h *hours) note(persona uint32, now time.Time) {
	if h.starts == nil {
		h.starts = map[uint32][]time.Time{}
	}
	h.starts[persona] = append(h.starts[persona], now)
}

// forget drops what is older than an hour.
func (h *hours) forget(now time.Time) {
	for persona, starts := range h.starts {
		for len(starts) > 0 && now.Sub(starts[0]) >= time.Hour {
			starts = starts[1:]
		}
		if len(starts) == 0 {
			delete(h.starts, persona)
		} else {
			h.starts[persona] = starts
		}
	}
}

// rested refuses a driver who has started as many races in the last hour as may be.
func (s *Service) rested(persona uint32) error {
	if s.cfg.CheckResults && s.cfg.PerHour > 0 && s.hours.full(persona, s.cfg.PerHour, s.deps.Now()) {
		return fmt.Errorf("persona %d has started %d races within an hour (race.races_per_hour)", persona, s.cfg.PerHour)
	}
	return nil
}
