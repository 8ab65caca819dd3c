package room_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/room"
)

func TestSnapshot(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.chat()
	a.host(500, "Race", private("secret"))
	f.user("Carl", 9002)
	at := map[int]room.Info{}
	for _, info := range f.room.Snapshot() {
		at[info.Port] = info
	}
	assert.Len(t, at, len(served))
	assert.Empty(t, at[9002].Rooms, "nobody is in a permanent room")
	assert.Len(t, at[9002].Users, 1)
	here := at[9001]
	assert.Equal(t, []room.UserInfo{{User: a.Persona, Name: "Anna"}, {User: b.Persona, Name: "Bert"}}, here.Users)
	require.Len(t, here.Rooms, 2)
	assert.Equal(t, room.Channel{
		Comm: 2, Name: "LOBBY", Permanent: true, Capacity: 100, Members: []room.UserInfo{{User: a.Persona, Name: "Anna"}},
	}, here.Rooms[0])
	race := here.Rooms[1]
	assert.Equal(t, "Race", race.Name)
	assert.True(t, race.Race && race.Private)
	assert.Equal(t, a.Persona, race.Owner)
}
