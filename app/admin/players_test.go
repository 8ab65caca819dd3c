package admin_test

import (
	"testing"
	"time"

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

// crowded is a server on which some accounts play.
type crowded struct {
	admin.Running
	logins []admin.Login
}

func (c crowded) Logins() []admin.Login { return c.logins }

func TestPlayersInTheGame(t *testing.T) {
	l := open(t, options(t))
	var logins []admin.Login
	for i, name := range []string{"alice", "bob", "carol"} {
		a, err := l.AddAccount(ctx, admin.NewAccount{Name: name, Password: "x"})
		require.NoError(t, err)
		persona := uint32(1000 + i)
		if name == "carol" {
			persona = 0 // has not chosen one yet
		}
		logins = append(logins, admin.Login{AccountID: a.ID, PersonaID: persona, Since: noon.Add(time.Duration(-i) * time.Minute)})
	}
	l.Server = crowded{logins: append(logins, admin.Login{AccountID: 7, PersonaID: 9})}
	p, err := l.Players(ctx, "", 10)
	require.NoError(t, err)
	assert.Equal(t, []int{3, 3, 3}, []int{p.Found, p.All, p.Playing})
	assert.Equal(t, "bob", p.Shown[0].Name, "those in the game first")
	assert.Equal(t, "carol", p.Shown[2].Name)
	p, err = l.Players(ctx, "", 2)
	require.NoError(t, err)
	assert.Equal(t, []int{3, 0, 3}, []int{p.Found, p.All, p.Playing}, "the others are not looked at")
	assert.Equal(t, "alice", p.Shown[0].Name, "who came last is first")
}
