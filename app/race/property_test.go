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
	"mcos/app/garage"
	"mcos/app/gateway"
	"mcos/app/netaddr"
	"mcos/app/player"
	"mcos/app/race"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
	"mcos/storage"
)

// evening is a random evening of six drivers who do everything at the wrong time as
// well: they create, join, start, finish and leave races, lose their connections,
// work on their cars, and now and then the server stops and starts again.
type evening struct {
	*fixture
	random  *rand.Rand
	drivers []*driver
	numbers []uint32 // of races ever created
	hosts   map[uint32]int
	done    map[string]int
}

type driver struct {
	apptest.Player
	c *apptest.Client // nil while offline
}

// TestRandomEvening looks after every step whether any two records contradict each
// other, whether the money is right to the dollar and no car is lost or doubled, and
// at the end whether anything is stuck.
func TestRandomEvening(t *testing.T) {
	seeds := 10
	if os.Getenv("MCOS_SOAK") != "" {
		seeds = 200
	}
	all := map[string]int{}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			e := newEvening(t, uint64(seed))
			for range 120 {
				e.step()
			}
			e.goHome()
			for what, n := range e.done {
				all[what] += n
			}
		})
	}
	if !t.Failed() {
		for _, what := range []string{"settled", "cancelled", "pink slip", "alone", "refund", "crowd", "garage", "void", "forfeited"} {
			require.NotZero(t, all[what], "%s never happened: the evenings prove nothing about it (%v)", what, all)
		}
	}
}

func newEvening(t *testing.T, seed uint64) *evening {
	e := &evening{fixture: newFixture(t, nil), random: rand.New(rand.NewPCG(3, seed)), hosts: map[uint32]int{}, done: map[string]int{}}
	for i, p := range []apptest.Player{e.marty, e.biff, e.doc, e.Player("Lorraine", 4), e.Player("George", 5), e.Player("Goldie", 6)} {
		if i > 2 {
			e.give(p.Persona)
		}
		e.pay(p.Persona, int64(e.random.IntN(30000)))
		e.raise(p.Persona, uint32(4+e.random.IntN(3)))
		e.drivers = append(e.drivers, &driver{Player: p})
	}
	e.serve()
	for _, d := range e.drivers {
		d.c = e.login(d.Player)
	}
	return e
}

// serve starts a service on what the store has, as a server does.
func (e *evening) serve() {
	e.t.Helper()
	e.Update(func(tx storage.Tx) error {
		races, _, err := e.Rules.RefundRaces(tx)
		e.done["refund"] += races
		return err
	})
	e.races = race.New(race.Default(), race.Deps{
		Store: e.Store, Rules: e.Rules, Now: e.Now, Random: rand.NewChaCha8([32]byte{9}),
		Purses:  []race.Purse{{Purse: 250}, {Fee: 100, Purse: 1000}, {Fee: dear, Purse: 10 * dear}},
		Lobbies: testLobbies, LoadTimeout: 90 * time.Second,
	})
	players := player.New(player.Default(), player.Deps{
		Store: e.Store, Sessions: e.Sessions, Rules: e.Rules, Now: e.Now,
		WebHost: func(netaddr.Arrival) string { return "localhost" },
	})
	cars := garage.New(garage.Default(), garage.Deps{Store: e.Store, Rules: e.Rules, Racing: e.races.Racing})
	races := e.races
	port := gateway.MCOTSPort(gateway.DefaultMCOTS(), slices.Concat(players.Rows(), cars.Rows(), races.Rows()), gateway.Timeouts{})
	port.Closed = func(c *gateway.Conn) {
		races.Leave(c)
		e.ended <- struct{}{}
	}
	e.addr = e.Serve(port)
}

// books are what everybody owns together.
type books struct {
	money    int64 // balances and escrow
	cars     int
	balances map[uint32]int64
	stats    map[uint32]storage.Stats
	other    int64 // ledger entries that have nothing to do with races
	bought   int   // cars
	running  map[uint32]storage.Race
	ended    map[uint32]storage.Race
}

