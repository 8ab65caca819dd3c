package room_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/room"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// startedRace opens a race room on 9001 for two players and starts its race.
func (f *fixture) startedRace(comm uint32, host, guest string) (a, b *user) {
	f.T.Helper()
	a, b = f.user(host, 9001), f.user(guest, 9001)
	a.host(comm, "Race", ofRace(int32(comm)))
	b.join(comm, "Race", a)
	a.Send(startServer(comm))
	until(a.Client, nps.GameServerStarted.Number)
	until(b.Client, nps.GameServerStarted.Number)
	return a, b
}

// drive is a position for everybody but oneself, in the captured form: channel 0.
func (u *user) drive(n int) wire.Packet {
	return nps.RelayNotSingle.With(&nps.RelayUserBody{Sender: u.Persona, User: u.Persona, Blob: blob(5, n)})
}

// hears makes sure that the next message is a position of this number.
func (u *user) hears(n int) {
	u.T.Helper()
	assert.Equal(u.T, blob(5, n), got(u.T.(*testing.T), u.Client, nps.RelayNotSingle.Number).Blob)
}

func (u *user) state(comm uint32) (state uint8) {
	u.T.Helper()
	for _, r := range u.races() {
		if r.Comm == comm {
			state = r.State
		}
	}
	return state
}

// awaitRacers waits until n users are on the race port.
func (f *fixture) awaitRacers(n int) {
	for f.room.Population(9000) != n {
		runtime.Gosched()
	}
}

func TestRoomOpensAgainWhenTheRaceIsOver(t *testing.T) {
	f := newFixture(t)
	a, b := f.startedRace(500, "Anna", "Bert")
	ra, rb := f.enter(a.Player, 9000), f.enter(b.Player, 9000)
	ra.Send(ra.drive(1))
	rb.hears(1)
	require.NoError(t, ra.Conn.Close())
	f.awaitRacers(1)
	assert.EqualValues(t, nps.GameRunning, a.state(500), "one still drives")
	require.NoError(t, rb.Conn.Close())
	for a.state(500) != nps.GameNotRunning {
		continue // the room opens a moment after the connection has ended
	}

	// From here on it is a waiting room as before: it ends with its host.
	a.leave(500)
	a.wants(f.channelClosed(500))
	b.wants(left(a, 500), readyList(500, racer{b, false, false}))
	assert.Empty(t, b.races())
}

func TestRoomEndsAfterTheRaceOfAHostWhoHasLeft(t *testing.T) {
	f := newFixture(t, func(c *room.Config) { c.RoomPushes = true })
	a, b := f.startedRace(500, "Anna", "Bert")
	ra := f.enter(a.Player, 9000)
	ra.Send(ra.drive(1))
	silent(ra)
	a.leave(500)
	a.wants(f.channelClosed(500))
	b.wants(notices(f.cfg, a, 500, racer{b, false, false})...)
	assert.EqualValues(t, nps.GameRunning, b.state(500))
	require.NoError(t, ra.Conn.Close())
	b.wants(readyList(500, racer{b, false, false}), nps.ChannelDeleted.With(&nps.CommBody{Comm: 500}))
	silent(a, b)
	assert.Empty(t, b.races())
}

func TestLossOnTheWayDoesNotEndTheRace(t *testing.T) {
	f := newFixture(t)
	a, b := f.startedRace(500, "Anna", "Bert")
	ra := f.enter(a.Player, 9000)
	require.NoError(t, ra.Conn.Close()) // before anybody has driven
	f.awaitRacers(0)
	assert.EqualValues(t, nps.GameRunning, a.state(500))
	ra, rb := f.enter(a.Player, 9000), f.enter(b.Player, 9000)
	rb.Send(rb.drive(1))
	ra.hears(1)
	silent(a, b, ra, rb)
}

func TestRaceThatNobodyDrivesIsGivenUp(t *testing.T) {
	f := newFixture(t)
	a, _ := f.startedRace(500, "Anna", "Bert")
	ra := f.enter(a.Player, 9000)
	f.Pass(90 * time.Second) // the client itself waits no longer
	require.NoError(t, ra.Conn.Close())
	for a.state(500) != nps.GameNotRunning {
		continue
	}
}

func TestAllRacersComeBack(t *testing.T) {
	f := newFixture(t)
	a, b := f.startedRace(500, "Anna", "Bert")
	other := f.enter(f.Player("Xena", 1), 9000) // there without a race
	ra, rb := f.enter(a.Player, 9000), f.enter(b.Player, 9000)
	ra.Send(ra.drive(1))
	rb.hears(1)
	for _, u := range []*user{ra, rb} {
		require.NoError(t, u.Conn.Close())
	}
	f.awaitRacers(1)
	f.Pass(29 * time.Second)
	ra, rb = f.enter(a.Player, 9000), f.enter(b.Player, 9000)
	rb.Send(rb.drive(2))
	ra.hears(2)
	silent(other)

	// A racer alone on the port who connects anew keeps his place as well.
	require.NoError(t, rb.Conn.Close())
	f.awaitRacers(2)
	ra = f.enter(a.Player, 9000)
	rb = f.enter(b.Player, 9000)
	ra.Send(ra.drive(3))
	rb.hears(3)
	silent(ra, rb, other)
}

