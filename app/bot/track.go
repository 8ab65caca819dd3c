package bot

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"mcos/protocol/mcots"
)

// stagesPerRun is how far the stages of a repeated start lie behind those of the first.
const stagesPerRun = 16

// setupSize is about the longest blob that a client is known to send, in bytes (nps-lobby-rooms 7.5).
const setupSize = 2700

// What a racer does beside reporting its position, counted in positions.
const (
	singleEvery = 7  // tells one other racer something
	listEvery   = 11 // tells some of them
	damageEvery = 13 // reports damage
)

// race1 is one start: go, track, results. It reports whether the race may start once more.
func (r *racer) race1(ctx context.Context, n int) (again bool, err error) {
	base := stage(n * stagesPerRun)
	if n == 0 {
		if err := r.meeting.wait(ctx, loaded, false); err != nil {
			return false, err
		}
	}
	run, err := r.start(ctx, n)
	if err != nil || !run.ok {
		return false, err
	}
	r.meeting.reach(r.user, base+started)
	if !slices.Contains(run.started, r.user) {
		r.book.lose(r.user)
		return false, nil
	}
	if gone, err := r.track(ctx); err != nil || gone {
		return false, err
	}
	if err := r.comes(arrived); err != nil {
		return false, err
	}
	if err := r.meeting.meet(ctx, r.user, base+arrived); err != nil {
		return false, err
	}
	r.drain(ctx)
	if err := r.meeting.meet(ctx, r.user, base+received); err != nil {
		return false, err
	}
	if err := r.settle(ctx, run); err != nil {
		return false, err
	}
	if err := r.comes(settled); err != nil {
		return false, err
	}
	if err := r.meeting.meet(ctx, r.user, base+settled); err != nil {
		return false, err
	}
	return run.results.Flags&mcots.FinalRaceAgain != 0 && r.meeting.present()[r.heat.host.user], nil
}

// start gets the go: the host by asking for it, the others by being told.
func (r *racer) start(ctx context.Context, n int) (*heatRun, error) {
	if r.isHost() {
		body, err := r.seat.Transactions.StartRace(ctx, r.lineUp())
		if err != nil {
			return nil, err
		}
		return r.heat.begun(n, body), nil
	}
	isGo := func(e Event) bool {
		body, ok := e.Body.(*mcots.RaceStarted)
		return ok && body.RaceID == r.race
	}
	_, e, err := r.awaitFromHost(ctx, "the go (233)", isGo)
	if err != nil {
		return nil, err
	}
	r.seat.inbox.take(isGo)
	return r.heat.begun(n, e.Body.(*mcots.RaceStarted)), nil
}

// lineUp puts everybody who is there on the grid.
func (r *racer) lineUp() mcots.StartRace {
	s := mcots.StartRace{RaceID: r.race, Laps: 2, Flags: mcots.LobbyDamage}
	there := r.meeting.present()
	slot := 0
	for _, d := range r.racers {
		if there[d.user] {
			s.Racers[slot] = mcots.Starter{ID: d.user, VehicleID: r.heat.vehicles[d.user], IsHuman: true}
			slot++
		}
	}
	return s
}

// begun notes who may race, from the first 233 that is seen.
func (h *heat) begun(n int, body *mcots.RaceStarted) *heatRun {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.runs) <= n {
		run := &heatRun{ok: body.OKToStart}
		for _, s := range body.Racers {
			if s.ID != 0 && !s.Invalid && body.OKToStart {
				run.started = append(run.started, s.ID)
			}
		}
		h.runs = append(h.runs, run)
	}
	return h.runs[n]
}

// track is the time between go and finish. It reports whether the driver gave up.
func (r *racer) track(ctx context.Context) (gaveUp bool, err error) {
	tx := r.seat.Transactions
	if r.random.IntN(2) == 0 {
		if err := tx.CheckValues(ctx, r.race); err != nil {
			return false, err
		}
	}
	if err := r.relay(ctx, setupBlob(r.random)); err != nil {
		return false, err
	}
	begin := r.e.now()
	end := r.pace[r.user]
	fate := r.fate[r.user]
	ticker := time.NewTicker(time.Second / time.Duration(r.e.Hz))
	defer ticker.Stop()
	for n := 1; ; n++ {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return false, ctx.Err()
		}
		passed := r.e.now().Sub(begin)
		if fate.at == started && passed >= time.Duration(fate.when*float64(end)) {
			if !fate.giveUp {
				return false, errDropped
			}
			r.book.lose(r.user)
			r.mu.Lock()
			r.quits++
			r.mu.Unlock()
			return true, tx.GiveUpRace(ctx, r.race)
		}
		if passed >= end {
			break
		}
		if err := r.report(ctx, n, passed); err != nil {
			return false, err
		}
	}
	return false, tx.Finish(ctx, r.race, r.finish(r.e.now().Sub(begin)))
}

// finish is the result: the time that has really passed, or a longer one that is made up.
func (r *racer) finish(passed time.Duration) Finish {
	t := passed
	if r.e.Fast {
		t += time.Minute
	}
	return Finish{Time: t, BestLap: t / 2, Top: uint16(50 + r.random.IntN(20)), Average: uint16(30 + r.random.IntN(15))}
}

