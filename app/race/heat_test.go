package race_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
	"mcos/storage/storagetest/failpoint"
)

// two are a host and a joiner with a running race.
type two struct {
	*fixture
	host, biff *apptest.Client
	id         uint32
}

// startTwo starts a race of Marty and Biff for a fee of 100 in a lobby.
func startTwo(t *testing.T, adjust func(*options), req mcots.CreateRace) *two {
	t.Helper()
	f := newFixture(t, adjust)
	f.raise(f.marty.Persona, 5)
	f.raise(f.biff.Persona, 5)
	w := &two{fixture: f, host: f.login(f.marty), biff: f.login(f.biff)}
	w.id = f.host(w.host, req)
	f.join(w.biff, w.id, f.theirs)
	w.start()
	return w
}

// start sends the line-up of both.
func (w *two) start() {
	w.t.Helper()
	want := started(w.id, 1, w.marty.Persona, 0, w.fixture.biff.Persona, 0)
	assert.Equal(w.t, want, ask(w.host, mcots.MsgStartRace.With(line(w.id, slot(w.marty, w.car), slot(w.fixture.biff, w.theirs)))))
	assert.Equal(w.t, want, pushed(w.biff))
	w.Pass(3 * time.Minute)
}

func finish(c *apptest.Client, race, id, ticks uint32) {
	c.Send(mcots.MsgRacerCompleted.With(&mcots.RacerCompleted{RaceID: race, ID: id, CompletionTime: ticks, BestLapTime: ticks / 4, TopSpeed: 87, AvgSpeed: 64}))
}

// giveUp may end the race, quit does not.
func giveUp(c *apptest.Client, race uint32) {
	c.Send(mcots.MsgRacerLeft.With(&mcots.GenericRequest{Data: race}))
}

func quit(c *apptest.Client, race uint32) {
	c.T.Helper()
	giveUp(c, race)
	done(c)
}

func (f *fixture) balances(want ...int64) {
	f.t.Helper()
	for i, p := range []apptest.Player{f.marty, f.biff, f.doc}[:len(want)] {
		assert.Equal(f.t, want[i], f.Get(p.Persona).Balance, p.Name)
	}
	require.NoError(f.t, f.Store.View(storage.Check))
}

// running counts the races whose fees are in escrow.
func (f *fixture) running() (n int) {
	f.t.Helper()
	require.NoError(f.t, f.Store.View(func(tx storage.ReadTx) error {
		list, err := tx.RunningRaces()
		n = len(list)
		return err
	}))
	return n
}

// A whole race of two, byte for byte. The purse is 1000 + 100 + 2 x 50: 70 and 30
// percent of 1200. The first result of a lobby sets all records.
func TestRaceOfTwo(t *testing.T) {
	w := startTwo(t, nil, mcots.CreateRace{LobbyID: 10001, EntryFee: 100})
	w.balances(9900, 9900)
	assert.Equal(t, 1, w.running())
	assert.True(t, w.races.Racing(w.car))
	assert.True(t, w.races.Racing(w.theirs))
	assert.False(t, w.races.Racing(w.docs))

	finish(w.host, w.id, w.marty.Persona, 6000)
	done(w.host)
	assert.False(t, w.races.Racing(w.car), "the race is over for Marty")
	assert.True(t, w.races.Racing(w.theirs))
	w.balances(9900, 9900)
	finish(w.biff, w.id, w.fixture.biff.Persona, 5760)
	want := results(w.id, 1,
		racer{
			id: w.fixture.biff.Persona, time: 5760, lap: 1440, top: 87, avg: 64, points: 100, total: 100,
			toLevel: 1400, toRank: 4400, level: 5, rank: 1, cash: 840, flags: 0x060, // Marty drove the same top speed before him in the line-up
		},
		racer{
			id: w.marty.Persona, time: 6000, lap: 1500, top: 87, avg: 64, points: 60, total: 60,
			toLevel: 1440, toRank: 4440, level: 5, rank: 1, cash: 360, flags: 0,
		})
	// The higher speed is the first one in finishing order.
	want[6+36], want[6+40+36] = 0x7C, 0
	assert.Equal(t, want, pushed(w.biff))
	assert.Equal(t, want, pushed(w.host))
	w.balances(10260, 10740)
	assert.Zero(t, w.running())
	assert.False(t, w.races.Racing(w.theirs))

	// Nothing is paid twice.
	finish(w.biff, w.id, w.fixture.biff.Persona, 1)
	finish(w.host, w.id, w.marty.Persona, 1)
	quit(w.biff, w.id)
	quit(w.host, w.id)
	w.balances(10260, 10740)
}

