package room

import (
	"slices"
	"time"

	"mcos/app/gateway"
	"mcos/protocol/nps"
)

// heat is the field of one started race. Races share a race port; who belongs
// together there was settled when the host started the race server in the waiting
// room (nps-lobby-rooms 8.6; DECISIONS 29). Everything in it is guarded by the race
// port's instance.
type heat struct {
	in      *instance // of the waiting room
	room    *channel
	port    int // the documented one of the race
	started time.Time
	load    time.Duration // how long its racers may take to come
	empty   time.Time     // since when nobody is on the race port; zero at the start
	places  []*place      // one for each member of the room at the start
	rolling bool          // somebody drives: nothing is kept for late ones any more

	// As it was in the room at the start; never changed.
	host  uint32
	races []uint32
	data  nps.ChannelData
	ready map[uint32]bool // by user
}

// place is one racer of a heat, on the race port already or not yet.
type place struct {
	user  uint32
	here  *member
	came  bool      // has been on the race port
	left  time.Time // when he left it
	began time.Time // when he sent his first position
	early []early
}

// early is a message for a racer who has not connected to the race port yet.
type early struct {
	opcode uint16
	body   nps.RelayBody
}

const (
	// earlyLimit and earlyBytes bound what is kept of each of the others for a racer on
	// the way (nps-lobby-rooms 9.3).
	earlyLimit = 64
	earlyBytes = 16 << 10
	// comeBack is how long a racer may be away and still be the same racer
	// (nps-lobby-rooms 9.4).
	comeBack = 30 * time.Second
)

// racePort chooses the port of a room's races, once: who stays on it can race
// again there. With more than one the rooms take turns. A port where one of the
// racers chats, or where the room itself is, is passed over, because a player has
// one connection on a port; 9000 is always left. It is called as lineUp is.
func (s *Service) racePort(in *instance, ch *channel) int {
	if ch.port != 0 {
		return ch.port
	}
	ch.port = RacePort
	for range s.cfg.RacePorts {
		port := s.instances[RacePort+s.turn%s.cfg.RacePorts]
		s.turn++
		if port != nil && port != in && !port.hasAny(ch.members) {
			ch.port = port.port
			break
		}
	}
	return ch.port
}

// hasAny reports whether one of another port's members is on this port too.
func (in *instance) hasAny(others []*member) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.ContainsFunc(others, func(m *member) bool { return in.users[m.info.User] != nil })
}

// lineUp makes the heat of a room whose race server starts. A racer of an older
// heat on the same port leaves that one. It is called with s.starting and the
// room's instance locked, in this order; nothing else locks two instances.
func (s *Service) lineUp(in *instance, ch *channel) {
	h := &heat{
		in: in, room: ch, started: s.Now(), load: s.cfg.LoadTimeout,
		host: ch.owner, races: slices.Clone(ch.races), data: ch.data, ready: map[uint32]bool{},
	}
	ch.heat = h
	for _, m := range ch.members {
		h.places = append(h.places, &place{user: m.info.User})
		h.ready[m.info.User] = ch.ready[m]
	}
	h.port = s.racePort(in, ch)
	port := s.instances[h.port]
	if in != port {
		port.mu.Lock()
		defer port.mu.Unlock()
	}
	for _, p := range h.places {
		if old := port.heats[p.user]; old != nil {
			old.withdraw(p.user)
		}
		port.heats[p.user] = h
		// Already there, from the race before: "race again".
		for _, m := range port.order {
			if m.info.User == p.user {
				p.here, p.came, m.heat = m, true, h
			}
		}
	}
}

// withdraw takes a racer out of the heat.
func (h *heat) withdraw(user uint32) {
	h.places = slices.DeleteFunc(h.places, func(p *place) bool {
		if p.user != user {
			return false
		}
		if p.here != nil && p.here.heat == h {
			p.here.heat = nil
		}
		return true
	})
}

// arrive seats a member that has just connected to the race port and hands over
// what the others have sent meanwhile.
func (in *instance) arrive(m *member, now time.Time) {
	h := in.heats[m.info.User]
	if h == nil || h.stale(now) {
		return
	}
	for _, p := range h.places {
		if p.user != m.info.User {
			continue
		}
		p.here, p.came, m.heat = m, true, h
		for i := range p.early {
			if packet, ok := nps.Delivered(p.early[i].opcode, &p.early[i].body); ok {
				m.conn.Push(packet)
			}
		}
		p.early = nil
	}
}

// depart empties a racer's place and returns the heat that he was in, if any. He
// may come back for a while.
func (in *instance) depart(m *member, now time.Time) *heat {
	h := m.heat
	if h == nil {
		return nil
	}
	m.heat = nil
	for _, p := range h.places {
		if p.here == m {
			p.here, p.left = nil, now
		}
	}
	if h.deserted() {
		h.empty = now
	}
	return h
}

// deserted reports that no racer is on the race port.
func (h *heat) deserted() bool {
	return !slices.ContainsFunc(h.places, func(p *place) bool { return p.here != nil })
}

// over reports that the race has been driven, or given up, and its racers are
// gone (DECISIONS 55).
func (h *heat) over(now time.Time) bool {
	return h.deserted() && (h.rolling || now.Sub(h.started) >= h.load)
}

// stale reports that none of the racers can come any more.
func (h *heat) stale(now time.Time) bool {
	return h.deserted() && now.Sub(h.started) >= h.load && now.Sub(h.empty) >= comeBack
}

// raceOver opens the waiting room for its next race, or ends it when its host has
// left in the meantime (nps-lobby-rooms 8.3, 9.2). It is called without any lock.
func (s *Service) raceOver(h *heat) {
	h.in.mu.Lock()
	defer h.in.mu.Unlock()
	ch := h.room
	if ch.heat != h || h.in.channels[ch.comm] != ch {
		return
	}
	ch.heat = nil
	ch.state = ch.state&nps.GameChannelClosed | nps.GameNotRunning
	if !slices.ContainsFunc(ch.members, func(m *member) bool { return m.info.User == ch.owner }) {
		s.dissolve(h.in, ch, nil)
	}
}

// keeps reports whether there is room for another early message of its sender.
func (p *place) keeps(req nps.RelayBody) bool {
	n, bytes := 1, len(req.Blob)
	for i := range p.early {
		if e := &p.early[i].body; e.Sender == req.Sender {
			n++
			bytes += len(e.Blob)
		}
	}
	return n <= earlyLimit && bytes <= earlyBytes
}

// relay sends to the racers whom the addressing names, and keeps for those who are
// still on their way what they must not miss. All racers are ready ones.
func (h *heat) relay(from *member, to addressing, req nps.RelayBody, users []uint32, cast *gateway.Broadcast, s *Service) {
	position := req.Blob[0] == nps.BlobPosition
	h.rolling = h.rolling || position
	for _, p := range h.places {
		if position && p.here == from && p.began.IsZero() {
			p.began = s.Now()
		}
		switch {
		case !s.reaches(to, from.info.User, p.user, users):
		case p.here != nil:
			cast.To(p.here.conn)
		case !h.rolling && s.cfg.RaceBuffer && p.keeps(req) && s.Now().Sub(h.started) < h.load:
			p.early = append(p.early, early{cast.Number(), nps.RelayBody{
				Comm: req.Comm, Sender: req.Sender, Blob: slices.Clone(req.Blob),
			}})
		}
	}
}