// report sends the n-th position, and now and then something else.
func (r *racer) report(ctx context.Context, n int, passed time.Duration) error {
	position := func(s stamp) []byte {
		p := onTrack(passed, r.slot())
		p.Spin = s.bytes()
		return AppendPosition(nil, int32(ticks(passed)), p)
	}
	if err := r.relay(ctx, position); err != nil {
		return err
	}
	others := r.others()
	if n%singleEvery == 0 && len(others) > 0 {
		if err := r.relay(ctx, position, others[r.random.IntN(len(others))]); err != nil {
			return err
		}
	}
	if n%listEvery == 0 && len(others) > 1 {
		r.random.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
		if err := r.relay(ctx, position, others[:2+r.random.IntN(len(others)-1)]...); err != nil {
			return err
		}
	}
	if n%damageEvery == 0 {
		if err := r.seat.Transactions.Damage(ctx, r.race, r.scratches()); err != nil {
			return err
		}
		return r.seat.Transactions.KeepRaceAlive(ctx, r.race)
	}
	return nil
}

func (r *racer) slot() uint8 {
	for i, d := range r.racers {
		if d == r.driver {
			return uint8(i)
		}
	}
	return 0
}

func (r *racer) others() []uint32 {
	var list []uint32
	for _, d := range r.racers {
		if d != r.driver && slices.Contains(r.runs[len(r.runs)-1].started, d.user) {
			list = append(list, d.user)
		}
	}
	return list
}

// relay sends a stamped blob to everybody else, or to some.
func (r *racer) relay(ctx context.Context, build func(stamp) []byte, users ...uint32) error {
	var to []uint32
	if len(users) > 0 {
		to = users
	}
	return r.port.Relay(ctx, r.book.send(r.user, relayOpcode(len(users)), to, build), users...)
}

// setupBlob makes a long blob of the kind that is exchanged before the start.
func setupBlob(random *rand.Rand) func(stamp) []byte {
	return func(s stamp) []byte {
		b := make([]byte, setupSize)
		for i := range b {
			b[i] = byte(random.UintN(256))
		}
		b[0] = blobSyncSetup
		mark := s.bytes()
		copy(b[1:], mark[:])
		return b
	}
}

// onTrack is where a car is some time after the start: on an oval, each in its lane.
func onTrack(passed time.Duration, slot uint8) Position {
	const (
		radius = 200.0 // metres
		speed  = 40.0  // metres per second
	)
	angle := passed.Seconds() * speed / radius
	r := radius + 4*float64(slot)
	sin, cos := math.Sincos(angle)
	halfSin, halfCos := math.Sincos(-angle / 2)
	return Position{
		Car: slot, Place: [3]float64{r * cos, 1, r * sin}, Velocity: [3]float64{-speed * sin, 0, speed * cos},
		Turn: [4]float64{0, halfSin, 0, halfCos}, Slice: -1, Flags: 0x2104, // lights, gear, new data
	}
}

// scratches are some damaged parts of the car.
func (r *racer) scratches() []mcots.PartDamage {
	var list []mcots.PartDamage
	if car := r.seat.Home.Car; car != nil {
		for i, p := range car.Parts {
			if i < mcots.DamageSlots && r.random.IntN(8) == 0 {
				list = append(list, mcots.PartDamage{PartID: p.PartID, Damage: uint8(r.random.IntN(30))})
			}
		}
	}
	return list
}

// drain waits until everything has come that is due. What is missing after a while will be found by the book.
func (r *racer) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, r.e.patience())
	defer cancel()
	for {
		n, changed := r.book.due(r.user)
		if n == 0 {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// settle reports the state of the car and waits for the results.
func (r *racer) settle(ctx context.Context, run *heatRun) error {
	wear := make([]mcots.PartWear, 0, mcots.DamageSlots)
	for _, p := range r.scratches() {
		wear = append(wear, mcots.PartWear{PartID: p.PartID, Damage: p.Damage, Wear: 10})
	}
	early := r.random.IntN(2) == 0 // any order is allowed (mcots-2 7)
	if early {
		if err := r.seat.Transactions.DamageAfter(ctx, r.race, wear); err != nil {
			return err
		}
	}
	isResult := func(e Event) bool {
		body, ok := e.Body.(*mcots.FinalResults)
		return ok && body.RaceID == r.race
	}
	_, e, err := r.seat.inbox.await(ctx, r.e.resultsPatience(), "the results (237)", isResult)
	if err != nil {
		return err
	}
	r.seat.inbox.take(isResult)
	if err := r.heat.result(run, e.Body.(*mcots.FinalResults)); err != nil {
		return err
	}
	if early {
		return nil
	}
	return r.seat.Transactions.DamageAfter(ctx, r.race, wear)
}

// result keeps the results; all racers must get the same.
func (h *heat) result(run *heatRun, body *mcots.FinalResults) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if run.results == nil {
		run.results = body
	}
	if *run.results != *body {
		return fmt.Errorf("%w: two racers got different results (237) of race %d", ErrMalformed, h.race)
	}
	return nil
}
