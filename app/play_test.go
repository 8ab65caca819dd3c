package app_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app"
	"mcos/app/bot"
	"mcos/app/config"
	"mcos/protocol/nps"
	"mcos/storage"
)

// enough is how long a whole session may take on a busy machine.
const enough = 2 * time.Minute

func target(t *testing.T, a *app.App) bot.Target {
	t.Helper()
	target, err := bot.ParseReady(a.ReadyLine())
	require.NoError(t, err)
	return target
}

func script(name string, signUp bool) bot.Script {
	return bot.Script{Account: bot.Account{Name: name, Password: "1.21gigawatts"}, SignUp: signUp, Persona: name}
}

// play runs a session that must succeed.
func play(t *testing.T, a *app.App, opts bot.Options, s bot.Script) *bot.Summary {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), enough)
	defer cancel()
	summary, err := bot.New(target(t, a), opts).Play(ctx, s)
	require.NoError(t, err)
	return summary
}

// checkStore verifies the invariants of everything that is stored.
func checkStore(t *testing.T, a *app.App) {
	t.Helper()
	require.NoError(t, a.Store().View(storage.Check))
}

// TestFirstSession goes the whole way of a new player, with fresh keys, however
// the bytes are cut into segments; the replies must be the same.
func TestFirstSession(t *testing.T) {
	for name, segments := range map[string]bot.Segments{"whole": bot.Whole, "byte by byte": bot.Bytes, "glued": bot.Glued, "cut anywhere": bot.Random} {
		t.Run(name, func(t *testing.T) {
			a := start(t, nil)
			s := script("Marty", true)
			s.SecondCar = nil
			sum := play(t, a, bot.Options{Segments: segments, PinCertificate: true}, s)
			assert.True(t, sum.Created)
			assert.EqualValues(t, 1000, sum.PersonaID)
			require.Len(t, sum.Cars, 1)
			assert.Contains(t, bot.Paints(113), sum.Cars[0].Skin)
			assert.Equal(t, bot.CarSummary{Vehicle: 1, BrandedPart: 113, Skin: sum.Cars[0].Skin, Parts: 40}, sum.Cars[0], "seed %d", sum.Seed)
			assert.EqualValues(t, 10000-7394, sum.Balance)
			assert.Equal(t, 25, sum.Channels)
			assert.Equal(t, 6, sum.Lobbies)
			checkStore(t, a)
		})
	}
}

func TestTheSameAgainTomorrow(t *testing.T) {
	dir := t.TempDir()
	a := startIn(t, dir, nil)
	first := play(t, a, bot.Options{}, script("Marty", true))
	a.Stop()
	a = startIn(t, dir, nil)
	again := play(t, a, bot.Options{}, script("Marty", false))
	assert.False(t, again.Created)
	assert.Equal(t, first.PersonaID, again.PersonaID)
	assert.Equal(t, first.Cars, again.Cars)
	assert.Equal(t, first.Balance, again.Balance)
	require.Eventually(t, func() bool {
		var p storage.Persona
		require.NoError(t, a.Store().View(func(tx storage.ReadTx) (err error) {
			p, err = tx.Persona(again.PersonaID)
			return err
		}))
		return !p.LastLogin.IsZero()
	}, enough, 50*time.Millisecond, "the last login is stored, sooner or later")
	checkStore(t, a)
}

// TestComingAndGoing has two players meet in a chat room: each sees the other, and
// an abrupt end is noticed as well.
func TestComingAndGoing(t *testing.T) {
	a := start(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), enough)
	defer cancel()
	here := make(chan struct{}) // the first is in the room
	seen := make(chan struct{}) // the first has seen the second
	events := make(chan bot.Event, 16)
	var first, second *bot.Summary
	var wg sync.WaitGroup
	wg.Go(func() {
		s := script("Marty", true)
		s.OnEvent = func(e bot.Event) {
			select {
			case events <- e:
			default:
			}
		}
		s.InRoom = func(ctx context.Context, p *bot.Player) error {
			close(here)
			if err := waitFor(ctx, events, nps.UserJoined.Number); err != nil {
				return err
			}
			close(seen)
			return poll(ctx, func() (bool, error) { return alone(ctx, p) })
		}
		var err error
		first, err = bot.New(target(t, a), bot.Options{}).Play(ctx, s)
		assert.NoError(t, err)
	})
	wg.Go(func() {
		s := script("Doc", true)
		s.InRoom = func(ctx context.Context, p *bot.Player) error {
			<-seen
			p.Room.Close() // pulls the plug: no close channel, no logout
			p.Lobby.Close()
			return errors.New("gone")
		}
		<-here
		second, _ = bot.New(target(t, a), bot.Options{}).Play(ctx, s)
	})
	wg.Wait()
	require.NotNil(t, first)
	require.NotNil(t, second)
	assert.Contains(t, second.Present, "Marty")
	assert.Contains(t, first.Seen, bot.Sighting{User: second.PersonaID, Name: "Doc", What: "joined"})
	checkStore(t, a)
}

func waitFor(ctx context.Context, events <-chan bot.Event, number uint16) error {
	for {
		select {
		case e := <-events:
			if e.Frame.Number == number {
				return nil
			}
		case <-ctx.Done():
			return fmt.Errorf("waiting for 0x%X: %w", number, ctx.Err())
		}
	}
}

// alone asks the room who is in it.
func alone(ctx context.Context, p *bot.Player) (bool, error) {
	users, err := p.Room.Users(ctx, p.Room.Channel)
	if err != nil {
		return false, err
	}
	return len(users.Users) == 1, nil
}

func poll(ctx context.Context, done func() (bool, error)) error {
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// TestSecondLoginReplacesTheFirst pulls the older client's connections when the
// same account logs in again.
func TestSecondLoginReplacesTheFirst(t *testing.T) {
	a := start(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), enough)
	defer cancel()
	play(t, a, bot.Options{}, script("Marty", true))
	s := script("Marty", false)
	s.InRoom = func(ctx context.Context, p *bot.Player) error {
		play(t, a, bot.Options{}, script("Marty", false))
		for name, done := range map[string]<-chan struct{}{"room": p.Room.Done(), "lobby": p.Lobby.Done(), "mcots": p.Transactions.Done()} {
			select {
			case <-done:
			case <-ctx.Done():
				return fmt.Errorf("the %s connection of the first login is still open", name)
			}
		}
		return nil
	}
	_, err := bot.New(target(t, a), bot.Options{}).Play(ctx, s)
	require.Error(t, err, "the first session cannot go on")
	assert.NotErrorIs(t, err, context.DeadlineExceeded)
}

// TestManyAtOnce lets a crowd sign up and play at the same time.
func TestManyAtOnce(t *testing.T) {
	a := start(t, func(c *config.Config) { c.Timeouts.FlushLogin = time.Second })
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			name := fmt.Sprintf("Racer%d", i)
			sum := play(t, a, bot.Options{}, script(name, true))
			assert.Len(t, sum.Cars, 1, name)
		})
	}
	wg.Wait()
	assert.Zero(t, a.Sessions().Playing())
	checkStore(t, a)
}
