package lobby_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/gateway"
	"mcos/protocol/cipher"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// envelope wraps an inner message by hand, padded with the bytes that the client
// uses.
func envelope(t *testing.T, des *cipher.DESCBC, number uint16, body []byte) []byte {
	t.Helper()
	inner := binary.BigEndian.AppendUint16(nil, number)
	inner = binary.BigEndian.AppendUint16(inner, uint16(4+len(body)))
	inner = append(inner, body...)
	for len(inner)%8 != 0 {
		inner = append(inner, 0xCD)
	}
	require.NoError(t, des.Crypt(inner, inner))
	out := binary.BigEndian.AppendUint16([]byte{0x11, 0x01}, uint16(4+len(inner)))
	return append(out, inner...)
}

// unwrap reads one envelope of n bytes and returns what is inside, filling
// included.
func unwrap(t *testing.T, c *apptest.Client, des *cipher.DESCBC, n int) []byte {
	t.Helper()
	raw := c.Raw(n)
	require.Equal(t, []byte{0x11, 0x01, byte(n >> 8), byte(n)}, raw[:4])
	text := append([]byte(nil), raw[4:]...)
	require.NoError(t, des.Crypt(text, text))
	return text
}

// entered logs a player in and returns the connection with ciphers of our own.
func entered(f *fixture, p apptest.Player, port int) (c *apptest.Client, in, out *cipher.DESCBC) {
	c = f.dial(port)
	c.Send(nps.Login.With(login(p)))
	apptest.Expect(c, nps.LoginResp)
	return c, cipher.NewDESDecrypter(p.Key.DESKey()), cipher.NewDESEncrypter(p.Key.DESKey())
}

func TestOneChainPerDirection(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Dr Brown", 1)
	c, in, out := entered(f, p, 9001)
	want := []byte{0x02, 0x29, 0, 0x19 + 4, 0, 0, 0, 0, 0, 0, 0, 1}
	want = binary.BigEndian.AppendUint32(want, p.Persona)
	want = append(want, "\x00\x00\x00\x09Dr Brown\x00"...)
	want = append(want, 0, 0, 0) // filled with zeros to 32 bytes
	require.Len(t, want, 32)
	for range 3 { // the context runs on from message to message
		_, err := c.Conn.Write(envelope(t, out, 0x128, []byte{0, 0, 0, 0}))
		require.NoError(t, err)
		assert.Equal(t, want, unwrap(t, c, in, 36))
	}
}

func TestBytesBehindTheInnerMessageArePadding(t *testing.T) {
	f := newFixture(t)
	c, in, out := entered(f, f.Player("Marty", 1), 9001)
	// A second inner message in the same envelope is not looked at.
	two := []byte{0x01, 0x01, 0, 8, 0, 0, 0, 2, 0x01, 0x28, 0, 8, 0, 0, 0, 0}
	require.NoError(t, out.Crypt(two, two))
	_, err := c.Conn.Write(append([]byte{0x11, 0x01, 0, 20}, two...))
	require.NoError(t, err)
	assert.Equal(t, []byte{0x02, 0x11, 0, 12, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0}, unwrap(t, c, in, 20))
	_, err = c.Conn.Write(envelope(t, out, 0x101, []byte{0, 0, 0, 3}))
	require.NoError(t, err)
	assert.Equal(t, []byte{0x02, 0x11, 0, 12, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0}, unwrap(t, c, in, 20))
}

func TestEmptyInnerMessage(t *testing.T) {
	f := newFixture(t)
	c, in, out := entered(f, f.Player("Marty", 1), 9001)
	_, err := c.Conn.Write(envelope(t, out, 0x30C, nil))
	require.NoError(t, err)
	assert.Equal(t, []byte{0x04, 0x04}, unwrap(t, c, in, 4+416)[:2], "4 + 8 + 401 bytes of list in 52 blocks")
}

