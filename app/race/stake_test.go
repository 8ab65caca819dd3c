package race_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/race"
	"mcos/protocol/mcots"
	"mcos/storage"
)

// forCars is a race for cars between Marty, who hosts it, and Biff, who owns two and
// has entered the first. What the room says can be changed between the steps.
type forCars struct {
	*fixture
	host, joiner *apptest.Client
	id           uint32
	best         uint32 // Biff's other car, which stays at home
	room         *race.Room
}

func newForCars(t *testing.T, adjust func(*options)) *forCars {
	t.Helper()
	w := &forCars{}
	w.fixture = newFixture(t, func(o *options) {
		o.room = func(id, host uint32) (race.Room, bool) {
			if w.room == nil || id != w.id || host != w.marty.Persona {
				return race.Room{}, false
			}
			return *w.room, true
		}
		if adjust != nil {
			adjust(o)
		}
	})
	w.best = w.give(w.biff.Persona)
	for _, p := range []apptest.Player{w.marty, w.biff, w.doc} {
		w.raise(p.Persona, 5)
	}
	w.host, w.joiner = w.login(w.marty), w.login(w.biff)
	w.id = w.fixture.host(w.host, mcots.CreateRace{LobbyID: street, PinkSlip: true})
	return w
}

// agree is a room that says what there is to say.
func (w *forCars) agree() *race.Room {
	return &race.Room{ForCars: true, HostCars: []uint32{w.car}, Ready: map[uint32]bool{w.marty.Persona: true, w.biff.Persona: true}}
}

// start sends the host's line-up.
func (w *forCars) start(hosts, theirs uint32, more ...mcots.Starter) []byte {
	w.t.Helper()
	racers := append([]mcots.Starter{slot(w.marty, hosts), slot(w.biff, theirs)}, more...)
	return ask(w.host, mcots.MsgStartRace.With(line(w.id, racers...)))
}

func (w *forCars) owner(vehicle uint32) (persona uint32) {
	w.t.Helper()
	require.NoError(w.t, w.Store.View(func(tx storage.ReadTx) error {
		v, err := tx.Vehicle(vehicle)
		persona = v.Owner
		return err
	}))
	return persona
}

// detach takes any part off a car, or puts it back.
func (w *forCars) detach(owner, vehicle uint32) {
	w.t.Helper()
	w.Update(func(tx storage.Tx) error {
		parts, err := tx.PartsOfVehicle(vehicle)
		require.NoError(w.t, err)
		for _, p := range parts {
			if item, _ := w.Catalog.Part(p.BrandedPart); item.Abstract == 36001 {
				if err := w.Rules.RemovePart(tx, owner, p.ID); err != nil {
					return err
				}
				return w.Rules.InstallPart(tx, owner, p.ID, p.Parent, uint32(p.Attachment))
			}
		}
		return nil
	})
}