// The same line-up again while the race runs has the same answer and takes nothing.
func TestRepeatedStart(t *testing.T) {
	w := startTwo(t, nil, mcots.CreateRace{LobbyID: 10001, EntryFee: 100})
	want := started(w.id, 1, w.marty.Persona, 0, w.fixture.biff.Persona, 0)
	for range 3 {
		assert.Equal(t, want, ask(w.host, mcots.MsgStartRace.With(line(w.id, slot(w.marty, w.car)))))
	}
	done(w.biff)
	w.balances(9900, 9900)
	assert.Equal(t, refusal(218, 238), ask(w.login(w.doc), joining(w.id, w.docs)), "too late")
	w.join(w.biff, w.id, w.theirs) // is in it already
}

// A second 232 after the results runs the race again, with a history id of its own.
func TestRaceAgain(t *testing.T) {
	w := startTwo(t, nil, mcots.CreateRace{LobbyID: 10001, EntryFee: 100})
	for heat := int64(1); heat <= 3; heat++ {
		finish(w.host, w.id, w.marty.Persona, 5000)
		finish(w.biff, w.id, w.fixture.biff.Persona, 6000)
		for _, c := range []*apptest.Client{w.host, w.biff} {
			got := apptest.Expect(c, mcots.MsgFinalResults)
			assert.Equal(t, mcots.FinalRaceAgain, got.Flags)
			assert.Equal(t, w.id, got.RaceID)
		}
		w.balances(10000+heat*740, 10000+heat*260)
		if heat < 3 {
			w.start()
		}
	}
	var records []uint32
	require.NoError(t, w.Store.View(func(tx storage.ReadTx) error {
		return tx.Races(func(r storage.Race) error {
			records = append(records, r.ID)
			assert.Equal(t, w.id, r.Number)
			return nil
		})
	}))
	assert.Equal(t, []uint32{1, 2, 3}, records)

	off := startTwo(t, func(o *options) { o.race.RaceAgain = false }, mcots.CreateRace{LobbyID: 10001})
	finish(off.host, off.id, off.marty.Persona, 5000)
	giveUp(off.biff, off.id)
	assert.Zero(t, apptest.Expect(off.host, mcots.MsgFinalResults).Flags)
	assert.Equal(t, refusal(232, 231), ask(off.host, mcots.MsgStartRace.With(line(off.id, slot(off.marty, off.car)))))
}

func TestResultsSwitch(t *testing.T) {
	w := startTwo(t, func(o *options) { o.race.SendResults = false }, mcots.CreateRace{LobbyID: 10001, EntryFee: 100})
	finish(w.host, w.id, w.marty.Persona, 5000)
	finish(w.biff, w.id, w.fixture.biff.Persona, 6000)
	done(w.host)
	done(w.biff)
	w.balances(10740, 10260)
}

