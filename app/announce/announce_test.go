package announce

import (
	"errors"
	"io"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/client"
)

// network is a machine whose interfaces a test plugs in and out.
type network struct {
	mu      sync.Mutex
	ifaces  []Interface
	listErr error
	refuse  error
	open    map[string][]netip.Addr // addresses of the responders that run
	started int
}

func (n *network) list() ([]Interface, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.ifaces), n.listErr
}

func (n *network) respond(i Interface, z *Zone) (io.Closer, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.refuse != nil {
		return nil, n.refuse
	}
	n.open[i.Net.Name] = z.addrs
	n.started++
	return closing(func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.open, i.Net.Name)
	}), nil
}

type closing func()

func (c closing) Close() error {
	c()
	return nil
}

func (n *network) change(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
}

func (n *network) responders() map[string][]netip.Addr {
	n.mu.Lock()
	defer n.mu.Unlock()
	return maps.Clone(n.open)
}

func card(index int, name string, addrs ...string) Interface {
	i := Interface{Net: net.Interface{Index: index, Name: name}}
	for _, a := range addrs {
		i.Addrs = append(i.Addrs, netip.MustParseAddr(a))
	}
	return i
}

func here() client.Neighbour {
	return client.Neighbour{Name: "Home", Version: "1", Players: 2, HTTP: 8080, HTTPS: 443, Login: 8226}
}

// soon waits until the announcer has seen a change.
func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, 10*time.Second, time.Millisecond, what)
}

func TestFollowsTheInterfaces(t *testing.T) {
	n := &network{open: map[string][]netip.Addr{}, ifaces: []Interface{
		card(2, "eth0", "192.168.1.5"), card(3, "wlan0", "10.0.0.5"), card(4, "down0"),
	}}
	log, hook := logtest.NewNullLogger()
	a := Start(Options{Host: "pc", Describe: here, Log: log, Interfaces: n.list, Respond: n.respond, Every: time.Millisecond})
	names := func() []string { return slices.Sorted(maps.Keys(n.responders())) }
	soon(t, "one responder for each interface with an address", func() bool { return slices.Equal(names(), []string{"eth0", "wlan0"}) })

	n.change(func() { n.ifaces[0] = card(2, "eth0", "192.168.7.7") })
	soon(t, "new address", func() bool { return slices.Equal(n.responders()["eth0"], n.ifaces[0].Addrs) })
	n.change(func() { n.ifaces = n.ifaces[:1] })
	soon(t, "unplugged", func() bool { return slices.Equal(names(), []string{"eth0"}) })
	n.change(func() { n.ifaces[0] = card(9, "eth0", "192.168.7.7") })
	soon(t, "another card of the same name", func() bool { return n.howMany() == 4 })
	n.change(func() { n.listErr = errors.New("odd") })
	soon(t, "logged", func() bool { return len(hook.AllEntries()) == 1 })

	a.Stop()
	assert.Empty(t, n.responders(), "nothing answers for a server that has stopped")
}

func (n *network) howMany() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.started
}

func TestFailureIsToldOnce(t *testing.T) {
	n := &network{open: map[string][]netip.Addr{}, ifaces: []Interface{card(2, "eth0", "192.168.1.5")}, refuse: errors.New("no multicast")}
	log, hook := logtest.NewNullLogger()
	a := Start(Options{Host: "pc", Describe: here, Log: log, Interfaces: n.list, Respond: n.respond, Every: time.Millisecond})
	soon(t, "logged", func() bool { return len(hook.AllEntries()) > 0 })
	assert.Contains(t, a.Trouble(), "eth0: no multicast")
	n.change(func() { n.refuse = nil })
	soon(t, "tried again", func() bool { return len(n.responders()) == 1 })
	soon(t, "no trouble any more", func() bool { return a.Trouble() == "" })
	a.Stop()
	require.Len(t, hook.AllEntries(), 1)
	assert.Contains(t, hook.LastEntry().Message, "players can still type its address")
}