func TestRacersWhoComeTooLateAreInNoRace(t *testing.T) {
	f := newFixture(t)
	a, b := f.startedRace(500, "Anna", "Bert")
	ra := f.enter(a.Player, 9000)
	ra.Send(ra.drive(1))
	silent(ra)
	f.Pass(time.Hour)
	require.NoError(t, ra.Conn.Close())
	f.awaitRacers(0)
	f.Pass(30 * time.Second)
	ra, rb := f.enter(a.Player, 9000), f.enter(b.Player, 9000)
	assert.Equal(t, []string{"Anna", "Bert"}, ra.names(0))

	// Another race starts and drives: they are not in it.
	c, d := f.startedRace(600, "Carl", "Dora")
	rc, rd := f.enter(c.Player, 9000), f.enter(d.Player, 9000)
	rc.Send(rc.drive(2))
	rd.hears(2)
	ra.Send(ra.drive(3))
	rb.hears(3)
	silent(ra, rb, rc, rd)
}

func TestNobodyTalksIntoARace(t *testing.T) {
	f := newFixture(t)
	a, b := f.startedRace(500, "Anna", "Bert")
	ra, rb := f.enter(a.Player, 9000), f.enter(b.Player, 9000)
	x, y := f.enter(f.Player("Xena", 1), 9000), f.enter(f.Player("Yuri", 1), 9000)
	x.Send(x.drive(1))
	y.hears(1)
	for _, comm := range []uint32{0, 500} {
		x.Send(nps.RelaySingle.With(&nps.RelayUserBody{Comm: comm, Sender: x.Persona, User: a.Persona, Blob: blob(1, 1)}))
		x.Send(nps.RelayAll.With(&nps.RelayBody{Comm: comm, Sender: x.Persona, Blob: blob(5, 2)}))
	}
	silent(x)
	got(t, y.Client, nps.RelayAll.Number)
	ra.Send(ra.drive(3))
	rb.hears(3)
	silent(ra, rb, x, y)
}

func TestRaceAgain(t *testing.T) {
	f := newFixture(t)
	a, b := f.startedRace(500, "Anna", "Bert")
	ra, rb := f.enter(a.Player, 9000), f.enter(b.Player, 9000)
	ra.Send(ra.drive(1))
	rb.hears(1)
	a.Send(startServer(500)) // while both are still on the race port
	until(a.Client, nps.GameServerStarted.Number)
	until(b.Client, nps.GameServerStarted.Number)
	rb.Send(rb.drive(2))
	ra.hears(2)
	require.NoError(t, ra.Conn.Close())
	f.awaitRacers(1)
	assert.EqualValues(t, nps.GameRunning, b.state(500))
	require.NoError(t, rb.Conn.Close())
	for a.state(500) != nps.GameNotRunning {
		continue
	}
	silent(a, b)
}

// What one racer sends to those on their way takes no room from what the others send.
func TestEarlyMessagesOfOneRacerLeaveRoomForOthers(t *testing.T) {
	tr := newTrack(t, nil)
	ps := []apptest.Player{tr.player("A"), tr.player("B"), tr.player("C")}
	tr.race(1000, "race", ps)
	a, b := tr.enter(ps[0], 9000), tr.enter(ps[1], 9000)
	for range 100 {
		a.Send(nps.RelayAll.With(&nps.RelayBody{Sender: ps[0].Persona, Blob: append(blob(1, 0), make([]byte, 3000)...)}))
	}
	quiet(t, a)
	b.Send(nps.RelayAll.With(&nps.RelayBody{Sender: ps[1].Persona, Blob: blob(1, 4711)}))
	b.Send(nps.MiniUserListReq.With(&nps.CommBody{}))
	until(b, nps.MiniUserList.Number)
	c := tr.enter(ps[2], 9000)
	c.Send(nps.MiniUserListReq.With(&nps.CommBody{}))
	from := map[uint32]int{}
	for {
		f := c.Next()
		if f.Number == nps.MiniUserList.Number {
			break
		}
		body, err := nps.RelayAll.Decode(f.Body)
		require.NoError(t, err)
		from[body.Sender]++
	}
	assert.Equal(t, map[uint32]int{ps[0].Persona: (16 << 10) / 3005, ps[1].Persona: 1}, from)
}