// The line-up of a race for cars cannot bring in a car that nobody has put up, nor
// one that is not what it was, nor go against what the room says (DECISIONS 44).
func TestWhatIsAtStake(t *testing.T) {
	started1 := func(w *forCars) []byte { return started(w.id, 1, w.marty.Persona, 0, w.biff.Persona, 0) }
	refused := func(*forCars) []byte { return refusal(232, 0) }
	cases := map[string]struct {
		config string // pink_slip_room
		before func(*forCars)
		after  func(*forCars) // once the joiner has entered
		hosts  func(*forCars) uint32
		theirs func(*forCars) uint32
		more   func(*forCars) []mcots.Starter // further slots
		want   func(*forCars) []byte
	}{
		"as entered":                    {want: started1},
		"the car that stayed at home":   {theirs: func(w *forCars) uint32 { return w.best }, want: refused},
		"no car of the joiner's":        {theirs: func(*forCars) uint32 { return 0 }, want: refused},
		"somebody's car for the joiner": {theirs: func(w *forCars) uint32 { return w.docs }, want: refused},
		"entered anew with the other": {
			after:  func(w *forCars) { w.join(w.joiner, w.id, w.best) },
			theirs: func(w *forCars) uint32 { return w.best }, want: started1,
		},
		"entered anew, line-up with the first": {after: func(w *forCars) { w.join(w.joiner, w.id, w.best) }, want: refused},
		"host entered another":                 {after: func(w *forCars) { w.join(w.host, w.id, w.give(w.marty.Persona)) }, want: refused},
		"host entered this one":                {after: func(w *forCars) { w.join(w.host, w.id, w.car) }, want: started1},
		"host brings a car that he did not have": {
			hosts: func(w *forCars) uint32 { return w.give(w.marty.Persona) }, want: refused,
		},
		"host twice, with a car that he did not have first": {
			hosts: func(w *forCars) uint32 { return w.give(w.marty.Persona) },
			more:  func(w *forCars) []mcots.Starter { return []mcots.Starter{slot(w.marty, w.car)} }, want: refused,
		},
		"host's car changed":   {after: func(w *forCars) { w.detach(w.marty.Persona, w.car) }, want: refused},
		"joiner's car changed": {after: func(w *forCars) { w.detach(w.biff.Persona, w.theirs) }, want: refused},
		"changed before they joined": {
			before: func(w *forCars) { w.detach(w.marty.Persona, w.car); w.detach(w.biff.Persona, w.theirs) }, want: started1,
		},
		"joiner's car given away": {
			after: func(w *forCars) {
				w.Update(func(tx storage.Tx) error { return w.Rules.TransferCar(tx, w.theirs, w.biff.Persona, w.doc.Persona) })
			},
			want: refused,
		},

		"all ready in the room": {before: func(w *forCars) { w.room = w.agree() }, want: started1},
		"joiner not ready": {
			after: func(w *forCars) { w.room = w.agree(); w.room.Ready[w.biff.Persona] = false }, want: refused,
		},
		"joiner not in the room": {
			after: func(w *forCars) { w.room = w.agree(); delete(w.room.Ready, w.biff.Persona) }, want: refused,
		},
		"host not ready": {
			after: func(w *forCars) { w.room = w.agree(); w.room.Ready[w.marty.Persona] = false }, want: refused,
		},
		"host not ready, his word counts": {
			config: "joiners",
			after:  func(w *forCars) { w.room = w.agree(); w.room.Ready[w.marty.Persona] = false }, want: started1,
		},
		"joiner not ready, the host's word counts": {
			config: "joiners",
			after:  func(w *forCars) { w.room = w.agree(); w.room.Ready[w.biff.Persona] = false }, want: refused,
		},
		"room not asked": {
			config: "off",
			after:  func(w *forCars) { w.room = w.agree(); w.room.Ready[w.biff.Persona] = false }, want: started1,
		},
		"room shows an open race":      {after: func(w *forCars) { w.room = w.agree(); w.room.ForCars = false }, want: refused},
		"room shows another car":       {after: func(w *forCars) { w.room = w.agree(); w.room.HostCars = []uint32{w.best} }, want: refused},
		"room shows none":              {after: func(w *forCars) { w.room = w.agree(); w.room.HostCars = nil }, want: started1},
		"room gone since they entered": {before: func(w *forCars) { w.room = w.agree() }, after: func(w *forCars) { w.room = nil }, want: refused},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newForCars(t, func(o *options) {
				if tc.config != "" {
					o.race.PinkSlipRoom = tc.config
				}
			})
			for _, step := range []func(*forCars){tc.before, func(w *forCars) { w.join(w.joiner, w.id, w.theirs) }, tc.after} {
				if step != nil {
					step(w)
				}
			}
			hosts, theirs := w.car, w.theirs
			if tc.hosts != nil {
				hosts = tc.hosts(w)
			}
			if tc.theirs != nil {
				theirs = tc.theirs(w)
			}
			var more []mcots.Starter
			if tc.more != nil {
				more = tc.more(w)
			}
			assert.Equal(t, tc.want(w), w.start(hosts, theirs, more...))
		})
	}
}

