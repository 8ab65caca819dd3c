package bot

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

func TestMeetingWaitsForAll(t *testing.T) {
	m := newMeeting(1, []uint32{1, 2, 3})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	through := make(chan error)
	go func() { through <- m.meet(ctx, 1, inRoom) }()
	m.reach(2, ready) // further is as good
	select {
	case err := <-through:
		t.Fatalf("user 3 is not there, and the meeting is over with %v", err)
	default:
	}
	m.reach(3, inRoom)
	require.NoError(t, <-through)
	require.NoError(t, m.wait(ctx, inRoom, true))

	go func() { through <- m.wait(ctx, ready, false) }()
	m.reach(1, ready)
	m.leave(3) // nobody waits for who is gone
	require.NoError(t, <-through)
	assert.Equal(t, map[uint32]bool{1: true, 2: true}, m.present())
}

func TestMeetingWithoutHost(t *testing.T) {
	m := newMeeting(1, []uint32{1, 2})
	ctx := context.Background()
	through := make(chan error)
	go func() { through <- m.wait(ctx, reserved, true) }()
	m.leave(1)
	require.ErrorIs(t, <-through, errHostGone)
	m.reach(2, settled)
	require.NoError(t, m.wait(ctx, settled, false), "after the start nobody needs the host")
	assert.Empty(t, newMeeting(1, nil).present())
}

func TestMeetingEndsWithContext(t *testing.T) {
	m := newMeeting(1, []uint32{1, 2})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := m.meet(ctx, 1, told)
	require.ErrorIs(t, err, context.Canceled)
	assert.ErrorContains(t, err, "to be told")
	assert.Equal(t, "stage 99", stage(99).String())
	assert.Equal(t, "away", away.String())
}

func left(user uint32) Event {
	return Event{Message: nps.UserLeft.Message, Frame: wire.Frame{Number: nps.UserLeft.Number}, Body: &nps.UserCommBody{User: user}}
}

func isLeft(user uint32) func(Event) bool {
	return func(e Event) bool { return e.Body.(*nps.UserCommBody).User == user }
}

func TestInbox(t *testing.T) {
	b := newInbox()
	ctx := context.Background()
	b.put(left(1))
	found := make(chan []Event)
	go func() {
		before, _, err := b.await(ctx, time.Minute, "user 3", isLeft(3))
		assert.NoError(t, err)
		found <- before
	}()
	b.put(left(2))
	b.put(left(3))
	assert.Equal(t, []Event{left(1), left(2)}, <-found)
	b.take(isLeft(3))
	_, _, there, _ := b.find(isLeft(3))
	assert.False(t, there)
	_, _, err := b.await(ctx, time.Nanosecond, "user 3", isLeft(3))
	assert.ErrorContains(t, err, "waiting for user 3")
	for range maxInbox {
		b.put(left(9))
	}
	_, _, there, _ = b.find(isLeft(1))
	assert.False(t, there, "the oldest ones are forgotten")
	b.clear()
	assert.Empty(t, b.list)
}

func TestEveningCheck(t *testing.T) {
	good := Evening{Players: 6, Rounds: 10, Hz: 20, Duration: time.Second, Name: "r123", Password: func() (string, error) { return "x", nil }}
	assert.NoError(t, good.Check())
	for told, spoil := range map[string]func(e *Evening){
		"61 players":      func(e *Evening) { e.Players = 61 },
		"0 rounds":        func(e *Evening) { e.Rounds = 0 },
		"0 positions":     func(e *Evening) { e.Hz = 0 },
		"races of 0s":     func(e *Evening) { e.Duration = 0 },
		"drop rate 1.5":   func(e *Evening) { e.DropRate = 1.5 },
		`name "123456789`: func(e *Evening) { e.Name = "123456789" },
		"passwords":       func(e *Evening) { e.Password = nil },
	} {
		e := good
		spoil(&e)
		assert.ErrorContains(t, e.Check(), told)
		report, err := e.Run(context.Background())
		assert.Error(t, err)
		assert.False(t, report.OK)
	}
}

// In every round everybody races exactly once, in the first one together.
func TestDraw(t *testing.T) {
	e := &evening{Evening: Evening{Duration: time.Second, DropRate: 0.5, Fee: 100}, now: time.Now, random: newRandom()}
	home := &Home{}
	home.Player.BankBalance = 2606
	for i := range uint32(9) {
		e.drivers = append(e.drivers, &driver{user: i + 1, cars: homeCars(i + 1), seat: &seated{Player: &Player{Home: home}}})
	}
	sizes := map[int]bool{}
	unlucky := 0
	for n := 1; n <= 40; n++ {
		seen := map[uint32]int{}
		heats := e.draw(n)
		for _, h := range heats {
			sizes[len(h.racers)] = true
			assert.LessOrEqual(t, len(h.racers), 6)
			assert.Same(t, h.racers[0], h.host)
			unlucky += len(h.fate)
			assert.EqualValues(t, 100, h.fee)
			for _, d := range h.racers {
				seen[d.user]++
				assert.GreaterOrEqual(t, h.pace[d.user], time.Second)
				assert.NotZero(t, h.vehicles[d.user])
			}
		}
		assert.Len(t, seen, 9)
		for user, times := range seen {
			assert.Equal(t, 1, times, user)
		}
		if n == 1 {
			assert.Len(t, heats, 2)
		}
	}
	for size := 1; size <= 6; size++ {
		assert.True(t, sizes[size], size)
	}
	assert.InDelta(t, 180, unlucky, 60)

	home.Player.BankBalance = 150
	assert.Zero(t, e.newHeat(e.drivers[:2]).fee, "who cannot pay two starts races for nothing")
}

func homeCars(id uint32) []mcots.OwnedVehicle { return []mcots.OwnedVehicle{{VehicleID: id}} }