// TestEnds ends a race of two for 100 dollars in every way. Balances are Marty's,
// who hosts, and Biff's; with 1200 dollars for the only finisher.
func TestEnds(t *testing.T) {
	me := func(w *two) uint32 { return w.marty.Persona }
	him := func(w *two) uint32 { return w.fixture.biff.Persona }
	cases := map[string]struct {
		do     func(w *two)
		marty  int64
		biff   int64
		points uint32 // of Biff, who has 50 before
	}{
		"biff leaves":  {func(w *two) { quit(w.biff, w.id); finish(w.host, w.id, me(w), 5000) }, 11100, 9900, 40},
		"marty leaves": {func(w *two) { quit(w.host, w.id); finish(w.biff, w.id, him(w), 5000) }, 9900, 11100, 150},
		"both leave":   {func(w *two) { quit(w.host, w.id); giveUp(w.biff, w.id) }, 10000, 10000, 50},
		"biff leaves at the end": {func(w *two) {
			finish(w.biff, w.id, him(w), 5000)
			quit(w.biff, w.id)
			finish(w.host, w.id, me(w), 6000)
		}, 10260, 10740, 150},
		"time 0 is no finish": {func(w *two) { finish(w.biff, w.id, him(w), 0); finish(w.host, w.id, me(w), 6000) }, 11100, 9900, 40},
		"biff is cut off": {func(w *two) {
			w.leave(w.biff)
			w.late(29*time.Second, 30*time.Second)
			finish(w.host, w.id, me(w), 9000)
		}, 11100, 9900, 50},
		"cut off and finished": {func(w *two) {
			w.leave(w.biff)
			finish(w.host, w.id, me(w), 5000)
			done(w.host)
			w.late(29*time.Second, 30*time.Second)
		}, 11100, 9900, 50},
		"the host is cut off": {func(w *two) {
			w.leave(w.host)
			finish(w.biff, w.id, him(w), 5000)
			done(w.biff)
			w.late(29*time.Second, 30*time.Second)
		}, 9900, 11100, 150},
		"everybody is cut off": {func(w *two) { w.leave(w.host); w.leave(w.biff); w.late(29*time.Second, 30*time.Second) }, 10000, 10000, 50},
		"finished, then cut off": {func(w *two) {
			finish(w.biff, w.id, him(w), 5000)
			done(w.biff)
			w.leave(w.biff)
			finish(w.host, w.id, me(w), 6000)
		}, 10260, 10740, 150},
		"biff takes too long": {func(w *two) {
			finish(w.host, w.id, me(w), 5000)
			done(w.host)
			w.late(119*time.Second, 120*time.Second)
		}, 11100, 9900, 50},
		"nobody says anything":     {func(w *two) { w.late(27*time.Minute, 28*time.Minute) }, 10000, 10000, 50}, // 3 minutes have passed
		"biff races elsewhere":     {func(w *two) { w.another(w.biff); finish(w.host, w.id, me(w), 5000) }, 11100, 9900, 50},
		"the host races elsewhere": {func(w *two) { w.another(w.host); finish(w.biff, w.id, him(w), 5000) }, 9900, 11100, 150},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := startTwo(t, nil, mcots.CreateRace{LobbyID: 10001, EntryFee: 100})
			w.Update(func(tx storage.Tx) error {
				p, err := tx.Persona(him(w))
				p.Stats.Points = 50
				require.NoError(t, err)
				return tx.PutPersona(p)
			})
			tc.do(w)
			require.Eventually(t, func() bool { return w.running() == 0 }, 10*time.Second, time.Millisecond)
			w.balances(tc.marty, tc.biff)
			assert.Equal(t, tc.points, w.Get(him(w)).Stats.Points)
			assert.False(t, w.races.Racing(w.car) || w.races.Racing(w.theirs))
		})
	}
}

// late lets time pass: the race is running at the first moment and over at the
// second, both counted from now.
func (w *two) late(before, after time.Duration) {
	w.t.Helper()
	w.Pass(before)
	w.races.Tick(w.Now())
	assert.Equal(w.t, 1, w.running(), "not yet")
	w.Pass(after - before)
	w.races.Tick(w.Now())
}

// another opens another race.
func (w *two) another(c *apptest.Client) {
	w.t.Helper()
	w.fixture.host(c, mcots.CreateRace{LobbyID: 10001})
}

// Whoever comes back in time goes on; with the results he gets his place back.
func TestComingBack(t *testing.T) {
	w := startTwo(t, nil, mcots.CreateRace{LobbyID: 10001, EntryFee: 100})
	w.leave(w.biff)
	w.Pass(20 * time.Second)
	again := w.login(w.fixture.biff)
	again.Send(mcots.MsgKeepRaceAlive.With(&mcots.GenericRequest{Data: w.id}))
	done(again)
	w.Pass(time.Minute)
	w.races.Tick(w.Now())
	finish(again, w.id, w.fixture.biff.Persona, 10000)
	done(again)
	finish(w.host, w.id, w.marty.Persona, 10001)
	assert.Equal(t, w.fixture.biff.Persona, apptest.Expect(again, mcots.MsgFinalResults).Racers[0].ID)
	w.balances(10260, 10740)
}

