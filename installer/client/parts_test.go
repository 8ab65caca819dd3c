package client

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/installer/client/change"
	"mcos/installer/client/host"
)

func twoParts(t *testing.T, h host.Host) Patcher {
	p := patcher(t, h)
	p.UserRecord = filepath.Join(memory(t), "user", "undo")
	return p
}

// entries of a record, by item.
func entries(t *testing.T, path string) []change.Entry {
	t.Helper()
	j, err := change.OpenJournal(path)
	require.NoError(t, err)
	return j.Entries()
}

// TestParts: the player and the administrator each change and record only their own.
func TestParts(t *testing.T) {
	h := computer()
	before := h.Snapshot()
	p, s := twoParts(t, h), server(t, "a.example", "A")
	admin, player := p, p
	admin.Only, player.Only = PartMachine, PartUser

	require.NoError(t, patch(admin, s))
	require.NotEmpty(t, entries(t, p.Record))
	assert.NoFileExists(t, p.UserRecord)
	part, ok, err := p.Recorded(false)
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, PartMachine, part)
	require.NoError(t, patch(player, s))
	part, _, err = p.Recorded(false)
	require.NoError(t, err)
	assert.Equal(t, Both, part)
	for _, e := range entries(t, p.Record) {
		assert.NotEqual(t, host.User, e.Item.Hive, e.Item)
		assert.NotContains(t, e.Item.Path, "VirtualStore", e.Item)
	}
	users := entries(t, p.UserRecord)
	assert.Len(t, users, 2, "TLS and the redirected key")
	for _, e := range users {
		assert.False(t, e.Item.NeedsAdmin(), e.Item)
	}
	patched := h.Snapshot()

	_, err = player.Unpatch(false)
	require.NoError(t, err)
	_, err = admin.Unpatch(false)
	require.NoError(t, err)
	assert.Equal(t, before, h.Snapshot())

	require.NoError(t, patch(p, s), "an administrator's window does both")
	assert.Equal(t, patched, h.Snapshot())
	_, err = p.Unpatch(false)
	require.NoError(t, err)
	assert.Equal(t, before, h.Snapshot())
	_, ok, err = p.Recorded(false)
	require.NoError(t, err)
	assert.False(t, ok)
}

// TestSecondPartFails: then the first one is not left alone.
func TestSecondPartFails(t *testing.T) {
	h := computer()
	before := h.Snapshot()
	p := twoParts(t, h)
	h.Fail = func(what string) error {
		if strings.Contains(what, "VirtualStore") {
			return errors.New("locked")
		}
		return nil
	}
	require.ErrorContains(t, patch(p, server(t, "a.example", "A")), "locked")
	assert.Equal(t, before, h.Snapshot())
	_, ok, err := p.Recorded(false)
	require.NoError(t, err)
	assert.False(t, ok)
}

// TestPlayersRecordIsLimited: it is followed although the player can write it, so it
// may lead to the player's own things only; and the administrators' record not to
// those of whoever follows it.
func TestPlayersRecordIsLimited(t *testing.T) {
	h := computer()
	p := twoParts(t, h)
	record(t, p.UserRecord, change.Entry{Item: change.Item{Kind: change.File, Path: gameDir + `\pub.key`}, Before: change.State{Present: true}})
	before := h.Snapshot()
	_, err := p.Unpatch(true)
	require.ErrorIs(t, err, ErrForbidden)
	assert.Equal(t, before, h.Snapshot())

	p = twoParts(t, h)
	record(t, p.Record, change.Entry{Item: change.Item{Kind: change.RegValue, Hive: host.User, View: 32, Path: secureProtocols.Path, Name: "SecureProtocols"}})
	_, err = p.Unpatch(true)
	require.ErrorIs(t, err, ErrForbidden)
	assert.Equal(t, before, h.Snapshot())
}