func TestBrokenEnvelopesEndTheConnection(t *testing.T) {
	cases := map[string]func(t *testing.T, out *cipher.DESCBC) []byte{
		"empty":          func(*testing.T, *cipher.DESCBC) []byte { return []byte{0x11, 0x01, 0, 4} },
		"no whole block": func(*testing.T, *cipher.DESCBC) []byte { return append([]byte{0x11, 0x01, 0, 13}, make([]byte, 9)...) },
		"inner length above the text": func(t *testing.T, out *cipher.DESCBC) []byte {
			text := []byte{0x03, 0x0c, 0, 9, 0, 0, 0, 0}
			require.NoError(t, out.Crypt(text, text))
			return append([]byte{0x11, 0x01, 0, 12}, text...)
		},
		"inner length below the header": func(t *testing.T, out *cipher.DESCBC) []byte {
			text := []byte{0x03, 0x0c, 0, 3, 0, 0, 0, 0}
			require.NoError(t, out.Crypt(text, text))
			return append([]byte{0x11, 0x01, 0, 12}, text...)
		},
		"envelope in an envelope": func(t *testing.T, out *cipher.DESCBC) []byte {
			return envelope(t, out, 0x1101, make([]byte, 8))
		},
	}
	f := newFixture(t)
	p := f.Player("Marty", 1)
	for name, raw := range cases {
		t.Run(name, func(t *testing.T) {
			c, _, out := entered(f, p, 9001)
			_, err := c.Conn.Write(raw(t, out))
			require.NoError(t, err)
			closed(c)
		})
	}
	t.Run("later as well", func(t *testing.T) {
		c, in, out := entered(f, p, 9001)
		_, err := c.Conn.Write(envelope(t, out, 0x101, []byte{0, 0, 0, 3}))
		require.NoError(t, err)
		unwrap(t, c, in, 20)
		_, err = c.Conn.Write([]byte{0x11, 0x01, 0, 4})
		require.NoError(t, err)
		closed(c)
	})
}

func TestWrongKeyEndsTheConnection(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 1)
	watch := f.enter(f.Player("Jennifer", 200), 9001)
	for key := byte(2); key < 250; key += 31 {
		c := f.dial(9001)
		c.Send(nps.Login.With(login(p))) // hash of the right key
		apptest.Expect(c, nps.LoginResp)
		c.Secure(cipher.SessionKey{key, key, key, key, key})
		c.Send(nps.MiniRiffListReq.With(&wire.Empty{}))
		closed(c)
	}
	awaitUsers(watch, 1)
}

func TestFirstUnknownInnerMessageMeansAWrongKey(t *testing.T) {
	f := newFixture(t)
	c := f.claim(f.Player("Marty", 1), 9001)
	c.SendFrame(wire.Frame{Number: 0x0777, Body: []byte{1, 2, 3, 4}})
	closed(c)
}

func TestLaterUnknownInnerMessagesAreIgnored(t *testing.T) {
	f := newFixture(t)
	c := f.enter(f.Player("Marty", 1), 9001)
	users(c)
	for range 5 {
		c.SendFrame(wire.Frame{Number: 0x0777, Body: []byte{0xFE, 0xED}})
		c.SendFrame(wire.Frame{Number: 0x120, Body: make([]byte, 80)}) // an answer from a client
	}
	silent(c)
	users(c)
	assert.Equal(t, 6, f.logged("unknown message"), "each number three times")
	assert.EqualValues(t, 10, f.Server.Stats().Unknown)
}

func TestMalformedMessagesAreIgnored(t *testing.T) {
	f := newFixture(t)
	for i, first := range []bool{true, false} {
		c := f.enter(f.Player([]string{"Marty", "Jennifer"}[i], byte(1+100*i)), 9001)
		if !first {
			users(c)
		}
		for _, number := range []uint16{0x101, 0x103, 0x105, 0x106, 0x10A, 0x10C, 0x10D, 0x10E, 0x113, 0x117, 0x126, 0x128} {
			c.SendFrame(wire.Frame{Number: number, Body: []byte{1, 2, 3}})
		}
		silent(c)
		users(c)
	}
}

// A text with an impossible length is no message of the game's.
func TestImpossibleLengthEndsTheConnection(t *testing.T) {
	f := newFixture(t)
	for i, count := range []byte{0x7F, 0xFF, 0} {
		c := f.enter(f.Player([]string{"Marty", "Jennifer", "Doc"}[i], byte(1+100*i)), 9001)
		c.SendFrame(wire.Frame{Number: 0x106, Body: append([]byte{0, 0, 0, 2, count, 0xFF, 0xFF, 0xFF}, make([]byte, 320)...)})
		c.Closed()
		assert.Equal(t, i+1, f.logged(gateway.Lie))
	}
}

