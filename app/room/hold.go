package room

import (
	"sync"

	"mcos/app/gateway"
	"mcos/protocol/nps"
)

// holders counts the rooms that each account has open, on all ports together. Its lock
// may be taken while an instance is locked.
type holders struct {
	mu    sync.Mutex
	rooms map[uint32]int
}

// take counts one more room and reports true, or false when the account has as many as
// it may.
func (h *holders) take(account uint32, most int) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms[account] >= most {
		return false
	}
	h.rooms[account]++
	return true
}

// give takes back one that is gone.
func (h *holders) give(account uint32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms[account]--; h.rooms[account] <= 0 {
		delete(h.rooms, account)
	}
}

const (
	// maxChannels bounds what the users of one port can open.
	maxChannels = 2000
	// chatRooms is how many rooms that are not for races one player may be in on a port.
	// The game is in one or two.
	chatRooms = 5
)

// holds reports whether a player may open a room, and counts it. The chat rooms of the
// list that every game gets count only from the second of a name on: whoever comes
// first opens them for all.
func (s *Service) holds(in *instance, m *member, ch *channel) bool {
	if len(in.channels) >= maxChannels || len(m.channels) >= s.cfg.RoomsPerPlayer+chatRooms {
		return false
	}
	if !ch.race && listed(ch.riff) && !in.named(ch.riff) {
		return true
	}
	ch.holder = m.conn.Seat().Session.Account
	return s.holders.take(ch.holder, s.cfg.RoomsPerPlayer)
}

// named reports whether a channel of this name is open.
func (in *instance) named(riff string) bool {
	for _, ch := range in.channels {
		if ch.riff == riff {
			return true
		}
	}
	return false
}

// fits reports whether a player may enter one more room: nobody sits in more race rooms
// than he may open.
func (s *Service) fits(m *member, ch *channel) bool {
	races := 0
	for _, o := range m.channels {
		if o.race {
			races++
		}
	}
	return len(m.channels) < s.cfg.RoomsPerPlayer+chatRooms && (!ch.race || races < s.cfg.RoomsPerPlayer)
}

// end takes a room off its instance.
func (s *Service) end(in *instance, ch *channel) {
	delete(in.channels, ch.comm)
	if ch.holder != 0 {
		s.holders.give(ch.holder)
		ch.holder = 0
	}
}

// deny refuses a room and says why in the log, so that the operator knows which rule it
// was.
func (s *Service) deny(c *gateway.Call, comm uint32, why string) {
	c.Reply(nps.ChannelDenied.With(&nps.CommPortBody{Comm: comm, Port: s.told(c)}))
	if c.MayLog() {
		c.Log().WithField("comm", comm).Info("room refused: " + why)
	}
}
