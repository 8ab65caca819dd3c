// Package app puts the server together: it opens the data folder, makes the
// services, wires each to what it needs and listens. Everything else is in the
// packages below; this one holds no rules of its own.
package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"mcos/app/accounts"
	"mcos/app/admin"
	"mcos/app/admin/doctor"
	"mcos/app/announce"
	"mcos/app/backup"
	"mcos/app/config"
	"mcos/app/datadir"
	"mcos/app/game"
	"mcos/app/gateway"
	"mcos/app/keys"
	"mcos/app/limits"
	"mcos/app/mail"
	"mcos/app/netaddr"
	"mcos/app/passwords"
	"mcos/app/race"
	"mcos/app/record"
	"mcos/app/room"
	"mcos/app/session"
	"mcos/storage"
	"mcos/storage/bolt"
	"mcos/storage/catalog"
)

// Options are what a server is started with.
type Options struct {
	Dir    datadir.Dir
	Config config.Config
	Log    logrus.FieldLogger
	Now    func() time.Time // time.Now when nil
	// ConfigFile says where Config came from; without it the console shows no
	// settings.
	ConfigFile ConfigFile
	// Stop has whoever started the server stop it, and returns at once; the console
	// asks. It is nil where a service manager looks after the server.
	Stop func()
	// Reread reads the configuration again, as the next start would, and returns
	// what is odd about it and its mistakes; the doctor asks. It may be nil.
	Reread func() (odd []string, err error)
	// Wall asks the firewall of Windows for the doctor; it may be nil.
	Wall func(context.Context) (doctor.Wall, error)
	// Passwords is the cost of password hashes; the default when zero.
	Passwords passwords.Params
}

// App is a running server.
type App struct {
	opts     Options
	started  time.Time
	store    *bolt.Store
	keys     *keys.Ring
	sessions *session.Manager
	accounts *accounts.Service
	rules    *game.Rules
	limiter  *limits.Limiter
	hosts    *netaddr.Advertiser
	nameless map[string]bool // names that no certificate can hold, each logged once
	gateway  *gateway.Server
	races    *race.Service
	recorder *record.Recorder
	rooms    *room.Service
	mails    *mail.Service
	history  history

	moderation moderation
	backups    *backup.Scheduler
	saving     atomic.Bool         // a scheduled backup is being made
	onLAN      *announce.Announcer // nil when switched off
	catalog    atomic.Pointer[catalog.Catalog]
	imported   atomic.Bool // the catalog is an imported one

	listeners *listeners
	servers   []httpServer
	probes    []*net.UDPConn
	stop      chan struct{}
	running   sync.WaitGroup
	residing  sync.WaitGroup
	once      sync.Once
}

// httpServer serves one web listener. Shutdown gives requests until the context's
// end and closes what is left then.
type httpServer interface {
	Serve() error
	Shutdown(context.Context) error
}

// Start opens everything and returns when the server listens on all its ports.
// Its errors say in plain words what stands in the way.
func Start(ctx context.Context, o Options) (*App, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Passwords == (passwords.Params{}) {
		o.Passwords = passwords.Default()
	}
	a := &App{opts: o, started: o.Now(), stop: make(chan struct{}), nameless: map[string]bool{}}
	if err := a.open(ctx); err != nil {
		a.Stop()
		return nil, err
	}
	return a, nil
}

func (a *App) open(ctx context.Context) (err error) {
	o := a.opts
	if err := a.advertise(); err != nil {
		return err
	}
	// Ports first: a second server on the same machine should hear about the
	// ports, not about a locked file.
	service := o.Stop == nil
	if service {
		awaitAddress(ctx, o.Config.Server.Listen, o.Log, lateNetwork, tryAddress)
	}
	if a.listeners, err = listen(ctx, o.Config, o.Log, service); err != nil {
		return err
	}
	if err := a.restoreStaged(); err != nil {
		return err
	}
	a.store, err = bolt.Open(bolt.Options{
		Path: o.Dir.Store(), BackupDir: o.Dir.Backups(), Timeout: 2 * time.Second, Now: o.Now,
		Log: func(event string, fields map[string]any) { o.Log.WithFields(fields).Info(event) },
	})
	if err != nil {
		return err
	}
	if err := a.loadCatalog(); err != nil {
		return err
	}
	a.keys, err = keys.Open(o.Dir.Keys(), o.Config.Keys, a.names, o.Now)
	if err != nil {
		return err
	}
	a.keys.ShowFor(a.hosts.Host)
	if a.limiter, err = limits.New(limitsOf(o.Config), o.Now); err != nil {
		return err
	}
	a.limiter.Tell(func(rule limits.Rule, addr netip.Addr) {
		o.Log.WithFields(logrus.Fields{"remote": addr, "rule": rule.Name, "next": rule.Next}).Warn("refused")
	})
	if _, err := a.moderate(); err != nil {
		return err
	}
	a.sessions = session.NewManager(o.Now, o.Config.Timeouts.Session)
	total, reserve, cut := places(o.Config.Limits.Connections, openFiles())
	if cut {
		o.Log.WithField("connections", total).Warn("the system lets this program have fewer open files than limits.connections needs; raise that number, such as LimitNOFILE of the service")
	}
	a.limiter.Bound(total, reserve, a.sessions.At)
	a.accounts = &accounts.Service{Store: a.store, Hasher: passwords.New(o.Passwords), Sessions: a.sessions, Now: o.Now}
	a.rules = game.New(o.Config.Economy, a.Catalog, o.Now)
	if err := a.researchTickets(); err != nil {
		return err
	}
	if err := a.giveFeesBack(); err != nil {
		return err
	}
	a.recorder, err = record.New(record.Options{Dir: o.Dir.Sessions(), Config: o.Config.Record, Log: o.Log.WithField("service", "record"), Now: o.Now})
	if err != nil {
		return err
	}
	if err := a.serve(); err != nil {
		return err
	}
	a.announce()
	a.backups = a.scheduleBackups()
	a.sample()
	a.running.Add(2)
	go a.housekeeping()
	go a.bookkeeping()
	if err := a.probeUDP(); err != nil {
		return err
	}
	return a.reside()
}

