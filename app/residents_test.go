package app_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/bot"
	"mcos/app/config"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
)

// TestAComputerPlayerRaces has a lone player open a race: a computer player joins,
// gets ready, drives on the race port, finishes behind the player, and both are in
// the results with their prizes.
func TestAComputerPlayerRaces(t *testing.T) {
	a := start(t, func(c *config.Config) { c.Bots.Count = 1 })
	require.Eventually(t, func() bool { return a.Sessions().Playing() == 1 }, enough, 50*time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), enough)
	defer cancel()
	h := &loneHost{events: make(chan bot.Event, 256)}
	s := script("Marty", true)
	s.OnEvent = func(e bot.Event) {
		if _, chatter := e.Body.(*nps.RelayBody); !chatter {
			h.events <- e
		}
	}
	s.InRoom = h.race
	_, err := bot.New(target(t, a), bot.Options{}).Play(ctx, s)
	require.NoError(t, err)

	assert.Positive(t, h.positions, "the computer player shows where its car is")
	require.NotNil(t, h.results)
	me, other := h.results.Racers[0], h.results.Racers[1]
	assert.Equal(t, h.user, me.ID, "the player was first")
	assert.Equal(t, h.guest, other.ID)
	assert.Positive(t, other.RaceTime)
	assert.Greater(t, other.RaceTime, me.RaceTime)
	assert.Positive(t, me.CashWon)
	assert.Positive(t, other.CashWon)
	settled(t, a)
}

// loneHost opens a race and waits for company.
type loneHost struct {
	events      chan bot.Event
	user, guest uint32
	comm        uint32 // the race's room
	positions   int
	results     *mcots.FinalResults
}

const raceFee = 100

func (h *loneHost) race(ctx context.Context, p *bot.Player) error {
	h.user = p.Home.Player.PlayerID
	made, comm, err := h.open(ctx, p)
	if err != nil {
		return err
	}
	h.comm = comm
	joined, err := awaitBody(ctx, h.events, func(e *nps.UserJoinedBody) bool { return e.Comm == comm && e.User != h.user })
	if err != nil {
		return fmt.Errorf("nobody joined: %w", err)
	}
	h.guest = joined.User
	if err := h.startServer(ctx, p, comm); err != nil {
		return err
	}
	info, err := awaitBody(ctx, h.events, func(e *nps.ServerInfoBody) bool { return e.Comm == comm })
	if err != nil {
		return fmt.Errorf("no race server: %w", err)
	}
	port, err := p.Client.ConnectRoom(ctx, "127.0.0.1", int(info.Port))
	if err != nil {
		return err
	}
	defer port.Close()
	if err := h.drive(ctx, p, port, made.RaceID); err != nil {
		return err
	}
	h.results, err = awaitBody(ctx, h.events, func(r *mcots.FinalResults) bool { return r.RaceID == made.RaceID })
	if err != nil {
		return fmt.Errorf("no results: %w", err)
	}
	return p.Lobby.Leave(ctx, comm)
}

// open creates the race and its room.
func (h *loneHost) open(ctx context.Context, p *bot.Player) (*mcots.RaceCreated, uint32, error) {
	var lobby uint32
	for _, l := range p.Home.Lobbies {
		if l.RaceType == mcots.RaceSimStreet {
			lobby = l.LobbyID
		}
	}
	made, err := p.Transactions.CreateRace(ctx, mcots.CreateRace{LobbyID: lobby, EntryFee: raceFee, MaxRacers: 2, MinRacers: 1, Laps: 1})
	if err != nil {
		return nil, 0, err
	}
	data := nps.ChannelData{Race: int32(made.RaceID), EntryFee: raceFee, Racers: 2 | 1<<4, Laps: 1 << 4, Host: h.user}
	granted, err := p.Lobby.Open(ctx, p.Lobby.RaceChannel(0, "Alone", made.Password, data))
	if err != nil {
		return nil, 0, err
	}
	return made, granted.Comm, nil
}

// startServer waits until both are ready.
func (h *loneHost) startServer(ctx context.Context, p *bot.Player, comm uint32) error {
	if err := p.Lobby.SetReady(ctx, comm, true); err != nil {
		return err
	}
	err := poll(ctx, func() (bool, error) {
		list, err := p.Lobby.ReadyList(ctx, comm)
		if err != nil {
			return false, err
		}
		ready := 0
		for _, e := range list.Entries {
			if e.Ready {
				ready++
			}
		}
		return ready == 2, nil
	})
	if err != nil {
		return fmt.Errorf("not both are ready: %w", err)
	}
	return p.Lobby.StartGameServer(ctx, comm)
}

// drive starts the race once the guest's car is there, and finishes after the
// guest has been seen driving.
func (h *loneHost) drive(ctx context.Context, p *bot.Player, port *bot.LobbyConn, race uint32) error {
	err := poll(ctx, func() (bool, error) {
		names, err := port.Names(ctx, 0)
		return err == nil && len(names.Users) == 2, err
	})
	if err != nil {
		return fmt.Errorf("the guest is not on the race port: %w", err)
	}
	car, err := h.guestCar(ctx, p.Lobby)
	if err != nil {
		return err
	}
	started, err := p.Transactions.StartRace(ctx, mcots.StartRace{RaceID: race, Laps: 1, Racers: [mcots.RaceSlots]mcots.Starter{
		{ID: h.user, VehicleID: p.Home.Vehicles[0].VehicleID, IsHuman: true}, {ID: h.guest, VehicleID: car, IsHuman: true},
	}})
	if err != nil {
		return err
	}
	if !started.OKToStart || started.Racers[1].Invalid {
		return fmt.Errorf("start: %+v", started)
	}
	begin := time.Now()
	for h.positions < 5 {
		body, err := awaitBody(ctx, port.Events(), func(*nps.RelayBody) bool { return true })
		if err != nil {
			return err
		}
		if _, _, err := bot.ParsePosition(body.Blob); err == nil {
			h.positions++
		}
	}
	took := time.Since(begin)
	blob := binary.LittleEndian.AppendUint32([]byte{7}, uint32(took*mcots.TicksPerSecond/time.Second)) // finished (nps-lobby-rooms 7.5)
	if err := port.Relay(ctx, append(blob, 0, 0, 0)); err != nil {
		return err
	}
	return p.Transactions.Finish(ctx, race, bot.Finish{Time: took, BestLap: took, Top: 50, Average: 40})
}

// guestCar is the car that the guest has shown in the room, as the game finds it
// (nps-lobby-rooms 5.1).
func (h *loneHost) guestCar(ctx context.Context, port *bot.LobbyConn) (uint32, error) {
	list, err := port.Users(ctx, h.comm)
	if err != nil {
		return 0, err
	}
	for _, u := range list.Users {
		if u.User == h.guest {
			return u.Data.Car, nil
		}
	}
	return 0, errors.New("the guest is not in the race's room")
}

// awaitBody reads events until a body of this type fits.
func awaitBody[B any](ctx context.Context, events <-chan bot.Event, fits func(*B) bool) (*B, error) {
	for {
		select {
		case e, open := <-events:
			if !open {
				return nil, errors.New("the connection has ended")
			}
			if body, ok := e.Body.(*B); ok && fits(body) {
				return body, nil
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
