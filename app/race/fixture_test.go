package race_test

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/game"
	"mcos/app/gateway"
	"mcos/app/netaddr"
	"mcos/app/player"
	"mcos/app/race"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
)

// The lobby and fees of the tests.
const (
	lobby  = 2
	street = 16
	drag   = 18
	trial  = 19
	fast   = 20
	slow   = 21 // nobody is faster than 90 seconds there
	arcade = 23
	dear   = 2500
)

// The lobbies: 2 is for test drives, as in the recordings, the others by type.
var testLobbies = []race.Lobby{
	{ID: lobby, Type: mcots.RaceTestDrive, Track: 25},
	{ID: 10001, Type: mcots.RaceSimPro, Track: 25},
	{ID: street, Type: mcots.RaceSimStreet, Track: 25},
	{ID: drag, Type: mcots.RaceSimDrag, Track: 26, MaxPlayers: 2},
	{ID: trial, Type: mcots.RaceSimTimeTrial, Track: 27, MaxPlayers: 1, RaceLobby: game.RaceLobby{
		Par: 6400, Increment: 640, QualifyPoints: 20, QualifyCash: 250, IncrementPoints: 3, IncrementCash: 40,
	}},
	{ID: fast, Type: mcots.RaceSimStreet, Track: 28, MinLevel: 2, RaceLobby: game.RaceLobby{PointsFactor: 0.5, CashFactor: 1.5}},
	{ID: slow, Type: mcots.RaceSimStreet, Track: 30, MinTime: 90 * time.Second},
	{ID: arcade, Type: mcots.RaceArcadeStunt, Track: 29},
}

// options are what a test may change before the server starts.
type options struct {
	race    race.Config
	gateway gateway.MCOTSConfig
	store   func(storage.Store) storage.Store
	room    func(id, host uint32) (race.Room, bool)
	track   func(id, host, persona uint32) (race.Track, bool)
}

// fixture is a world with three drivers who own a car each, and the service behind
// a login of package player's.
type fixture struct {
	*apptest.World
	t                 *testing.T
	races             *race.Service
	addr              string
	ended             chan struct{} // one token for each ended connection
	marty, biff, doc  apptest.Player
	car, theirs, docs uint32
}

func newFixture(t *testing.T, adjust func(*options)) *fixture {
	t.Helper()
	f := &fixture{World: apptest.NewWorld(t), t: t, ended: make(chan struct{}, 100)}
	f.marty, f.biff, f.doc = f.Player("Marty", 1), f.Player("Biff", 2), f.Player("Doc", 3)
	f.car, f.theirs, f.docs = f.give(f.marty.Persona), f.give(f.biff.Persona), f.give(f.doc.Persona)
	o := options{
		race: race.Default(), gateway: gateway.DefaultMCOTS(),
		store: func(s storage.Store) storage.Store { return s },
	}
	if adjust != nil {
		adjust(&o)
	}
	f.races = race.New(o.race, race.Deps{
		Store: o.store(f.Store), Rules: f.Rules, Now: f.Now, Random: rand.NewChaCha8([32]byte{7}),
		Purses:  []race.Purse{{Purse: 250}, {Fee: 100, Purse: 1000}, {Fee: dear, Purse: 10 * dear}},
		Lobbies: testLobbies, Room: o.room, Track: o.track, LoadTimeout: 90 * time.Second,
	})
	players := player.New(player.Default(), player.Deps{
		Store: f.Store, Sessions: f.Sessions, Rules: f.Rules, Now: f.Now,
		WebHost: func(netaddr.Arrival) string { return "localhost" },
	})
	port := gateway.MCOTSPort(o.gateway, slices.Concat(players.Rows(), f.races.Rows()), gateway.Timeouts{})
	port.Closed = func(c *gateway.Conn) {
		f.races.Leave(c)
		f.ended <- struct{}{}
	}
	f.addr = f.Serve(port)
	return f
}

func (f *fixture) give(persona uint32) (vehicle uint32) {
	f.t.Helper()
	f.Update(func(tx storage.Tx) (err error) {
		vehicle, err = f.Rules.GiveCar(tx, persona, 104, 47, "present")
		return err
	})
	return vehicle
}

// pay changes a driver's balance to the amount.
func (f *fixture) pay(persona uint32, balance int64) {
	f.t.Helper()
	f.Update(func(tx storage.Tx) error { return f.Rules.Grant(tx, persona, balance-f.Get(persona).Balance, "test") })
}

// raise brings a driver to a level.
func (f *fixture) raise(persona, level uint32) {
	f.t.Helper()
	f.Update(func(tx storage.Tx) error {
		p, err := tx.Persona(persona)
		if err != nil {
			return err
		}
		p.Stats.Level = level
		return tx.PutPersona(p)
	})
}

// login opens a connection of a driver: two requests and two answers.
func (f *fixture) login(p apptest.Player) *apptest.Client {
	f.t.Helper()
	return f.loginFrom(p, 1)
}

// loginFrom is login on a connection whose first frame carries a sequence number that
// other connections have brought about.
func (f *fixture) loginFrom(p apptest.Player, seq uint32) *apptest.Client {
	f.t.Helper()
	c := apptest.Dial(f.t, f.addr, mcots.NewOpener(mcots.MaxFrame), mcots.NewSealer())
	c.CountFrom(seq)
	c.Send(mcots.MsgConnect.With(&mcots.Connect{CustomerID: p.Account, PersonaID: p.Persona}))
	apptest.Expect(c, mcots.MsgSuccess)
	c.Secure(p.Key)
	c.Send(mcots.MsgLogin.With(&mcots.Login{CustomerID: p.Account, PersonaID: p.Persona}))
	apptest.Expect(c, mcots.MsgLoginComplete)
	return c
}

