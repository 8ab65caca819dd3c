package bot

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// Evening is a whole evening of races: some players sign up, race round after round in changing company, and at the end
// somebody goes through the books. It tries a server the way players do, and worse.
type Evening struct {
	Target  Target
	Options Options

	Players  int           // 1 to MaxPlayers
	Rounds   int           // at least 1; in each one everybody takes part in one race
	Fee      uint32        // entry fee of each race; one of those the server offers
	Hz       int           // positions a second of each racer
	Duration time.Duration // shortest time on the track
	// Fast has everybody report a race of a minute and more, however short it was. A
	// server that checks results does not let those count.
	Fast bool
	Seed uint64 // of all that is left to chance
	// DropRate is how probable it is that a racer's connections break, or that he gives up, somewhere in a race: 0 to 1.
	DropRate float64
	// Grace is how long a server may take to count out somebody whose connection broke; 0 = DefaultGrace.
	Grace time.Duration

	Name     string // names of accounts and personas: this and a number; at most MaxEveningName characters
	Code     string // sign-up code, where the server asks for one
	Password func() (string, error)
	Ledger   LedgerSource                     // nil: the books are compared with balances only
	Log      func(format string, args ...any) // told what happens; nil: nobody is told
}

// Bounds of an Evening.
const (
	MaxPlayers     = 60
	MaxEveningName = 8 // characters; with the number of a player it makes a persona's name
	MaxHz          = 60
	DefaultGrace   = 45 * time.Second
)

// maxFailures bounds what a report tells.
const maxFailures = 50

// evening is an Evening in progress.
type evening struct {
	Evening
	now     func() time.Time
	random  *rand.Rand
	drivers []*driver
	books   *books
	report  *EveningReport
	delays  []time.Duration
	heats   int // so far
	logging sync.Mutex
}

// Check finds settings that make no sense.
func (e Evening) Check() error {
	switch {
	case e.Players < 1 || e.Players > MaxPlayers:
		return fmt.Errorf("%d players: there can be 1 to %d", e.Players, MaxPlayers)
	case e.Rounds < 1:
		return fmt.Errorf("%d rounds: there must be 1 at least", e.Rounds)
	case e.Hz < 1 || e.Hz > MaxHz:
		return fmt.Errorf("%d positions a second: there can be 1 to %d", e.Hz, MaxHz)
	case e.Duration <= 0 || e.Duration > 15*time.Minute:
		return fmt.Errorf("races of %s: they take more than 0s and at most 15m", e.Duration)
	case e.DropRate < 0 || e.DropRate > 1:
		return fmt.Errorf("drop rate %v: it lies between 0 and 1", e.DropRate)
	case e.Name == "" || len(e.Name) > MaxEveningName:
		return fmt.Errorf("name %q: it has 1 to %d characters", e.Name, MaxEveningName)
	case e.Password == nil:
		return errors.New("nobody makes passwords")
	}
	return nil
}

// Run spends the evening. The report is never nil; the error is one that kept the evening from being held at all, all others are
// in the report.
func (e Evening) Run(ctx context.Context) (*EveningReport, error) {
	v := &evening{Evening: e, now: e.Options.withDefaults().Now, books: newBooks()}
	v.report = &EveningReport{Players: e.Players, Seed: e.Seed, Ledger: e.Ledger != nil, Failures: []string{}}
	if v.Grace == 0 {
		v.Grace = DefaultGrace
	}
	begin := v.now()
	err := e.Check()
	if err == nil {
		err = v.run(ctx)
	}
	v.finish()
	v.report.Took = v.now().Sub(begin)
	v.report.OK = err == nil && len(v.report.Failures) == 0 && v.report.Faultless() && v.report.Books == "balanced" &&
		v.report.Rounds == e.Rounds
	return v.report, err
}

func (e *evening) run(ctx context.Context) error {
	e.random = rand.New(rand.NewPCG(e.Seed, 0x4d434f))
	defer e.sendHome()
	if err := e.gather(ctx); err != nil {
		return err
	}
	for n := 1; n <= e.Rounds; n++ {
		if err := e.round(ctx, n); err != nil {
			return fmt.Errorf("round %d: %w", n, err)
		}
		e.report.Rounds = n
	}
	return e.audit(ctx)
}

