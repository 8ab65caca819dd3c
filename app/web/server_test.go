package web

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/limits"
)

// fakeListener gives real connections the remote address of the test's choice.
type fakeListener struct {
	net.Listener
	remote string
}

type fakeConn struct {
	net.Conn
	remote net.Addr
}

func (l fakeListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return fakeConn{c, &net.TCPAddr{IP: net.ParseIP(l.remote), Port: 4000}}, nil
}

func (c fakeConn) RemoteAddr() net.Addr { return c.remote }

// start serves on a free port until the test ends and returns the address.
func start(t *testing.T, server func(net.Listener) *Server) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := server(fakeListener{ln, clientAddr})
	done := make(chan error, 1)
	go func() { done <- srv.Serve() }()
	t.Cleanup(func() {
		assert.NoError(t, srv.Shutdown(context.Background()))
		assert.NoError(t, <-done)
	})
	return ln.Addr().String()
}

// ask sends one raw request and returns the whole answer.
func ask(t *testing.T, c net.Conn, request string) string {
	t.Helper()
	_, err := io.WriteString(c, request)
	require.NoError(t, err)
	answer, err := io.ReadAll(c)
	require.NoError(t, err)
	return string(answer)
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// clientConfig is a client of the given TLS version with one cipher. It trusts
// the server's certificate only.
func clientConfig(t *testing.T, f *fixture, version, suite uint16) *tls.Config {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(f.ring.Current().Certificates[0].Certificate)
	c := &tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: version, MaxVersion: version}
	if suite != 0 {
		c.CipherSuites = []uint16{suite}
	}
	return c
}

func TestTLSVersionsAndCiphers(t *testing.T) {
	f := newFixture(t, nil)
	addr := start(t, f.SecureServer)
	for _, c := range []struct {
		version, suite uint16
	}{
		{tls.VersionTLS10, tls.TLS_RSA_WITH_RC4_128_SHA},
		{tls.VersionTLS10, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA},
		{tls.VersionTLS10, tls.TLS_RSA_WITH_AES_128_CBC_SHA},
		{tls.VersionTLS10, tls.TLS_RSA_WITH_AES_256_CBC_SHA},
		{tls.VersionTLS10, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA},
		{tls.VersionTLS11, tls.TLS_RSA_WITH_AES_128_CBC_SHA},
		{tls.VersionTLS12, tls.TLS_RSA_WITH_RC4_128_SHA},
		{tls.VersionTLS12, tls.TLS_RSA_WITH_AES_128_CBC_SHA256},
		{tls.VersionTLS12, tls.TLS_RSA_WITH_AES_256_GCM_SHA384},
		{tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
		{tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256},
		{tls.VersionTLS13, 0},
	} {
		t.Run(fmt.Sprintf("%s %s", tls.VersionName(c.version), tls.CipherSuiteName(c.suite)), func(t *testing.T) {
			conn := tls.Client(dial(t, addr), clientConfig(t, f, c.version, c.suite))
			require.NoError(t, conn.Handshake())
			state := conn.ConnectionState()
			assert.Equal(t, c.version, state.Version)
			if c.suite != 0 {
				assert.Equal(t, c.suite, state.CipherSuite)
			}
			// An HTTP/1.0 client, so that the server closes after the answer.
			answer := ask(t, conn, "GET /AuthLogin?username=marty&password=OUTATIM3 HTTP/1.0\r\n\r\n")
			assert.True(t, strings.HasPrefix(answer, "HTTP/1.0 200 OK\r\n"), answer)
			assert.Contains(t, answer, "\r\nContent-Length: 52\r\n")
			_, body, _ := strings.Cut(answer, "\r\n\r\n")
			assert.Regexp(t, accepted, body)
		})
	}
}

func TestTLSWithoutServerName(t *testing.T) {
	f := newFixture(t, nil)
	addr := start(t, f.SecureServer)
	for _, name := range []string{"", "unknown.example"} {
		conn := tls.Client(dial(t, addr), &tls.Config{ServerName: name, InsecureSkipVerify: true}) //nolint:gosec // compared below
		require.NoError(t, conn.Handshake())
		assert.True(t, conn.ConnectionState().PeerCertificates[0].Equal(f.ring.Current().Certificates[0].Certificate))
	}
}

func TestModernClientsGetModernCiphers(t *testing.T) {
	f := newFixture(t, nil)
	addr := start(t, f.SecureServer)
	cfg := clientConfig(t, f, tls.VersionTLS12, 0)
	cfg.CipherSuites = []uint16{tls.TLS_RSA_WITH_RC4_128_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
	conn := tls.Client(dial(t, addr), cfg)
	require.NoError(t, conn.Handshake())
	assert.Equal(t, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, conn.ConnectionState().CipherSuite)

	cfg = clientConfig(t, f, 0, 0)
	cfg.MinVersion, cfg.MaxVersion, cfg.NextProtos = tls.VersionTLS10, 0, []string{"h2", "http/1.1"}
	conn = tls.Client(dial(t, addr), cfg)
	require.NoError(t, conn.Handshake())
	assert.EqualValues(t, tls.VersionTLS13, conn.ConnectionState().Version)
	assert.Equal(t, "http/1.1", conn.ConnectionState().NegotiatedProtocol, "no HTTP/2")
}

func TestTLSMin12(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Config.TLSMin = "1.2" })
	addr := start(t, f.SecureServer)
	for _, c := range []struct{ version, suite uint16 }{
		{tls.VersionTLS10, tls.TLS_RSA_WITH_AES_128_CBC_SHA},
		{tls.VersionTLS11, tls.TLS_RSA_WITH_AES_128_CBC_SHA},
		{tls.VersionTLS12, tls.TLS_RSA_WITH_RC4_128_SHA},
		{tls.VersionTLS12, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA},
	} {
		assert.Error(t, tls.Client(dial(t, addr), clientConfig(t, f, c.version, c.suite)).Handshake())
	}
	require.NoError(t, tls.Client(dial(t, addr), clientConfig(t, f, tls.VersionTLS12, tls.TLS_RSA_WITH_AES_128_CBC_SHA)).Handshake())
	require.NoError(t, tls.Client(dial(t, addr), clientConfig(t, f, tls.VersionTLS13, 0)).Handshake())
}

