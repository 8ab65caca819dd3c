package player_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/game"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
)

// now is what the world's clock shows, 2026-01-02 03:04:05 UTC, on the wire.
var now = []byte{0xa5, 0x35, 0x57, 0x69}

func TestLoginForms(t *testing.T) {
	for form, want := range map[int][]byte{
		173: image(173, at(0, 213, 0), at(2, now...), at(6, 1)),
		72:  image(72, at(0, 213, 0), at(2, now...), at(6, 1)),
	} {
		f := newFixture(t, func(o *options) { o.player.LoginCompleteForm = form })
		require.EqualValues(t, 0x695735a5, f.Now().Unix())
		c := f.connect(f.marty)
		assert.Equal(t, want, ask(c, loginAs(f.marty)))
		assert.Equal(t, want, ask(c, loginAs(f.marty)), "once more")
	}
}

// TestShutdownNotice tells about an announced shutdown, only where that is wished.
func TestShutdownNotice(t *testing.T) {
	for name, c := range map[string]struct {
		on   bool
		left time.Duration
		want uint16
	}{
		"off": {false, time.Minute, 0}, "none": {true, 0, 0}, "over": {true, -time.Hour, 0}, "soon": {true, 90*time.Second + 1, 90},
		"far": {true, 48 * time.Hour, 65535},
	} {
		for form, offset := range map[int]int{173: 7, 72: 10} {
			f := newFixture(t, func(o *options) {
				o.player.LoginCompleteForm, o.player.ShutdownNotice, o.left = form, c.on, c.left
			})
			want := image(form, at(0, 213, 0), at(2, now...), at(6, 1), at16(offset, c.want))
			assert.Equal(t, want, ask(f.connect(f.marty), loginAs(f.marty)), "%s, %d", name, form)
		}
	}
}

// A refused login leaves a connection that has proved its key as it was.
func TestLoginWithWrongIDs(t *testing.T) {
	f := newFixture(t, nil)
	biff := f.Player("Biff", 2)
	c := f.prove(f.marty)
	for _, wrong := range []apptest.Player{
		{Account: f.marty.Account, Persona: biff.Persona}, {Account: biff.Account, Persona: f.marty.Persona}, biff, {},
	} {
		assert.Equal(t, failure(105), ask(c, loginWith(wrong, starterDealer, 104, 41)))
	}
	raw(c, 105, 1, 2, 3)
	assert.Equal(t, failure(105), next(c), "malformed")
	assert.Equal(t, failure(324), ask(c, generic(mcots.MsgGetLobbies, 0)), "not logged in by any of these")
	assert.Empty(t, f.cars(f.marty.Persona))
	assert.Empty(t, f.cars(biff.Persona))
	assert.Len(t, ask(c, loginAs(f.marty)), 173)
}

func TestLoginBeforeConnect(t *testing.T) {
	f := newFixture(t, nil)
	c := f.dial()
	c.Send(loginAs(f.marty))
	assert.Equal(t, unhex("1900 544f4d43 01000000 00 6600 6900 00000000 00000000 00000000"), c.Raw(27))
	c.Closed()
}

// The create dialog's choice of a car travels in the first login.
func TestStarterCar(t *testing.T) {
	f := newFixture(t, nil)
	c := f.connect(f.marty)
	first := loginWith(f.marty, starterDealer, 104, 41)
	assert.Len(t, ask(c, first), 173)
	cars := f.cars(f.marty.Persona)
	require.Len(t, cars, 1)
	assert.EqualValues(t, 104, cars[0].BrandedPart)
	assert.EqualValues(t, 41, cars[0].Skin)
	assert.EqualValues(t, 10000-6495, f.Get(f.marty.Persona).Balance)
	assert.True(t, f.logged("starter car sold"))

	// The same login again, here and on another connection, buys nothing more;
	// nor does one that names another car.
	assert.Len(t, ask(c, first), 173)
	again := f.connect(f.marty)
	assert.Len(t, ask(again, first), 173)
	assert.Len(t, ask(again, loginWith(f.marty, starterDealer, 402, 340)), 173)
	assert.Len(t, ask(again, loginAs(f.marty)), 173)
	assert.Equal(t, cars, f.cars(f.marty.Persona))
	assert.EqualValues(t, 10000-6495, f.Get(f.marty.Persona).Balance)
	assert.Equal(t, unhex("ad00 01 01000000 68000000"), ask(c, generic(mcots.MsgGetOwnedVehicles, f.marty.Persona)))
	require.NoError(t, f.Store.View(storage.Check))
}

