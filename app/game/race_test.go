package game

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
	"mcos/storage/storagetest/failpoint"
)

// never is the luck that wins no part.
func never(n int) int { return n - 1 }

// enter starts a race of the type for a fee; the racers drive their first car.
func (w *world) enter(race storage.Race, fee int64, ids ...uint32) storage.Race {
	w.t.Helper()
	for i, id := range ids {
		racer := storage.Racer{ID: id, Human: id >= 1000, Slot: uint8(i)}
		if cars := w.vehicles(id); len(cars) > 0 {
			racer.Vehicle = cars[0].ID
		}
		race.Racers = append(race.Racers, racer)
	}
	race.Number, race.Lobby = 7, 2
	w.do(func(tx storage.Tx) (err error) {
		race, err = w.rules.StartRace(tx, race, fee)
		return err
	})
	return race
}

// end settles a race in which the racers finished after so many ticks each, in the
// order of the slots; 0 is a racer whose connection was lost.
func (w *world) end(race storage.Race, lobby RaceLobby, times ...uint32) (s Settlement) {
	w.t.Helper()
	w.do(func(tx storage.Tx) (err error) {
		s, err = w.rules.SettleRace(tx, race.ID, lobby, outcomes(times...), never)
		return err
	})
	return s
}

func outcomes(times ...uint32) (list []storage.Racer) {
	for i, time := range times {
		o := storage.Racer{Slot: uint8(i), Outcome: storage.Finished, Time: time, BestLap: time / 2, TopSpeed: uint16(100 - i)}
		if time == 0 {
			o.Outcome = storage.Lost
		}
		list = append(list, o)
	}
	return list
}

