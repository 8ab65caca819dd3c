package bot

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"mcos/protocol/mcots"
	"mcos/protocol/nps"
)

// Residents are the computer players of a server. They are clients like all others: they log in to the server through its
// ports, with accounts of their own, and know nothing that the server does not tell every player.
type Residents struct {
	Config  Config
	Target  Target // the server itself; set SameHost
	Options Options
	// Account returns the account that a driver plays with. It is asked before every login, never for two drivers at once; the
	// account must exist.
	Account func(ctx context.Context, driver string) (Account, error)
	Log     func(format string, args ...any) // nil: nobody is told

	asking sync.Mutex

	mu     sync.Mutex     // guards what follows
	claims map[uint32]int // residents by race
	users  map[uint32]bool
}

// Times of a resident.
const (
	lookAround   = 4 * time.Second  // between two looks at the list of races
	saySomething = 10 * time.Minute // between two requests on the transaction connection, so that it is not idle
	waitForStart = 15 * time.Minute // in a race's room
	waitForGo    = 3 * time.Minute  // on the race port: the others load
	waitForEnd   = 5 * time.Minute  // after the finish
	retryLeast   = 5 * time.Second
	retryMost    = 2 * time.Minute
	residentHz   = 10
)

// Run keeps the residents in the lobby until ctx ends; then they log out in order. It returns nil unless the configuration is
// wrong.
func (r *Residents) Run(ctx context.Context) error {
	if err := r.Config.Check(); err != nil {
		return err
	}
	r.claims, r.users = map[uint32]int{}, map[uint32]bool{}
	var running sync.WaitGroup
	for _, name := range r.Config.Names[:r.Config.Count] {
		running.Go(func() { r.keep(ctx, name) })
	}
	running.Wait()
	return nil
}

func (r *Residents) log(format string, args ...any) {
	if r.Log != nil {
		r.Log(format, args...)
	}
}

// keep brings one resident in again and again.
func (r *Residents) keep(ctx context.Context, name string) {
	for wait := retryLeast; ; wait = min(2*wait, retryMost) {
		begin := time.Now()
		err := r.live(ctx, name)
		if ctx.Err() != nil {
			return
		}
		r.log("computer player %s: %v", name, err)
		if time.Since(begin) > retryMost {
			wait = retryLeast
		}
		if !sleep(ctx, wait) {
			return
		}
	}
}

// sleep reports false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// live is one session.
func (r *Residents) live(ctx context.Context, name string) error {
	r.asking.Lock()
	account, err := r.Account(ctx, name)
	r.asking.Unlock()
	if err != nil {
		return fmt.Errorf("its account: %w", err)
	}
	c := New(r.Target, r.Options)
	defer c.Close()
	seat, err := sit(ctx, c, Script{Account: account, Persona: name, Room: r.Config.Room})
	if err != nil {
		return err
	}
	defer func() { _ = seat.stand() }()
	one := &resident{Residents: r, seat: seat, name: name, user: seat.Home.Player.PlayerID}
	r.mu.Lock()
	r.users[one.user] = true
	r.mu.Unlock()
	r.log("computer player %s is in %s", name, seat.Room.Info.Riff)
	return one.stay(ctx)
}

// resident is one computer player in the lobby.
type resident struct {
	*Residents
	seat *seated
	name string
	user uint32
}

// stay looks for races until something breaks.
func (r *resident) stay(ctx context.Context) error {
	spoken := time.Now()
	for sleep(ctx, lookAround+rand.N(lookAround/2)) {
		if err := r.seat.broken(); err != nil {
			return err
		}
		if time.Since(spoken) > saySomething {
			if _, err := r.seat.Transactions.Player(ctx, r.user); err != nil {
				return err
			}
			spoken = time.Now()
		}
		// Nobody knows on which connection the client opens its races.
		for _, at := range []*LobbyConn{r.seat.Room.LobbyConn, r.seat.Lobby} {
			list, err := at.Races(ctx)
			if err != nil {
				return err
			}
			race := r.claim(list.Riffs)
			if race == nil {
				continue
			}
			err = r.visit(ctx, at, *race)
			r.release(uint32(race.Data.Race))
			if err != nil {
				return err
			}
			break
		}
	}
	return ctx.Err()
}

