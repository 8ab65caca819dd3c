package console

import "mcos/app/admin"

// fakeServer is a running server with one of everything.
type fakeServer struct {
	reloads int
	ended   []uint32 // accounts whose logins were ended
	notice  admin.Notice
}

func (*fakeServer) Overview() admin.Overview {
	return admin.Overview{Every: 20, Samples: []admin.Sample{{Time: noon, Players: 3, Received: 1.5, Sent: 2.5, Memory: 1 << 20}}}
}

func (*fakeServer) Connections() []admin.Connection {
	return []admin.Connection{{ID: 7, Service: "mcots", Port: 43300, Remote: "192.0.2.1", Since: noon, Persona: "Speedy", Received: 1 << 40}}
}

func (*fakeServer) Counters() []admin.Counter {
	return []admin.Counter{{Service: "login", Number: 0x501, Message: "0x501 USER_LOGIN", Count: 5}, {Service: "login", Number: 9, Count: 1}}
}

func (*fakeServer) Rooms() []admin.Port {
	member := admin.User{ID: 1000, Name: "Speedy", Ready: true}
	return []admin.Port{{Port: 9001, Users: []admin.User{member}, Rooms: []admin.Room{{Number: 2, Name: "LOBBY", Capacity: 100, Members: []admin.User{member}}}}}
}

func (*fakeServer) Races() []admin.OpenRace {
	return []admin.OpenRace{{Number: 1, State: "open", HostID: 1000, Lobby: 2, Kind: "street", Fee: 100, Players: []admin.Driver{{ID: 1000}}}}
}

func (*fakeServer) Logins() []admin.Login {
	return []admin.Login{{Account: "alice", AccountID: 77, PersonaID: 1000, Remote: "192.0.2.1", Since: noon, Connections: 3}}
}

func (*fakeServer) KickConnection(id uint64, _ string) bool { return id == 7 }

func (s *fakeServer) EndLogin(account uint32, _ string) int {
	s.ended = append(s.ended, account)
	return 3
}

func (s *fakeServer) Reload() (int, error) {
	s.reloads++
	return 2, nil
}

func (s *fakeServer) Notice() admin.Notice { return s.notice }

func (s *fakeServer) Broadcast(n admin.Notice) (admin.Told, error) {
	if s.notice = n; n.Text == "" {
		return admin.Told{}, nil
	}
	return admin.Told{Until: n.Until, Players: 3, Mails: 1}, nil
}
