package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app"
	"mcos/app/bot"
	"mcos/app/config"
	"mcos/app/record"
	"mcos/app/record/tape"
	playback "mcos/app/replay"
)

// playedBack plays a recording on a server that must let it through.
func playedBack(t *testing.T, a *app.App, entries []tape.Entry, o playback.Options) (*playback.Result, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), enough)
	defer cancel()
	c := bot.New(target(t, a), bot.Options{})
	defer c.Close()
	result, err := playback.Run(ctx, c, entries, o)
	require.NoError(t, err)
	var text strings.Builder
	require.NoError(t, result.Print(&text))
	return result, text.String()
}

func stranger() playback.Options {
	return playback.Options{Account: bot.Account{Name: "stranger", Password: "another-one"}, SignUp: true}
}

// TestReplayFindsNoDifference records a session and plays it, with another account, on
// a fresh server on which all numbers are others.
func TestReplayFindsNoDifference(t *testing.T) {
	files, _ := recorded(t, record.Order{})
	entries := readTape(t, files[0])
	fresh := start(t, nil)
	play(t, fresh, bot.Options{}, script("Doc", true)) // takes the first numbers
	result, text := playedBack(t, fresh, entries, stranger())
	assert.Empty(t, result.Differences, text)
	assert.Greater(t, result.Sent, 40)
	assert.Greater(t, result.Compared, 35)
	for _, kind := range []string{"account", "driver", "car or part"} {
		assert.Positive(t, result.Mapped[kind], kind)
	}
	checkStore(t, fresh)
}

// TestReplayFindsDifferences plays it on servers that answer otherwise.
func TestReplayFindsDifferences(t *testing.T) {
	files, _ := recorded(t, record.Order{})
	entries := readTape(t, files[0])
	rich := start(t, func(c *config.Config) {
		c.Economy.StartingCash = 20000
		c.Player.LoginCompleteForm = 72
	})
	result, text := playedBack(t, rich, entries, stranger())
	assert.NotEmpty(t, result.Differences)
	assert.Contains(t, text, "BankBalance: recorded 2606, now 12606")
	assert.Contains(t, text, "form: recorded MC_LOGIN_COMPLETE, now MC_LOGIN_COMPLETE (72 bytes)")

	taken := start(t, nil)
	play(t, taken, bot.Options{}, script("Marty", true)) // the name is his now
	result, text = playedBack(t, taken, entries, playback.Options{
		Account: bot.Account{Name: "stranger", Password: "another-one"}, SignUp: true, Patience: 100 * time.Millisecond,
	})
	assert.NotEmpty(t, result.Differences)
	assert.Contains(t, text, "0x601 persona created\n      in its place came 0x20A DUP_USER\n")
	assert.Contains(t, text, " more answers did not come on c10.\n")
}

// TestReplayOfOneDriver plays a recording that has only his connections in the lobby and
// to the transactions: the login is not in it.
func TestReplayOfOneDriver(t *testing.T) {
	files, _ := recorded(t, record.Order{Filter: record.Filter{Persona: "Marty"}})
	entries := readTape(t, files[0])
	fresh := start(t, nil)
	account := bot.Account{Name: "stranger", Password: "another-one"}
	_, text := playedBack(t, fresh, readTape(t, first(recorded(t, record.Order{}))), playback.Options{Account: account, SignUp: true})
	require.Contains(t, text, " 0 differences.") // now there is a driver with a car
	result, text := playedBack(t, fresh, entries, playback.Options{Account: account})
	for _, d := range result.Differences {
		assert.NotEqual(t, playback.Failed, d.Kind, text)
		assert.NotEqual(t, playback.Missing, d.Kind, text)
	}
	assert.Greater(t, result.Compared, 25)

	ctx, cancel := context.WithTimeout(t.Context(), enough)
	defer cancel()
	_, err := playback.Run(ctx, bot.New(target(t, fresh), bot.Options{}), entries, playback.Options{
		Account: bot.Account{Name: "nobody", Password: "another-one"}, SignUp: true,
	})
	require.ErrorIs(t, err, playback.ErrNobody)
}

func first(files [][]byte, _ string) []byte { return files[0] }
