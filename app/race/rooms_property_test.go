package race_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/race"
	"mcos/app/room"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/storage"
)

// lot is a car park full of drivers who do everything around rooms and races in any
// order: create, join, get ready, start, load, drive, report, leave, lose one
// connection or another, and wait. It looks for states that never end, for money
// that is stuck, and for rooms that are listed and cannot be raced in.
type lot struct {
	*withRooms
	random  *rand.Rand
	drivers []*presence
	watch   *apptest.Client
	since   map[string]time.Time     // since when something is so
	limit   map[string]time.Duration // how long it may be
	done    map[string]int
	log     []string
}

// presence is one driver with up to three connections.
type presence struct {
	apptest.Player
	car   uint32
	mcots *apptest.Client
	room  *apptest.Client
	track *apptest.Client
	race  uint32 // the last one that he had to do with
	comm  uint32 // his room
}

func TestNothingNeverEnds(t *testing.T) {
	seeds := 5
	if os.Getenv("MCOS_SOAK") != "" {
		seeds = 150
	}
	all := map[string]int{}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := newLot(t, uint64(seed))
			for range 150 {
				l.step()
			}
			l.end()
			for what, n := range l.done {
				all[what] += n
			}
		})
	}
	if !t.Failed() {
		for _, what := range []string{
			"started", "loading race", "driving", "settled", "cancelled", "room", "room closed", "room of the absent", "silence", "exodus", "line-up without room",
		} {
			require.NotZero(t, all[what], "%s never happened: nothing is proved about it (%v)", what, all)
		}
	}
}

func newLot(t *testing.T, seed uint64) *lot {
	l := &lot{
		withRooms: newWithRooms(t, nil), random: rand.New(rand.NewPCG(11, seed)), done: map[string]int{},
		since: map[string]time.Time{}, limit: map[string]time.Duration{},
	}
	for i, p := range []apptest.Player{l.marty, l.biff, l.doc, l.Player("Lorraine", 4)} {
		car := []uint32{l.car, l.theirs, l.docs, 0}[i]
		if car == 0 {
			car = l.give(p.Persona)
		}
		l.raise(p.Persona, 5)
		l.drivers = append(l.drivers, &presence{Player: p, car: car})
	}
	l.watch = l.enter(l.Player("Watch", 9), room.LobbyPort)
	return l
}

func (l *lot) chance(n int) bool { return l.random.IntN(n) == 0 }

func (l *lot) pick() *presence { return l.drivers[l.random.IntN(len(l.drivers))] }

func (l *lot) say(format string, args ...any) { l.log = append(l.log, fmt.Sprintf(format, args...)) }

// step does one thing, waits until all of it is done, and looks around.
func (l *lot) step() {
	l.t.Helper()
	l.act(l.pick())
	l.settle()
	l.look()
}

// settle waits until the server has handled everything.
func (l *lot) settle() {
	l.t.Helper()
	for _, d := range l.drivers {
		if d.mcots != nil {
			l.drain(d)
		}
		for _, c := range []*apptest.Client{d.room, d.track} {
			if c != nil {
				handled(c)
			}
		}
	}
}

// drain reads what the transaction server has to say to a driver.
func (l *lot) drain(d *presence) {
	l.t.Helper()
	raw(d.mcots, words(455))
	seq := d.mcots.Seq()
	for {
		f := d.mcots.Next()
		switch {
		case f.Number == 101 && f.Seq == seq && binary.LittleEndian.Uint16(f.Body) == 455:
			return
		case f.Number == 223:
			d.race = binary.LittleEndian.Uint32(f.Body)
		case f.Number == 233 && f.Body[4] == 1:
			l.done["started"]++
		}
	}
}

// act is one thing that a driver does, or that happens to him.
func (l *lot) act(d *presence) {
	l.t.Helper()
	if d.mcots == nil && l.chance(2) {
		l.say("%s: transactions", d.Name)
		d.mcots = l.login(l.back(d))
	}
	if d.room == nil && l.chance(2) {
		l.say("%s: rooms", d.Name)
		d.room = l.enter(l.back(d), roomPort)
	}
	for range 20 {
		what := steps[l.random.IntN(len(steps))]
		if what.needs(d) {
			l.say("%s: %s", d.Name, what.name)
			what.do(l, d)
			return
		}
	}
}

