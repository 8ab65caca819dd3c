package room_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/room"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

func TestChatRoomGrantsAndNoMore(t *testing.T) {
	f := newFixture(t)
	for _, port := range served {
		u := f.user(fmt.Sprintf("P%d", port), port)
		u.Send(u.channelRequest(2, "LOBBY"))
		frame := u.Next()
		assert.Equal(t, nps.ChannelGranted.Number, frame.Number)
		assert.Equal(t, append([]byte{0, 0, 0, 2}, word(uint32(f.bound[port]))...), frame.Body, "commId and the port of this connection")
		silent(u)
	}
}

func TestNewcomersAreAnnouncedInChatRooms(t *testing.T) {
	f := newFixture(t)
	a, b, c := f.user("Anna", 9001), f.user("Bert", 9001), f.user("Carl", 9001)
	elsewhere := f.user("Xena", 9002)
	elsewhere.chat()
	a.chat()
	b.Send(nps.SetUserData.With(&nps.UserInfoBody{User: b.Persona, Name: b.Name, Data: nps.UserData{Car: 0x01020304, Level: 3}}))
	apptest.Expect(b.Client, nps.UserInfo)
	b.chat()

	frame := a.Next()
	assert.Equal(t, nps.UserJoined.Number, frame.Number)
	want := append(word(b.Persona), "\x00\x00\x00\x05Bert\x00\x00\x00\x00\x02"...)
	data := make([]byte, 64)
	copy(data, []byte{4, 3, 2, 1})
	data[57] = 3
	want = append(append(want, data...), word(b.Persona)...)
	assert.Equal(t, want, frame.Body)

	silent(a, b, c, elsewhere) // the newcomer hears of nobody, he asks 0x101
	assert.Equal(t, []string{"Anna", "Bert"}, b.names(2))
}

func TestAnnouncementsInChatRoomsSwitchedOff(t *testing.T) {
	f := newFixture(t, func(c *room.Config) { c.ChatRoomJoinPush = false })
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.chat()
	b.chat()
	silent(a, b)
	assert.Equal(t, []string{"Anna", "Bert"}, a.names(2))
}

func TestSecondOpenChangesNothing(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.chat()
	b.chat()
	a.wants(joined(b, 2))
	for range 3 {
		b.chat()
	}
	silent(a, b)
	assert.Equal(t, []string{"Anna", "Bert"}, a.names(2))

	a.host(500, "Race")
	b.join(500, "Race", a)
	a.Send(a.channelRequest(500, "Race"))
	a.wants(a.granted(500))
	b.Send(b.channelRequest(500, "Race"))
	b.wants(b.granted(500))
	silent(a, b)
	assert.Equal(t, []string{"Anna", "Bert"}, a.names(500))
}

func TestEveryPortHasItsOwnLobby(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 9001), f.user("Bert", 9002)
	a.chat()
	b.chat()
	silent(a, b)
	assert.Equal(t, []string{"Anna"}, a.names(2))
	assert.Equal(t, []string{"Bert"}, b.names(2))
	other := f.enter(a.Player, 7003) // the same player on another port is not in it either
	assert.Empty(t, other.names(2))
}

func TestListedNamesAreChatRoomsWhateverTheirNumber(t *testing.T) {
	f := newFixture(t, manyRooms)
	a := f.user("Anna", 9001)
	for comm, riff := range map[uint32]string{33: "LOBBY", 3: "LOBBY1", 191: "MCCHAT", 10001: "MC100", 500: "MCC01", 501: "MCC20", 50: "Our place"} {
		a.Send(a.channelRequest(comm, riff))
		a.wants(a.granted(comm))
	}
	silent(a)
	assert.Empty(t, a.races())
	for i, riff := range []string{"MCC00", "MCC21", "MCC1", "MCC001", "MCC+1", "lobby"} {
		a.host(uint32(600+i), riff)
	}
	assert.Len(t, a.races(), 6)
}

func TestChatRoomOfOnesOwnEndsWithItsLastMember(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.Send(a.channelRequest(50, "Our place"))
	a.wants(a.granted(50))
	b.Send(b.channelRequest(50, "Our place"))
	b.wants(b.granted(50))
	a.wants(joined(b, 50))
	a.Send(nps.CloseChannel.With(&nps.CommBody{Comm: 50}))
	apptest.Expect(a.Client, nps.ChannelClosed)
	silent(b) // nobody is told in a chat room, and it does not end with its creator
	assert.Equal(t, []string{"Bert"}, b.names(50))
	b.Send(nps.CloseChannel.With(&nps.CommBody{Comm: 50}))
	apptest.Expect(b.Client, nps.ChannelClosed)

	b.Send(b.channelRequest(50, "Another place")) // the number is free again
	b.wants(b.granted(50))
}

func TestChatCapacity(t *testing.T) {
	f := newFixture(t, func(c *room.Config) { c.ChatCapacity = 2; c.ChatRoomJoinPush = false })
	a, b, c := f.user("Anna", 9001), f.user("Bert", 9001), f.user("Carl", 9001)
	a.chat()
	b.chat()
	c.Send(c.channelRequest(2, "LOBBY"))
	c.wants(c.denied(2))
	a.chat() // who is in stays in
	b.Send(nps.CloseChannel.With(&nps.CommBody{Comm: 2}))
	apptest.Expect(b.Client, nps.ChannelClosed)
	c.chat()
}

func TestDefaultChatCapacity(t *testing.T) {
	f := newFixture(t, func(c *room.Config) { c.ChatRoomJoinPush = false })
	for i := range 100 {
		f.user(fmt.Sprintf("P%d", i), 9001).chat()
	}
	u := f.user("Pcentum", 9001)
	u.Send(u.channelRequest(2, "LOBBY"))
	frame := u.Next()
	assert.Equal(t, nps.ChannelDenied.Number, frame.Number)
	assert.Equal(t, append([]byte{0, 0, 0, 2}, word(u.port)...), frame.Body)
	u.Send(u.channelRequest(191, "MCCHAT"))
	u.wants(u.granted(191))
}

