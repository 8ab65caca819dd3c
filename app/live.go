package app

import (
	"mcos/app/admin"
	"mcos/app/gateway"
	"mcos/app/room"
)

// live shows this running server to the operator.
type live struct{ a *App }

var _ admin.Running = live{}

// Overview implements admin.Running.
func (l live) Overview() admin.Overview { return l.a.history.overview() }

// Connections implements admin.Running.
func (l live) Connections() []admin.Connection {
	list := []admin.Connection{}
	for _, c := range l.a.gateway.Connections() {
		list = append(list, admin.Connection{
			ID: c.ID, Service: c.Service, Port: c.Port, Remote: c.Remote.String(), Since: c.Since.UTC(),
			Account: c.Account, Persona: c.Persona, Received: c.Received, Sent: c.Sent,
			BytesIn: c.BytesIn, BytesOut: c.BytesOut, Queued: c.Queued, Waiting: c.Waiting,
		})
	}
	return list
}

// Counters implements admin.Running.
func (l live) Counters() []admin.Counter {
	list := []admin.Counter{}
	for _, c := range l.a.gateway.Counts() {
		list = append(list, admin.Counter(c))
	}
	return list
}

// Rooms implements admin.Running. Ports that nobody is on are left out.
func (l live) Rooms() []admin.Port {
	list := []admin.Port{}
	for _, in := range l.a.rooms.Snapshot() {
		if len(in.Users) == 0 && len(in.Rooms) == 0 {
			continue
		}
		p := admin.Port{Port: in.Port, Users: users(in.Users), Rooms: []admin.Room{}}
		for _, r := range in.Rooms {
			p.Rooms = append(p.Rooms, admin.Room{
				Number: r.Comm, Name: r.Name, Owner: r.Owner, Race: r.Race, Private: r.Private, Hidden: r.Hidden,
				Permanent: r.Permanent, Running: r.Running, Closed: r.Closed, Capacity: r.Capacity, Members: users(r.Members),
			})
		}
		list = append(list, p)
	}
	return list
}

func users(list []room.UserInfo) []admin.User {
	out := make([]admin.User, 0, len(list))
	for _, u := range list {
		out = append(out, admin.User{ID: u.User, Name: u.Name, Ready: u.Ready})
	}
	return out
}

// Races implements admin.Running. Running ones are left to the store, which has
// their books.
func (l live) Races() []admin.OpenRace {
	list := []admin.OpenRace{}
	for _, r := range l.a.races.Snapshot() {
		if r.State == "running" {
			continue
		}
		open := admin.OpenRace{
			Number: r.Number, State: r.State, HostID: r.Host, Lobby: r.Lobby, Kind: admin.RaceKind(r.Type),
			Fee: r.Fee, Purse: r.Purse, Players: []admin.Driver{},
		}
		for _, persona := range r.Members {
			open.Players = append(open.Players, admin.Driver{ID: persona})
		}
		list = append(list, open)
	}
	return list
}

// Logins implements admin.Running.
func (l live) Logins() []admin.Login {
	list := []admin.Login{}
	for _, s := range l.a.sessions.List() {
		list = append(list, admin.Login{
			Account: s.AccountName, AccountID: s.Account, PersonaID: s.Persona, Remote: s.Addr.String(),
			Since: s.Since.UTC(), Connections: s.Connections,
		})
	}
	return list
}

// KickConnection implements admin.Running.
func (l live) KickConnection(id uint64, reason string) bool {
	return l.a.gateway.Kick(reason, func(c *gateway.Conn) bool { return c.ID() == id }) > 0
}

// EndLogin implements admin.Running.
func (l live) EndLogin(account uint32, reason string) (connections int) {
	if s := l.a.sessions.ByAccount(account); s != nil {
		connections = s.Connections()
	}
	l.a.sessions.End(account, reason)
	return connections
}
