package web

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest/memnet"
)

// bubble runs a test against a server with a clock of its own.
func bubble(t *testing.T, server func(*fixture, net.Listener) *Server, run func(t *testing.T, p *memnet.Listener)) {
	f := newFixture(t, nil) // outside: the keys need the real time
	synctest.Test(t, func(t *testing.T) {
		p := memnet.Listen(clientAddr)
		srv := server(f, p)
		done := make(chan error, 1)
		go func() { done <- srv.Serve() }()
		run(t, p)
		assert.NoError(t, srv.Shutdown(context.Background()))
		assert.NoError(t, <-done)
	})
}

func onPlain(f *fixture, ln net.Listener) *Server  { return f.PlainServer(ln) }
func onSecure(f *fixture, ln net.Listener) *Server { return f.SecureServer(ln) }

// A byte every three seconds keeps no place, whatever it belongs to.
func TestAByteNowAndThenKeepsNoPlace(t *testing.T) {
	for name, tc := range map[string]struct {
		server func(*fixture, net.Listener) *Server
		head   string // sent at once
		byte   string // sent again and again
		limit  time.Duration
	}{
		"head":      {onPlain, "GET / HTTP/1.1\r\nHost: x\r\nX: ", "a", headerTimeout},
		"body":      {onPlain, "POST /SubscribeEntry.jsp HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\n", "a", readTimeout},
		"chunks":    {onPlain, "POST /account HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n", readTimeout},
		"blanks":    {onPlain, "", "\r\n", headerTimeout},
		"handshake": {onSecure, "\x16\x03\x01\x02\x00", "\x01", headerTimeout},
		"TLS, head": {onSecure, "", "\x16", headerTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, tc.server, func(t *testing.T, p *memnet.Listener) {
				c := p.Dial()
				go func() { _, _ = io.Copy(io.Discard, c) }()
				start := time.Now()
				_, err := io.WriteString(c, tc.head)
				for range 1000 {
					if err != nil {
						break
					}
					time.Sleep(3 * time.Second)
					_, err = io.WriteString(c, tc.byte)
				}
				require.Error(t, err, "the server has to give up")
				assert.InDelta(t, tc.limit.Seconds(), time.Since(start).Seconds(), 10)
			})
		})
	}
}

// Whole requests now and then get their answers, but the connection has an end.
func TestRequestsNowAndThenKeepNoPlace(t *testing.T) {
	bubble(t, onPlain, func(t *testing.T, p *memnet.Listener) {
		c := p.Dial()
		start := time.Now()
		in := bufio.NewReader(c)
		answers := 0
		for range 100 {
			if _, err := io.WriteString(c, "GET /Ticker HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
				break
			}
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				break
			}
			_, err = io.Copy(io.Discard, resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			answers++
			if resp.Close {
				break
			}
			time.Sleep(20 * time.Second)
		}
		assert.InDelta(t, connectionLife.Seconds(), time.Since(start).Seconds(), 25)
		assert.Greater(t, answers, 5)
	})
}

// Who reads an answer byte by byte does not hold the connection for ever either.
func TestAnswersAreReadInTime(t *testing.T) {
	bubble(t, onPlain, func(t *testing.T, p *memnet.Listener) {
		c := p.Dial()
		_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		start := time.Now()
		one := make([]byte, 1)
		var got strings.Builder
		for range 1000 {
			time.Sleep(3 * time.Second)
			if _, err = c.Read(one); err != nil {
				break
			}
			got.Write(one)
		}
		require.Error(t, err, "the server has to give up")
		assert.InDelta(t, writeTimeout.Seconds(), time.Since(start).Seconds(), 10)
		assert.True(t, strings.HasPrefix(got.String(), "HTTP/1.1 200"), got.String())
	})
}
