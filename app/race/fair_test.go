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

// report sends a result and waits until it has been heard.
func (w *two) report(c *apptest.Client, p apptest.Player, req mcots.RacerCompleted) {
	w.t.Helper()
	req.RaceID, req.ID = w.id, p.Persona
	c.Send(mcots.MsgRacerCompleted.With(&req))
	done1(c)
}

// done1 is done for a connection that may have been told something in between.
func done1(c *apptest.Client) {
	c.T.Helper()
	raw(c, words(455))
	for c.Next().Number != 101 {
		continue
	}
}

// last is the newest race in the store.
func (f *fixture) last() (last storage.Race) {
	f.t.Helper()
	require.NoError(f.t, f.Store.View(func(tx storage.ReadTx) error {
		return tx.Races(func(r storage.Race) error {
			last = r
			return nil
		})
	}))
	return last
}

const second = mcots.TicksPerSecond

// A result that contradicts itself or the server's clock wins nothing, and those whose
// results count move up (DECISIONS 47). Three minutes have passed since the start.
func TestResultsThatDoNotCount(t *testing.T) {
	honest := mcots.RacerCompleted{CompletionTime: 170 * second, BestLapTime: 40 * second, TopSpeed: 80, AvgSpeed: 50}
	for name, tc := range map[string]struct {
		change func(*mcots.RacerCompleted)
		void   bool
	}{
		"honest":                      {change: func(*mcots.RacerCompleted) {}},
		"as long as it was":           {change: func(r *mcots.RacerCompleted) { r.CompletionTime = 180 * second }},
		"within the clocks' reach":    {change: func(r *mcots.RacerCompleted) { r.CompletionTime = 182 * second }},
		"longer than it was":          {change: func(r *mcots.RacerCompleted) { r.CompletionTime = 182*second + 1 }, void: true},
		"much longer":                 {change: func(r *mcots.RacerCompleted) { r.CompletionTime = 1 << 31 }, void: true},
		"loading for long":            {change: func(r *mcots.RacerCompleted) { r.CompletionTime = 60 * second }},
		"much shorter than it was":    {change: func(r *mcots.RacerCompleted) { r.CompletionTime = 60*second - 1 }, void: true},
		"one tick":                    {change: func(r *mcots.RacerCompleted) { r.CompletionTime, r.BestLapTime = 1, 1 }, void: true},
		"lap longer than the race":    {change: func(r *mcots.RacerCompleted) { r.BestLapTime = r.CompletionTime + 1 }, void: true},
		"one lap":                     {change: func(r *mcots.RacerCompleted) { r.BestLapTime = r.CompletionTime }},
		"average above top":           {change: func(r *mcots.RacerCompleted) { r.AvgSpeed = r.TopSpeed + 1 }, void: true},
		"as fast as a plane":          {change: func(r *mcots.RacerCompleted) { r.TopSpeed = 151 }, void: true},
		"the game suspects tampering": {change: func(r *mcots.RacerCompleted) { r.SecurityFlags = 7 }},
	} {
		t.Run(name, func(t *testing.T) {
			for _, check := range []bool{true, false} {
				w := startTwo(t, func(o *options) { o.race.CheckResults = check }, mcots.CreateRace{LobbyID: 10001, EntryFee: 100})
				req := honest
				tc.change(&req)
				w.report(w.host, w.marty, req)
				slower := honest
				slower.CompletionTime = 175 * second
				w.report(w.biff, w.fixture.biff, slower)
				racers := map[uint32]storage.Racer{}
				r := w.last()
				require.Equal(t, storage.RaceSettled, r.State)
				for _, x := range r.Racers {
					racers[x.ID] = x
				}
				liar, other := racers[w.marty.Persona], racers[w.fixture.biff.Persona]
				assert.Equal(t, tc.void, liar.Suspect)
				assert.Equal(t, tc.void && check, liar.Void)
				assert.False(t, other.Suspect || other.Void)
				if liar.Void {
					assert.Zero(t, liar.Won)
					assert.Zero(t, liar.Points)
					assert.EqualValues(t, 1200, other.Won, "all of it")
					w.balances(9900, 11100)
					assert.Equal(t, w.fixture.biff.Persona, r.Racers[0].ID)
					me := w.Get(w.marty.Persona).Stats
					assert.Equal(t, []uint32{1, 0, 0}, []uint32{me.Entered, me.Completed, me.Won})
				} else {
					assert.Positive(t, liar.Won)
				}
			}
		})
	}
}

