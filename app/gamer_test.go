package app_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app"
	"mcos/app/apptest"
	"mcos/protocol/cipher"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

// gamer plays the client program message by message, in any order that a test wants.
// Unlike package bot it has no habits: it sends what it is told to.
type gamer struct {
	t        *testing.T
	a        *app.App
	customer uint32
	persona  uint32
	name     string
	key      cipher.SessionKey
	frames   uint32         // on 43300, over all connections, both ways (mcots-1 1.3)
	cuts     *mathrand.Rand // where TCP cuts what is sent; nil: nowhere
	compress int            // size from which the client compresses on 43300; 0: never
}

// newGamer makes an account with the customer id, or any for 0.
func newGamer(t *testing.T, a *app.App, customer uint32) *gamer {
	t.Helper()
	g := &gamer{t: t, a: a, customer: customer}
	_, err := rand.Read(g.key[:])
	require.NoError(t, err)
	require.NoError(t, a.Store().Update(func(tx storage.Tx) (err error) {
		if g.customer == 0 {
			if g.customer, err = tx.NextAccount(); err != nil {
				return err
			}
		}
		return tx.PutAccount(storage.Account{ID: g.customer, Name: fmt.Sprint("gamer", g.customer), PasswordHash: "-", Created: time.Now()})
	}))
	return g
}

// cutter writes a stream in pieces.
type cutter struct {
	net.Conn
	random *mathrand.Rand
}

func (c cutter) Write(b []byte) (n int, err error) {
	for len(b) > 0 && err == nil {
		size := 1 + c.random.IntN(len(b))
		var m int
		m, err = c.Conn.Write(b[:size])
		n, b = n+m, b[m:]
	}
	return n, err
}

// dial connects to a documented port with the client's side of its framing.
func (g *gamer) dial(documented int) *apptest.Client {
	g.t.Helper()
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(bound(g.a, documented)))
	var c *apptest.Client
	switch documented {
	case 8226, 8228:
		c = apptest.Dial(g.t, address, nps.NewLongClientOpener(1<<16-1), nps.NewLongSealer())
	case 43300:
		sealer := mcots.NewSealer()
		sealer.CompressFrom(g.compress)
		c = apptest.Dial(g.t, address, mcots.NewOpener(mcots.MaxFrame), sealer)
		c.CountFrom(g.frames + 1)
	default:
		c = apptest.Dial(g.t, address, nps.NewLobbyClientOpener(1<<16-1), nps.NewLobbySealer())
	}
	if g.cuts != nil {
		c.Conn = cutter{c.Conn, g.cuts}
	}
	return c
}

// ask sends one message to 8226 or 8228 on a connection of its own, as the client
// does, and returns the answer.
func (g *gamer) ask(documented int, p wire.Packet) wire.Frame {
	g.t.Helper()
	c := g.dial(documented)
	c.Send(p)
	f := c.Next()
	require.NoError(g.t, c.Conn.Close())
	return f
}

// login presents a ticket on 8226, with the key sealed for the server.
func (g *gamer) login() {
	g.t.Helper()
	ticket, err := g.a.Sessions().Issue(g.customer, fmt.Sprint("gamer", g.customer))
	require.NoError(g.t, err)
	sealed, err := cipher.EncryptSessionKey(&g.a.Keys().LoginKey().PublicKey, g.key, rand.Reader)
	require.NoError(g.t, err)
	f := g.ask(8226, nps.UserLogin.With(&nps.UserLoginBody{Ticket: ticket, Key: string(sealed), Game: "2176", Check: 0xFEA31C19}))
	require.Equal(g.t, nps.UserValid.Number, f.Number)
}

// selectPersona is 0x503, with the answer of 255 bytes.
func (g *gamer) selectPersona() {
	g.t.Helper()
	f := g.ask(8228, nps.SelectPersona.With(&nps.PersonaKeyBody{Customer: g.customer, Persona: g.persona, Shard: 44}))
	require.Equal(g.t, nps.PersonaAck.Number, f.Number)
	assert.Len(g.t, f.Body, 251)
}

