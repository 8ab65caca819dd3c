package bot

import (
	"context"
	"fmt"

	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// machineReport is the text of a tracking message of type 1 (mcots-1 3.5).
const machineReport = `2,I,1,0,1536,"Headless",173`

// Home is everything that the client fetches between login and Home screen (mcots-1 4).
type Home struct {
	Lobbies    []mcots.LobbyInfo
	Purses     []mcots.PurseEntry
	ArcadeCars []mcots.ArcadeCar
	URLs       []mcots.GameURL
	Tunables   mcots.Tunables
	Vehicles   []mcots.OwnedVehicle
	Player     mcots.PlayerInfo
	Look       mcots.PlayerPhysical
	Parts      []mcots.Part       // loose ones
	Car        *mcots.VehicleInfo // the first car; nil without cars
	History    []mcots.HistoryRecord
}

// Home fetches all that, in the recorded order.
func (t *Transactions) Home(ctx context.Context) (*Home, error) {
	h := &Home{}
	for _, fetch := range []func(context.Context, *Home) error{
		t.lobbies, t.arcadeCars, t.urls, t.tunables, t.vehicles, t.player, t.look, t.possessions, t.history,
	} {
		if err := fetch(ctx, h); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// lobbies asks for the lobbies; the fees and purses come with them (mcots-1 4.1).
func (t *Transactions) lobbies(ctx context.Context, h *Home) error {
	last := false // the purses are coming
	c := &call{
		step: "lobbies", packet: generic(mcots.MsgGetLobbies),
		want: []*wire.Message{mcots.MsgLobbies.Message, mcots.MsgPurseInfo.Message},
		more: func(f wire.Frame) bool {
			last = last || f.Number == mcots.MsgPurseInfo.Number
			return f.Number != mcots.MsgFailed.Number && (!last || follows(moreInList)(f))
		},
	}
	a, err := transact(ctx, t.link, c)
	if err != nil {
		return err
	}
	if a.frames[0].Number != mcots.MsgLobbies.Number {
		a.frame = a.frames[0]
		return a.fail(mcots.MsgLobbies.String(), ErrUnexpected)
	}
	for _, a.frame = range a.frames {
		switch {
		case a.frame.Number == mcots.MsgPurseInfo.Number:
			body, err := decode(a, mcots.MsgPurseInfo)
			if err != nil {
				return err
			}
			h.Purses = append(h.Purses, body.Entries...)
		case h.Purses != nil:
			return a.fail(mcots.MsgPurseInfo.String(), ErrUnexpected)
		default:
			body, err := decode(a, mcots.MsgLobbies)
			if err != nil {
				return err
			}
			h.Lobbies = append(h.Lobbies, body.Lobbies...)
		}
	}
	return nil
}

// list fetches a list that may come in several frames.
func list[T any](ctx context.Context, l *link, c *call, m wire.Msg[T], offset int, each func(*T)) error {
	c.want = []*wire.Message{m.Message}
	c.more = func(f wire.Frame) bool { return f.Number == m.Number && follows(offset)(f) }
	a, err := transact(ctx, l, c)
	if err != nil {
		return err
	}
	for _, a.frame = range a.frames {
		body, err := decode(a, m)
		if err != nil {
			return err
		}
		each(body)
	}
	return nil
}

func (t *Transactions) arcadeCars(ctx context.Context, h *Home) error {
	return list(ctx, t.link, &call{step: "arcade cars", packet: generic(mcots.MsgGetArcadeCars)}, mcots.MsgArcadeCars, moreInList,
		func(b *mcots.ArcadeCars) { h.ArcadeCars = append(h.ArcadeCars, b.Cars...) })
}

func (t *Transactions) urls(ctx context.Context, h *Home) error {
	return list(ctx, t.link, &call{step: "game URLs", packet: generic(mcots.MsgGetGameURLs)}, mcots.MsgGameURLs, moreInList,
		func(b *mcots.GameURLs) { h.URLs = append(h.URLs, b.URLs...) })
}

func (t *Transactions) tunables(ctx context.Context, h *Home) error {
	body, err := read(ctx, t, "tunables", generic(mcots.MsgGetTunables), mcots.MsgTunables)
	if err == nil {
		h.Tunables = *body
	}
	return err
}

func (t *Transactions) vehicles(ctx context.Context, h *Home) (err error) {
	h.Vehicles, err = t.Vehicles(ctx)
	return err
}

func (t *Transactions) player(ctx context.Context, h *Home) error {
	body, err := t.Player(ctx, t.persona.Persona)
	if err == nil {
		h.Player = *body
	}
	return err
}

func (t *Transactions) look(ctx context.Context, h *Home) error {
	body, err := t.Look(ctx, t.persona.Persona)
	if err == nil {
		h.Look = *body
	}
	return err
}

// possessions asks for the loose parts and the first car, and reports the machine: the client sends all three without waiting
// in between.
func (t *Transactions) possessions(ctx context.Context, h *Home) error {
	parts := &call{step: "owned parts", packet: generic(mcots.MsgGetOwnedParts), want: []*wire.Message{mcots.MsgOwnedParts.Message}}
	refusable(parts)
	calls := []*call{parts}
	var car *call
	if len(h.Vehicles) > 0 {
		car = vehicleCall(h.Vehicles[0].VehicleID)
		refusable(car)
		calls = append(calls, car)
	}
	machine := mcots.MsgTracking.With(&mcots.Tracking{Type: mcots.TrackingMachine, Text: machineReport})
	if err := t.link.do(ctx, append(calls, &call{step: "tracking", packet: machine})...); err != nil {
		return err
	}
	a, err := t.link.judged(parts)
	if err != nil {
		return err
	}
	if h.Parts, err = partsList(a, mcots.MsgOwnedParts, t.persona.Persona); err != nil || car == nil {
		return err
	}
	if a, err = t.link.judged(car); err != nil {
		return err
	}
	h.Car, err = vehicleInfo(a, h.Vehicles[0].VehicleID)
	return err
}

// history reports the Home screen and asks for the racing history.
func (t *Transactions) history(ctx context.Context, h *Home) error {
	if err := t.Screen(ctx, "Home"); err != nil {
		return err
	}
	request := generic(mcots.MsgGetRacingHistory, t.persona.Persona)
	return list(ctx, t.link, &call{step: "racing history", packet: request}, mcots.MsgRacingHistory, moreInHistory,
		func(b *mcots.RacingHistory) { h.History = append(h.History, b.Records...) })
}

// Screen reports that a screen was visited, such as Home or ExitToSystem (440, mcots-1 3.5); it is not answered.
func (t *Transactions) Screen(ctx context.Context, name string) error {
	text := fmt.Sprintf(`"%s",%s,0`, t.now().Format("06/01/02 15:04:05"), name)
	p := mcots.MsgTracking.With(&mcots.Tracking{Type: mcots.TrackingScreen, Text: text})
	_, err := t.Ask(ctx, "tracking", p)
	return err
}

// Player asks for a persona's record (108, mcots-1 4.9); it is answered with 108, or with 122 where a server is told to.
func (t *Transactions) Player(ctx context.Context, persona uint32) (*mcots.PlayerInfo, error) {
	a, err := transact(ctx, t.link, &call{
		step: "player info", packet: generic(mcots.MsgGetPlayerInfo, persona),
		want: []*wire.Message{mcots.MsgPlayerInfo.Message, mcots.MsgPlayerInfo122.Message},
	})
	if err != nil {
		return nil, err
	}
	info, err := decode(a, mcots.MsgPlayerInfo)
	if err == nil && info.PlayerID != persona {
		err = a.fail(mcots.MsgPlayerInfo.String(), fmt.Errorf("%w: it is about persona %d, asked was %d", ErrMalformed, info.PlayerID, persona))
	}
	return info, err
}

// Look asks how a persona looks (264, mcots-1 4.10).
func (t *Transactions) Look(ctx context.Context, persona uint32) (*mcots.PlayerPhysical, error) {
	return read(ctx, t, "player look", generic(mcots.MsgGetPlayerPhysical, persona), mcots.MsgPlayerPhysical)
}

// SetOptions sets plate and car numbers (109, mcots-1 6.2).
func (t *Transactions) SetOptions(ctx context.Context, o mcots.SetOptions) error {
	_, err := accepted(ctx, t.link, "set options", mcots.MsgSetOptions.With(&o), false)
	return err
}

// SetLook sets how the persona looks (266, mcots-1 6.3); its id is filled in.
func (t *Transactions) SetLook(ctx context.Context, look mcots.PlayerPhysical) error {
	look.PlayerID = t.persona.Persona
	_, err := accepted(ctx, t.link, "set look", mcots.MsgUpdatePlayerPhysical.With(&look), false)
	return err
}

// SetDescription sets the persona's description (492, mcots-1 6.4). ErrText says that its wording was refused.
func (t *Transactions) SetDescription(ctx context.Context, text string) error {
	a, err := transact(ctx, t.link, &call{
		step: "set description", packet: mcots.MsgSetDescription.With(&mcots.SetDescription{Description: text}),
		want: []*wire.Message{mcots.MsgSuccess.Message, mcots.MsgDescriptionSet.Message, mcots.MsgFilthyText.Message},
	})
	if err == nil && a.frame.Number == mcots.MsgFilthyText.Number {
		return a.fail(mcots.MsgSuccess.String(), ErrText)
	}
	return err
}

// DriverData makes what others see of driver and car from what was fetched for the Home screen (nps-lobby-rooms 5.1).
func (h *Home) DriverData() nps.UserData {
	d := nps.UserData{
		Driver: uint8(h.Look.BodyType), SkinColor: h.Look.SkinColor, HairColor: h.Look.HairColor,
		ShirtColor: h.Look.ShirtColor, PantsColor: h.Look.PantsColor,
		Club: h.Player.Club, State: nps.UserDataValid, Points: h.Player.Points, Level: uint16(h.Player.Level),
	}
	if h.Car != nil {
		d.Car, d.Skin, d.CarFlags = h.Car.Vehicle.VehicleID, h.Car.Vehicle.SkinID, 2
		d.Model = h.Vehicles[0].BrandedPartID
	}
	return d
}
