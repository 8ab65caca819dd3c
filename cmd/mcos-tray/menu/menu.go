// Package menu says what the tray shows for a state of things: icon, tooltip and
// menu. It is pure, so that every state can be tested without a desktop.
package menu

import "strconv"

// Server is what the server does.
type Server int

// The states of the server, each with an icon of its own but Stopping, which looks
// like Starting.
const (
	Stopped Server = iota
	Starting
	Running
	Stopping
	Failed
)

// Neighbour is a server of the local network.
type Neighbour struct {
	Name, Addr string
	Players    int
}

// State is everything that the tray shows.
type State struct {
	Server  Server
	Players int // drivers in the game now
	// Problem is what is wrong, with the next step, for people; empty when nothing is.
	Problem string
	// Neighbours are the other servers on the local network.
	Neighbours []Neighbour
	// Game tells whether the tray can start and point a game.
	Game bool
	// Host is where the game points: empty for the original settings.
	Host string
	// Here is the host that stands for this computer.
	Here string
	// Login tells whether the tray starts with the system.
	Login bool
}

// Action is what a click asks for.
type Action string

// The actions.
const (
	None     Action = ""
	Details  Action = "details" // show what is wrong
	Start    Action = "start"
	Stop     Action = "stop"
	Play     Action = "play"
	Point    Action = "point" // the game at Item.Host
	AskHost  Action = "ask"   // the game at a host that the player types
	Original Action = "original"
	Console  Action = "console"
	Login    Action = "login"
	Quit     Action = "quit"
)

// Item is one line of the menu.
type Item struct {
	Label   string // empty for a separator
	Action  Action
	Host    string // of Point
	Enabled bool
	// Check tells whether there is a place for a check mark, Checked whether one is
	// in it.
	Check, Checked bool
	Items          []Item // of a sub menu
}

// Icon is the name of the icon in assets.
func (s State) Icon() string {
	return [...]string{"stopped", "starting", "running", "starting", "error"}[s.Server]
}

// Line is the state in one line: the tooltip, and the first line of the menu.
func (s State) Line() string {
	switch s.Server {
	case Running:
		return "Server is running · " + players(s.Players)
	case Starting:
		return "Server is starting…"
	case Stopping:
		return "Server is stopping…"
	case Failed:
		return "Server has a problem"
	}
	return "Server is stopped"
}

func players(n int) string {
	switch n {
	case 0:
		return "nobody plays"
	case 1:
		return "1 player"
	}
	return strconv.Itoa(n) + " players"
}

// shortest part of a problem that fits into a menu, in runes.
const maxProblem = 70

// Build is the menu.
func (s State) Build() []Item {
	items := []Item{{Label: s.Line()}}
	if s.Problem != "" {
		items = append(items, Item{Label: "⚠ " + cut(s.Problem, maxProblem), Action: Details, Enabled: true})
	}
	items = append(items, Item{}, s.startStop())
	if s.Game {
		items = append(items, Item{Label: "Play", Action: Play, Enabled: s.Server != Stopping}, Item{Label: "Point game at", Enabled: true, Items: s.targets()})
	}
	return append(items, Item{},
		Item{Label: "Open console", Action: Console, Enabled: s.Server == Running},
		Item{Label: "Start with the system", Action: Login, Enabled: true, Check: true, Checked: s.Login},
		Item{}, Item{Label: "Quit", Action: Quit, Enabled: true})
}

// startStop is the one line that starts or stops the server; stopping tells who
// would be thrown out.
func (s State) startStop() Item {
	switch s.Server {
	case Running:
		label := "Stop server"
		if s.Players > 0 {
			label += " (" + players(s.Players) + " will be disconnected)"
		}
		return Item{Label: label, Action: Stop, Enabled: true}
	case Starting:
		return Item{Label: "Stop server", Action: Stop, Enabled: true}
	case Stopping:
		return Item{Label: "Start server"}
	}
	return Item{Label: "Start server", Action: Start, Enabled: true}
}

func (s State) targets() []Item {
	point := func(label, host string) Item {
		return Item{Label: label, Action: Point, Host: host, Enabled: true, Check: true, Checked: s.Host == host}
	}
	known := s.Host == "" || s.Host == s.Here
	items := []Item{point("This computer", s.Here)}
	for _, n := range s.Neighbours {
		items = append(items, point(n.Name+" ("+n.Addr+", "+players(n.Players)+")", n.Addr))
		known = known || n.Addr == s.Host
	}
	if !known {
		items = append(items, point(s.Host, s.Host))
	}
	return append(items,
		Item{Label: "Host…", Action: AskHost, Enabled: true}, Item{},
		Item{Label: "Original settings", Action: Original, Enabled: s.Host != "", Check: true, Checked: s.Host == ""})
}

func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}