// A lobby may say what the fastest time is that anybody can drive there.
func TestFloorOfALobby(t *testing.T) {
	for lobby, void := range map[uint32]bool{street: false, slow: true} {
		w := startTwo(t, nil, mcots.CreateRace{LobbyID: lobby})
		w.report(w.host, w.marty, mcots.RacerCompleted{CompletionTime: 89 * second, TopSpeed: 80})
		w.report(w.biff, w.fixture.biff, mcots.RacerCompleted{CompletionTime: 90 * second, TopSpeed: 80})
		assert.Equal(t, void, w.last().Racers[1].Void)
		assert.False(t, w.last().Racers[0].Void)
	}
}

// The server knows better how long somebody has driven once he has sent positions.
func TestTimeOnTheTrack(t *testing.T) {
	for name, tc := range map[string]struct {
		ago  time.Duration // that the first position came
		took uint32        // seconds, as reported
		void bool
	}{
		"as reported":             {140 * time.Second, 139, false},
		"some of it at the start": {140 * time.Second, 110, false},
		"half of it hidden":       {140 * time.Second, 70, true},
		"positions came late":     {20 * time.Second, 60, false},
	} {
		t.Run(name, func(t *testing.T) {
			var w *two
			w = startTwo(t, func(o *options) {
				o.track = func(_, _, persona uint32) (race.Track, bool) {
					if w == nil || persona != w.marty.Persona {
						return race.Track{}, false
					}
					return race.Track{Began: w.Now().Add(-tc.ago)}, true
				}
			}, mcots.CreateRace{LobbyID: street})
			w.report(w.host, w.marty, mcots.RacerCompleted{CompletionTime: tc.took * second, TopSpeed: 80})
			giveUp(w.biff, w.id)
			done1(w.biff)
			assert.Equal(t, tc.void, w.last().Racers[0].Void)
		})
	}
}

// Positions of the heat before say nothing about this one.
func TestTimeOnTheTrackOfTheSecondHeat(t *testing.T) {
	var began time.Time
	w := startTwo(t, func(o *options) {
		o.track = func(uint32, uint32, uint32) (race.Track, bool) { return race.Track{Began: began}, true }
	}, mcots.CreateRace{LobbyID: street})
	began = w.Now().Add(-170 * time.Second)
	for heat := range 2 {
		if heat > 0 {
			w.start()
		}
		w.report(w.host, w.marty, mcots.RacerCompleted{CompletionTime: 165 * second, TopSpeed: 80})
		w.report(w.biff, w.fixture.biff, mcots.RacerCompleted{CompletionTime: 168 * second, TopSpeed: 80})
		pushed(w.host)
		for _, racer := range w.last().Racers {
			assert.False(t, racer.Void, "heat %d", heat)
		}
	}
}

// The host says late that the race has started: who is on the road already may have
// driven for longer than that.
func TestTimeBeforeTheStart(t *testing.T) {
	for took, void := range map[uint32]bool{195: false, 202: false, 203: true} {
		var began time.Time
		w := startTwo(t, func(o *options) {
			o.track = func(uint32, uint32, uint32) (race.Track, bool) { return race.Track{Began: began}, true }
		}, mcots.CreateRace{LobbyID: street})
		began = w.Now().Add(-200 * time.Second) // 20 seconds before the line-up
		w.report(w.biff, w.fixture.biff, mcots.RacerCompleted{CompletionTime: took * second, TopSpeed: 80})
		giveUp(w.host, w.id)
		done1(w.host)
		assert.Equal(t, void, w.last().Racers[0].Void, "%d seconds", took)
	}
}