// revive logs a player in anew whose session the server has forgotten meanwhile.
func (f *fixture) revive(p *apptest.Player) {
	f.t.Helper()
	if f.Sessions.ByAccount(p.Account) == nil {
		p.Session = f.World.Login(p.Account, 1)
		p.Key = p.Session.Key
	}
}

// leave ends a connection and waits until the server has noticed.
func (f *fixture) leave(c *apptest.Client) {
	f.t.Helper()
	require.NoError(f.t, c.Conn.Close())
	<-f.ended
}

// host creates a race and returns its id.
func (f *fixture) host(c *apptest.Client, req mcots.CreateRace) uint32 {
	f.t.Helper()
	if req.LobbyID == 0 {
		req.LobbyID = lobby
	}
	c.Send(mcots.MsgCreateRace.With(&req))
	return apptest.Expect(c, mcots.MsgRaceCreated).RaceID
}

// join enters a race, which must succeed.
func (f *fixture) join(c *apptest.Client, race, vehicle uint32) {
	f.t.Helper()
	c.Send(joining(race, vehicle))
	assert.Equal(f.t, race, apptest.Expect(c, mcots.MsgRaceJoined).RaceID)
}

// open reports whether the service knows the race.
func (f *fixture) open(race uint32) bool {
	_, ok := f.races.Password(race)
	return ok
}

func joining(race, vehicle uint32) wire.Packet {
	return mcots.MsgJoinRace.With(&mcots.JoinRace{RaceID: race, VehicleID: vehicle, PowerClass: 3})
}

// ask sends a request and returns number and body of its answer.
func ask(c *apptest.Client, p wire.Packet) []byte {
	c.T.Helper()
	c.Send(p)
	return next(c)
}

func next(c *apptest.Client) []byte {
	c.T.Helper()
	f := c.Next()
	assert.Equal(c.T, c.Seq(), f.Seq, "a reply carries the sequence of its request")
	assert.False(c.T, f.Plain, "an encrypted request has an encrypted answer")
	return append(binary.LittleEndian.AppendUint16(nil, f.Number), f.Body...)
}

// raw sends a message as the reference writes it down: number and body.
func raw(c *apptest.Client, message []byte) {
	c.T.Helper()
	c.SendFrame(wire.Frame{Number: binary.LittleEndian.Uint16(message), Body: message[2:]})
}

// done waits until everything sent on the connection has been handled: the test
// drive is always answered.
func done(c *apptest.Client) {
	c.T.Helper()
	raw(c, words(455))
	assert.Equal(c.T, generic(101, 455, 0), next(c))
}

// generic is a generic reply, by hand; both data words are 0.
func generic(number, request uint16, result uint32) []byte {
	b := words(number, request)
	return append(binary.LittleEndian.AppendUint32(b, result), make([]byte, 8)...)
}

// refusal is 102 with a reason.
func refusal(request uint16, reason uint32) []byte { return generic(102, request, reason) }

// words joins numbers of 16 bits.
func words(values ...uint16) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}

// started is 233, by hand: race, whether it may start, and six slots of a racer's
// id and whether he is invalid.
func started(race uint32, ok byte, slots ...uint32) []byte {
	b := binary.LittleEndian.AppendUint32(words(233), race)
	b = append(b, ok, 0, 0, 0)
	for i := 0; i < len(slots); i += 2 {
		b = append(binary.LittleEndian.AppendUint32(b, slots[i]), byte(slots[i+1]))
	}
	return append(b, make([]byte, 40-len(b))...)
}

// racer is a record of 237, by hand.
type racer struct {
	id, time, lap     uint32
	top, avg          uint16
	points            int16
	total             uint16
	toLevel, toRank   uint16
	level, rank       byte // before the race
	prize, cash       uint32
	newLevel, newRank byte // 0 = the same as before
	flags             uint32
}

// results is 237, by hand (mcots-2 3.9).
func results(race uint32, final byte, racers ...racer) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(words(237), race)
	for _, r := range racers {
		b = le.AppendUint32(le.AppendUint32(le.AppendUint32(b, r.id), r.time), r.lap)
		b = le.AppendUint16(le.AppendUint16(b, r.top), r.avg)
		b = le.AppendUint16(le.AppendUint16(b, uint16(r.points)), r.total)
		b = le.AppendUint16(le.AppendUint16(b, r.toLevel), r.toRank)
		b = append(b, r.level, r.rank)
		b = le.AppendUint32(le.AppendUint32(b, r.prize), r.cash)
		if r.newLevel == 0 {
			r.newLevel, r.newRank = r.level, r.rank
		}
		b = append(b, r.newLevel, r.newRank)
		b = le.AppendUint32(b, r.flags)
	}
	b = append(b, make([]byte, 246-len(b))...)
	b = append(b, 0, 0, 0, final)
	return append(b, make([]byte, 262-len(b))...)
}

// pushed waits for a message that answers no request.
func pushed(c *apptest.Client) []byte {
	c.T.Helper()
	f := c.Next()
	return append(words(f.Number), f.Body...)
}
