package main

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/cmd/mcos-tray/menu"
	"mcos/installer/lan"
	"mcos/installer/service"
)

func TestSight(t *testing.T) {
	in := func(s service.State) service.Status { return service.Status{State: s, Problem: "why"} }
	for name, tc := range map[string]struct {
		saw     sight
		server  menu.Server
		problem string
	}{
		"nothing":                 {sight{service: in(service.NotInstalled)}, menu.Stopped, ""},
		"answers":                 {sight{answers: true, service: in(service.Running)}, menu.Running, ""},
		"answers without service": {sight{answers: true, service: in(service.NotInstalled)}, menu.Running, ""},
		"not yet":                 {sight{service: service.Status{State: service.Running}}, menu.Starting, ""},
		"being started":           {sight{busy: menu.Starting}, menu.Starting, ""},
		"being stopped":           {sight{answers: true, busy: menu.Stopping}, menu.Stopping, ""},
		"failed":                  {sight{service: in(service.Failed)}, menu.Failed, "The server could not start: why."},
		"hangs":                   {sight{service: in(service.Running), silent: true}, menu.Failed, "The server runs, but does not answer. Choose Stop server, wait a moment, and start it again."},
		"tries again":             {sight{service: in(service.Starting)}, menu.Starting, "The server could not start: why."},
		"ended from outside":      {sight{service: service.Status{State: service.Failed}}, menu.Failed, ""},
		"own one not yet":         {sight{child: childState{running: true}}, menu.Starting, ""},
		"own one failed":          {sight{child: childState{problem: "port"}}, menu.Failed, "port"},
		"refused":                 {sight{service: in(service.Stopped), failure: "no right", broken: true}, menu.Failed, "no right"},
		"impostor":                {sight{unproven: true, service: in(service.Stopped)}, menu.Failed, sight{unproven: true}.state().Problem},
		"click failed":            {sight{service: in(service.Stopped), failure: "no game"}, menu.Stopped, "no game"},
		"runs, click failed":      {sight{answers: true, failure: "no browser"}, menu.Running, "no browser"},
	} {
		st := tc.saw.state()
		assert.Equal(t, tc.server, st.Server, name)
		assert.Equal(t, tc.problem, st.Problem, name)
	}
}

func TestComplaint(t *testing.T) {
	said := ""
	for _, line := range []string{"log line", "mcos: port 443 is taken", "time=1 mcos: none", "mcos: another"} {
		said = addComplaint(said, line)
	}
	assert.Equal(t, "port 443 is taken another", complaint(said, errors.New("exit 1")))
	for range 1000 {
		said = addComplaint(said, "mcos: again and again")
	}
	assert.LessOrEqual(t, len(said), maxLine)
	assert.Contains(t, complaint("", errors.New("exit 1")), "mcos doctor")
}

// A name is a line of the menu and no more.
func TestLabels(t *testing.T) {
	assert.Equal(t, "a"+mnemonic+mnemonic+"b c", label("a"+mnemonic+"b\nc\x1b\u202e"))
	assert.LessOrEqual(t, len([]rune(label(strings.Repeat("x", 10000)))), maxLabel)
}

func TestLinesArePlain(t *testing.T) {
	var got []string
	w := lines(func(line string) { got = append(got, line) })
	_, err := w.Write([]byte("mcos: \x1b]0;x\x07a\u202e\xff\n"))
	require.NoError(t, err)
	assert.Equal(t, []string{"mcos: ]0;xa?"}, got)
}

func TestNeighbours(t *testing.T) {
	at := func(name, addr string, port int, own bool) lan.Server {
		s := lan.Server{Addr: netip.MustParseAddr(addr), Own: own}
		s.Name, s.HTTP, s.Players = name, port, 2
		return s
	}
	assert.Equal(t, []menu.Neighbour{
		{Name: "Home", Host: "10.0.0.7", Address: "10.0.0.7", Players: 2},
		{Name: "Odd", Host: "10.0.0.8", Address: "10.0.0.8:8080", Players: 2},
	}, neighbours([]lan.Server{at("Mine", "10.0.0.2", 80, true), at("Home", "10.0.0.7", 80, false), at("Odd", "10.0.0.8", 8080, false)}))
}

func TestOpenMenusStayOpen(t *testing.T) {
	lines := func(s menu.State) (list []*entry) {
		var add func(items []menu.Item) []*entry
		add = func(items []menu.Item) (list []*entry) {
			for _, i := range items {
				list = append(list, &entry{Item: i, subs: add(i.Items)})
			}
			return list
		}
		return add(s.Build())
	}
	running := menu.State{Server: menu.Running, Here: "127.0.0.1", Host: "127.0.0.1"}
	now := lines(running)
	more := running
	more.Players, more.Login, more.Host = 3, true, ""
	assert.True(t, fits(now, more.Build()), "other words and marks")
	change(now, more.Build())
	assert.Equal(t, lines(more), now)
	more.Problem = "x"
	assert.False(t, fits(now, more.Build()), "one line more")
	more.Problem, more.Neighbours = "", []menu.Neighbour{{Name: "a"}}
	assert.False(t, fits(now, more.Build()), "one line more in a sub menu")
	assert.False(t, fits(nil, running.Build()))
}
