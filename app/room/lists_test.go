package room_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/room"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

func TestUserList(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Dr Brown", 9001), f.user("Marty", 9001)
	ask := func(comm uint32) []byte {
		a.Send(nps.UserListReq.With(&nps.CommBody{Comm: comm}))
		frame := a.Next()
		require.Equal(t, nps.UserList.Number, frame.Number)
		return frame.Body
	}
	assert.Equal(t, append(word(2), 0, 0, 0, 0), ask(2), "nobody is in it")
	a.chat()
	b.Send(nps.SetUserData.With(&nps.UserInfoBody{User: b.Persona, Name: b.Name, Data: nps.UserData{Car: 7}}))
	apptest.Expect(b.Client, nps.UserInfo)
	b.chat()
	a.wants(joined2(b, nps.UserData{Car: 7}, 2))

	want := append(append(word(2), 0, 0, 0, 2), word(a.Persona)...)
	want = append(want, "\x00\x00\x00\x09Dr Brown\x00"...)
	want = append(append(want, make([]byte, 64)...), word(b.Persona)...)
	want = append(want, "\x00\x00\x00\x06Marty\x00"...)
	data := make([]byte, 64)
	data[0] = 7
	assert.Equal(t, append(want, data...), ask(2), "the one who asks is in it")

	assert.Equal(t, append(word(0), 0, 0, 0, 0), ask(0), "channel 0 is no list of users")
	assert.Equal(t, append(word(4711), 0, 0, 0, 0), ask(4711))
	other := f.enter(a.Player, 9002)
	other.Send(nps.UserListReq.With(&nps.CommBody{Comm: 2}))
	assert.Empty(t, apptest.Expect(other.Client, nps.UserList).Users)
}

// joined2 is joined for a user that has said something about itself.
func joined2(u *user, data nps.UserData, comm uint32) wire.Packet {
	return nps.UserJoined.With(&nps.UserJoinedBody{User: u.Persona, Name: u.Name, Comm: comm, Data: data, Persona: u.Persona})
}

func TestRaceList(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	b.chat()
	b.Send(nps.RiffListReq.With(&wire.Empty{}))
	frame := b.Next()
	assert.Equal(t, nps.RiffList.Number, frame.Number)
	assert.Equal(t, make([]byte, 8), frame.Body, "no race rooms, and no chat rooms either")

	a.host(0x002C0079, "race", private("secret"), ofRace(5), func(b *nps.OpenChannelBody) { b.MaxReady = 8 })
	a.Send(nps.SetCommFlags.With(&nps.CommFlagsBody{Comm: 0x002C0079, Flags: nps.FlagSetReady}))
	a.wants(readyList(0x002C0079, racer{a, true, true}))
	record := func(asks *user, connected byte) []byte {
		asks.Send(nps.RiffListReq.With(&wire.Empty{}))
		frame := asks.Next()
		want := []byte{0, 0, 0, 0, 0, 0, 0, 1}
		want = append(want, "\x00\x00\x00\x05race\x00\x00\x00\x00\x21\x00\x2c\x00\x79\x00\x00\x00\x01\x00"...)
		want = append(want, 0, 3, 0, 1, 0, 4, 0, connected) // type, users, channels of the port, asking user is in
		data := make([]byte, 256)
		data[0] = 5
		want = append(append(want, data...), 0, 1, 0, 8)
		want = append(append(want, word(a.Persona)...), 1)
		require.Len(t, want, 8+295)
		assert.Equal(t, want, frame.Body)
		return frame.Body
	}
	record(a, 1)
	record(b, 0)
	b.SendFrame(wire.Frame{Number: nps.RiffListReq.Number, Body: []byte{1, 2, 3}}) // a body is ignored
	assert.Len(t, apptest.Expect(b.Client, nps.RiffList).Riffs, 1)
}

func TestWhichRacesAreListedWhere(t *testing.T) {
	for mode, others := range map[string]int{"instance": 1, "all": 3} {
		t.Run(mode, func(t *testing.T) {
			f := newFixture(t, func(c *room.Config) { c.ListRaces = mode })
			a := f.Player("Anna", 1)
			users := map[int]*user{}
			for _, port := range []int{7003, 9001, 9002} {
				users[port] = f.enter(a, port)
				users[port].host(500, "Race")
			}
			assert.Len(t, users[7003].races(), 3, "the lobby knows all")
			assert.Len(t, users[9001].races(), others)
			assert.Len(t, users[9002].races(), others)
			empty := f.enter(a, 9000)
			assert.Len(t, empty.races(), map[string]int{"instance": 0, "all": 3}[mode])

			// "connected" is about this connection.
			connected := 0
			for _, r := range users[7003].races() {
				if r.Connected {
					connected++
				}
			}
			assert.Equal(t, 1, connected)
		})
	}
}