// back is a driver who has logged in anew when he has been away for too long.
func (l *lot) back(d *presence) apptest.Player {
	l.t.Helper()
	l.revive(&d.Player)
	return d.Player
}

func (l *lot) anyRace() uint32 {
	list := []uint32{0}
	for _, info := range l.races.Snapshot() {
		list = append(list, info.Number)
	}
	return list[l.random.IntN(len(list))]
}

// rooms that can be seen, whatever is in them.
func (l *lot) anyRoom() (nps.RiffEntry, bool) {
	list := l.listed(l.watch)
	if len(list) == 0 {
		return nps.RiffEntry{}, false
	}
	return list[l.random.IntN(len(list))], true
}

func inMCOTS(d *presence) bool  { return d.mcots != nil }
func inRooms(d *presence) bool  { return d.room != nil }
func inARoom(d *presence) bool  { return d.room != nil && d.comm != 0 }
func hasRace(d *presence) bool  { return d.mcots != nil && d.race != 0 }
func onTrack(d *presence) bool  { return d.track != nil }
func offTrack(d *presence) bool { return d.track == nil }
func anyone(*presence) bool     { return true }

var steps = []struct {
	name  string
	needs func(*presence) bool
	do    func(*lot, *presence)
}{
	{"create a race", inMCOTS, (*lot).create},
	{"open its room", func(d *presence) bool { return inRooms(d) && d.race != 0 }, (*lot).openRoom},
	{"evening together", inRooms, (*lot).together},
	{"evening together", inRooms, (*lot).together},
	{"join a race", inMCOTS, func(l *lot, d *presence) {
		if id := l.anyRace(); id != 0 {
			d.mcots.Send(joining(id, d.car))
			d.race = id
		}
	}},
	{"enter a room", inRooms, func(l *lot, d *presence) {
		if r, ok := l.anyRoom(); ok {
			d.room.Send(l.request(d.Player, r.Comm, r.Data))
			d.comm = r.Comm
		}
	}},
	{"ready", inARoom, func(l *lot, d *presence) {
		flags := uint32(nps.FlagSetReady)
		if l.chance(3) {
			flags = nps.FlagClearReady
		}
		d.room.Send(nps.SetCommFlags.With(&nps.CommFlagsBody{Comm: d.comm, Flags: flags}))
	}},
	{"show another race", inARoom, func(l *lot, d *presence) {
		d.room.Send(nps.SetChannelData.With(&nps.ChannelDataBody{Comm: d.comm, Data: nps.ChannelData{Race: int32(l.anyRace()), Mode: int32(3 * l.random.IntN(2))}}))
	}},
	{"start the race server", inARoom, func(_ *lot, d *presence) {
		d.room.Send(nps.StartGameServer.With(&nps.StartGameServerBody{Comm: d.comm}))
	}},
	{"end the race server", inARoom, func(_ *lot, d *presence) {
		d.room.Send(nps.TerminateGameServer.With(&nps.CommTailBody{Comm: d.comm}))
	}},
	{"throw somebody out", inARoom, func(l *lot, d *presence) {
		d.room.Send(nps.BootUser.With(&nps.CommUserBody{Comm: d.comm, User: l.pick().Persona}))
	}},
	{"leave the room", inARoom, func(_ *lot, d *presence) {
		d.room.Send(nps.CloseChannel.With(&nps.CommBody{Comm: d.comm}))
	}},
	{"go to the track", offTrack, func(l *lot, d *presence) { d.track = l.enter(l.back(d), racePort) }},
	{"drive", onTrack, func(_ *lot, d *presence) {
		d.track.Send(nps.RelayNotSingle.With(&nps.RelayUserBody{Sender: d.Persona, User: d.Persona, Blob: []byte{5, 1}}))
	}},
	{"leave the track", onTrack, func(l *lot, d *presence) { l.exit(d.Player, d.track, racePort); d.track = nil }},
	{"line up", hasRace, func(l *lot, d *presence) { d.mcots.Send(mcots.MsgStartRace.With(l.everybody(d.race))) }},
	{"finish", hasRace, func(l *lot, d *presence) { finish(d.mcots, d.race, d.Persona, uint32(400+l.random.IntN(9000))) }},
	{"finish", hasRace, func(l *lot, d *presence) { finish(d.mcots, d.race, d.Persona, uint32(400+l.random.IntN(9000))) }},
	{"give up", hasRace, func(_ *lot, d *presence) { giveUp(d.mcots, d.race) }},
	{"keep alive", hasRace, func(_ *lot, d *presence) {
		d.mcots.Send(mcots.MsgKeepRaceAlive.With(&mcots.GenericRequest{Data: d.race}))
	}},
	{"lose transactions", inMCOTS, func(l *lot, d *presence) { l.leave(d.mcots); d.mcots = nil }},
	{"lose the rooms", inRooms, func(l *lot, d *presence) { l.exit(d.Player, d.room, roomPort); d.room, d.comm = nil, 0 }},
	{"time", anyone, (*lot).time},
	{"time", anyone, (*lot).time},
	{"silence", anyone, (*lot).silence},
	{"exodus", anyone, (*lot).exodus},
}

