package app_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/bot"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

// variant is one way in which a client may create a driver: the documents prove one
// order of its messages and tell a server to accept any ("mcots-1 6.1").
type variant struct {
	*gamer
	random *rand.Rand
	log    []string // what was done, for the message of a failure

	car, skin uint32 // wanted
	named     bool   // some 105 named the car
	text      string // of the plate
	plate     *mcots.SetOptions
	look      *mcots.PlayerPhysical
	dialog    *apptest.Client // connection that was asked for the starter cars
}

// TestCreationInAnyOrder creates drivers in orders drawn at random, with messages left
// out, by debug clients and older ones, and with the stream cut at any byte. Whatever
// it is, every request has the answer that the documents give it, and in the end the
// driver has exactly the car that was chosen.
func TestCreationInAnyOrder(t *testing.T) {
	runs := 40
	if os.Getenv("MCOS_SOAK") != "" {
		runs = 600
	}
	a := start(t, nil)
	newGamer(t, a, 0).make("Taken")
	for seed := range uint64(runs) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			v := &variant{gamer: newGamer(t, a, 0), random: rand.New(rand.NewPCG(seed, 6))}
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("done: %q", v.log)
				}
			})
			v.cuts = v.random
			if v.maybe(30) {
				v.compress = 1 + v.random.IntN(60)
			}
			v.name, v.text = v.someName(), v.someText(7, 1)
			v.play()
		})
	}
	checkStore(t, a)
}

// make creates a persona without the client's help.
func (g *gamer) make(name string) {
	g.t.Helper()
	require.NoError(g.t, g.a.Store().Update(func(tx storage.Tx) error {
		p, err := g.a.Rules().CreatePersona(tx, g.customer, name, 44, 0)
		g.persona, g.name = p.ID, name
		return err
	}))
}

// someName is a name that no other driver has: up to ten characters of any kind that the
// dialog takes ("nps-login-persona 4.13").
func (v *variant) someName() string { return v.someText(10, 7) }

// someText has least to most printable characters, blanks in the middle only.
func (v *variant) someText(most, least int) string {
	b := make([]byte, least+v.random.IntN(most-least+1))
	for i := range b {
		b[i] = byte(0x21 + v.random.IntN(0x7F-0x21))
		if i > 0 && i < len(b)-1 && v.maybe(10) {
			b[i] = ' '
		}
	}
	return string(b)
}

// someNumbers are racing numbers of up to two characters.
func (v *variant) someNumbers() (numbers [6]string) {
	for i := range numbers {
		if v.maybe(60) {
			numbers[i] = v.someText(2, 1)
		}
	}
	return numbers
}

// maybe is true in so many of a hundred cases.
func (v *variant) maybe(percent int) bool { return v.random.IntN(100) < percent }

func (v *variant) did(format string, args ...any) {
	v.log = append(v.log, fmt.Sprintf(format, args...))
}

// shuffled runs steps in an order drawn at random.
func (v *variant) shuffled(steps ...func()) {
	v.random.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	for _, step := range steps {
		step()
	}
}

func (v *variant) play() {
	v.t.Helper()
	v.car = []uint32{104, 113, 402}[v.random.IntN(3)]
	paints := bot.Paints(v.car)
	v.skin = paints[v.random.IntN(len(paints))]
	v.login()

	before := []func(){v.checkNames, v.checkPlate}
	if v.maybe(80) {
		before = append(before, v.askForStock)
	}
	v.shuffled(before...)
	v.create()
	if v.dialog == nil && v.maybe(20) {
		v.askForStock() // also seen: between name check and creation; why not behind it
	}
	early := v.maybe(20)
	if early {
		v.selectPersona()
		v.did("503 early")
	}
	c, loggedOut := v.first()
	v.lookAround()
	if !early || v.maybe(30) {
		v.selectPersona()
		v.did("503")
	}
	if v.maybe(60) {
		lobby := v.lobby()
		defer func() { require.NoError(v.t, lobby.Conn.Close()) }()
	}
	v.second(c, loggedOut)
	v.check()
}

