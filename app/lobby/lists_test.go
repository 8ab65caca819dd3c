package lobby_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/protocol/cipher"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// listEntry is one entry of 0x404 by hand: counted text with its NUL, number,
// population.
func listEntry(dst []byte, name string, comm uint32, population uint16) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(name)+1))
	dst = append(append(dst, name...), 0)
	dst = binary.BigEndian.AppendUint32(dst, comm)
	return binary.BigEndian.AppendUint16(dst, population)
}

// channelList is the body of 0x404 with the populations of MC100 and of the
// numbered rooms.
func channelList(mc100 uint16, rooms map[int]uint16) []byte {
	b := []byte{0, 0, 0, 25}
	b = listEntry(b, "CTRL", 0, 0)
	b = listEntry(b, "LOBBY", 33, 0)
	b = listEntry(b, "LOBBY1", 3, 0)
	b = listEntry(b, "MCCHAT", 191, 0)
	b = listEntry(b, "MC100", 10001, mc100)
	for n := 1; n <= 20; n++ {
		b = listEntry(b, fmt.Sprintf("MCC%02d", n), uint32(n), rooms[n])
	}
	return b
}

func askList(c *apptest.Client) []byte {
	c.T.Helper()
	c.Send(nps.MiniRiffListReq.With(&wire.Empty{}))
	f := c.Next()
	require.Equal(c.T, nps.MiniRiffList.Number, f.Number)
	require.False(c.T, f.Plain)
	return f.Body
}

func TestChannelList(t *testing.T) {
	f := newFixture(t)
	players := []apptest.Player{f.Player("Anna", 11), f.Player("Bert", 22), f.Player("Carl", 33)}
	lobbyConn := f.enter(players[0], 7003)
	list := askList(lobbyConn)
	require.Len(t, list, 4+401)
	assert.Equal(t, channelList(0, nil), list, "nobody is in a room")

	room1, _ := f.enter(players[0], 9001), f.enter(players[1], 9001)
	f.enter(players[2], 9020)
	f.enter(players[1], 10001)
	f.enter(players[2], 9000) // the race port is no room of the list
	want := channelList(1, map[int]uint16{1: 2, 20: 1})
	assert.Equal(t, want, askList(lobbyConn))
	assert.Equal(t, want, askList(room1), "the same on every port")

	// Race rooms are not in it.
	room1.Send(nps.OpenChannel.With(&nps.OpenChannelBody{Riff: "Race", Type: nps.ChannelPublic, Data: nps.ChannelData{Race: 7}}))
	apptest.Expect(room1, nps.ChannelCreated)
	apptest.Expect(room1, nps.ChannelGranted)
	apptest.Expect(room1, nps.UserJoined)
	assert.Equal(t, want, askList(room1))

	require.NoError(t, room1.Conn.Close())
	want = channelList(1, map[int]uint16{1: 1, 20: 1})
	for string(askList(lobbyConn)) != string(want) {
		continue // until the connection has been taken out
	}
}

func TestChannelListFilledAsCaptured(t *testing.T) {
	f := newFixture(t, func(f *fixture) { f.lobby.RiffListFill = true })
	list := askList(f.enter(f.Player("Marty", 1), 7003))
	require.Len(t, list, 1000)
	assert.Equal(t, append(channelList(0, nil), make([]byte, 595)...), list)
}

func TestMC100OnAnotherPort(t *testing.T) {
	f := newFixture(t, func(f *fixture) { f.lobby.MC100Port = 9000 })
	a, b := f.Player("Anna", 11), f.Player("Bert", 22)
	c := f.enter(a, 7003)
	f.enter(a, 9000)
	f.enter(b, 9000)
	f.enter(b, 10001)
	assert.Equal(t, channelList(2, nil), askList(c))
	c.Send(nps.ServerInfoReq.With(&nps.CommBody{Comm: 10001}))
	info := apptest.Expect(c, nps.ServerInfo)
	assert.EqualValues(t, f.bound[9000], info.Port)
	assert.EqualValues(t, 2, info.Players)
}

