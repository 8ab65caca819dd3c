package remote

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	protocol "mcos/protocol/client"
	"mcos/protocol/client/trust"
)

var now = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

var tlsKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		panic(err)
	}
	return key
})

func pubKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	text, err := protocol.PubKey(&key.PublicKey)
	require.NoError(t, err)
	return text
}

func certificate(t *testing.T, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0), BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, DNSNames: []string{"mco.example.org"}, IPAddresses: []net.IP{net.IPv4(203, 0, 113, 5)},
	}
	if change != nil {
		change(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &tlsKey().PublicKey, tlsKey())
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: tlsKey()}
}

// world is a network with a server in it. What is dialled reaches its ports whatever
// the address.
type world struct {
	plain, secure http.Handler
	config        *tls.Config
	port          string            // of the login, 443 when empty
	closed        map[string]bool   // ports that refuse
	dialled       []string          // addresses, in order
	names         map[string]string // addresses by names
	networks      []netip.Prefix
}

func newWorld(t *testing.T) (*world, string) {
	key := pubKey(t)
	w := &world{
		config: &tls.Config{Certificates: []tls.Certificate{certificate(t, nil)}, MinVersion: tls.VersionTLS10},
		names:  map[string]string{"mco.example.org": "203.0.113.5"}, closed: map[string]bool{},
	}
	w.plain = http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if w.port != "" {
			rw.Header().Set(protocol.LoginPortHeader, w.port)
		}
		fmt.Fprint(rw, "anything")
	})
	w.secure = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/key" {
			fmt.Fprint(rw, key)
			return
		}
		http.NotFound(rw, r)
	})
	return w, key
}

func (w *world) fetch(t *testing.T, address string) (s struct {
	key, thumb string
	doubts     []trust.Kind
}, err error,
) {
	t.Helper()
	plain := httptest.NewServer(w.plain)
	defer plain.Close()
	secure := httptest.NewUnstartedServer(w.secure)
	secure.TLS = w.config
	secure.StartTLS()
	defer secure.Close()
	a := Asker{
		Now: func() time.Time { return now }, Networks: func() []netip.Prefix { return w.networks },
		Resolve: func(_ context.Context, name string) ([]netip.Addr, error) {
			var addrs []netip.Addr
			for text := range strings.FieldsSeq(w.names[name]) {
				addr, err := netip.ParseAddr(text)
				if err != nil {
					return nil, err
				}
				addrs = append(addrs, addr)
			}
			if len(addrs) == 0 {
				return nil, errors.New("no such host")
			}
			return addrs, nil
		},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			w.dialled = append(w.dialled, address)
			_, port, err := net.SplitHostPort(address)
			if err != nil || w.closed[port] {
				return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
			}
			to := secure.Listener.Addr()
			if port == "80" || port == "8080" {
				to = plain.Listener.Addr()
			}
			return (&net.Dialer{}).DialContext(ctx, network, to.String())
		},
	}
	server, err := a.Fetch(t.Context(), address)
	s.key, s.doubts = server.PubKey, server.Trust.Kinds()
	if server.CertDER != nil {
		s.thumb = server.Thumbprint()
	}
	return s, err
}

func TestFetch(t *testing.T) {
	for address, want := range map[string][]string{
		"mco.example.org":      {"203.0.113.5:80", "203.0.113.5:443"},
		"mco.example.org:8080": {"203.0.113.5:8080", "203.0.113.5:443"},
	} {
		w, key := newWorld(t)
		s, err := w.fetch(t, address)
		require.NoError(t, err)
		assert.Equal(t, key, s.key)
		assert.Empty(t, s.doubts)
		assert.Equal(t, want, w.dialled)
	}
}

// TestKeyComesWithTheCertificate: what the plain pages say of key and certificate
// counts for nothing.
func TestKeyComesWithTheCertificate(t *testing.T) {
	w, key := newWorld(t)
	w.plain = http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, pubKey(t)) })
	s, err := w.fetch(t, "mco.example.org")
	require.NoError(t, err)
	assert.Equal(t, key, s.key)

	// Somebody who has another key than the certificate's can show it, but not use it.
	other, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS12, tls.VersionTLS13} {
		for _, suite := range []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA} {
			w.config = &tls.Config{
				Certificates: []tls.Certificate{{Certificate: w.config.Certificates[0].Certificate, PrivateKey: other}},
				MinVersion:   version, MaxVersion: version, CipherSuites: []uint16{suite},
			}
			_, err = w.fetch(t, "mco.example.org")
			require.Error(t, err)
		}
	}
}

func TestOldLoginsAreUnderstood(t *testing.T) {
	w, key := newWorld(t)
	for _, suite := range []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA} {
		w.config.MaxVersion, w.config.CipherSuites = tls.VersionTLS10, []uint16{suite}
		s, err := w.fetch(t, "mco.example.org")
		require.NoError(t, err)
		assert.Equal(t, key, s.key)
	}
}

