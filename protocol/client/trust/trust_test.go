package trust_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/client/trust"
)

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func newKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	require.NoError(t, err)
	return key
}

// honest is a certificate as it should be, for names and addresses.
func honest(names ...string) *x509.Certificate {
	c := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Game server"},
		NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(20, 0, 0),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
		SignatureAlgorithm: x509.SHA256WithRSA,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, name)
		}
	}
	return c
}

func sign(t testing.TB, c *x509.Certificate, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	require.NoError(t, err)
	return der
}

// The places of players.
var (
	address = trust.Place{Host: "203.0.113.5", Addresses: addrs("203.0.113.5"), Networks: prefixes("192.168.1.20/24", "2001:db8::1/64")}
	name    = trust.Place{Host: "mco.example.co.uk", Addresses: addrs("203.0.113.5"), Networks: prefixes("192.168.1.20/24")}
	vpn     = trust.Place{Host: "26.1.2.3", Addresses: addrs("26.1.2.3"), Networks: prefixes("26.9.9.9/8", "198.18.0.1/0", "2001:db8::1/8")}
)

func addrs(texts ...string) (list []netip.Addr) {
	for _, text := range texts {
		list = append(list, netip.MustParseAddr(text))
	}
	return list
}

func prefixes(texts ...string) (list []netip.Prefix) {
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text).Masked())
	}
	return list
}

func TestNames(t *testing.T) {
	key := newKey(t, 1024)
	for _, tc := range []struct {
		what  string
		at    trust.Place
		names []string // beside the host
		ok    bool
	}{
		{"the typed address", address, nil, true},
		{"the typed name", name, nil, true},
		{"in other letters", name, []string{"MCO.Example.CO.UK"}, true},
		{"what it resolves to", name, []string{"203.0.113.5"}, true},
		{"another public address", name, []string{"203.0.113.6"}, false},
		{"another public address as a text", address, []string{"192.0.2.1"}, false},
		{"a public IPv6 address", address, []string{"2606:4700::1111"}, false},
		{"an IPv6 address of a card's network", address, []string{"2001:db8::77"}, true},
		{"the registrable domain", name, []string{"example.co.uk", "www.example.co.uk"}, true},
		{"a public suffix", name, []string{"co.uk"}, false},
		{"a name that only ends like it", name, []string{"notexample.co.uk"}, false},
		{"another domain of the suffix", name, []string{"bank.co.uk"}, false},
		{"a shared domain of a dynamic DNS", trust.Place{Host: "me.duckdns.org"}, []string{"you.duckdns.org"}, false},
		{"a typed public suffix", trust.Place{Host: "github.io"}, []string{"you.github.io"}, false},
		{"a made-up top level", trust.Place{Host: "racer.lan"}, []string{"pc.racer.lan"}, true},
		{"another name of a made-up top level", trust.Place{Host: "racer.lan"}, []string{"bank.lan"}, false},
		{"a domain for a typed address", address, []string{"mco.example.org"}, false},
		{"single labels", address, []string{"localhost", "gamepc"}, true},
		{"loopback, private, link-local, 100.64/10", address, []string{"127.0.0.1", "::1", "10.1.2.3", "172.16.0.9", "192.168.77.1", "169.254.9.9", "fe80::1", "fd00::1", "100.64.0.1", "100.127.255.254"}, true},
		{"just outside of them", address, []string{"172.32.0.1"}, false},
		{"just outside of 100.64/10", address, []string{"100.128.0.1"}, false},
		{"nowhere", address, []string{"0.0.0.0"}, false},
		{"a multicast address", address, []string{"224.0.0.251"}, false},
		{"an address of the player's VPN", vpn, []string{"26.200.1.1"}, true},
		{"an address of a VPN that the player is not in", vpn, []string{"25.1.1.1"}, false},
		{"a card that claims the whole world", vpn, []string{"8.8.8.8"}, false},
		{"a card that claims much of IPv6", vpn, []string{"2000::1"}, false},
		{"a foreign name", name, []string{"www.example.com"}, false},
		{"a star", name, []string{"*.example.co.uk"}, false},
		{"a star for a top level", name, []string{"*.com"}, false},
		{"a star alone", address, []string{"*"}, false},
		{"an own name in xn-- form", trust.Place{Host: "xn--rser-0ra.example"}, []string{"xn--rser-0ra.example"}, true},
		{"a foreign name in xn-- form", name, []string{"xn--bnk-zna.com"}, false},
		{"a name with a final dot", name, []string{"mco.example.co.uk."}, false},
		{"a name with an underscore", name, []string{"_x.example.co.uk"}, false},
		{"an odd form of an address", address, []string{"134744072"}, false},
	} {
		t.Run(tc.what, func(t *testing.T) {
			der := sign(t, honest(append([]string{tc.at.Host}, tc.names...)...), key)
			v, err := trust.Judge(der, tc.at, now.Unix())
			if !tc.ok {
				require.ErrorIs(t, err, trust.ErrRefused)
				for _, name := range tc.names {
					assert.ErrorContains(t, err, name)
				}
				return
			}
			require.NoError(t, err)
			assert.Empty(t, v.Doubts)
			assert.Equal(t, 1024, v.Bits)
			assert.Subset(t, v.Names, []string{tc.at.Host})
			assert.Regexp(t, "^[0-9A-F]{40}$", v.Thumbprint)
			assert.Contains(t, v.Uses(), "only as a server; 1024 bits; 2026-04-01 to 2046-05-01")
		})
	}
}