// Every starter car can be had for exactly its price.
func TestStarterPrices(t *testing.T) {
	for _, offer := range []struct{ car, skin, price uint32 }{{113, 158, 7394}, {104, 50, 6495}, {402, 340, 5995}} {
		f := newFixture(t, nil)
		f.Update(func(tx storage.Tx) error {
			return f.Rules.Grant(tx, f.marty.Persona, int64(offer.price)-10000, "all but the price")
		})
		c := f.connect(f.marty)
		assert.Len(t, ask(c, loginWith(f.marty, starterDealer, offer.car, offer.skin)), 173)
		assert.Len(t, f.cars(f.marty.Persona), 1, "car %d", offer.car)
		assert.Zero(t, f.Get(f.marty.Persona).Balance)
	}
}

// The paint is no reason to sell nothing: what fits is sold as it was chosen, and
// anything else becomes a plain paint, which the log tells (DECISIONS 14).
func TestStarterPaint(t *testing.T) {
	for name, tc := range map[string]struct{ car, wanted, sold uint32 }{
		"rust":                {104, 880, 880},
		"rust of the Bel-Air": {113, 883, 883},
		"rust of the Buick":   {402, 878, 878},
		"flames":              {104, 487, 487},
		"a late tinted one":   {113, 1256, 1256},
		"skin of another car": {104, 158, 40},
		"recorded skin":       {104, 885, 40},
		"no skin":             {402, 0, 340},
		"unknown skin":        {113, 999999, 158},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			assert.Len(t, ask(f.connect(f.marty), loginWith(f.marty, starterDealer, tc.car, tc.wanted)), 173)
			cars := f.cars(f.marty.Persona)
			require.Len(t, cars, 1)
			assert.Equal(t, tc.sold, cars[0].Skin)
			line := f.line("starter car sold")
			require.NotNil(t, line)
			assert.Equal(t, tc.wanted, line.Data["skin"])
			if tc.sold != tc.wanted {
				assert.Equal(t, tc.sold, line.Data["sold_skin"])
			}
		})
	}
}

// What the recorded client chose is sold by a server that offers it.
func TestRecordedChoice(t *testing.T) {
	f := newFixture(t, func(o *options) {
		o.game = func(c *game.Config) {
			c.StartingCash, c.StarterCars = 200, []game.StarterCar{{Car: 105, Price: 20}}
		}
	})
	assert.Len(t, ask(f.connect(f.marty), loginWith(f.marty, starterDealer, 105, 885)), 173)
	cars := f.cars(f.marty.Persona)
	require.Len(t, cars, 1)
	assert.EqualValues(t, 885, cars[0].Skin)
	assert.EqualValues(t, 180, f.Get(f.marty.Persona).Balance)
}

// A choice that cannot be sold is logged; the driver gets in without a car.
func TestStarterCarNotSold(t *testing.T) {
	cases := map[string]struct {
		dealer, car, skin uint32
		prepare           func(*fixture)
	}{
		"no starter car":      {dealer: starterDealer, car: 101, skin: 41},
		"the recorded choice": {dealer: starterDealer, car: 105, skin: 885},
		"no car at all":       {dealer: starterDealer, car: 4711, skin: 41},
		"another dealer":      {dealer: 6, car: 104, skin: 41},
		"no dealer":           {dealer: 0, car: 104, skin: 41},
		"one dollar short": {dealer: starterDealer, car: 104, skin: 41, prepare: func(f *fixture) {
			f.Update(func(tx storage.Tx) error { return f.Rules.Grant(tx, f.marty.Persona, 6494-10000, "tax") })
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			if tc.prepare != nil {
				tc.prepare(f)
			}
			before := f.Get(f.marty.Persona)
			c := f.connect(f.marty)
			assert.Equal(t, image(173, at(0, 213, 0), at(2, now...), at(6, 1)), ask(c, loginWith(f.marty, tc.dealer, tc.car, tc.skin)))
			assert.Empty(t, f.cars(f.marty.Persona))
			assert.Equal(t, before, f.Get(f.marty.Persona))
			assert.True(t, f.logged("starter car not sold"))
			assert.Equal(t, unhex("ad00 00 00"), ask(c, generic(mcots.MsgGetOwnedVehicles, f.marty.Persona)))
		})
	}
}