func (l *lot) create(d *presence) {
	req := mcots.CreateRace{LobbyID: street, EntryFee: 100}
	switch l.random.IntN(5) {
	case 0:
		req.PinkSlip = true
	case 1:
		req.LobbyID = trial
	}
	d.mcots.Send(mcots.MsgCreateRace.With(&req))
	l.drain(d)
}

func (l *lot) openRoom(d *presence) {
	d.room.Send(l.request(d.Player, 0, nps.ChannelData{Race: int32(d.race)}))
	for _, f := range handled(d.room) {
		if f.Number == nps.ChannelGranted.Number {
			d.comm = binary.BigEndian.Uint32(f.Body)
			l.done["room"]++
		}
	}
}

// together brings a race with everybody to some point of its usual course.
func (l *lot) together(d *presence) {
	if d.mcots == nil {
		d.mcots = l.login(l.back(d))
	}
	l.create(d)
	l.openRoom(d)
	for _, o := range l.drivers {
		if o == d || l.chance(3) {
			continue
		}
		if o.mcots == nil {
			o.mcots = l.login(l.back(o))
		}
		if o.room == nil {
			o.room = l.enter(l.back(o), roomPort)
		}
		o.mcots.Send(joining(d.race, o.car))
		o.room.Send(l.request(o.Player, d.comm, nps.ChannelData{Race: int32(d.race)}))
		o.race, o.comm = d.race, d.comm
	}
	l.settle()
	if l.chance(5) {
		l.done["line-up without room"]++
	} else {
		d.room.Send(nps.StartGameServer.With(&nps.StartGameServerBody{Comm: d.comm}))
		handled(d.room)
	}
	if l.chance(4) {
		return
	}
	d.mcots.Send(mcots.MsgStartRace.With(l.everybody(d.race)))
	l.drain(d)
	l.done["loading race"]++
	for _, o := range l.drivers {
		if o.track == nil && !l.chance(3) {
			o.track = l.enter(l.back(o), racePort)
		}
	}
	if l.chance(2) {
		return
	}
	l.done["driving"]++
	for _, o := range l.drivers {
		if o.track != nil {
			o.track.Send(nps.RelayNotSingle.With(&nps.RelayUserBody{Sender: o.Persona, User: o.Persona, Blob: []byte{5, 1}}))
		}
	}
}

// everybody is a line-up with all drivers.
func (l *lot) everybody(id uint32) *mcots.StartRace {
	var slots []mcots.Starter
	for _, d := range l.drivers {
		slots = append(slots, slot(d.Player, d.car))
	}
	return line(id, slots...)
}

func (l *lot) time(*presence) {
	for d := []time.Duration{time.Second, 15 * time.Second, 31 * time.Second, 95 * time.Second, 3 * time.Minute}[l.random.IntN(5)]; d > 0; d -= 10 * time.Second {
		l.tick(min(d, 10*time.Second))
		l.look()
	}
}

