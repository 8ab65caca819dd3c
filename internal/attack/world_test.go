package attack

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app"
	"mcos/app/bot"
	"mcos/app/config"
	"mcos/app/datadir"
	"mcos/app/passwords"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

// Who is where. All of it is this computer: every one of these addresses is loopback.
const (
	victimsHome  = "127.0.0.1"
	racersHome   = "127.0.0.9"
	strangers    = "127.0.0.2"
	mallorysHome = "127.0.0.3"
	tappers      = "127.0.0.4"
)

const password = "1.21gigawatts"

// world is a server on which six drivers race, and a victim who sits in the lobby.
type world struct {
	t      *testing.T
	app    *app.App
	target bot.Target
	random *rand.Rand

	victim   *bot.Client
	lobby    *bot.LobbyConn
	accounts *bot.Transactions
	before   belongings
	tap      *tap // what the victim has sent
}

// belongings are what an attacker could take away.
type belongings struct {
	Live    bool
	Balance int64
	Cars    []storage.Vehicle
	Parts   []storage.Part
}

func newWorld(t *testing.T) *world {
	t.Helper()
	cfg := config.Default()
	cfg.Ports = config.FreePorts()
	cfg.Server.Listen = victimsHome
	cfg.Race.CheckResults = false                                       // many short races, in which money moves
	cfg.Limits.Exempt = []string{racersHome, victimsHome, mallorysHome} // who is many players here
	log := logrus.New()
	log.SetOutput(io.Discard)
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	a, err := app.Start(t.Context(), app.Options{
		Dir: dir, Config: cfg, Log: log, Passwords: passwords.Params{MemoryKiB: 64, Time: 1, Threads: 1},
	})
	require.NoError(t, err)
	t.Cleanup(a.Stop)
	target, err := bot.ParseReady(a.ReadyLine())
	require.NoError(t, err)
	w := &world{t: t, app: a, target: target, random: rand.New(rand.NewPCG(1, uint64(time.Now().Unix()))), tap: &tap{sent: map[string][][]byte{}}}
	w.settle()
	return w
}

// from dials as somebody with this address.
func from(address string) dialer {
	d := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return d.DialContext
}

type dialer = func(context.Context, string, string) (net.Conn, error)

// anywhere dials from a new address each time, so that no limit ends the walk.
func (w *world) anywhere() dialer {
	var n atomic.Uint32
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		next := n.Add(1)
		return from(fmt.Sprintf("127.0.%d.%d", 1+next/250, 1+next%250))(ctx, network, address)
	}
}

// settle brings the victim into the lobby, with a driver and a car.
func (w *world) settle() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	account := bot.Account{Name: "victim", Password: password}
	_, err := bot.New(w.target, bot.Options{Dial: from(victimsHome)}).Play(ctx, bot.Script{Account: account, SignUp: true, Persona: "Victim"})
	require.NoError(w.t, err)

	w.victim = bot.New(w.target, bot.Options{Dial: w.tap.dial})
	require.NoError(w.t, w.enter(ctx, w.victim, account))
	w.lobby, err = w.victim.Lobby(ctx)
	require.NoError(w.t, err)
	w.accounts, err = w.victim.Transactions(ctx)
	require.NoError(w.t, err)
	_, err = w.accounts.Login(ctx, nil)
	require.NoError(w.t, err)
	w.t.Cleanup(w.victim.Close)
	w.before = w.belongings()
	require.True(w.t, w.before.Live)
	require.Len(w.t, w.before.Cars, 1)
}

// enter logs an account in up to its chosen driver.
func (w *world) enter(ctx context.Context, c *bot.Client, account bot.Account) error {
	if err := c.Auth(ctx, account); err != nil {
		return err
	}
	shards, err := c.Shards(ctx)
	if err != nil {
		return err
	}
	c.UseShard(shards[0])
	if _, err := c.Login(ctx); err != nil {
		return err
	}
	list, err := c.Personas(ctx)
	if err != nil {
		return err
	}
	if len(list.Personas) == 0 {
		return fmt.Errorf("%s has no driver", account.Name)
	}
	return c.Select(ctx, list.Personas[0])
}

