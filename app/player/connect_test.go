package player_test

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/gateway"
	"mcos/protocol/cipher"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
)

// The first frame of a connection, by hand: customer 1000000, persona 1000.
const connectFrame = "3100 544f4d43 01000000 00" +
	"b601 40420f00 e8030000 00000000000000000000000000 4d6172747900000000000000 00 71170000"

// The two answers to it, in clear.
const (
	connected    = "1900 544f4d43 01000000 00 6500 b601 00000000 00000000 00000000"
	notConnected = "1900 544f4d43 01000000 00 6600 b601 00000000 00000000 00000000"
)

func write(c *apptest.Client, text string) {
	c.T.Helper()
	_, err := c.Conn.Write(unhex(text))
	require.NoError(c.T, err)
}

func TestConnect(t *testing.T) {
	f := newFixture(t, nil)
	c := f.dial()
	write(c, connectFrame)
	assert.Equal(t, unhex(connected), c.Raw(27))
	// From here on everything is encrypted, from the start of the key stream.
	c.Secure(f.marty.Key)
	c.Send(loginAs(f.marty))
	apptest.Expect(c, mcots.MsgLoginComplete)
}

func TestConnectByteByByte(t *testing.T) {
	f := newFixture(t, nil)
	c := f.dial()
	for _, b := range unhex(connectFrame) {
		_, err := c.Conn.Write([]byte{b})
		require.NoError(t, err)
	}
	assert.Equal(t, unhex(connected), c.Raw(27))
}

// A request that stands in the same segment as 438 is decrypted with the new key.
func TestConnectAndLoginInOneSegment(t *testing.T) {
	f := newFixture(t, nil)
	seal := mcots.NewSealer()
	require.NoError(t, seal.Secure(f.marty.Key))
	login := loginAs(f.marty)
	body, err := login.AppendBody(nil)
	require.NoError(t, err)
	both, err := seal.Seal(unhex(connectFrame), wire.Frame{Number: 105, Seq: 2, Body: body})
	require.NoError(t, err)
	c := f.dial()
	_, err = c.Conn.Write(both)
	require.NoError(t, err)
	assert.Equal(t, unhex(connected), c.Raw(27))
	c.Secure(f.marty.Key)
	reply := c.Next()
	assert.EqualValues(t, 213, reply.Number)
	assert.EqualValues(t, 2, reply.Seq)
}

func TestConnectRefusals(t *testing.T) {
	cases := map[string]func(*fixture){
		"not logged in": func(f *fixture) { f.Sessions.End(f.marty.Account, "test") },
		"another address": func(f *fixture) {
			ticket, err := f.Sessions.Issue(f.marty.Account, "marty")
			require.NoError(f.t, err)
			_, err = f.Sessions.Login(ticket, cipher.SessionKey{9}, netip.MustParseAddr("10.1.2.3"))
			require.NoError(f.t, err)
		},
		"persona of another account": func(f *fixture) {
			other := f.Account("biff")
			f.edit(f.marty.Persona, func(p *storage.Persona) { p.Account = other })
		},
		"deleted ten minutes ago": func(f *fixture) {
			f.remove(f.marty)
			f.Pass(10 * time.Minute)
		},
	}
	for name, prepare := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			prepare(f)
			c := f.dial()
			write(c, connectFrame)
			assert.Equal(t, unhex(notConnected), c.Raw(27))
			c.Closed()
		})
	}
}

func TestConnectUnknownPersona(t *testing.T) {
	f := newFixture(t, nil)
	stranger := f.marty
	stranger.Persona = 4711
	for _, p := range []wire.Packet{
		connectAs(stranger),
		mcots.MsgConnect.With(&mcots.Connect{CustomerID: 1, PersonaID: f.marty.Persona}),
		mcots.MsgConnect.With(&mcots.Connect{}),
	} {
		c := f.dial()
		c.Send(p)
		assert.Equal(t, unhex(notConnected), c.Raw(27))
		c.Closed()
	}
}

func TestConnectMalformed(t *testing.T) {
	f := newFixture(t, nil)
	c := f.dial()
	raw(c, 438, 0x40, 0x42, 0x0f, 0)
	assert.Equal(t, unhex(notConnected), c.Raw(27))
	c.Closed()
}

// Without a key nothing can be decrypted; the connection ends without a word. So
// does a stream that is none of ours.
func TestUnreadableStreams(t *testing.T) {
	for name, text := range map[string]string{
		"encrypted before 438": "1300 544f4d43 01000000 08 d1fe456bd56d720f06ac",
		"no signature":         "3100 544f4d44 01000000 00 b601",
		"web request":          "474554202f20485454502f312e310d0a",
		"length below header":  "0800 544f4d43 01000000 00",
		"no message number":    "0a00 544f4d43 01000000 00 b6",
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			c := f.dial()
			write(c, text)
			c.Closed()
		})
	}
}

// The client deletes a persona on a connection of that persona, before or after
// NPS has deleted it.
func TestConnectAsDeletedPersona(t *testing.T) {
	f := newFixture(t, nil)
	f.remove(f.marty)
	f.Pass(10*time.Minute - time.Second)
	c := f.connect(f.marty)
	assert.Equal(t, success(320), ask(c, mcots.MsgDeletePersona.With(&mcots.DeletePersona{PersonaID: f.marty.Persona})))
	assert.Equal(t, failure(105), ask(c, loginAs(f.marty)), "but it cannot play")
	assert.Equal(t, failure(109), ask(c, mcots.MsgSetOptions.With(&mcots.SetOptions{PlateText: "LATE"})), "nor change")
	assert.Empty(t, f.Get(f.marty.Persona).Plate.Text)
}

