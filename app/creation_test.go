package app_test

import (
	"encoding/hex"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app"
	"mcos/app/apptest"
	"mcos/app/config"
	"mcos/app/game"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

// What a real client sent in 2018 while a driver was created and then played for the
// first time: 8228 0x533, 0x534; 43300 141, 438, 105, 109, 266, 106; 8228 0x503; 7003
// 0x100, 0x30C, 0x128; 43300 438, 105, 324 ("mcots-1 6.1").
const (
	creationCustomer = 5551212
	creationPersona  = 8675309
	creationName     = "Dr Brown"
)

// choice is the car that a player picks in the create dialog, and what comes of it.
type choice struct {
	config          func(*config.Config)
	car, skin       uint32
	sold            uint32 // skin; 0: no car
	balance         int64
	ledger          int // entries
	startersOffered int
}

var choices = map[string]choice{
	// The server of that day offered one car, at 20 of 200.
	"the recorded one": {config: func(c *config.Config) {
		c.Economy.StartingCash, c.Economy.StarterCars = 200, []game.StarterCar{{Car: 105, Price: 20}}
	}, car: 105, skin: 885, sold: 885, balance: 180, ledger: 2, startersOffered: 1},
	// Ours does not: 213 comes all the same.
	"the recorded one, not offered": {car: 105, skin: 885, balance: 10000, ledger: 1, startersOffered: 3},
	"rust for the Fairlane":         {car: 104, skin: 880, sold: 880, balance: 10000 - 6495, ledger: 2, startersOffered: 3},
	"rust for the Bel-Air":          {car: 113, skin: 883, sold: 883, balance: 10000 - 7394, ledger: 2, startersOffered: 3},
	"rust for the Buick":            {car: 402, skin: 878, sold: 878, balance: 10000 - 5995, ledger: 2, startersOffered: 3},
	"a paint of another car":        {car: 104, skin: 885, sold: 40, balance: 10000 - 6495, ledger: 2, startersOffered: 3},
}

// connections says which connections the messages on 43300 share; nobody recorded it.
var connections = map[string]struct{ dialog, game bool }{
	"one connection for all":                   {dialog: true, game: true},
	"141 and 438 on one, the game on another":  {dialog: true},
	"141 on one, everything behind on another": {game: true},
	"three connections":                        {},
}

func TestRecordedCreation(t *testing.T) {
	run := func(name string, x choice, dialog, game bool) {
		t.Run(name, func(t *testing.T) {
			a := start(t, x.config)
			g := newGamer(t, a, creationCustomer)
			g.name = creationName
			g.login()
			x.create(g, dialog, game)
		})
	}
	for name, line := range connections {
		run(name, choices["the recorded one"], line.dialog, line.game)
	}
	for name, x := range choices {
		run(name, x, false, false)
	}
}

// create is the recording, message by message.
func (x choice) create(g *gamer, shareDialog, shareGame bool) {
	g.t.Helper()
	assert.Equal(g.t, nps.NameUsable.Number, g.ask(8228, nps.ValidateName.With(&nps.ValidateNameBody{Customer: g.customer, Name: g.name, Game: "Motor City"})).Number)
	assert.Equal(g.t, nps.PersonaAck.Number, g.ask(8228, nps.CheckToken.With(&nps.CheckTokenBody{Flags: 2, Text: "Marty"})).Number)

	c := g.dial(43300)
	stock := g.transact(c, g.frame(mcots.MsgStockCarRequest.With(&mcots.GenericRequest{Data: 8}), true), 141)
	offers, err := mcots.MsgStockCars.Decode(stock[0].Body)
	require.NoError(g.t, err)
	assert.Len(g.t, offers.Cars, x.startersOffered)
	assert.EqualValues(g.t, 1, c.Seq())

	g.persona = creationPersona // by 0x507, which was not recorded
	require.NoError(g.t, g.a.Store().Update(func(tx storage.Tx) error {
		_, err := g.a.Rules().CreatePersona(tx, g.customer, g.name, 44, g.persona)
		return err
	}))
	if !shareDialog {
		require.NoError(g.t, c.Conn.Close())
		c = g.dial(43300)
	}
	g.connect(c)
	assert.EqualValues(g.t, 3, c.Seq())
	assert.False(g.t, g.a.Sessions().Online(g.persona), "a claim proves nothing")
	g.enter(c, 8, x.car, x.skin)
	assert.EqualValues(g.t, 5, c.Seq())
	assert.True(g.t, g.a.Sessions().Online(g.persona), "from 438 on, without any 0x503")
	g.succeed(c, mcots.MsgSetOptions.With(&mcots.SetOptions{PlateCode: 0x0401, PlateText: "Marty"}))
	g.succeed(c, mcots.MsgUpdatePlayerPhysical.With(&mcots.PlayerPhysical{
		PlayerID: g.persona, BodyType: 27, HairColor: 0xFFFFF2A7, SkinColor: 0xFFFFCEA5, ShirtColor: 0xFFFFFFFF, PantsColor: 0xFFD45252,
	}))
	g.succeed(c, mcots.MsgLogout.With(&mcots.GenericRequest{}))
	assert.EqualValues(g.t, 11, c.Seq())
	assert.False(g.t, g.a.Sessions().Online(g.persona), "until 106")

	g.selectPersona()
	lobby := g.lobby()
	if !shareGame {
		// The client closes the dialog's connection some time after its 106.
		require.NoError(g.t, c.Conn.Close())
		c = g.dial(43300)
	}
	g.connect(c)
	assert.EqualValues(g.t, 13, c.Seq())
	g.enter(c, 0, 0, 0)
	g.transact(c, g.frame(mcots.MsgGetLobbies.With(&mcots.GenericRequest{}), false), 325, 408)
	assert.EqualValues(g.t, 17, c.Seq())
	assert.True(g.t, g.a.Sessions().Online(g.persona))
	x.check(g)
	require.NoError(g.t, lobby.Conn.Close())
}

// check looks at what is stored.
func (x choice) check(g *gamer) {
	g.t.Helper()
	p := g.stored()
	assert.Equal(g.t, x.balance, p.Balance)
	assert.Equal(g.t, storage.Plate{Code: 0x0401, Text: "Marty"}, p.Plate)
	assert.Equal(g.t, storage.Look{Body: 27, Hair: 0xFFFFF2A7, Skin: 0xFFFFCEA5, Shirt: 0xFFFFFFFF, Pants: 0xFFD45252}, p.Look, "nothing of it is checked (DECISIONS 43)")
	entries := 0
	require.NoError(g.t, g.a.Store().View(func(tx storage.ReadTx) error {
		return tx.LedgerOf(p.ID, func(storage.LedgerEntry) error { entries++; return nil })
	}))
	assert.Equal(g.t, x.ledger, entries)
	cars := g.cars()
	if x.sold == 0 {
		assert.Empty(g.t, cars)
		return
	}
	require.Len(g.t, cars, 1, "nobody stands in an empty garage")
	assert.Equal(g.t, x.car, cars[0].BrandedPart)
	assert.Equal(g.t, x.sold, cars[0].Skin)
	checkStore(g.t, g.a)
}

// The frames themselves, where the recording is at hand: its plain ones as they were
// on the wire, the others encrypted with a key of our own.
func TestRecordedCreationFrames(t *testing.T) {
	var bodies [][]byte
	for _, row := range readTSV(t, filepath.Join(reference(t), "captures", "mcots-vectors.tsv")) {
		if len(row) == 5 && row[1] == "C>S" && strings.HasPrefix(row[4], "[recording of 2018]") {
			body, err := hex.DecodeString(row[3])
			require.NoError(t, err)
			bodies = append(bodies, body)
		}
	}
	require.Len(t, bodies, 9)
	for what, choice := range map[string]choice{"recorded": choices["the recorded one"], "not offered": choices["the recorded one, not offered"]} {
		t.Run(what, func(t *testing.T) {
			a := start(t, choice.config)
			g := newGamer(t, a, creationCustomer)
			g.name, g.persona = creationName, creationPersona
			g.login()
			require.NoError(t, a.Store().Update(func(tx storage.Tx) error {
				_, err := a.Rules().CreatePersona(tx, g.customer, g.name, 44, g.persona)
				return err
			}))
			replayCreation(g, a, bodies)
			choice.check(g)
		})
	}
}

func replayCreation(g *gamer, a *app.App, bodies [][]byte) {
	g.t.Helper()
	frame := func(i int, plain bool) wire.Frame {
		b := bodies[i]
		return wire.Frame{Number: uint16(b[0]) | uint16(b[1])<<8, Body: b[2:], Plain: plain}
	}
	var c *apptest.Client
	for i, want := range [][]uint16{{141}, {101}, {213}, {101}, {101}, {101}, {101}, {213}, {325, 408}} {
		if i == 0 || i == 6 {
			c = g.dial(43300)
		}
		connects := i == 1 || i == 6
		g.transact(c, frame(i, i == 0 || connects), want...)
		assert.EqualValues(g.t, 2*i+1, c.Seq(), "one answer to each")
		if connects {
			c.Secure(a.Sessions().ByAccount(g.customer).Key)
		}
	}
}