func (w *world) belongings() (b belongings) {
	w.t.Helper()
	id := w.victim.Persona().Persona
	require.NoError(w.t, w.app.Store().View(func(tx storage.ReadTx) error {
		p, err := tx.Persona(id)
		if err != nil {
			return err
		}
		b.Live, b.Balance = p.Live(), p.Balance
		if b.Cars, err = tx.VehiclesOf(id); err != nil {
			return err
		}
		for _, car := range b.Cars {
			parts, err := tx.PartsOfVehicle(car.ID)
			if err != nil {
				return err
			}
			b.Parts = append(b.Parts, parts...)
		}
		loose, err := tx.LoosePartsOf(id)
		b.Parts = append(b.Parts, loose...)
		return err
	}))
	return b
}

// forger knows everything about the victim that could be found out.
func (w *world) forger() *forger {
	f := &forger{random: rand.New(rand.NewPCG(w.random.Uint64(), 0)), texts: []string{"", "Victim", "victim", "x", "%s%n", "../../etc", "MCC01", "LOBBY"}}
	f.ids = append(f.ids, uint64(w.victim.Customer()), uint64(w.victim.Persona().Persona), uint64(w.victim.Persona().Shard), 1, 2, 3)
	for _, car := range w.before.Cars {
		f.ids = append(f.ids, uint64(car.ID))
	}
	for _, p := range w.before.Parts {
		f.ids = append(f.ids, uint64(p.ID))
	}
	return f
}

// race has six drivers race until ctx ends, and returns what went wrong.
func (w *world) race(ctx context.Context) (reports []*bot.EveningReport, wrong []string) {
	for n := 0; ctx.Err() == nil; n++ {
		e := bot.Evening{
			Target: w.target, Players: 6, Rounds: 1, Fee: 100, Hz: 20, Duration: 2 * time.Second, Fast: true, Seed: uint64(n), Name: fmt.Sprintf("ra%dce", n),
			Password: func() (string, error) { return password, nil }, Options: bot.Options{Dial: from(racersHome), Timeout: time.Minute},
		}
		// An evening that has begun is driven to its end.
		report, err := e.Run(context.WithoutCancel(ctx))
		if err != nil {
			return reports, append(wrong, err.Error())
		}
		reports = append(reports, report)
		if !report.OK || report.Books != "balanced" || report.Expected != report.Delivered {
			wrong = append(wrong, fmt.Sprintf("evening %d: %v; books %s; %d of %d relays", n, report.Failures, report.Books, report.Delivered, report.Expected))
		}
	}
	return reports, wrong
}

// judge looks for what the attack has changed; connected says that the victim must
// still be in his places.
func (w *world) judge(connected bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	assert.Equal(w.t, w.before, w.belongings(), "the victim has lost or won something")
	require.NoError(w.t, w.app.Store().View(storage.Check))
	if !connected {
		return
	}
	assert.NoError(w.t, w.lobby.Heartbeat(ctx))
	_, err := w.lobby.Channels(ctx)
	assert.NoError(w.t, err, "the victim's place in the lobby")
	_, err = w.accounts.Home(ctx)
	assert.NoError(w.t, err, "the victim's connection for transactions")
}

// tap keeps what is sent over the connections that it has dialled.
type tap struct {
	mu   sync.Mutex
	sent map[string][][]byte // by where it went: what was sent on each connection
}

type tapped struct {
	net.Conn
	t     *tap
	where string
	n     int
}

func (t *tap) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := from(victimsHome)(ctx, network, address)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent[address] = append(t.sent[address], nil)
	return &tapped{Conn: conn, t: t, where: address, n: len(t.sent[address]) - 1}, nil
}

func (c *tapped) Write(p []byte) (int, error) {
	c.t.mu.Lock()
	c.t.sent[c.where][c.n] = append(c.t.sent[c.where][c.n], p...)
	c.t.mu.Unlock()
	return c.Conn.Write(p)
}

// addresses are those of the game's ports.
func (w *world) addresses() (list []string) {
	p := w.app.Ports()
	for _, n := range append([]int{p.HTTP, p.HTTPS, p.Login, p.Mail, p.Persona, p.Lobby, p.MCOTS}, p.Rooms[:3]...) {
		list = append(list, net.JoinHostPort(victimsHome, strconv.Itoa(n)))
	}
	return list
}

// requests are all messages that a client may send to a port of a family.
func requests(family wire.Family) []*wire.Message {
	var list []*wire.Message
	for _, r := range []*wire.Registry{nps.Registry, mcots.Registry} {
		for _, m := range r.All() {
			if m.Family == family && m.Dir == wire.ToServer {
				list = append(list, m)
			}
		}
	}
	return list
}
