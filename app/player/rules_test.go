package player_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/game"
	"mcos/app/gateway"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
)

// silent are the numbers that must never be answered (mcots-1 1.4).
var silent = []uint16{163, 202, 214, 234, 235, 240, 241, 434, 435, 440, 448}

// Fire and forget: no answer to them once the client is known, well-formed or not.
// The next frame that comes is the answer to the request behind them.
func TestSilentNumbers(t *testing.T) {
	bodies := [][]byte{nil, {1}, make([]byte, 8), make([]byte, 258), make([]byte, 2300)}
	send := func(c *apptest.Client) {
		for _, number := range silent {
			for _, body := range bodies {
				raw(c, number, body...)
			}
		}
	}
	f := newFixture(t, nil)
	c := f.prove(f.marty)
	send(c)
	assert.Len(t, ask(c, loginAs(f.marty)), 173)
	send(c)
	assert.Equal(t, success(106), ask(c, generic(mcots.MsgLogout, 0)))
	send(c)
	assert.Equal(t, success(106), ask(c, generic(mcots.MsgLogout, 0)))
}

func TestUnknownNumbers(t *testing.T) {
	numbers := []uint16{0, 1, 99, 101, 102, 103, 122, 123, 213, 221, 243, 311, 342, 478, 1080, 9999, 0xFFFF}
	f := newFixture(t, nil)
	for name, open := range map[string]func(apptest.Player) *apptest.Client{"connected": f.prove, "logged in": f.login} {
		c := open(f.marty)
		for _, n := range numbers {
			raw(c, n, 0xCA, 0xFE)
			assert.Equal(t, failure(n), next(c), "%d, %s", n, name)
		}
	}
	seen := false
	for _, e := range f.Logs.AllEntries() {
		seen = seen || e.Message == "unknown message" && e.Data["body"] == "cafe"
	}
	assert.True(t, seen, "an unknown message is recorded")

	// Without a key the connection cannot go on.
	c := f.dial()
	raw(c, 9999)
	assert.Equal(t, unhex("1900 544f4d43 01000000 00 6600 0f27 00000000 00000000 00000000"), c.Raw(27))
	c.Closed()
}

func TestUnknownNumbersUnanswered(t *testing.T) {
	f := newFixture(t, func(o *options) { o.gateway.UnknownReply = "none" })
	c := f.prove(f.marty)
	raw(c, 9999)
	assert.Equal(t, failure(324), ask(c, generic(mcots.MsgGetLobbies, 0)), "known ones are refused all the same")
}

// Names without a known layout are refused, with one exception.
func TestNamesOnly(t *testing.T) {
	f := newFixture(t, nil)
	c := f.login(f.marty)
	for _, n := range []uint16{161, 164, 391, 338, 340, 341, 350} {
		raw(c, n, 1, 2, 3, 4)
		assert.Equal(t, failure(n), next(c), "%d", n)
	}
	raw(c, 490)
	assert.Equal(t, success(490), next(c), "there are no classified ads")

	f = newFixture(t, func(o *options) { o.player.AdCountReply = 102 })
	c = f.login(f.marty)
	raw(c, 490)
	assert.Equal(t, failure(490), next(c))
}

// Features without a known number are refused too, recorded with their bytes and
// the feature they are probably about, and the client goes on.
func TestReservedNumbers(t *testing.T) {
	f := newFixture(t, nil)
	c := f.login(f.marty)
	for n, area := range map[uint16]string{
		243: "events", 276: "events", 311: "badges", 342: "trade window", 349: "trade window", 365: "clubs", 477: "clubs",
		478: "classified ads", 494: "classified ads", 1080: "seasons and leagues", 1127: "seasons and leagues",
	} {
		raw(c, n, 0xAB, 0xCD)
		assert.Equal(t, failure(n), next(c), "%d", n)
		last := f.Logs.AllEntries()[len(f.Logs.AllEntries())-1]
		assert.Equal(t, "unknown message", last.Message, "%d", n)
		assert.Equal(t, area, last.Data["area"], "%d", n)
		assert.Equal(t, "abcd", last.Data["body"], "%d", n)
	}
	raw(c, 5000)
	assert.Equal(t, failure(5000), next(c))
	assert.NotContains(t, f.Logs.AllEntries()[len(f.Logs.AllEntries())-1].Data, "area")
	assert.Len(t, ask(c, generic(mcots.MsgGetPlayerPhysical, f.marty.Persona)), 26)
}

