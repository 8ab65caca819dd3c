package admin_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
)

// TestWithoutAServer asks for what only a running server knows.
func TestWithoutAServer(t *testing.T) {
	l := open(t, options(t))
	for name, ask := range map[string]func() error{
		"overview":    func() error { _, err := l.Overview(ctx); return err },
		"connections": func() error { _, err := l.Connections(ctx); return err },
		"counters":    func() error { _, err := l.Counters(ctx); return err },
		"rooms":       func() error { _, err := l.Rooms(ctx); return err },
		"logins":      func() error { _, err := l.Logins(ctx); return err },
		"kick":        func() error { _, err := l.Kick(ctx, admin.Kick{Persona: "x"}); return err },
	} {
		t.Run(name, func(t *testing.T) { refused(t, ask(), admin.Conflict, "no server runs here") })
	}
	races, err := l.Races(ctx)
	require.NoError(t, err, "the store knows the races that are over")
	assert.Equal(t, admin.Races{Open: []admin.OpenRace{}, Running: []admin.Race{}, Recent: []admin.Race{}}, races)
	disk, err := l.Disk(ctx)
	require.NoError(t, err)
	assert.Equal(t, l.Dir.Root(), disk.Folder)
	assert.Positive(t, disk.Store)
	assert.Positive(t, disk.Free)
	for _, in := range []admin.Kick{{}, {Persona: "x", Connection: 1}} {
		_, err := l.Kick(ctx, in)
		refused(t, err, admin.Invalid, "one of the two")
	}
}

func TestRename(t *testing.T) {
	l := open(t, options(t))
	_, err := l.AddAccount(ctx, admin.NewAccount{Name: "alice", Password: "x"})
	require.NoError(t, err)
	for _, name := range []string{"Speedy", "Slow"} {
		_, err = l.AddPersona(ctx, admin.NewPersona{Account: "alice", Name: name})
		require.NoError(t, err)
	}
	for _, tc := range []struct {
		in    admin.Rename
		kind  admin.Kind
		words string
	}{
		{admin.Rename{Name: "nobody", To: "x"}, admin.NotFound, `no driver is called "nobody"`},
		{admin.Rename{Name: "Speedy", To: ""}, admin.Invalid, "cannot be the name"},
		{admin.Rename{Name: "Speedy", To: "much too long"}, admin.Invalid, "cannot be the name"},
		{admin.Rename{Name: "Speedy", To: "sLOW"}, admin.Conflict, "exists already"},
	} {
		_, err := l.Rename(ctx, tc.in)
		refused(t, err, tc.kind, tc.words)
	}
	p, err := l.Rename(ctx, admin.Rename{Name: "speedy", To: "SPEEDY"})
	require.NoError(t, err, "only the letters change")
	assert.Equal(t, "SPEEDY", p.Name)
	p, err = l.Rename(ctx, admin.Rename{Name: "Speedy", To: "Quick"})
	require.NoError(t, err)
	assert.Equal(t, "alice", p.Account)
	_, err = l.Persona(ctx, "Speedy")
	refused(t, err, admin.NotFound, "no driver")
	check, err := l.Check(ctx)
	require.NoError(t, err)
	assert.Empty(t, check.Problems)
}
