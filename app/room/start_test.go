package room_test

import (
	"fmt"
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/room"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

func startServer(comm uint32) wire.Packet {
	return nps.StartGameServer.With(&nps.StartGameServerBody{Comm: comm, Host: "10.10.5.8"})
}

// raceServer is the 0x20D that a member is told when the race server starts.
func (f *fixture) raceServer(comm uint32, ip string, host *user, players uint32) wire.Packet {
	return nps.ServerInfo.With(&nps.ServerInfoBody{
		Riff: "RACE\x00", Comm: comm, IP: ip + "\x00", Port: uint32(f.bound[9000]), User: host.Persona, Players: players,
	})
}

// loopback2 is another address of this machine, or the test is skipped.
func (f *fixture) loopback2(t *testing.T) string {
	t.Helper()
	const ip = "127.0.0.2"
	c, err := net.Dial("tcp", net.JoinHostPort(ip, strconv.Itoa(f.bound[9001])))
	if err != nil {
		t.Skipf("no second address: %v", err)
	}
	require.NoError(t, c.Close())
	return ip
}

func TestStartTellsEveryMemberHisAddress(t *testing.T) {
	for _, port := range []int{7003, 9001} {
		t.Run(fmt.Sprint(port), func(t *testing.T) {
			f := newFixture(t)
			ip2 := f.loopback2(t)
			a, b := f.user("Anna", port), f.enterAt(ip2, f.Player("Bert", 1), port)
			outside := f.user("Xena", port)
			a.host(42, "Race", ofRace(1))
			b.join(42, "Race", a)
			a.Send(startServer(42))
			for u, ip := range map[*user]string{a: "127.0.0.1", b: ip2} {
				u.wants(f.raceServer(42, ip, a, 2), joined(a, 42), nps.GameServerStarted.With(&nps.CommBody{Comm: 42}))
			}
			silent(a, b, outside)
			assert.EqualValues(t, nps.GameRunning, outside.races()[0].State)
		})
	}
}

func TestStartBytes(t *testing.T) {
	f := newFixture(t)
	a := f.user("Anna", 9001)
	a.host(12, "Race", ofRace(1)) // a number as in the reference's test
	a.SendFrame(wire.Frame{Number: 0x10A, Body: []byte("\x00\x00\x00\x0c\x00\x00\x00\x0a127.0.0.1\x00")})
	frame := a.Next()
	assert.EqualValues(t, 0x20D, frame.Number)
	want := append([]byte("\x00\x00\x00\x05RACE\x00\x00\x00\x00\x0c\x00\x00\x00\x0a127.0.0.1\x00"), word(uint32(f.bound[9000]))...)
	assert.Equal(t, append(append(want, word(a.Persona)...), 0, 0, 0, 1), frame.Body)
	assert.EqualValues(t, 0x20C, a.Next().Number)
	frame = a.Next()
	assert.EqualValues(t, 0x21C, frame.Number)
	assert.Equal(t, []byte{0, 0, 0, 12}, frame.Body)
	silent(a)
}

func TestStartForms(t *testing.T) {
	f := newFixture(t, func(c *room.Config) { c.RaceStartForm, c.Send224 = "long", true })
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.host(42, "Race", ofRace(1))
	b.join(42, "Race", a)
	a.Send(startServer(42))
	server := f.raceServer(42, "127.0.0.1", a, 2)
	for _, u := range []*user{a, b} {
		for _, state := range []byte{2, 4} { // start pending, running
			frame := u.Next()
			assert.Equal(t, nps.GameServerState.Number, frame.Number)
			assert.Equal(t, append(word(42), state), frame.Body)
		}
		long := server
		long.Message = nps.GameServerStartedLong.Message
		u.wants(server, joined(a, 42), long)
	}
	silent(a, b)
}

func TestOnlyTheOwnerStarts(t *testing.T) {
	f := newFixture(t)
	a, b, x := f.user("Anna", 9001), f.user("Bert", 9001), f.user("Xena", 9001)
	a.host(42, "Race", ofRace(1))
	b.join(42, "Race", a)
	x.chat()
	b.Send(startServer(42), nps.TerminateGameServer.With(&nps.CommTailBody{Comm: 42}))
	x.Send(startServer(42), startServer(2), startServer(0), startServer(4711))
	f.enter(a.Player, 9002).Send(startServer(42)) // another port, another 42
	silent(a, b, x)
	assert.EqualValues(t, nps.GameNotRunning, x.races()[0].State)
}

func TestTerminate(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.host(42, "Race", ofRace(1))
	b.join(42, "Race", a)
	a.Send(startServer(42))
	until(a.Client, nps.GameServerStarted.Number)
	until(b.Client, nps.GameServerStarted.Number)
	b.Send(nps.TerminateGameServer.With(&nps.CommTailBody{Comm: 42}))
	silent(b)
	assert.EqualValues(t, nps.GameRunning, b.races()[0].State)
	a.Send(nps.TerminateGameServer.With(&nps.CommTailBody{Comm: 42, Tail: []byte{1, 2}}))
	silent(a, b)
	assert.EqualValues(t, nps.GameNotRunning, b.races()[0].State)

	a.Send(startServer(42)) // again
	until(a.Client, nps.GameServerStarted.Number)
	assert.EqualValues(t, nps.GameRunning, a.races()[0].State)
}

func TestClosedRoomStaysClosedThroughItsRace(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.host(42, "Race", ofRace(1), func(b *nps.OpenChannelBody) { b.State = nps.GameNotRunning | nps.GameChannelClosed })
	a.Send(startServer(42))
	until(a.Client, nps.GameServerStarted.Number)
	assert.EqualValues(t, nps.GameRunning|nps.GameChannelClosed, a.races()[0].State)
	b.Send(b.channelRequest(42, "Race"))
	b.wants(b.denied(42))
	a.Send(nps.TerminateGameServer.With(&nps.CommTailBody{Comm: 42}))
	assert.EqualValues(t, nps.GameNotRunning|nps.GameChannelClosed, a.races()[0].State)
}

func TestRacersMeetOnTheRacePort(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 7003), f.user("Bert", 7003)
	a.host(42, "Race", ofRace(1))
	b.join(42, "Race", a)
	a.Send(startServer(42))
	until(a.Client, nps.GameServerStarted.Number)
	until(b.Client, nps.GameServerStarted.Number)
	ra, rb := f.enter(a.Player, 9000), f.enter(b.Player, 9000)
	assert.Equal(t, []string{"Anna", "Bert"}, ra.names(0))
	// Every message is served there too; a channel of the same number is another one.
	ra.host(42, "Race", ofRace(1))
	rb.join(42, "Race", ra)
	rb.Send(nps.CloseChannel.With(&nps.CommBody{Comm: 42}))
	rb.wants(nps.ChannelClosed.With(&nps.CommPortBody{Comm: 42, Port: uint32(f.bound[7003])}))
	ra.wants(left(rb, 42), readyList(42, racer{ra, false, true}))
	silent(a, b, ra, rb)
	assert.Equal(t, []string{"Anna", "Bert"}, a.names(42))
}

// Whoever comes first into a listed chat room cannot start a race of all who chat there,
// which would take them out of the one that they are in.
func TestNoRaceStartsInAChatRoom(t *testing.T) {
	f := newFixture(t)
	a, b := f.startedRace(500, "Anna", "Bert")
	ra, rb := f.enter(a.Player, 9000), f.enter(b.Player, 9000)
	x := f.user("Xena", 9001)
	for _, u := range []*user{x, b} {
		u.Send(u.channelRequest(300, "MCC05"))
		u.wants(u.granted(300))
	}
	x.settle()
	x.Send(startServer(300))
	silent(a, b, x)
	ra.Send(ra.drive(1))
	rb.hears(1)
}