// Results are one's own business; the host speaks for computer drivers.
func TestWhoReports(t *testing.T) {
	f := newFixture(t, nil)
	host, biff := f.login(f.marty), f.login(f.biff)
	doc := f.login(f.doc)
	const machine = 700
	id := f.host(host, mcots.CreateRace{LobbyID: 10001, AIRacers: true})
	f.join(biff, id, f.theirs)
	ask(host, mcots.MsgStartRace.With(line(id, slot(f.marty, f.car), slot(f.biff, f.theirs), mcots.Starter{ID: machine, VehicleID: 9})))
	pushed(biff)
	f.Pass(3 * time.Minute)
	for _, lie := range []struct {
		c        *apptest.Client
		race, of uint32
	}{
		{biff, id, f.marty.Persona}, {host, id, f.biff.Persona}, {biff, id, machine}, {doc, id, f.doc.Persona}, {doc, id, f.biff.Persona},
		{host, id, f.doc.Persona}, {host, id + 1, f.marty.Persona}, {host, 0, f.marty.Persona},
	} {
		finish(lie.c, lie.race, lie.of, 5000)
		done(lie.c)
	}
	finish(host, id, machine, 6000)
	finish(host, id, machine, 1) // once only
	finish(host, id, f.marty.Persona, 7000)
	finish(host, id, f.marty.Persona, 1)
	done(host)
	finish(biff, id, f.biff.Persona, 8000)
	got := apptest.Expect(biff, mcots.MsgFinalResults)
	var order, times, cash []uint32
	for _, r := range got.Racers[:3] {
		order, times, cash = append(order, r.ID), append(times, r.RaceTime), append(cash, r.CashWon)
	}
	assert.Equal(t, []uint32{machine, f.marty.Persona, f.biff.Persona}, order)
	assert.Equal(t, []uint32{6000, 7000, 8000}, times)
	assert.Equal(t, []uint32{0, 112, 67}, cash, "25 and 15 percent of 250 + 100 + 2 x 50; the machine's share vanishes")
	f.balances(10112, 10067, 10000)
}

// In a pink slip race the loser's car goes to the winner, and no fee is taken.
func TestPinkSlipRace(t *testing.T) {
	w := startTwo(t, nil, mcots.CreateRace{LobbyID: street, EntryFee: 100, PinkSlip: true, MaxRacers: 6})
	w.balances(10000, 10000)
	finish(w.host, w.id, w.marty.Persona, 5000)
	done(w.host)
	assert.True(t, w.races.Racing(w.car), "at stake to the end")
	giveUp(w.biff, w.id)
	assert.Equal(t, w.id, apptest.Expect(w.host, mcots.MsgFinalResults).RaceID)
	require.NoError(t, w.Store.View(func(tx storage.ReadTx) error {
		v, err := tx.Vehicle(w.theirs)
		assert.Equal(t, w.marty.Persona, v.Owner)
		return err
	}))
	w.balances(10000, 10000)
	assert.False(t, w.races.Racing(w.car))
}

func TestPinkSlipRules(t *testing.T) {
	f := newFixture(t, nil)
	host := f.login(f.marty)
	pink := mcots.CreateRace{LobbyID: street, EntryFee: 100, PinkSlip: true}
	f.raise(f.marty.Persona, 4)
	assert.Equal(t, refusal(230, 190), ask(host, mcots.MsgCreateRace.With(&pink)))
	f.raise(f.marty.Persona, 5)
	lent := pink
	lent.SponsorID = 113
	assert.Equal(t, refusal(230, 0), ask(host, mcots.MsgCreateRace.With(&lent)))
	host.Send(mcots.MsgCreateRace.With(&pink))
	made := apptest.Expect(host, mcots.MsgRaceCreated)
	assert.Zero(t, made.EntryFee+made.PerPlayerPurseBonus+made.PerRacePurseBonus)
	biff, doc := f.login(f.biff), f.login(f.doc)
	assert.Equal(t, refusal(218, 190), ask(biff, joining(made.RaceID, f.theirs)))
	f.raise(f.biff.Persona, 5)
	f.raise(f.doc.Persona, 5)
	f.join(biff, made.RaceID, f.theirs)
	assert.Equal(t, refusal(218, 238), ask(doc, joining(made.RaceID, f.docs)), "two cars are enough")
}