// Nothing but the way in is answered before 105.
func TestTooEarly(t *testing.T) {
	f := newFixture(t, nil)
	c := f.prove(f.marty)
	for _, n := range []uint16{
		108, 142, 145, 172, 174, 176, 177, 178, 181, 182, 183, 218, 230, 232, 264, 322, 324, 361, 363, 389, 455, 490, 492,
		161, 164, 391, 338, 340, 341, 350,
	} {
		raw(c, n, make([]byte, 300)...)
		assert.Equal(t, failure(n), next(c), "%d", n)
	}
	c = f.dial()
	c.Send(generic(mcots.MsgGetLobbies, 0))
	assert.Equal(t, unhex("1900 544f4d43 01000000 00 6600 4401 00000000 00000000 00000000"), c.Raw(27))
	c.Closed()
}

// A body that does not fit its number is refused; the connection goes on.
func TestMalformedRequests(t *testing.T) {
	f := newFixture(t, nil)
	c := f.login(f.marty)
	for _, n := range []uint16{105, 106, 108, 109, 142, 145, 172, 174, 183, 218, 230, 232, 264, 266, 320, 322, 324, 361, 363, 389, 492} {
		raw(c, n, 1, 2, 3)
		assert.Equal(t, failure(n), next(c), "%d", n)
	}
	assert.Equal(t, success(106), ask(c, generic(mcots.MsgLogout, 0)))
}

func TestGenericReplySize(t *testing.T) {
	require.Equal(t, 16, gateway.DefaultMCOTS().GenericReplySize)
	for _, size := range []int{16, 17, 114} {
		f := newFixture(t, func(o *options) { o.gateway.GenericReplySize = size })
		c := f.dial()
		write(c, connectFrame)
		want := image(size+11, at16(0, uint16(size+9)), atText(2, "TOMC"), at(6, 1), at(11, 101), at16(13, 438))
		assert.Equal(t, want, c.Raw(size+11))
		c.Secure(f.marty.Key)
		assert.Len(t, ask(c, lookOf(f.marty)), size)
		want = image(size, at(0, 102), at16(2, 324))
		assert.Equal(t, want, ask(c, generic(mcots.MsgGetLobbies, 0)))
		assert.Len(t, ask(c, loginAs(f.marty)), 173, "other replies are not padded")
	}
}

// A reply is encrypted exactly when its request was, and clear frames do not move
// the ciphers. The stock list is the one that may still be asked for in clear.
func TestEncryptionFollowsTheRequest(t *testing.T) {
	f := newFixture(t, nil)
	c := f.login(f.marty)
	for range 3 {
		c.SendPlain(generic(mcots.MsgStockCarRequest, starterDealer))
		reply := c.Next()
		assert.True(t, reply.Plain)
		assert.EqualValues(t, 141, reply.Number)
		assert.Equal(t, c.Seq(), reply.Seq)
		assert.Len(t, ask(c, generic(mcots.MsgGetPlayerPhysical, f.marty.Persona)), 26)
	}
}

