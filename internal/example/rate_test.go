package example

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/gateway"
	"mcos/app/netaddr"
	"mcos/app/player"
	"mcos/protocol/mcots"
)

// TestLayout pins the bytes: nobody can change the layout without noticing.
func TestLayout(t *testing.T) {
	body, err := MsgRateDriver.With(&RateDriver{Driver: 1000, Stars: 5, Comment: "fair"}).AppendBody(nil)
	require.NoError(t, err)
	assert.Equal(t, []byte("\xe8\x03\x00\x00\x05fair\x00\x00\x00\x00\x00\x00\x00\x00"), body)
	req, err := MsgRateDriver.Decode(body)
	require.NoError(t, err)
	assert.Equal(t, &RateDriver{Driver: 1000, Stars: 5, Comment: "fair"}, req)
	_, err = MsgRateDriver.Decode(body[:6])
	assert.Error(t, err, "cut off")
}

// world is a transaction port with the service behind the login of the game.
func world(t *testing.T) (*apptest.World, string) {
	w := apptest.NewWorld(t)
	players := player.New(player.Default(), player.Deps{
		Store: w.Store, Sessions: w.Sessions, Rules: w.Rules, Now: w.Now,
		WebHost: func(netaddr.Arrival) string { return "localhost" },
	})
	ratings := New(Deps{Store: w.Store})
	return w, w.Serve(gateway.MCOTSPort(gateway.DefaultMCOTS(), slices.Concat(players.Rows(), ratings.Rows()), gateway.Timeouts{}))
}

// login connects a driver as the game does.
func login(t *testing.T, addr string, p apptest.Player) *apptest.Client {
	c := apptest.Dial(t, addr, mcots.NewOpener(mcots.MaxFrame), mcots.NewSealer())
	c.Send(mcots.MsgConnect.With(&mcots.Connect{CustomerID: p.Account, PersonaID: p.Persona}))
	apptest.Expect(c, mcots.MsgSuccess)
	c.Secure(p.Key)
	c.Send(mcots.MsgLogin.With(&mcots.Login{CustomerID: p.Account, PersonaID: p.Persona}))
	apptest.Expect(c, mcots.MsgLoginComplete)
	return c
}

func TestRating(t *testing.T) {
	w, addr := world(t)
	marty, biff, doc := w.Player("Marty", 1), w.Player("Biff", 2), w.Player("Doc", 3)
	m, d := login(t, addr, marty), login(t, addr, doc)

	m.Send(MsgRateDriver.With(&RateDriver{Driver: biff.Persona, Stars: 1}))
	assert.Equal(t, &DriverRating{Driver: biff.Persona, Ratings: 1, Average: 100}, apptest.Expect(m, MsgDriverRating))
	d.Send(MsgRateDriver.With(&RateDriver{Driver: biff.Persona, Stars: 4}))
	assert.Equal(t, &DriverRating{Driver: biff.Persona, Ratings: 2, Average: 250}, apptest.Expect(d, MsgDriverRating))
	m.Send(MsgRateDriver.With(&RateDriver{Driver: biff.Persona, Stars: 2}))
	assert.Equal(t, &DriverRating{Driver: biff.Persona, Ratings: 2, Average: 300}, apptest.Expect(m, MsgDriverRating), "the newest counts")

	for name, req := range map[string]RateDriver{
		"no stars": {Driver: biff.Persona}, "six stars": {Driver: biff.Persona, Stars: 6},
		"himself": {Driver: marty.Persona, Stars: 5}, "nobody": {Driver: 4711, Stars: 5},
	} {
		m.Send(MsgRateDriver.With(&req))
		refusal := apptest.Expect(m, mcots.MsgFailed)
		assert.Equal(t, MsgRateDriver.Number, refusal.Request, name)
	}
}

// FuzzRateDriver decodes anything; nothing panics, and what decodes encodes again.
func FuzzRateDriver(f *testing.F) {
	f.Add([]byte("\xe8\x03\x00\x00\x05fair\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if req, err := MsgRateDriver.Decode(body); err == nil {
			_, err := MsgRateDriver.With(req).AppendBody(nil)
			require.NoError(t, err)
		}
	})
}
