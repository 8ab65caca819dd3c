package bot

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"mcos/protocol/mcots"
	"mcos/protocol/nps"
)

// driver is one player of an evening, over all sessions.
type driver struct {
	account Account
	persona string
	user    uint32 // the persona's id
	seat    *seated
	random  *rand.Rand
	cars    []mcots.OwnedVehicle // at the beginning
	loose   int                  // parts at the beginning
	prizes  int                  // parts won
	ledger  []LedgerEntry        // oldest first
}

// misfortune is what happens to a racer: at a stage, the connections break or the driver gives up.
type misfortune struct {
	at     stage // 0: nothing happens
	giveUp bool  // with 235 instead of a broken line; at started only
	when   float64
}

// heat is one race with everybody in it, and its repetitions.
type heat struct {
	number   int
	e        *evening
	host     *driver
	racers   []*driver // the host first
	again    bool
	meeting  *meeting
	fate     map[uint32]misfortune
	pace     map[uint32]time.Duration // time on the track
	vehicles map[uint32]uint32        // by persona
	book     *relayBook

	mu       sync.Mutex // guards what follows while the race runs
	race     uint32
	fee      uint32
	stake    stake
	password mcots.RacePassword
	riff     string
	runs     []*heatRun
	failures []string
	drops    int
	quits    int
	satOut   int
}

// heatRun is one start of the race.
type heatRun struct {
	started []uint32 // personas that may race, by 233
	ok      bool
	results *mcots.FinalResults
}

// racer is one driver in a heat.
type racer struct {
	*heat
	*driver
	comm uint32
	port *LobbyConn // the race port
	read sync.WaitGroup
}

var (
	errDropped = errors.New("the plug was pulled")
	errNoPlace = errors.New("the race is full")
)

func (h *heat) fail(d *driver, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures = append(h.failures, fmt.Sprintf("race %d (%d): %s: %v", h.number, h.race, d.persona, err))
}

// run lets everybody race and returns when all are through.
func (h *heat) run(ctx context.Context) {
	var running sync.WaitGroup
	for _, d := range h.racers {
		running.Go(func() {
			r := &racer{heat: h, driver: d}
			err := r.drive(ctx)
			r.end(err)
		})
	}
	running.Wait()
}

// end takes the racer out of the heat, whatever happened.
func (r *racer) end(err error) {
	switch {
	case err == nil:
	case errors.Is(err, errDropped):
		r.mu.Lock()
		r.drops++
		r.mu.Unlock()
		r.breakOff()
	case errors.Is(err, errHostGone):
		// No race then; the way out is the usual one.
		ctx, cancel := context.WithTimeout(context.Background(), r.e.Options.withDefaults().Timeout)
		err := r.goAway(ctx)
		cancel()
		if err != nil {
			r.fail(r.driver, err)
			r.breakOff()
		}
	case errors.Is(err, errNoPlace):
		r.mu.Lock()
		r.satOut++
		r.mu.Unlock()
	default:
		r.fail(r.driver, err)
		r.breakOff()
	}
	r.meeting.leave(r.user)
	if r.port != nil {
		r.port.Close()
	}
	r.read.Wait()
}

// breakOff ends the session at once.
func (r *racer) breakOff() {
	r.book.lose(r.user)
	if r.port != nil {
		r.port.link.cut()
	}
	r.seat.cut()
	r.seat = nil
}

// comes checks whether misfortune strikes at a stage.
func (r *racer) comes(s stage) error {
	if f := r.fate[r.user]; f.at == s && s != started {
		return errDropped
	}
	return nil
}

func (r *racer) isHost() bool { return r.driver == r.host }

// drive is a race from the reservation to the way out.
func (r *racer) drive(ctx context.Context) error {
	r.seat.inbox.clear()
	for _, part := range []struct {
		to stage
		do func(context.Context) error
	}{
		{reserved, r.reserve}, {inRoom, r.enter}, {ready, r.getReady}, {told, r.beTold}, {loaded, r.load},
	} {
		if err := part.do(ctx); err != nil {
			return fmt.Errorf("to be %v: %w", part.to, err)
		}
		if err := r.comes(part.to); err != nil {
			return err
		}
		r.meeting.reach(r.user, part.to)
	}
	runs := 1
	if r.again {
		runs = 2
	}
	for n := range runs {
		on, err := r.race1(ctx, n)
		if err != nil {
			return fmt.Errorf("start %d: %w", n+1, err)
		}
		if !on {
			break
		}
	}
	return r.goAway(ctx)
}

// load arrives on the race port and begins to listen to the others.
func (r *racer) load(ctx context.Context) error {
	r.book.join(r.user)
	r.read.Go(func() {
		for e := range r.port.Events() {
			if body, ok := e.Body.(*nps.RelayBody); ok && e.Message.Section == nps.RelayAll.Section {
				r.book.receive(r.user, e.Frame.Number, body.Sender, body.Blob)
			}
		}
	})
	return r.port.arriveAtRace(ctx, r.seat.Home.DriverData())
}

// goAway leaves the race port and the room.
func (r *racer) goAway(ctx context.Context) error {
	if r.port != nil {
		if r.port.LostEvents() > 0 {
			return fmt.Errorf("%d messages of the race port were not read in time", r.port.LostEvents())
		}
		r.port.Close()
	}
	if r.comm != 0 {
		if err := r.seat.Lobby.Leave(ctx, r.comm); err != nil {
			return err
		}
	}
	r.meeting.reach(r.user, away)
	return nil
}
