package race_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/protocol/mcots"
	"mcos/storage"
)

func TestJoin(t *testing.T) {
	f := newFixture(t, nil)
	host, c := f.login(f.marty), f.login(f.biff)
	id := f.host(host, mcots.CreateRace{EntryFee: 100})
	password, _ := f.races.Password(id)
	want := append(unhex("e000 01000000"), password[:]...)
	assert.Equal(t, want, ask(c, joining(id, f.theirs)))
	assert.Equal(t, want, ask(c, joining(id, f.theirs)), "once more does no harm")
	assert.Equal(t, want, ask(c, joining(id, 0)), "without naming a car")
	assert.EqualValues(t, 10000, f.Get(f.biff.Persona).Balance, "a reservation costs nothing")
	assert.Equal(t, want, ask(host, joining(id, f.car)), "the host may say it too")
}

func TestJoinRefusals(t *testing.T) {
	f := newFixture(t, nil)
	host, c := f.login(f.marty), f.login(f.biff)
	f.raise(f.marty.Persona, 5)
	f.pay(f.biff.Persona, dear-1)
	id := f.host(host, mcots.CreateRace{MinLevel: 5})
	assert.Equal(t, refusal(218, 190), ask(c, joining(id, f.theirs)), "level 1 in a race from 5")
	assert.Equal(t, refusal(218, 231), ask(c, joining(id+1, f.theirs)))
	assert.Equal(t, refusal(218, 231), ask(c, joining(0, f.theirs)))
	assert.Equal(t, refusal(218, 231), ask(c, joining(id|1<<24, f.theirs)), "another instance")

	id = f.host(host, mcots.CreateRace{})
	assert.Equal(t, refusal(218, 191), ask(c, joining(id, f.car)), "somebody else's car")
	assert.Equal(t, refusal(218, 191), ask(c, joining(id, 4711)), "no car")
	raw(c, unhex("da00 01000000"))
	assert.Equal(t, refusal(218, 0), next(c), "malformed")

	id = f.host(host, mcots.CreateRace{EntryFee: dear})
	assert.Equal(t, refusal(218, 133), ask(c, joining(id, f.theirs)))
	f.pay(f.biff.Persona, dear)
	f.join(c, id, f.theirs)
}

// In a sponsored race the game lends the cars.
func TestJoinSponsoredRace(t *testing.T) {
	f := newFixture(t, nil)
	host, c := f.login(f.marty), f.login(f.biff)
	id := f.host(host, mcots.CreateRace{SponsorID: 113})
	f.join(c, id, 113)
	body := line(id, slot(f.marty, 113), slot(f.biff, 113))
	assert.Equal(t, started(id, 1, f.marty.Persona, 0, f.biff.Persona, 0), ask(host, mcots.MsgStartRace.With(body)))
}

func TestFullRace(t *testing.T) {
	cases := map[string]struct {
		config int
		racers uint8
		room   int // for joiners
	}{
		"as the host says":      {config: 6, racers: 2, room: 1},
		"as the server says":    {config: 2, racers: 6, room: 1},
		"the host says nothing": {config: 2, racers: 0, room: 1},
		"room for three":        {config: 4, racers: 3, room: 2},
		"alone":                 {config: 6, racers: 1, room: 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(o *options) { o.race.MaxHumans = tc.config })
			host := f.login(f.marty)
			id := f.host(host, mcots.CreateRace{MaxRacers: tc.racers})
			late := 0
			for i, p := range []apptest.Player{f.biff, f.doc} {
				c := f.login(p)
				if i < tc.room {
					f.join(c, id, 0)
					f.join(c, id, 0)
					continue
				}
				late++
				assert.Equal(t, refusal(218, 238), ask(c, joining(id, 0)))
			}
			assert.Equal(t, 2-tc.room, late)
			f.join(host, id, 0)
		})
	}
}

