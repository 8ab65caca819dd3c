package lan

import (
	"net"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/announce"
	"mcos/protocol/client"
)

// told is an answer about a server with this name, reached at this address.
func told(instance, name, addr string, login int, key string) answer {
	n := client.Neighbour{Name: name, Version: "1", HTTP: 80, HTTPS: 443, Login: login, Key: key, Certificate: "AB"}
	return answer{name: instance + "." + client.LANService + ".local.", addr: netip.MustParseAddr(addr), txt: n.TXT()}
}

func TestMerge(t *testing.T) {
	own := []netip.Prefix{netip.MustParsePrefix("192.168.1.5/24"), netip.MustParsePrefix("10.0.0.5/8")}
	broken := told("y", "Broken", "192.168.1.9", 8226, "k9")
	broken.txt = broken.txt[:3]
	for name, tc := range map[string]struct {
		answers []answer
		want    []string // name, address, whether it is this computer
	}{
		"nobody":       {},
		"one":          {[]answer{told("a", "Home", "192.168.1.7", 8226, "k1")}, []string{"Home 192.168.1.7 false"}},
		"this machine": {[]answer{told("a", "Z", "10.0.0.5", 8226, "k1"), told("b", "A", "10.0.0.6", 8226, "k2")}, []string{"Z 10.0.0.5 true", "A 10.0.0.6 false"}},
		"one server with two cards": {
			[]answer{told("a-eth0", "Home", "172.16.0.7", 8226, "k1"), told("a-eth1", "Home", "192.168.1.7", 8226, "k1")},
			[]string{"Home 192.168.1.7 false"},
		},
		"the same, the other way round": {
			[]answer{told("a-eth1", "Home", "192.168.1.7", 8226, "k1"), told("a-eth0", "Home", "172.16.0.7", 8226, "k1")},
			[]string{"Home 192.168.1.7 false"},
		},
		"asked twice":          {[]answer{told("a", "Home", "192.168.1.7", 8226, "k1"), told("a", "Home", "192.168.1.7", 8226, "k1")}, []string{"Home 192.168.1.7 false"}},
		"two on one machine":   {[]answer{told("a", "Home", "192.168.1.7", 8226, "k1"), told("b", "Home", "192.168.1.7", 9226, "k1")}, []string{"Home 192.168.1.7 false", "Home 192.168.1.7 false"}},
		"without keys":         {[]answer{told("a", "Home", "192.168.1.7", 8226, ""), told("b", "Home", "192.168.1.8", 8226, "")}, []string{"Home 192.168.1.7 false", "Home 192.168.1.8 false"}},
		"not understood":       {[]answer{broken}, nil},
		"address of everybody": {[]answer{told("a", "Home", "127.0.0.1", 8226, "k1"), told("a", "Home", "0.0.0.0", 8226, "k1"), told("a", "Home", "224.0.0.1", 8226, "k1")}, nil},
		"address of IPv6":      {[]answer{told("a", "Home", "fe80::1", 8226, "k1")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, s := range merge(tc.answers, own) {
				got = append(got, s.Name+" "+s.Addr.String()+" "+strconv.FormatBool(s.Own))
			}
			assert.Equal(t, tc.want, got)
		})
	}
}

// packet is what a server answers, with changes.
func packet(t testing.TB, change func(*dns.Msg)) []byte {
	zone := announce.NewZone("pc", "eth0", []netip.Addr{netip.MustParseAddr("10.0.0.9")}, func() client.Neighbour {
		return client.Neighbour{Name: "Home", HTTP: 80, HTTPS: 443, Login: 8226}
	})
	msg := &dns.Msg{
		MsgHdr: dns.MsgHdr{Response: true, Authoritative: true}, Compress: true,
		Answer: zone.Records(dns.Question{Name: service, Qtype: dns.TypePTR, Qclass: dns.ClassINET}),
	}
	if change != nil {
		change(msg)
	}
	wire, err := msg.Pack()
	require.NoError(t, err)
	return wire
}

func TestParse(t *testing.T) {
	from := netip.MustParseAddr("192.168.1.7")
	got := parse(packet(t, nil), from)
	require.Len(t, got, 1)
	assert.Equal(t, from, got[0].addr, "not the one in the answer")
	assert.Equal(t, "Home", merge(got, nil)[0].Name)

	assert.Len(t, parse(packet(t, func(m *dns.Msg) { m.Answer, m.Extra = nil, m.Answer }), from), 1, "among the extras")
	assert.Empty(t, parse(packet(t, func(m *dns.Msg) { m.Response = false }), from), "a question")
	assert.Empty(t, parse(packet(t, func(m *dns.Msg) { m.Answer[2].Header().Name = "printer._ipp._tcp.local." }), from), "another service")
	assert.Empty(t, parse([]byte("noise"), from))
}

// A card's network is who may answer; the two ends of a line know no network.
func TestAnswersOfTheNetwork(t *testing.T) {
	card := func(prefix string) iface { return iface{prefixes: []netip.Prefix{netip.MustParsePrefix(prefix)}} }
	home := card("192.168.1.5/24")
	assert.True(t, home.holds(netip.MustParseAddr("192.168.1.77")))
	assert.False(t, home.holds(netip.MustParseAddr("203.0.113.7")))
	assert.True(t, card("10.8.0.6/32").holds(netip.MustParseAddr("10.8.0.1")))
}

// One computer cannot fill the list alone.
func TestOneOfMany(t *testing.T) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	defer conn.Close()
	loud, err := net.DialUDP("udp4", nil, conn.LocalAddr().(*net.UDPAddr))
	require.NoError(t, err)
	defer loud.Close()
	for range 2 * maxOfOne {
		_, err := loud.Write(packet(t, nil))
		require.NoError(t, err)
	}
	list, err := collect(conn, iface{prefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8")}}, time.Now().Add(time.Second), nil)
	require.NoError(t, err)
	assert.Len(t, list, maxOfOne)
}

func FuzzParse(f *testing.F) {
	f.Add(packet(f, nil))
	f.Add([]byte{})
	own := []netip.Prefix{netip.MustParsePrefix("192.168.1.5/24")}
	f.Fuzz(func(t *testing.T, wire []byte) {
		for _, s := range merge(parse(wire, netip.MustParseAddr("192.168.1.7")), own) {
			assert.NotEmpty(t, s.Name)
			assert.NotZero(t, s.Login)
		}
	})
}
