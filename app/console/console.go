package console

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/sirupsen/logrus"

	"mcos/app/admin"
	"mcos/app/console/client"
	"mcos/app/console/pages"
	"mcos/app/datadir"
	"mcos/app/passwords"
)

// What one request may take. Those that read the whole store get longer.
const (
	headerTimeout  = 5 * time.Second
	readTimeout    = 30 * time.Second
	writeTimeout   = 30 * time.Second
	longTimeout    = time.Hour
	idleTimeout    = time.Minute
	maxHeaderBytes = 16 << 10
)

// Options are what the console needs. Ready, Stop, Now, Random and Guesses may be nil.
type Options struct {
	Dir datadir.Dir
	// Note is the file that tells every user of this computer where the console is;
	// "" for none.
	Note   string
	Config Config
	Admin  admin.API
	// Status tells how the server is; it is asked often and must be cheap.
	Status func() admin.Status
	// Ready tells whether players can play; nil means always.
	Ready func() bool
	// Stop has the server end, as a signal does, and returns at once; nil where that
	// is up to somebody else, such as the system's service manager.
	Stop func()
	Log  logrus.FieldLogger
	// Hasher checks the operator's password.
	Hasher *passwords.Hasher
	// Guesses counts wrong passwords of all services; nil counts the console's own
	// only.
	Guesses Guesses
	// Pages are what the operator's pages show beyond the operator's work.
	Pages pages.Deps
	// SourceURL is where the source code is, for the page; it may be empty.
	SourceURL string
	// Now tells the time for the limits, time.Now when nil.
	Now func() time.Time
	// Random is the source of a new token, crypto/rand when nil.
	Random io.Reader
}

// Guesses counts wrong passwords by the address they come from; *limits.Limiter does it.
type Guesses interface {
	// MayGuess reports whether a password from an address is to be looked at.
	MayGuess(netip.Addr) bool
	// WrongGuess counts a wrong one.
	WrongGuess(netip.Addr)
}

// Console answers the requests. It may be used from any goroutine.
type Console struct {
	Options
	token    string
	visitors *visitors
	pages    *pages.Pages
}

// New makes the console and, on the first start, its token. Its errors name the
// file.
func New(o Options) (*Console, error) {
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := o.Config.Check(); err != nil {
		return nil, err
	}
	token, err := loadToken(o.Dir.ConsoleToken(), o.Random)
	if err != nil {
		return nil, err
	}
	o.Log = o.Log.WithField("service", "console")
	c := &Console{Options: o, token: token, visitors: newVisitors(o.Now)}
	c.pages = pages.New(pages.Options{
		Deps: o.Pages, Admin: o.Admin, Status: o.Status, CheckPassword: c.checkPassword, HasPassword: c.hasPassword, Local: local,
		Cookie: "mcos_" + client.Proof(token, "cookie")[:8], Log: o.Log, SourceURL: o.SourceURL, Random: o.Random,
	})
	return c, nil
}

// Server serves one listener.
type Server struct {
	http *http.Server
	ln   net.Listener
	addr string // file that names the listener
	note string // the same for every user, "" for none
	// identity is what the note says besides.
	identity string
	// endStreams ends the answers that would go on for ever.
	endStreams func()
}

// Server makes the server for a listener.
func (c *Console) Server(ln net.Listener) *Server {
	return &Server{
		http: &http.Server{
			Handler:           c.Handler(),
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeaderBytes,
			ErrorLog:          log.New(&errorLog{c.Log}, "", 0),
		},
		ln:         ln,
		addr:       c.Dir.ConsoleAddr(),
		note:       c.Note,
		identity:   client.Identity(c.token),
		endStreams: c.pages.Close,
	}
}

// Announce writes the file that tells other programs where the server is. It may
// be called before Serve: who connects in between waits. Shutdown and Close
// remove the file.
func (s *Server) Announce() error {
	at := s.ln.Addr().String()
	// Who listens on all addresses listens on loopback, too.
	if addr, err := netip.ParseAddrPort(at); err == nil && addr.Addr().IsUnspecified() {
		at = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), addr.Port()).String()
	}
	if s.note != "" {
		if err := writeNote(s.note, client.Note{Address: at, Identity: s.identity}); err != nil {
			return fmt.Errorf("the note for the users of this computer: %w", err)
		}
	}
	return writeAddr(s.addr, at)
}

// withdraw removes what Announce has written.
func (s *Server) withdraw() {
	_ = os.Remove(s.addr)
	if s.note != "" {
		_ = os.Remove(s.note)
	}
}

// Serve answers requests until Shutdown or Close; then it returns nil. Any other
// return is an error of the listener.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Shutdown closes the listener and lets the requests that run finish, as long as
// ctx allows.
func (s *Server) Shutdown(ctx context.Context) error {
	s.withdraw()
	s.endStreams()
	return s.http.Shutdown(ctx)
}

// Close closes the listener and all connections.
func (s *Server) Close() error {
	s.withdraw()
	s.endStreams()
	return s.http.Close()
}

// errorLog takes what the HTTP library logs by itself; its texts may quote a
// request and are not passed on.
type errorLog struct{ log logrus.FieldLogger }

// Write takes one line of the library's log.
func (e *errorLog) Write(line []byte) (int, error) {
	e.log.Warn("the HTTP library reported a problem; its text is withheld because it may quote a request")
	return len(line), nil
}
