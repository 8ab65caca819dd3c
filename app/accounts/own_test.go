package accounts_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/accounts"
	"mcos/app/passwords"
	"mcos/storage"
)

func TestChangePassword(t *testing.T) {
	f := newFixture(t)
	made := f.create("Marty", "hoverboard")
	alive := f.logIn(made.ID)
	ctx := t.Context()
	require.ErrorIs(t, f.ChangePassword(ctx, "Marty", "almanac", "new"), accounts.ErrWrong)
	require.ErrorIs(t, f.ChangePassword(ctx, "Nobody", "hoverboard", "new"), accounts.ErrWrong)
	require.ErrorIs(t, f.ChangePassword(ctx, "Marty", "hoverboard", "two words"), passwords.ErrForm)
	assert.True(t, alive())
	require.NoError(t, f.ChangePassword(ctx, "marty", "hoverboard", "delorean"))
	assert.False(t, alive(), "the login has ended")
	_, err := f.Authenticate(ctx, "Marty", "hoverboard")
	require.ErrorIs(t, err, accounts.ErrWrong)
	_, err = f.Authenticate(ctx, "Marty", "delorean")
	require.NoError(t, err)

	require.NoError(t, f.Ban("Marty", "why"))
	var banned *accounts.BannedError
	require.ErrorAs(t, f.ChangePassword(ctx, "Marty", "delorean", "x"), &banned)
	require.ErrorAs(t, f.RemoveOwn(ctx, "Marty", "delorean"), &banned)
}

func TestRemoveOwn(t *testing.T) {
	f := newFixture(t)
	made := f.create("Marty", "hoverboard")
	persona := f.w.Persona(made.ID, "Clint")
	alive := f.logIn(made.ID)
	ctx := t.Context()
	require.ErrorIs(t, f.RemoveOwn(ctx, "Marty", "almanac"), accounts.ErrWrong)
	assert.True(t, alive())
	assert.True(t, f.w.Get(persona).Live())
	require.NoError(t, f.RemoveOwn(ctx, "Marty", "hoverboard"))
	assert.False(t, alive())
	assert.False(t, f.w.Get(persona).Live(), "retired")
	_, err := f.Authenticate(ctx, "Marty", "hoverboard")
	require.ErrorIs(t, err, accounts.ErrWrong)
	require.NoError(t, f.w.Store.View(storage.Check))
}