// TestPrizes goes through the rules of the purse. Slots are given by their times;
// slot 9 and above would be nobody. Money is what each slot wins and gets back, by
// hand: the purse is 1000 + 100 + 50 for each human.
func TestPrizes(t *testing.T) {
	promise := storage.Race{Type: typeCircuit, Purse: 1000, PerRaceBonus: 100, PerPlayerBonus: 50}
	with := func(change func(*storage.Race)) storage.Race {
		r := promise
		change(&r)
		return r
	}
	par := RaceLobby{Par: 6400, Increment: 640, QualifyPoints: 20, QualifyCash: 250, IncrementPoints: 3, IncrementCash: 40}
	const lost = 0
	for name, tc := range map[string]struct {
		race     storage.Race
		lobby    RaceLobby
		machines int // racers behind the humans
		times    []uint32
		won      []int64
		returned int64 // to each human
		points   []int16
	}{
		"two":                 {race: promise, times: []uint32{700, 600}, won: []int64{360, 840}, points: []int16{60, 100}},
		"two, one lost":       {race: promise, times: []uint32{lost, 600}, won: []int64{0, 1200}, points: []int16{0, 100}},
		"a tie":               {race: promise, times: []uint32{600, 600}, won: []int64{840, 360}, points: []int16{100, 60}},
		"three":               {race: promise, times: []uint32{600, 700, 800}, won: []int64{751, 312, 187}, points: []int16{100, 60, 40}},
		"four":                {race: promise, times: []uint32{600, 700, 800, 900}, won: []int64{650, 325, 195, 130}, points: []int16{100, 60, 40, 25}},
		"six":                 {race: promise, times: []uint32{6, 5, 4, 3, 2, 1}, won: []int64{0, 0, 140, 210, 350, 700}, points: []int16{10, 15, 25, 40, 60, 100}},
		"a machine wins":      {race: promise, machines: 1, times: []uint32{700, 800, 600}, won: []int64{300, 180}, points: []int16{60, 40}},
		"factors":             {race: promise, lobby: RaceLobby{CashFactor: 1.5, PointsFactor: 0.5}, times: []uint32{600, 700}, won: []int64{1260, 540}, points: []int16{50, 30}},
		"sponsored":           {race: with(func(r *storage.Race) { r.Sponsor = 113 }), times: []uint32{600, 700}, won: []int64{840, 360}, points: []int16{50, 30}},
		"alone":               {race: promise, times: []uint32{600}, won: []int64{100}, returned: 100, points: []int16{25}},
		"alone in the street": {race: with(func(r *storage.Race) { r.Type = typeStreet }), times: []uint32{600}, won: []int64{100}, returned: 100, points: []int16{25}},
		"alone on the strip":  {race: with(func(r *storage.Race) { r.Type = 18 }), times: []uint32{600}, won: []int64{100}, returned: 100, points: []int16{0}},
		"against machines":    {race: promise, machines: 2, times: []uint32{700, 600, 800}, won: []int64{100}, returned: 100, points: []int16{15}},
		"alone, lost":         {race: promise, machines: 1, times: []uint32{lost, 600}, won: []int64{0}, returned: 100, points: []int16{0}},
		"test drive":          {race: with(func(r *storage.Race) { r.Type = typeTestDrive }), times: []uint32{600, 700}, won: []int64{0, 0}, returned: 100, points: []int16{0, 0}},
		"arcade":              {race: with(func(r *storage.Race) { r.Type = typeStunt }), times: []uint32{600, 700}, won: []int64{0, 0}, returned: 100, points: []int16{0, 0}},
		"trial at par":        {race: with(func(r *storage.Race) { r.Type = typeTimeTrial }), lobby: par, times: []uint32{6400}, won: []int64{250}, returned: 100, points: []int16{20}},
		"trial, just not":     {race: with(func(r *storage.Race) { r.Type = typeTimeTrial }), lobby: par, times: []uint32{6400 - 639}, won: []int64{250}, returned: 100, points: []int16{20}},
		"trial, two steps":    {race: with(func(r *storage.Race) { r.Type = typeTimeTrial }), lobby: par, times: []uint32{6400 - 2*640}, won: []int64{330}, returned: 100, points: []int16{26}},
		"trial, over par":     {race: with(func(r *storage.Race) { r.Type = typeTimeTrial }), lobby: par, times: []uint32{6401}, won: []int64{0}, returned: 100, points: []int16{0}},
		"team trial":          {race: with(func(r *storage.Race) { r.TeamTrial = true }), lobby: par, times: []uint32{6400, 5760, 7000}, won: []int64{250, 290, 0}, returned: 100, points: []int16{20, 23, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			var ids []uint32
			for range len(tc.times) - tc.machines {
				ids = append(ids, w.driver(150))
			}
			humans := len(ids)
			for i := range tc.machines {
				ids = append(ids, uint32(500+i))
			}
			race := w.enter(tc.race, 100, ids...)
			assert.EqualValues(t, 50, w.persona(ids[0]).Balance, "the fee is in escrow")
			s := w.end(race, tc.lobby, tc.times...)
			assert.True(t, s.Valid)
			for i := range humans {
				p := w.persona(ids[i])
				assert.Equal(t, 50+tc.returned+tc.won[i], p.Balance, "slot %d", i)
				assert.EqualValues(t, max(tc.points[i], 0), p.Stats.Points, "slot %d", i)
				assert.EqualValues(t, tc.won[i], p.Stats.Winnings)
			}
			if tc.race.TeamTrial {
				assert.EqualValues(t, 640, s.TeamPar)
			}
			w.refused(ErrSettled, func(tx storage.Tx) error {
				_, err := w.rules.SettleRace(tx, race.ID, tc.lobby, outcomes(tc.times...), never)
				return err
			})
			w.refused(ErrSettled, func(tx storage.Tx) error { return w.rules.CancelRace(tx, race.ID, "") })
		})
	}
}

// Nobody finished: everything is as before.
func TestRaceWithoutFinisher(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.driver(100), w.driver(200)
	race := w.enter(storage.Race{Type: typeStreet, Purse: 1000}, 100, a, b)
	s := w.end(race, RaceLobby{}, 0, 0)
	assert.False(t, s.Valid)
	assert.EqualValues(t, 100, w.persona(a).Balance)
	assert.EqualValues(t, 200, w.persona(b).Balance)
	assert.Equal(t, storage.Stats{Level: 1}, w.persona(a).Stats)
	assert.Empty(t, w.persona(a).History)
	last := w.ledger(a)[3]
	assert.Equal(t, storage.LedgerEntry{ID: last.ID, Persona: a, Kind: storage.FeeReturn, Amount: 100, Balance: 100, Ref: race.ID, Note: "nobody finished"}, last)
}

