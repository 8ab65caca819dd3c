package web

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"

	"mcos/app/accounts"
	"mcos/app/keys"
	"mcos/app/limits"
	"mcos/app/netaddr"
	"mcos/app/passwords"
	"mcos/app/session"
	"mcos/storage"
	"mcos/storage/catalog"
)

// The addresses of the tests: a server and a stranger far away.
const (
	serverAddr = "192.0.2.1"
	clientAddr = "203.0.113.7"
)

// book is a set of accounts in memory, with the rules of the real one.
type book struct {
	mu        sync.Mutex
	passwords map[string]string // by lower-case name
	err       error             // what Authenticate and Create return, if not nil
	calls     int
}

func (b *book) Authenticate(_ context.Context, name, password string) (storage.Account, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	if b.err != nil {
		return storage.Account{}, b.err
	}
	want, ok := b.passwords[strings.ToLower(name)]
	if !ok || want != password {
		return storage.Account{}, accounts.ErrWrong
	}
	return storage.Account{ID: 5551212, Name: strings.ToLower(name)}, nil
}

func (b *book) Create(_ context.Context, name, password string) (storage.Account, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	if b.err != nil {
		return storage.Account{}, b.err
	}
	if err := accounts.ValidName(name); err != nil {
		return storage.Account{}, err
	}
	if err := passwords.Valid(password); err != nil {
		return storage.Account{}, err
	}
	if _, taken := b.passwords[strings.ToLower(name)]; taken {
		return storage.Account{}, storage.ErrNameTaken
	}
	b.passwords[strings.ToLower(name)] = password
	return storage.Account{ID: 5551213, Name: name}, nil
}

func (b *book) CreateInvited(ctx context.Context, name, password, code string) (storage.Account, error) {
	if code != "AAAA-BBBB-CCCC" {
		return storage.Account{}, accounts.ErrInvite
	}
	return b.Create(ctx, name, password)
}

func (b *book) ChangePassword(ctx context.Context, name, password, next string) error {
	if _, err := b.Authenticate(ctx, name, password); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.passwords[strings.ToLower(name)] = next
	return nil
}

func (b *book) RemoveOwn(ctx context.Context, name, password string) error {
	if _, err := b.Authenticate(ctx, name, password); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.passwords, strings.ToLower(name))
	return nil
}

// safeBuffer is a log's destination that a server's goroutines may share.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// advertiser is the real one, on a computer with one card.
func advertiser(publicHost string) *netaddr.Advertiser {
	quiet := logrus.New()
	quiet.SetOutput(io.Discard)
	return netaddr.New(netaddr.Options{
		Settings: netaddr.Settings{PublicHost: publicHost}, Computer: "garage", Now: time.Now, Log: quiet,
		Look: func() (netaddr.Machine, error) {
			return netaddr.Machine{Cards: []netaddr.Card{{Name: "eth0", Networks: []netip.Prefix{netip.MustParsePrefix(serverAddr + "/24")}}}}, nil
		},
	})
}

type fixture struct {
	*Service
	book    *book
	tickets *session.Manager
	ring    *keys.Ring
	logged  *safeBuffer
	now     time.Time
}

// sharedRing makes the keys of all tests: they take longest of all.
var sharedRing = sync.OnceValues(func() (*keys.Ring, error) {
	dir, err := osMkdirTemp()
	if err != nil {
		return nil, err
	}
	return keys.Open(dir, keys.Default(), func() []string { return []string{"localhost", "127.0.0.1"} }, time.Now)
})

func newFixture(t testing.TB, adjust func(*Options)) *fixture {
	t.Helper()
	f := &fixture{
		logged: &safeBuffer{},
		book:   &book{passwords: map[string]string{"marty": "OUTATIM3"}},
		now:    time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	clock := func() time.Time { return f.now }
	f.tickets = session.NewManager(clock, session.IdleLife)
	var err error
	f.ring, err = sharedRing()
	require.NoError(t, err)
	lim, err := limits.New(limits.Config{ConnectionsPerAddress: 100, WrongPasswords: 1000, WrongPasswordEvery: time.Second}, clock)
	require.NoError(t, err)
	base, err := catalog.Base()
	require.NoError(t, err)
	log := logrus.New()
	log.SetOutput(f.logged)
	log.SetLevel(logrus.TraceLevel)
	o := Options{
		Config:     Default(),
		Shard:      Shard{ID: 44, Name: "The Clocktower", MaxPersonas: 2},
		Ports:      Ports{Login: 8226, Lobby: 7003, Web: 80},
		Version:    "1.2.3",
		Accounts:   f.book,
		Tickets:    f.tickets,
		Limits:     lim,
		Advertiser: advertiser(""),
		Keys:       f.ring,
		Catalog:    func() *catalog.Catalog { return base },
		Population: func() int { return 88 },
		Log:        log,
		Now:        clock,
	}
	o.Config.PasswordLength = 1 // the tests have short ones
	if adjust != nil {
		adjust(&o)
	}
	f.Service, err = New(o)
	require.NoError(t, err)
	return f
}

// do sends a request straight to a handler, from clientAddr unless the request
// says otherwise.
func (f *fixture) do(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	if strings.HasPrefix(r.RemoteAddr, "192.0.2.1:") { // httptest's default
		r.RemoteAddr = clientAddr + ":50000"
	}
	local := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(serverAddr + ":80"))
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(local)))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func (f *fixture) get(target string) *httptest.ResponseRecorder {
	return f.do(f.Plain(), httptest.NewRequest(http.MethodGet, target, nil))
}

func (f *fixture) login(query string) *httptest.ResponseRecorder {
	return f.do(f.Secure(), httptest.NewRequest(http.MethodGet, "/AuthLogin?"+query, nil))
}

// limited makes the limiter allow n wrong passwords, and as many accounts.
func limited(t testing.TB, n int) func(*Options) {
	return func(o *Options) {
		l, err := limits.New(limits.Config{WrongPasswords: n, WrongPasswordEvery: time.Minute, SignupsPerHour: n}, func() time.Time { return time.Unix(0, 0) })
		require.NoError(t, err)
		o.Limits = l
	}
}

// unlimited is for tests that ask without end: no limits and no log.
func unlimited(t testing.TB) func(*Options) {
	return func(o *Options) {
		limited(t, 0)(o)
		log := logrus.New()
		log.SetOutput(io.Discard)
		o.Log = log
	}
}
