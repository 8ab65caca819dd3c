package lobby_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/protocol/cipher"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// from moves the login of a player to another address.
func (f *fixture) from(p apptest.Player, addr string) apptest.Player {
	f.T.Helper()
	ticket, err := f.Sessions.Issue(p.Account, "player")
	require.NoError(f.T, err)
	p.Session, err = f.Sessions.Login(ticket, p.Key, netip.MustParseAddr(addr))
	require.NoError(f.T, err)
	return p
}

// A recorded login is of no use from another address, on any port of the family.
func TestLoginFromAnotherAddress(t *testing.T) {
	f := newFixture(t)
	p := f.from(f.Player("Marty", 1), "10.1.2.3")
	for _, port := range served {
		c := f.dial(port)
		c.Send(nps.Login.With(login(p)))
		refused(c)
		assert.Zero(t, f.room.Population(port), "port %d", port)
	}
}

func TestAddressCheckOff(t *testing.T) {
	f := newFixture(t, func(f *fixture) { f.lobby.CheckAddress = false })
	f.enter(f.from(f.Player("Marty", 1), "10.1.2.3"), 9001)
}

// A login that somebody has seen on the line and repeats from the same address is
// answered, but it is nobody: the player keeps his place, hears everything, and
// nothing that comes in plain text is obeyed.
func TestLoginWithoutTheKeyIsNobody(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 1)
	for _, port := range []int{7003, 9000, 9001} {
		victim := f.enter(p, port)
		places := p.Session.Connections()
		var strangers []*apptest.Client
		for range 12 {
			strangers = append(strangers, f.claim(p, port))
		}
		assert.Equal(t, places, p.Session.Connections(), "no place in the session")
		assert.Equal(t, 1, f.room.Population(port), "nor on the port")
		for _, c := range strangers {
			for _, m := range nps.Registry.All() {
				if m.Family == wire.Lobby && m.Dir != wire.ToClient && !ends(m.Number) {
					c.SendFrame(wire.Frame{Number: m.Number, Body: make([]byte, 400), Plain: true})
				}
			}
			c.SendPlain(chatJoin(p, 2, "LOBBY"))
			c.SendFrame(wire.Frame{Number: 0x777, Body: []byte{1, 2}, Plain: true})
			silent(c)
		}
		victim.Send(nps.MiniUserListReq.With(&nps.CommBody{Comm: 2}))
		assert.Empty(t, apptest.Expect(victim, nps.MiniUserList).Users, "nobody has been let into the room")
		for _, c := range strangers {
			require.NoError(t, c.Conn.Close())
		}
		silent(victim)
		assert.Equal(t, []nps.MiniUserEntry{{User: p.Persona, Name: "Marty"}}, users(victim))
	}
}

// ends are the messages that end a connection or are answered in any form.
func ends(number uint16) bool {
	return number == nps.Login.Number || number == nps.Heartbeat.Number || number == 0x1001 || number == 0x1201 || number == 0x1101
}

// The first message in the envelope decides: with another key the stranger is gone
// and the player stays.
func TestWrongKeyReplacesNobody(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 1)
	victim := f.enter(p, 9001)
	for i := range byte(30) {
		c := f.dial(9001)
		c.Send(nps.Login.With(login(p)))
		apptest.Expect(c, nps.LoginResp)
		c.Secure(cipher.SessionKey{0xBA, 0xD0, i, 7, 7, 7, 7, 7})
		c.Send(nps.MiniRiffListReq.With(&wire.Empty{}))
		closed(c)
	}
	silent(victim)
	assert.Len(t, users(victim), 1)
}

// The port may have filled up, and the session ended, between login and proof.
func TestTooLateToEnter(t *testing.T) {
	f := newFixture(t, func(f *fixture) { f.lobby.UsersPerPort = 1 })
	late := f.claim(f.Player("Late", 9), 9001)
	f.enter(f.Player("Marty", 1), 9001)
	late.Send(nps.MiniRiffListReq.With(&wire.Empty{}))
	closed(late)

	gone := f.Player("Gone", 5)
	c := f.claim(gone, 9002)
	f.Sessions.End(gone.Account, "banned")
	c.Send(nps.MiniRiffListReq.With(&wire.Empty{}))
	closed(c)
	assert.Zero(t, f.room.Population(9002))
}