// silence is what happens when nobody does anything any more, present or not: no
// race runs for ever, and every room that is left can be raced in.
func (l *lot) silence(*presence) {
	if !l.chance(3) {
		return
	}
	l.done["silence"]++
	l.settle()
	l.tick(race.Default().Longest + 2*time.Minute)
	l.settle()
	l.look()
	require.Zero(l.t, l.running(), "a race never ends\n%s", l)
	for _, r := range l.listed(l.watch) {
		require.Equal(l.t, nps.GameNotRunning, int(r.State), "room %x of race %d is running for ever\n%s", r.Comm, r.Data.Race, l)
	}
	for _, d := range l.drivers {
		require.False(l.t, l.races.Racing(d.car), "the car of %s is locked for ever\n%s", d.Name, l)
	}
}

// exodus is that everybody leaves, one way or the other: after a short while there is
// nothing left.
func (l *lot) exodus(*presence) {
	if !l.chance(3) {
		return
	}
	l.done["exodus"]++
	l.settle()
	for _, d := range l.drivers {
		if d.mcots != nil {
			l.leave(d.mcots)
		}
		if d.room != nil {
			l.exit(d.Player, d.room, roomPort)
		}
		if d.track != nil {
			l.exit(d.Player, d.track, racePort)
		}
		d.mcots, d.room, d.track, d.comm = nil, nil, nil, 0
	}
	l.tick(100 * time.Second)
	l.look()
	require.Zero(l.t, l.running(), "money is stuck in a race\n%s", l)
	require.Zero(l.t, l.races.Open(), "a race is stuck\n%s", l)
	require.Empty(l.t, l.listed(l.watch), "a room is stuck\n%s", l)
}

func (l *lot) end() {
	l.exodus1()
	require.NoError(l.t, l.Store.View(func(tx storage.ReadTx) error {
		return tx.Races(func(r storage.Race) error {
			l.done[string(r.State)]++
			return nil
		})
	}))
	require.NoError(l.t, l.Store.Verify())
}

func (l *lot) exodus1() {
	for n := l.done["exodus"]; l.done["exodus"] == n; {
		l.exodus(nil)
	}
}

// look checks what must be so at any moment, and how long what may be so for a while
// has been so.
func (l *lot) look() {
	l.t.Helper()
	require.NoError(l.t, l.Store.View(storage.Check))
	now := map[string]time.Duration{}
	seen := map[uint32]bool{}
	for _, in := range l.rooms.Snapshot() {
		for _, r := range in.Rooms {
			if !r.Race {
				continue
			}
			owner := slices.ContainsFunc(r.Members, func(u room.UserInfo) bool { return u.User == r.Owner })
			if !owner {
				l.done["room of the absent"]++
				now[fmt.Sprintf("room %d.%x runs without its host", in.Port, r.Comm)] = race.Default().Longest + 2*time.Minute
				require.True(l.t, r.Running, "room %d.%x has outlived its host\n%s", in.Port, r.Comm, l)
			}
			require.NotEmpty(l.t, r.Members, "room %d.%x is empty\n%s", in.Port, r.Comm, l)
			seen[r.Comm] = true
		}
	}
	for _, r := range l.listed(l.watch) {
		id := uint32(r.Data.Race)
		if _, known := l.races.Password(id); id != 0 && !known && r.State == nps.GameNotRunning {
			now[fmt.Sprintf("room %x is listed with race %d, which is over", r.Comm, id)] = 41 * time.Second
		}
		if r.State != nps.GameNotRunning {
			now[fmt.Sprintf("room %x is running", r.Comm)] = race.Default().Longest + 2*time.Minute
		}
	}
	for _, info := range l.races.Snapshot() {
		switch info.State {
		case "running":
			now[fmt.Sprintf("race %d with record %d is running", info.Number, info.Record)] = race.Default().Longest + 10*time.Second
		default:
			require.Contains(l.t, info.Members, info.Host, "race %d has outlived its host\n%s", info.Number, l)
		}
	}
	for what := range l.since {
		if _, still := now[what]; !still {
			delete(l.since, what)
		}
	}
	for what, limit := range now {
		if l.since[what].IsZero() {
			l.since[what] = l.Now()
		}
		require.LessOrEqual(l.t, l.Now().Sub(l.since[what]), limit, "%s\n%s", what, l)
	}
	if len(l.log) > 0 && len(seen) == 0 && l.done["room"] > 0 {
		l.done["room closed"]++
	}
}

// String is what has happened last.
func (l *lot) String() string {
	text := ""
	for _, line := range l.log[max(0, len(l.log)-30):] {
		text += line + "\n"
	}
	return text
}