func (e *evening) log(format string, args ...any) {
	if e.Log == nil {
		return
	}
	e.logging.Lock()
	defer e.logging.Unlock()
	e.Log(format, args...)
}

func (e *evening) fail(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	e.log("FAILED %s", text)
	if len(e.report.Failures) < maxFailures {
		e.report.Failures = append(e.report.Failures, text)
	}
}

func (e *evening) patience() time.Duration { return e.Options.withDefaults().Timeout }

// resultsPatience is longer where the server has to wait for somebody who will not come back.
func (e *evening) resultsPatience() time.Duration {
	if e.DropRate > 0 {
		return e.patience() + e.Grace
	}
	return e.patience()
}

// gather signs everybody up and brings them into the room.
func (e *evening) gather(ctx context.Context) error {
	for i := range e.Players {
		password, err := e.Password()
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%s%d", e.Name, i+1)
		e.drivers = append(e.drivers, &driver{
			account: Account{Name: name, Password: password, Code: e.Code}, persona: name,
			random: rand.New(rand.NewPCG(e.Seed, uint64(i)+1)),
		})
	}
	for _, d := range e.drivers {
		if err := e.bring(ctx, d, true); err != nil {
			return fmt.Errorf("%s does not come in: %w", d.persona, err)
		}
		home := d.seat.Home
		d.user, d.cars, d.loose = home.Player.PlayerID, home.Vehicles, len(home.Parts)
		if len(d.cars) == 0 {
			return fmt.Errorf("%s has no car", d.persona)
		}
		e.books.open(d.user, d.persona, int64(home.Player.BankBalance))
		e.log("%s is persona %d with car %d and %d dollars", d.persona, d.user, d.cars[0].VehicleID, home.Player.BankBalance)
	}
	return e.readLedgers(ctx)
}

// bring puts a driver into the room.
func (e *evening) bring(ctx context.Context, d *driver, signUp bool) error {
	opts := e.Options
	opts.Seed = d.random.Uint64()
	c := New(e.Target, opts)
	defer c.Close()
	seat, err := sit(ctx, c, Script{Account: d.account, SignUp: signUp, Persona: d.persona})
	if err != nil {
		return err
	}
	d.seat = seat
	return nil
}

// sendHome ends all sessions.
func (e *evening) sendHome() {
	for _, d := range e.drivers {
		if d.seat == nil {
			continue
		}
		if err := d.seat.stand(); err != nil {
			e.fail("%s on the way out: %v", d.persona, err)
		}
		d.seat = nil
	}
}

// back brings everybody in who has dropped out; what they have then is compared with the books.
func (e *evening) back(ctx context.Context) error {
	for _, d := range e.drivers {
		if d.seat != nil {
			err := d.seat.broken()
			if err == nil {
				continue
			}
			e.fail("the session of %s ended by itself: %v", d.persona, err)
		}
		d.seat = nil
		if err := e.bring(ctx, d, false); err != nil {
			return fmt.Errorf("%s does not come back: %w", d.persona, err)
		}
		e.books.balance(d.user, int64(d.seat.Home.Player.BankBalance))
		e.log("%s is back with %d dollars", d.persona, d.seat.Home.Player.BankBalance)
	}
	return nil
}

// round has everybody race once, all together or in several races at the same time.
func (e *evening) round(ctx context.Context, n int) error {
	if err := e.back(ctx); err != nil {
		return err
	}
	heats := e.draw(n)
	ctx, cancel := context.WithTimeout(ctx, e.roundLimit())
	defer cancel()
	var running sync.WaitGroup
	for _, h := range heats {
		running.Go(func() { h.run(ctx) })
	}
	running.Wait()
	unresolved := false
	for _, h := range heats {
		unresolved = e.close(n, h) || unresolved
	}
	if unresolved {
		e.log("round %d: waiting %s, because nobody was left to see some results", n, e.Grace)
		select {
		case <-time.After(e.Grace):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	e.count(ctx)
	e.noLeftovers(ctx, heats)
	return e.readLedgers(ctx)
}

// roundLimit is how long a round may take with everything that can go wrong in it.
func (e *evening) roundLimit() time.Duration {
	return 2*(2*e.Duration+e.resultsPatience()) + 10*e.patience() + e.Grace
}