func TestStartRaceWithoutMoney(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.driver(100), w.driver(99)
	w.refused(ErrFunds, func(tx storage.Tx) error {
		_, err := w.rules.StartRace(tx, storage.Race{Racers: []storage.Racer{{ID: a, Human: true}, {ID: b, Human: true}}}, 100)
		return err
	})
}

func TestMayEnter(t *testing.T) {
	w := newWorld(t, nil)
	a := w.driver(100)
	w.stats(a, storage.Stats{Level: 5})
	for want, e := range map[error][]Entry{
		nil:      {{}, {Fee: 100, MinLevel: 5, MaxLevel: 5}, {MaxLevel: 6}},
		ErrFunds: {{Fee: 101}},
		ErrLevel: {{MinLevel: 6}, {MaxLevel: 4}, {Fee: 101, MinLevel: 6}},
	} {
		for _, e := range e {
			w.view(func(tx storage.ReadTx) error {
				assert.ErrorIs(t, w.rules.MayEnter(tx, a, e), want, "%+v", e)
				return nil
			})
		}
	}
}

func TestMayDrive(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.driver(50000), w.driver(0)
	car := w.buy(a, 8, 113, 158)
	drive := func(persona, vehicle uint32) (err error) {
		w.view(func(tx storage.ReadTx) error {
			err = w.rules.MayDrive(tx, persona, vehicle)
			return nil
		})
		return err
	}
	require.NoError(t, drive(a, car))
	assert.ErrorIs(t, drive(b, car), ErrNotOwner)
	assert.ErrorIs(t, drive(a, car+1), ErrNotOwner, "a part of it")
	of := func(kind uint32) uint32 {
		var id uint32
		w.view(func(tx storage.ReadTx) error {
			parts, err := tx.PartsOfVehicle(car)
			for _, p := range parts {
				if item, _ := testCatalog().Part(p.BrandedPart); item.Abstract == kind {
					id = p.ID
				}
			}
			return err
		})
		require.NotZero(t, id)
		return id
	}
	for _, kind := range []uint32{160001, 110001, 130001, 2001, 36001} {
		part := w.part(of(kind))
		w.do(func(tx storage.Tx) error { return w.rules.RemovePart(tx, a, part.ID) })
		assert.ErrorIs(t, drive(a, car), ErrStripped, "kind %d", kind)
		w.do(func(tx storage.Tx) error {
			return w.rules.InstallPart(tx, a, part.ID, part.Parent, uint32(part.Attachment))
		})
		require.NoError(t, drive(a, car))
	}
	w.do(func(tx storage.Tx) error { return w.rules.ScrapPart(tx, a, of(300001)) })
	assert.NoError(t, drive(a, car), "a muffler is not needed")
}

// Ranks pay once, and a level is never lost again.
func TestPromotion(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.driver(0), w.driver(0)
	w.stats(a, storage.Stats{Level: 4, Points: 950}) // level 5 needs 1000
	w.stats(b, storage.Stats{Level: 9, Points: 4499})
	s := w.end(w.enter(storage.Race{Type: typeStreet, Purse: 100}, 0, a, b), RaceLobby{}, 1, 2)
	assert.Equal(t, storage.Stats{Level: 5, Points: 1050, Entered: 1, Won: 1, Completed: 1, Winnings: 5070}, w.persona(a).Stats)
	assert.Equal(t, storage.Stats{Level: 10, Points: 4559, Entered: 1, Completed: 1, Winnings: 10030}, w.persona(b).Stats)
	assert.Equal(t, Result{
		Stats: w.persona(a).Stats, OldLevel: 4, NewRank: 1, ToLevel: 450, ToRank: 3450, Cash: 5070, Promotion: true,
		SpeedEver: true, SpeedTurf: true, SpeedLobby: true, // his lap of 0 ticks is none
	}, s.Results[0])
	entries := w.ledger(a)
	assert.Equal(t, storage.RankBonus, entries[len(entries)-1].Kind)

	// He gives up until he is below level 5 and comes back.
	for range 6 {
		race := w.enter(storage.Race{Type: typeStreet}, 0, a, b)
		w.do(func(tx storage.Tx) error {
			out := outcomes(0, 5)
			out[0].Outcome = storage.GaveUp
			_, err := w.rules.SettleRace(tx, race.ID, RaceLobby{}, out, never)
			return err
		})
	}
	assert.EqualValues(t, 990, w.persona(a).Stats.Points)
	assert.EqualValues(t, 5, w.persona(a).Stats.Level)
	cash := w.persona(a).Balance
	w.end(w.enter(storage.Race{Type: typeStreet}, 0, a, b), RaceLobby{}, 1, 2)
	assert.Equal(t, cash, w.persona(a).Balance, "no second bonus")
}

