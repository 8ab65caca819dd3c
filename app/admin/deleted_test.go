package admin_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/storage"
)

func TestDeletedDrivers(t *testing.T) {
	l := open(t, options(t))
	_, err := l.AddAccount(ctx, admin.NewAccount{Name: "alice", Password: "hoverboard"})
	require.NoError(t, err)
	kill := func(id uint32) {
		t.Helper()
		require.NoError(t, l.Store.Update(func(tx storage.Tx) error {
			p, err := tx.Persona(id)
			if err != nil {
				return err
			}
			return l.Rules.DeletePersona(tx, p.Account, id)
		}))
	}
	for _, id := range []uint32{1000, 1001} { // two of one name, one after the other
		_, err := l.AddPersona(ctx, admin.NewPersona{Account: "alice", Name: "Speedy", Car: 104, ID: id})
		require.NoError(t, err)
		kill(id)
	}
	list, err := l.Deleted(ctx, "alice")
	require.NoError(t, err)
	require.Len(t, list, 2)
	assert.Equal(t, admin.Deleted{
		ID: 1000, Name: "Speedy", Account: "alice", Cash: 10000, Level: 1, Cars: 1, Deleted: noon, Until: noon.Add(90 * 24 * time.Hour),
	}, list[0])
	_, err = l.Deleted(ctx, "nobody")
	refused(t, err, admin.NotFound, "nobody")

	_, err = l.RestorePersona(ctx, admin.RestorePersona{Name: "speedy"})
	refused(t, err, admin.Conflict, "choose one by id")
	_, err = l.RestorePersona(ctx, admin.RestorePersona{Name: "Ghost"})
	refused(t, err, admin.NotFound, "Ghost")
	_, err = l.RestorePersona(ctx, admin.RestorePersona{ID: 5})
	refused(t, err, admin.NotFound, "5")
	p, err := l.RestorePersona(ctx, admin.RestorePersona{ID: 1001})
	require.NoError(t, err)
	assert.Equal(t, "Speedy", p.Name)
	_, err = l.RestorePersona(ctx, admin.RestorePersona{Name: "Speedy"})
	refused(t, err, admin.Conflict, "has been taken meanwhile")
	p, err = l.RestorePersona(ctx, admin.RestorePersona{Name: "Speedy", As: "Second"})
	require.NoError(t, err)
	assert.Equal(t, 1, p.Cars)

	kill(1000)
	require.NoError(t, l.RemoveAccount(ctx, "alice"))
	_, err = l.RestorePersona(ctx, admin.RestorePersona{ID: 1000})
	refused(t, err, admin.Conflict, "account of Second has been removed")
	all, err := l.Deleted(ctx, "")
	require.NoError(t, err)
	assert.Len(t, all, 2)
}
