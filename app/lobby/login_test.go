package lobby_test

import (
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/lobby"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

func TestOnlyTheLobbyGreets(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Dr Brown", 1)
	c := f.open(7003)
	assert.Equal(t, []byte{0x02, 0x30, 0, 4}, c.Raw(4))

	for _, port := range []int{9000, 9001, 10001} {
		c := f.open(port)
		c.Send(nps.Login.With(login(p)))
		// A greeting would have been queued before the login was read.
		assert.Equal(t, []byte{0x01, 0x20}, c.Raw(2), "first bytes on %d", port)
	}
}

// A switch takes the greeting away, for a client that minds it (DECISIONS 40).
func TestNoGreeting(t *testing.T) {
	require.True(t, lobby.Default().Greeting)
	f := newFixture(t, func(f *fixture) { f.lobby.Greeting = false })
	c := f.open(7003)
	c.Send(nps.Login.With(login(f.Player("Dr Brown", 1))))
	assert.Equal(t, []byte{0x01, 0x20}, c.Raw(2))
}

// loginBytes is the answer to a login by hand: header, user id, name, user data.
func loginBytes(number uint16, user uint32, name string, data []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, number)
	b = binary.BigEndian.AppendUint16(b, uint16(12+len(name)+64))
	b = binary.BigEndian.AppendUint32(b, user)
	b = binary.BigEndian.AppendUint32(b, uint32(len(name)))
	b = append(b, name...)
	return append(b, data...)
}

func TestLoginAnswer(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Dr Brown", 1)
	for _, port := range served {
		c := f.dial(port)
		c.Send(nps.Login.With(login(p)))
		assert.Equal(t, loginBytes(0x120, p.Persona, "Dr Brown", make([]byte, 64)), c.Raw(84), "port %d", port)
		c.Secure(p.Key)
		silent(c)
	}
}

func TestLoginEchoesTheUserData(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 1)
	req := login(p)
	req.Data = nps.UserData{Car: 0x01020304, Driver: 5, Level: 7, State: nps.UserDataValid, Tail: [5]byte{9, 8, 7, 6, 5}}
	want := make([]byte, 64)
	copy(want, []byte{4, 3, 2, 1})
	want[12], want[48], want[57] = 5, 8, 7
	copy(want[59:], []byte{9, 8, 7, 6, 5})

	c := f.dial(9001)
	c.Send(nps.Login.With(req))
	assert.Equal(t, loginBytes(0x120, p.Persona, "Marty", want), c.Raw(12+5+64))
}

func TestTheNameComesFromTheStore(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 1)
	req := login(p)
	req.Name = "Biff"
	c := f.dial(7003)
	c.Send(nps.Login.With(req))
	assert.Equal(t, "Marty", apptest.Expect(c, nps.LoginResp).Name)
	c.Secure(p.Key)
	assert.Equal(t, []nps.MiniUserEntry{{User: p.Persona, Name: "Marty"}}, users(c))
}

func TestLoginSwitches(t *testing.T) {
	f := newFixture(t, func(f *fixture) { f.lobby.LoginRespNUL, f.lobby.MC100LoginResp = true, "308" })
	p := f.Player("Dr Brown", 1)
	for port, number := range map[int]uint16{7003: 0x120, 9001: 0x120, 10001: 0x308} {
		c := f.dial(port)
		c.Send(nps.Login.With(login(p)))
		assert.Equal(t, loginBytes(number, p.Persona, "Dr Brown\x00", make([]byte, 64)), c.Raw(85), "port %d", port)
	}
}

// refused expects the one documented refusal and the end.
func refused(c *apptest.Client) {
	c.T.Helper()
	assert.Equal(c.T, []byte{0x02, 0x2a, 0, 4}, c.Raw(4))
	closed(c)
}

