package player_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/player"
	"mcos/protocol/cipher"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
)

// everything is the whole store; it stays the same to the byte while nothing is
// written.
func (f *fixture) everything() []byte {
	f.t.Helper()
	var b bytes.Buffer
	require.NoError(f.t, f.Store.Backup(&b))
	return b.Bytes()
}

// requests are all messages that a client may send to the transaction port, and some
// numbers that no client sends.
func requests() []uint16 {
	list := []uint16{0, 1, 101, 213, 9999, 0xFFFF}
	for _, m := range mcots.Registry.All() {
		if m.Family == wire.MCOTS && m.Dir != wire.ToClient {
			list = append(list, m.Number)
		}
	}
	return list
}

// orders are requests that would change something, by number.
func (f *fixture) orders(car uint32) map[uint16]wire.Packet {
	f.t.Helper()
	var parts []storage.Part
	require.NoError(f.t, f.Store.View(func(tx storage.ReadTx) (err error) {
		parts, err = tx.PartsOfVehicle(car)
		return err
	}))
	list := []wire.Packet{
		loginWith(f.marty, starterDealer, 104, 41), lookOf(f.marty),
		mcots.MsgSetOptions.With(&mcots.SetOptions{PlateText: "STOLEN"}),
		mcots.MsgSetDescription.With(&mcots.SetDescription{Description: "stolen"}),
		mcots.MsgDeletePersona.With(&mcots.DeletePersona{PersonaID: f.marty.Persona}),
		generic(mcots.MsgLogout, 0),
		mcots.MsgDestroyPart.With(&mcots.GenericRequest{Data: parts[len(parts)-1].ID}),
	}
	orders := map[uint16]wire.Packet{}
	for _, p := range list {
		orders[p.Message.Number] = p
	}
	return orders
}

func (f *fixture) giveCar(p apptest.Player) (car uint32) {
	f.t.Helper()
	f.Update(func(tx storage.Tx) (err error) {
		car, err = f.Rules.GiveCar(tx, p.Persona, 104, 41, "present")
		return err
	})
	return car
}

// After 438 no message but the stock list is taken in plain text, whoever sends it:
// the connection ends without a word and nothing has changed.
func TestPlainAfterConnect(t *testing.T) {
	f := newFixture(t, nil)
	orders := f.orders(f.giveCar(f.marty))
	f.marty.Session.Select(f.marty.Persona)
	before := f.everything()
	for name, open := range map[string]func(apptest.Player) *apptest.Client{"stranger": f.connect, "owner": f.login} {
		for _, number := range requests() {
			if number == mcots.MsgStockCarRequest.Number {
				continue
			}
			c := open(f.marty)
			if order, ok := orders[number]; ok {
				c.SendPlain(order)
			} else {
				c.SendFrame(wire.Frame{Number: number, Body: make([]byte, 300), Plain: true})
			}
			c.Closed()
			require.Equal(t, before, f.everything(), "%s, %d", name, number)
		}
	}
	c := f.connect(f.marty)
	c.SendFrame(wire.Frame{Heartbeat: true, Body: []byte{1}})
	c.SendPlain(generic(mcots.MsgStockCarRequest, starterDealer))
	stock := c.Next()
	assert.True(t, stock.Plain)
	assert.EqualValues(t, 141, stock.Number)
	c.Send(loginAs(f.marty))
	apptest.Expect(c, mcots.MsgLoginComplete)
}

// Until the key has been proved, an encrypted message is either the proof or the end
// of the connection, and nothing encrypted is answered: that would tell a piece of
// the key stream to somebody who could use it.
func TestFirstEncryptedMessage(t *testing.T) {
	f := newFixture(t, nil)
	biff := f.Player("Biff", 2)
	orders := f.orders(f.giveCar(f.marty))
	proofs := map[uint16]bool{105: true, 109: true, 141: true, 266: true, 320: true, 440: true}
	for _, number := range requests() {
		if proofs[number] {
			continue
		}
		c := f.connect(f.marty)
		if order, ok := orders[number]; ok {
			c.Send(order)
		} else {
			c.SendFrame(wire.Frame{Number: number, Body: make([]byte, 300)})
		}
		c.Closed()
	}
	// Proofs of somebody else, or none.
	for _, p := range []wire.Packet{
		loginAs(biff), lookOf(biff), mcots.MsgDeletePersona.With(&mcots.DeletePersona{PersonaID: biff.Persona}),
		mcots.MsgSetOptions.With(&mcots.SetOptions{PlateText: " lead"}),
	} {
		c := f.connect(f.marty)
		c.Send(p)
		c.Closed()
	}
	for number := range proofs {
		c := f.connect(f.marty)
		raw(c, number, 1, 2, 3)
		c.Closed()
	}
	// A report is never answered, does nothing and is no proof.
	c := f.connect(f.marty)
	c.Send(mcots.MsgTracking.With(&mcots.Tracking{Text: "Home"}))
	c.Send(loginAs(f.marty))
	apptest.Expect(c, mcots.MsgLoginComplete)
	assert.Empty(t, f.Get(f.marty.Persona).Plate.Text)
}

