package web

import (
	"context"
	"crypto/tls"
	"errors"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
)

// What one connection may take. Every request and answer is small, even over a
// modem. The library counts each of these times from its beginning, so a byte now and
// then gains nothing.
const (
	headerTimeout  = 10 * time.Second // also bounds the TLS handshake
	readTimeout    = 20 * time.Second
	writeTimeout   = 60 * time.Second // from the header's end, so it covers the wait for the password check
	idleTimeout    = 30 * time.Second
	maxHeaderBytes = 16 << 10
	// connectionLife is how long a connection may be kept for further requests: who
	// asks for something now and then must not hold a place for ever.
	connectionLife = 2 * time.Minute
)

// Server serves one listener.
type Server struct {
	http   *http.Server
	ln     net.Listener
	secure bool
}

// PlainServer makes the server of the plain HTTP port.
func (s *Service) PlainServer(ln net.Listener) *Server {
	return s.server(ln, s.Plain(), nil)
}

// SecureServer makes the server of the TLS port; ln gives plain TCP connections.
func (s *Service) SecureServer(ln net.Listener) *Server {
	return s.server(ln, s.Secure(), TLSConfig(s.Config.TLSMin, s.Keys.GetCertificate))
}

func (s *Service) server(ln net.Listener, h http.Handler, cfg *tls.Config) *Server {
	logger := s.Log.WithField("service", "http")
	if cfg != nil {
		logger = s.Log.WithField("service", "https")
	}
	return &Server{
		http: &http.Server{
			Handler:           shortLived(h),
			ConnContext:       born,
			TLSConfig:         cfg,
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeaderBytes,
			// Not nil but empty: no HTTP/2, which the old ciphers rule out.
			TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
			ErrorLog:     log.New(&errorLog{logger}, "", 0),
		},
		ln:     &limitListener{Listener: ln, limits: s.Limits},
		secure: cfg != nil,
	}
}

// bornKey is where a request finds when its connection began.
type bornKey struct{}

func born(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, bornKey{}, time.Now())
}

// shortLived ends a connection with the first answer after its time.
func shortLived(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if at, ok := r.Context().Value(bornKey{}).(time.Time); ok && time.Since(at) >= connectionLife {
			w.Header().Set("Connection", "close")
		}
		h.ServeHTTP(w, r)
	})
}

// Serve answers requests until Shutdown is called; then it returns nil. Any other
// return is an error of the listener.
func (srv *Server) Serve() error {
	var err error
	if srv.secure {
		err = srv.http.ServeTLS(srv.ln, "", "")
	} else {
		err = srv.http.Serve(srv.ln)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Shutdown closes the listener and lets the requests that run finish, as long as
// ctx allows; what still runs then is cut off and the context's error returned.
func (srv *Server) Shutdown(ctx context.Context) error {
	err := srv.http.Shutdown(ctx)
	if err != nil {
		_ = srv.http.Close()
	}
	return err
}

// limitListener refuses connections from addresses that hold too many.
type limitListener struct {
	net.Listener
	limits Limits
}

func (l *limitListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		remote := addrOf(c.RemoteAddr())
		if l.limits.Connect(remote) {
			return &limitConn{Conn: c, limits: l.limits, remote: remote}, nil
		}
		_ = c.Close()
	}
}

// limitConn gives its place back when it is closed.
type limitConn struct {
	net.Conn
	limits Limits
	remote netip.Addr
	once   sync.Once
}

func (c *limitConn) Close() error {
	c.once.Do(func() { c.limits.Disconnect(c.remote) })
	return c.Conn.Close()
}

// errorLog takes what the HTTP library logs by itself. Only messages that cannot
// quote a request are passed on.
type errorLog struct{ log logrus.FieldLogger }

const handshakePrefix = "http: TLS handshake error from "

// handshakeHints say what a failed handshake most likely means.
var handshakeHints = []struct{ text, hint string }{
	{"unsupported SSLv2 handshake", "the player's Windows offers SSL 2.0: untick it and tick TLS 1.0 in Internet Options"},
	{"unsupported versions", "the player's Windows offers no TLS version that web.tls_min allows"},
	{"no cipher suite supported", "the player's Windows shares no cipher with this server"},
	{"unknown certificate", "the player's Windows does not trust this server's certificate: install server.crt"},
	{"bad certificate", "the player's Windows does not trust this server's certificate: install server.crt"},
}

// Write takes one line of the library's log.
func (e *errorLog) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	if rest, ok := strings.CutPrefix(text, handshakePrefix); ok {
		from, reason, _ := strings.Cut(rest, ": ")
		entry := e.log.WithFields(logrus.Fields{"remote": from, "reason": reason})
		for _, h := range handshakeHints {
			if strings.Contains(reason, h.text) {
				entry = entry.WithField("hint", h.hint)
				break
			}
		}
		entry.Info("TLS handshake failed")
	} else if strings.HasPrefix(text, "http: Accept error: ") {
		e.log.WithField("reason", text).Warn("cannot accept a connection")
	} else {
		e.log.Warn("the HTTP library reported a problem; its text is withheld because it may quote a request")
	}
	return len(line), nil
}
