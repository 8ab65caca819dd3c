package room

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"mcos/app/gateway"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

func (s *Service) userList(c *gateway.Call, req *nps.CommBody) error {
	body := &nps.UserListBody{Comm: req.Comm}
	if req.Comm != 0 { // channel 0 serves relays and the short list only
		users := s.Users(c.Conn, req.Comm)
		body.Users = users[:min(len(users), nps.MaxListUsers)]
	}
	c.Reply(nps.UserList.With(body))
	return nil
}

// riffList lists the open race rooms: those of this port, or all of them
// (nps-lobby-rooms 6.1, 8.5).
func (s *Service) riffList(c *gateway.Call, _ *wire.Empty) error {
	port := c.Port().Number
	body := &nps.RiffListBody{}
	for _, p := range s.Ports {
		if p == port || port == LobbyPort || s.cfg.ListRaces == "all" {
			s.instances[p].races(c.Conn, body)
		}
	}
	c.Reply(nps.RiffList.With(body))
	return nil
}

// races appends the instance's race rooms to the list, without their passwords:
// those would leak to everybody.
func (in *instance) races(asking *gateway.Conn, body *nps.RiffListBody) {
	in.mu.Lock()
	defer in.mu.Unlock()
	m := in.members[asking]
	for _, comm := range slices.Sorted(maps.Keys(in.channels)) {
		ch := in.channels[comm]
		if !ch.race || ch.hidden || len(body.Riffs) >= nps.MaxRiffs {
			continue
		}
		body.Riffs = append(body.Riffs, nps.RiffEntry{
			Name: ch.riff, Protocol: nps.ProtocolTCP, Comm: ch.comm, Type: ch.kind,
			Users: uint16(len(ch.members)), Channels: uint16(len(in.channels)), Connected: m.in(ch),
			Data: ch.data, Ready: uint16(len(ch.ready)), MaxReady: ch.maxReady, Owner: ch.owner, State: ch.state,
		})
	}
}

func (s *Service) readyList(c *gateway.Call, req *nps.CommBody) error {
	return s.within(c, req.Comm, func(_ *instance, ch *channel, _ *member) error {
		c.Reply(ch.readyList())
		return nil
	})
}

// setFlags changes the caller's ready flag and, for the owner, whether the room is
// listed (nps-lobby-rooms 6.4, 8.2).
func (s *Service) setFlags(c *gateway.Call, req *nps.CommFlagsBody) error {
	return s.within(c, req.Comm, func(_ *instance, ch *channel, m *member) error {
		if !m.in(ch) {
			return fmt.Errorf("user %d is not in channel %d", m.info.User, ch.comm)
		}
		switch {
		case req.Flags&nps.FlagSetReady != 0:
			s.setReady(ch, m, true)
		case req.Flags&nps.FlagClearReady != 0:
			s.setReady(ch, m, false)
		}
		if m.info.User == ch.owner {
			switch {
			case req.Flags&nps.FlagHideChannel != 0:
				ch.hidden = true
			case req.Flags&nps.FlagExposeChannel != 0:
				ch.hidden = false
			}
		}
		return nil
	})
}

// setReady tells everybody in the room when the flag has changed.
func (s *Service) setReady(ch *channel, m *member, ready bool) {
	if ch.ready[m] == ready {
		return
	}
	if ready {
		ch.ready[m] = true
	} else {
		delete(ch.ready, m)
	}
	ch.tell(m, nil, ch.readyList())
}

// readyForGame is the other way of saying ready; only its first word is known
// (nps-lobby-rooms 6.5).
func (s *Service) readyForGame(c *gateway.Call, req *nps.CommTailBody) error {
	c.Record("layout known in part")
	return s.within(c, req.Comm, func(_ *instance, ch *channel, m *member) error {
		if !m.in(ch) {
			return fmt.Errorf("user %d is not in channel %d", m.info.User, ch.comm)
		}
		s.setReady(ch, m, true)
		return nil
	})
}

// boot removes a user from the owner's room.
func (s *Service) boot(c *gateway.Call, req *nps.CommUserBody) error {
	return s.asOwner(c, req.Comm, func(in *instance, ch *channel, m *member) {
		for _, victim := range ch.members {
			if victim.info.User != req.User || victim == m {
				continue
			}
			if s.cfg.RoomPushes {
				victim.conn.Tell(m.conn, nps.ForceLeave.With(&nps.CommBody{Comm: ch.comm}))
			}
			s.remove(in, ch, victim)
			return
		}
	})
}

// startGameServer tells every member of the room where the race takes place, in
// the order under which a player has raced (nps-lobby-rooms 6.5).
func (s *Service) startGameServer(c *gateway.Call, req *nps.StartGameServerBody) error {
	s.starting.Lock()
	defer s.starting.Unlock()
	var refused error
	err := s.asOwner(c, req.Comm, func(in *instance, ch *channel, host *member) {
		if !ch.race {
			refused = fmt.Errorf("channel %d is no race room", ch.comm)
			return
		}
		s.lineUp(in, ch)
		s.start(c, ch, host)
	})
	return errors.Join(err, refused)
}

func (s *Service) start(c *gateway.Call, ch *channel, host *member) {
	ch.state = ch.state&nps.GameChannelClosed | nps.GameRunning
	for _, m := range ch.members {
		send := func(packets ...wire.Packet) { m.conn.Tell(host.conn, packets...) }
		if m == host {
			send = c.Reply
		}
		if s.cfg.Send224 {
			send(nps.GameServerState.With(&nps.CommStateBody{Comm: ch.comm, State: nps.GameStartPending}),
				nps.GameServerState.With(&nps.CommStateBody{Comm: ch.comm, State: nps.GameRunning}))
		}
		info := s.raceServer(ch, m.conn)
		send(nps.ServerInfo.With(info), ch.joined(host), s.started(ch, info))
	}
}

func (s *Service) started(ch *channel, info *nps.ServerInfoBody) wire.Packet {
	if s.cfg.RaceStartForm == "long" {
		return nps.GameServerStartedLong.With(info)
	}
	return nps.GameServerStarted.With(&nps.CommBody{Comm: ch.comm})
}

// raceServer is the address of the race server for one client.
func (s *Service) raceServer(ch *channel, c *gateway.Conn) *nps.ServerInfoBody {
	info := &nps.ServerInfoBody{
		Riff: "RACE", Comm: ch.comm, IP: s.IPv4(c.Arrival()).String(), Port: uint32(s.Port(ch.port)),
		User: ch.owner, Players: uint32(len(ch.members)),
	}
	info.End("\x00")
	return info
}

// terminate ends the race server of the owner's room; nothing is sent. Who is on the
// race port already stays in his race.
func (s *Service) terminate(c *gateway.Call, req *nps.CommTailBody) error {
	return s.asOwner(c, req.Comm, func(_ *instance, ch *channel, _ *member) {
		ch.heat = nil
		ch.state = ch.state&nps.GameChannelClosed | nps.GameNotRunning
	})
}
