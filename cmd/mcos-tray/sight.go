package main

import (
	"strings"

	"mcos/cmd/mcos-tray/menu"
	"mcos/installer/service"
)

// sight is what one look at the server saw.
type sight struct {
	answers    bool
	unproven   bool // something answers that is not the server of this computer
	players    int
	service    service.Status
	serviceErr error
	child      childState
	busy       menu.Server // what the tray is doing itself
	failure    string      // of what it did last
	broken     bool        // that was starting or stopping the server
	silent     bool        // nothing has answered for so long that nobody need wait
}

// state makes a picture of what was seen.
func (s sight) state() menu.State {
	st := menu.State{Players: s.players, Problem: s.failure}
	switch {
	case s.busy == menu.Stopping || s.service.State == service.Stopping:
		st.Server = menu.Stopping
	case s.answers:
		st.Server = menu.Running
	case s.service.State == service.Running && s.silent && s.busy == menu.Stopped:
		st.Server, st.Problem = menu.Failed, "The server runs, but does not answer. Choose Stop server, wait a moment, and start it again."
		st.Hung = true
	case s.busy == menu.Starting || s.service.State == service.Starting || s.service.State == service.Running || s.child.running:
		st.Server = menu.Starting
		if st.Problem == "" { // it may be waiting before it tries again
			st.Problem = s.because()
		}
	case s.service.State == service.Failed:
		st.Server = menu.Failed
		if st.Problem == "" {
			st.Problem = s.because()
		}
	case s.child.problem != "":
		st.Server, st.Problem = menu.Failed, s.child.problem
	case s.unproven:
		st.Server, st.Problem = menu.Failed, "Another program has the port of the server's console and says that it is the server. "+
			"Restart the computer; if this stays, ask somebody who knows it."
	case s.broken:
		st.Server = menu.Failed
	}
	return st
}

// because is why the service does not run, as a sentence; "" when nobody knows.
func (s sight) because() string {
	why := strings.TrimRight(s.service.Problem, ". ")
	if why == "" {
		return ""
	}
	return "The server could not start: " + why + "."
}
