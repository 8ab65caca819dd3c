package announce

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// onCard is a listener on a card with these networks, on a clock that tests move.
func onCard(nets ...string) (l *listener, now *time.Time) {
	i := Interface{Net: net.Interface{Index: 2, Name: "eth0"}, Addrs: []netip.Addr{netip.MustParseAddr("192.168.1.5")}}
	for _, n := range nets {
		i.Nets = append(i.Nets, netip.MustParsePrefix(n))
	}
	at := time.Unix(1e9, 0)
	return newListener(i, NewZone("pc", "eth0", i.Addrs, here), func() time.Time { return at }), &at
}

func ask(t testing.TB, n int, q dns.Question, change ...func(*dns.Msg)) []byte {
	m := &dns.Msg{MsgHdr: dns.MsgHdr{Id: 7}, Compress: true}
	for range n {
		m.Question = append(m.Question, q)
	}
	for _, c := range change {
		c(m)
	}
	wire, err := m.Pack()
	require.NoError(t, err)
	return wire
}

var browse = dns.Question{Name: service, Qtype: dns.TypePTR, Qclass: dns.ClassINET}

func from(addr string) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr(addr), 40000) }

func TestOnlyNeighboursAreAnswered(t *testing.T) {
	for addr, want := range map[string]bool{
		"192.168.1.20": true, "::ffff:192.168.1.20": true, "fe80::1%eth0": true, "fe80::1%2": true, "2001:db8:1::9": true,
		"192.168.2.20": false, "203.0.113.5": false, "::ffff:203.0.113.5": false, "2001:db8:2::9": false,
		"fe80::1%wlan0": false, "fe80::1%3": false, "127.0.0.1": false, "0.0.0.0": false, "::": false,
	} {
		l, _ := onCard("192.168.1.0/24", "fe80::/64", "2001:db8:1::/64")
		for _, class := range []uint16{dns.ClassINET, dns.ClassINET | anyUnicast} {
			q := browse
			q.Qclass = class
			assert.Equal(t, want, l.answer(ask(t, 1, q), from(addr)) != nil, "%s, class %x", addr, class)
		}
	}
	vpn, _ := onCard("100.64.0.7/32") // knows only itself
	assert.Nil(t, vpn.answer(ask(t, 1, browse), from("100.64.0.9")))
}

// However many questions are in a packet, it gets one answer, in which nothing is twice.
func TestOnePacketGetsOneAnswer(t *testing.T) {
	l, now := onCard("192.168.1.0/24")
	one := l.answer(ask(t, 1, browse), from("192.168.1.20"))
	var m dns.Msg
	require.NoError(t, m.Unpack(one))
	assert.EqualValues(t, 7, m.Id)
	assert.Len(t, m.Answer, 4)
	for _, kind := range []uint16{dns.TypePTR, dns.TypeANY} {
		*now = now.Add(time.Minute)
		q := browse
		q.Qtype = kind
		assert.Len(t, l.answer(ask(t, 40, q), from("192.168.1.20")), len(one))
	}
	mixed := ask(t, 1, browse, func(m *dns.Msg) {
		m.Question = append(m.Question, dns.Question{Name: allServices, Qtype: dns.TypePTR, Qclass: dns.ClassINET},
			dns.Question{Name: "_ipp._tcp.local.", Qtype: dns.TypePTR, Qclass: dns.ClassINET})
	})
	require.NoError(t, m.Unpack(l.answer(mixed, from("192.168.1.20"))))
	assert.Len(t, m.Answer, 5)
}