// When no result counts, nobody wins anything; whoever has reported none gets the fee
// back.
func TestForfeitedRace(t *testing.T) {
	lie := mcots.RacerCompleted{CompletionTime: 1, TopSpeed: 80}
	t.Run("both", func(t *testing.T) {
		w := startTwo(t, nil, mcots.CreateRace{LobbyID: 10001, EntryFee: 100})
		w.report(w.host, w.marty, lie)
		w.biff.Send(mcots.MsgRacerCompleted.With(&mcots.RacerCompleted{RaceID: w.id, ID: w.fixture.biff.Persona, CompletionTime: 2}))
		got := apptest.Expect(w.biff, mcots.MsgFinalResults)
		assert.Equal(t, mcots.FinalInvalidCheating|mcots.FinalRaceAgain, got.Flags)
		for _, r := range got.Racers[:2] {
			assert.Equal(t, mcots.RacerCheatingSuspected, r.Flags)
			assert.Zero(t, r.CashWon)
		}
		w.balances(9900, 9900)
	})
	t.Run("one leaves", func(t *testing.T) {
		w := startTwo(t, nil, mcots.CreateRace{LobbyID: 10001, EntryFee: 100})
		w.report(w.host, w.marty, lie)
		giveUp(w.biff, w.id)
		done1(w.biff)
		w.balances(9900, 10000)
		assert.Zero(t, w.Get(w.fixture.biff.Persona).Stats.Entered)
	})
	t.Run("alone", func(t *testing.T) {
		f := newFixture(t, nil)
		c := f.login(f.marty)
		id := f.host(c, mcots.CreateRace{LobbyID: street, EntryFee: 100})
		ask(c, mcots.MsgStartRace.With(line(id, slot(f.marty, f.car))))
		finish(c, id, f.marty.Persona, 1)
		apptest.Expect(c, mcots.MsgFinalResults)
		f.balances(10000)
		assert.Zero(t, f.Get(f.marty.Persona).Stats.Points)
	})
	t.Run("against the clock", func(t *testing.T) {
		f := newFixture(t, nil)
		c := f.login(f.marty)
		id := f.host(c, mcots.CreateRace{LobbyID: trial})
		ask(c, mcots.MsgStartRace.With(line(id, slot(f.marty, f.car))))
		f.Pass(20 * time.Second)
		finish(c, id, f.marty.Persona, 6400-640)
		apptest.Expect(c, mcots.MsgFinalResults)
		f.balances(10000)
		require.NoError(t, f.Store.View(func(tx storage.ReadTx) error {
			return tx.LobbyBests(func(b storage.LobbyBest) error {
				assert.Fail(t, "a record", "%+v", b)
				return nil
			})
		}))
	})
	t.Run("a machine", func(t *testing.T) {
		f := newFixture(t, nil)
		c := f.login(f.marty)
		id := f.host(c, mcots.CreateRace{LobbyID: street, AIRacers: true})
		ask(c, mcots.MsgStartRace.With(line(id, slot(f.marty, f.car), mcots.Starter{ID: 700, VehicleID: 9})))
		f.Pass(2 * time.Minute)
		finish(c, id, 700, 1) // the host cannot have a machine win by magic
		finish(c, id, f.marty.Persona, 100*second)
		assert.Equal(t, f.marty.Persona, apptest.Expect(c, mcots.MsgFinalResults).Racers[0].ID)
	})
}

// A car is won with a result that counts, or not at all.
func TestNoCarForAnImpossibleResult(t *testing.T) {
	for name, tc := range map[string]struct {
		other func(w *two)
		owner func(w *two) uint32 // of Biff's car afterwards
	}{
		"the other leaves": {
			func(w *two) { giveUp(w.biff, w.id); done1(w.biff) }, func(w *two) uint32 { return w.fixture.biff.Persona },
		},
		"the other finishes": {
			func(w *two) {
				w.report(w.biff, w.fixture.biff, mcots.RacerCompleted{CompletionTime: 100 * second, TopSpeed: 70})
			},
			func(w *two) uint32 { return w.fixture.biff.Persona },
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := startTwo(t, nil, mcots.CreateRace{LobbyID: street, PinkSlip: true})
			w.report(w.host, w.marty, mcots.RacerCompleted{CompletionTime: 1})
			tc.other(w)
			require.NoError(t, w.Store.View(func(tx storage.ReadTx) error {
				v, err := tx.Vehicle(w.theirs)
				assert.Equal(t, tc.owner(w), v.Owner)
				return err
			}))
			assert.False(t, w.races.Racing(w.car) || w.races.Racing(w.theirs))
		})
	}
}