// TestAddressesAsTexts: old WinINet compares an address with the DNS names only, so
// they stand there too, and are judged as addresses.
func TestAddressesAsTexts(t *testing.T) {
	key := newKey(t, 1024)
	c := honest("203.0.113.5")
	c.DNSNames = []string{"203.0.113.5", "192.168.1.5"}
	_, err := trust.Judge(sign(t, c, key), address, now.Unix())
	require.NoError(t, err)
	c.DNSNames = []string{"203.0.113.5", "8.8.8.8"}
	_, err = trust.Judge(sign(t, c, key), address, now.Unix())
	require.ErrorContains(t, err, `other sites than 203.0.113.5: "8.8.8.8"`)
}

func TestCommonName(t *testing.T) {
	key := newKey(t, 1024)
	for cn, ok := range map[string]bool{
		"": true, "Game server": true, "203.0.113.5": true, "localhost": true,
		"www.example.com": false, " www.example.com ": false, "*.com": false, "www.example.com\x00 x": false, "bänk": false,
	} {
		c := honest("203.0.113.5")
		c.Subject = pkix.Name{CommonName: cn}
		_, err := trust.Judge(sign(t, c, key), address, now.Unix())
		if ok {
			require.NoError(t, err, "%q", cn)
		} else {
			require.ErrorIs(t, err, trust.ErrRefused, "%q", cn)
		}
	}
	// A second one hides behind the first.
	c := honest("203.0.113.5")
	c.Subject.ExtraNames = []pkix.AttributeTypeAndValue{
		{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "www.example.com"}, {Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "Game server"},
	}
	_, err := trust.Judge(sign(t, c, key), address, now.Unix())
	require.ErrorContains(t, err, "www.example.com")
	// Only there: old programs take it, newer ones do not.
	c = honest()
	c.Subject.CommonName = "203.0.113.5"
	v, err := trust.Judge(sign(t, c, key), address, now.Unix())
	require.NoError(t, err)
	assert.Equal(t, []trust.Kind{trust.Name}, v.Kinds())
}