// Whoever owns a car already, for example as a present, is sold none.
func TestStarterCarOfOwner(t *testing.T) {
	f := newFixture(t, nil)
	f.Update(func(tx storage.Tx) error {
		_, err := f.Rules.GiveCar(tx, f.marty.Persona, 101, 0, "present")
		return err
	})
	c := f.connect(f.marty)
	assert.Len(t, ask(c, loginWith(f.marty, starterDealer, 104, 41)), 173)
	assert.Len(t, f.cars(f.marty.Persona), 1)
	assert.EqualValues(t, 10000, f.Get(f.marty.Persona).Balance)
}

// A driver who missed the starter car may choose one at the next login.
func TestStarterCarAtTheSecondLogin(t *testing.T) {
	f := newFixture(t, nil)
	c := f.login(f.marty)
	assert.Len(t, ask(c, loginWith(f.marty, starterDealer, 101, 1)), 173)
	assert.Empty(t, f.cars(f.marty.Persona))
	assert.Len(t, ask(c, loginWith(f.marty, starterDealer, 104, 40)), 173)
	assert.Len(t, f.cars(f.marty.Persona), 1)
}

func TestLogout(t *testing.T) {
	f := newFixture(t, nil)
	f.marty.Session.Select(f.marty.Persona)
	c := f.login(f.marty)
	assert.Equal(t, success(106), ask(c, generic(mcots.MsgLogout, 0)))
	assert.False(t, f.Sessions.Online(f.marty.Persona), "out of play")
	assert.Equal(t, failure(108), ask(c, generic(mcots.MsgGetPlayerInfo, f.marty.Persona)), "the state is gone")
	assert.Equal(t, success(106), ask(c, generic(mcots.MsgLogout, 0)), "once more does no harm")
	assert.Len(t, ask(c, loginAs(f.marty)), 173, "the connection is still good for a login")
	assert.Len(t, ask(c, generic(mcots.MsgGetPlayerInfo, f.marty.Persona)), 423)
}

// Logging out the driver of one connection leaves another one in play.
func TestLogoutOfAnother(t *testing.T) {
	f := newFixture(t, nil)
	second := f.Persona(f.marty.Account, "Calvin")
	f.marty.Session.Select(second)
	assert.Equal(t, success(106), ask(f.login(f.marty), generic(mcots.MsgLogout, 0)))
	assert.True(t, f.Sessions.Online(second))
}

// The client's own delete message may come before NPS has deleted the persona, or
// after it, before 105 or after it.
func TestDeletePersona(t *testing.T) {
	f := newFixture(t, nil)
	biff := f.Player("Biff", 2)
	short := wire.Frame{Number: 320, Body: []byte{0xe8, 3, 0, 0}}
	for name, open := range map[string]func(apptest.Player) *apptest.Client{"before login": f.connect, "after login": f.login} {
		t.Run(name, func(*testing.T) {
			c := open(f.marty)
			assert.Equal(t, success(320), ask(c, mcots.MsgDeletePersona.With(&mcots.DeletePersona{PersonaID: f.marty.Persona, Extra: 7})))
			c.SendFrame(short)
			assert.Equal(t, success(320), next(c))
			assert.Equal(t, failure(320), ask(c, mcots.MsgDeletePersona.With(&mcots.DeletePersona{PersonaID: biff.Persona})))
			raw(c, 320, 1, 2)
			assert.Equal(t, failure(320), next(c))
		})
	}
	assert.True(t, f.Get(f.marty.Persona).Live(), "deleting is the business of NPS 0x512")
	assert.True(t, f.Get(biff.Persona).Live())

	c := f.login(f.marty)
	f.remove(f.marty)
	f.Pass(time.Hour)
	c.SendFrame(short)
	assert.Equal(t, success(320), next(c), "on a connection that was open before")
	assert.Equal(t, failure(108), ask(c, generic(mcots.MsgGetPlayerInfo, f.marty.Persona)), "it is gone")
}
