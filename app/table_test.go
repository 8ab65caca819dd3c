package app

import (
	"io"
	"slices"
	"testing"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/config"
	"mcos/app/datadir"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// startInside runs a server on free ports for tests of the wiring itself.
func startInside(t *testing.T, adjust ...func(*config.Config)) *App {
	t.Helper()
	cfg := config.Default()
	cfg.Ports = config.FreePorts()
	cfg.Server.Listen = "127.0.0.1"
	for _, change := range adjust {
		change(&cfg)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	a, err := Start(t.Context(), Options{Dir: dir, Config: cfg, Log: log})
	require.NoError(t, err)
	t.Cleanup(a.Stop)
	return a
}

// TestEveryKnownMessageHasARow makes sure that no message the reference knows ever
// looks unknown to the server: each has a row of its own on every port of its
// family.
func TestEveryKnownMessageHasARow(t *testing.T) {
	a := startInside(t)
	served := map[wire.Family]int{}
	for documented, port := range a.gamePorts() {
		served[port.Family]++
		rows := map[uint16]bool{}
		for _, r := range port.Rows {
			rows[r.Message.Number] = true
			assert.NotZero(t, r.Message.Dir&wire.ToServer, "port %d: a client never sends %s", documented, r.Message)
		}
		for _, m := range slices.Concat(nps.Registry.All(), mcots.Registry.All()) {
			if m.Family != port.Family || m.Dir&wire.ToServer == 0 || m.Variant != "" || m == nps.Envelope.Message {
				continue
			}
			assert.True(t, rows[m.Number], "port %d has no row for %s (%s)", documented, m, m.Section)
		}
	}
	assert.Equal(t, map[wire.Family]int{wire.Login: 1, wire.Mail: 1, wire.Persona: 1, wire.Lobby: 23, wire.MCOTS: 1}, served)
}
