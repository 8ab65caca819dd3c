package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"mcos/app/portinfo"
)

// ports checks every port: with a running server that it answers, without one
// that it is free.
func (e *examination) ports(ctx context.Context) {
	var good []int
	for _, p := range e.Ports {
		number := p.Number
		if e.Live {
			number = p.Bound
		}
		if number == 0 && !e.Live {
			continue // any free one will do
		}
		if e.Live && e.answers(ctx, p) || !e.Live && e.free(ctx, p) {
			good = append(good, number)
		}
		if e.noAddress {
			break // the others have the same address
		}
	}
	state := "These ports are free for the server"
	if e.Live {
		state = "The server answers on these ports"
	}
	if len(good) > 0 {
		e.add(OK, "Ports", state+": "+numbers(good)+".", "")
	}
}

// answers checks one port of a running server, over loopback or the one address
// it listens on.
func (e *examination) answers(ctx context.Context, p Port) bool {
	err := errors.New("nothing listens on it")
	if p.Bound != 0 {
		err = e.World.Dial(ctx, e.own(p))
	}
	if err == nil {
		return true
	}
	e.add(Problem, portText(p.Name, max(p.Bound, p.Number)), "The server runs, but does not answer here: "+err.Error()+".", "Look into the log, and restart the server.")
	return false
}

// own is the address under which this machine reaches a port of the server.
func (e *examination) own(p Port) string {
	host := "127.0.0.1"
	if e.Listen != "" && p.Name != consolePort {
		host = e.Listen
	}
	return net.JoinHostPort(host, strconv.Itoa(p.Bound))
}

const consolePort = "console"

// free checks that a port can be bound.
func (e *examination) free(ctx context.Context, p Port) bool {
	host := e.Listen
	if p.Name == consolePort {
		host = "127.0.0.1"
	}
	err := e.World.Listen(ctx, net.JoinHostPort(host, strconv.Itoa(p.Number)))
	if err == nil {
		return true
	}
	what := portText(p.Name, p.Number)
	switch {
	case e.Listen != "" && portinfo.NotOurs(err):
		e.noAddress = true
		e.add(Problem, "Address "+e.Listen, "This computer does not have it, so the server cannot start.",
			"Set server.listen to an address that this computer has, or leave it empty to listen on all.")
	case portinfo.Taken(err):
		who := "another program"
		if holder := e.World.Holder(p.Number); holder != "" {
			who = holder
		}
		if p.Name == consolePort {
			e.add(Warn, what, "It is taken by "+who+". The server will use a free port for its local interface and note it in the data folder.", "")
			break
		}
		e.add(Problem, what, "It is taken by "+who+"; the server cannot start.",
			fmt.Sprintf("Stop that program, or choose another port: --ports %s=NUMBER", p.Name))
	case errors.Is(err, os.ErrPermission):
		level, more := Problem, " The server cannot start."
		if p.Number == 80 || p.Number == 443 {
			level = Warn
			more = fmt.Sprintf(" The server will use %d instead: browsers and bots work then, the game cannot log in until 443 is bound.", fallback(p.Number))
		}
		e.add(level, what, "This user may not bind it."+more, portinfo.HowToBindLow())
	default:
		e.add(Problem, what, "It cannot be bound: "+err.Error()+".", "Check the setting server.listen.")
	}
	return false
}

// webPorts checks that the two ports that the game has built in are the ones that
// are used.
func (e *examination) webPorts(context.Context) {
	for _, want := range []struct {
		name   string
		number int
		loss   string
	}{
		{"http", 80, "The game finds the shard list only through the address in its settings, and some links in the game lead to port 80."},
		{"https", 443, "The game logs in on 443 and nowhere else, so players cannot log in unless something leads 443 here."},
	} {
		i := slices.IndexFunc(e.Ports, func(p Port) bool { return p.Name == want.name })
		if i < 0 {
			continue
		}
		number := e.Ports[i].Number
		if e.Live {
			number = e.Ports[i].Bound
		}
		switch number {
		case want.number:
		case fallback(want.number):
			e.add(Warn, portText(want.name, number), fmt.Sprintf("The server uses %d in place of %d. %s", number, want.number, want.loss), portinfo.HowToBindLow())
		default:
			e.add(Warn, portText(want.name, number), fmt.Sprintf("Another port than %d is used. %s", want.number, want.loss), "")
		}
	}
}

// fallback is where a low port goes that this user may not bind.
func fallback(port int) int { return map[int]int{80: 8080, 443: 8443}[port] }

func portText(name string, number int) string { return fmt.Sprintf("Port %d (%s)", number, name) }

// numbers writes port numbers in ascending order, runs of them as ranges.
func numbers(list []int) string {
	list = slices.Clone(list)
	slices.Sort(list)
	var parts []string
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		if j > i+1 {
			parts = append(parts, fmt.Sprintf("%d-%d", list[i], list[j]))
		} else {
			j = i
			parts = append(parts, strconv.Itoa(list[i]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}
