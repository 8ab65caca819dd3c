package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Rooms is the list of room ports: where 9000 (races), 9001 to 9020 (chat rooms)
// and 10001 (MC100) are reached, in this order. It is written as ranges joined by
// plus signs, "9000-9020+10001"; "0" picks a free port for each.
type Rooms []int

// DocumentedRooms are the room ports as the protocol reference numbers them.
func DocumentedRooms() Rooms {
	rooms := make(Rooms, 0, 22)
	for p := 9000; p <= 9020; p++ {
		rooms = append(rooms, p)
	}
	return append(rooms, 10001)
}

// MarshalText writes the list as joined ranges.
func (r Rooms) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads joined ranges.
func (r *Rooms) UnmarshalText(text []byte) error {
	list, err := parseRooms(string(text))
	if err != nil {
		return err
	}
	*r = list
	return nil
}

// String writes the list as joined ranges, such as "9000-9020+10001".
func (r Rooms) String() string {
	if r.free() {
		return "0"
	}
	var parts []string
	for i := 0; i < len(r); {
		j := i
		for j+1 < len(r) && r[j+1] == r[j]+1 {
			j++
		}
		part := strconv.Itoa(r[i])
		if j > i {
			part += "-" + strconv.Itoa(r[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, "+")
}

// free reports whether every room gets a free port.
func (r Rooms) free() bool {
	for _, p := range r {
		if p != 0 {
			return false
		}
	}
	return true
}

func parseRooms(text string) (Rooms, error) {
	if text == "0" {
		return make(Rooms, len(DocumentedRooms())), nil
	}
	var list Rooms
	for part := range strings.SplitSeq(text, "+") {
		first, last, isRange := strings.Cut(part, "-")
		from, err := parsePort(first)
		if err != nil {
			return nil, err
		}
		to := from
		if isRange {
			if to, err = parsePort(last); err != nil {
				return nil, err
			}
		}
		if from == 0 || to < from {
			return nil, fmt.Errorf("%q is not a range of ports", part)
		}
		for p := from; p <= to; p++ {
			list = append(list, p)
		}
	}
	if want := len(DocumentedRooms()); len(list) != want {
		return nil, fmt.Errorf("%q names %d ports; the rooms need %d, such as %s", text, len(list), want, DocumentedRooms())
	}
	return list, nil
}

func parsePort(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 65535 {
		return 0, fmt.Errorf("%q is not a port (0 to 65535)", text)
	}
	return n, nil
}

// Ports is the `ports` section.
type Ports struct {
	HTTP    int   `yaml:"http" help:"Web pages, shard list, patches." min:"0" max:"65535"`
	HTTPS   int   `yaml:"https" help:"Web login; the game uses 443 and no other." min:"0" max:"65535"`
	Login   int   `yaml:"login" help:"NPS login; told in the shard list." min:"0" max:"65535"`
	Mail    int   `yaml:"mail" help:"In-game mail; the game uses 8227 and no other." min:"0" max:"65535"`
	Persona int   `yaml:"persona" help:"Personas; the game uses 8228 and no other." min:"0" max:"65535"`
	Lobby   int   `yaml:"lobby" help:"Lobby; told in the shard list." min:"0" max:"65535"`
	Rooms   Rooms `yaml:"rooms" help:"Race port, chat rooms and MC100, 22 ports as ranges joined by plus signs; told by the lobby."`
	MCOTS   int   `yaml:"mcots" help:"Transactions; the game uses 43300 and no other." min:"0" max:"65535"`
	Console int   `yaml:"console" help:"Operator's console and local interface, on this machine only." min:"0" max:"65535"`
}

// DefaultPorts are the ports that the game expects.
func DefaultPorts() Ports {
	return Ports{
		HTTP: 80, HTTPS: 443, Login: 8226, Mail: 8227, Persona: 8228, Lobby: 7003,
		Rooms: DocumentedRooms(), MCOTS: 43300, Console: 3000,
	}
}

// FreePorts lets the system pick every port, for tests.
func FreePorts() Ports { return Ports{Rooms: make(Rooms, len(DocumentedRooms()))} }

// single lists the ports that are one number, by name.
func (p Ports) single() []struct {
	Name string
	Port int
} {
	return []struct {
		Name string
		Port int
	}{
		{"http", p.HTTP}, {"https", p.HTTPS}, {"login", p.Login}, {"mail", p.Mail},
		{"persona", p.Persona}, {"lobby", p.Lobby}, {"mcots", p.MCOTS}, {"console", p.Console},
	}
}

// check finds ports that two services want.
func (p Ports) check() error {
	used := map[int]string{}
	take := func(port int, name string) error {
		if other := used[port]; port != 0 && other != "" {
			return fmt.Errorf("ports: %s and %s both use %d", other, name, port)
		}
		used[port] = name
		return nil
	}
	for _, s := range p.single() {
		if err := take(s.Port, s.Name); err != nil {
			return err
		}
	}
	for _, port := range p.Rooms {
		if err := take(port, "rooms"); err != nil {
			return err
		}
	}
	return nil
}
