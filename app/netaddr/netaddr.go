// Package netaddr decides which address a client is told to connect to, in one place
// for all that tell one: the shard list, the lobby's and the rooms' answers, the files
// and pages for players, the start-up line, the console.
//
// Rule is the decision, a pure function of the configuration, this computer's cards
// and how the client has come. Advertiser keeps its rule up to date: it looks at the
// cards and looks the public host up beside the game, so that nobody waits for either.
package netaddr

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"
)

// Resolver looks up the addresses of a host name; net.DefaultResolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Options are what an Advertiser works with. No field may be nil.
type Options struct {
	Settings
	// Computer is this computer's own name.
	Computer string
	// Look lists the cards; netaddr.Look does it.
	Look     func() (Machine, error)
	Resolver Resolver
	Now      func() time.Time
	Log      logrus.FieldLogger
}

const (
	// lookEvery is how often the cards are looked at: a VPN comes and goes. lookAgain
	// is the least time in between, however many clients come to unknown addresses.
	lookEvery = 15 * time.Second
	lookAgain = time.Second
)

// Advertiser answers with the address for one client. Its methods may be called from
// any goroutine, and none of them waits for the network.
type Advertiser struct {
	opts Options
	name *name // of the public host; nil when there is none, or it is an address
	rule atomic.Pointer[Rule]

	mu      sync.Mutex // held while the rule is changed, and over what follows
	looked  time.Time
	blind   bool             // the cards could not be listed, which has been logged
	logged  map[Trouble]bool // what has been logged
	trouble *Report
}

// New makes an advertiser, which looks at the cards at once. Run keeps it up to date.
func New(o Options) *Advertiser {
	a := &Advertiser{opts: o, logged: map[Trouble]bool{}}
	r := Rule{Settings: o.Settings, Computer: o.Computer}
	if addr, err := netip.ParseAddr(o.PublicHost); err == nil {
		r.Public = addr.Unmap()
	} else if o.PublicHost != "" {
		a.name = &name{host: o.PublicHost, resolver: o.Resolver}
	}
	a.rule.Store(&r)
	a.look()
	return a
}

// Run looks the public host up and watches the cards until stop is closed.
func (a *Advertiser) Run(stop <-chan struct{}) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var watching sync.WaitGroup
	if a.name != nil {
		watching.Go(func() { a.watchName(ctx) })
	}
	ticks := time.NewTicker(lookEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
			a.look()
		case <-stop:
			cancel()
			watching.Wait()
			return
		}
	}
}

// change replaces the rule by a changed copy.
func (a *Advertiser) change(how func(*Rule)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := *a.rule.Load()
	how(&r)
	a.rule.Store(&r)
}

// look lists the cards anew. Without an answer the old list stays.
func (a *Advertiser) look() {
	m, err := a.opts.Look()
	a.change(func(r *Rule) {
		a.looked = a.opts.Now()
		if err == nil {
			r.Machine = m
		} else if !a.blind {
			a.opts.Log.WithError(err).Warn("this computer's network cards cannot be listed; players at home may be told the wrong address")
		}
		a.blind = err != nil
	})
}

// Rule is the rule of this moment.
func (a *Advertiser) Rule() Rule { return *a.rule.Load() }

// Tell decides for one client, and remembers when that will not do.
func (a *Advertiser) Tell(from Arrival) Told {
	r := a.rule.Load()
	if local := plain(from.Local); !local.IsLoopback() && !r.Machine.Own(local) {
		r = a.lookAtOnce() // a card that has just appeared, most likely
	}
	t := r.Tell(from)
	if t.Trouble != Fine {
		a.remember(from, t)
	}
	return t
}

// lookAtOnce lists the cards because a client came to an address that is not on the
// list.
func (a *Advertiser) lookAtOnce() *Rule {
	a.mu.Lock()
	due := a.opts.Now().Sub(a.looked) >= lookAgain
	if due {
		a.looked = a.opts.Now()
	}
	a.mu.Unlock()
	if due {
		a.look()
	}
	return a.rule.Load()
}

// Host is what a client is told where a name may stand.
func (a *Advertiser) Host(from Arrival) string { return a.Tell(from).Host }

// IPv4 is what a client is told in the messages that carry no names.
func (a *Advertiser) IPv4(from Arrival) netip.Addr { return a.Tell(from).IPv4 }

// Hosts lists every host that a player may be told, the most useful one first.
func (a *Advertiser) Hosts() []string { return a.rule.Load().Hosts() }