// lobby logs in to 7003 as far as the recordings show it: 0x230, 0x100, 0x30C, 0x128.
func (g *gamer) lobby() *apptest.Client {
	g.t.Helper()
	c := g.dial(7003)
	apptest.Expect(c, nps.OKToLogin)
	c.Send(nps.Login.With(&nps.LoginBody{User: g.persona, Name: g.name, Customer: g.customer, Version: "4.5.0.0", KeyHash: g.key.Hash()}))
	apptest.Expect(c, nps.LoginResp)
	c.Secure(g.key)
	c.Send(nps.MiniRiffListReq.With(&wire.Empty{}))
	require.Equal(g.t, nps.MiniRiffList.Number, c.Next().Number)
	c.Send(nps.MiniUserListReq.With(&nps.CommBody{}))
	require.Equal(g.t, nps.MiniUserList.Number, c.Next().Number)
	return c
}

// transact sends a request on 43300 and wants exactly these answers, each with its
// sequence number and in its form.
func (g *gamer) transact(c *apptest.Client, f wire.Frame, want ...uint16) (answers []wire.Frame) {
	g.t.Helper()
	c.SendFrame(f)
	g.frames++
	for _, number := range want {
		answer := c.Next()
		g.frames++
		require.Equal(g.t, number, answer.Number, "answer to %d: %x", f.Number, answer.Body)
		require.Equal(g.t, c.Seq(), answer.Seq, "sequence of the answer to %d", f.Number)
		require.Equal(g.t, f.Plain, answer.Plain, "form of the answer to %d", f.Number)
		answers = append(answers, answer)
	}
	return answers
}

// frame makes a frame of a packet.
func (g *gamer) frame(p wire.Packet, plain bool) wire.Frame {
	g.t.Helper()
	body, err := p.AppendBody(nil)
	require.NoError(g.t, err)
	return wire.Frame{Number: p.Message.Number, Body: body, Plain: plain}
}

// connect is 438, after which both directions are encrypted from the start of the
// key stream.
func (g *gamer) connect(c *apptest.Client) {
	g.t.Helper()
	p := mcots.MsgConnect.With(&mcots.Connect{CustomerID: g.customer, PersonaID: g.persona, PersonaName: g.name, ClientVersion: 6001})
	g.transact(c, g.frame(p, true), 101)
	c.Secure(g.key)
}

// enter is 105 with a starter car, or with zeros.
func (g *gamer) enter(c *apptest.Client, dealer, car, skin uint32) {
	g.t.Helper()
	p := mcots.MsgLogin.With(&mcots.Login{
		CustomerID: g.customer, PersonaID: g.persona, LotOwnerID: dealer, BrandedPartID: car, SkinID: skin, PersonaName: g.name, ClientVersion: 6001,
	})
	answers := g.transact(c, g.frame(p, false), 213)
	assert.Len(g.t, answers[0].Body, 171)
}

// succeed sends a request that is answered with 101.
func (g *gamer) succeed(c *apptest.Client, p wire.Packet) {
	g.t.Helper()
	answer := g.transact(c, g.frame(p, false), 101)[0]
	want := append([]byte{byte(p.Message.Number), byte(p.Message.Number >> 8)}, make([]byte, 12)...)
	assert.True(g.t, bytes.Equal(want, answer.Body), "101 for %d: %x", p.Message.Number, answer.Body)
}

// cars are the stored cars of the persona.
func (g *gamer) cars() (cars []storage.Vehicle) {
	g.t.Helper()
	require.NoError(g.t, g.a.Store().View(func(tx storage.ReadTx) (err error) {
		cars, err = tx.VehiclesOf(g.persona)
		return err
	}))
	return cars
}

// stored is the stored persona.
func (g *gamer) stored() (p storage.Persona) {
	g.t.Helper()
	require.NoError(g.t, g.a.Store().View(func(tx storage.ReadTx) (err error) {
		p, err = tx.Persona(g.persona)
		return err
	}))
	return p
}
