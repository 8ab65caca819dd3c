package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// raw answers every connection with these bytes.
func raw(t *testing.T, answer string, secure *tls.Config) string {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	if secure != nil {
		ln = tls.NewListener(ln, secure)
	}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = conn.Read(make([]byte, 4096))
				_, _ = conn.Write([]byte(answer))
			}()
		}
	}()
	return ln.Addr().String()
}

// What a server says in the place of an answer does not come out of here as more than
// words, and none of it leads elsewhere.
func TestAnswersOfHostileServers(t *testing.T) {
	const bad = "]]><$(Start-Process calc)`x` <b>\x1b[31m\u202e MARK"
	elsewhere := raw(t, "HTTP/1.1 200 OK\r\n\r\nMARK", nil)
	for name, tc := range map[string]struct{ answer, says string }{
		"status line":      {"HTTP/1.1 500 " + bad + "\r\n\r\n", "status 500 (Internal Server Error)"},
		"unknown status":   {"HTTP/1.1 799 " + bad + "\r\n\r\n", "status 799 (unknown)"},
		"no HTTP":          {bad + "\r\n\r\n", "does not answer"},
		"bad header":       {"HTTP/1.1 200 OK\r\n" + bad + "\r\n\r\n", "does not answer"},
		"bad length":       {"HTTP/1.1 200 OK\r\nContent-Length: " + bad + "\r\n\r\n", "does not answer"},
		"bad coding":       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + bad + "\r\n", "broke off"},
		"redirection":      {"HTTP/1.1 302 " + bad + "\r\nLocation: http://" + elsewhere + "/\r\n\r\n", "leads to another address"},
		"permanent":        {"HTTP/1.1 308 X\r\nLocation: //]]><$(x)\r\n\r\n", "leads to another address"},
		"endless head":     {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2*maxHeader) + "\r\n\r\n", "does not answer"},
		"too much":         {"HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 2*maxBody), "more than"},
		"packed too much":  {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + bad, "not one that the game can use"},
		"something else":   {"HTTP/1.1 200 OK\r\n\r\n" + bad, "not one that the game can use"},
		"nothing":          {"", "does not answer"},
		"other protocol":   {"HTTP/1.1 101 " + bad + "\r\nUpgrade: x\r\n\r\n", "status 101"},
		"status of a word": {"HTTP/1.1 " + bad + "\r\n\r\n", "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			config := &tls.Config{Certificates: []tls.Certificate{certificate(t, func(c *x509.Certificate) { c.DNSNames = nil })}}
			login := raw(t, tc.answer, config)
			for _, plain := range []string{raw(t, tc.answer, nil), raw(t, "HTTP/1.1 200 OK\r\n\r\n", nil)} { // both answer so, or the login alone
				a := Machine()
				a.Now = func() time.Time { return now }
				a.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					to := plain
					if strings.HasSuffix(address, ":443") {
						to = login
					}
					return (&net.Dialer{}).DialContext(ctx, network, to)
				}
				_, err := a.Fetch(t.Context(), "203.0.113.5")
				require.ErrorContains(t, err, tc.says)
				assert.NotContains(t, err.Error(), "MARK <", "its words as they came")
				for _, r := range err.Error() {
					assert.True(t, r == '\n' || unicode.IsPrint(r), "%q in %q", r, err)
					assert.NotContains(t, "<>`$", string(r), fmt.Sprint(err))
				}
			}
		})
	}
}
