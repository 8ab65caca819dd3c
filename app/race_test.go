package app_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app"
	"mcos/app/accounts"
	"mcos/app/bot"
	"mcos/app/config"
	"mcos/storage"
)

// soak reports whether the tests run at length (make soak).
func soak() bool { return os.Getenv("MCOS_SOAK") != "" }

// evening holds races on a server and returns what they came to.
func evening(t *testing.T, a *app.App, e bot.Evening) *bot.EveningReport {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	e.Target, e.Log = target(t, a), t.Logf
	e.Hz, e.Fee = 20, 100
	e.Password = func() (string, error) { return "1.21gigawatts", nil }
	report, err := e.Run(ctx)
	require.NoError(t, err)
	return report
}

// settled looks for races that the server did not bring to an end: nothing may
// be in escrow when nobody races.
func settled(t *testing.T, a *app.App) {
	t.Helper()
	require.Eventually(t, func() bool {
		var open []storage.Race
		require.NoError(t, a.Store().View(func(tx storage.ReadTx) (err error) {
			open, err = tx.RunningRaces()
			return err
		}))
		return len(open) == 0
	}, enough, 100*time.Millisecond, "a race never ends")
	checkStore(t, a)
}

// TestAnEveningOfRaces has six players race over real connections: every relay
// reaches exactly its racers, once and in order, and the books balance.
func TestAnEveningOfRaces(t *testing.T) {
	rounds := 2
	if soak() {
		rounds = 10
	}
	a := start(t, nil)
	r := evening(t, a, bot.Evening{Players: 6, Rounds: rounds, Duration: 1500 * time.Millisecond, Seed: 1, Name: "racer"})
	assert.True(t, r.OK, "%v; books: %s", r.Failures, r.Books)
	assert.Equal(t, rounds, r.Rounds)
	assert.Equal(t, "balanced", r.Books)
	assert.Positive(t, r.Expected)
	assert.Equal(t, r.Expected, r.Delivered)
	settled(t, a)
}

// TestShortRacesPayNothing has two players race for moments on a server as it is set up
// by default: it believes no result, and the books still balance.
func TestShortRacesPayNothing(t *testing.T) {
	a := start(t, func(c *config.Config) { c.Race.CheckResults = true })
	for name, fast := range map[string]bool{"true": false, "false": true} {
		r := evening(t, a, bot.Evening{Players: 2, Rounds: 1, Duration: 300 * time.Millisecond, Fast: fast, Seed: 2, Name: name})
		assert.True(t, r.OK, "%v; books: %s", r.Failures, r.Books)
		assert.Positive(t, r.Doubted)
		assert.Equal(t, 2*r.Starts, r.Doubted)
		assert.Zero(t, r.Given)
		assert.Positive(t, r.Taken)
	}
	settled(t, a)
}

// TestRacesWithBrokenConnections pulls plugs at random stages: no room stays
// behind, and nobody loses or wins what is not due.
func TestRacesWithBrokenConnections(t *testing.T) {
	seeds := 1
	if soak() {
		seeds = 10
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			grace := 500 * time.Millisecond
			a := start(t, func(c *config.Config) {
				c.Race.DisconnectGrace, c.Race.FinishTimeout = grace, 3*time.Second
			})
			r := evening(t, a, bot.Evening{
				Players: 6, Rounds: 3, Duration: time.Second, Seed: uint64(seed), DropRate: 0.3, Grace: 10 * time.Second,
				Name: fmt.Sprintf("drop%d_", seed),
			})
			assert.True(t, r.OK, "%v; books: %s", r.Failures, r.Books)
			assert.Positive(t, r.Drops+r.Quits, "the seed brings no accident")
			settled(t, a)
		})
	}
}

// TestComputerPlayersComeAndGo sees the server's own players log in, and out again
// when it stops; nobody can sign up with a login name like theirs.
func TestComputerPlayersComeAndGo(t *testing.T) {
	a := start(t, func(c *config.Config) { c.Bots.Count = 1 })
	require.Eventually(t, func() bool { return a.Sessions().Playing() == 1 }, enough, 50*time.Millisecond)
	_, err := a.Accounts().Create(t.Context(), "computer_Dusty", "1.21gigawatts")
	require.ErrorIs(t, err, accounts.ErrReserved)
	checkStore(t, a)
	a.Stop()
	assert.Zero(t, a.Sessions().Playing())
}