// claim chooses a race to join.
func (r *resident) claim(list []nps.RiffEntry) *nps.RiffEntry {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range list {
		race := uint32(list[i].Data.Race)
		if r.joinable(&list[i]) && r.claims[race] < r.Config.PerRace {
			r.claims[race]++
			return &list[i]
		}
	}
	return nil
}

// joinable reports whether a race is one for a resident: opened by a person, for money only, not under way, and with no other
// person in it.
func (r *resident) joinable(e *nps.RiffEntry) bool {
	const open, pinkSlip, club, team = 0, 3, 2, 4
	race := uint32(e.Data.Race)
	most := e.Data.MaxRacers()
	if e.MaxReady > 0 && int(e.MaxReady) < most || most == 0 {
		most = int(e.MaxReady)
	}
	switch {
	case race == 0, r.users[e.Owner], e.Connected, e.State != nps.GameNotRunning:
		return false
	case e.Data.Mode == pinkSlip, e.Data.Mode == club, e.Data.Mode == team:
		return false
	}
	// Whoever is neither the host nor one of us is another person: then we are not needed.
	return int(e.Users) <= 1+r.claims[race] && (most == 0 || int(e.Users) < most)
}

func (r *resident) release(race uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.claims[race]--; r.claims[race] <= 0 {
		delete(r.claims, race)
	}
}

// visit joins a race and stays in its room until it is over or nothing comes of it. Only errors after which the session is of
// no more use are returned.
func (r *resident) visit(ctx context.Context, at *LobbyConn, e nps.RiffEntry) error {
	race := uint32(e.Data.Race)
	r.seat.inbox.clear()
	joined, err := r.seat.Transactions.JoinRace(ctx, race, r.car())
	if err == nil {
		err = r.enter(ctx, at, e, joined.Password)
	}
	if errors.Is(err, ErrRefused) {
		r.log("computer player %s may not join race %d: %v", r.name, race, err)
		sleep(ctx, waitForGo) // the same would come of it at once
		return nil
	}
	if err != nil {
		return err
	}
	r.log("computer player %s joins race %d of user %d", r.name, race, e.Owner)
	err = r.wait(ctx, at, e)
	if leaving := at.Leave(context.WithoutCancel(ctx), e.Comm); err == nil {
		err = leaving
	}
	return err
}

func (r *resident) car() uint32 {
	if len(r.seat.Home.Vehicles) == 0 {
		return 0
	}
	return r.seat.Home.Vehicles[0].VehicleID
}

// enter goes into the room of the race and says that it is ready. A list of all ports may name a room that is somewhere else:
// one that is empty but for us was opened by us just now.
func (r *resident) enter(ctx context.Context, at *LobbyConn, e nps.RiffEntry, password mcots.RacePassword) error {
	body := at.RaceChannel(e.Comm, e.Name, password, e.Data)
	granted, err := at.Open(ctx, body)
	if err != nil {
		return err
	}
	users, err := at.Users(ctx, granted.Comm)
	if err != nil {
		return err
	}
	for _, u := range users.Users {
		if u.User == e.Owner {
			if err := at.SetUserData(ctx, r.seat.Home.DriverData()); err != nil {
				return err
			}
			return at.SetReady(ctx, e.Comm, true)
		}
	}
	if err := at.Leave(ctx, granted.Comm); err != nil {
		return err
	}
	return fmt.Errorf("%w: the room of race %d is on another port", ErrRefused, uint32(e.Data.Race))
}