func TestHandshakeFailuresAreExplained(t *testing.T) {
	f := newFixture(t, nil)
	addr := start(t, f.SecureServer)
	// An SSLv2 hello as Windows XP with IE6 sends it (web-and-client 8.3).
	hello := "\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + "\x01\x00\x80\x02\x00\x80\x03\x00\x80\x04\x00\x80\x05\x00\x80\x06\x00\x40\x07\x00\xc0" + "0123456789abcdef"
	ask(t, dial(t, addr), hello)
	assert.Contains(t, f.logged.String(), "untick it and tick TLS 1.0")

	// Plain HTTP on the TLS port gets an answer and leaves no query in the log.
	ask(t, dial(t, addr), "GET /AuthLogin?username=marty&password=OUTATIM3 HTTP/1.0\r\n\r\n")
	assert.NotContains(t, f.logged.String(), "OUTATIM3")
}

func TestPlainServer(t *testing.T) {
	f := newFixture(t, nil)
	addr := start(t, f.PlainServer)
	answer := ask(t, dial(t, addr), "GET /ShardList/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	head, body, _ := strings.Cut(answer, "\r\n\r\n")
	assert.Contains(t, head, "HTTP/1.1 200 OK\r\n")
	assert.NotContains(t, head, "chunked")
	assert.Equal(t, strings.ReplaceAll(clocktower, serverAddr, "127.0.0.1"), body, "the address this client has reached")

	answer = ask(t, dial(t, addr), "HEAD /ShardList/ HTTP/1.0\r\n\r\n")
	assert.Contains(t, answer, fmt.Sprintf("\r\nContent-Length: %d\r\n", len(body)))
	assert.True(t, strings.HasSuffix(answer, "\r\n\r\n"), "HEAD has no body")
	for path, rt := range routes {
		if rt.methods == nil {
			continue
		}
		answer = ask(t, dial(t, addr), "HEAD "+path+" HTTP/1.0\r\n\r\n")
		assert.True(t, strings.HasSuffix(answer, "\r\n\r\n"), path)
		assert.Contains(t, answer, "Content-Length: ", path)
	}

	answer = ask(t, dial(t, addr), "POST /games/EA_Seattle/MotorCity/NPS HTTP/1.0\r\nContent-Type: odd\r\nContent-Length: 70000\r\n\r\n"+strings.Repeat("x", 70000))
	assert.True(t, strings.HasSuffix(answer, "\r\n\r\n\xCA\xFE\xBE\xEF\x00\x00\x00\x00\x00\x00\x03"), "with a large body too")
}

func TestMalformedRequestsLeaveNoTrace(t *testing.T) {
	f := newFixture(t, nil)
	addr := start(t, f.PlainServer)
	for _, request := range []string{
		"GET /AuthLogin?username=marty&password=OUT ATIM3TOPSECRET HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /AuthLogin?password=TOPSECRET HTTP/9.9\r\n\r\n",
		"GET /AuthLogin?password=TOPSECRET HTTP/1.1\r\n\r\n",
		"GET /%zzTOPSECRET HTTP/1.1\r\nHost: x\r\n\r\n",
		"TOPSECRET\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nTOPSECRET\r\n\r\n",
	} {
		answer := ask(t, dial(t, addr), request)
		assert.True(t, strings.HasPrefix(answer, "HTTP/1.1 4") || strings.HasPrefix(answer, "HTTP/1.1 505"), "%q -> %q", request, answer)
	}
	// More than the server wants to read: it may hang up before all is sent.
	long := dial(t, addr)
	_, _ = io.WriteString(long, "GET /?"+strings.Repeat("TOPSECRET", 3000)+" HTTP/1.1\r\nHost: x\r\n\r\n")
	answer, _ := io.ReadAll(long)
	assert.NotContains(t, string(answer), "200 OK")
	assert.NotContains(t, f.logged.String(), "TOPSECRET")
}

func TestErrorLogWithholdsTexts(t *testing.T) {
	f := newFixture(t, nil)
	logger := f.server(nil, nil, nil).http.ErrorLog
	logger.Print("http: panic serving 203.0.113.7:1: password=TOPSECRET")
	logger.Print("http: Accept error: too many open files; retrying in 5ms")
	logger.Print("http: TLS handshake error from 203.0.113.7:1: remote error: tls: unknown certificate authority")
	assert.NotContains(t, f.logged.String(), "TOPSECRET")
	assert.Contains(t, f.logged.String(), "text is withheld")
	assert.Contains(t, f.logged.String(), "too many open files")
	assert.Contains(t, f.logged.String(), `remote="203.0.113.7:1"`)
	assert.Contains(t, f.logged.String(), "install server.crt")
}

func TestConnectionLimit(t *testing.T) {
	lim, err := limits.New(limits.Config{ConnectionsPerAddress: 2}, nil)
	require.NoError(t, err)
	f := newFixture(t, func(o *Options) { o.Limits = lim })
	addr := start(t, f.PlainServer)
	answers := func(c net.Conn) error {
		if _, err := io.WriteString(c, "GET /ticker HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return err
		}
		r, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			return err
		}
		defer func() { _ = r.Body.Close() }()
		_, err = io.Copy(io.Discard, r.Body)
		return err
	}
	first, second := dial(t, addr), dial(t, addr)
	require.NoError(t, answers(first))
	require.NoError(t, answers(second))
	require.Error(t, answers(dial(t, addr)))

	// The server closes the first one itself, and gives its place back before.
	ask(t, first, "GET /ticker HTTP/1.0\r\n\r\n")
	require.NoError(t, answers(dial(t, addr)))
}

func TestServerLimits(t *testing.T) {
	f := newFixture(t, nil)
	for _, srv := range []*Server{f.PlainServer(nil), f.SecureServer(nil)} {
		h := srv.http
		assert.Equal(t, 16<<10, h.MaxHeaderBytes)
		assert.NotZero(t, h.ReadHeaderTimeout)
		assert.NotZero(t, h.ReadTimeout)
		assert.NotZero(t, h.WriteTimeout)
		assert.NotZero(t, h.IdleTimeout)
		assert.NotNil(t, h.TLSNextProto)
		assert.Empty(t, h.TLSNextProto)
	}
}
