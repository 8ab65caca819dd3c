package admin_test

import (
	"crypto/tls"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/app/keys"
	"mcos/app/netaddr"
	"mcos/protocol/client/trust"
)

func machine(networks ...string) netaddr.Machine {
	var m netaddr.Machine
	for _, n := range networks {
		m.Cards = append(m.Cards, netaddr.Card{Name: n, Networks: []netip.Prefix{netip.MustParsePrefix(n)}})
	}
	return m
}

// conn is a connection of which only the ends are known.
type conn struct {
	net.Conn
	local, remote netip.AddrPort
}

func (c conn) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(c.local) }
func (c conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }

// TestEveryPlayerCanTrustWhatHeIsShown: whichever host a player is told, the
// certificate that his game is shown then is for it and for nothing that his computer
// would refuse, without a warning.
func TestEveryPlayerCanTrustWhatHeIsShown(t *testing.T) {
	for what, tc := range map[string]struct {
		rule    netaddr.Rule
		players []string // remote and local address, where they come from
	}{
		"at home":                      {netaddr.Rule{Machine: machine("192.168.1.5/24"), Computer: "gamepc"}, []string{"192.168.1.9 192.168.1.5", "127.0.0.1 127.0.0.1"}},
		"at home, open to the world":   {netaddr.Rule{Settings: netaddr.Settings{PublicHost: "mco.example.org"}, Machine: machine("192.168.1.5/24")}, []string{"192.168.1.9 192.168.1.5", "198.51.100.7 192.168.1.5", "127.0.0.1 127.0.0.1"}},
		"a rented server":              {netaddr.Rule{Settings: netaddr.Settings{PublicHost: "mco.example.org"}, Machine: machine("203.0.113.5/24"), Computer: "vps7.provider.example"}, []string{"198.51.100.7 203.0.113.5", "203.0.113.9 203.0.113.5", "127.0.0.1 127.0.0.1"}},
		"a rented server, no name":     {netaddr.Rule{Machine: machine("203.0.113.5/24"), Computer: "vps7.provider.example"}, []string{"198.51.100.7 203.0.113.5", "203.0.113.9 203.0.113.5"}},
		"a public address":             {netaddr.Rule{Settings: netaddr.Settings{PublicHost: "203.0.113.5"}, Machine: machine("10.0.0.5/24")}, []string{"198.51.100.7 10.0.0.5", "10.0.0.9 10.0.0.5"}},
		"the computer in its domain":   {netaddr.Rule{Settings: netaddr.Settings{PublicHost: "mco.example.co.uk"}, Machine: machine("203.0.113.5/24"), Computer: "pc.example.co.uk"}, []string{"198.51.100.7 203.0.113.5", "203.0.113.9 203.0.113.5"}},
		"three VPNs":                   {netaddr.Rule{Machine: machine("192.168.1.5/24", "100.64.1.1/32", "26.1.2.3/8", "25.4.5.6/8"), Computer: "gamepc"}, []string{"192.168.1.9 192.168.1.5", "100.99.1.1 100.64.1.1", "26.9.9.9 26.1.2.3", "25.9.9.9 25.4.5.6", "127.0.0.1 127.0.0.1"}},
		"three VPNs and a public host": {netaddr.Rule{Settings: netaddr.Settings{PublicHost: "me.duckdns.org"}, Machine: machine("192.168.1.5/24", "100.64.1.1/32", "26.1.2.3/8", "25.4.5.6/8")}, []string{"192.168.1.9 192.168.1.5", "100.99.1.1 100.64.1.1", "26.9.9.9 26.1.2.3", "25.9.9.9 25.4.5.6", "198.51.100.7 192.168.1.5"}},
		"one address only":             {netaddr.Rule{Settings: netaddr.Settings{Listen: "26.1.2.3"}, Machine: machine("192.168.1.5/24", "26.1.2.3/8")}, []string{"26.9.9.9 26.1.2.3"}},
		"a name that is none":          {netaddr.Rule{Machine: machine("192.168.1.5/24"), Computer: "иван-пк"}, []string{"192.168.1.9 192.168.1.5"}},
		"a very long name":             {netaddr.Rule{Settings: netaddr.Settings{PublicHost: "a-very-long-name-of-a-server-for-motor-city.with-a-long-domain.example.org"}, Machine: machine("192.168.1.5/24")}, []string{"198.51.100.7 192.168.1.5"}},
	} {
		t.Run(what, func(t *testing.T) {
			names := func() []string {
				list, _ := admin.CertificateNames(tc.rule.Hosts(), tc.rule.Computer)
				return list
			}
			ring, err := keys.Open(t.TempDir(), keys.Default(), names, time.Now)
			require.NoError(t, err)
			ring.ShowFor(func(from netaddr.Arrival) string { return tc.rule.Tell(from).Host })
			check := func(host string, shown []byte) {
				v, err := trust.Judge(shown, trust.Place{Host: host}, time.Now().Unix())
				require.NoError(t, err)
				assert.Empty(t, v.Doubts, host)
				assert.Subset(t, names(), v.Names)
			}
			for _, host := range tc.rule.Hosts() { // what the server hands out for it
				check(host, ring.Current().For(host).Raw)
			}
			for _, player := range tc.players {
				remote, local, _ := strings.Cut(player, " ")
				from := netaddr.Arrival{Local: netip.MustParseAddr(local), Remote: netip.MustParseAddr(remote)}
				host := tc.rule.Tell(from).Host
				hello := &tls.ClientHelloInfo{Conn: conn{local: netip.AddrPortFrom(from.Local, 443), remote: netip.AddrPortFrom(from.Remote, 5000)}}
				shown, err := ring.GetCertificate(hello)
				require.NoError(t, err)
				check(host, shown.Certificate[0])
				if _, err := netip.ParseAddr(host); err != nil { // newer clients say the name
					hello.ServerName = host
					shown, err = ring.GetCertificate(hello)
					require.NoError(t, err)
					check(host, shown.Certificate[0])
				}
			}
			for _, c := range ring.Current().Certificates {
				assert.NotContains(t, c.Hosts(), "vps7.provider.example", "nobody is told that")
			}
		})
	}
}

func TestNamesOfAComputer(t *testing.T) {
	for computer, want := range map[string]struct{ named, left []string }{
		"gamepc": {named: []string{"gamepc"}}, "vps7.provider.example": {named: []string{"vps7"}}, "": {},
		"иван-пк": {left: []string{"иван-пк"}}, "büro": {left: []string{"büro"}}, "PC von Jörg": {left: []string{"PC von Jörg"}}, "my_pc": {left: []string{"my_pc"}},
	} {
		names, left := admin.CertificateNames([]string{"192.168.1.5"}, computer)
		assert.Equal(t, want.left, left)
		assert.Equal(t, append(append([]string{"192.168.1.5"}, want.named...), "localhost", "127.0.0.1"), names)
	}
}
