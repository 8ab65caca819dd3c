package lobby_test

import (
	"net"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/buddy"
	"mcos/app/gateway"
	"mcos/app/lobby"
	"mcos/app/netaddr"
	"mcos/app/room"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// fixture is a lobby with some rooms, wired as the server does it.
type fixture struct {
	*apptest.World
	lobby lobby.Config
	rooms room.Config

	documented bool       // clients are told the documented port numbers, not the bound ones
	ip         netip.Addr // the address they are told
	addr       map[int]string
	bound      map[int]int
	room       *room.Service
}

// served are the documented ports of the fixture.
var served = []int{7003, 9000, 9001, 9002, 9020, 10001}

var publicIP = netip.MustParseAddr("192.0.2.10")

// typedIP is told to players of whom it is known what host they typed.
var typedIP = netip.MustParseAddr("198.51.100.7")

func newFixture(t *testing.T, changes ...func(*fixture)) *fixture {
	t.Helper()
	f := &fixture{
		World: apptest.NewWorld(t), lobby: lobby.Default(), rooms: room.Default(), ip: publicIP,
		addr: map[int]string{}, bound: map[int]int{},
	}
	for _, change := range changes {
		change(f)
	}
	listeners := map[int]net.Listener{}
	for _, n := range served {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		listeners[n], f.addr[n], f.bound[n] = ln, ln.Addr().String(), ln.Addr().(*net.TCPAddr).Port
	}
	f.room = room.New(f.rooms, room.Deps{
		Now: f.Now, Ports: served, Port: f.port, IPv4: f.ipv4, RacePassword: func(uint32) ([8]byte, bool) { return [8]byte{}, false },
	})
	svc := lobby.New(f.lobby, lobby.Deps{Store: f.Store, Sessions: f.Sessions, Rooms: f.room, Port: f.port, IPv4: f.ipv4})
	buddies := buddy.New(buddy.Config{}, buddy.Deps{})
	for _, n := range served {
		p := lobby.Port(svc, n, slices.Concat(f.room.Rows(), buddies.LobbyRows()), gateway.Timeouts{Login: time.Minute, Frame: time.Minute, Write: time.Minute})
		require.NoError(t, f.Server.Serve(listeners[n], p))
	}
	return f
}

// port is the number that clients are told for a documented port.
func (f *fixture) port(documented int) int {
	if n := f.bound[documented]; n != 0 && !f.documented {
		return n
	}
	return documented
}

func (f *fixture) ipv4(from netaddr.Arrival) netip.Addr {
	if from.Typed != "" {
		return typedIP
	}
	return f.ip
}

// dial connects to a port without logging in; the greeting of 7003 is read.
func (f *fixture) dial(port int) *apptest.Client {
	f.T.Helper()
	c := f.open(port)
	if port == 7003 {
		apptest.Expect(c, nps.OKToLogin)
	}
	return c
}

func (f *fixture) open(port int) *apptest.Client {
	f.T.Helper()
	return apptest.Dial(f.T, f.addr[port], nps.NewLobbyClientOpener(1<<16-1), nps.NewLobbySealer())
}

// login is the message with which a player enters a port.
func login(p apptest.Player) *nps.LoginBody {
	return &nps.LoginBody{
		User: p.Persona, Name: p.Name, Customer: p.Account, Version: "4.5.0.0", Host: "mco", IP: "10.10.5.8",
		KeyHash: p.Key.Hash(),
	}
}

// enter connects a player to a port, logs in and asks for the channel list, as the
// game does: that proves the key.
func (f *fixture) enter(p apptest.Player, port int) *apptest.Client {
	f.T.Helper()
	c := f.claim(p, port)
	c.Send(nps.MiniRiffListReq.With(&wire.Empty{}))
	apptest.Expect(c, nps.MiniRiffList)
	return c
}

// claim is enter as far as the login goes, which proves nothing.
func (f *fixture) claim(p apptest.Player, port int) *apptest.Client {
	f.T.Helper()
	c := f.dial(port)
	c.Send(nps.Login.With(login(p)))
	apptest.Expect(c, nps.LoginResp)
	c.Secure(p.Key)
	return c
}

// silent makes sure that nothing is on its way to the client: the next message is
// the answer to a heartbeat, which is plain.
func silent(c *apptest.Client) {
	c.T.Helper()
	c.SendPlain(nps.Heartbeat.With(&wire.Empty{}))
	f := c.Next()
	require.Equal(c.T, nps.Heartbeat.Number, f.Number, "unexpected message with body %x", f.Body)
	require.True(c.T, f.Plain, "heartbeats are answered outside the envelope")
	require.Empty(c.T, f.Body)
}

// closed waits for the server to end the connection without another message.
func closed(c *apptest.Client) {
	c.T.Helper()
	c.Closed()
	_, err := c.Conn.Read(make([]byte, 1))
	require.Error(c.T, err)
	require.NotErrorIs(c.T, err, os.ErrDeadlineExceeded, "the connection is still open")
}

// users asks who is on the client's port.
func users(c *apptest.Client) []nps.MiniUserEntry {
	c.T.Helper()
	c.Send(nps.MiniUserListReq.With(&nps.CommBody{}))
	return apptest.Expect(c, nps.MiniUserList).Users
}

// awaitUsers waits until n users are on the client's port: a connection that has
// ended is taken out a moment later.
func awaitUsers(c *apptest.Client, n int) {
	c.T.Helper()
	for len(users(c)) != n {
		continue // the client's deadline ends a wait in vain
	}
}

// logged counts the log lines with this text.
func (f *fixture) logged(text string) (n int) {
	for _, e := range f.Logs.AllEntries() {
		if e.Message == text {
			n++
		}
	}
	return n
}

// chatJoin is the captured way into a chat room (nps-lobby-rooms 6.4).
func chatJoin(p apptest.Player, comm uint32, riff string) wire.Packet {
	return nps.OpenChannel.With(&nps.OpenChannelBody{
		Comm: comm, Riff: riff, Slot: -1, SlotFlags: 1, Port: 9001, Protocol: nps.ProtocolTCP, User: p.Persona,
		CanReady: true, Type: nps.ChannelPublic, State: nps.GameNotRunning, Launch: 0xCDCD, Flags: 2,
	})
}
