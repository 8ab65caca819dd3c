package announce

import (
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"mcos/protocol/client"
)

// Interface is a network interface with the addresses a game can use.
type Interface struct {
	Net   net.Interface
	Addrs []netip.Addr   // IPv4, the game knows no other
	Nets  []netip.Prefix // the networks that its neighbours are in, IPv4 and IPv6
}

// Options are what an announcer works with. Describe and Log are needed.
type Options struct {
	// Host is the name of this machine, part of the names on the network.
	Host string
	// Listen is the configured address to listen on, empty for all: a server that
	// cannot be reached through an interface is not announced there.
	Listen string
	// Describe tells how the server is now; it is called for every answer.
	Describe func() client.Neighbour
	// Log gets one line for every interface that cannot be used.
	Log logrus.FieldLogger

	// Interfaces lists the interfaces to answer on; nil asks the machine.
	Interfaces func() ([]Interface, error)
	// Respond starts a responder; nil opens a real one.
	Respond func(Interface, *Zone) (io.Closer, error)
	// Every is the time between two looks at the interfaces, 0 for the usual.
	Every time.Duration
}

const usualEvery = 15 * time.Second

// Announcer keeps a responder on every interface until it is stopped.
type Announcer struct {
	opts       Options
	responders map[string]responder // by interface name
	failed     map[string]bool      // interfaces whose failure has been logged
	trouble    atomic.Pointer[string]
	stop       chan struct{}
	done       sync.WaitGroup
}

// responder is one that runs, with the addresses it was made for.
type responder struct {
	io.Closer
	index int
	addrs []netip.Addr
	nets  []netip.Prefix
}

// Start begins to answer and returns at once: opening the responders is done beside
// the caller.
func Start(o Options) *Announcer {
	if o.Interfaces == nil {
		o.Interfaces = machine
	}
	if o.Respond == nil {
		o.Respond = respond
	}
	if o.Every == 0 {
		o.Every = usualEvery
	}
	a := &Announcer{opts: o, responders: map[string]responder{}, failed: map[string]bool{}, stop: make(chan struct{})}
	a.done.Add(1)
	go a.run()
	return a
}

// Stop ends all responders. It may be called once.
func (a *Announcer) Stop() {
	close(a.stop)
	a.done.Wait()
}

// Trouble says why computers on some network do not find the server, "" when all do.
func (a *Announcer) Trouble() string {
	if why := a.trouble.Load(); why != nil {
		return *why
	}
	return ""
}

func (a *Announcer) run() {
	defer a.done.Done()
	look := time.NewTicker(a.opts.Every)
	defer look.Stop()
	for {
		a.adjust()
		select {
		case <-look.C:
		case <-a.stop:
			for name := range a.responders {
				a.end(name)
			}
			return
		}
	}
}

// adjust ends the responders whose interface has gone or changed and starts the
// missing ones.
func (a *Announcer) adjust() {
	list, err := a.opts.Interfaces()
	if err != nil {
		a.failure("", err)
		return
	}
	a.trouble.Store(nil)
	now := map[string]Interface{}
	for _, i := range list {
		if i.Addrs = a.reachable(i.Addrs); len(i.Addrs) > 0 {
			now[i.Net.Name] = i
		}
	}
	for name, r := range a.responders {
		if i, there := now[name]; !there || i.Net.Index != r.index || !slices.Equal(i.Addrs, r.addrs) || !slices.Equal(i.Nets, r.nets) {
			a.end(name)
		}
	}
	for name, i := range now {
		if _, runs := a.responders[name]; !runs {
			a.begin(i)
		}
	}
}

// reachable are the addresses that the server listens on.
func (a *Announcer) reachable(addrs []netip.Addr) []netip.Addr {
	listen, err := netip.ParseAddr(a.opts.Listen)
	if err != nil || listen.IsUnspecified() {
		return addrs
	}
	if slices.Contains(addrs, listen.Unmap()) {
		return []netip.Addr{listen.Unmap()}
	}
	return nil
}

func (a *Announcer) begin(i Interface) {
	r, err := a.opts.Respond(i, NewZone(a.opts.Host, i.Net.Name, i.Addrs, a.opts.Describe))
	if err != nil {
		a.failure(i.Net.Name, err)
		return
	}
	delete(a.failed, i.Net.Name)
	a.responders[i.Net.Name] = responder{Closer: r, index: i.Net.Index, addrs: i.Addrs, nets: i.Nets}
	a.opts.Log.WithField("interface", i.Net.Name).Debug("the server answers to computers on this network that look for it")
}

func (a *Announcer) end(name string) {
	if err := a.responders[name].Close(); err != nil {
		a.opts.Log.WithError(err).WithField("interface", name).Debug("a responder did not close cleanly")
	}
	delete(a.responders, name)
}

// failure logs the first failure of an interface, or of listing them.
func (a *Announcer) failure(name string, err error) {
	why := err.Error()
	if name != "" {
		why = name + ": " + why
	}
	a.trouble.Store(&why)
	if a.failed[name] {
		return
	}
	a.failed[name] = true
	a.opts.Log.WithError(err).WithField("interface", name).Warn("computers on this network cannot find the server by themselves; players can still type its address")
}