// Who says at once that he has finished does not make the others' time short.
func TestAnImpossibleResultDoesNotHurryTheOthers(t *testing.T) {
	w := startTwo(t, nil, mcots.CreateRace{LobbyID: 10001, EntryFee: 100})
	w.report(w.host, w.marty, mcots.RacerCompleted{CompletionTime: 1})
	w.Pass(race.Default().FinishTimeout + time.Second)
	w.races.Tick(w.Now())
	assert.Equal(t, 1, w.running())
	w.report(w.biff, w.fixture.biff, mcots.RacerCompleted{CompletionTime: 290 * second, TopSpeed: 70})
	w.balances(9900, 11100)
}

func TestSecurityFlagsAreShownOnRequest(t *testing.T) {
	for _, flag := range []bool{false, true} {
		w := startTwo(t, func(o *options) { o.race.FlagSuspects = flag }, mcots.CreateRace{LobbyID: 10001})
		w.report(w.host, w.marty, mcots.RacerCompleted{CompletionTime: 100 * second, TopSpeed: 70, SecurityFlags: 1})
		finish(w.biff, w.id, w.fixture.biff.Persona, 101*second)
		got := apptest.Expect(w.biff, mcots.MsgFinalResults)
		assert.Equal(t, w.marty.Persona, got.Racers[0].ID, "paid all the same")
		assert.Equal(t, flag, got.Racers[0].Flags&mcots.RacerCheatingSuspected != 0)
		assert.Zero(t, got.Racers[0].Flags&mcots.RacerTopSpeedEver, "but no record")
	}
}

// Nobody can race all day for money: so many races in an hour, as host or joiner, and
// no more.
func TestRacesInAnHour(t *testing.T) {
	most := func(n int) func(*options) { return func(o *options) { o.race.PerHour = n } }
	f := newFixture(t, most(2))
	host, biff := f.login(f.marty), f.login(f.biff)
	alone := func(c *apptest.Client, p apptest.Player, car uint32) {
		id := f.host(c, mcots.CreateRace{LobbyID: street})
		require.Equal(t, started(id, 1, p.Persona, 0), ask(c, mcots.MsgStartRace.With(line(id, slot(p, car)))))
		giveUp(c, id)
		apptest.Expect(c, mcots.MsgFinalResults)
		f.Pass(time.Minute)
		f.races.Tick(f.Now())
	}
	alone(host, f.marty, f.car)
	open := f.host(biff, mcots.CreateRace{LobbyID: street})
	f.join(host, open, f.car)
	require.Equal(t, started(open, 1, f.biff.Persona, 0, f.marty.Persona, 0),
		ask(biff, mcots.MsgStartRace.With(line(open, slot(f.biff, f.theirs), slot(f.marty, f.car)))))
	pushed(host)
	giveUp(biff, open)
	done1(biff)
	giveUp(host, open)
	apptest.Expect(host, mcots.MsgFinalResults)
	apptest.Expect(biff, mcots.MsgFinalResults)

	assert.Equal(t, refusal(230, 0), ask(host, mcots.MsgCreateRace.With(&mcots.CreateRace{LobbyID: street})))
	other := f.host(biff, mcots.CreateRace{LobbyID: street})
	assert.Equal(t, refusal(218, 0), ask(host, joining(other, f.car)))
	alone(biff, f.biff, f.theirs)
	assert.Equal(t, refusal(230, 0), ask(biff, mcots.MsgCreateRace.With(&mcots.CreateRace{LobbyID: street})))
	f.Pass(58 * time.Minute) // an hour after the first start
	f.races.Tick(f.Now())
	alone(host, f.marty, f.car)

	free := newFixture(t, func(o *options) { o.race.PerHour, o.race.CheckResults = 1, false })
	c := free.login(free.marty)
	for range 3 {
		id := free.host(c, mcots.CreateRace{LobbyID: street})
		ask(c, mcots.MsgStartRace.With(line(id, slot(free.marty, free.car))))
		giveUp(c, id)
		apptest.Expect(c, mcots.MsgFinalResults)
	}
}
