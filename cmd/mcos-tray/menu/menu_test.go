package menu

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"mcos/assets"
)

// shown writes a menu as text: "-" before what cannot be clicked, "*" before what is
// checked.
func shown(items []Item) string {
	var lines []string
	for _, i := range items {
		mark := ""
		if !i.Enabled {
			mark = "-"
		}
		if i.Checked {
			mark += "*"
		}
		lines = append(lines, mark+i.Label)
		if len(i.Items) > 0 {
			lines = append(lines, "{ "+shown(i.Items)+" }")
		}
	}
	return strings.Join(lines, " | ")
}

func TestMenu(t *testing.T) {
	rest := " | - | Open console | Start with the system | - | Quit"
	closed := strings.Replace(rest, "Open", "-Open", 1)
	fresh := " | Play | Point game at | { This computer | Host… | - | -*Original settings }"
	for name, tc := range map[string]struct {
		state State
		icon  string
		want  string
	}{
		"stopped":  {State{Here: "127.0.0.1"}, "stopped", "-Server is stopped | - | Start server" + fresh + closed},
		"starting": {State{Here: "127.0.0.1", Server: Starting}, "starting", "-Server is starting… | - | Stop server" + fresh + closed},
		"stopping": {
			State{Here: "127.0.0.1", Server: Stopping}, "starting",
			"-Server is stopping… | - | -Start server" + strings.Replace(fresh, "Play", "-Play", 1) + closed,
		},
		"running": {State{Here: "127.0.0.1", Server: Running}, "running", "-Server is running · nobody plays | - | Stop server" + fresh + rest},
		"with a player": {
			State{Here: "127.0.0.1", Server: Running, Players: 1}, "running",
			"-Server is running · 1 player | - | Stop server (1 player will be disconnected)" + fresh + rest,
		},
		"on a public network": {
			State{Here: "127.0.0.1", Server: Running, Public: []string{"Network 2"}}, "running",
			"-Server is running · nobody plays | ⚠ Let players in on Network 2… | - | Stop server" + fresh + rest,
		},
		"stopped on a public network": {State{Here: "127.0.0.1", Public: []string{"Network 2"}}, "stopped", "-Server is stopped | - | Start server" + fresh + closed},
		"failed": {
			State{Here: "127.0.0.1", Server: Failed, Problem: "Port 443 is taken."}, "error",
			"-Server has a problem | ⚠ Port 443 is taken. | - | Start server" + fresh + closed,
		},
		"at work": {
			State{Here: "127.0.0.1", Server: Running, Login: true, Doing: "Leading the game…"}, "running",
			"-Server is running · nobody plays | -Leading the game… | - | Stop server | -Play | -Point game at | " +
				"{ This computer | Host… | - | -*Original settings } | - | Open console | *Start with the system | - | Quit",
		},
		"game at a neighbour": {
			State{Here: "127.0.0.1", Host: "10.0.0.7", Neighbours: []Neighbour{{"Home", "10.0.0.7", "10.0.0.7:8080", 2}}}, "stopped",
			"-Server is stopped | - | Start server | Play | Point game at | " +
				"{ This computer | *Home (10.0.0.7:8080, 2 players) | Host… | - | Original settings }" + closed,
		},
		"game elsewhere": {
			State{Here: "127.0.0.1", Host: "play.example.org"}, "stopped",
			"-Server is stopped | - | Start server | Play | Point game at | " +
				"{ This computer | -*play.example.org | Host… | - | Original settings }" + closed,
		},
		"two games": {
			State{Here: "127.0.0.1", Host: "127.0.0.1", Games: []Game{{"one", true}, {"two", false}}}, "stopped",
			"-Server is stopped | - | Start server | Play | Point game at | " +
				"{ *This computer | Host… | - | Original settings } | Which game | { *one | two }" + closed,
		},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, shown(tc.state.Build()))
			assert.Equal(t, tc.icon, tc.state.Icon())
		})
	}
}

func TestLongProblemsFit(t *testing.T) {
	label := State{Problem: strings.Repeat("é", 200)}.Build()[1].Label
	assert.Len(t, []rune(label), maxProblem+2)
}

func TestEveryIconIsThere(t *testing.T) {
	for s := Stopped; s <= Failed; s++ {
		for _, kind := range []string{".png", ".ico"} {
			_, err := fs.Stat(assets.Icons(), State{Server: s}.Icon()+kind)
			assert.NoError(t, err)
		}
	}
}