// Whoever knows the ids and not the key gets nowhere, whatever he sends.
func TestWrongKey(t *testing.T) {
	f := newFixture(t, nil)
	f.marty.Session.Select(f.marty.Persona)
	before := f.everything()
	for i := range byte(40) {
		c := f.dial()
		c.Send(connectAs(f.marty))
		apptest.Expect(c, mcots.MsgSuccess)
		c.Secure(cipher.SessionKey{0xBA, 0xD0, i})
		c.Send(loginAs(f.marty))
		c.Closed()
	}
	assert.Equal(t, before, f.everything())
	assert.True(t, f.Sessions.Online(f.marty.Persona), "the owner is still in play")
}

// A connection that has not proved the key takes no place from the owner's, and its
// end is not his.
func TestUnprovedConnectionsDoNotCount(t *testing.T) {
	f := newFixture(t, nil)
	f.marty.Session.Select(f.marty.Persona)
	var strangers []*apptest.Client
	for range 20 {
		strangers = append(strangers, f.connect(f.marty))
	}
	assert.Zero(t, f.marty.Session.Connections())
	for _, info := range f.Server.Connections() {
		assert.Empty(t, info.Persona+info.Account, "nobody is known yet")
	}
	owner := f.login(f.marty)
	assert.Equal(t, 1, f.marty.Session.Connections())
	for _, c := range strangers {
		c.SendPlain(generic(mcots.MsgLogout, 0))
		c.Closed()
	}
	assert.True(t, f.Sessions.Online(f.marty.Persona))
	assert.Len(t, ask(owner, generic(mcots.MsgGetPlayerPhysical, f.marty.Persona)), 26)
}

// The session may end between 438 and the proof.
func TestProofComesTooLate(t *testing.T) {
	f := newFixture(t, nil)
	c := f.connect(f.marty)
	f.Sessions.End(f.marty.Account, "banned")
	c.Send(loginAs(f.marty))
	c.Closed()
}

// A stock list before 438 leaves the connection open for it.
func TestStockListThenConnect(t *testing.T) {
	f := newFixture(t, nil)
	c := f.dial()
	c.Send(generic(mcots.MsgStockCarRequest, starterDealer))
	assert.EqualValues(t, 141, c.Next().Number)
	c.Send(connectAs(f.marty))
	apptest.Expect(c, mcots.MsgSuccess)
	c.Secure(f.marty.Key)
	assert.Len(t, ask(c, loginAs(f.marty)), 173)
}

// A 438 after an answered 106 begins a new session on the same connection, with
// fresh key streams and perhaps another driver.
func TestConnectAfterLogout(t *testing.T) {
	f := newFixture(t, nil)
	second := f.marty
	second.Name = "Calvin"
	second.Persona = f.Persona(f.marty.Account, second.Name)
	c := f.login(f.marty)
	for _, p := range []apptest.Player{f.marty, second, f.marty} {
		assert.Equal(t, success(106), ask(c, generic(mcots.MsgLogout, 0)))
		c.SendPlain(connectAs(p))
		answer := c.Next()
		assert.True(t, answer.Plain)
		assert.EqualValues(t, 101, answer.Number)
		assert.Zero(t, f.marty.Session.Connections(), "the new session has to prove the key as well")
		c.Secure(p.Key)
		assert.Len(t, ask(c, loginAs(p)), 173)
		assert.Equal(t, 1, f.marty.Session.Connections())
		assert.Len(t, ask(c, generic(mcots.MsgGetPlayerPhysical, p.Persona)), 26)
	}
}

// Where it does not come right behind the logout, or not as it should, a second 438
// still ends the connection.
func TestConnectAfterLogoutRefused(t *testing.T) {
	type step func(f *fixture, c *apptest.Client)
	again := func(f *fixture, c *apptest.Client) { c.SendPlain(connectAs(f.marty)) }
	cases := map[string]struct {
		config string
		do     step
	}{
		"switched off": {"close", again},
		"encrypted":    {"accept", func(f *fixture, c *apptest.Client) { c.Send(connectAs(f.marty)) }},
		"after another login": {"accept", func(f *fixture, c *apptest.Client) {
			assert.Len(f.t, ask(c, loginAs(f.marty)), 173)
			again(f, c)
		}},
		"twice": {"accept", func(f *fixture, c *apptest.Client) {
			again(f, c)
			assert.EqualValues(f.t, 101, c.Next().Number)
			again(f, c)
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(o *options) { o.player.ConnectAfterLogout = tc.config })
			c := f.login(f.marty)
			assert.Equal(t, success(106), ask(c, generic(mcots.MsgLogout, 0)))
			tc.do(f, c)
			c.Closed()
		})
	}
	f := newFixture(t, nil)
	c := f.login(f.marty)
	assert.Equal(t, success(106), ask(c, generic(mcots.MsgLogout, 0)))
	stranger := f.marty
	stranger.Persona = 4711
	c.SendPlain(connectAs(stranger))
	assert.EqualValues(t, 102, c.Next().Number)
	c.Closed()
	assert.Equal(t, "accept", player.Default().ConnectAfterLogout)
}