func TestOnlyWhereTheServerListens(t *testing.T) {
	addrs := []netip.Addr{netip.MustParseAddr("192.168.1.5"), netip.MustParseAddr("192.168.1.6")}
	for listen, want := range map[string][]netip.Addr{
		"": addrs, "0.0.0.0": addrs, "::": addrs, "192.168.1.6": addrs[1:], "::ffff:192.168.1.5": addrs[:1], "127.0.0.1": nil, "10.0.0.1": nil,
	} {
		a := &Announcer{opts: Options{Listen: listen}}
		assert.Equal(t, want, a.reachable(addrs), listen)
	}
}

func TestZone(t *testing.T) {
	z := NewZone("My PC.example", "eth0", []netip.Addr{netip.MustParseAddr("192.168.1.5")}, here)
	const me = "mcos-my-pc-example-eth0"
	const srv, txt, a, ptr = dns.TypeSRV, dns.TypeTXT, dns.TypeA, dns.TypePTR
	for name, tc := range map[string]struct {
		q    dns.Question
		want []uint16
	}{
		"browse":           {dns.Question{Name: service, Qtype: ptr, Qclass: dns.ClassINET}, []uint16{ptr, srv, txt, a}},
		"browse loudly":    {dns.Question{Name: "_MCOS._TCP.LOCAL.", Qtype: dns.TypeANY, Qclass: dns.ClassANY}, []uint16{ptr, srv, txt, a}},
		"direct answer":    {dns.Question{Name: service, Qtype: ptr, Qclass: dns.ClassINET | anyUnicast}, []uint16{ptr, srv, txt, a}},
		"kinds of service": {dns.Question{Name: allServices, Qtype: ptr, Qclass: dns.ClassINET}, []uint16{ptr}},
		"instance":         {dns.Question{Name: me + "." + service, Qtype: srv, Qclass: dns.ClassINET}, []uint16{srv, txt, a}},
		"host":             {dns.Question{Name: me + ".local.", Qtype: a, Qclass: dns.ClassINET}, []uint16{a}},
		"host, IPv6":       {dns.Question{Name: me + ".local.", Qtype: dns.TypeAAAA, Qclass: dns.ClassINET}, nil},
		"another service":  {dns.Question{Name: "_ipp._tcp.local.", Qtype: ptr, Qclass: dns.ClassINET}, nil},
		"another class":    {dns.Question{Name: service, Qtype: ptr, Qclass: dns.ClassCHAOS}, nil},
		"service, address": {dns.Question{Name: service, Qtype: a, Qclass: dns.ClassINET}, nil},
	} {
		var got []uint16
		for _, rr := range z.Records(tc.q) {
			got = append(got, rr.Header().Rrtype)
		}
		assert.Equal(t, tc.want, got, name)
	}

	// The whole answer survives the wire.
	msg := &dns.Msg{Answer: z.Records(dns.Question{Name: service, Qtype: ptr, Qclass: dns.ClassINET}), Compress: true}
	wire, err := msg.Pack()
	require.NoError(t, err)
	var back dns.Msg
	require.NoError(t, back.Unpack(wire))
	assert.Equal(t, me+"."+service, back.Answer[0].(*dns.PTR).Ptr)
	assert.EqualValues(t, 8080, back.Answer[1].(*dns.SRV).Port)
	n, err := client.ParseNeighbour(back.Answer[2].(*dns.TXT).Txt)
	require.NoError(t, err)
	assert.Equal(t, here(), n)
	assert.Equal(t, "192.168.1.5", back.Answer[3].(*dns.A).A.String())
}

func TestLabel(t *testing.T) {
	assert.Equal(t, "mcos-a-b", label("MCOS-a.b-"))
	long := label("mcos-" + string(make([]byte, 100)) + "x")
	assert.Equal(t, "mcos", long)
}
