package app_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app"
	"mcos/app/admin"
	"mcos/app/bot"
	"mcos/app/console/client"
	"mcos/app/datadir"
)

// startWithConsole starts a server and finds its operator's interface.
func startWithConsole(t *testing.T) (*app.App, *client.Client) {
	t.Helper()
	dir := t.TempDir()
	a := startIn(t, dir, nil)
	c, err := client.Find(t.Context(), datadir.At(dir))
	require.NoError(t, err)
	return a, c
}

// TestOperatorSeesAPlayerAndKicksHim looks at a running server through its
// interface while somebody is in a chat room.
func TestOperatorSeesAPlayerAndKicksHim(t *testing.T) {
	a, c := startWithConsole(t)
	ctx, cancel := context.WithTimeout(t.Context(), enough)
	defer cancel()
	s := script("Marty", true)
	looked := false
	s.InRoom = func(_ context.Context, p *bot.Player) error {
		looked = true
		logins, err := c.Logins(ctx)
		require.NoError(t, err)
		require.Len(t, logins, 1)
		assert.Equal(t, "Marty", logins[0].Account)
		assert.Equal(t, "Marty", logins[0].Persona)
		assert.Equal(t, "127.0.0.1", logins[0].Remote)
		assert.GreaterOrEqual(t, logins[0].Connections, 3)

		conns, err := c.Connections(ctx)
		require.NoError(t, err)
		by := map[string]admin.Connection{}
		for _, one := range conns {
			by[one.Service] = one
		}
		for _, service := range []string{"lobby", "rooms", "mcots"} {
			one := by[service]
			assert.Equal(t, "Marty", one.Persona, service)
			assert.Equal(t, "Marty", one.Account, service)
			assert.NotZero(t, one.Received, service)
			assert.NotZero(t, one.Sent, service)
			assert.Greater(t, one.BytesIn, one.Received, service)
			assert.Greater(t, one.BytesOut, one.Sent, service)
			assert.False(t, one.Since.IsZero(), service)
		}

		counters, err := c.Counters(ctx)
		require.NoError(t, err)
		assert.Contains(t, counters, admin.Counter{Service: "login", Number: 0x501, Message: "0x501 USER_LOGIN", Count: 1})

		ports, err := c.Rooms(ctx)
		require.NoError(t, err)
		require.Len(t, ports, 2)
		assert.Equal(t, 7003, ports[0].Port)
		require.Len(t, ports[1].Rooms, 1)
		assert.Equal(t, "Marty", ports[1].Rooms[0].Members[0].Name)

		races, err := c.Races(ctx)
		require.NoError(t, err)
		assert.Empty(t, races.Open)
		o, err := c.Overview(ctx)
		require.NoError(t, err)
		assert.NotEmpty(t, o.Samples)
		disk, err := c.Disk(ctx)
		require.NoError(t, err)
		assert.NotZero(t, disk.Store)
		assert.NotZero(t, disk.Free)

		_, err = c.Kick(ctx, admin.Kick{Connection: 1 << 60})
		assert.Equal(t, admin.NotFound, admin.KindOf(err))
		k, err := c.Kick(ctx, admin.Kick{Persona: "marty"})
		require.NoError(t, err)
		assert.GreaterOrEqual(t, k.Connections, 3)
		<-p.Room.Done()
		<-p.Lobby.Done()
		<-p.Transactions.Done()
		return nil
	}
	_, err := bot.New(target(t, a), bot.Options{}).Play(ctx, s)
	require.Error(t, err, "he has been thrown out")
	require.True(t, looked, "%v", err)
	logins, err := c.Logins(ctx)
	require.NoError(t, err)
	assert.Empty(t, logins)
	_, err = c.Kick(ctx, admin.Kick{Persona: "Marty"})
	assert.Equal(t, admin.Conflict, admin.KindOf(err))

	_, err = c.Mute(ctx, admin.Mute{Name: "Marty"})
	require.NoError(t, err)
	_, err = c.SetMessage(ctx, admin.Message{Text: "Race night"})
	require.NoError(t, err)
	assert.Contains(t, ticker(t, a), "Race night")
	told, err := c.Broadcast(ctx, admin.Broadcast{Text: "Restart at ten", Shutdown: true})
	require.NoError(t, err)
	assert.Zero(t, told.Players+told.Mails)
	assert.Contains(t, ticker(t, a), "Restart at ten")
	m, err := c.Message(ctx)
	require.NoError(t, err)
	assert.Equal(t, [2]string{"Race night", "Restart at ten"}, [2]string{m.Text, m.Notice})
	assert.Equal(t, told.Until, m.Until)
	_, err = c.Broadcast(ctx, admin.Broadcast{Clear: true})
	require.NoError(t, err)
	assert.Contains(t, ticker(t, a), "Race night", "taken back")
	m, err = c.Message(ctx)
	require.NoError(t, err)
	assert.Equal(t, admin.Message{Text: "Race night"}, m)

	p, err := c.Rename(ctx, admin.Rename{Name: "Marty", To: "Clint"})
	require.NoError(t, err)
	assert.Equal(t, "Clint", p.Name)
	play(t, a, bot.Options{}, bot.Script{Account: s.Account, Persona: "Clint"})
}

// TestOperatorSeesTheBooksOfRaces compares what the interface shows of races with
// what their racers were paid.
func TestOperatorSeesTheBooksOfRaces(t *testing.T) {
	a, c := startWithConsole(t)
	r := evening(t, a, bot.Evening{Players: 2, Rounds: 1, Duration: 300e6, Seed: 1, Name: "racer"})
	require.True(t, r.OK, "%v", r.Failures)
	settled(t, a)
	races, err := c.Races(t.Context())
	require.NoError(t, err)
	assert.Zero(t, races.Escrow)
	assert.Empty(t, races.Running)
	require.NotEmpty(t, races.Recent)
	race := races.Recent[0]
	assert.Equal(t, "settled", race.State)
	assert.NotEmpty(t, race.Host.Name)
	assert.EqualValues(t, 200, race.Fees)
	require.Len(t, race.Racers, 2)
	var won int64
	for _, one := range race.Racers {
		assert.True(t, one.Human)
		assert.NotEmpty(t, one.Name)
		assert.Equal(t, "finished", one.Outcome)
		won += one.Won
	}
	assert.Equal(t, won, race.Won)
	assert.Positive(t, won)
}

// ticker is what the game's news ticker would show.
func ticker(t *testing.T, a *app.App) string {
	t.Helper()
	resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/Ticker", a.Ports().HTTP))
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(text)
}