func TestPointsStayInRange(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.driver(0), w.driver(math.MaxUint32-100)
	w.stats(a, storage.Stats{Level: 36, Points: math.MaxUint16 - 5})
	w.end(w.enter(storage.Race{Type: typeStreet, Purse: 1000}, 0, a, b), RaceLobby{}, 1, 2)
	assert.EqualValues(t, math.MaxUint16, w.persona(a).Stats.Points)
	assert.EqualValues(t, math.MaxUint32, w.persona(b).Balance, "what does not fit is not paid")
}

// Somebody may get too rich during a race for his own fee.
func TestReturnToTheRichest(t *testing.T) {
	w := newWorld(t, nil)
	a := w.driver(100)
	race := w.enter(storage.Race{Type: typeStreet}, 100, a)
	w.do(func(tx storage.Tx) error { return w.rules.Grant(tx, a, math.MaxUint32-30, "") })
	w.do(func(tx storage.Tx) error { return w.rules.CancelRace(tx, race.ID, "") })
	assert.EqualValues(t, math.MaxUint32, w.persona(a).Balance)
}

func TestHistory(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.driver(0), w.driver(0)
	for _, kind := range []int32{16, 17, 16} {
		w.end(w.enter(storage.Race{Type: kind, Purse: 100}, 0, a, b), RaceLobby{}, 1, 2)
	}
	w.end(w.enter(storage.Race{Type: 16}, 0, a), RaceLobby{}, 1)
	w.end(w.enter(storage.Race{Type: typeTestDrive}, 0, a, b), RaceLobby{}, 1, 2)
	assert.Equal(t, []storage.RaceStat{
		{RaceType: 16, Entered: 3, Finished: 3, Won: 2, CashWon: 140},
		{RaceType: 17, Entered: 1, Finished: 1, Won: 1, CashWon: 70},
	}, w.persona(a).History, "alone nobody wins, and a test drive does not count")
	assert.Equal(t, storage.Stats{Level: 3, Points: 325, Entered: 4, Won: 3, Completed: 4, Winnings: 210}, w.persona(a).Stats)
}

func TestRecords(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.driver(0), w.driver(0)
	run := func(lobby uint32, lap uint32, speed uint16, spoil func(*storage.Racer)) Result {
		race := w.enter(storage.Race{Type: 17}, 0, a, b)
		race.Lobby = lobby
		w.do(func(tx storage.Tx) error { return tx.PutRace(race) })
		out := outcomes(5000, 6000)
		out[0].BestLap, out[0].TopSpeed = lap, speed
		out[1].BestLap, out[1].TopSpeed = lap+1, speed-1
		if spoil != nil {
			spoil(&out[0])
			spoil(&out[1])
		}
		var s Settlement
		w.do(func(tx storage.Tx) (err error) {
			s, err = w.rules.SettleRace(tx, race.ID, RaceLobby{Turf: []uint32{1, 2}}, out, never)
			return err
		})
		second := s.Results[1]
		assert.False(t, second.SpeedEver || second.SpeedTurf || second.SpeedLobby || second.LapTurf || second.LapLobby, "the second sets no record")
		return Result{
			SpeedEver: s.Results[0].SpeedEver, SpeedTurf: s.Results[0].SpeedTurf, SpeedLobby: s.Results[0].SpeedLobby,
			LapTurf: s.Results[0].LapTurf, LapLobby: s.Results[0].LapLobby,
		}
	}
	all := Result{SpeedEver: true, SpeedTurf: true, SpeedLobby: true, LapTurf: true, LapLobby: true}
	assert.Equal(t, all, run(1, 1000, 80, nil), "the first one")
	assert.Equal(t, Result{}, run(1, 1000, 80, nil), "the same again")
	assert.Equal(t, Result{SpeedLobby: true, LapLobby: true}, run(2, 1100, 70, nil), "another lobby on the same track")
	assert.Equal(t, Result{LapLobby: true, LapTurf: true, SpeedLobby: true}, run(3, 900, 75, nil), "its turf is 1, 2 and 3")
	assert.Equal(t, Result{SpeedLobby: true, SpeedTurf: true, SpeedEver: true}, run(1, 1000, 90, nil))
	assert.Equal(t, Result{}, run(1, 10, 99, func(r *storage.Racer) { r.Suspect = true }))
	assert.Equal(t, Result{}, run(1, 10, 99, func(r *storage.Racer) { r.Security = 1 }))
	assert.Equal(t, Result{}, run(9, 0, 0, func(r *storage.Racer) { r.BestLap, r.TopSpeed = 0, 0 }))
	w.view(func(tx storage.ReadTx) error {
		best, err := tx.LobbyBest(1)
		require.NoError(t, err)
		assert.Equal(t, storage.LobbyBest{Lobby: 1, Lap: 1000, LapBy: a, LapAt: testTime, Speed: 90, SpeedBy: a, SpeedAt: testTime}, best)
		_, err = tx.LobbyBest(9)
		assert.ErrorIs(t, err, storage.ErrNotFound)
		return nil
	})
}

