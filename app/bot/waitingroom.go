package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mcos/protocol/mcots"
	"mcos/protocol/nps"
)

// What racers do from their reservation to the word of where the race is.

// reserve gets a place in the race. Only the host's place makes the race; the others find it in the list of rooms.
func (r *racer) reserve(ctx context.Context) error {
	if !r.isHost() {
		return r.join(ctx)
	}
	lobby, factor := r.e.raceLobby(r.seat.Home)
	made, err := r.seat.Transactions.CreateRace(ctx, mcots.CreateRace{
		LobbyID: lobby, EntryFee: r.fee, MaxRacers: mcots.RaceSlots, MinRacers: 1, Laps: 2, Damage: true,
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.race, r.password, r.riff = made.RaceID, made.Password, fmt.Sprintf("%s %d", r.persona, made.RaceID)
	r.stake = stake{
		fee: made.EntryFee, purse: r.e.purse(r.seat.Home, made.EntryFee),
		perPlayer: made.PerPlayerPurseBonus, perRace: made.PerRacePurseBonus, factor: factor,
	}
	if made.EntryFee != r.fee {
		return fmt.Errorf("the fee is %d, asked for was %d", made.EntryFee, r.fee)
	}
	return nil
}

func (r *racer) join(ctx context.Context) error {
	if err := r.meeting.wait(ctx, inRoom, true); err != nil {
		return err
	}
	entry, err := r.seat.Lobby.FindRace(ctx, r.race)
	if err != nil {
		return err
	}
	if entry == nil {
		if !r.meeting.present()[r.heat.host.user] {
			return errHostGone
		}
		return fmt.Errorf("race %d is not in the list of race rooms", r.race)
	}
	r.comm = entry.Comm
	if entry.Password != "" {
		return fmt.Errorf("the list of race rooms gives away the password of race %d", r.race)
	}
	joined, err := r.seat.Transactions.JoinRace(ctx, r.race, r.car())
	var refusal *Refusal
	if errors.As(err, &refusal) && refusal.Reason == mcots.ReasonTooManyPlayers {
		return errNoPlace
	}
	if err == nil && joined.Password != r.password {
		err = errors.New("host and joiner were told different passwords")
	}
	return err
}

func (r *racer) car() uint32 { return r.heat.vehicles[r.user] }

// channelData describes the race to those who look at the list (nps-lobby-rooms 5.2).
func (r *racer) channelData() nps.ChannelData {
	d := nps.ChannelData{
		Race: int32(r.race), EntryFee: int32(r.stake.fee), BonusPerPlayer: int32(r.stake.perPlayer), BonusPerRace: int32(r.stake.perRace),
		Racers: mcots.RaceSlots | 1<<4, Laps: 2 << 4, Host: r.user,
	}
	nps.PutText(d.RaceName[:], r.riff)
	nps.PutText(d.HostName[:], r.persona)
	for i, racer := range r.racers {
		d.Users[i] = racer.user
	}
	d.Cars[0] = int32(r.car())
	return d
}

// enter goes into the room of the race.
func (r *racer) enter(ctx context.Context) error {
	lobby := r.seat.Lobby
	body := lobby.RaceChannel(r.comm, r.riff, r.password, r.channelData())
	if !r.isHost() && r.heat.number == 1 {
		wrong := body
		wrong.Password = "WRONG123"
		if _, err := lobby.Open(ctx, wrong); err == nil {
			r.e.log("race %d: note: %s got into the private room with a wrong password", r.heat.number, r.persona)
		} else if !errors.Is(err, ErrRefused) {
			return err
		}
	}
	granted, err := lobby.Open(ctx, body)
	if err != nil {
		return err
	}
	if !r.isHost() && granted.Comm != r.comm {
		return fmt.Errorf("asked for channel %d, let into %d", r.comm, granted.Comm)
	}
	r.comm = granted.Comm
	return nil
}

// getReady waits until all are in the room and known to each other, and says that it is ready.
func (r *racer) getReady(ctx context.Context) error {
	if err := r.meeting.wait(ctx, inRoom, false); err != nil {
		return err
	}
	for user := range r.meeting.present() {
		_, _, err := r.seat.inbox.await(ctx, r.e.patience(), fmt.Sprintf("the notice that user %d is in the room", user), joined(user, r.comm))
		if err != nil && r.meeting.present()[user] {
			return err
		}
	}
	data := r.seat.Home.DriverData()
	if err := r.seat.Lobby.SetUserData(ctx, data); err != nil {
		return err
	}
	if r.isHost() {
		if err := r.seat.Lobby.SetChannelData(ctx, r.comm, r.channelData()); err != nil {
			return err
		}
	}
	return r.seat.Lobby.SetReady(ctx, r.comm, true)
}

func joined(user, comm uint32) func(Event) bool {
	return func(e Event) bool {
		body, ok := e.Body.(*nps.UserJoinedBody)
		return ok && e.Message.Number == nps.UserJoined.Number && body.User == user && body.Comm == comm
	}
}

// beTold has the host start the race's server, and waits for word of where it is.
func (r *racer) beTold(ctx context.Context) error {
	if r.isHost() {
		if err := r.meeting.wait(ctx, ready, false); err != nil {
			return err
		}
		if err := r.allReady(ctx); err != nil {
			return err
		}
		// The notices of the host's entry are no longer wanted: one more comes with the start.
		if err := r.seat.Lobby.StartGameServer(ctx, r.comm); err != nil {
			return err
		}
		r.meeting.reach(r.user, ready)
	}
	before, _, err := r.awaitFromHost(ctx, "the start of the race server", func(e Event) bool {
		body, ok := e.Body.(*nps.CommBody)
		return ok && e.Message.Number == nps.GameServerStarted.Number && body.Comm == r.comm
	})
	if err != nil {
		return err
	}
	info, err := startNotice(before, r.comm, r.heat.host.user)
	if err != nil {
		return err
	}
	r.port, err = r.seat.Client.ConnectRoom(ctx, trim(info.IP), int(info.Port))
	return err
}

// awaitFromHost is await that ends when the host goes.
func (r *racer) awaitFromHost(ctx context.Context, what string, match func(Event) bool) ([]Event, Event, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		for {
			r.meeting.mu.Lock()
			_, there := r.meeting.at[r.heat.host.user]
			changed := r.meeting.changed
			r.meeting.mu.Unlock()
			if !there {
				cancel(errHostGone)
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}()
	before, e, err := r.seat.inbox.await(ctx, r.e.patience(), what, match)
	if err != nil && errors.Is(context.Cause(ctx), errHostGone) {
		err = errHostGone
	}
	return before, e, err
}

// startNotice checks what was told before 0x21C: where the race is, then that the host is in (nps-lobby-rooms 6.5).
func startNotice(before []Event, comm, host uint32) (*nps.ServerInfoBody, error) {
	for i := len(before) - 1; i >= 0; i-- {
		info, ok := before[i].Body.(*nps.ServerInfoBody)
		if !ok || info.Comm != comm {
			continue
		}
		if !slices.ContainsFunc(before[i:], joined(host, comm)) {
			return nil, fmt.Errorf("%w: the start of channel %d was told without the host's entry (0x20C) after the server's address (0x20D)", ErrUnexpected, comm)
		}
		return info, nil
	}
	return nil, fmt.Errorf("%w: the start of channel %d was told without the server's address (0x20D)", ErrUnexpected, comm)
}

// allReady waits until the ready list holds everybody who is still there and nobody else, all ready, the host the only master.
func (r *racer) allReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.e.patience())
	defer cancel()
	for {
		list, err := r.seat.Lobby.ReadyList(ctx, r.comm)
		if err != nil {
			return err
		}
		wrong := readyProblem(list.Entries, r.meeting.present(), r.user)
		if wrong == "" {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the ready list stays wrong: %s", wrong)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func readyProblem(entries []nps.ReadyEntry, present map[uint32]bool, host uint32) string {
	seen := map[uint32]bool{}
	for _, e := range entries {
		switch {
		case !present[e.User]:
			return fmt.Sprintf("user %d is in it, who is not in the room any more", e.User)
		case seen[e.User]:
			return fmt.Sprintf("user %d is in it twice", e.User)
		case !e.Ready:
			return fmt.Sprintf("user %d is not ready", e.User)
		case e.Master != (e.User == host):
			return fmt.Sprintf("master of user %d is %t, the host is %d", e.User, e.Master, host)
		}
		seen[e.User] = true
	}
	if len(seen) < len(present) {
		return fmt.Sprintf("it holds %d of %d racers", len(seen), len(present))
	}
	return ""
}