func TestRefusedLogins(t *testing.T) {
	cases := map[string]func(*fixture, apptest.Player) *nps.LoginBody{
		"unknown hash": func(_ *fixture, p apptest.Player) *nps.LoginBody {
			req := login(p)
			req.KeyHash[15] ^= 1
			return req
		},
		"foreign persona": func(f *fixture, p apptest.Player) *nps.LoginBody {
			req := login(p)
			req.User = f.Player("Biff", 99).Persona
			return req
		},
		"foreign persona with its customer": func(f *fixture, p apptest.Player) *nps.LoginBody {
			req, other := login(p), f.Player("Biff", 99)
			req.User, req.Customer = other.Persona, other.Account
			return req
		},
		"no such persona": func(_ *fixture, p apptest.Player) *nps.LoginBody {
			req := login(p)
			req.User = 77
			return req
		},
		"wrong customer": func(_ *fixture, p apptest.Player) *nps.LoginBody {
			req := login(p)
			req.Customer++
			return req
		},
		"deleted persona": func(f *fixture, p apptest.Player) *nps.LoginBody {
			f.Update(func(tx storage.Tx) error {
				rec, err := tx.Persona(p.Persona)
				require.NoError(t, err)
				rec.Deleted = f.Now()
				return tx.PutPersona(rec)
			})
			return login(p)
		},
		"banned account": func(f *fixture, p apptest.Player) *nps.LoginBody {
			f.Update(func(tx storage.Tx) error {
				rec, err := tx.Account(p.Account)
				require.NoError(t, err)
				rec.Banned = true
				return tx.PutAccount(rec)
			})
			return login(p)
		},
		"ended session": func(f *fixture, p apptest.Player) *nps.LoginBody {
			f.Sessions.End(p.Account, "for the test")
			return login(p)
		},
	}
	for name, request := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			p := f.Player("Marty", 1)
			req := request(f, p)
			for _, port := range []int{7003, 9001} {
				c := f.dial(port)
				c.Send(nps.Login.With(req))
				refused(c)
			}
			assert.Zero(t, f.room.Population(7003)+f.room.Population(9001))
		})
	}
}

func TestFullPort(t *testing.T) {
	f := newFixture(t, func(f *fixture) { f.lobby.UsersPerPort = 2 })
	a := f.enter(f.Player("Anna", 11), 9001)
	b := f.enter(f.Player("Bert", 22), 9001)
	p := f.Player("Carl", 33)
	c := f.dial(9001)
	c.Send(nps.Login.With(login(p)))
	refused(c)
	f.enter(p, 9002) // another port has room

	require.NoError(t, b.Conn.Close())
	awaitUsers(a, 1)
	f.enter(p, 9001)
}

func TestTooManyConnectionsOfOneLogin(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 1)
	// Connections on one port replace each other, but the older ones take a moment
	// to end; eight are the limit whatever they do.
	for range 8 {
		require.NoError(t, p.Session.Attach(&dummyConn{}))
	}
	c := f.dial(7003)
	c.Send(nps.Login.With(login(p)))
	refused(c)
}

type dummyConn struct{ reason string }

func (d *dummyConn) Close(reason string) { d.reason = reason }

func TestNothingButALoginComesFirst(t *testing.T) {
	cases := map[string]wire.Frame{
		"channel list":     {Number: 0x30C},
		"heartbeat":        {Number: 0x217},
		"open channel":     {Number: 0x106, Body: make([]byte, 321)},
		"udp status":       {Number: 0x125},
		"unknown":          {Number: 0x9999},
		"envelope":         {Number: 0x1101, Body: make([]byte, 8)},
		"public key":       {Number: 0x1001, Body: []byte{1, 2, 3, 4}},
		"cipher with id":   {Number: 0x1201, Body: []byte{1, 2, 3, 4}},
		"answer to itself": {Number: 0x120, Body: make([]byte, 80)},
		"short login":      {Number: 0x100, Body: make([]byte, 90)},
		"long text":        {Number: 0x100, Body: append([]byte{0, 0, 0, 21, 0, 0, 0x10, 0x01}, make([]byte, 5000)...)},
	}
	for name, frame := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			for _, port := range []int{7003, 9001} {
				c := f.dial(port)
				c.SendFrame(frame)
				closed(c)
			}
		})
	}
}