func (e *evening) books() books {
	e.t.Helper()
	b := books{balances: map[uint32]int64{}, stats: map[uint32]storage.Stats{}, running: map[uint32]storage.Race{}, ended: map[uint32]storage.Race{}}
	require.NoError(e.t, e.Store.View(func(tx storage.ReadTx) error {
		err := tx.Personas(func(p storage.Persona) error {
			b.money += p.Balance
			b.balances[p.ID], b.stats[p.ID] = p.Balance, p.Stats
			cars, err := tx.VehiclesOf(p.ID)
			b.cars += len(cars)
			if err != nil {
				return err
			}
			return tx.LedgerOf(p.ID, func(l storage.LedgerEntry) error {
				switch l.Kind {
				case storage.EntryFee, storage.FeeReturn, storage.Prize, storage.RankBonus:
					return nil
				case storage.CarPurchase:
					b.bought++
				}
				b.other += l.Amount
				return nil
			})
		})
		if err != nil {
			return err
		}
		return tx.Races(func(r storage.Race) error {
			if r.State != storage.RaceRunning {
				b.ended[r.ID] = r
				return nil
			}
			b.running[r.ID] = r
			for _, racer := range r.Racers {
				b.money += racer.Fee
			}
			return nil
		})
	}))
	return b
}

// step does one random thing and looks at everything.
func (e *evening) step() {
	e.t.Helper()
	before := e.books()
	what := e.act()
	for _, d := range e.drivers {
		e.settleDown(d)
	}
	after := e.books()
	require.NoError(e.t, e.Store.View(storage.Check), what)

	money := after.other - before.other
	cars := after.bought - before.bought
	for id, r := range after.ended {
		if _, old := before.ended[id]; !old {
			money += e.worth(r, before, after)
		}
	}
	require.Equal(e.t, before.money+money, after.money, "money after %s", what)
	require.Equal(e.t, before.cars+cars, after.cars, "cars after %s", what)
}

// worth is what a race that has just ended made out of nothing, or took for ever. It
// says the rules once more, in its own words.
func (e *evening) worth(r storage.Race, before, after books) (money int64) {
	if r.State == storage.RaceCancelled {
		e.done["cancelled"]++
		for _, racer := range r.Racers {
			require.NotEqual(e.t, storage.Finished, racer.Outcome)
		}
		return 0
	}
	e.done["settled"]++
	var humans, finished int
	for _, racer := range r.Racers {
		if racer.Human {
			humans++
		}
		if counts(racer) {
			finished++
		}
		if racer.Void {
			e.done["void"]++
			require.True(e.t, racer.Suspect)
			require.Zero(e.t, racer.Won)
			require.Zero(e.t, racer.Prize)
			require.LessOrEqual(e.t, racer.Points, int16(0))
		}
	}
	fun := r.Type == 14 || r.Type == 23
	keeps := humans > 1 && !fun && !r.TeamTrial && !r.PinkSlip && r.Type != 19
	if finished == 0 {
		return e.forfeited(r, keeps)
	}
	pot := r.Purse + r.PerRaceBonus + int64(humans)*r.PerPlayerBonus
	if r.Lobby == fast {
		pot = pot * 3 / 2
	}
	table := [][]int64{nil, {100}, {70, 30}, {60, 25, 15}, {50, 25, 15, 10}}[min(finished, 4)]
	rest := pot
	for place, racer := range r.Racers {
		share := int64(0)
		if keeps && place < len(table) && counts(racer) {
			share = pot * table[place] / 100
		}
		rest -= share
		if !racer.Human {
			continue
		}
		prize := share
		switch {
		case !counts(racer) || fun || r.PinkSlip:
			prize = 0
		case r.Type == 19 || r.TeamTrial:
			prize = 0
			if r.Lobby == trial && racer.Time <= 6400 {
				prize = 250 + 40*int64((6400-racer.Time)/640)
			}
		case humans == 1:
			prize = r.PerRaceBonus
			if r.Lobby == fast {
				prize = prize * 3 / 2
			}
		}
		money += prize
		if keeps {
			money -= racer.Fee
		}
		if old, now := before.stats[racer.ID].Level/5, after.stats[racer.ID].Level/5; now > old {
			money += 5000 * int64(now)
		}
	}
	if keeps && r.Racers[0].Human {
		money += rest // what the percentages leave over is the winner's
	}
	if humans == 1 {
		e.done["alone"]++
	}
	if humans > 3 {
		e.done["crowd"]++
	}
	if r.PinkSlip && humans == 2 {
		e.done["pink slip"]++
		// Nobody here has so many cars that he could not take one more.
		winner := r.Racers[slices.IndexFunc(r.Racers, func(x storage.Racer) bool { return x.Human })]
		require.Equal(e.t, counts(winner), winner.Prize != 0)
	}
	return money
}

// counts reports whether a racer has a result that counts.
func counts(racer storage.Racer) bool { return racer.Outcome == storage.Finished && !racer.Void }

// forfeited is worth for a race in which no result counts: the fees of those who
// reported one are gone, the others have theirs back.
func (e *evening) forfeited(r storage.Race, keeps bool) (money int64) {
	e.done["forfeited"]++
	for _, racer := range r.Racers {
		if keeps && racer.Void {
			money -= racer.Fee
		}
	}
	return money
}

