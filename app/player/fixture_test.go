package player_test

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/apptest/memnet"
	"mcos/app/game"
	"mcos/app/garage"
	"mcos/app/gateway"
	"mcos/app/netaddr"
	"mcos/app/player"
	"mcos/app/race"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
	"mcos/storage/catalog"
)

const starterDealer = 8

// options are what a test may change before the server starts.
type options struct {
	player   player.Config
	gateway  gateway.MCOTSConfig
	timeouts gateway.Timeouts
	inMemory bool               // serve in memory, for a synctest bubble
	game     func(*game.Config) // changes the rules, may be nil
	left     time.Duration      // until an announced shutdown
}

// fixture is a world with one driver, and the whole transaction server: cars and
// races come from their own services.
type fixture struct {
	*apptest.World
	t      *testing.T
	addr   string
	memory *memnet.Listener // instead of addr, where a test has a clock of its own
	marty  apptest.Player
	ended  chan struct{} // a value for each connection that the server has seen end
}

func newFixture(t *testing.T, adjust func(*options)) *fixture {
	t.Helper()
	f := &fixture{World: apptest.NewWorld(t), t: t, ended: make(chan struct{}, 1<<12)}
	o := options{player: player.Default(), gateway: gateway.DefaultMCOTS()}
	if adjust != nil {
		adjust(&o)
	}
	if o.game != nil {
		cfg := game.Default()
		o.game(&cfg)
		f.Rules = game.New(cfg, func() *catalog.Catalog { return f.Catalog }, f.Now)
	}
	f.marty = f.Player("Marty", 1)
	players := player.New(o.player, player.Deps{
		Store: f.Store, Sessions: f.Sessions, Rules: f.Rules, Now: f.Now,
		ShutdownIn: func() time.Duration { return o.left },
		Economy:    player.Economy{PartsPerLevel: 40, CarsPerLevel: 3, Repair: 1, Scrap: 0.5, TradeIn: 0.5},
		WebHost: func(from netaddr.Arrival) string {
			assert.Equal(t, netaddr.Arrival{Local: apptest.Home, Remote: apptest.Home}, from)
			return "play.example:8080"
		},
	})
	cars := garage.New(garage.Default(), garage.Deps{Store: f.Store, Rules: f.Rules, Known: f.Sessions.At})
	races := race.New(race.Default(), race.Deps{Store: f.Store, Rules: f.Rules, Now: f.Now, Purses: []race.Purse{{}}, Lobbies: []race.Lobby{{ID: 2}}})
	rows := slices.Concat(players.Rows(), cars.Rows(), races.Rows())
	port := gateway.MCOTSPort(o.gateway, rows, o.timeouts)
	port.Closed = func(c *gateway.Conn) {
		players.Leave(c)
		f.ended <- struct{}{}
	}
	if o.inMemory {
		f.memory = memnet.Listen(apptest.Home.String())
		require.NoError(t, f.Server.Serve(f.memory, port))
	} else {
		f.addr = f.Serve(port)
	}
	return f
}

// leave ends a connection and waits until the server has noticed.
func (f *fixture) leave(c *apptest.Client) {
	f.t.Helper()
	require.NoError(f.t, c.Conn.Close())
	<-f.ended
}

func (f *fixture) dial() *apptest.Client {
	if f.memory != nil {
		return apptest.On(f.t, f.memory.Dial(), mcots.NewOpener(mcots.MaxFrame), mcots.NewSealer())
	}
	return apptest.Dial(f.t, f.addr, mcots.NewOpener(mcots.MaxFrame), mcots.NewSealer())
}

// connect opens a connection for a driver as far as 438 goes.
func (f *fixture) connect(p apptest.Player) *apptest.Client {
	f.t.Helper()
	c := f.dial()
	c.Send(connectAs(p))
	apptest.Expect(c, mcots.MsgSuccess)
	c.Secure(p.Key)
	return c
}

// lookOf sets the look of a driver: a first encrypted message that proves the key
// and does not log in.
func lookOf(p apptest.Player) wire.Packet {
	return mcots.MsgUpdatePlayerPhysical.With(&mcots.PlayerPhysical{PlayerID: p.Persona})
}

// prove opens a connection for a driver who has shown that he has the key.
func (f *fixture) prove(p apptest.Player) *apptest.Client {
	f.t.Helper()
	c := f.connect(p)
	c.Send(lookOf(p))
	apptest.Expect(c, mcots.MsgSuccess)
	return c
}