func TestLobbyRules(t *testing.T) {
	f := newFixture(t, nil)
	host := f.login(f.marty)
	assert.Equal(t, refusal(230, 190), ask(host, mcots.MsgCreateRace.With(&mcots.CreateRace{LobbyID: fast})), "level 1 in a lobby from 2")
	id := f.host(host, mcots.CreateRace{LobbyID: trial, MaxRacers: 6})
	assert.Equal(t, refusal(218, 238), ask(f.login(f.biff), joining(id, f.theirs)), "alone against the clock")
	ask(host, mcots.MsgStartRace.With(line(id, slot(f.marty, f.car))))
	f.Pass(3 * time.Minute)
	finish(host, id, f.marty.Persona, 6400-640)
	got := apptest.Expect(host, mcots.MsgFinalResults).Racers[0]
	assert.Equal(t, []uint32{290, 23}, []uint32{got.CashWon, uint32(got.RacePoints)})
	f.balances(10290)
}

// A stripped car is no car, neither at the door nor at the start.
func TestStrippedCar(t *testing.T) {
	f := newFixture(t, nil)
	host, biff := f.login(f.marty), f.login(f.biff)
	id := f.host(host, mcots.CreateRace{LobbyID: street, EntryFee: 100})
	f.join(biff, id, f.theirs)
	var engine uint32
	f.Update(func(tx storage.Tx) error {
		parts, err := tx.PartsOfVehicle(f.theirs)
		for _, p := range parts {
			if item, _ := f.Catalog.Part(p.BrandedPart); item.Abstract == 36001 {
				engine = p.ID
			}
		}
		require.NoError(t, err)
		return f.Rules.RemovePart(tx, f.biff.Persona, engine)
	})
	assert.Equal(t, refusal(218, 191), ask(biff, joining(id, f.theirs)))
	got := ask(host, mcots.MsgStartRace.With(line(id, slot(f.marty, f.car), slot(f.biff, f.theirs))))
	assert.Equal(t, started(id, 1, f.marty.Persona, 0, f.biff.Persona, 1), got)
	f.balances(9900, 10000)
}

// The same racer, or the same car, counts once.
func TestDoubles(t *testing.T) {
	f := newFixture(t, nil)
	host, biff := f.login(f.marty), f.login(f.biff)
	id := f.host(host, mcots.CreateRace{LobbyID: street, EntryFee: 100})
	f.join(biff, id, f.theirs)
	got := ask(host, mcots.MsgStartRace.With(line(id, slot(f.marty, f.car), slot(f.marty, f.car), slot(f.biff, f.car), mcots.Starter{ID: f.marty.Persona})))
	m, b := f.marty.Persona, f.biff.Persona
	assert.Equal(t, started(id, 1, m, 0, m, 1, b, 1, m, 1), got)
	f.balances(9900, 10000)
}

// Damage and wear are stored while the race runs and for ten minutes after it is
// closed, for the own car only.
func TestDamage(t *testing.T) {
	w := startTwo(t, nil, mcots.CreateRace{LobbyID: 10001})
	damage := func(part uint32) (d uint8, wear uint32) {
		require.NoError(t, w.Store.View(func(tx storage.ReadTx) error {
			p, err := tx.Part(part)
			d, wear = p.Damage, p.Wear
			return err
		}))
		return d, wear
	}
	report := func(c *apptest.Client, p wire.Packet) {
		c.Send(p)
		done(c)
	}
	during := func(part uint32, percent uint8) wire.Packet {
		return mcots.MsgInRaceDamage.With(mcots.NewInRaceDamage(w.id, []mcots.PartDamage{{PartID: part, Damage: percent}}))
	}
	after := func(part uint32, percent uint8, wear uint32) wire.Packet {
		return mcots.MsgPostRaceDamage.With(mcots.NewPostRaceDamage(w.id, []mcots.PartWear{{PartID: part, Damage: percent, Wear: wear}}))
	}
	part, theirs := w.car+5, w.theirs+5
	report(w.host, during(part, 25))
	d, _ := damage(part)
	assert.EqualValues(t, 25, d)
	report(w.biff, during(part, 90))
	report(w.login(w.doc), during(part, 90))
	d, _ = damage(part)
	assert.EqualValues(t, 25, d, "not his car, not his race")

	finish(w.host, w.id, w.marty.Persona, 5000)
	finish(w.biff, w.id, w.fixture.biff.Persona, 5001)
	pushed(w.biff)
	pushed(w.host)
	report(w.biff, after(theirs, 30, 77))
	d, wear := damage(theirs)
	assert.Equal(t, []uint32{30, 77}, []uint32{uint32(d), wear})
	quit(w.host, w.id) // closes the race
	assert.False(t, w.open(w.id))
	w.Pass(10 * time.Minute)
	report(w.host, after(part, 40, 1))
	d, _ = damage(part)
	assert.EqualValues(t, 40, d)
	w.Pass(time.Second)
	report(w.host, after(part, 50, 1))
	d, _ = damage(part)
	assert.EqualValues(t, 40, d, "too late")
	w.races.Tick(w.Now())
	report(w.host, after(part, 50, 1))
	require.NoError(t, w.Store.View(storage.Check))

	drive := startTwo(t, nil, mcots.CreateRace{LobbyID: lobby})
	drive.host.Send(mcots.MsgInRaceDamage.With(mcots.NewInRaceDamage(drive.id, []mcots.PartDamage{{PartID: drive.car + 5, Damage: 90}})))
	done(drive.host)
	require.NoError(t, drive.Store.View(func(tx storage.ReadTx) error {
		p, err := tx.Part(drive.car + 5)
		assert.Zero(t, p.Damage, "a test drive breaks nothing")
		return err
	}))
}