// 235 takes a racer out of the race and makes room; with its host the race ends.
// It is never answered.
func TestLeave(t *testing.T) {
	leaving := func(c *apptest.Client, id uint32) {
		c.Send(mcots.MsgRacerLeft.With(&mcots.GenericRequest{Data: id}))
		done(c)
	}
	f := newFixture(t, nil)
	host, biff, doc := f.login(f.marty), f.login(f.biff), f.login(f.doc)
	id := f.host(host, mcots.CreateRace{MaxRacers: 2})
	f.join(biff, id, 0)
	require.Equal(t, refusal(218, 238), ask(doc, joining(id, 0)))

	leaving(doc, id) // has never been in it
	leaving(biff, id+1)
	assert.Equal(t, refusal(218, 238), ask(doc, joining(id, 0)))
	leaving(biff, id)
	leaving(biff, id)
	f.join(doc, id, 0)
	assert.True(t, f.open(id))

	leaving(host, id)
	assert.False(t, f.open(id))
	assert.Equal(t, refusal(218, 231), ask(biff, joining(id, 0)))
	leaving(doc, id)
}

// Whoever has a place in a race is in it until he gives it up or it is over.
func TestPresent(t *testing.T) {
	f := newFixture(t, nil)
	host, biff := f.login(f.marty), f.login(f.biff)
	present := func() []bool {
		return []bool{f.races.Present(f.marty.Persona), f.races.Present(f.biff.Persona), f.races.Present(f.doc.Persona)}
	}
	assert.Equal(t, []bool{false, false, false}, present())
	id := f.host(host, mcots.CreateRace{MaxRacers: 2})
	assert.Equal(t, []bool{true, false, false}, present())
	f.join(biff, id, 0)
	assert.Equal(t, []bool{true, true, false}, present())
	f.leave(biff)
	assert.Equal(t, []bool{true, false, false}, present())
	f.leave(host)
	assert.Equal(t, []bool{false, false, false}, present())
}

// A lost connection leaves all races as well.
func TestDisconnect(t *testing.T) {
	f := newFixture(t, nil)
	host, biff, doc := f.login(f.marty), f.login(f.biff), f.login(f.doc)
	id := f.host(host, mcots.CreateRace{MaxRacers: 2})
	f.join(biff, id, 0)
	f.leave(biff)
	f.join(doc, id, 0)
	assert.True(t, f.open(id))
	f.leave(host)
	assert.False(t, f.open(id))
	assert.Equal(t, refusal(218, 231), ask(doc, joining(id, 0)))
}

// The end of an older connection does not hurt a racer who is back on a new one.
func TestReconnect(t *testing.T) {
	f := newFixture(t, nil)
	host, old := f.login(f.marty), f.login(f.biff)
	id := f.host(host, mcots.CreateRace{MaxRacers: 2})
	f.join(old, id, 0)
	again := f.login(f.biff)
	f.join(again, id, 0)
	f.leave(old)
	assert.Equal(t, refusal(218, 238), ask(f.login(f.doc), joining(id, 0)), "his place is still taken")

	back := f.login(f.marty)
	f.join(back, id, 0)
	f.leave(host)
	assert.True(t, f.open(id))
	f.leave(back)
	assert.False(t, f.open(id))
}

// Connections that never came as far as a persona have no race to leave.
func TestDisconnectBeforeLogin(t *testing.T) {
	f := newFixture(t, nil)
	id := f.host(f.login(f.marty), mcots.CreateRace{})
	f.leave(apptest.Dial(t, f.addr, mcots.NewOpener(mcots.MaxFrame), mcots.NewSealer()))
	assert.True(t, f.open(id))
}

// The class that a joiner's game claims for the car is stored with the race, and
// so is the limit; nobody is refused for either.
func TestPowerClassIsStored(t *testing.T) {
	f := newFixture(t, nil)
	host, c := f.login(f.marty), f.login(f.biff)
	id := f.host(host, mcots.CreateRace{PowerClass: 2})
	ask(c, mcots.MsgJoinRace.With(&mcots.JoinRace{RaceID: id, VehicleID: f.theirs, PowerClass: 7}))
	body := line(id, slot(f.marty, f.car), slot(f.biff, f.theirs))
	require.Equal(t, started(id, 1, f.marty.Persona, 0, f.biff.Persona, 0), ask(host, mcots.MsgStartRace.With(body)))

	var races []storage.Race
	require.NoError(t, f.Store.View(func(tx storage.ReadTx) (err error) {
		races, err = tx.RunningRaces()
		return err
	}))
	require.Len(t, races, 1)
	assert.EqualValues(t, 2, races[0].PowerLimit)
	assert.EqualValues(t, 0, races[0].Racers[0].Power, "a host says nothing")
	assert.EqualValues(t, 7, races[0].Racers[1].Power)
}
