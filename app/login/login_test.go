package login_test

import (
	"crypto/rand"
	"crypto/rsa"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/login"
	"mcos/protocol/cipher"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

var sessionKey = cipher.SessionKey{0x3b, 0x96, 0x75, 0xea, 31: 9}

type fixture struct {
	*apptest.World
	key     *rsa.PrivateKey
	addr    string
	allowed bool
	account uint32
	ticket  string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{World: apptest.NewWorld(t), allowed: true}
	var err error
	f.key, err = rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	svc := login.New(login.Deps{
		Store: f.Store, Sessions: f.Sessions, Key: func() *rsa.PrivateKey { return f.key },
		Attempt: func(from netip.Addr, account uint32) bool {
			require.Equal(t, f.account, account)
			return f.allowed && from == apptest.Home
		},
	})
	f.addr = f.Serve(svc.Port(4096, time.Minute))
	f.account = f.Account("marty")
	f.ticket, err = f.Sessions.Issue(f.account, "marty")
	require.NoError(t, err)
	return f
}

func (f *fixture) dial() *apptest.Client {
	return apptest.Dial(f.T, f.addr, nps.NewLongClientOpener(4096), nps.NewLongSealer())
}

func (f *fixture) request(ticket string, key *rsa.PublicKey) wire.Packet {
	f.T.Helper()
	text, err := cipher.EncryptSessionKey(key, sessionKey, rand.Reader)
	require.NoError(f.T, err)
	return nps.UserLogin.With(&nps.UserLoginBody{Ticket: ticket, Key: string(text), Game: "2176", Check: 0xFEA31C19})
}

func TestLogin(t *testing.T) {
	f := newFixture(t)
	c := f.dial()
	c.Send(f.request(f.ticket, &f.key.PublicKey))
	// The 75 bytes of the documented answer, by hand: header, customer 1000000,
	// profile 0, no cache hit, two empty ban records, an empty key record.
	want := []byte{0x06, 0x01, 0, 0x4b, 1, 1, 0, 0, 0, 0, 0, 0x4b, 0x00, 0x0f, 0x42, 0x40}
	want = append(want, make([]byte, 5)...)
	want = append(want, 0, 0x12)
	want = append(want, make([]byte, 18)...)
	want = append(want, 0, 0x12)
	want = append(want, make([]byte, 18)...)
	want = append(want, 0, 6)
	want = append(want, make([]byte, 12)...)
	assert.Equal(t, want, c.Raw(75))

	s := f.Sessions.ByAccount(f.account)
	require.NotNil(t, s)
	assert.Equal(t, sessionKey, s.Key)
	assert.Equal(t, apptest.Home, s.Addr)
	assert.Same(t, s, f.Sessions.ByHash(f.account, sessionKey.Hash()))
}

func TestTwoRequestsOnOneConnectionAreEachAnsweredOnce(t *testing.T) {
	f := newFixture(t)
	c := f.dial()
	c.Send(f.request(f.ticket, &f.key.PublicKey), f.request(f.ticket, &f.key.PublicKey))
	apptest.Expect(c, nps.UserValid)
	apptest.Expect(c, nps.UserValid)
}

func TestRefusals(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	cases := map[string]func(*fixture) wire.Packet{
		"unknown ticket": func(f *fixture) wire.Packet {
			return f.request("0123456789abcdef0123456789abcdef01", &f.key.PublicKey)
		},
		"foreign key": func(f *fixture) wire.Packet { return f.request(f.ticket, &other.PublicKey) },
		"no hex": func(f *fixture) wire.Packet {
			return nps.UserLogin.With(&nps.UserLoginBody{Ticket: f.ticket, Key: "xyz", Game: "2176"})
		},
		"banned": func(f *fixture) wire.Packet {
			f.Update(func(tx storage.Tx) error {
				a, err := tx.Account(f.account)
				a.Banned = true
				return firstError(err, tx.PutAccount(a))
			})
			return f.request(f.ticket, &f.key.PublicKey)
		},
		"too many attempts": func(f *fixture) wire.Packet {
			f.allowed = false
			return f.request(f.ticket, &f.key.PublicKey)
		},
	}
	for name, make := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			c := f.dial()
			c.Send(make(f))
			assert.Equal(t, []byte{0x06, 0x02, 0, 0x0c, 1, 1, 0, 0, 0, 0, 0, 0x0c}, c.Raw(12))
			c.Closed()
			assert.Nil(t, f.Sessions.ByAccount(f.account))
		})
	}
}

// A login message that somebody has seen on the line is of no use: the same bytes
// change nothing for the player, the ticket with another key or from another address
// is refused.
func TestReplays(t *testing.T) {
	f := newFixture(t)
	first := f.request(f.ticket, &f.key.PublicKey)
	send := func(p wire.Packet) *apptest.Client {
		c := f.dial()
		c.Send(p)
		return c
	}
	apptest.Expect(send(first), nps.UserValid)
	s := f.Sessions.ByAccount(f.account)
	conn := &closer{}
	require.NoError(t, s.Attach(conn))

	apptest.Expect(send(first), nps.UserValid)
	text, err := cipher.EncryptSessionKey(&f.key.PublicKey, cipher.SessionKey{1, 2, 3}, rand.Reader)
	require.NoError(t, err)
	c := send(nps.UserLogin.With(&nps.UserLoginBody{Ticket: f.ticket, Key: string(text), Game: "2176"}))
	apptest.Expect(c, nps.UserInvalid)
	c.Closed()
	assert.Same(t, s, f.Sessions.ByAccount(f.account))
	assert.Empty(t, conn.reason, "the player plays on")

	// The player's own address is another one than ours.
	ticket, err := f.Sessions.Issue(f.account, "marty")
	require.NoError(t, err)
	s, err = f.Sessions.Login(ticket, sessionKey, netip.MustParseAddr("203.0.113.9"))
	require.NoError(t, err)
	c = send(f.request(ticket, &f.key.PublicKey))
	apptest.Expect(c, nps.UserInvalid)
	c.Closed()
	assert.Same(t, s, f.Sessions.ByAccount(f.account))
	c = send(first)
	apptest.Expect(c, nps.UserInvalid) // its session has ended
}

type closer struct{ reason string }

func (c *closer) Close(reason string) { c.reason = reason }

func TestMalformedLogin(t *testing.T) {
	f := newFixture(t)
	c := f.dial()
	// A ticket that claims to be longer than the message.
	c.SendFrame(wire.Frame{Number: nps.UserLogin.Number, Body: []byte{0x00, 0x22, 'a', 'b'}})
	apptest.Expect(c, nps.UserInvalid)
	c.Closed()
}

func TestOtherMessagesEndTheConnection(t *testing.T) {
	for _, number := range []uint16{0x502, 0x9999} {
		f := newFixture(t)
		c := f.dial()
		c.SendFrame(wire.Frame{Number: number, Body: []byte{1, 2, 3, 4}})
		c.Closed()
	}
}

func TestNoSecretReachesTheLog(t *testing.T) {
	f := newFixture(t)
	c := f.dial()
	c.Send(f.request(f.ticket, &f.key.PublicKey))
	apptest.Expect(c, nps.UserValid)
	c.Send(f.request("0123456789abcdef0123456789abcdef01", &f.key.PublicKey))
	apptest.Expect(c, nps.UserInvalid)
	c.Closed()
	for _, e := range f.Logs.AllEntries() {
		line, err := e.String()
		require.NoError(t, err)
		assert.NotContains(t, line, f.ticket)
		assert.NotContains(t, line, "0123456789abcdef")
		assert.NotContains(t, line, "3b9675ea")
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
