package race_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/race"
	"mcos/protocol/mcots"
)

func TestSnapshot(t *testing.T) {
	f := newFixture(t, nil)
	assert.Empty(t, f.races.Snapshot())
	marty, biff := f.login(f.marty), f.login(f.biff)
	id := f.host(marty, mcots.CreateRace{LobbyID: 2, EntryFee: 100})
	f.join(biff, id, f.theirs)
	list := f.races.Snapshot()
	require.Len(t, list, 1)
	assert.NotZero(t, list[0].Type)
	list[0].Type = 0
	assert.Equal(t, race.Info{
		Number: id, Record: 1, Host: f.marty.Persona, Lobby: 2, State: "open", Fee: 100, Purse: 1000,
		Members: []uint32{f.marty.Persona, f.biff.Persona},
	}, list[0])
}
