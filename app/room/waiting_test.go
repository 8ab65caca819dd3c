package room_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/room"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// forCars makes the settings of a race for cars with the host's car.
func forCars(race int32, host *user, car int32) func(*nps.OpenChannelBody) {
	return func(b *nps.OpenChannelBody) { b.Data = carData(race, host, car) }
}

func carData(race int32, host *user, car int32) nps.ChannelData {
	data := nps.ChannelData{Race: race, Mode: 3}
	data.Users[0], data.Cars[0] = host.Persona, car
	return data
}

func (u *user) ready(comm uint32, ready bool) {
	u.T.Helper()
	flags := uint32(nps.FlagClearReady)
	if ready {
		flags = nps.FlagSetReady
	}
	u.Send(nps.SetCommFlags.With(&nps.CommFlagsBody{Comm: comm, Flags: flags}))
}

func (u *user) shows(comm uint32, data nps.ChannelData) {
	u.T.Helper()
	u.Send(nps.SetChannelData.With(&nps.ChannelDataBody{Comm: comm, Data: data}))
}

// settle waits until everything that the user has sent is handled, whatever comes
// in the meantime.
func (u *user) settle() {
	u.T.Helper()
	u.SendPlain(nps.Heartbeat.With(&wire.Empty{}))
	until(u.Client, nps.Heartbeat.Number)
}

func TestWaitingRoomOfARace(t *testing.T) {
	f := newFixture(t)
	a, b, x := f.user("Anna", 9001), f.user("Bert", 9001), f.user("Xena", 9002)
	a.host(500, "Race", forCars(7, a, 41))
	x.host(500, "Fake", forCars(7, x, 42)) // somebody else's room says nothing about the race
	_, known := f.room.Waiting(8, a.Persona)
	assert.False(t, known)
	b.join(500, "Race", a)
	b.ready(500, true)
	a.settle()
	b.settle()
	w, known := f.room.Waiting(7, a.Persona)
	assert.True(t, known)
	assert.Equal(t, room.Waiting{Open: true, ForCars: true, HostCars: []uint32{41}, Ready: map[uint32]bool{a.Persona: false, b.Persona: true}}, w)

	// Who shows another race later does not get rid of this one.
	other := carData(9, a, 41)
	other.Mode = 0
	a.shows(500, other)
	a.settle()
	w, known = f.room.Waiting(7, a.Persona)
	assert.True(t, known)
	assert.False(t, w.ForCars || w.Ready[b.Persona])
}

// Who is ready for a race for cars agrees to what the room shows at that moment.
func TestReadyForWhatIsShown(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.host(500, "Race", forCars(7, a, 41))
	b.join(500, "Race", a)
	ready := readyList(500, racer{a, false, true}, racer{b, true, false})
	unready := readyList(500, racer{a, false, true}, racer{b, false, false})
	for name, change := range map[string]func(*nps.ChannelData){
		"another car":  func(d *nps.ChannelData) { d.Cars[0] = 42 },
		"another race": func(d *nps.ChannelData) { d.Race = 8 },
		"no more cars": func(d *nps.ChannelData) { d.Mode = 0 },
	} {
		a.shows(500, carData(7, a, 41))
		silent(a, b)
		b.ready(500, true)
		a.wants(ready)
		b.wants(ready)
		same := carData(7, a, 41)
		same.Users[1], same.Cars[1], same.Progress = b.Persona, 99, 2
		a.shows(500, same) // the newcomer's car: nothing that he does not know
		silent(a, b)
		data := same
		change(&data)
		a.shows(500, data)
		b.wants(unready)
		a.wants(unready)
		silent(a, b)
		require.False(t, t.Failed(), name)
	}
}

// In an open race a new setting takes nobody's readiness away.
func TestReadyInAnOpenRace(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.host(500, "Race", ofRace(7))
	b.join(500, "Race", a)
	b.ready(500, true)
	a.wants(readyList(500, racer{a, false, true}, racer{b, true, false}))
	a.shows(500, nps.ChannelData{Race: 8, EntryFee: 100})
	silent(a)
	w, known := f.room.Waiting(8, a.Persona)
	assert.True(t, known && w.Ready[b.Persona])
}

// From the start of the race server on, those who leave the room for the race port
// count as they were; who stays can still change his mind.
func TestWaitingRoomAfterTheStart(t *testing.T) {
	f := newFixture(t)
	a, b, c := f.user("Anna", 9001), f.user("Bert", 9001), f.user("Carl", 9001)
	a.host(500, "Race", forCars(7, a, 41))
	b.join(500, "Race", a)
	c.join(500, "Race", a, b)
	for _, u := range []*user{a, b, c} {
		u.ready(500, true)
		u.settle()
	}
	a.Send(startServer(500))
	until(a.Client, nps.GameServerStarted.Number)
	a.leave(500)
	b.leave(500)
	c.ready(500, false)
	for _, u := range []*user{a, b, c} {
		u.settle()
	}
	w, known := f.room.Waiting(7, a.Persona)
	assert.True(t, known && w.ForCars)
	assert.Equal(t, []uint32{41}, w.HostCars)
	assert.Equal(t, map[uint32]bool{a.Persona: true, b.Persona: true, c.Persona: false}, w.Ready)
}

// A room that goes through race after race in its settings is cut off, not followed
// for ever.
func TestRoomOfTooManyRaces(t *testing.T) {
	f := newFixture(t)
	a := f.user("Anna", 9001)
	a.host(500, "Race", ofRace(1))
	for race := range int32(70) {
		a.shows(500, nps.ChannelData{Race: race + 1})
	}
	silent(a)
	_, known := f.room.Waiting(64, a.Persona)
	assert.True(t, known)
	_, known = f.room.Waiting(65, a.Persona)
	assert.False(t, known)
	assert.EqualValues(t, 64, a.races()[0].Data.Race)
}
