package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"mcos/app/portinfo"
)

// addressLost tells whether this machine does not have the address to listen on.
func (e *examination) addressLost() bool {
	addr, err := netip.ParseAddr(e.Listen)
	if err != nil || addr.Is6() || addr.IsUnspecified() || addr.IsLoopback() {
		return false
	}
	return !slices.Contains(e.World.Addresses(), addr)
}

// address says that the address to listen on is gone, which is why nothing works.
func (e *examination) address(context.Context) {
	if !e.lost {
		return
	}
	what, next := "so the server cannot start.", "leave it empty to listen on all. A fixed address (a reservation in the router) keeps it from happening again."
	if e.Live {
		what = "so nobody can reach the running server. It may have got another one from the router."
	}
	e.add(Problem, "Address "+e.Listen, "The setting server.listen names it, but this computer does not have it, "+what+" This computer is "+addresses(e.World.Addresses())+".",
		"Set server.listen to an address that this computer has, or "+next)
}

// ports checks every port: with a running server that it answers, without one
// that it is free.
func (e *examination) ports(ctx context.Context) {
	if e.lost {
		return
	}
	if e.Live {
		e.answering(ctx)
		return
	}
	var good []int
	refused := map[Finding][]int{}
	var order []Finding
	for _, p := range e.Ports {
		if p.Number == 0 {
			continue // any free one will do
		}
		trouble := e.free(ctx, p)
		if trouble == nil {
			good = append(good, p.Number)
			continue
		}
		if refused[*trouble] == nil {
			order = append(order, *trouble)
		}
		refused[*trouble] = append(refused[*trouble], p.Number)
	}
	for _, f := range order {
		if list := refused[f]; f.What == "" { // the same is wrong with all of them
			f.What = "Ports " + numbers(list)
			if len(list) == 1 {
				f.What = "Port " + numbers(list)
			}
		}
		e.findings = append(e.findings, f)
	}
	if len(good) > 0 {
		e.add(OK, "Ports", "These ports are free for the server: "+numbers(good)+".", "")
	}
}

// fewPorts is how many ports are spoken of one by one.
const fewPorts = 3

// answering connects to every port of a running server, over loopback or the one
// address it listens on.
func (e *examination) answering(ctx context.Context) {
	errs := make([]error, len(e.Ports))
	var wg sync.WaitGroup
	for i, p := range e.Ports {
		wg.Go(func() {
			if errs[i] = errors.New("nothing listens on it"); p.Bound != 0 {
				errs[i] = e.World.Dial(ctx, e.own(p))
			}
		})
	}
	wg.Wait()
	var good, bad []int
	var findings []Finding
	for i, p := range e.Ports {
		if errs[i] == nil {
			good = append(good, p.Bound)
			continue
		}
		number := max(p.Bound, p.Number)
		bad = append(bad, number)
		e.silent[p.Bound] = true
		findings = append(findings, *finding(Problem, portText(p.Name, number), "The server runs, but does not answer here: "+errs[i].Error()+".", "Look into the log, and restart the server."))
	}
	if len(bad) > fewPorts {
		findings = []Finding{*finding(Problem, "Ports", "The server runs, but does not answer on "+numbers(bad)+": "+findings[0].Explanation[len("The server runs, but does not answer here: "):],
			"Look into the log for what keeps it busy, and at firewalls on this computer; then restart the server.")}
	}
	e.findings = append(e.findings, findings...)
	if len(good) > 0 {
		e.add(OK, "Ports", "The server answers on these ports: "+numbers(good)+".", "")
	}
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

// free returns what is wrong with a port that cannot be bound, nil when it can. A
// finding without a name is about as many ports as have it.
func (e *examination) free(ctx context.Context, p Port) *Finding {
	host := e.Listen
	if p.Name == consolePort {
		host = "127.0.0.1"
	}
	err := e.World.Listen(ctx, net.JoinHostPort(host, strconv.Itoa(p.Number)))
	if err == nil {
		return nil
	}
	what := portText(p.Name, p.Number)
	switch {
	case e.Listen != "" && portinfo.NotOurs(err):
		return finding(Problem, "Address "+e.Listen, "This computer does not have it, so the server cannot start.",
			"Set server.listen to an address that this computer has, or leave it empty to listen on all.")
	case portinfo.Taken(err):
		who := e.World.Holder(p.Number)
		switch {
		case p.Name == consolePort:
			return finding(Warn, what, "It is taken by "+cmp.Or(who, "another program")+". The server will use a free port for its local interface and note it in the data folder.", "")
		case who == "" && portinfo.Reserved(err):
			return finding(Problem, "", "Windows does not give them away, and no program that can be seen has them; the server cannot start. "+portinfo.WhoReserves, portinfo.HowToFree)
		}
		return finding(Problem, what, "It is taken by "+cmp.Or(who, "another program")+"; the server cannot start.",
			fmt.Sprintf("Stop that program, or choose another port with the setting ports.%s%s.", p.Name, builtIn(p.Name)))
	case errors.Is(err, os.ErrPermission):
		if p.Number == 80 || p.Number == 443 {
			return finding(Warn, what, fmt.Sprintf("This user may not bind it. The server will use %d instead: browsers and bots work then, the game cannot log in until 443 is bound.", fallback(p.Number)), portinfo.HowToBindLow())
		}
		return finding(Problem, what, "This user may not bind it. The server cannot start.", portinfo.HowToBindLow())
	}
	return finding(Problem, what, "It cannot be bound: "+err.Error()+".", "Check the setting server.listen.")
}

// builtIn says of a port that the game has built in that another will not do.
func builtIn(name string) string {
	if portinfo.BuiltIn(name) {
		return " (the game itself uses this one and no other)"
	}
	return ""
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