func TestLoginPort(t *testing.T) {
	w, _ := newWorld(t)
	w.port = "8443"
	_, err := w.fetch(t, "mco.example.org")
	require.NoError(t, err)
	assert.Equal(t, []string{"203.0.113.5:80", "203.0.113.5:8443"}, w.dialled)

	w.dialled, w.closed["8443"] = nil, true // a router leads 443 to it
	_, err = w.fetch(t, "mco.example.org")
	require.NoError(t, err)
	assert.Equal(t, []string{"203.0.113.5:80", "203.0.113.5:8443", "203.0.113.5:443"}, w.dialled)

	w.closed["443"] = true
	_, err = w.fetch(t, "mco.example.org")
	require.ErrorContains(t, err, "the server's login does not answer")
	for _, nonsense := range []string{"0", "-1", "99999", "x"} {
		w.port, w.dialled, w.closed = nonsense, nil, map[string]bool{}
		_, err = w.fetch(t, "mco.example.org")
		require.NoError(t, err)
		assert.Equal(t, "203.0.113.5:443", w.dialled[1])
	}
}

func TestRefused(t *testing.T) {
	redirect := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "http://elsewhere.example/", http.StatusFound)
	})
	for name, tc := range map[string]struct {
		change func(*world)
		want   string
	}{
		"a foreign name": {func(w *world) {
			w.config.Certificates[0] = certificate(t, func(c *x509.Certificate) { c.DNSNames = []string{"www.example.com"} })
		}, "www.example.com"},
		"a CA":                {func(w *world) { w.config.Certificates[0] = certificate(t, func(c *x509.Certificate) { c.IsCA = true }) }, "could sign certificates"},
		"an unknown name":     {func(w *world) { w.names = nil }, "cannot be found"},
		"a redirect":          {func(w *world) { w.plain = redirect }, "leads to another address"},
		"a redirect of login": {func(w *world) { w.secure = redirect }, "leads to another address"},
		"no key":              {func(w *world) { w.secure = http.NotFoundHandler() }, "is this a server for the game?"},
		"a wrong key":         {func(w *world) { w.secure = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}) }, "is not one that the game can use"},
		"an endless key": {func(w *world) {
			w.secure = http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, strings.Repeat("0", maxBody+1)) })
		}, "more than 65536 bytes"},
		"no web":   {func(w *world) { w.closed["80"] = true }, "the server does not answer"},
		"no login": {func(w *world) { w.closed["443"] = true }, "the server's login does not answer"},
		"another key": {func(w *world) {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			require.NoError(t, err)
			c := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"mco.example.org"}, BasicConstraintsValid: true}
			der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
			require.NoError(t, err)
			w.config.Certificates[0] = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
		}, "not an RSA key"},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := newWorld(t)
			tc.change(w)
			_, err := w.fetch(t, "mco.example.org")
			require.ErrorContains(t, err, tc.want)
		})
	}
}

// TestWhatThisComputerKnows: the names that a certificate may hold depend on what the
// typed one resolves to and on this computer's networks.
func TestWhatThisComputerKnows(t *testing.T) {
	w, _ := newWorld(t)
	w.config.Certificates[0] = certificate(t, func(c *x509.Certificate) {
		c.DNSNames, c.IPAddresses = nil, []net.IP{net.IPv4(26, 1, 2, 3)}
	})
	w.names["racer.lan"] = "203.0.113.5"
	_, err := w.fetch(t, "racer.lan")
	require.ErrorIs(t, err, trust.ErrRefused)
	w.networks = []netip.Prefix{netip.MustParsePrefix("26.0.0.0/8")}
	s, err := w.fetch(t, "racer.lan")
	require.NoError(t, err)
	assert.Equal(t, []trust.Kind{trust.Name}, s.doubts)
	w.networks, w.names["racer.lan"] = nil, "26.1.2.3"
	_, err = w.fetch(t, "racer.lan")
	require.NoError(t, err)
	assert.NotEmpty(t, networks(), "of this computer")
}

// Whoever owns a name can have it lead to somebody else's address as well; that says
// nothing about who holds the certificate.
func TestAddressesOfOthersProveNothing(t *testing.T) {
	w, _ := newWorld(t)
	w.config.Certificates[0] = certificate(t, func(c *x509.Certificate) {
		c.DNSNames, c.IPAddresses = []string{"racer.example.org"}, []net.IP{net.IPv4(192, 0, 2, 53)}
	})
	w.names["racer.example.org"] = "203.0.113.5 192.0.2.53"
	_, err := w.fetch(t, "racer.example.org")
	require.ErrorIs(t, err, trust.ErrRefused)
	w.names["racer.example.org"] = "192.0.2.53"
	_, err = w.fetch(t, "racer.example.org")
	require.NoError(t, err, "the one at which it was proved")
}
