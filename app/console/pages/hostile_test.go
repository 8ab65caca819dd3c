package pages

import (
	"context"
	"io"
	"time"

	"mcos/app/admin"
	"mcos/app/record"
	"mcos/app/record/tape"
	"mcos/storage"
)

// How long the tests wait for what happens beside them.
const (
	waitFor = 10 * time.Second
	pause   = 5 * time.Millisecond
)

// fakeServer is a running server with one of everything that pages show.
type fakeServer struct {
	admin.Running
	reloads int
	name    string
	ended   []uint32 // accounts whose logins were ended
	notice  admin.Notice
	shut    []uint64 // connections that were closed
}

func (*fakeServer) Overview() admin.Overview {
	return admin.Overview{Every: 20, Samples: []admin.Sample{
		{Time: noon.Add(-30 * time.Minute), Players: 1, Memory: 40 << 20},
		{Time: noon, Players: 3, Races: 1, Received: 1.5, Sent: 2.5, Memory: 50 << 20},
	}}
}

func (s *fakeServer) Connections() []admin.Connection {
	return []admin.Connection{{ID: 7, Service: "mcots", Port: 43300, Remote: "192.0.2.1", Since: noon, Persona: s.name, Received: 1 << 40}}
}

func (*fakeServer) Counters() []admin.Counter { return nil }

func (s *fakeServer) Rooms() []admin.Port {
	member := admin.User{ID: 1000, Name: s.name, Ready: true}
	return []admin.Port{{Port: 9001, Users: []admin.User{member, {ID: 1001, Name: "Outsider"}}, Rooms: []admin.Room{
		{Number: 2, Name: s.name, Capacity: 100, Race: true, Members: []admin.User{member}}, {Number: 3, Name: "EMPTY"},
	}}}
}

func (*fakeServer) Races() []admin.OpenRace {
	return []admin.OpenRace{{Number: 1, State: "open", HostID: 1000, Lobby: 2, Kind: "street", Fee: 100, Players: []admin.Driver{{ID: 1000}}}}
}

func (*fakeServer) Logins() []admin.Login {
	return []admin.Login{{Account: "alice", AccountID: 1000000, PersonaID: 1000, Remote: "192.0.2.9:5000", Since: noon, Connections: 3}}
}

func (s *fakeServer) KickConnection(id uint64, _ string) bool {
	s.shut = append(s.shut, id)
	return id == 7
}

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

// hostile is an operator's API in which everything has an evil name.
type hostile struct {
	admin.API
	name string
}

func (h hostile) Players(context.Context, string, int) (admin.Players, error) {
	p, err := h.Player(context.Background(), "")
	return admin.Players{Shown: []admin.Player{p}, Found: 1, All: 1}, err
}

func (h hostile) Player(context.Context, string) (admin.Player, error) {
	return admin.Player{
		Account: admin.Account{ID: 1, Name: h.name, Banned: true, BanReason: h.name},
		Drivers: []admin.Persona{{ID: 1, Name: h.name, Account: h.name}},
	}, nil
}

func (h hostile) Races(context.Context) (admin.Races, error) {
	driver := admin.Driver{ID: 1, Name: h.name}
	race := admin.Race{State: h.name, Kind: h.name, Host: driver, Racers: []admin.Racer{{Driver: driver, Outcome: h.name}}}
	settled := race
	settled.State = "settled"
	return admin.Races{
		Open: []admin.OpenRace{{Host: h.name, Kind: h.name, Players: []admin.Driver{driver}}}, Running: []admin.Race{race}, Recent: []admin.Race{settled},
	}, nil
}

func (h hostile) Recordings(context.Context) (admin.Recordings, error) {
	return admin.Recordings{
		Running: []record.Running{{ID: h.name, Order: record.Order{Filter: record.Filter{Persona: h.name}}}}, Files: []record.File{{ID: h.name}},
	}, nil
}

func (h hostile) Recording(_ context.Context, _ string, w io.Writer) error {
	t := tape.NewWriter(w)
	for _, e := range []tape.Entry{
		{Type: tape.Type(h.name), Persona: h.name, Conn: h.name},
		{Type: tape.Connect, Text: h.name, Client: h.name},
		{Type: tape.In, Family: tape.Web, Name: h.name, Data: []byte(h.name), Persona: h.name, Conn: h.name, Masked: []string{h.name}},
		{Type: tape.In, Family: "lobby", Number: 1, Body: 4, Data: append([]byte{0, 1, 0, 9}, h.name...), Name: h.name},
	} {
		if err := t.Write(&e); err != nil {
			return err
		}
	}
	return t.End()
}

func (h hostile) Message(context.Context) (admin.Message, error) {
	return admin.Message{Text: h.name}, nil
}

func (h hostile) Invites(context.Context) ([]admin.Invite, error) {
	return []admin.Invite{{Code: h.name, Note: h.name, Accounts: []string{h.name}}}, nil
}

func (h hostile) AddressBans(context.Context) ([]admin.AddressBan, error) {
	return []admin.AddressBan{{Network: h.name, Reason: h.name}}, nil
}

func (h hostile) Persona(_ context.Context, name string) (admin.Garage, error) {
	if name == "panic" {
		panic("secret of the request")
	}
	return admin.Garage{
		Persona: admin.Persona{Name: h.name, Account: h.name}, Vehicles: []admin.Vehicle{{Name: h.name, Class: h.name}},
		Ledger: []storage.LedgerEntry{{Kind: storage.LedgerKind(h.name), Note: h.name}},
	}, nil
}