// settleDown waits until everything a driver has sent is handled, and reads what has
// come for him.
func (e *evening) settleDown(d *driver) (frames []wire.Frame) {
	e.t.Helper()
	if d.c == nil {
		return nil
	}
	raw(d.c, words(455))
	seq := d.c.Seq()
	for {
		f := d.c.Next()
		if f.Number == 101 && f.Seq == seq && binary.LittleEndian.Uint16(f.Body) == 455 {
			return frames
		}
		frames = append(frames, f)
	}
}

func any1[T any](e *evening, list []T) (v T) {
	if len(list) > 0 {
		v = list[e.random.IntN(len(list))]
	}
	return v
}

// online picks a driver, who comes online for it.
func (e *evening) online() *driver {
	d := any1(e, e.drivers)
	if d.c == nil {
		e.revive(&d.Player)
		d.c = e.login(d.Player)
	}
	return d
}

func (e *evening) send(d *driver, p wire.Packet) []wire.Frame {
	d.c.Send(p)
	return e.settleDown(d)
}

// act is one random thing.
func (e *evening) act() string {
	switch n := e.random.IntN(20); {
	case n < 3:
		return e.wholeRace()
	case n < 4:
		d := e.online()
		e.create(d)
		return "create"
	case n < 6:
		d := e.online()
		e.send(d, joining(any1(e, e.numbers), any1(e, append(e.carsOf(any1(e, []*driver{d, d, d, e.online()})), 0))))
		return "join"
	case n < 7:
		d := e.online()
		e.send(d, mcots.MsgStartRace.With(e.lineUp(any1(e, e.numbers), e.drivers)))
		return "start"
	case n < 10:
		return e.finishAll()
	case n < 12:
		for range 1 + e.random.IntN(4) {
			d := e.online()
			id := d.Persona
			if e.random.IntN(8) == 0 {
				id = any1(e, []uint32{any1(e, e.drivers).Persona, 700})
			}
			ticks := uint32(300 + e.random.IntN(9000))
			if e.random.IntN(10) == 0 {
				ticks = 0
			}
			finish(d.c, e.recent(), id, ticks)
			e.settleDown(d)
		}
		return "finish"
	case n < 13:
		d := e.online()
		giveUp(d.c, e.recent())
		return "leave"
	case n < 14:
		d := e.online()
		_ = d.c.Conn.Close()
		<-e.ended
		d.c = nil
		return "disconnect"
	case n < 16:
		e.Pass(any1(e, []time.Duration{time.Second, 15 * time.Second, 31 * time.Second, 121 * time.Second, 31 * time.Minute}))
		e.races.Tick(e.Now())
		return "time"
	case n == 16 && e.random.IntN(4) == 0:
		return e.restart()
	case n < 18:
		d := e.online()
		var parts []mcots.PartDamage
		for range 3 {
			parts = append(parts, mcots.PartDamage{PartID: uint32(1 + e.random.IntN(250)), Damage: uint8(e.random.IntN(120))})
		}
		e.send(d, mcots.MsgInRaceDamage.With(mcots.NewInRaceDamage(e.recent(), parts)))
		return "damage"
	default:
		return e.work()
	}
}

// finishAll has most of the drivers of a running race finish.
func (e *evening) finishAll() string {
	var running []storage.Race
	require.NoError(e.t, e.Store.View(func(tx storage.ReadTx) (err error) {
		running, err = tx.RunningRaces()
		return err
	}))
	r := any1(e, running)
	for _, racer := range r.Racers {
		reporter := racer.ID
		if !racer.Human {
			reporter = r.Host
		}
		i := slices.IndexFunc(e.drivers, func(d *driver) bool { return d.Persona == reporter })
		if d := e.drivers[i]; d.c != nil && e.random.IntN(6) > 0 {
			finish(d.c, r.Number, racer.ID, uint32(300+e.random.IntN(9000)))
			e.settleDown(d)
		}
	}
	return "finish all"
}

// recent is a race that may still run.
func (e *evening) recent() uint32 { return any1(e, e.numbers[max(0, len(e.numbers)-4):]) }

// restart ends all connections and starts the service anew.
func (e *evening) restart() string {
	for _, d := range e.drivers {
		if d.c != nil {
			_ = d.c.Conn.Close()
			<-e.ended
			d.c = nil
		}
	}
	e.serve()
	return "restart"
}

