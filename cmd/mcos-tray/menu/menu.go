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
	Name, Host string
	// Address is Host, with the port of the web pages where that is not the usual one.
	Address string
	Players int
}

// Game is an installation to choose.
type Game struct {
	Label  string
	Chosen bool
}

// State is everything that the tray shows.
type State struct {
	Server Server
	// Hung tells that a failed server still runs, so that it can be stopped.
	Hung    bool
	Players int // drivers in the game now
	// Problem is what is wrong, with the next step, for people; empty when nothing is.
	Problem string
	// Note is worth knowing, and no problem; empty when there is nothing.
	Note string
	// Neighbours are the other servers on the local network.
	Neighbours []Neighbour
	// Doing is what the tray is at, "" when it can do something else.
	Doing string
	// Games are the installations; the choice is shown when there are several.
	Games []Game
	// Host is where the game points: empty for the original settings.
	Host string
	// Here is the host that stands for this computer.
	Here string
	// Login tells whether the tray starts with the system.
	Login bool
	// Public are the networks that Windows calls public, where players cannot connect.
	Public []string
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
	Point    Action = "point"  // the game at Item.Host
	Choose   Action = "choose" // the installation with the number Item.Game
	AskHost  Action = "ask"    // the game at a host that the player types
	Original Action = "original"
	Console  Action = "console"
	LetIn    Action = "let in" // players of the network with the name Item.Host
	Login    Action = "login"
	Quit     Action = "quit"
)

// Item is one line of the menu.
type Item struct {
	Label   string // empty for a separator
	Action  Action
	Host    string // of Point; of LetIn the network
	Game    int    // of Choose
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

// maxName is the longest name of a network in a menu, in runes.
const maxName = 40

// Build is the menu.
func (s State) Build() []Item {
	items := []Item{{Label: s.Line()}}
	if s.Problem != "" {
		items = append(items, Item{Label: "⚠ " + cut(s.Problem, maxProblem), Action: Details, Enabled: true})
	}
	if s.Note != "" {
		items = append(items, Item{Label: s.Note})
	}
	if s.Doing != "" {
		items = append(items, Item{Label: s.Doing})
	}
	if s.Server == Running {
		for _, name := range s.Public {
			items = append(items, Item{Label: "⚠ Let players in on " + cut(name, maxName) + "…", Action: LetIn, Host: name, Enabled: s.Doing == ""})
		}
	}
	items = append(items, Item{}, s.startStop(),
		Item{Label: "Play", Action: Play, Enabled: s.Server != Stopping && s.Doing == ""},
		Item{Label: "Point game at", Enabled: s.Doing == "", Items: s.targets()})
	if len(s.Games) > 1 {
		items = append(items, Item{Label: "Which game", Enabled: s.Doing == "", Items: s.games()})
	}
	return append(items, Item{},
		Item{Label: "Open console", Action: Console, Enabled: s.Server == Running},
		Item{Label: "Start with the system", Action: Login, Enabled: true, Check: true, Checked: s.Login},
		Item{}, Item{Label: "Quit", Action: Quit, Enabled: true})
}

// startStop is the one line that starts or stops the server; stopping tells who
// would be thrown out.
func (s State) startStop() Item {
	if s.Hung {
		return Item{Label: "Stop server", Action: Stop, Enabled: true}
	}
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
	point := func(label, host, address string) Item {
		return Item{Label: label, Action: Point, Host: address, Enabled: true, Check: true, Checked: s.Host == host}
	}
	known := s.Host == "" || s.Host == s.Here
	items := []Item{point("This computer", s.Here, s.Here)}
	for _, n := range s.Neighbours {
		items = append(items, point(n.Name+" ("+n.Address+", "+players(n.Players)+")", n.Host, n.Address))
		known = known || n.Host == s.Host
	}
	if !known {
		items = append(items, Item{Label: s.Host, Check: true, Checked: true})
	}
	return append(items,
		Item{Label: "Host…", Action: AskHost, Enabled: true}, Item{},
		Item{Label: "Original settings", Action: Original, Enabled: s.Host != "", Check: true, Checked: s.Host == ""})
}

func (s State) games() []Item {
	var items []Item
	for i, g := range s.Games {
		items = append(items, Item{Label: g.Label, Action: Choose, Game: i, Enabled: true, Check: true, Checked: g.Chosen})
	}
	return items
}

func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}
