// Package doctor looks for what keeps players from playing: ports that are taken
// or blocked, a certificate that does not fit, keys that others can read, a
// public host that leads nowhere, a damaged store. It changes nothing, and it
// says what it finds in words for people who run a game server and nothing else.
//
// It works beside a running server and without one; what only a running server
// can show (a TLS handshake, the shard list) is left out then.
package doctor

import (
	"context"
	"maps"

	"mcos/app/datadir"
)

// Level says how much a finding matters.
type Level string

// The levels of findings.
const (
	OK      Level = "ok"      // as it should be
	Warn    Level = "warn"    // works, but not for everybody or not for ever
	Problem Level = "problem" // somebody cannot play, or something is broken
)

// Finding is one thing that was looked at.
type Finding struct {
	// Level says how much it matters.
	Level Level `json:"level"`
	// What names the thing in a few words.
	What string `json:"what"`
	// Explanation says in plain words how things are and what that means.
	Explanation string `json:"explanation"`
	// Next is what to do about it, empty when nothing needs to be done.
	Next string `json:"next,omitempty"`
	// Settings is the page of this machine's own settings where that is done
	// ("ms-settings:..."), empty when there is none.
	Settings string `json:"settings,omitempty"`
}

// Report is the result of one examination.
type Report struct {
	// Live tells whether a server was running.
	Live bool `json:"live"`
	// Findings are in the order in which things were looked at.
	Findings []Finding `json:"findings"`
}

// Count returns how many findings have a level.
func (r Report) Count(level Level) int {
	n := 0
	for _, f := range r.Findings {
		if f.Level == level {
			n++
		}
	}
	return n
}

// Port is one TCP port of the server.
type Port struct {
	// Name is the service as in --ports, such as "https"; all room ports are
	// called "rooms".
	Name string
	// Number is the configured port, 0 for any free one.
	Number int
	// Bound is the port that the running server listens on, 0 when none runs.
	Bound int
}

// Catalog says which parts and cars are in use.
type Catalog struct {
	Imported    bool
	Cars, Parts int
}

// Wall is what Windows lets in.
type Wall struct {
	// Rules tells whether the openings of the installed server are there.
	Rules bool
	// Public are the names of the connected networks that Windows calls public, where
	// these openings do not count.
	Public []string
}

// Options say what to look at. Functions that are nil leave their check out.
type Options struct {
	// Live tells whether a server runs on the data folder.
	Live bool
	// Dir is the data folder, which need not exist.
	Dir datadir.Dir
	// Ports are all ports of the server.
	Ports []Port
	// Listen is the configured address to listen on, empty for all.
	Listen string
	// PublicHost is the name that players outside are told, may be empty.
	PublicHost string
	// Misled tells which player was told an address that does not work, and what to do
	// about it; texts that are empty tell that there was none.
	Misled func() (what, next string)
	// Announced tells why computers on the network do not find the server by
	// themselves; empty when they do, or are not meant to.
	Announced func() string
	// OldTLS tells that the login port takes TLS 1.0, as it does by default.
	OldTLS bool
	// Unchecked tells that impossible results of races are paid.
	Unchecked bool
	// Config reads the configuration again and returns its mistakes, and beside
	// them what is merely odd.
	Config func() (odd []string, err error)
	// Catalog tells which catalog is in use.
	Catalog func() (Catalog, error)
	// Verify reads the whole store and returns what is wrong with it.
	Verify func() error
	// Wall asks the firewall of Windows; it is not asked on other systems.
	Wall func(context.Context) (Wall, error)
	// World is the machine; nil means Machine().
	World *World
}

// examination is one check, or several that belong together.
type examination struct {
	Options
	findings []Finding
	// lost is that this machine does not have the address to listen on: then no
	// port can answer, and saying so of each would hide why.
	lost bool
	// silent are the ports that do not answer.
	silent map[int]bool
}

// check is one thing that is looked at.
type check func(*examination, context.Context)

// The checks, causes before what they lead to. Those of a group are made at the same
// time, the second group only beside a running server, after the first.
var (
	first = []check{
		(*examination).dataFolder, (*examination).address, (*examination).clock, (*examination).disk, (*examination).config,
		(*examination).keys, (*examination).publicHost, (*examination).firewall, (*examination).fairPlay, (*examination).announcement,
		(*examination).ports, (*examination).webPorts, (*examination).catalog, (*examination).store,
	}
	second = []check{(*examination).handshakes, (*examination).shardList, (*examination).reach}
)

// Run makes all checks. It takes as long as reading the whole store, or two rounds of
// questions to the network that nobody answers, and ends early when ctx does.
func Run(ctx context.Context, o Options) Report {
	if o.World == nil {
		o.World = Machine()
	}
	e := &examination{Options: o, findings: []Finding{}, silent: map[int]bool{}}
	e.lost = e.addressLost()
	e.all(ctx, first)
	if o.Live && !e.lost {
		e.all(ctx, second)
	}
	if err := ctx.Err(); err != nil {
		e.add(Warn, "Examination", "It was ended early: "+err.Error()+".", "")
	}
	return Report{Live: o.Live, Findings: e.findings}
}

// all makes checks at the same time and adds what they find in their order. What had
// not ended with ctx is left out.
func (e *examination) all(ctx context.Context, checks []check) {
	parts := make([]*examination, len(checks))
	done := make([]chan struct{}, len(checks))
	for i, check := range checks {
		part := &examination{Options: e.Options, lost: e.lost, silent: maps.Clone(e.silent)}
		parts[i], done[i] = part, make(chan struct{})
		go func() {
			defer close(done[i])
			if ctx.Err() == nil {
				check(part, ctx)
			}
		}()
	}
	for i, part := range parts {
		select {
		case <-done[i]:
		case <-ctx.Done():
			return
		}
		e.findings = append(e.findings, part.findings...)
		maps.Copy(e.silent, part.silent)
	}
}

func (e *examination) add(level Level, what, explanation, next string) {
	e.findings = append(e.findings, *finding(level, what, explanation, next))
}

func finding(level Level, what, explanation, next string) *Finding {
	return &Finding{Level: level, What: what, Explanation: explanation, Next: next}
}
