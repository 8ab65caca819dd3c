package room_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/room"
	"mcos/protocol/nps"
)

func threeRacePorts(c *room.Config) { c.RacePorts = 3 }

// toldPort starts the room's race and returns the documented port that everybody
// is sent to.
func (f *fixture) toldPort(comm uint32, host *user, others ...*user) int {
	f.T.Helper()
	host.Send(startServer(comm))
	var ports []uint32
	for _, u := range append([]*user{host}, others...) {
		info, err := nps.ServerInfo.Decode(until(u.Client, nps.ServerInfo.Number).Body)
		require.NoError(f.T, err)
		ports = append(ports, info.Port)
		until(u.Client, nps.GameServerStarted.Number)
	}
	require.Len(f.T, slices.Compact(ports), 1, "all racers meet on one port")
	for documented, bound := range f.bound {
		if uint32(bound) == ports[0] {
			return documented
		}
	}
	require.FailNow(f.T, "a port that is none of ours", "%d", ports[0])
	return 0
}

// ofTwo opens a room for two new players on a port.
func (f *fixture) ofTwo(comm uint32, port int, host, guest string) (a, b *user) {
	f.T.Helper()
	a, b = f.user(host, port), f.user(guest, port)
	a.host(comm, "Race", ofRace(int32(comm)))
	b.join(comm, "Race", a)
	return a, b
}

func TestRacesAreSpreadOverTheRacePorts(t *testing.T) {
	f := newFixture(t, threeRacePorts)
	var told []int
	for i, names := range [][2]string{{"Anna", "Bert"}, {"Carl", "Dora"}, {"Emil", "Fred"}, {"Gina", "Hans"}} {
		a, b := f.ofTwo(uint32(500+i), 7003, names[0], names[1])
		port := f.toldPort(uint32(500+i), a, b)
		told = append(told, port)
		ra, rb := f.enter(a.Player, port), f.enter(b.Player, port)
		ra.Send(ra.drive(i))
		rb.hears(i)
		assert.Equal(t, port, f.toldPort(uint32(500+i), a, b), "racing again happens where the racers are")
		rb.Send(rb.drive(10 + i))
		ra.hears(10 + i)
	}
	assert.Equal(t, []int{9000, 9001, 9002, 9000}, told)
}

// A player has one connection on a port, so a race must not be sent to the port
// where its room is or where one of its racers chats.
func TestRaceAvoidsThePortsOfItsRacers(t *testing.T) {
	f := newFixture(t, threeRacePorts)
	a, b := f.ofTwo(500, 9001, "Anna", "Bert")
	for _, port := range []int{9000, 9002} {
		f.enter(b.Player, port)
	}
	assert.Equal(t, 9000, f.toldPort(500, a, b), "when nothing is left, the usual port")
	c, d := f.ofTwo(501, 9001, "Carl", "Dora")
	f.enter(d.Player, 9000)
	assert.Equal(t, 9002, f.toldPort(501, c, d))
}

// Rooms on two ports start races on each other's port at the same time.
func TestRacePortsDoNotWaitForEachOther(t *testing.T) {
	f := newFixture(t, threeRacePorts)
	var all sync.WaitGroup
	for i := range 40 {
		a, b := f.ofTwo(uint32(500+i), 9001+i%2, fmt.Sprintf("Host %d", 22+i), fmt.Sprintf("Guest %d", 22+i))
		all.Go(func() {
			a.Send(startServer(uint32(500 + i)))
			until(a.Client, nps.GameServerStarted.Number)
			until(b.Client, nps.GameServerStarted.Number)
		})
	}
	all.Wait()
}
