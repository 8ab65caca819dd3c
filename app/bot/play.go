package bot

import (
	"context"
	"fmt"
	"time"

	"mcos/protocol/mcots"
)

// farewell bounds the logout of a session that was called off.
const farewell = 5 * time.Second

// play is a session in progress.
type play struct {
	Player
	script  Script
	sum     Summary
	starter *Car                  // bought by the first login of a new persona
	dialog  *Dialog               // in which a new persona is being made
	look    *mcots.PlayerPhysical // of a new persona
	watch   watch
}

// Play runs a whole session as the original client does (README 3): sign up or log in, make or pick a persona, fetch the
// Home screen, enter the lobby and a room, idle there, and log out in order. It stops at the first step that fails. The summary
// is never nil and holds what was reached.
//
// When ctx ends during the idle time, the bot still says goodbye, and Play returns the error of ctx.
func (c *Client) Play(ctx context.Context, script Script) (*Summary, error) {
	p := &play{Player: Player{Client: c}, script: script}
	p.sum = Summary{Account: script.Account.Name, Seed: c.opts.Seed, Cars: []CarSummary{}, Present: []string{}}
	p.watch.init(script.OnEvent)
	err := p.run(ctx)
	p.hangUp()
	p.watch.report(&p.sum)
	return &p.sum, err
}