// Replies carry the sequence of their request, whatever the client counts; a
// heartbeat is neither answered nor decrypted.
func TestSequences(t *testing.T) {
	f := newFixture(t, nil)
	c := f.login(f.marty)
	seal := mcots.NewSealer()
	require.NoError(t, seal.Secure(f.marty.Key))
	login := loginAs(f.marty)
	body, err := login.AppendBody(nil)
	require.NoError(t, err)
	_, err = seal.Seal(nil, wire.Frame{Number: 105, Body: body}) // as c has sent it
	require.NoError(t, err)

	var all []byte
	// The first heartbeat of a connection is written down in full (DECISIONS 42).
	defer func() {
		beats := 0
		for _, e := range f.Logs.AllEntries() {
			if e.Message == "first heartbeat of the connection" {
				beats++
				assert.Equal(t, "010203", e.Data["body"])
				assert.EqualValues(t, 6, e.Data["sequence"])
			}
		}
		assert.Equal(t, 1, beats)
	}()
	sequences := []uint32{5, 8, 0x1d, 0x1d, 0x10000, 0xFFFFFFFF, 3}
	for _, seq := range sequences {
		all, err = seal.Seal(all, wire.Frame{Seq: seq + 1, Heartbeat: true, Body: []byte{1, 2, 3}})
		require.NoError(t, err)
		all, err = seal.Seal(all, wire.Frame{Number: 324, Seq: seq, Body: make([]byte, 8)})
		require.NoError(t, err)
	}
	_, err = c.Conn.Write(all)
	require.NoError(t, err)
	for _, seq := range sequences {
		first, second := c.Next(), c.Next()
		assert.Equal(t, []uint16{325, 408}, []uint16{first.Number, second.Number})
		assert.Equal(t, []uint32{seq, seq}, []uint32{first.Seq, second.Seq}, "both frames of the answer")
	}
}

// A client may compress what it sends.
func TestCompressedRequest(t *testing.T) {
	f := newFixture(t, nil)
	c := f.connect(f.marty)
	seal := mcots.NewSealer()
	require.NoError(t, seal.Secure(f.marty.Key))
	seal.CompressFrom(1)
	login := loginAs(f.marty)
	body, err := login.AppendBody(nil)
	require.NoError(t, err)
	frame, err := seal.Seal(nil, wire.Frame{Number: 105, Seq: 3, Body: body})
	require.NoError(t, err)
	_, err = c.Conn.Write(frame)
	require.NoError(t, err)
	assert.EqualValues(t, 213, c.Next().Number)
}

// A long heartbeat is shown as a whole once the client has said who it is, and its
// head before that.
func TestHeartbeatsAreShown(t *testing.T) {
	f := newFixture(t, nil)
	long := bytes.Repeat([]byte{0xAB}, 5000)
	for name, shown := range map[string]int{"stranger": 4096, "driver": 5000} {
		f.Logs.Reset()
		c := f.dial()
		if name == "driver" {
			c = f.login(f.marty)
		}
		for range 3 {
			c.SendFrame(wire.Frame{Heartbeat: true, Body: long})
		}
		c.SendPlain(generic(mcots.MsgStockCarRequest, starterDealer))
		require.EqualValues(t, 141, c.Next().Number, "not answered, and no harm done")
		line := f.line("first heartbeat")
		require.NotNil(t, line, name)
		assert.Len(t, line.Data["body"], 2*shown, name)
		assert.Equal(t, 5000, line.Data["bytes"])
	}
}

// A driver who has lost the car and the money for one is sold another first car in
// the next login that names one (DECISIONS 56).
func TestStarterCarOnceMore(t *testing.T) {
	for name, on := range map[string]bool{"on": true, "off": false} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(o *options) { o.game = func(c *game.Config) { c.Rescue = on } })
			f.edit(f.marty.Persona, func(p *storage.Persona) { p.StarterSold = true })
			f.Update(func(tx storage.Tx) error { return f.Rules.Grant(tx, f.marty.Persona, -9000, "bad luck") })
			c := f.connect(f.marty)
			assert.Len(t, ask(c, loginWith(f.marty, starterDealer, 104, 880)), 173)
			cars := f.cars(f.marty.Persona)
			assert.Equal(t, on, len(cars) == 1)
			assert.Equal(t, on, f.logged("starter car sold once more"))
			assert.Equal(t, !on, f.Get(f.marty.Persona).Balance == 1000)
			assert.Len(t, ask(c, loginWith(f.marty, starterDealer, 104, 880)), 173)
			assert.Equal(t, cars, f.cars(f.marty.Persona))
		})
	}
}