// login opens a connection and logs the driver in.
func (f *fixture) login(p apptest.Player) *apptest.Client {
	f.t.Helper()
	c := f.connect(p)
	c.Send(loginAs(p))
	apptest.Expect(c, mcots.MsgLoginComplete)
	return c
}

// remove deletes a persona as NPS 0x512 does.
func (f *fixture) remove(p apptest.Player) {
	f.t.Helper()
	f.Update(func(tx storage.Tx) error { return f.Rules.DeletePersona(tx, p.Account, p.Persona) })
}

// edit changes a stored persona.
func (f *fixture) edit(id uint32, change func(*storage.Persona)) {
	f.t.Helper()
	f.Update(func(tx storage.Tx) error {
		p, err := tx.Persona(id)
		change(&p)
		if err != nil {
			return err
		}
		return tx.PutPersona(p)
	})
}

// cars reads a persona's cars.
func (f *fixture) cars(id uint32) (list []storage.Vehicle) {
	f.t.Helper()
	require.NoError(f.t, f.Store.View(func(tx storage.ReadTx) (err error) {
		list, err = tx.VehiclesOf(id)
		return err
	}))
	return list
}

// line is the first line of the log with the text, or nil.
func (f *fixture) line(text string) *logrus.Entry {
	entries := f.Logs.AllEntries()
	if i := slices.IndexFunc(entries, func(e *logrus.Entry) bool { return strings.Contains(e.Message, text) }); i >= 0 {
		return entries[i]
	}
	return nil
}

// logged reports whether a line with the text was logged.
func (f *fixture) logged(text string) bool { return f.line(text) != nil }

func connectAs(p apptest.Player) wire.Packet {
	return mcots.MsgConnect.With(&mcots.Connect{CustomerID: p.Account, PersonaID: p.Persona, PersonaName: p.Name, ClientVersion: 6001})
}

func loginAs(p apptest.Player) wire.Packet {
	return mcots.MsgLogin.With(&mcots.Login{CustomerID: p.Account, PersonaID: p.Persona, PersonaName: p.Name, ClientVersion: 6001})
}

// loginWith is the first login of a new persona, which names a starter car.
func loginWith(p apptest.Player, dealer, car, skin uint32) wire.Packet {
	packet := loginAs(p)
	body := packet.Body.(*mcots.Login)
	body.LotOwnerID, body.BrandedPartID, body.SkinID = dealer, car, skin
	return packet
}

func generic(m wire.Msg[mcots.GenericRequest], data uint32) wire.Packet {
	return m.With(&mcots.GenericRequest{Data: data})
}

// next waits for an encrypted answer to the request sent last and returns number
// and body, as the reference writes messages down.
func next(c *apptest.Client) []byte {
	c.T.Helper()
	f := c.Next()
	assert.Equal(c.T, c.Seq(), f.Seq, "a reply carries the sequence of its request")
	assert.False(c.T, f.Plain, "an encrypted request has an encrypted answer")
	return append(binary.LittleEndian.AppendUint16(nil, f.Number), f.Body...)
}

// ask sends a request and returns its answer.
func ask(c *apptest.Client, p wire.Packet) []byte {
	c.T.Helper()
	c.Send(p)
	return next(c)
}

// raw sends a request of any number with any body.
func raw(c *apptest.Client, number uint16, body ...byte) {
	c.T.Helper()
	c.SendFrame(wire.Frame{Number: number, Body: body})
}

// success and failure are generic replies of 16 bytes, by hand.
func success(request uint16) []byte {
	return image(16, at(0, 101, 0), at(2, byte(request), byte(request>>8)))
}

func failure(request uint16) []byte {
	return image(16, at(0, 102, 0), at(2, byte(request), byte(request>>8)))
}

// piece is some bytes of an expected message at the offset that the reference
// gives them.
type piece struct {
	offset int
	bytes  []byte
}

func at(offset int, b ...byte) piece { return piece{offset, b} }

func at16(offset int, v uint16) piece { return piece{offset, binary.LittleEndian.AppendUint16(nil, v)} }

func at32(offset int, v uint32) piece { return piece{offset, binary.LittleEndian.AppendUint32(nil, v)} }

func atText(offset int, v string) piece { return piece{offset, []byte(v)} }

// image is a message of size bytes that is zero except for the pieces.
func image(size int, pieces ...piece) []byte {
	b := make([]byte, size)
	for _, p := range pieces {
		if copy(b[p.offset:], p.bytes) != len(p.bytes) {
			panic("piece beyond the end of the message")
		}
	}
	return b
}

func unhex(text string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}