func TestTakenNumbersGiveFreshOnes(t *testing.T) {
	f := newFixture(t)
	a := f.user("Anna", 9001)
	a.host(500, "Race")
	// Number, name and what comes of it: the pair must be open to be joined.
	for i, ask := range []struct {
		comm uint32
		riff string
		got  uint32
	}{
		{500, "Other race", 0x10000}, {0, "Third race", 0x10001}, {2, "My lobby", 0x10002}, {191, "LOBBY", 0x10003},
		{500, "race", 0x10004}, {0x10005, "Asked for", 0x10005}, {0, "Next", 0x10006}, {500, "", 0x10007},
	} {
		u := f.user(fmt.Sprintf("P%d", i), 9001)
		u.Send(u.channelRequest(ask.comm, ask.riff))
		frame := u.Next()
		if ask.riff != "LOBBY" { // a listed name is no race
			require.Equal(t, nps.ChannelCreated.Number, frame.Number)
			frame = u.Next()
		}
		require.Equal(t, nps.ChannelGranted.Number, frame.Number, ask.riff)
		assert.Equal(t, ask.got, binary.BigEndian.Uint32(frame.Body), ask.riff)
	}
	silent(a)

	// A number that was ours to give is not given to the next room.
	b := f.user("Bert", 9001)
	for want := uint32(0x10008); want < 0x1000B; want++ {
		b.Send(b.channelRequest(0, "Again"))
		assert.Equal(t, want, apptest.Expect(b.Client, nps.ChannelCreated).Comm)
		b.wants(b.granted(want), joined(b, want))
		b.Send(nps.CloseChannel.With(&nps.CommBody{Comm: want}))
		apptest.Expect(b.Client, nps.ChannelClosed)
	}
}

func TestNumbersAlwaysFresh(t *testing.T) {
	f := newFixture(t, func(c *room.Config) { c.CommID = "allocate" })
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.Send(a.channelRequest(500, "Race"))
	assert.EqualValues(t, 0x10000, apptest.Expect(a.Client, nps.ChannelCreated).Comm)
	a.wants(a.granted(0x10000), joined(a, 0x10000))
	b.join(0x10000, "Race", a)
	b.chat() // what exists is joined by its number
}

func TestLongNames(t *testing.T) {
	f := newFixture(t)
	a := f.user("Anna", 9001)
	named := func(name string) wire.Frame {
		body, err := a.channelRequest(500, "").AppendBody(nil)
		require.NoError(t, err)
		long := append(append([]byte(nil), body[:4]...), word(uint32(len(name)))...)
		return wire.Frame{Number: nps.OpenChannel.Number, Body: append(append(long, name...), body[9:]...)}
	}
	for _, name := range []string{strings.Repeat("x", 32), strings.Repeat("\xe9", 32), strings.Repeat("x", 4000)} {
		a.SendFrame(named(name))
	}
	silent(a)
	assert.Empty(t, a.races())
	// 31 characters fill the client's buffer, whatever they are (DECISIONS 51); a
	// client counts the NUL behind them, and we cannot.
	a.host(503, strings.Repeat("é", 31))
	a.SendFrame(named(strings.Repeat("y", 31) + "\x00"))
	created := apptest.Expect(a.Client, nps.ChannelCreated)
	a.wants(a.granted(500), joined(a, 500))
	assert.Equal(t, strings.Repeat("y", 31), created.Riff)
	b := f.user("Bert", 9001)
	list := b.races()
	require.Len(t, list, 2)
	assert.Equal(t, strings.Repeat("y", 31), list[0].Name)
	assert.Equal(t, strings.Repeat("é", 31), list[1].Name)
	// What no message may hold ends the connection.
	a.SendFrame(named(strings.Repeat("x", 5000)))
	a.Closed()
}

func TestManyChannelsAreBounded(t *testing.T) {
	f := newFixture(t, manyRooms)
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	const limit = 2000 // with the three that are always there
	for i := range limit - 3 {
		comm := uint32(1000 + i)
		a.Send(a.channelRequest(comm, "Race"))
		require.Equal(t, comm, apptest.Expect(a.Client, nps.ChannelCreated).Comm)
		a.wants(a.granted(comm), joined(a, comm))
	}
	b.Send(b.channelRequest(0, "One more"), b.channelRequest(5, "One more"))
	b.wants(b.denied(0), b.denied(5))
	b.chat() // what exists can be joined
	b.join(1000, "Race", a)
	assert.Len(t, b.races(), nps.MaxRiffs)
	f.enter(b.Player, 9002).host(77, "Elsewhere", ofRace(1)) // other ports have their own

	require.NoError(t, a.Conn.Close())
	b.wants(left(a, 1000), readyList(1000, racer{b, false, false}))
	b.host(1001, "Free again")
}

func TestPlainRequestsAreAnsweredPlain(t *testing.T) {
	f := newFixture(t)
	a := f.user("Anna", 9001)
	a.SendPlain(a.channelRequest(500, "Race"))
	for _, m := range []*wire.Message{nps.ChannelCreated.Message, nps.ChannelGranted.Message, nps.UserJoined.Message} {
		frame := a.Next()
		assert.Equal(t, m.Number, frame.Number)
		assert.True(t, frame.Plain)
	}
	b := f.user("Bert", 9001)
	b.Send(b.channelRequest(500, "Race"))
	b.wants(b.granted(500), joined(b, 500), joined(a, 500))
	a.wants(joined(b, 500)) // notices stay encrypted
}