// checkNames asks whether the name may be had, as a debug client, an older one or not
// at all.
func (v *variant) checkNames() {
	v.t.Helper()
	ask := func(name string, free bool) {
		yes, no := nps.NameUsable.Number, nps.NameTaken.Number
		p := nps.ValidateName.With(&nps.ValidateNameBody{Customer: v.customer, Name: name, Game: "Motor City"})
		if v.maybe(50) {
			yes, no = nps.PersonaRefused.Number, nps.NameNotAvailable.Number
			p = [...]wire.Packet{
				nps.PersonaInfoByName.With(&nps.NumberFirstBody{Asking: v.customer, First: "Motor City", Second: name}),
				nps.PersonaInfoByName.With(&nps.NumberFirstBody{Asking: v.customer, First: name, Second: "Motor City"}),
				nps.PersonaInfoByText.With(&nps.TextFirstBody{Asking: v.customer, First: "Motor City", Second: name}),
				nps.PersonaInfoByText.With(&nps.TextFirstBody{Asking: v.customer, First: name, Second: "Motor City"}),
			}[v.random.IntN(4)]
		}
		want := yes
		if !free {
			want = no
		}
		f := v.ask(8228, p)
		v.did("%s for %q", p.Message, name)
		require.Equal(v.t, want, f.Number)
		require.Empty(v.t, f.Body)
	}
	if v.maybe(20) {
		ask("taKEN", false)
	}
	if v.maybe(80) {
		ask(v.name, true)
	}
}

// lookAround asks what the persona screen asks, or nothing of it.
func (v *variant) lookAround() {
	v.t.Helper()
	var steps []func()
	if v.maybe(40) {
		steps = append(steps, func() {
			f := v.ask(8228, nps.GetPersonaMaps.With(&nps.CustomerBody{Customer: v.customer}))
			v.did("532")
			list, err := nps.PersonaList.Decode(f.Body)
			require.NoError(v.t, err)
			require.Len(v.t, list.Personas, 1)
			require.Equal(v.t, v.name, list.Personas[0].Name)
		})
	}
	if v.maybe(40) {
		steps = append(steps, func() {
			v.did("50B")
			require.Equal(v.t, nps.BuddyCount.Number, v.ask(8228, nps.GetBuddyList.With(&nps.PersonaBody{Persona: v.persona})).Number)
		})
	}
	if v.maybe(20) {
		steps = append(steps, func() {
			v.did("50F")
			key := &nps.PersonaKeyBody{Customer: v.customer, Persona: v.persona, Shard: 44}
			require.Equal(v.t, nps.LogoutAck.Number, v.ask(8228, nps.LogoutPersona.With(key)).Number)
		})
	}
	v.shuffled(steps...)
}

func (v *variant) checkPlate() {
	v.t.Helper()
	if v.maybe(70) {
		v.did("534")
		require.Equal(v.t, nps.PersonaAck.Number, v.ask(8228, nps.CheckToken.With(&nps.CheckTokenBody{Flags: v.random.Uint32(), Text: v.text})).Number)
	}
}

// askForStock is the plain 141 of the dialog, on a connection that may be used on.
func (v *variant) askForStock() {
	v.t.Helper()
	v.dialog = v.dial(43300)
	v.did("141")
	v.transact(v.dialog, v.frame(mcots.MsgStockCarRequest.With(&mcots.GenericRequest{Data: 8}), true), 141)
}

func (v *variant) create() {
	v.t.Helper()
	body := &nps.CreatePersonaBody{Persona: nps.GamePersonaBody{Customer: v.customer, Name: v.name, Shard: 44}, Game: "Motor City"}
	if v.maybe(80) {
		body.Tail = []byte{0xCD, 0xCD, 0xCD}
	}
	f := v.ask(8228, nps.CreatePersona.With(body))
	v.did("507")
	require.Equal(v.t, nps.PersonaCreated.Number, f.Number)
	made, err := nps.PersonaCreated.Decode(f.Body)
	require.NoError(v.t, err)
	v.persona = made.Persona
}

