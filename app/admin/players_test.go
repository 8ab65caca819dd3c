package admin_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
)

func TestPlayers(t *testing.T) {
	l := open(t, options(t))
	for _, name := range []string{"alice", "bob", "carol"} {
		_, err := l.AddAccount(ctx, admin.NewAccount{Name: name, Password: "x"})
		require.NoError(t, err)
	}
	_, err := l.AddPersona(ctx, admin.NewPersona{Account: "bob", Name: "Speedy", Car: 104})
	require.NoError(t, err)

	names := func(search string, limit int) (list []string) {
		t.Helper()
		p, err := l.Players(ctx, search, limit)
		require.NoError(t, err)
		assert.Equal(t, 3, p.All)
		for _, shown := range p.Shown {
			list = append(list, shown.Name)
		}
		return list
	}
	assert.Equal(t, []string{"carol", "bob", "alice"}, names("", 10), "the newest first")
	assert.Equal(t, []string{"carol", "bob"}, names("", 2))
	assert.Equal(t, []string{"bob"}, names(" PEED", 10), "by a driver")
	assert.Equal(t, []string{"alice"}, names("Ali", 10))
	assert.Empty(t, names("nobody", 10))

	found, err := l.Players(ctx, "", 1)
	require.NoError(t, err)
	assert.Equal(t, 3, found.Found)

	p, err := l.Player(ctx, "BOB")
	require.NoError(t, err)
	assert.Equal(t, 1, p.Personas)
	require.Len(t, p.Drivers, 1)
	assert.Equal(t, 1, p.Drivers[0].Cars)
	assert.False(t, p.Online)
	_, err = l.Player(ctx, "dave")
	refused(t, err, admin.NotFound, `no account is called "dave"`)
}