// Catalog is the catalog in use.
func (a *App) Catalog() *catalog.Catalog { return a.catalog.Load() }

// Store is the server's memory.
func (a *App) Store() storage.Store { return a.store }

// Sessions are the logins of the moment.
func (a *App) Sessions() *session.Manager { return a.sessions }

// Accounts are the account use cases.
func (a *App) Accounts() *accounts.Service { return a.accounts }

// Rules are the rules of the game.
func (a *App) Rules() *game.Rules { return a.rules }

// Recorder records and shows the traffic.
func (a *App) Recorder() *record.Recorder { return a.recorder }

// Keys are the server's keys.
func (a *App) Keys() *keys.Ring { return a.keys }

// loadCatalog takes the imported catalog of the store, or the embedded one.
func (a *App) loadCatalog() error {
	c, imported, err := admin.LoadCatalog(a.store)
	a.catalog.Store(c)
	a.imported.Store(imported)
	return err
}

// UseCatalog puts an encoded catalog in use at once.
func (a *App) UseCatalog(blob []byte) error {
	tables, err := catalog.Decode(bytes.NewReader(blob))
	if err != nil {
		return fmt.Errorf("the imported catalog cannot be read (import it again): %w", err)
	}
	c, err := catalog.Build(tables)
	if err != nil {
		return fmt.Errorf("the imported catalog is inconsistent (import it again): %w", err)
	}
	a.catalog.Store(c)
	a.imported.Store(true)
	return nil
}

// researchTickets registers the fixed tickets of the configuration.
func (a *App) researchTickets() error {
	for _, t := range a.opts.Config.Research.Tickets {
		err := a.store.View(func(tx storage.ReadTx) error {
			acc, err := tx.AccountByName(t.Account)
			if err == nil {
				a.sessions.Register(t.Ticket, acc.ID, acc.Name)
			}
			return err
		})
		if errors.Is(err, storage.ErrNotFound) {
			return fmt.Errorf("research.tickets: there is no account %q; make it with `mcos account add %s`", t.Account, t.Account)
		}
		if err != nil {
			return fmt.Errorf("research.tickets: account %q: %w", t.Account, err)
		}
		a.opts.Log.WithField("account", t.Account).Warn("a fixed ticket is accepted for this account; do not let others play on this server")
	}
	return nil
}

const sweepEvery = time.Minute

// stopWithin is how long web requests may finish when the server stops.
const stopWithin = 3 * time.Second

// Stop ends the server: no new connections, the old ones closed, everything
// stored. It may be called more than once.
func (a *App) Stop() {
	a.once.Do(func() {
		close(a.stop)
		a.residing.Wait() // they log out like players
		ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
		defer cancel()
		if a.onLAN != nil {
			a.onLAN.Stop()
		}
		for _, s := range a.servers {
			if err := s.Shutdown(ctx); err != nil {
				a.opts.Log.WithError(err).Warn("web requests were cut off")
			}
		}
		if a.gateway != nil {
			a.gateway.Close()
		}
		for _, p := range a.probes {
			_ = p.Close()
		}
		a.running.Wait()
		if a.recorder != nil {
			a.recorder.Close()
		}
		if a.listeners != nil {
			a.listeners.close()
		}
		if a.store != nil {
			if err := a.store.Close(); err != nil {
				a.opts.Log.WithError(err).Error("the store did not close cleanly")
			}
		}
	})
}
