package pages

import (
	"context"
	"crypto/rand"
	"html/template"
	"io"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"mcos/app/admin"
	"mcos/app/record"
)

// Options are what the pages need. What may be nil leaves its page, or its part
// of one, out.
type Options struct {
	Deps
	// Admin does the operator's work.
	Admin admin.API
	// Status tells how the server is; it is asked often and must be cheap.
	Status func() admin.Status
	// CheckPassword tells whether this is the operator's password. Its error is
	// shown, for example that there were too many attempts from this address.
	CheckPassword func(ctx context.Context, from netip.Addr, password string) (bool, error)
	// HasPassword tells whether the operator has set one.
	HasPassword func() bool
	// Local tells whether a browser of this machine asks.
	Local func(*http.Request) bool
	// Cookie is the name of the cookie. Cookies do not tell ports apart, so
	// servers on one machine need different ones.
	Cookie string
	Log    logrus.FieldLogger
	// SourceURL is where the source code is; it may be empty.
	SourceURL string
	// Random makes sessions, links and the words of forms; crypto/rand when nil.
	Random io.Reader
}

// Directory finds players. Package admin's Local is one.
type Directory interface {
	// Players finds accounts by a part of their name or of that of a driver.
	Players(ctx context.Context, search string, limit int) (admin.Players, error)
	// Player shows one account.
	Player(ctx context.Context, account string) (admin.Player, error)
}

// Deps are what the pages know beyond the operator's work. The one who starts the
// server fills them in.
type Deps struct {
	// Now is the clock, time.Now when nil.
	Now func() time.Time
	// Shard is the name of this world, shown in the frame.
	Shard string
	// Directory finds players; it is needed.
	Directory Directory
	// Settings reads and changes the configuration.
	Settings Settings
	// Recorder passes on the live traffic.
	Recorder *record.Recorder
	// Setup is what a player's computer needs.
	Setup *Setup
}

// Pages answers the requests of browsers. It may be used from any goroutine.
type Pages struct {
	Options
	sessions  *sessions
	templates map[string]*template.Template
	mux       *http.ServeMux
	protect   *http.CrossOriginProtection
	health    health
	streams   atomic.Int32 // open ones, see live.go
	// closing ends what would run for ever.
	closing context.Context
	close   context.CancelFunc
}

// New makes the pages.
func New(o Options) *Pages {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	p := &Pages{Options: o, protect: http.NewCrossOriginProtection(), sessions: newSessions(o.Now, o.Random)}
	p.closing, p.close = context.WithCancel(context.Background())
	p.templates = parseTemplates(o.Now)
	p.mux = p.routes()
	return p
}

// Close ends the streams of live pages, which would otherwise hold up the end of
// the server.
func (p *Pages) Close() { p.close() }

// Link makes a link, relative to the server, that lets a browser in once within
// LinkLife.
func (p *Pages) Link() (string, error) {
	code, err := p.sessions.link()
	if err != nil {
		return "", err
	}
	return enterPath + "?code=" + code, nil
}