func TestBytesBehindTheLoginAreIgnored(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 1)
	body, err := nps.Login.With(login(p)).AppendBody(nil)
	require.NoError(t, err)
	c := f.dial(7003)
	c.SendFrame(wire.Frame{Number: 0x100, Body: append(body, 0xCD, 0xCD, 0xCD)})
	apptest.Expect(c, nps.LoginResp)
}

func TestImpossibleLengths(t *testing.T) {
	f := newFixture(t, func(f *fixture) { f.lobby.FrameCap = 512 })
	for name, head := range map[string][]byte{
		"shorter than the header": {0x01, 0x00, 0, 3}, "zero": {0x01, 0x00, 0, 0}, "above the cap": {0x01, 0x00, 2, 1},
	} {
		c := f.dial(9001)
		_, err := c.Conn.Write(head)
		require.NoError(t, err, name)
		closed(c)
	}
}

func TestSecondLoginCloses(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 1)
	watch := f.enter(f.Player("Jennifer", 200), 9001)
	for name, send := range map[string]func(*apptest.Client, ...wire.Packet){
		"inside the envelope": (*apptest.Client).Send,
		"plain, as the first": func(c *apptest.Client, p ...wire.Packet) { c.SendPlain(p[0]) },
	} {
		t.Run(name, func(*testing.T) {
			c := f.enter(p, 9001)
			send(c, nps.Login.With(login(p)))
			closed(c)
			awaitUsers(watch, 1)
		})
	}
}

func TestSamePortReplacesTheOlderConnection(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 1)
	watch := f.enter(f.Player("Jennifer", 200), 9001)
	older := f.enter(p, 9001)
	other := f.enter(p, 7003)
	older.Send(chatJoin(p, 2, "LOBBY"))
	apptest.Expect(older, nps.ChannelGranted)

	newer := f.enter(p, 9001)
	// At once, not when the older socket has ended.
	assert.Len(t, users(newer), 2)
	newer.Send(nps.MiniUserListReq.With(&nps.CommBody{Comm: 2}))
	assert.Empty(t, apptest.Expect(newer, nps.MiniUserList).Users, "the room it was in")
	closed(older)
	silent(newer)
	silent(other)
	assert.Len(t, users(watch), 2)
}

func TestNewerLoginReplacesTheOlder(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 1)
	lobbyConn, roomConn := f.enter(p, 7003), f.enter(p, 9001)
	q := p
	q.Session = f.Login(p.Account, 0x77)
	q.Key = q.Session.Key
	closed(lobbyConn)
	closed(roomConn)

	c := f.dial(9001)
	c.Send(nps.Login.With(login(p)))
	refused(c) // the old key

	again := f.enter(q, 9001)
	assert.Len(t, users(again), 1)
}

func TestTwoPersonasOfOneLoginReplaceEachOther(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 1)
	q := p
	q.Name = "Calvin"
	q.Persona = f.Persona(p.Account, q.Name)
	first := f.enter(p, 9001)
	second := f.enter(q, 9001)
	closed(first)
	assert.Equal(t, []nps.MiniUserEntry{{User: q.Persona, Name: "Calvin"}}, users(second))
}

func TestReconnectsHaveFreshCiphers(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 1)
	for range 3 {
		c := f.enter(p, 9001)
		assert.Len(t, users(c), 1)
		silent(c)
	}
}

func TestLoginSecretsStayOutOfTheLog(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 0xA7)
	c := f.enter(p, 9001)
	c.SendPlain(nps.Login.With(login(p)))
	closed(c)
	hash := p.Key.Hash()
	require.NotEmpty(t, f.Logs.AllEntries())
	for _, e := range f.Logs.AllEntries() {
		line, err := e.String()
		require.NoError(t, err)
		assert.NotContains(t, line, hex.EncodeToString(hash[:8]))
		assert.NotContains(t, line, hex.EncodeToString(p.Key[:8]))
	}
}