// first is the dialog's session of the new driver. It returns its connection, and
// whether it has logged out there.
func (v *variant) first() (c *apptest.Client, loggedOut bool) {
	v.t.Helper()
	c = v.dialog
	if c == nil || v.maybe(50) {
		if c != nil {
			require.NoError(v.t, c.Conn.Close())
		}
		c = v.dial(43300)
		v.did("another connection")
	}
	v.did("438")
	v.connect(c)
	var steps []func()
	if v.maybe(90) {
		steps = append(steps, func() {
			v.did("105 with the car")
			v.named = true
			v.enter(c, 8, v.car, v.skin)
		})
	}
	if v.maybe(80) {
		steps = append(steps, func() {
			v.did("109")
			v.plate = &mcots.SetOptions{PlateCode: uint16(v.random.Uint32()), PlateText: v.text, CarInfoSetting: v.random.Uint32(), CarNumbers: v.someNumbers()}
			v.succeed(c, mcots.MsgSetOptions.With(v.plate))
		})
	}
	if v.maybe(80) {
		steps = append(steps, func() {
			v.did("266")
			v.look = &mcots.PlayerPhysical{
				PlayerID: v.persona, BodyType: int32(v.random.Uint32()), HairColor: v.random.Uint32(), SkinColor: v.random.Uint32(),
				ShirtColor: v.random.Uint32(), PantsColor: v.random.Uint32(),
			}
			v.succeed(c, mcots.MsgUpdatePlayerPhysical.With(v.look))
		})
	}
	if v.maybe(40) {
		steps = append(steps, func() {
			v.did("440")
			v.transact(c, v.frame(mcots.MsgTracking.With(&mcots.Tracking{Text: `"26/01/11 12:41:07",Home,0`}), false))
		})
	}
	if v.maybe(30) {
		steps = append(steps, func() {
			v.did("heartbeat")
			c.SendFrame(wire.Frame{Heartbeat: true, Body: []byte{1, 2, 3}})
			v.frames++
		})
	}
	if v.maybe(40) {
		plain := v.maybe(50)
		steps = append(steps, func() {
			v.did("141 again, plain: %t", plain)
			v.transact(c, v.frame(mcots.MsgStockCarRequest.With(&mcots.GenericRequest{Data: 8}), plain), 141)
		})
	}
	v.shuffled(steps...)
	if len(steps) == 0 || !v.proved() || v.maybe(15) {
		v.did("hung up")
		require.NoError(v.t, c.Conn.Close())
		return nil, false
	}
	v.did("106")
	v.succeed(c, mcots.MsgLogout.With(&mcots.GenericRequest{}))
	return c, true
}

// proved reports whether something was sent that only the driver's client could send.
func (v *variant) proved() bool { return v.named || v.plate != nil || v.look != nil }

// second is the session of the game.
func (v *variant) second(c *apptest.Client, loggedOut bool) {
	v.t.Helper()
	if !loggedOut || v.maybe(60) {
		if c != nil {
			require.NoError(v.t, c.Conn.Close())
		}
		c = v.dial(43300)
		v.did("another connection")
	}
	v.did("438")
	v.connect(c)
	if again := v.maybe(20); again {
		v.did("105 with the car again")
		v.named = true
		v.enter(c, 8, v.car, v.skin)
	} else {
		v.did("105")
		v.enter(c, 0, 0, 0)
	}
	rest := []func(){
		func() { v.transact(c, v.frame(mcots.MsgGetLobbies.With(&mcots.GenericRequest{}), false), 325, 408) },
		func() { v.transact(c, v.frame(mcots.MsgGetArcadeCars.With(&mcots.GenericRequest{}), false), 323) },
		func() {
			f := v.transact(c, v.frame(mcots.MsgGetOwnedVehicles.With(&mcots.GenericRequest{Data: v.persona}), false), 173)[0]
			list, err := mcots.MsgOwnedVehicles.Decode(f.Body)
			require.NoError(v.t, err)
			assert.Len(v.t, list.Vehicles, len(v.cars()))
		},
		func() {
			v.transact(c, v.frame(mcots.MsgGetPlayerInfo.With(&mcots.GenericRequest{Data: v.persona}), false), 108)
		},
	}
	v.shuffled(rest...)
	assert.True(v.t, v.a.Sessions().Online(v.persona))
	require.NoError(v.t, c.Conn.Close())
}

// check looks at what is stored.
func (v *variant) check() {
	v.t.Helper()
	p, cars := v.stored(), v.cars()
	if !v.named {
		assert.Empty(v.t, cars)
		assert.EqualValues(v.t, 10000, p.Balance)
	} else {
		require.Len(v.t, cars, 1, "one car, however often it was named")
		assert.Equal(v.t, []uint32{v.car, v.skin}, []uint32{cars[0].BrandedPart, cars[0].Skin})
		price := map[uint32]int64{104: 6495, 113: 7394, 402: 5995}[v.car]
		assert.Equal(v.t, 10000-price, p.Balance)
	}
	if v.plate != nil {
		assert.Equal(v.t, storage.Plate{Code: v.plate.PlateCode, Text: v.text}, p.Plate)
		assert.Equal(v.t, v.plate.CarNumbers, p.CarNumbers)
		assert.Equal(v.t, v.plate.CarInfoSetting, p.CarSetting)
	}
	if v.look != nil {
		assert.Equal(v.t, storage.Look{
			Body: v.look.BodyType, Hair: v.look.HairColor, Skin: v.look.SkinColor, Shirt: v.look.ShirtColor, Pants: v.look.PantsColor,
		}, p.Look, "nothing of it is checked (DECISIONS 43)")
	}
}