func TestForm(t *testing.T) {
	key := newKey(t, 1024)
	raw := func(id ...int) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: id, Value: []byte{0x30, 0}})
		}
	}
	for what, tc := range map[string]struct {
		change func(*x509.Certificate)
		want   string // "" is accepted
	}{
		"as it should be":    {func(*x509.Certificate) {}, ""},
		"no key usage":       {func(c *x509.Certificate) { c.KeyUsage = 0 }, ""},
		"SHA-512":            {func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA512WithRSA }, ""},
		"a CA":               {func(c *x509.Certificate) { c.IsCA = true }, "sign certificates"},
		"no constraints":     {func(c *x509.Certificate) { c.BasicConstraintsValid = false }, "sign certificates"},
		"signs certificates": {func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageCertSign }, "sign certificates"},
		"signs revocations":  {func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageCRLSign }, "sign certificates"},
		"all purposes":       {func(c *x509.Certificate) { c.ExtKeyUsage = nil }, "not limited"},
		"any purpose":        {func(c *x509.Certificate) { c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageAny) }, "other purposes"},
		"only any purpose":   {func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }, "other purposes"},
		"client too":         {func(c *x509.Certificate) { c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth) }, "other purposes"},
		"programs too":       {func(c *x509.Certificate) { c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageCodeSigning) }, "other purposes"},
		"programs only":      {func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning} }, "other purposes"},
		"an unknown purpose": {func(c *x509.Certificate) {
			c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 17}}
		}, "other purposes"},
		"no names":             {func(c *x509.Certificate) { c.IPAddresses = nil }, "names no host"},
		"a mail address":       {func(c *x509.Certificate) { c.EmailAddresses = []string{"a@example.com"} }, "other things than hosts"},
		"PSS":                  {func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA256WithRSAPSS }, "signed with SHA256-RSAPSS"},
		"ends before it is":    {func(c *x509.Certificate) { c.NotAfter = c.NotBefore.Add(-time.Hour) }, "ends before it begins"},
		"names to ask":         {func(c *x509.Certificate) { c.OCSPServer = []string{"http://spy.example/"} }, "extensions that a game server"},
		"name constraints":     {func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"example.com"} }, "2.5.29.30"},
		"Microsoft's purposes": {raw(1, 3, 6, 1, 4, 1, 311, 21, 10), "1.3.6.1.4.1.311.21.10"},
		"an unknown critical extension": {func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
		}, "1.2.3.4"},
		"a name of another kind": {func(c *x509.Certificate) {
			c.IPAddresses = nil
			value, err := asn1.Marshal([]asn1.RawValue{
				{Class: 2, Tag: 7, Bytes: []byte{203, 0, 113, 5}}, {Class: 2, Tag: 8, Bytes: []byte{0x2a, 3}},
			})
			require.NoError(t, err)
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: value}}
		}, "other things than hosts"},
	} {
		t.Run(what, func(t *testing.T) {
			c := honest("203.0.113.5")
			tc.change(c)
			v, err := trust.Judge(sign(t, c, key), address, now.Unix())
			assert.NotEmpty(t, v.Thumbprint)
			if tc.want == "" {
				require.NoError(t, err)
				assert.Empty(t, v.Doubts)
				return
			}
			require.ErrorIs(t, err, trust.ErrRefused)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestKeys(t *testing.T) {
	for file, want := range map[string]string{
		"rsa512.pem": "its key has 512 bits", "md5.pem": "signed with MD5-RSA", "rsa4096.pem": "", "rsa4104.pem": "its key has 4104 bits",
	} {
		text, err := os.ReadFile(filepath.Join("testdata", file))
		require.NoError(t, err)
		block, _ := pem.Decode(text)
		_, err = trust.Judge(block.Bytes, trust.Place{Host: "192.0.2.1"}, now.AddDate(1, 0, 0).Unix())
		if want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, want)
		}
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := honest("203.0.113.5")
	c.SignatureAlgorithm = x509.ECDSAWithSHA256
	_, err = trust.Judge(sign(t, c, curve), address, now.Unix())
	require.ErrorContains(t, err, "not an RSA key")
}

// TestOnlyOwnSignature: Windows takes what somebody else has signed for no root, and
// a broken signature is no certificate.
func TestOnlyOwnSignature(t *testing.T) {
	key, other := newKey(t, 1024), newKey(t, 1024)
	c := honest("203.0.113.5")
	parent := honest("203.0.113.5")
	parent.Subject.CommonName = "Some authority"
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), other)
	require.NoError(t, err)
	_, err = trust.Judge(der, address, now.Unix())
	require.ErrorContains(t, err, "not signed with its own key")
	der = sign(t, c, key)
	der[len(der)-1] ^= 1
	_, err = trust.Judge(der, address, now.Unix())
	require.ErrorContains(t, err, "not signed with its own key")
	_, err = trust.Judge(append(sign(t, c, key), 0), address, now.Unix())
	require.ErrorContains(t, err, "cannot be read")
	_, err = trust.Judge(make([]byte, trust.MaxSize+1), address, now.Unix())
	require.ErrorContains(t, err, "bytes")
	_, err = trust.Judge(nil, address, now.Unix())
	require.ErrorIs(t, err, trust.ErrRefused)
}

