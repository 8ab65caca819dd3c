package room_test

import (
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/gateway"
	"mcos/app/lobby"
	"mcos/app/netaddr"
	"mcos/app/room"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// fixture is a lobby with rooms, wired as the server does it. Clients are told the
// address that they reached us at.
type fixture struct {
	*apptest.World
	cfg   room.Config
	room  *room.Service
	bound map[int]int

	mu        sync.Mutex
	passwords map[uint32][8]byte // of the races that the transaction server knows
}

// served are the documented ports of the fixture.
var served = []int{7003, 9000, 9001, 9002}

func newFixture(t testing.TB, changes ...func(*room.Config)) *fixture {
	t.Helper()
	f := &fixture{World: apptest.NewWorld(t), cfg: room.Default(), bound: map[int]int{}, passwords: map[uint32][8]byte{}}
	for _, change := range changes {
		change(&f.cfg)
	}
	listeners := map[int]net.Listener{}
	for _, n := range served {
		ln, err := net.Listen("tcp4", ":0")
		require.NoError(t, err)
		listeners[n], f.bound[n] = ln, ln.Addr().(*net.TCPAddr).Port
	}
	port := func(documented int) int { return f.bound[documented] }
	f.room = room.New(f.cfg, room.Deps{Ports: served, Port: port, IPv4: ipv4, RacePassword: f.racePassword, Now: f.Now})
	svc := lobby.New(lobby.Default(), lobby.Deps{Store: f.Store, Sessions: f.Sessions, Rooms: f.room, Port: port, IPv4: ipv4})
	for _, n := range served {
		p := lobby.Port(svc, n, f.room.Rows(), gateway.Timeouts{Login: time.Minute, Frame: time.Minute, Write: time.Minute})
		require.NoError(t, f.Server.Serve(listeners[n], p))
	}
	return f
}

// manyRooms lets one player open as many as a test likes.
func manyRooms(c *room.Config) { c.RoomsPerPlayer = 10000 }

func (f *fixture) racePassword(race uint32) (password [8]byte, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	password, ok = f.passwords[race]
	return password, ok
}

func ipv4(from netaddr.Arrival) netip.Addr { return from.Local }

// protect makes a race that the transaction server knows.
func (f *fixture) protect(race uint32, password string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.passwords[race] = [8]byte([]byte(password))
}

// user is a player on one connection.
type user struct {
	*apptest.Client
	apptest.Player
	port uint32 // as clients are told
}

// user makes a player and logs it in to a port.
func (f *fixture) user(name string, port int) *user {
	f.T.Helper()
	return f.enter(f.Player(name, 1), port)
}

func (f *fixture) enter(p apptest.Player, port int) *user {
	f.T.Helper()
	return f.enterAt("127.0.0.1", p, port)
}

// enterAt logs a player in to a port of one of our addresses.
func (f *fixture) enterAt(ip string, p apptest.Player, port int) *user {
	f.T.Helper()
	c := apptest.Dial(f.T, net.JoinHostPort(ip, strconv.Itoa(f.bound[port])), nps.NewLobbyClientOpener(1<<16-1), nps.NewLobbySealer())
	if port == 7003 {
		apptest.Expect(c, nps.OKToLogin)
	}
	c.Send(nps.Login.With(&nps.LoginBody{
		User: p.Persona, Name: p.Name, Customer: p.Account, Version: "4.5.0.0", KeyHash: p.Key.Hash(),
	}))
	apptest.Expect(c, nps.LoginResp)
	c.Secure(p.Key)
	c.Send(nps.MiniRiffListReq.With(&wire.Empty{})) // as the game does at once
	c.Await(nps.MiniRiffList.Number)
	return &user{Client: c, Player: p, port: uint32(f.bound[port])}
}

// channelRequest asks for a public channel as the client does.
func (u *user) channelRequest(comm uint32, riff string, adjust ...func(*nps.OpenChannelBody)) wire.Packet {
	body := &nps.OpenChannelBody{
		Comm: comm, Riff: riff, Slot: -1, SlotFlags: 1, Port: u.port, Protocol: nps.ProtocolTCP, User: u.Persona,
		CanReady: true, Type: nps.ChannelPublic, State: nps.GameNotRunning, Launch: 0xCDCD, Flags: 2,
	}
	for _, a := range adjust {
		a(body)
	}
	return nps.OpenChannel.With(body)
}

// The usual adjustments of a channel request.
func ofRace(id int32) func(*nps.OpenChannelBody) {
	return func(b *nps.OpenChannelBody) { b.Data.Race = id }
}

func private(password string) func(*nps.OpenChannelBody) {
	return func(b *nps.OpenChannelBody) { b.Type, b.Password = nps.ChannelPrivate|nps.ChannelPublic, password }
}

// chat joins the LOBBY of the user's port.
func (u *user) chat() {
	u.T.Helper()
	u.Send(u.channelRequest(2, "LOBBY"))
	u.wants(u.granted(2))
}

// host creates a race room and reads the answers.
func (u *user) host(comm uint32, riff string, adjust ...func(*nps.OpenChannelBody)) {
	u.T.Helper()
	u.Send(u.channelRequest(comm, riff, adjust...))
	created := apptest.Expect(u.Client, nps.ChannelCreated)
	require.Equal(u.T, comm, created.Comm)
	u.wants(u.granted(comm), joined(u, comm))
}

// join enters a race room in which the others are, and reads what all are told.
func (u *user) join(comm uint32, riff string, others ...*user) {
	u.T.Helper()
	u.Send(u.channelRequest(comm, riff))
	u.wants(u.granted(comm), joined(u, comm))
	for _, o := range others {
		u.wants(joined(o, comm))
		o.wants(joined(u, comm))
	}
}

func (u *user) granted(comm uint32) wire.Packet {
	return nps.ChannelGranted.With(&nps.CommPortBody{Comm: comm, Port: u.port})
}

func (u *user) denied(comm uint32) wire.Packet {
	return nps.ChannelDenied.With(&nps.CommPortBody{Comm: comm, Port: u.port})
}

func joined(u *user, comm uint32) wire.Packet {
	return nps.UserJoined.With(&nps.UserJoinedBody{User: u.Persona, Name: u.Name, Comm: comm, Persona: u.Persona})
}

func left(u *user, comm uint32) wire.Packet {
	return nps.UserLeft.With(&nps.UserCommBody{User: u.Persona, Comm: comm})
}

// racer is an entry of a ready list.
type racer struct {
	*user
	ready, master bool
}

func readyList(comm uint32, racers ...racer) wire.Packet {
	body := &nps.ReadyListBody{}
	for _, r := range racers {
		body.Entries = append(body.Entries, nps.ReadyEntry{Comm: comm, User: r.Persona, Ready: r.ready, Master: r.master})
	}
	return nps.ReadyList.With(body)
}

// wants reads the next messages, which must be these, in the envelope. The bytes
// of the messages have tests of their own.
func (u *user) wants(packets ...wire.Packet) {
	u.T.Helper()
	for _, p := range packets {
		body, err := p.AppendBody(nil)
		require.NoError(u.T, err)
		f := u.Next()
		require.Equal(u.T, p.Message.Number, f.Number, "%s wants %s but got 0x%X with body %x", u.Name, p.Message, f.Number, f.Body)
		require.Equal(u.T, body, f.Body, "%s wants this %s", u.Name, p.Message)
		require.False(u.T, f.Plain)
	}
}

// silent makes sure that nothing is on its way to the users.
func silent(users ...*user) {
	for _, u := range users {
		u.T.Helper()
		u.SendPlain(nps.Heartbeat.With(&wire.Empty{}))
		f := u.Next()
		require.Equal(u.T, nps.Heartbeat.Number, f.Number, "%s got an unexpected message with body %x", u.Name, f.Body)
	}
}

// closed waits for the server to end the connection without another message.
func closed(u *user) {
	u.T.Helper()
	u.Closed()
	_, err := u.Conn.Read(make([]byte, 1))
	require.Error(u.T, err)
	require.NotErrorIs(u.T, err, os.ErrDeadlineExceeded, "the connection is still open")
}

// names asks who is in a channel; 0 is everybody on the port.
func (u *user) names(comm uint32) []string {
	u.T.Helper()
	u.Send(nps.MiniUserListReq.With(&nps.CommBody{Comm: comm}))
	list := apptest.Expect(u.Client, nps.MiniUserList)
	names := make([]string, 0, len(list.Users))
	for _, e := range list.Users {
		names = append(names, e.Name)
	}
	return names
}

// awaitGone waits until nobody but these is on the user's port: a connection that
// has ended is taken out a moment later.
func (u *user) awaitGone(names ...string) {
	u.T.Helper()
	for !assert.ObjectsAreEqual(names, u.names(0)) {
		continue // the client's deadline ends a wait in vain
	}
}

// races asks for the list of race rooms.
func (u *user) races() []nps.RiffEntry {
	u.T.Helper()
	u.Send(nps.RiffListReq.With(&wire.Empty{}))
	return apptest.Expect(u.Client, nps.RiffList).Riffs
}

func word(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
