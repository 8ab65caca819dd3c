package netaddr

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
)

func card(name string, networks ...string) Card {
	c := Card{Name: name}
	for _, n := range networks {
		c.Networks = append(c.Networks, netip.MustParsePrefix(n))
	}
	return c
}

// home is a computer with a way out, the cards of four VPNs and one of a virtual
// machine.
var home = Machine{Cards: []Card{
	card("eth0", "169.254.7.7/16", "192.168.77.40/24", "fd77::40/64", "2001:db8:7:1::40/64", "fe80::40/64"),
	card("radmin", "26.1.1.10/8", "fdfd::1a01:10a/64", "fe80::40/64"),
	card("hamachi", "25.4.5.6/8"),
	card("tailscale", "100.101.102.103/32", "fd7a:115c:a1e0::4/128"),
	card("wireguard", "10.9.8.7/32"),
	card("six", "2001:db8:66::1/64"),
}}

// cloud is a rented computer whose card has an address of the provider's network.
var cloud = Machine{Cards: []Card{card("ens4", "10.128.0.2/32", "2001:db8:c::2/128")}}

const play = "play.example.org"

var playAddr = netip.MustParseAddr("198.51.100.7")

func TestTell(t *testing.T) {
	for name, c := range map[string]struct {
		machine              Machine
		public, listen       string
		tunnels              []string
		local, remote, typed string
		host, ip             string
		trouble              Trouble
	}{
		"neighbour":                      {home, play, "", nil, "192.168.77.40", "192.168.77.20", play, "192.168.77.40", "", Fine},
		"neighbour, in mapped form":      {home, play, "", nil, "::ffff:192.168.77.40", "::ffff:192.168.77.20", "", "192.168.77.40", "", Fine},
		"neighbour by IPv6":              {home, play, "", nil, "fd77::40", "fd77::20", "", "192.168.77.40", "", Fine},
		"neighbour by link-local":        {home, play, "", nil, "fe80::40%eth0", "fe80::20%eth0", "", "192.168.77.40", "", Fine},
		"link-local of another card":     {home, "", "", nil, "fe80::40%radmin", "fe80::99%radmin", "", "26.1.1.10", "", Fine},
		"neighbour by public IPv6":       {home, play, "", nil, "2001:db8:7:1::40", "2001:db8:7:1::20", "", "192.168.77.40", "", Fine},
		"Radmin":                         {home, play, "", nil, "26.1.1.10", "26.200.3.4", "", "26.1.1.10", "", Fine},
		"Radmin by IPv6":                 {home, play, "", nil, "fdfd::1a01:10a", "fdfd::1a02:20b", "", "26.1.1.10", "", Fine},
		"Hamachi":                        {home, play, "", nil, "25.4.5.6", "25.100.1.2", "", "25.4.5.6", "", Fine},
		"Tailscale":                      {home, play, "", nil, "100.101.102.103", "100.64.0.9", "", "100.101.102.103", "", Fine},
		"Tailscale by IPv6":              {home, play, "", nil, "fd7a:115c:a1e0::4", "fd7a:115c:a1e0::9", "", "100.101.102.103", "", Fine},
		"WireGuard":                      {home, play, "", nil, "10.9.8.7", "10.9.8.1", "", "10.9.8.7", "", Fine},
		"this computer by its address":   {home, play, "", nil, "192.168.77.40", "192.168.77.40", "", "192.168.77.40", "", Fine},
		"a card without IPv4":            {home, "", "", nil, "2001:db8:66::1", "2001:db8:66::2", "", "192.168.77.40", "", Fine},
		"stranger":                       {home, play, "", nil, "192.168.77.40", "203.0.113.50", "", play, "198.51.100.7", Fine},
		"stranger by IPv6":               {home, play, "", nil, "2001:db8:7:1::40", "2001:db8:9::9", "", play, "198.51.100.7", Fine},
		"stranger, no public host":       {home, "", "", nil, "192.168.77.40", "203.0.113.50", "", "192.168.77.40", "", NoPublicHost},
		"stranger by IPv6, none":         {home, "", "", nil, "2001:db8:7:1::40", "2001:db8:9::9", "", "192.168.77.40", "", NoPublicHost},
		"stranger on a public computer":  {Machine{Cards: []Card{card("ens3", "198.51.100.9/24")}}, "", "", nil, "198.51.100.9", "203.0.113.50", "", "198.51.100.9", "", Fine},
		"by a route, no public host":     {home, "", "", nil, "192.168.77.40", "192.168.5.7", "", "192.168.77.40", "", Fine},
		"by a route":                     {home, play, "", nil, "192.168.77.40", "192.168.5.7", "", play, "198.51.100.7", Fine},
		"cloud: stranger":                {cloud, play, "", nil, "10.128.0.2", "203.0.113.50", "", play, "198.51.100.7", Fine},
		"cloud: stranger, none":          {cloud, "", "", nil, "10.128.0.2", "203.0.113.50", "", "10.128.0.2", "", NoPublicHost},
		"cloud: another computer of it":  {cloud, play, "", nil, "10.128.0.2", "10.132.0.7", "", "10.128.0.2", "", Fine},
		"public host is an address":      {home, "198.51.100.7", "", nil, "192.168.77.40", "203.0.113.50", "", "198.51.100.7", "", Fine},
		"lone player":                    {home, play, "", nil, "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "", Fine},
		"lone player, localhost":         {home, play, "", nil, "127.0.0.1", "127.0.0.1", "localhost", "127.0.0.1", "", Fine},
		"lone player by IPv6":            {home, play, "", nil, "::1", "::1", "::1", "127.0.0.1", "", Fine},
		"lone player, own name":          {home, play, "", nil, "127.0.1.1", "127.0.0.1", "garage", "127.0.0.1", "", Fine},
		"lone player, full name":         {home, play, "", nil, "127.0.1.1", "127.0.0.1", "garage.fritz.box", "127.0.0.1", "", Fine},
		"lone player, nothing typed":     {home, play, "", nil, "127.0.0.1", "127.0.0.1", "", "127.0.0.1", "", Fine},
		"lone player, own loopback":      {Machine{}, "", "127.0.0.5", nil, "127.0.0.5", "127.0.0.1", "127.0.0.5", "127.0.0.5", "", Fine},
		"tunnel":                         {home, play, "", nil, "127.0.0.1", "127.0.0.1", play, play, "198.51.100.7", Fine},
		"tunnel, the address typed":      {home, play, "", nil, "127.0.0.1", "127.0.0.1", "198.51.100.7", play, "198.51.100.7", Fine},
		"forwarder on a card":            {home, play, "", nil, "127.0.0.1", "127.0.0.1", "26.1.1.10", "26.1.1.10", "", Fine},
		"tunnel with another name":       {home, play, "", nil, "127.0.0.1", "127.0.0.1", "x7.tunnel.example", "127.0.0.1", "", HiddenTunnel},
		"tunnel, no public host":         {home, "", "", nil, "127.0.0.1", "127.0.0.1", "x7.tunnel.example", "127.0.0.1", "", HiddenTunnel},
		"tunnel that hides the name":     {home, play, "", []string{"127.0.0.2/32"}, "127.0.0.2", "127.0.0.1", "localhost", play, "198.51.100.7", Fine},
		"lone player beside that tunnel": {home, play, "", []string{"127.0.0.2/32"}, "127.0.0.1", "127.0.0.1", "localhost", "127.0.0.1", "", Fine},
		"a router that hides strangers":  {home, play, "", []string{"192.168.77.1/32"}, "192.168.77.40", "192.168.77.1", "", play, "198.51.100.7", Fine},
		"tunnel listed, no public host":  {home, "", "", []string{"127.0.0.1/32"}, "127.0.0.1", "127.0.0.1", "", "127.0.0.1", "", NoPublicHost},
		"nothing known":                  {Machine{}, "", "", nil, "0.0.0.0", "0.0.0.0", "", "127.0.0.1", "", Fine},
		"no cards, IPv6":                 {Machine{}, "", "", nil, "2001:db8::1", "2001:db8:9::9", "", "127.0.0.1", "", NoPublicHost},
	} {
		t.Run(name, func(t *testing.T) {
			r := Rule{Settings: Settings{PublicHost: c.public, Listen: c.listen}, Machine: c.machine, Computer: "Garage.example"}
			if c.public != "" {
				r.Public = playAddr
			}
			for _, p := range c.tunnels {
				r.Tunnels = append(r.Tunnels, netip.MustParsePrefix(p))
			}
			if c.ip == "" {
				c.ip = c.host
			}
			got := r.Tell(Arrival{Local: netip.MustParseAddr(c.local), Remote: netip.MustParseAddr(c.remote), Typed: c.typed})
			assert.Equal(t, Told{Host: c.host, IPv4: netip.MustParseAddr(c.ip), Trouble: c.trouble}, got)
		})
	}
}

func TestTellWhileThePublicHostIsUnknown(t *testing.T) {
	r := Rule{Settings: Settings{PublicHost: play}, Machine: home}
	for typed, ip := range map[string]string{
		"":              "192.168.77.40", // nothing better is known
		play:            "192.168.77.40",
		"203.0.113.1":   "203.0.113.1", // it has led the player here
		"192.168.1.1":   "192.168.77.40",
		"2001:db8::1":   "192.168.77.40",
		"100.64.3.2":    "192.168.77.40",
		"other.example": "192.168.77.40",
	} {
		got := r.Tell(Arrival{Local: netip.MustParseAddr("192.168.77.40"), Remote: netip.MustParseAddr("203.0.113.50"), Typed: typed})
		want := Told{Host: play, IPv4: netip.MustParseAddr(ip)}
		if ip == "192.168.77.40" {
			want.Trouble = UnknownHost
		}
		assert.Equal(t, want, got, typed)
	}
}

// Whatever a client is told must be in Hosts, which the certificate is made for.
func TestHosts(t *testing.T) {
	all := []string{"192.168.77.40", "26.1.1.10", "25.4.5.6", "100.101.102.103", "10.9.8.7", "169.254.7.7", "127.0.0.1"}
	for name, c := range map[string]struct {
		settings Settings
		machine  Machine
		want     []string
	}{
		"all cards":       {Settings{}, home, all},
		"public host":     {Settings{PublicHost: play}, home, append([]string{play}, all...)},
		"one of its own":  {Settings{PublicHost: "26.1.1.10"}, home, []string{"26.1.1.10", "192.168.77.40", "25.4.5.6", "100.101.102.103", "10.9.8.7", "169.254.7.7", "127.0.0.1"}},
		"one address":     {Settings{Listen: "192.168.77.40", PublicHost: play}, home, []string{play, "192.168.77.40"}},
		"one IPv6":        {Settings{Listen: "fdfd::1a01:10a"}, home, []string{"26.1.1.10"}},
		"loopback only":   {Settings{Listen: "127.0.0.5"}, home, []string{"127.0.0.5"}},
		"all, in words":   {Settings{Listen: "::"}, cloud, []string{"10.128.0.2", "127.0.0.1"}},
		"a name":          {Settings{Listen: "garage"}, cloud, []string{"garage", "10.128.0.2", "127.0.0.1"}},
		"no network":      {Settings{}, Machine{}, []string{"127.0.0.1"}},
		"IPv6 cards only": {Settings{}, Machine{Cards: []Card{card("eth0", "fd77::40/64")}}, []string{"127.0.0.1"}},
	} {
		assert.Equal(t, c.want, Rule{Settings: c.settings, Machine: c.machine}.Hosts(), name)
	}
}

func TestTypedHost(t *testing.T) {
	for header, want := range map[string]string{
		"": "", "play.example.org": play, "Play.Example.ORG.:8080": play, "192.168.1.5:80": "192.168.1.5", "[fd77::40]:80": "fd77::40",
		"[fd77::40]": "fd77::40", "fd77::40": "fd77::40", "[fe80::1%eth0]:80": "fe80::1", "::ffff:1.2.3.4": "1.2.3.4", "pc_1": "pc_1",
		"a b": "", "x\n": "", "<script>": "", "[": "", "name:port:more": "", "..": "", ".a": "", "a..b": "", ".": "", "x\x1b[2J": "", "münchen.example": "",
	} {
		assert.Equal(t, want, TypedHost(header), "%q", header)
	}
	long := make([]byte, 300)
	for i := range long {
		long[i] = 'a'
	}
	assert.Empty(t, TypedHost(string(long)))
}

func TestNetworks(t *testing.T) {
	for own, want := range map[string]string{
		"192.168.1.5/24": "192.168.1.0/24", "26.1.1.10/8": "26.0.0.0/8", "10.0.0.1/31": "10.0.0.0/31", "0.0.0.0/0": "0.0.0.0/32", "10.1.1.1/0": "10.1.1.1/32",
		"100.64.0.1/32": "100.64.0.0/10", "172.20.1.1/32": "172.16.0.0/12", "203.0.113.5/32": "203.0.113.5/32",
		"fd7a:115c:a1e0::1/128": "fd7a:115c:a1e0::/48", "2001:db8:1:2::3/128": "2001:db8:1:2::/64",
	} {
		assert.Equal(t, want, network(netip.MustParsePrefix(own)).String(), own)
	}
}

func FuzzTypedHost(f *testing.F) {
	for _, s := range []string{"play.example.org:80", "[fe80::1%eth0]:80", "127.0.0.1", "[", "a:b:c", "..", "a..b"} {
		f.Add(s)
	}
	r := Rule{Settings: Settings{PublicHost: play}, Machine: home, Public: playAddr}
	hosts := r.Hosts()
	f.Fuzz(func(t *testing.T, header string) {
		typed := TypedHost(header)
		assert.Equal(t, typed, TypedHost(typed), "its own form")
		for _, a := range []Arrival{
			{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.1"), typed},
			{netip.MustParseAddr("192.168.77.40"), netip.MustParseAddr("203.0.113.9"), typed},
		} {
			assert.Contains(t, hosts, r.Tell(a).Host, "nobody is told a host of the client's choice")
		}
	})
}
