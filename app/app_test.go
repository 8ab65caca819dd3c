package app_test

import (
	"io"
	"testing"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"

	"mcos/app"
	"mcos/app/config"
	"mcos/app/datadir"
	"mcos/app/passwords"
)

// cheap keeps password hashes out of the way of the tests.
var cheap = passwords.Params{MemoryKiB: 64, Time: 1, Threads: 1}

// start runs a server on free ports and an empty data folder.
func start(t testing.TB, adjust func(*config.Config)) *app.App {
	t.Helper()
	return startIn(t, t.TempDir(), adjust)
}

// startReal runs a server with the real password cost that also checks logins
// over plain HTTP.
func startReal(t testing.TB, dir string) *app.App {
	t.Helper()
	return startWith(t, dir, passwords.Default(), func(c *config.Config) { c.Web.AuthLoginPlain = true })
}

func startIn(t testing.TB, dir string, adjust func(*config.Config)) *app.App {
	t.Helper()
	return startWith(t, dir, cheap, adjust)
}

func startWith(t testing.TB, dir string, cost passwords.Params, adjust func(*config.Config)) *app.App {
	t.Helper()
	cfg := config.Default()
	cfg.Ports = config.FreePorts()
	cfg.Server.Listen = "127.0.0.1"
	cfg.Race.CheckResults = false // races of seconds pay here
	if adjust != nil {
		adjust(&cfg)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	data, err := datadir.Open(dir)
	require.NoError(t, err)
	a, err := app.Start(t.Context(), app.Options{Dir: data, Config: cfg, Log: log, Passwords: cost})
	require.NoError(t, err)
	t.Cleanup(a.Stop)
	return a
}

// bound is the number that a documented port really has.
func bound(a *app.App, documented int) int {
	p := a.Ports()
	switch documented {
	case 8226:
		return p.Login
	case 8227:
		return p.Mail
	case 8228:
		return p.Persona
	case 7003:
		return p.Lobby
	case 43300:
		return p.MCOTS
	}
	for i, n := range config.DocumentedRooms() {
		if n == documented {
			return p.Rooms[i]
		}
	}
	return 0
}

// A ticket for an account that does not exist stops the start with a sentence
// that names the setting and the way out.
func TestFixedTicketNeedsItsAccount(t *testing.T) {
	cfg := config.Default()
	cfg.Ports = config.FreePorts()
	cfg.Server.Listen = "127.0.0.1"
	cfg.Research.Tickets = []config.Ticket{{Ticket: "T1", Account: "nobody"}}
	log := logrus.New()
	log.SetOutput(io.Discard)
	data, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	_, err = app.Start(t.Context(), app.Options{Dir: data, Config: cfg, Log: log, Passwords: cheap})
	require.ErrorContains(t, err, "research.tickets")
	require.ErrorContains(t, err, "mcos account add nobody")
}
