package room

import (
	"errors"
	"slices"

	"mcos/app/gateway"
	"mcos/protocol/nps"
)

// Waiting is what the rooms know of a race that is about to start.
type Waiting struct {
	// Open reports that the race has a room, not only one that was left for the
	// race port.
	Open bool
	// Ready has everybody in the race's room, by user, and whether he is ready. Who
	// has left the room for the race port counts as he was when the race server
	// started.
	Ready map[uint32]bool
	// ForCars reports that the room calls the race one for cars.
	ForCars bool
	// HostCars are the cars that the room shows as its host's.
	HostCars []uint32
}

// Waiting looks for the rooms of a race that its host has opened; false: there is
// none. A room stays the race's even when its host has it show another race later.
func (s *Service) Waiting(race, host uint32) (w Waiting, ok bool) {
	now, left := Waiting{Ready: map[uint32]bool{}, ForCars: true}, Waiting{Ready: map[uint32]bool{}, ForCars: true}
	for _, in := range s.instances {
		ok = in.waiting(race, host, &now, &left) || ok
	}
	if !now.Open {
		return left, ok
	}
	for user, ready := range left.Ready {
		if _, there := now.Ready[user]; !there {
			now.Ready[user] = ready
		}
	}
	return now, ok
}

// waiting adds the instance's rooms of a race to what is so now, and its heats, those
// who started from there and may have left the room since, to what was so then.
func (in *instance) waiting(race, host uint32, now, then *Waiting) (found bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, ch := range in.channels {
		if ch.owner != host || !slices.Contains(ch.races, race) {
			continue
		}
		found, now.Open = true, true
		for _, m := range ch.members {
			now.Ready[m.info.User] = now.Ready[m.info.User] || ch.ready[m]
		}
		now.note(ch.data, host)
	}
	for _, h := range in.heats {
		if h.host != host || !slices.Contains(h.races, race) {
			continue
		}
		found = true
		for user, ready := range h.ready {
			then.Ready[user] = then.Ready[user] || ready
		}
		then.note(h.data, host)
	}
	return found
}

func (w *Waiting) note(data nps.ChannelData, host uint32) {
	w.ForCars = w.ForCars && data.Mode == modePinkSlip
	if car := carOf(data, host); car != 0 && !slices.Contains(w.HostCars, car) {
		w.HostCars = append(w.HostCars, car)
	}
}

// modePinkSlip is the room mode of races for cars (mcots-2 2.2).
const modePinkSlip = 3

// carOf is the car that a room shows as a user's, 0 for none (nps-lobby-rooms 5.2).
func carOf(data nps.ChannelData, user uint32) uint32 {
	for i, u := range data.Users {
		if u == user {
			return uint32(data.Cars[i])
		}
	}
	return 0
}

// mostRaces is how many races a room may show one after the other.
const mostRaces = 64

var (
	errTooManyRaces = errors.New("the room has shown too many races")
	errChatRoom     = errors.New("the room is a chat room of the list")
)

// show takes over what the owner m says about the room. Who was ready for a race for
// cars was ready for that one: with another race, or another car of the host's, it
// has to be said again.
func (s *Service) show(ch *channel, m *member, data nps.ChannelData) error {
	if data.Race != 0 && !ch.race && listed(ch.riff) {
		return errChatRoom
	}
	if race := uint32(data.Race); race != 0 && !slices.Contains(ch.races, race) {
		if len(ch.races) == mostRaces {
			return errTooManyRaces
		}
		ch.races = append(ch.races, race)
	}
	old := ch.data
	ch.data = data
	ch.race = ch.race || data.Race != 0
	if (old.Mode == modePinkSlip || data.Mode == modePinkSlip) && len(ch.ready) > 0 &&
		(old.Mode != data.Mode || old.Race != data.Race || carOf(old, ch.owner) != carOf(data, ch.owner)) {
		clear(ch.ready)
		ch.tell(m, nil, ch.readyList())
	}
	return nil
}

// setData stores the owner's settings of a race room (nps-lobby-rooms 6.4).
func (s *Service) setData(c *gateway.Call, req *nps.ChannelDataBody) error {
	var refused error
	err := s.asOwner(c, req.Comm, func(_ *instance, ch *channel, m *member) {
		if refused = s.show(ch, m, req.Data); refused == nil && s.cfg.RoomPushes {
			ch.tell(m, m, nps.ChannelUpdate.With(req))
		}
	})
	return errors.Join(err, refused)
}