func TestWhatIsNotAnswered(t *testing.T) {
	known := func(m *dns.Msg) {
		l, _ := onCard()
		m.Answer = l.zone.Records(browse)
	}
	for name, packet := range map[string][]byte{
		"an answer":       ask(t, 1, browse, func(m *dns.Msg) { m.Response = true }),
		"an update":       ask(t, 1, browse, func(m *dns.Msg) { m.Opcode = dns.OpcodeUpdate }),
		"an error":        ask(t, 1, browse, func(m *dns.Msg) { m.Rcode = 3 }),
		"more to come":    ask(t, 1, browse, func(m *dns.Msg) { m.Truncated = true }),
		"known already":   ask(t, 1, browse, known),
		"no question":     ask(t, 0, browse),
		"another service": ask(t, 1, dns.Question{Name: "_ipp._tcp.local.", Qtype: dns.TypePTR, Qclass: dns.ClassINET}),
		"nothing":         nil,
		"nonsense":        []byte("this is no DNS message at all"),
	} {
		l, _ := onCard("192.168.1.0/24")
		assert.Nil(t, l.answer(packet, from("192.168.1.20")), name)
	}
}

// One neighbour, or somebody who writes its address on his packets, gets a few answers;
// the others still get theirs, and so does he a little later.
func TestAnswersHaveAPace(t *testing.T) {
	l, now := onCard("192.168.0.0/16")
	count := func(addr string) (n int) {
		for range 100 {
			if l.answer(ask(t, 1, browse), from(addr)) != nil {
				n++
			}
		}
		return n
	}
	assert.Equal(t, atOnce, count("192.168.1.20"))
	assert.Equal(t, atOnce, count("192.168.1.21"))
	*now = now.Add(time.Second)
	assert.Equal(t, perSecond, count("192.168.1.20"))
	// All together, each with another address: as many as are read.
	n := 0
	for i := range 5000 {
		if l.answer(ask(t, 1, browse), from(fmt.Sprintf("192.168.%d.%d", 10+i/250, 1+i%250))) != nil {
			n++
		}
	}
	assert.LessOrEqual(t, n, readsAtOnce+readsPerSecond)
	assert.LessOrEqual(t, len(l.asked), maxNeighbours)
}

func TestAnswersFitOnePacket(t *testing.T) {
	var addrs []netip.Addr
	for i := range 200 {
		addrs = append(addrs, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}))
	}
	i := Interface{Addrs: addrs, Nets: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	l := newListener(i, NewZone("pc", "eth0", addrs, here), time.Now)
	answer := l.answer(ask(t, 1, browse), from("10.0.0.9"))
	assert.LessOrEqual(t, len(answer), maxAnswer)
	var m dns.Msg
	require.NoError(t, m.Unpack(answer))
	assert.IsType(t, &dns.PTR{}, m.Answer[0])
	assert.IsType(t, &dns.TXT{}, m.Answer[2])
}

func TestDescribe(t *testing.T) {
	parse := func(s string) *net.IPNet {
		ip, n, err := net.ParseCIDR(s)
		require.NoError(t, err)
		return &net.IPNet{IP: ip, Mask: n.Mask}
	}
	i := describe(net.Interface{Name: "eth0"}, []net.Addr{parse("192.168.1.5/24"), parse("fe80::5/64"), &net.TCPAddr{}})
	assert.Equal(t, []netip.Addr{netip.MustParseAddr("192.168.1.5")}, i.Addrs)
	assert.Equal(t, []netip.Prefix{netip.MustParsePrefix("192.168.1.0/24"), netip.MustParsePrefix("fe80::/64")}, i.Nets)
}

// FuzzAnswer gives a responder whatever a network may bring.
func FuzzAnswer(f *testing.F) {
	f.Add(ask(f, 1, browse))
	f.Add(ask(f, 40, dns.Question{Name: service, Qtype: dns.TypeANY, Qclass: dns.ClassINET | anyUnicast}))
	f.Add(ask(f, 2, dns.Question{Name: allServices, Qtype: dns.TypePTR, Qclass: dns.ClassINET}))
	f.Fuzz(func(t *testing.T, packet []byte) {
		l, _ := onCard("192.168.1.0/24")
		assert.LessOrEqual(t, len(l.answer(packet, from("192.168.1.20"))), maxAnswer)
		assert.Nil(t, l.answer(packet, from("203.0.113.9")))
	})
}
