package race_test

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/gateway"
	"mcos/app/player"
	"mcos/app/race"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
)

// The lobby and fees of the tests.
const (
	lobby = 2
	dear  = 2500
)

// options are what a test may change before the server starts.
type options struct {
	race    race.Config
	gateway gateway.MCOTSConfig
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
	o := options{race: race.Default(), gateway: gateway.DefaultMCOTS()}
	if adjust != nil {
		adjust(&o)
	}
	f.races = race.New(o.race, race.Deps{
		Store: f.Store, Now: f.Now, Fees: []uint32{0, 100, dear}, Lobbies: []uint32{lobby, 10001},
	})
	players := player.New(player.Default(), player.Deps{
		Store: f.Store, Sessions: f.Sessions, Rules: f.Rules, Now: f.Now,
		WebHost: func(netip.Addr, netip.Addr) string { return "localhost" },
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
	c := apptest.Dial(f.t, f.addr, mcots.NewOpener(mcots.MaxFrame), mcots.NewSealer())
	c.Send(mcots.MsgConnect.With(&mcots.Connect{CustomerID: p.Account, PersonaID: p.Persona}))
	apptest.Expect(c, mcots.MsgSuccess)
	c.Secure(p.Key)
	c.Send(mcots.MsgLogin.With(&mcots.Login{CustomerID: p.Account, PersonaID: p.Persona}))
	apptest.Expect(c, mcots.MsgLoginComplete)
	return c
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