func TestPartPrize(t *testing.T) {
	for name, tc := range map[string]struct {
		luck   int
		humans int
		kind   storage.Race
		want   bool
	}{
		"lucky":       {4, 2, storage.Race{Type: 16}, true},
		"not lucky":   {5, 2, storage.Race{Type: 16}, false},
		"alone":       {0, 1, storage.Race{Type: 16}, false},
		"a trial":     {0, 2, storage.Race{Type: 16, TeamTrial: true}, false},
		"for fun":     {0, 2, storage.Race{Type: typeStunt}, false},
		"a pink slip": {0, 2, storage.Race{Type: 16, PinkSlip: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			var ids []uint32
			for range tc.humans {
				ids = append(ids, w.driver(0))
			}
			race := w.enter(tc.kind, 0, ids...)
			var s Settlement
			w.do(func(tx storage.Tx) (err error) {
				s, err = w.rules.SettleRace(tx, race.ID, RaceLobby{}, outcomes([]uint32{1, 2}[:tc.humans]...), func(n int) int { return min(tc.luck, n-1) })
				return err
			})
			prize := s.Race.Racers[0].Prize
			require.Equal(t, tc.want, prize != 0)
			if !tc.want {
				return
			}
			part := w.part(prize)
			assert.Equal(t, ids[0], part.Owner)
			item, _ := testCatalog().Part(part.BrandedPart)
			assert.LessOrEqual(t, item.Grade, uint8(2))
			assert.NotZero(t, item.Price)
		})
	}
}

func TestPinkSlip(t *testing.T) {
	for name, tc := range map[string]struct {
		times  []uint32
		winner int // slot, -1 for nobody
	}{
		"first slot":     {[]uint32{1, 2}, 0},
		"second slot":    {[]uint32{2, 1}, 1},
		"the other fled": {[]uint32{0, 9}, 1},
		"nobody":         {[]uint32{0, 0}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			ids := []uint32{w.driver(10000), w.driver(10000)}
			cars := []uint32{w.buy(ids[0], 8, 113, 158), w.buy(ids[1], 8, 104, 47)}
			before := w.snapshot()
			s := w.end(w.enter(storage.Race{Type: 16, PinkSlip: true}, 0, ids...), RaceLobby{}, tc.times...)
			if tc.winner < 0 {
				assert.Equal(t, before, w.snapshot())
				return
			}
			winner, loser := ids[tc.winner], ids[1-tc.winner]
			assert.Len(t, w.vehicles(winner), 2)
			assert.Empty(t, w.vehicles(loser))
			lost := cars[1-tc.winner]
			assert.EqualValues(t, 1, w.vehicle(lost).Delta)
			w.view(func(tx storage.ReadTx) error {
				parts, err := tx.PartsOfVehicle(lost)
				assert.Len(t, parts, 41)
				for _, p := range parts {
					assert.Equal(t, winner, p.Owner)
				}
				return err
			})
			assert.True(t, s.Results[0].WonCar && s.Results[1].LostCar)
			assert.Equal(t, lost, s.Race.Racers[0].Prize)
			assert.EqualValues(t, 1, w.persona(winner).Stats.CarsWon)
			assert.EqualValues(t, 1, w.persona(loser).Stats.CarsLost)
		})
	}
}