func TestPlainMessagesAfterLogin(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 1)
	for name, open := range map[string]func(apptest.Player, int) *apptest.Client{
		"before the first envelope": f.claim,
		"after it":                  f.enter,
	} {
		t.Run(name, func(t *testing.T) {
			c := open(p, 9001)
			plain := func(number uint16, body ...byte) {
				c.SendFrame(wire.Frame{Number: number, Body: body, Plain: true})
			}
			plain(0x30C)
			plain(0x128, 0, 0, 0, 0)
			plain(0x105, 0, 0, 0, 2)
			plain(0x104)
			plain(0x125, 1, 2, 3, 4)
			plain(0x9999, 1, 2, 3, 4)
			plain(0x97, make([]byte, 20)...)
			plain(0x106, 1, 2, 3) // malformed
			silent(c)

			// The one request that is understood in this form is answered in it, to
			// somebody who has proved the key.
			c.SendPlain(chatJoin(p, 2, "LOBBY"))
			if name == "before the first envelope" {
				silent(c)
				users(c)
				c.SendPlain(chatJoin(p, 2, "LOBBY"))
			}
			frame := c.Next()
			assert.True(t, frame.Plain)
			assert.Equal(t, nps.ChannelGranted.Number, frame.Number)
			// The ciphers have not moved.
			c.Send(nps.MiniUserListReq.With(&nps.CommBody{Comm: 2}))
			frame = c.Next()
			assert.False(t, frame.Plain)
			assert.Equal(t, nps.MiniUserList.Number, frame.Number)
		})
	}
	assert.Equal(t, 2, f.logged("known, not answered"), "0x125 is known in this form too")
	assert.Equal(t, 2*5+2, f.logged("unencrypted, ignored"))
}

func TestOtherCiphersEndTheConnection(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 1)
	for _, number := range []uint16{0x1001, 0x1201} {
		for _, plain := range []bool{true, false} {
			c := f.enter(p, 9001)
			c.SendFrame(wire.Frame{Number: number, Body: make([]byte, 12), Plain: plain})
			closed(c)
		}
	}
}

func TestHeartbeat(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 1)
	for _, port := range served {
		c, _, _ := entered(f, p, port)
		_, err := c.Conn.Write([]byte{0x02, 0x17, 0, 4})
		require.NoError(t, err)
		assert.Equal(t, []byte{0x02, 0x17, 0, 4}, c.Raw(4), "port %d", port)
	}
	c := f.enter(p, 9001)
	c.Send(nps.Heartbeat.With(&wire.Empty{})) // in the envelope: answered plain all the same
	frame := c.Next()
	assert.Equal(t, wire.Frame{Number: 0x217, Body: []byte{}, Plain: true}, frame)
}

func TestHeartbeatSwitchedOff(t *testing.T) {
	f := newFixture(t, func(f *fixture) { f.lobby.HeartbeatReply = false })
	c := f.enter(f.Player("Marty", 1), 9001)
	c.SendPlain(nps.Heartbeat.With(&wire.Empty{}))
	c.Send(nps.Heartbeat.With(&wire.Empty{}))
	assert.Len(t, users(c), 1) // the next message is the answer to this
}

func TestPushesAreEncryptedUnlessSwitched(t *testing.T) {
	for _, plain := range []bool{false, true} {
		f := newFixture(t, func(f *fixture) { f.lobby.PushPlain = plain })
		a, b := f.Player("Anna", 11), f.Player("Bert", 22)
		first, second := f.enter(a, 9001), f.enter(b, 9001)
		first.Send(chatJoin(a, 2, "LOBBY"))
		assert.False(t, first.Next().Plain, "replies are in the form of the request")
		second.Send(chatJoin(b, 2, "LOBBY"))
		assert.False(t, second.Next().Plain)
		frame := first.Next()
		assert.Equal(t, nps.UserJoined.Number, frame.Number)
		assert.Equal(t, plain, frame.Plain)
		assert.Len(t, users(first), 2)
	}
}