// wait waits in the room for the start and races.
func (r *resident) wait(ctx context.Context, at *LobbyConn, e nps.RiffEntry) error {
	before, last, err := r.seat.inbox.await(ctx, waitForStart, "the start", func(v Event) bool {
		switch body := v.Body.(type) {
		case *nps.CommBody:
			return body.Comm == e.Comm && (v.Message.Number == nps.GameServerStarted.Number || v.Message.Number == nps.ChannelDeleted.Number)
		case *nps.UserCommBody:
			return body.Comm == e.Comm && body.User == e.Owner // the host left
		}
		return false
	})
	if err != nil {
		return ctx.Err() // nothing came of it
	}
	if last.Message.Number != nps.GameServerStarted.Number {
		return nil
	}
	info, err := startNotice(before, e.Comm, e.Owner)
	if err != nil {
		return err
	}
	port, err := r.seat.Client.ConnectRoom(ctx, trim(info.IP), int(info.Port))
	if err != nil {
		return err
	}
	defer port.Close()
	if err := port.arriveAtRace(ctx, r.seat.Home.DriverData()); err != nil {
		return err
	}
	return r.race(ctx, port, e)
}

// race drives from the go to the results.
func (r *resident) race(ctx context.Context, port *LobbyConn, e nps.RiffEntry) error {
	race := uint32(e.Data.Race)
	_, v, err := r.seat.inbox.await(ctx, waitForGo, "the go", func(v Event) bool {
		body, ok := v.Body.(*mcots.RaceStarted)
		return ok && body.RaceID == race
	})
	if err != nil {
		return ctx.Err()
	}
	slot := uint8(0)
	for i, s := range v.Body.(*mcots.RaceStarted).Racers {
		if s.ID == r.user {
			slot = uint8(i)
		}
	}
	took, err := r.drive(ctx, port, slot, r.pace(e.Data.Laps>>4))
	if err != nil {
		return err
	}
	laps := max(time.Duration(e.Data.Laps>>4), 1)
	finish := Finish{Time: took, BestLap: took / laps * 49 / 50, Top: 52, Average: 38}
	if err := r.seat.Transactions.Finish(ctx, race, finish); err != nil {
		return err
	}
	_, _, err = r.seat.inbox.await(ctx, waitForEnd, "the results", func(v Event) bool {
		body, ok := v.Body.(*mcots.FinalResults)
		return ok && body.RaceID == race
	})
	if err == nil {
		r.log("computer player %s has raced race %d in %s", r.name, race, took.Round(time.Millisecond))
	}
	return ctx.Err()
}

// pace is how long a race takes.
func (r *resident) pace(laps uint8) time.Duration {
	const longest = 15 * time.Minute
	lap := r.Config.Lap*19/20 + rand.N(r.Config.Lap/10)
	return min(lap*time.Duration(max(laps, 1)), longest)
}

// drive tells the others where the car is until the finish. When somebody else is through, the resident is not long behind.
func (r *resident) drive(ctx context.Context, port *LobbyConn, slot uint8, pace time.Duration) (time.Duration, error) {
	const behind = 5 * time.Second
	begin := time.Now()
	ticker := time.NewTicker(time.Second / residentHz)
	defer ticker.Stop()
	events := port.Events()
	for {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case v, ok := <-events:
			if !ok {
				return 0, port.Err()
			}
			if body, ok := v.Body.(*nps.RelayBody); ok && len(body.Blob) > 0 && body.Blob[0] == blobFinished {
				pace = min(pace, time.Since(begin)+behind)
			}
		case <-ticker.C:
			passed := time.Since(begin)
			if passed >= pace {
				return passed, port.Relay(ctx, finishedBlob(passed, slot))
			}
			if err := port.Relay(ctx, AppendPosition(nil, int32(ticks(passed)), onTrack(passed, slot))); err != nil {
				return 0, err
			}
		}
	}
}

// finishedBlob is SPAM_FINISHED_RACE: u8 7, i32 tick, i8 car, i8 finish type, i8 faulted (nps-lobby-rooms 7.5).
func finishedBlob(passed time.Duration, slot uint8) []byte {
	b := binary.LittleEndian.AppendUint32([]byte{blobFinished}, ticks(passed))
	return append(b, slot, 0, 0)
}
