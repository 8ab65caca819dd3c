// Package apptest helps the tests of the game services: a small world with a store,
// accounts and logged-in players, and a client that speaks a service's own
// framing over real TCP.
package apptest

import (
	"net"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/require"

	"mcos/app/game"
	"mcos/app/gateway"
	"mcos/app/limits"
	"mcos/app/session"
	"mcos/protocol/cipher"
	"mcos/storage"
	"mcos/storage/bolt"
	"mcos/storage/catalog"
)

// Home is the address that test clients come from.
var Home = netip.MustParseAddr("127.0.0.1")

// World is what a service under test works with.
type World struct {
	T        testing.TB
	Store    *bolt.Store
	Sessions *session.Manager
	Rules    *game.Rules
	Catalog  *catalog.Catalog
	Logs     *logtest.Hook
	Server   *gateway.Server

	mu  sync.Mutex
	now time.Time
}

// Player is an account with one persona, logged in.
type Player struct {
	Account uint32
	Persona uint32
	Name    string
	Session *session.Session
	Key     cipher.SessionKey
}

// NewWorld makes an empty world on the base catalog; adjust changes the options of
// its server.
func NewWorld(t testing.TB, adjust ...func(*gateway.Options)) *World {
	t.Helper()
	w := &World{T: t, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	var err error
	w.Store, err = bolt.Open(bolt.Options{Path: filepath.Join(t.TempDir(), "mcos.db"), NoSync: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Store.Close()) })
	w.Catalog, err = catalog.Base()
	require.NoError(t, err)
	w.Sessions = session.NewManager(w.Now, session.IdleLife)
	w.Rules = game.New(game.Default(), func() *catalog.Catalog { return w.Catalog }, w.Now)
	lim, err := limits.New(limits.Config{}, w.Now)
	require.NoError(t, err)
	log, hook := logtest.NewNullLogger()
	log.SetLevel(logrus.DebugLevel)
	w.Logs = hook
	o := gateway.Options{Limits: lim, Log: log, QueueBytes: 1 << 20}
	for _, f := range adjust {
		f(&o)
	}
	w.Server = gateway.NewServer(o)
	t.Cleanup(w.Server.Close)
	return w
}

// Now is the world's clock.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// Pass lets time pass.
func (w *World) Pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// Account makes an account that nobody can log in to by password.
func (w *World) Account(name string) uint32 {
	w.T.Helper()
	var id uint32
	w.Update(func(tx storage.Tx) (err error) {
		if id, err = tx.NextAccount(); err != nil {
			return err
		}
		return tx.PutAccount(storage.Account{ID: id, Name: name, PasswordHash: "-", Created: w.Now()})
	})
	return id
}

// Login makes the session of an account; key tells the keys of
// several logins of one account apart.
func (w *World) Login(account uint32, key byte) *session.Session {
	w.T.Helper()
	ticket, err := w.Sessions.Issue(account, "player")
	require.NoError(w.T, err)
	s, err := w.Sessions.Login(ticket, cipher.SessionKey{key, byte(account), byte(account >> 8), 4, 5, 6, 7, 8, 9}, Home)
	require.NoError(w.T, err)
	return s
}

// Player makes an account with a persona of this name and logs it in; key tells
// session keys apart.
func (w *World) Player(name string, key byte) Player {
	w.T.Helper()
	p := Player{Account: w.Account("acc_" + name), Name: name}
	p.Persona = w.Persona(p.Account, name)
	p.Session = w.Login(p.Account, key)
	p.Key = p.Session.Key
	return p
}

// Persona makes a persona of an account.
func (w *World) Persona(account uint32, name string) (id uint32) {
	w.T.Helper()
	w.Update(func(tx storage.Tx) error {
		p, err := w.Rules.CreatePersona(tx, account, name, 44, 0)
		id = p.ID
		return err
	})
	return id
}

// Update runs a transaction that must succeed.
func (w *World) Update(fn func(storage.Tx) error) {
	w.T.Helper()
	require.NoError(w.T, w.Store.Update(fn))
}

// Get reads a persona.
func (w *World) Get(id uint32) (p storage.Persona) {
	w.T.Helper()
	require.NoError(w.T, w.Store.View(func(tx storage.ReadTx) (err error) {
		p, err = tx.Persona(id)
		return err
	}))
	return p
}

// Serve listens for a port description on loopback and returns the address.
func (w *World) Serve(p *gateway.Port) string {
	w.T.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(w.T, err)
	require.NoError(w.T, w.Server.Serve(ln, p))
	return ln.Addr().String()
}