func (e *evening) create(d *driver) uint32 {
	req := mcots.CreateRace{LobbyID: any1(e, []uint32{street, 10001, 10001, fast, drag, trial, arcade, lobby}), EntryFee: any1(e, []uint32{0, 100, dear})}
	switch e.random.IntN(7) {
	case 0, 1:
		req.PinkSlip, req.LobbyID = true, street
	case 2:
		req.SponsorID = 113
	case 3:
		req.TeamTrial = true
	}
	for _, f := range e.send(d, mcots.MsgCreateRace.With(&req)) {
		if f.Number == 223 {
			id := binary.LittleEndian.Uint32(f.Body)
			e.numbers = append(e.numbers, id)
			return id
		}
	}
	return 0
}

// wholeRace gets a few drivers to the start.
func (e *evening) wholeRace() string {
	host := e.online()
	id := e.create(host)
	if id == 0 {
		return "race refused"
	}
	crowd := []*driver{host}
	for range e.random.IntN(7) {
		if d := e.online(); !slices.Contains(crowd, d) {
			e.send(d, joining(id, any1(e, e.carsOf(d))))
			crowd = append(crowd, d)
		}
	}
	e.send(host, mcots.MsgStartRace.With(e.lineUp(id, crowd)))
	return "race"
}

// lineUp puts drivers into the slots, mostly with their own cars, and perhaps a
// machine at the end.
func (e *evening) lineUp(id uint32, drivers []*driver) *mcots.StartRace {
	var slots []mcots.Starter
	for _, d := range drivers[:min(len(drivers), 6)] {
		owner := d
		if e.random.IntN(12) == 0 {
			owner = any1(e, e.drivers)
		}
		slots = append(slots, slot(d.Player, any1(e, e.carsOf(owner))))
	}
	if len(slots) < 6 && e.random.IntN(3) == 0 {
		slots = append(slots, mcots.Starter{ID: 700, VehicleID: 9})
	}
	return line(id, slots...)
}

func (e *evening) carsOf(d *driver) (list []uint32) {
	require.NoError(e.t, e.Store.View(func(tx storage.ReadTx) error {
		cars, err := tx.VehiclesOf(d.Persona)
		for _, v := range cars {
			list = append(list, v.ID)
		}
		return err
	}))
	return list
}

// work is something at the garage, with whatever part comes to hand.
func (e *evening) work() string {
	e.done["garage"]++
	d := e.online()
	var part storage.Part
	require.NoError(e.t, e.Store.View(func(tx storage.ReadTx) error {
		if car := any1(e, e.carsOf(d)); car != 0 {
			parts, err := tx.PartsOfVehicle(car)
			part = any1(e, parts)
			return err
		}
		return nil
	}))
	request := func(m wire.Msg[mcots.GenericRequest], data uint32) wire.Packet {
		return m.With(&mcots.GenericRequest{Data: data})
	}
	switch e.random.IntN(6) {
	case 0:
		e.send(d, mcots.MsgPurchaseCar.With(&mcots.PurchaseCar{DealerID: 6, BrandedPartID: 104, SkinID: 47}))
		return "buy a car"
	case 1:
		e.send(d, request(mcots.MsgBuyPart, 110026))
		return "buy a part"
	case 2:
		// Off and on again: refused while the car races.
		e.send(d, request(mcots.MsgRemovePart, part.ID))
		e.send(d, mcots.MsgInstallPart.With(&mcots.InstallPart{PartID: part.ID, ParentID: part.Parent, Point: []byte{part.Attachment, 0, 0, 0}}))
		return "remove and install"
	case 3:
		e.send(d, request(mcots.MsgRepairPart, part.ID))
		return "repair"
	case 4:
		if e.random.IntN(4) == 0 {
			e.send(d, request(mcots.MsgDestroyPart, part.ID))
		}
		return "scrap"
	default:
		e.send(d, request(mcots.MsgRemovePart, part.ID))
		return "remove"
	}
}

// goHome ends the evening: everybody goes, and after a while nothing is left.
func (e *evening) goHome() {
	e.t.Helper()
	for _, d := range e.drivers {
		if d.c != nil {
			_ = d.c.Conn.Close()
			<-e.ended
			d.c = nil
		}
	}
	e.Pass(31 * time.Second)
	e.races.Tick(e.Now())
	e.Pass(31 * time.Minute)
	e.races.Tick(e.Now())
	require.Zero(e.t, e.running(), "a race is stuck")
	require.Zero(e.t, e.races.Open())
	for _, d := range e.drivers {
		for _, car := range e.carsOf(d) {
			require.False(e.t, e.races.Racing(car), "car %d is still in a race", car)
		}
	}
	require.NoError(e.t, e.Store.Verify())
}