// The newest bodies of unknown layout are kept.
func TestReports(t *testing.T) {
	f := newFixture(t, nil)
	c := f.login(f.marty)
	for _, body := range [][]byte{{1, 2, 3}, make([]byte, 20000), {4}} {
		raw(c, append(words(202), body...))
		raw(c, append(words(435), body...))
		raw(c, append(append(words(434), make([]byte, 20)...), body...))
	}
	done(c)
	got := f.races.Reports(f.marty.Persona)
	assert.Equal(t, []byte{4}, got.BodyDamage)
	assert.Equal(t, []byte{4}, got.PostRace)
	assert.Equal(t, []byte{4}, got.PreRace)
	raw(c, append(words(202), make([]byte, 20000)...))
	done(c)
	assert.Len(t, f.races.Reports(f.marty.Persona).BodyDamage, 16<<10)
	assert.Empty(t, f.races.Reports(f.biff.Persona))
}

// A settlement that the store refuses is tried again, and then paid once.
func TestSettlementThatFails(t *testing.T) {
	var failing *failpoint.Store
	broken := false
	w := startTwo(t, func(o *options) {
		o.store = func(s storage.Store) storage.Store {
			failing = failpoint.FailAt(breakable{s, &broken}, 0, failpoint.Before, nil)
			return failing
		}
	}, mcots.CreateRace{LobbyID: 10001, EntryFee: 100})
	finish(w.host, w.id, w.marty.Persona, 5000)
	done(w.host)
	broken = true
	finish(w.biff, w.id, w.fixture.biff.Persona, 6000)
	done(w.biff) // no results yet
	w.races.Tick(w.Now())
	done(w.host)
	w.balances(9900, 9900)
	broken = false
	w.races.Tick(w.Now())
	pushed(w.host)
	pushed(w.biff)
	w.races.Tick(w.Now())
	w.balances(10740, 10260)
}

// breakable is a store whose commits fail while it is broken.
type breakable struct {
	storage.Store
	broken *bool
}

func (b breakable) Update(fn func(storage.Tx) error) error {
	return b.Store.Update(func(tx storage.Tx) error {
		if err := fn(tx); err != nil || !*b.broken {
			return err
		}
		return errors.New("disk on fire")
	})
}

// A start whose commit fails leaves the race open and the cars free.
func TestStartThatFails(t *testing.T) {
	broken := false
	f := newFixture(t, func(o *options) {
		o.store = func(s storage.Store) storage.Store { return breakable{s, &broken} }
	})
	c := f.login(f.marty)
	id := f.host(c, mcots.CreateRace{LobbyID: street, EntryFee: 100})
	broken = true
	request := mcots.MsgStartRace.With(line(id, slot(f.marty, f.car)))
	assert.Equal(t, refusal(232, 0), ask(c, request))
	assert.False(t, f.races.Racing(f.car))
	f.balances(10000)
	broken = false
	assert.Equal(t, started(id, 1, f.marty.Persona, 0), ask(c, request))
	assert.True(t, f.races.Racing(f.car))
	f.balances(9900)
}