// A winner without room gets half of the car's price; the car is gone.
func TestPinkSlipWithoutRoom(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.CarsPerLevel = 1 })
	a, b := w.driver(10000), w.driver(10000)
	w.buy(a, 8, 113, 158)
	lost := w.buy(b, 8, 104, 47)
	cash := w.persona(a).Balance
	s := w.end(w.enter(storage.Race{Type: 16, PinkSlip: true}, 0, a, b), RaceLobby{}, 1, 2)
	car, _ := testCatalog().Car(104)
	assert.Equal(t, cash+int64(car.Price/2), w.persona(a).Balance)
	assert.Len(t, w.vehicles(a), 1)
	assert.Empty(t, w.vehicles(b))
	assert.Equal(t, []bool{false, true}, []bool{s.Results[0].WonCar, s.Results[1].LostCar})
	w.view(func(tx storage.ReadTx) error {
		_, err := tx.Part(lost + 5)
		assert.ErrorIs(t, err, storage.ErrNotFound)
		return nil
	})
}

// A car that went another way during the race cannot be lost a second time.
func TestPinkSlipWithoutCar(t *testing.T) {
	w := newWorld(t, nil)
	a, b, c := w.driver(10000), w.driver(10000), w.driver(0)
	w.buy(a, 8, 113, 158)
	lost := w.buy(b, 8, 104, 47)
	race := w.enter(storage.Race{Type: 16, PinkSlip: true}, 0, a, b)
	w.do(func(tx storage.Tx) error { return w.rules.TransferCar(tx, lost, b, c) })
	s := w.end(race, RaceLobby{}, 1, 2)
	assert.False(t, s.Results[0].WonCar || s.Results[1].LostCar)
	assert.Len(t, w.vehicles(c), 1)
	w.refused(ErrNotOwner, func(tx storage.Tx) error { return w.rules.TransferCar(tx, lost, b, a) })
	w.refused(ErrNotOwner, func(tx storage.Tx) error { return w.rules.TransferCar(tx, 4711, b, a) })
}

func TestWear(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.driver(20000), w.driver(20000)
	car, other := w.buy(a, 8, 113, 158), w.buy(b, 8, 104, 47)
	loose := w.buyPart(a, tire)
	wear := func(reports ...PartState) (changed, refused int) {
		news := false
		w.view(func(tx storage.ReadTx) (err error) {
			news, err = w.rules.Worsens(tx, a, car, reports)
			return err
		})
		w.do(func(tx storage.Tx) (err error) {
			changed, refused, err = w.rules.Wear(tx, a, car, reports)
			return err
		})
		assert.Equal(t, changed > 0, news)
		return changed, refused
	}
	part := car + 7
	most := w.rules.MaxWear(w.part(part))
	require.NotZero(t, most)
	for _, tc := range []struct {
		name             string
		report           PartState
		changed, refused int
		damage           uint8
		wear, delta      uint32
	}{
		{"damage", PartState{part, 25, 0}, 1, 0, 25, 0, 1},
		{"the same", PartState{part, 25, 0}, 0, 0, 25, 0, 1},
		{"less damage", PartState{part, 10, 0}, 0, 1, 25, 0, 1},
		{"wear", PartState{part, 25, 1234}, 1, 0, 25, 1234, 2},
		{"less wear", PartState{part, 26, 1233}, 1, 1, 26, 1234, 3},
		{"too much damage", PartState{part, 101, 1234}, 1, 1, 100, 1234, 4},
		{"too much wear", PartState{part, 100, most + 1}, 1, 1, 100, most, 5},
		{"somebody's part", PartState{other + 7, 50, 0}, 0, 1, 100, most, 5},
		{"a loose part", PartState{loose, 50, 0}, 0, 1, 100, most, 5},
		{"no part", PartState{99999, 50, 0}, 0, 1, 100, most, 5},
	} {
		changed, refused := wear(tc.report)
		assert.Equal(t, [2]int{tc.changed, tc.refused}, [2]int{changed, refused}, tc.name)
		p := w.part(part)
		assert.Equal(t, tc.damage, p.Damage, tc.name)
		assert.Equal(t, tc.wear, p.Wear, tc.name)
		assert.Equal(t, tc.delta, w.vehicle(car).Delta, tc.name)
	}
	assert.Zero(t, w.part(other+7).Damage)
	assert.Zero(t, w.part(loose).Damage)
}