func TestUsersOfAPortAndOfAChannel(t *testing.T) {
	f := newFixture(t)
	a, b := f.Player("Dr Brown", 11), f.Player("Marty", 22)
	ca := f.enter(a, 9001)
	f.enter(a, 7003)
	f.enter(a, 9002)
	cb := f.enter(b, 9001)

	ca.Send(nps.MiniUserListReq.With(&nps.CommBody{}))
	want := []byte{0, 0, 0, 0, 0, 0, 0, 2}
	want = binary.BigEndian.AppendUint32(want, a.Persona)
	want = append(want, "\x00\x00\x00\x09Dr Brown\x00"...)
	want = binary.BigEndian.AppendUint32(want, b.Persona)
	want = append(want, "\x00\x00\x00\x06Marty\x00"...)
	frame := ca.Next()
	assert.Equal(t, nps.MiniUserList.Number, frame.Number)
	assert.Equal(t, want, frame.Body, "channel 0: everybody on the port, oneself too")

	cb.Send(chatJoin(b, 2, "LOBBY"))
	apptest.Expect(cb, nps.ChannelGranted)
	for comm, users := range map[uint32][]nps.MiniUserEntry{
		2: {{User: b.Persona, Name: "Marty"}}, 191: nil, 4711: nil,
	} {
		ca.Send(nps.MiniUserListReq.With(&nps.CommBody{Comm: comm}))
		assert.Equal(t, &nps.MiniUserListBody{Comm: comm, Count: uint32(len(users)), Users: users}, apptest.Expect(ca, nps.MiniUserList))
	}
}

func TestUserListIsCut(t *testing.T) {
	if testing.Short() {
		t.Skip("opens 501 connections")
	}
	f := newFixture(t, func(f *fixture) { f.lobby.UsersPerPort = 600 })
	var last *apptest.Client
	for i := range nps.MaxListUsers + 1 {
		// A login each, because a login has one connection on a port.
		name := fmt.Sprintf("P%d", i)
		p := apptest.Player{Account: f.Account("acc_" + name), Name: name}
		p.Persona = f.Persona(p.Account, name)
		p.Key = cipher.SessionKey{byte(i), byte(i >> 8), 1}
		ticket, err := f.Sessions.Issue(p.Account, name)
		require.NoError(t, err)
		_, err = f.Sessions.Login(ticket, p.Key, apptest.Home)
		require.NoError(t, err)
		last = f.enter(p, 9001)
	}
	assert.Len(t, users(last), nps.MaxListUsers)
	last.Send(nps.UserListReq.With(&nps.CommBody{Comm: 2}))
	assert.Empty(t, apptest.Expect(last, nps.UserList).Users)
}

func TestGameServers(t *testing.T) {
	f := newFixture(t)
	for _, port := range []int{7003, 9001} {
		c := f.enter(f.Player(fmt.Sprintf("P%d", port), byte(port)), port)
		c.Send(nps.GameServersReq.With(&wire.Empty{}))
		frame := c.Next()
		assert.Equal(t, nps.GameServers.Number, frame.Number)
		want := append([]byte{0, 0, 0, 42, 0, 0, 0, 1}, "\x00\x00\x00\x020\x00\x00\x00\x00\x05RACE\x00\x00\x00\x00\x0b192.0.2.10\x00"...)
		assert.Equal(t, want, frame.Body)
		assert.Len(t, want, 38, "the size in it counts the header")
	}
}

func TestGameServersIgnoreABody(t *testing.T) {
	f := newFixture(t, func(f *fixture) { f.ip = apptest.Home })
	c := f.enter(f.Player("Marty", 1), 7003)
	c.SendFrame(wire.Frame{Number: 0x309, Body: []byte{1, 2, 3, 4}}) // a body is ignored
	assert.Equal(t, "127.0.0.1", apptest.Expect(c, nps.GameServers).Servers[0].IP)
}
