package room

import (
	"cmp"
	"slices"

	"mcos/protocol/nps"
)

// Info is one port of the lobby family as it is at the moment: who is on it and
// which rooms it has. A permanent room that nobody is in is left out.
type Info struct {
	Port  int // documented number
	Users []UserInfo
	Rooms []Channel
}

// UserInfo is one user of a port or room.
type UserInfo struct {
	User  uint32
	Name  string
	Ready bool // in the room
}

// Channel is one room of a port.
type Channel struct {
	Comm                             uint32
	Name                             string
	Owner                            uint32 // 0 for permanent rooms
	Race, Private, Hidden, Permanent bool
	Running                          bool // its race server has been started
	Closed                           bool
	Capacity                         int
	Members                          []UserInfo
}

// Snapshot describes all ports in the order of their numbers. It holds the lock of
// one port at a time, for as long as copying a list of names takes.
func (s *Service) Snapshot() []Info {
	list := make([]Info, 0, len(s.instances))
	for _, in := range s.instances {
		list = append(list, in.snapshot(s.cfg))
	}
	slices.SortFunc(list, func(a, b Info) int { return cmp.Compare(a.Port, b.Port) })
	for i := range list {
		slices.SortFunc(list[i].Rooms, func(a, b Channel) int { return cmp.Compare(a.Comm, b.Comm) })
	}
	return list
}

func (in *instance) snapshot(cfg Config) Info {
	in.mu.Lock()
	defer in.mu.Unlock()
	info := Info{Port: in.port, Users: make([]UserInfo, 0, len(in.order))}
	for _, m := range in.order {
		info.Users = append(info.Users, UserInfo{User: m.info.User, Name: m.info.Name})
	}
	for _, ch := range in.channels {
		if ch.permanent && len(ch.members) == 0 {
			continue
		}
		room := Channel{
			Comm: ch.comm, Name: ch.riff, Owner: ch.owner, Race: ch.race, Private: ch.kind&nps.ChannelPrivate != 0,
			Hidden: ch.hidden, Permanent: ch.permanent, Running: ch.state&nps.GameRunning != 0,
			Closed: ch.state&nps.GameChannelClosed != 0, Capacity: ch.capacity(cfg),
			Members: make([]UserInfo, 0, len(ch.members)),
		}
		for _, m := range ch.members {
			room.Members = append(room.Members, UserInfo{User: m.info.User, Name: m.info.Name, Ready: ch.ready[m]})
		}
		info.Rooms = append(info.Rooms, room)
	}
	return info
}
