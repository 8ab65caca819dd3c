package netaddr

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMachine(t *testing.T) {
	var texts []string
	for _, a := range home.IPv4() {
		texts = append(texts, a.String())
	}
	assert.Equal(t, []string{"192.168.77.40", "26.1.1.10", "25.4.5.6", "100.101.102.103", "10.9.8.7", "169.254.7.7"}, texts)
	assert.Equal(t, "192.168.77.40", home.Cards[0].IPv4().String(), "an address that the card gave itself is the last resort")
	assert.Equal(t, "169.254.7.7", card("eth0", "169.254.7.7/16").IPv4().String())
	assert.False(t, card("eth0", "fd77::1/64").IPv4().IsValid())
	assert.True(t, home.Own(netip.MustParseAddr("::ffff:26.1.1.10")))
	assert.False(t, home.Own(netip.MustParseAddr("26.1.1.11")))
}

// The cards of the computer that runs this test: whatever they are, the list must hold
// together.
func TestLook(t *testing.T) {
	m, err := Look()
	require.NoError(t, err)
	for _, c := range m.Cards {
		assert.NotEmpty(t, c.Name)
		require.NotEmpty(t, c.Networks)
		for _, p := range c.Networks {
			assert.True(t, p.IsValid(), c.Name)
			assert.False(t, p.Addr().IsLoopback(), c.Name)
			assert.False(t, p.Addr().Is4In6(), c.Name)
			assert.True(t, m.Own(p.Addr()))
			assert.True(t, m.Near(p.Addr()))
		}
	}
	assert.ElementsMatch(t, m.IPv4(), MachineIPv4())
}

func TestPrefix(t *testing.T) {
	mapped := &net.IPNet{IP: net.ParseIP("192.168.1.5"), Mask: net.CIDRMask(120, 128)} // as Windows writes it at times
	p, ok := prefix(mapped)
	assert.True(t, ok)
	assert.Equal(t, "192.168.1.5/24", p.String())
	for _, bad := range []net.Addr{
		&net.IPAddr{}, &net.IPNet{}, &net.IPNet{IP: net.ParseIP("127.0.0.1"), Mask: net.CIDRMask(8, 32)},
		&net.IPNet{IP: net.IP{1, 2, 3, 4}, Mask: net.IPMask{255, 0, 255, 0}},
	} {
		_, ok := prefix(bad)
		assert.False(t, ok, "%v", bad)
	}
}

func TestTheCardWithTheWayOutComesFirst(t *testing.T) {
	lan, vpn, tunnel := net.Interface{Index: 2, Name: "eth0"}, net.Interface{Index: 3, Name: "vpn0"}, net.Interface{Index: 4, Name: "tun0", Flags: net.FlagPointToPoint}
	for name, c := range map[string]struct {
		routes []route
		first  net.Interface
		second net.Interface
	}{
		"one way":                        {[]route{{name: "eth0", gateway: true}}, lan, vpn},
		"by number":                      {[]route{{index: 3, gateway: true}}, vpn, lan},
		"the shorter way":                {[]route{{index: 2, gateway: true, metric: 25}, {index: 3, gateway: true, metric: 9256}}, lan, vpn},
		"a router before a lone link":    {[]route{{name: "eth0", gateway: true, metric: 600}, {name: "vpn0", metric: 5}}, lan, vpn},
		"a VPN that takes all traffic":   {[]route{{name: "tun0", gateway: true, metric: 50}, {name: "eth0", gateway: true, metric: 100}}, lan, tunnel},
		"any way out before none":        {[]route{{name: "tun0", metric: 1 << 31}}, tunnel, lan},
		"a metric that is out of bounds": {[]route{{name: "eth0", gateway: true, metric: 1<<64 - 1}}, lan, vpn},
	} {
		assert.Less(t, rank(c.first, c.routes), rank(c.second, c.routes), name)
	}
	assert.Equal(t, rank(lan, nil), rank(vpn, nil), "without a way out the system's order stays")
}

func TestParseForwardTable(t *testing.T) {
	row := func(dest, mask, next, index, kind, metric uint32) []byte {
		b := make([]byte, forwardRow)
		for at, n := range map[int]uint32{forwardDest: dest, forwardMask: mask, 12: next, forwardIndex: index, forwardType: kind, forwardMetric: metric} {
			binary.LittleEndian.PutUint32(b[at:], n)
		}
		return b
	}
	table := binary.LittleEndian.AppendUint32(nil, 4)
	table = append(table, row(0, 0, 0x0101A8C0, 12, indirect, 25)...)
	table = append(table, row(0x0001A8C0, 0x00FFFFFF, 0, 12, 3, 281)...)
	table = append(table, row(0, 0x80, 0x0100080A, 14, indirect, 6)...) // half of everything: a VPN's trick
	table = append(table, row(0, 0, 0x0500080A, 9, 3, 5)...)
	want := []route{{index: 12, gateway: true, metric: 25}, {index: 9, metric: 5}}
	assert.Equal(t, want, parseForwardTable(append(table, 1, 2, 3)))
	for cut := range table {
		assert.LessOrEqual(t, len(parseForwardTable(table[:cut])), 2, "a table that is cut off")
	}
}

const routeTable = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0101A8C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	0101A8C0	0003	0	0	100	00000000	0	0	0
tun0	00000000	00000000	0001	0	0	50	00000000	0	0	0
tun0	00000000	0100080A	0003	0	0	0	00000080	0	0	0
eth0	0001A8C0	00000000	0001	0	0	100	00FFFFFF	0	0	0
down0	00000000	0101A8C0	0002	0	0	1	00000000	0	0	0
lo	00000000	00000000	0201	0	0	1	00000000	0	0	0
eth0	00000000
`

func TestParseRoutes(t *testing.T) {
	want := []route{{name: "wlan0", gateway: true, metric: 600}, {name: "eth0", gateway: true, metric: 100}, {name: "tun0", metric: 50}}
	assert.Equal(t, want, parseRoutes(strings.NewReader(routeTable)))
}