// A server that stopped in the middle gives everything back at the next start.
func TestRefundRaces(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.driver(100), w.driver(200)
	w.enter(storage.Race{Type: 16}, 70, a, b)
	w.enter(storage.Race{Type: 16}, 30, a)
	over := w.enter(storage.Race{Type: 16, Purse: 10}, 0, b)
	w.end(over, RaceLobby{}, 5)
	for _, want := range [][2]int64{{2, 170}, {0, 0}} {
		var races int
		var money int64
		w.do(func(tx storage.Tx) (err error) {
			races, money, err = w.rules.RefundRaces(tx)
			return err
		})
		assert.Equal(t, want, [2]int64{int64(races), money})
		assert.EqualValues(t, 100, w.persona(a).Balance)
		assert.EqualValues(t, 200, w.persona(b).Balance)
	}
}

// Whatever write of a start, a settlement or a refund fails, nothing has happened,
// and the same can be done once, and only once, later.
func TestRaceFailPoints(t *testing.T) {
	injected := errors.New("injected")
	for _, pink := range []bool{false, true} {
		w := newWorld(t, nil)
		a, b := w.driver(20000), w.driver(20000)
		w.buy(a, 8, 113, 158)
		w.buy(b, 8, 104, 47)
		var race storage.Race
		start := func(tx storage.Tx) (err error) {
			race, err = w.rules.StartRace(tx, storage.Race{Type: 16, Purse: 1000, PinkSlip: pink, Lobby: 2, Racers: []storage.Racer{
				{ID: a, Vehicle: w.firstCar(tx, a), Human: true}, {ID: b, Vehicle: w.firstCar(tx, b), Human: true, Slot: 1},
			}}, 100)
			return err
		}
		settle := func(tx storage.Tx) error {
			_, err := w.rules.SettleRace(tx, race.ID, RaceLobby{}, outcomes(640, 320), func(int) int { return 0 })
			return err
		}
		refund := func(tx storage.Tx) error { _, _, err := w.rules.RefundRaces(tx); return err }
		for _, op := range []struct {
			name string
			do   func(storage.Tx) error
		}{{"start", start}, {"refund", refund}, {"start", start}, {"settle", settle}} {
			before, known := w.snapshot(), race
			for at := 1; ; at++ {
				race = known
				s := failpoint.FailAt(w.store, at, failpoint.Before, failpoint.Error(injected))
				err := s.Update(op.do)
				if err == nil {
					require.Greater(t, at, 3, op.name)
					break
				}
				require.ErrorIs(t, err, injected)
				require.Equal(t, before, w.snapshot(), "%s, write %d", op.name, at)
				w.sound()
			}
			w.sound()
		}
		w.refused(ErrSettled, settle)
		if pink {
			assert.Len(t, w.vehicles(b), 2)
		} else {
			assert.EqualValues(t, 20000-6495-100+700, w.persona(b).Balance, fmt.Sprint(w.ledger(b)))
		}
	}
}

// firstCar is the first car of a persona inside a transaction.
func (w *world) firstCar(tx storage.ReadTx, owner uint32) uint32 {
	cars, err := tx.VehiclesOf(owner)
	require.NoError(w.t, err)
	return cars[0].ID
}

func TestRewardsCheck(t *testing.T) {
	require.NoError(t, Default().Check())
	c := Default()
	c.Rewards.Split3 = []uint32{60, 30, 11}
	require.ErrorContains(t, c.Check(), "split_3 gives away 101 percent")
}
