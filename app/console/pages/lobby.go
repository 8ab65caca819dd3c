package pages

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"mcos/app/admin"
)

// lobbyData is what the lobby page shows.
type lobbyData struct {
	CSRF  string
	Ports []lobbyPort
	Users int
	// Message is the message of the day, for the page and not for its live parts.
	Message admin.Message
}

// lobbyPort is a port of the lobby. Its empty rooms are only counted.
type lobbyPort struct {
	Port  int
	Users int
	Rooms []admin.Room
	Empty int
	// Outside are the users who are in no room.
	Outside []admin.User
}

// Name is what the port is for.
func (p lobbyPort) Name() string {
	switch p.Port {
	case 7003:
		return "Lobby"
	case 9000:
		return "Race track"
	case 10001:
		return "MC100"
	}
	return fmt.Sprintf("MCC%02d", p.Port-9000)
}

// OutsideName is what those do who are in no room of the port.
func (p lobbyPort) OutsideName() string {
	switch p.Port {
	case 7003:
		return "In no room of the lobby"
	case 9000:
		return "In a race"
	}
	return "In no room"
}

func (v *visit) lobbyNow() (*lobbyData, error) {
	ports, err := v.p.Admin.Rooms(v.r.Context())
	if err != nil {
		return nil, err
	}
	d := &lobbyData{CSRF: v.session.csrf}
	for _, p := range ports {
		shown := lobbyRooms(p)
		d.Users += shown.Users
		d.Ports = append(d.Ports, shown)
	}
	return d, nil
}

// lobbyRooms sorts the rooms of a port: the fullest first.
func lobbyRooms(p admin.Port) lobbyPort {
	shown := lobbyPort{Port: p.Port, Users: len(p.Users)}
	inside := map[uint32]bool{}
	for _, room := range p.Rooms {
		if len(room.Members) == 0 {
			shown.Empty++
			continue
		}
		for _, m := range room.Members {
			inside[m.ID] = true
		}
		shown.Rooms = append(shown.Rooms, room)
	}
	for _, u := range p.Users {
		if !inside[u.ID] {
			shown.Outside = append(shown.Outside, u)
		}
	}
	slices.SortStableFunc(shown.Rooms, func(a, b admin.Room) int {
		return cmp.Or(cmp.Compare(len(b.Members), len(a.Members)), cmp.Compare(a.Name, b.Name))
	})
	return shown
}

// lobby shows who is in which room.
func (v *visit) lobby() error {
	d, err := v.lobbyNow()
	if err != nil {
		return err
	}
	m, err := v.p.Admin.Message(v.r.Context())
	if err != nil {
		return err
	}
	d.Message = m
	return v.show("lobby.html", page{Title: "Lobby", Here: "/lobby", Live: "/live/lobby", Data: d})
}

func (v *visit) lobbyLive() error {
	return v.live("lobby.html", func() (any, error) { return v.lobbyNow() }, "rooms")
}

// message changes the message of the day.
func (v *visit) message() error {
	m, err := v.p.Admin.SetMessage(v.r.Context(), admin.Message{Text: v.form("text")})
	if err != nil {
		return v.refused("/lobby", err)
	}
	if m.Text == "" {
		return v.done("/lobby", "There is no message of the day any more.")
	}
	if m.Notice != "" {
		return v.done("/lobby", "The game's news ticker shows the message when the broadcast is over.")
	}
	return v.done("/lobby", "The game's news ticker shows the message from now on.")
}

// broadcast tells the players something for a while, or takes it back.
func (v *visit) broadcast() error {
	if v.form("clear") != "" {
		_, err := v.p.Admin.Broadcast(v.r.Context(), admin.Broadcast{Clear: true})
		return v.result("/lobby", err, "The ticker shows it no more.")
	}
	minutes, err := strconv.Atoi(v.form("minutes"))
	if err != nil {
		return v.refused("/lobby", &admin.Error{Kind: admin.Invalid, Text: "for how many minutes must be a whole number"})
	}
	told, err := v.p.Admin.Broadcast(v.r.Context(), admin.Broadcast{Text: v.form("text"), Minutes: minutes})
	if err != nil {
		return v.refused("/lobby", err)
	}
	text := fmt.Sprintf("The ticker shows it until %s.", told.Until.In(v.p.Now().Location()).Format("15:04"))
	if told.Mails > 0 {
		text += fmt.Sprintf(" It was mailed to %s.", count(told.Mails, "player", "players"))
	}
	return v.done("/lobby", "%s", text)
}

// kick logs a driver out.
func (v *visit) kick() error {
	name, back := v.form("persona"), ownPath(v.form("back"))
	k, err := v.p.Admin.Kick(v.r.Context(), admin.Kick{Persona: name})
	return v.result(back, err, "%s has been logged out (%s closed).", name, count(k.Connections, "connection", "connections"))
}