func TestNothingToPutUp(t *testing.T) {
	w := newForCars(t, nil)
	assert.Equal(t, refusal(218, 191), ask(w.joiner, joining(w.id, 0)))
	assert.Equal(t, refusal(218, 191), ask(w.joiner, joining(w.id, w.docs)))
}

// The car that has been entered changes hands, and there is no second helping: for
// another race everybody enters a car again.
func TestTheEnteredCarIsLost(t *testing.T) {
	w := newForCars(t, nil)
	w.join(w.joiner, w.id, w.theirs)
	assert.Equal(t, refusal(232, 0), w.start(w.car, w.best))
	require.Equal(t, started(w.id, 1, w.marty.Persona, 0, w.biff.Persona, 0), w.start(w.car, w.theirs))
	pushed(w.joiner)
	assert.Equal(t, started(w.id, 1, w.marty.Persona, 0, w.biff.Persona, 0), w.start(w.car, w.best), "the first start is repeated")
	w.Pass(2 * time.Minute)
	giveUp(w.joiner, w.id)
	done(w.joiner)
	finish(w.host, w.id, w.marty.Persona, 5000)
	got := apptest.Expect(w.host, mcots.MsgFinalResults)
	assert.Equal(t, w.theirs, got.Racers[0].PrizeID)
	assert.Zero(t, got.Flags&mcots.FinalRaceAgain)
	pushed(w.joiner)
	assert.Equal(t, w.marty.Persona, w.owner(w.theirs))
	assert.Equal(t, w.biff.Persona, w.owner(w.best))
	w.join(w.joiner, w.id, w.best)
	w.leave(w.joiner)
	assert.Equal(t, started(w.id, 1, w.marty.Persona, 0, w.biff.Persona, 1), w.start(w.car, w.best), "alone")
	finish(w.host, w.id, w.marty.Persona, 5000)
	apptest.Expect(w.host, mcots.MsgFinalResults)
	assert.Equal(t, w.biff.Persona, w.owner(w.best))
}

// Whoever has stayed since the last race for cars has put nothing up for the next.
func TestEveryRaceForCarsIsEnteredAnew(t *testing.T) {
	w := newForCars(t, nil)
	w.join(w.joiner, w.id, w.theirs)
	w.start(w.car, w.theirs)
	pushed(w.joiner)
	w.Pass(2 * time.Minute)
	finish(w.joiner, w.id, w.biff.Persona, 5000)
	done(w.joiner)
	finish(w.host, w.id, w.marty.Persona, 6000)
	apptest.Expect(w.host, mcots.MsgFinalResults)
	apptest.Expect(w.joiner, mcots.MsgFinalResults)
	require.Equal(t, w.biff.Persona, w.owner(w.car))
	second := w.give(w.marty.Persona)
	assert.Equal(t, refusal(232, 0), w.start(second, w.theirs))
	w.join(w.joiner, w.id, w.theirs)
	assert.Equal(t, started(w.id, 1, w.marty.Persona, 0, w.biff.Persona, 0), w.start(second, w.theirs))
}

// In other races the line-up may name another car of the same driver.
func TestAnotherCarWhereNoneIsAtStake(t *testing.T) {
	f := newFixture(t, nil)
	host, biff := f.login(f.marty), f.login(f.biff)
	other := f.give(f.biff.Persona)
	id := f.host(host, mcots.CreateRace{LobbyID: street, EntryFee: 100})
	f.join(biff, id, f.theirs)
	got := ask(host, mcots.MsgStartRace.With(line(id, slot(f.marty, f.car), slot(f.biff, other))))
	assert.Equal(t, started(id, 1, f.marty.Persona, 0, f.biff.Persona, 0), got)
}
