package bot

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// The ports of the game by their documented numbers (web-and-client 10). Persona, mail and MCOTS ports are fixed in the client.
const (
	PortHTTP    = 80
	PortHTTPS   = 443
	PortLobby   = 7003
	PortLogin   = 8226
	PortMail    = 8227
	PortPersona = 8228
	PortMCOTS   = 43300
	PortRace    = 9000
	PortMC100   = 10001
)

// lastRoom is the last of the room ports that follow PortRace without a gap.
const lastRoom = 9020

const maxPort = 65535

// ErrTarget says that a list of ports or a ready line cannot be read.
var ErrTarget = errors.New("bad list of ports")

// Ports maps documented port numbers to those that a server really listens on. A documented number that is not in the map
// stands for itself; a nil map is a server on its usual ports.
type Ports map[int]int

// Actual returns the number that stands for a documented one.
func (p Ports) Actual(documented int) int {
	if n, ok := p[documented]; ok {
		return n
	}
	return documented
}

// Told returns the number to use for one that the server itself has told. A server that knows its true ports tells those; one
// behind a translation tells documented numbers.
func (p Ports) Told(n int) int {
	for _, actual := range p {
		if actual == n {
			return n
		}
	}
	return p.Actual(n)
}

// Target is a server to play on.
type Target struct {
	Host  string // name or address of the web services; all others are learned from the server
	Ports Ports
	// SameHost sends every connection to Host, whatever addresses the server tells. It helps where those cannot be reached
	// from here, as behind a tunnel.
	SameHost bool
}

// address is where a service is that the server has told under host; host may be empty.
func (t Target) address(host string, port int) string {
	if t.SameHost || host == "" {
		host = t.Host
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// singlePorts are the services with one port, by the names of the server's --ports list.
var singlePorts = map[string]int{
	"http": PortHTTP, "https": PortHTTPS, "login": PortLogin, "mail": PortMail,
	"persona": PortPersona, "lobby": PortLobby, "mcots": PortMCOTS,
}

// documentedRooms lists the room ports in documented order: 9000 to 9020, then 10001.
func documentedRooms() []int {
	rooms := make([]int, 0, lastRoom-PortRace+2)
	for n := PortRace; n <= lastRoom; n++ {
		rooms = append(rooms, n)
	}
	return append(rooms, PortMC100)
}

// ParsePorts reads a list in the form of the server's --ports: http=8080,login=8226,rooms=9000-9020+10001. Names that are not
// named keep their documented number; console is accepted and ignored. Rooms given as documented numbers stand for themselves,
// all others take the place of the missing ones in documented order. Errors wrap ErrTarget.
func ParsePorts(list string) (Ports, error) {
	ports := Ports{}
	seen := map[string]bool{}
	for _, item := range strings.Split(list, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		name, value, ok := strings.Cut(item, "=")
		if !ok {
			return nil, fmt.Errorf("%w: %q is not of the form name=port", ErrTarget, item)
		}
		if seen[name] {
			return nil, fmt.Errorf("%w: %q is named twice", ErrTarget, name)
		}
		seen[name] = true
		if err := ports.set(name, value); err != nil {
			return nil, err
		}
	}
	return ports, nil
}

// set enters the ports of one service.
func (p Ports) set(name, value string) error {
	if name == "console" {
		return nil
	}
	numbers, err := parseNumbers(value)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if name == "rooms" {
		return p.setRooms(numbers)
	}
	documented, ok := singlePorts[name]
	if !ok {
		return fmt.Errorf("%w: there is no service %q", ErrTarget, name)
	}
	if len(numbers) != 1 {
		return fmt.Errorf("%w: %s has one port, not %d", ErrTarget, name, len(numbers))
	}
	p[documented] = numbers[0]
	return nil
}

func (p Ports) setRooms(numbers []int) error {
	free := documentedRooms()
	if len(numbers) > len(free) {
		return fmt.Errorf("%w: %d rooms, at most %d are known", ErrTarget, len(numbers), len(free))
	}
	var moved []int
	for _, n := range numbers {
		if i := index(free, n); i >= 0 {
			p[n] = n
			free = append(free[:i], free[i+1:]...)
		} else {
			moved = append(moved, n)
		}
	}
	for i, n := range moved {
		p[free[i]] = n
	}
	return nil
}

func index(list []int, n int) int {
	for i, x := range list {
		if x == n {
			return i
		}
	}
	return -1
}

// parseNumbers reads ports joined by plus signs or commas, each a number or a range.
func parseNumbers(text string) ([]int, error) {
	var numbers []int
	for _, item := range strings.FieldsFunc(text, func(r rune) bool { return r == '+' || r == ',' }) {
		first, last, ranged := strings.Cut(item, "-")
		low, err := parsePort(first)
		if err != nil {
			return nil, err
		}
		high := low
		if ranged {
			if high, err = parsePort(last); err != nil {
				return nil, err
			}
		}
		if high < low || high-low >= maxPort/2 {
			return nil, fmt.Errorf("%w: range %q", ErrTarget, item)
		}
		for n := low; n <= high; n++ {
			numbers = append(numbers, n)
		}
	}
	if len(numbers) == 0 {
		return nil, fmt.Errorf("%w: no port in %q", ErrTarget, text)
	}
	return numbers, nil
}

func parsePort(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxPort {
		return 0, fmt.Errorf("%w: %q is no port from 1 to %d", ErrTarget, text, maxPort)
	}
	return n, nil
}
