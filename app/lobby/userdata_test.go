package lobby_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

func setData(p apptest.Player, car uint32) wire.Packet {
	return nps.SetUserData.With(&nps.UserInfoBody{User: p.Persona, Name: p.Name, Data: nps.UserData{Car: car, State: nps.UserDataValid}})
}

func info(p apptest.Player, car uint32) *nps.UserInfoBody {
	body := &nps.UserInfoBody{User: p.Persona, Name: p.Name}
	if car != 0 {
		body.Data = nps.UserData{Car: car, State: nps.UserDataValid}
	}
	return body
}

func join(c *apptest.Client, p apptest.Player, comm uint32, riff string) {
	c.T.Helper()
	c.Send(chatJoin(p, comm, riff))
	apptest.Expect(c, nps.ChannelGranted)
}

func TestUserDataGoesToSharedChannels(t *testing.T) {
	f := newFixture(t, func(f *fixture) { f.rooms.ChatRoomJoinPush = false })
	a, b, x := f.Player("Anna", 11), f.Player("Bert", 22), f.Player("Xena", 77)
	ca, cb := f.enter(a, 9001), f.enter(b, 9001)
	samePort, otherPort, ownLobby := f.enter(x, 9001), f.enter(x, 9002), f.enter(a, 7003)
	// Two shared channels still make one notice; channel 0 makes none, even for
	// those who enter it by its name.
	for _, ch := range []struct {
		comm uint32
		riff string
	}{{2, "LOBBY"}, {191, "MCCHAT"}, {0, "CTRL"}} {
		join(ca, a, ch.comm, ch.riff)
		if ch.comm != 0 {
			join(cb, b, ch.comm, ch.riff)
		} else {
			join(samePort, x, ch.comm, ch.riff)
		}
	}
	join(otherPort, x, 2, "LOBBY")

	ca.Send(setData(a, 5))
	assert.Equal(t, info(a, 5), apptest.Expect(ca, nps.UserInfo))
	assert.Equal(t, info(a, 5), apptest.Expect(cb, nps.UserInfo))
	for _, c := range []*apptest.Client{ca, cb, samePort, otherPort, ownLobby} {
		silent(c)
	}

	// What is stored shows in the list of the channel, on this port alone.
	cb.Send(nps.UserListReq.With(&nps.CommBody{Comm: 2}))
	assert.Equal(t, []nps.UserInfoBody{*info(a, 5), *info(b, 0)}, apptest.Expect(cb, nps.UserList).Users)
	ownLobby.Send(nps.GetMyUserData.With(&wire.Raw{}))
	assert.Equal(t, info(a, 0), apptest.Expect(ownLobby, nps.UserInfo))

	// Having left, Bert hears no more.
	for _, comm := range []uint32{2, 191} {
		cb.Send(nps.CloseChannel.With(&nps.CommBody{Comm: comm}))
		apptest.Expect(cb, nps.ChannelClosed)
	}
	ca.Send(setData(a, 6))
	assert.Equal(t, info(a, 6), apptest.Expect(ca, nps.UserInfo))
	silent(cb)
}

func TestForeignUserDataIsIgnored(t *testing.T) {
	f := newFixture(t)
	a, b := f.Player("Anna", 11), f.Player("Bert", 22)
	ca, cb := f.enter(a, 9001), f.enter(b, 9001)
	join(cb, b, 2, "LOBBY")
	join(ca, a, 2, "LOBBY")
	apptest.Expect(cb, nps.UserJoined)

	forged := []nps.UserInfoBody{*info(b, 9), *info(a, 9), *info(a, 9), *info(a, 9)}
	forged[1].Name = "Bert"
	forged[2].User = b.Persona
	forged[3].Name = "anna"
	for i := range forged {
		ca.Send(nps.SetUserData.With(&forged[i]))
	}
	silent(ca)
	silent(cb)
	ca.Send(nps.GetMyUserData.With(&wire.Raw{}))
	assert.Equal(t, info(a, 0), apptest.Expect(ca, nps.UserInfo))
}

func TestGetUserData(t *testing.T) {
	f := newFixture(t)
	a, b, x := f.Player("Anna", 11), f.Player("Bert", 22), f.Player("Xena", 77)
	ca, cb := f.enter(a, 9001), f.enter(b, 9001)
	f.enter(x, 9002)
	ca.Send(setData(a, 3))
	apptest.Expect(ca, nps.UserInfo)

	ca.Send(nps.GetMyUserData.With(&wire.Raw{Data: []byte{1, 2, 3, 4, 5}}))
	assert.Equal(t, info(a, 3), apptest.Expect(ca, nps.UserInfo))
	word := func(id uint32) *wire.Raw {
		return &wire.Raw{Data: []byte{byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)}}
	}
	cb.Send(nps.GetUserInfo.With(word(a.Persona)))
	assert.Equal(t, info(a, 3), apptest.Expect(cb, nps.UserInfo))
	cb.Send(nps.GetUserInfo.With(word(x.Persona))) // on another port
	cb.Send(nps.GetUserInfo.With(word(0)))
	cb.Send(nps.GetUserInfo.With(&wire.Raw{}))
	silent(cb)
}

func TestLogOff(t *testing.T) {
	f := newFixture(t)
	a, b := f.Player("Anna", 11), f.Player("Bert", 22)
	ca, cb := f.enter(a, 9001), f.enter(b, 9001)
	other := f.enter(a, 7003)
	join(ca, a, 2, "LOBBY")
	ca.Send(nps.LogOff.With(&wire.Empty{}), nps.MiniUserListReq.With(&nps.CommBody{}))
	closed(ca)
	assert.Equal(t, []nps.MiniUserEntry{{User: b.Persona, Name: "Bert"}}, users(cb))
	cb.Send(nps.UserListReq.With(&nps.CommBody{Comm: 2}))
	assert.Empty(t, apptest.Expect(cb, nps.UserList).Users)
	silent(other)
	assert.NotNil(t, f.Sessions.ByHash(a.Account, a.Key.Hash()), "the key stays good for the next connection")
	f.enter(a, 9001)
}

func TestKnownMessagesWithoutAnAnswer(t *testing.T) {
	f := newFixture(t)
	c := f.enter(f.Player("Marty", 1), 9001)
	users(c)
	var ignored []*wire.Message
	for _, m := range []wire.Msg[wire.Raw]{
		nps.BuddyRefresh, nps.BuddyAddUsers, nps.BuddyRemoveUsers, nps.UDPStatus, nps.SetSlot, nps.GetSlotList,
		nps.SetChannelClosed, nps.StartGame,
	} {
		ignored = append(ignored, m.Message)
	}
	for _, m := range nps.NameOnly(wire.Lobby) {
		if m.Number != 0x1001 && m.Number != 0x1201 {
			ignored = append(ignored, m.Message)
		}
	}
	ignored = append(ignored, nps.RelayPlugIn.Message, nps.RelayPlugInLogged.Message)
	require.Greater(t, len(ignored), 30)
	for _, m := range ignored {
		c.SendFrame(wire.Frame{Number: m.Number, Body: append(make([]byte, 8), 0xAB, byte(m.Number))})
	}
	silent(c)

	recorded := map[any]bool{}
	for _, e := range f.Logs.AllEntries() {
		if e.Message == "known, not answered" {
			recorded[e.Data["message"]] = true
		}
	}
	for _, m := range ignored {
		assert.True(t, recorded[m.String()], "%s is not recorded", m)
	}
	assert.Len(t, recorded, len(ignored))
}
