package room_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/room"
	"mcos/protocol/nps"
)

// quit closes a room and reads the answer.
func (u *user) quit(comm uint32) {
	u.T.Helper()
	u.Send(nps.CloseChannel.With(&nps.CommBody{Comm: comm}))
	for u.Next().Number != nps.ChannelClosed.Number {
	}
}

func TestOnePlayerHasAFewRooms(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	for comm := range uint32(3) {
		a.host(500+comm, "Race")
	}
	for comm := range uint32(2000) {
		a.Send(a.channelRequest(600+comm, "Race"))
		a.wants(a.denied(600 + comm))
	}
	a.chat() // what is there for all is not a room of one's own
	b.host(503, "Another one's")
	assert.Len(t, b.races(), 4)
	// One that is closed makes room for another.
	a.quit(501)
	a.host(504, "Race")
	a.Send(a.channelRequest(505, "Race"))
	a.wants(a.denied(505))
}

// The other ports are no way around it, nor is another driver of the same account, nor
// coming again.
func TestRoomsCountForThePlayerEverywhere(t *testing.T) {
	f := newFixture(t, func(c *room.Config) { c.RoomsPerPlayer = 2 })
	anna := f.Player("Anna", 1)
	here, there := f.enter(anna, 9001), f.enter(anna, 9002)
	here.host(500, "Here")
	there.host(500, "There")
	twin := anna
	twin.Persona, twin.Name = f.Persona(anna.Account, "Twin"), "Twin"
	on := f.enter(twin, 7003)
	for i, u := range []*user{here, there, on} {
		u.Send(u.channelRequest(uint32(600+i), "Too many"))
		u.wants(u.denied(uint32(600 + i)))
	}
	// A connection that ends takes its rooms with it.
	require.NoError(t, there.Conn.Close())
	require.Eventually(t, func() bool { return f.room.Population(9002) == 0 }, 20*time.Second, time.Millisecond)
	on.host(601, "Now")
	again := f.enter(anna, 9002)
	again.Send(again.channelRequest(500, "There"))
	again.wants(again.denied(500))
}

// The chat rooms that all games know are opened by whoever comes first; that is not his
// room, but a second one of the same name would be.
func TestListedChatRoomsAreNobodysOwn(t *testing.T) {
	f := newFixture(t, func(c *room.Config) { c.RoomsPerPlayer = 1 })
	a := f.user("Anna", 9001)
	a.Send(a.channelRequest(3, "LOBBY1"))
	a.wants(a.granted(3))
	a.host(500, "Race")
	a.Send(a.channelRequest(4, "LOBBY1"))
	a.wants(a.denied(4))
}

// A player cannot take a seat in every race either.
func TestOnePlayerSitsInAFewRaces(t *testing.T) {
	f := newFixture(t)
	guest := f.user("Guest", 9001)
	for i := range 4 {
		comm := uint32(500 + i)
		host := f.user("Host"+string(rune('A'+i)), 9001)
		host.host(comm, "Race")
		guest.Send(guest.channelRequest(comm, "Race"))
		if i < 3 {
			guest.wants(guest.granted(comm), joined(guest, comm), joined(host, comm))
		} else {
			guest.wants(guest.denied(comm))
		}
	}
	guest.quit(501)
	guest.Send(guest.channelRequest(503, "Race"))
	guest.wants(guest.granted(503))
}

// A room whose host has left while the race ran counts for him until it is closed.
func TestARoomCountsUntilItEnds(t *testing.T) {
	f := newFixture(t, func(c *room.Config) { c.RoomsPerPlayer = 1 })
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.host(500, "Race")
	b.join(500, "Race", a)
	a.Send(nps.StartGameServer.With(&nps.StartGameServerBody{Comm: 500}))
	until(a.Client, nps.GameServerStarted.Number)
	a.quit(500)
	a.Send(a.channelRequest(501, "Another"))
	a.wants(a.denied(501))
	b.quit(500) // the last one
	a.host(501, "Another")
}