func TestDoubts(t *testing.T) {
	key := newKey(t, 1024)
	for what, tc := range map[string]struct {
		at     trust.Place
		change func(*x509.Certificate)
		when   time.Time
		want   []trust.Kind
		text   string
	}{
		"ended":          {address, nil, now.AddDate(21, 0, 0), []trust.Kind{trust.Dates}, "ended on 2046-05-01"},
		"the last day":   {address, nil, now.AddDate(20, 0, 0), nil, ""},
		"not begun":      {address, nil, now.AddDate(-1, 0, 0), []trust.Kind{trust.Dates}, "not valid before 2026-04-01"},
		"another name":   {trust.Place{Host: "gamepc", Addresses: address.Addresses}, nil, now, []trust.Kind{trust.Name}, "not made for gamepc but for 203.0.113.5"},
		"no name at all": {address, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"localhost"} }, now, []trust.Kind{trust.Name}, "but for localhost"},
		"SHA-1":          {address, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }, now, []trust.Kind{trust.SHA1}, "SHA-1"},
		"all of them": {
			trust.Place{Host: "gamepc", Addresses: address.Addresses}, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA },
			now.AddDate(30, 0, 0), []trust.Kind{trust.Dates, trust.Name, trust.SHA1}, "",
		},
	} {
		t.Run(what, func(t *testing.T) {
			c := honest("203.0.113.5")
			if tc.change != nil {
				tc.change(c)
			}
			v, err := trust.Judge(sign(t, c, key), tc.at, tc.when.Unix())
			require.NoError(t, err)
			assert.Equal(t, tc.want, v.Kinds())
			if tc.text != "" {
				assert.Contains(t, v.Doubts[0].Text, tc.text)
			}
		})
	}
}

func TestGroups(t *testing.T) {
	for what, tc := range map[string]struct {
		hosts []string
		want  [][]string
	}{
		"at home":                 {[]string{"192.168.1.5", "gamepc", "localhost", "127.0.0.1", "GamePC"}, [][]string{{"192.168.1.5", "gamepc", "localhost", "127.0.0.1"}}},
		"a rented server":         {[]string{"mco.example.org", "203.0.113.5", "vps7", "127.0.0.1"}, [][]string{{"mco.example.org"}, {"203.0.113.5"}, {"vps7", "127.0.0.1"}}},
		"names of one domain":     {[]string{"mco.example.org", "pc.example.org", "pc.example.com"}, [][]string{{"mco.example.org", "pc.example.org"}, {"pc.example.com"}}},
		"three VPNs":              {[]string{"100.64.9.9", "26.1.2.3", "25.4.5.6", "127.0.0.1"}, [][]string{{"100.64.9.9", "127.0.0.1"}, {"26.1.2.3"}, {"25.4.5.6"}}},
		"what cannot be told":     {[]string{"иван-пк", "büro", "::1", "", "*.com"}, nil},
		"a typed public suffix":   {[]string{"github.io", "duckdns.org"}, [][]string{{"github.io"}, {"duckdns.org"}}},
		"two on a dynamic domain": {[]string{"a.duckdns.org", "b.duckdns.org"}, [][]string{{"a.duckdns.org"}, {"b.duckdns.org"}}},
	} {
		t.Run(what, func(t *testing.T) {
			groups := trust.Groups(tc.hosts)
			assert.Equal(t, tc.want, groups)
			key := newKey(t, 1024)
			for _, group := range groups { // whatever of it was typed, the rest may come along
				der := sign(t, honest(group...), key)
				for _, host := range group {
					v, err := trust.Judge(der, trust.Place{Host: host}, now.Unix())
					require.NoError(t, err)
					assert.Empty(t, v.Doubts)
				}
			}
		})
	}
}

// FuzzJudge: no certificate makes it fail, and none that it lets pass could be taken
// for a site that is not the server's.
func FuzzJudge(f *testing.F) {
	key := newKey(f, 1024)
	f.Add(sign(f, honest("203.0.113.5", "localhost"), key), "203.0.113.5", "203.0.113.5")
	f.Add(sign(f, honest("mco.example.co.uk", "www.example.co.uk"), key), "mco.example.co.uk", "192.168.1.1")
	f.Add(sign(f, honest("*.com"), key), "a.com", "::1")
	f.Fuzz(func(t *testing.T, der []byte, host, resolved string) {
		place := trust.Place{Host: host, Networks: prefixes("10.0.0.0/8")}
		if addr, err := netip.ParseAddr(resolved); err == nil {
			place.Addresses = append(place.Addresses, addr)
		}
		if _, err := trust.Judge(der, place, now.Unix()); err != nil {
			require.ErrorIs(t, err, trust.ErrRefused)
			return
		}
		cert, err := x509.ParseCertificate(der)
		require.NoError(t, err)
		require.False(t, cert.IsCA)
		for _, foreign := range []string{"www.bank.example", "example.invalid", "9.9.9.9"} {
			if host != foreign && resolved != foreign && !trust.Universal(foreign) && len(trust.Groups([]string{host, foreign})) != 1 {
				require.Error(t, cert.VerifyHostname(foreign))
			}
		}
	})
}