func (p *play) run(ctx context.Context) error {
	for _, part := range []func(context.Context) error{p.comeIn, p.becomeSomebody, p.goHome, p.meet, p.stay} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	if ctx.Err() == nil {
		return p.leave(ctx)
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	if err := p.leave(late); err != nil {
		return err
	}
	return ctx.Err()
}

// hangUp closes whatever is still open.
func (p *play) hangUp() {
	if p.Room != nil {
		p.Room.Close()
	}
	if p.Transactions != nil {
		p.Transactions.Close()
	}
	if p.dialog != nil {
		p.dialog.Close()
	}
	if p.Lobby != nil {
		p.Lobby.Close()
	}
}

// step runs one step and reports it.
func (p *play) step(ctx context.Context, name string, do func(context.Context) (string, error)) error {
	now := p.Client.opts.Now
	start := now()
	detail, err := do(ctx)
	s := Step{Number: len(p.sum.Steps) + 1, Name: name, Detail: detail, Took: now().Sub(start), Err: err}
	if err != nil {
		s.Error = err.Error()
	}
	p.sum.Steps = append(p.sum.Steps, s)
	if p.script.OnStep != nil {
		p.script.OnStep(s)
	}
	return err
}

// steps runs named steps in order.
func (p *play) steps(ctx context.Context, list ...namedStep) error {
	for _, s := range list {
		if err := p.step(ctx, s.name, s.do); err != nil {
			return err
		}
	}
	return nil
}

type namedStep struct {
	name string
	do   func(context.Context) (string, error)
}

// comeIn gets an account's ticket, the shard and the session key accepted.
func (p *play) comeIn(ctx context.Context) error {
	var list []namedStep
	if p.script.SignUp {
		list = append(list, namedStep{"sign up", func(ctx context.Context) (string, error) {
			return "account " + p.script.Account.Name, p.Client.SignUp(ctx, p.script.Account)
		}})
	}
	auth := func(ctx context.Context) (string, error) { return "a ticket", p.Client.Auth(ctx, p.script.Account) }
	list = append(list,
		namedStep{"auth login", auth},
		namedStep{"shard list", p.shards},
		namedStep{"auth login again", auth},
		namedStep{"pub.key", func(ctx context.Context) (string, error) {
			key, err := p.Client.PubKey(ctx)
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("RSA %d", key.N.BitLen()), nil
		}},
		namedStep{"login", func(ctx context.Context) (string, error) {
			valid, err := p.Client.Login(ctx)
			if err != nil {
				return "", err
			}
			p.sum.Customer = valid.Customer
			return fmt.Sprintf("customer %d", valid.Customer), nil
		}},
	)
	return p.steps(ctx, list...)
}

func (p *play) shards(ctx context.Context) (string, error) {
	shards, err := p.Client.Shards(ctx)
	if err != nil {
		return "", err
	}
	s := p.Client.Shard()
	p.sum.Shard = s.Name
	return fmt.Sprintf("%d shard(s), %q with id %d, %d online", len(shards), s.Name, s.ID, s.Population), nil
}

// goHome opens lobby and transactions and fetches everything up to the Home screen.
func (p *play) goHome(ctx context.Context) error {
	return p.steps(ctx,
		namedStep{"lobby", p.enterLobby},
		namedStep{"transactions", p.connect},
		namedStep{"transaction login", p.logIn},
		namedStep{"home screen", p.home},
		namedStep{"cars", p.cars},
		namedStep{"buddies", func(ctx context.Context) (_ string, err error) {
			p.sum.Buddies, err = p.Client.Buddies(ctx)
			return fmt.Sprintf("%d buddies", p.sum.Buddies), err
		}},
		namedStep{"mail", func(ctx context.Context) (string, error) {
			ids, err := p.Client.Mails(ctx)
			p.sum.Mails = len(ids)
			return fmt.Sprintf("%d mails", len(ids)), err
		}},
	)
}

func (p *play) enterLobby(ctx context.Context) (string, error) {
	lobby, err := p.Client.Lobby(ctx)
	if err != nil {
		return "", err
	}
	p.Lobby = lobby
	p.watch.follow(lobby.Events())
	channels, err := lobby.Channels(ctx)
	if err != nil {
		return "", err
	}
	p.sum.Channels = len(channels.Riffs)
	names, err := lobby.Names(ctx, 0)
	if err != nil {
		return "", err
	}
	for _, u := range names.Users {
		p.watch.know(u.User, u.Name)
	}
	return fmt.Sprintf("%d channels, %d users", len(channels.Riffs), len(names.Users)), nil
}

func (p *play) connect(ctx context.Context) (string, error) {
	t, err := p.Client.Transactions(ctx)
	if err != nil {
		return "", err
	}
	p.Transactions = t
	p.watch.follow(t.Events())
	return t.Where(), nil
}

func (p *play) logIn(ctx context.Context) (string, error) {
	done, err := p.Transactions.Login(ctx, nil)
	if err != nil {
		return "", err
	}
	return "server time " + time.Unix(int64(done.ServerTime), 0).UTC().Format(time.RFC3339), nil
}

func (p *play) home(ctx context.Context) (string, error) {
	h, err := p.Transactions.Home(ctx)
	if err != nil {
		return "", err
	}
	p.Home = h
	if p.look != nil && h.Look != *p.look {
		return "", fmt.Errorf("%w: the look sent was %+v, what comes back is %+v", ErrMalformed, *p.look, h.Look)
	}
	p.sum.Balance, p.sum.Level, p.sum.Points = h.Player.BankBalance, h.Player.Level, h.Player.Points
	p.sum.Lobbies, p.sum.LooseParts = len(h.Lobbies), len(h.Parts)
	return fmt.Sprintf("balance %d, level %d, %d car(s), %d lobbies, %d URLs", h.Player.BankBalance, h.Player.Level,
		len(h.Vehicles), len(h.Lobbies), len(h.URLs)), nil
}

// cars looks at every car; the first one came with the Home screen.
func (p *play) cars(ctx context.Context) (string, error) {
	parts := 0
	p.sum.Cars = p.sum.Cars[:0]
	for i, v := range p.Home.Vehicles {
		info := p.Home.Car
		if i > 0 {
			var err error
			if info, err = p.Transactions.Vehicle(ctx, v.VehicleID); err != nil {
				return "", err
			}
		}
		p.sum.Cars = append(p.sum.Cars, CarSummary{
			Vehicle: v.VehicleID, BrandedPart: v.BrandedPartID, Skin: info.Vehicle.SkinID, Parts: len(info.Parts),
		})
		parts += len(info.Parts)
	}
	if err := p.starterSold(); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d car(s) of %d parts in all", len(p.sum.Cars), parts), nil
}

// starterSold holds the first car of a new persona against what was chosen.
func (p *play) starterSold() error {
	switch {
	case p.starter == nil:
		return nil
	case len(p.sum.Cars) == 0:
		return fmt.Errorf("%w: the starter car %d was not sold", ErrRefused, p.starter.BrandedPart)
	}
	if got := p.sum.Cars[0]; got.BrandedPart != p.starter.BrandedPart || got.Skin != p.starter.Skin {
		return fmt.Errorf("%w: chosen was car %d in skin %d, sold was car %d in skin %d",
			ErrMalformed, p.starter.BrandedPart, p.starter.Skin, got.BrandedPart, got.Skin)
	}
	return nil
}

// meet enters the room and buys the second car.
func (p *play) meet(ctx context.Context) error {
	list := []namedStep{{"room", p.enterRoom}}
	if p.script.SecondCar != nil {
		list = append(list, namedStep{"second car", p.buyCar})
	}
	return p.steps(ctx, list...)
}

func (p *play) enterRoom(ctx context.Context) (string, error) {
	comm := p.script.Room
	if comm == 0 {
		comm = 1
	}
	room, err := p.Client.EnterRoom(ctx, p.Lobby, comm, p.Home.DriverData())
	if err != nil {
		return "", err
	}
	p.Room = room
	p.sum.Room = room.Info.Riff
	for _, u := range room.Members {
		p.sum.Present = append(p.sum.Present, u.Name)
		p.watch.know(u.User, u.Name)
	}
	p.watch.follow(room.Events())
	return fmt.Sprintf("%q at %s, %d there", room.Info.Riff, room.Where(), len(room.Members)), nil
}

// stay spends the time in the room.
func (p *play) stay(ctx context.Context) error {
	if p.script.InRoom != nil {
		err := p.step(ctx, "own program", func(ctx context.Context) (string, error) { return "", p.script.InRoom(ctx, &p.Player) })
		if err != nil {
			return err
		}
	}
	return p.step(ctx, "idle", p.idle)
}

func (p *play) idle(ctx context.Context) (string, error) {
	if p.script.Chat != "" {
		if err := p.Room.Say(ctx, p.Room.Channel, p.script.Chat); err != nil {
			return "", err
		}
	}
	timer := time.NewTimer(p.script.Idle)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return "called off", nil // see run
	case <-p.Room.Done():
		return "", &Error{Step: "idle", Where: p.Room.Where(), Err: p.Room.Err()}
	case <-p.Lobby.Done():
		return "", &Error{Step: "idle", Where: p.Lobby.Where(), Err: p.Lobby.Err()}
	case <-p.Transactions.Done():
		return "", &Error{Step: "idle", Where: p.Transactions.Where(), Err: p.Transactions.Err()}
	}
	return p.script.Idle.String(), nil
}

// leave logs out in the recorded order (nps-login-persona 7.5).
func (p *play) leave(ctx context.Context) error {
	return p.steps(ctx,
		namedStep{"leave room", func(ctx context.Context) (string, error) { return "", p.Room.Exit(ctx) }},
		namedStep{"transaction logout", func(ctx context.Context) (string, error) {
			if err := p.Transactions.Screen(ctx, "ExitToSystem"); err != nil {
				return "", err
			}
			return "", p.Transactions.Logout(ctx)
		}},
		namedStep{"persona logout", func(ctx context.Context) (string, error) { return "", p.Client.LogoutPersona(ctx) }},
		namedStep{"leave lobby", func(context.Context) (string, error) {
			p.Lobby.Close()
			return "", nil
		}},
	)
}