func TestAddressCheckOff(t *testing.T) {
	f := newFixture(t, func(o *options) { o.player.CheckAddress = false })
	ticket, err := f.Sessions.Issue(f.marty.Account, "marty")
	require.NoError(t, err)
	_, err = f.Sessions.Login(ticket, f.marty.Key, netip.MustParseAddr("10.1.2.3"))
	require.NoError(t, err)
	f.login(f.marty)
}

// A second 438 ends the connection, in clear or encrypted, before or after 105.
func TestConnectTwice(t *testing.T) {
	f := newFixture(t, nil)
	for name, open := range map[string]func(apptest.Player) *apptest.Client{"connected": f.connect, "logged in": f.login} {
		t.Run(name, func(*testing.T) {
			c := open(f.marty)
			c.SendPlain(connectAs(f.marty))
			c.Closed()
			c = open(f.marty)
			c.Send(connectAs(f.marty))
			c.Closed()
		})
	}
}

// A login of the same customer elsewhere ends the older connections; the new ones
// have the new key.
func TestNewestLoginWins(t *testing.T) {
	f := newFixture(t, nil)
	old := f.login(f.marty)
	f.marty.Session = f.World.Login(f.marty.Account, 77)
	f.marty.Key = f.marty.Session.Key
	old.Closed()
	f.login(f.marty)
}

func TestTooManyConnections(t *testing.T) {
	f := newFixture(t, nil)
	for range 8 {
		f.login(f.marty)
	}
	c := f.dial()
	write(c, connectFrame)
	assert.Equal(t, unhex(notConnected), c.Raw(27))
	c.Closed()
}

// No session key reaches the log.
func TestNoSecretInTheLog(t *testing.T) {
	f := newFixture(t, nil)
	f.marty.Session = f.World.Login(f.marty.Account, 0xA7)
	f.marty.Key = f.marty.Session.Key
	c := f.login(f.marty)
	raw(c, 9999, 1, 2, 3)
	require.Equal(t, failure(9999), next(c))
	for _, e := range f.Logs.AllEntries() {
		line, err := e.String()
		require.NoError(t, err)
		assert.NotContains(t, line, "a70203040506")
		assert.NotContains(t, line, "167 2 3 4")
	}
}

// The create dialog asks for the starter cars, and the player takes his time to
// choose: the 438 may come on the same connection later than a login has time for, or
// on another one (DECISIONS 36). Whose address nobody has logged in from does not get
// that time.
func TestTimeToChooseACar(t *testing.T) {
	const starters = "1300 544f4d43 01000000 00 8d00 08000000 00000000"
	for name, known := range map[string]bool{"logged in": true, "a stranger": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, func(o *options) {
					o.inMemory, o.timeouts = true, gateway.Timeouts{Login: 30 * time.Second, Frame: 30 * time.Second, Idle: time.Hour}
				})
				if !known {
					f.Sessions.End(f.marty.Account, "test")
				}
				c := f.dial()
				write(c, starters)
				require.EqualValues(t, 141, c.Next().Number)
				time.Sleep(20 * time.Minute)
				if !known {
					c.Closed()
					return
				}
				c.CountFrom(3)
				c.SendPlain(connectAs(f.marty))
				apptest.Expect(c, mcots.MsgSuccess)
				c.Secure(f.marty.Key)
				c.Send(loginAs(f.marty))
				apptest.Expect(c, mcots.MsgLoginComplete)
			})
		})
	}
}

// A driver is in play from 438, once the key is proved, to 106; the end of the old
// connection takes nobody out who has been selected meanwhile (DECISIONS 35).
func TestInPlay(t *testing.T) {
	f := newFixture(t, nil)
	id := f.marty.Persona
	c := f.connect(f.marty)
	assert.False(t, f.Sessions.Online(id), "said, and not proved")
	look := mcots.MsgUpdatePlayerPhysical.With(&mcots.PlayerPhysical{PlayerID: id, BodyType: 27})
	assert.Equal(t, success(266), ask(c, look), "before 105")
	assert.True(t, f.Sessions.Online(id))
	assert.Equal(t, success(106), ask(c, generic(mcots.MsgLogout, 0)))
	assert.False(t, f.Sessions.Online(id))

	f.marty.Session.Select(id)
	again := f.login(f.marty)
	f.leave(c)
	assert.True(t, f.Sessions.Online(id))
	assert.Equal(t, id, f.marty.Session.Persona())
	f.leave(again)
	assert.False(t, f.Sessions.Online(id), "a lost connection is a logout")
	assert.Zero(t, f.marty.Session.Persona())
}

// Between 438 and 105 the stock may be asked for encrypted, too (mcots-1 1.5): who
// names a dealer has the key. Bytes by chance name none, and are not answered.
func TestStockBeforeLogin(t *testing.T) {
	f := newFixture(t, nil)
	stock := func(dealer, brand uint32) wire.Packet {
		return mcots.MsgStockCarRequest.With(&mcots.GenericRequest{Data: dealer, Data2: brand})
	}
	c := f.connect(f.marty)
	c.Send(stock(starterDealer, 0))
	list := apptest.Expect(c, mcots.MsgStockCars)
	assert.Len(t, list.Cars, 3)
	c.Send(loginAs(f.marty))
	apptest.Expect(c, mcots.MsgLoginComplete)
	for _, chance := range []wire.Packet{stock(0x1234568, 0), stock(starterDealer, 0xFFFFFFFF)} {
		c := f.connect(f.marty)
		c.Send(chance)
		c.Closed()
	}
}
