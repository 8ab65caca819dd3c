package console

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/app/console/client"
	"mcos/assets"
)

// TestClientDoesWhatLocalDoes makes every call of the operator's API through the
// console and compares the results with those of the store itself.
func TestClientDoesWhatLocalDoes(t *testing.T) {
	f := newFixture(t, nil)
	ctx := t.Context()
	c := client.New(f.http.Listener.Addr().String(), f.c.token)

	a, err := c.AddAccount(ctx, admin.NewAccount{Name: "alice", Password: "x", ID: 77})
	require.NoError(t, err)
	assert.EqualValues(t, 77, a.ID)
	require.NoError(t, c.SetPassword(ctx, admin.Password{Name: "alice", Password: "y"}))
	require.NoError(t, c.Ban(ctx, admin.Ban{Name: "alice", Reason: "why"}))
	same(t, c, f.local, admin.API.Accounts)
	require.NoError(t, c.Unban(ctx, "alice"))

	// A name that would not survive in a path.
	const name = `../%2F ?&+`
	server := &fakeServer{}
	f.local.Server, f.local.Online = server, func(uint32) bool { return true }
	g, err := c.AddPersona(ctx, admin.NewPersona{Account: "alice", Name: name, Car: 104})
	require.NoError(t, err)
	assert.Equal(t, name, g.Name)
	p, err := c.Grant(ctx, admin.Grant{Name: name, Cash: 5})
	require.NoError(t, err)
	assert.EqualValues(t, 10005, p.Cash)
	same(t, c, f.local, func(api admin.API, ctx context.Context) (admin.Garage, error) { return api.Persona(ctx, name) })
	_, err = c.Rename(ctx, admin.Rename{Name: name, To: "Speedy"})
	require.NoError(t, err)
	same(t, c, f.local, func(api admin.API, ctx context.Context) (admin.Garage, error) { return api.Persona(ctx, "speedy") })
	_, err = c.Kick(ctx, admin.Kick{Persona: "Speedy"})
	require.NoError(t, err)
	assert.Equal(t, []uint32{77, 77}, server.ended)
	p, err = c.Mute(ctx, admin.Mute{Name: "speedy"})
	require.NoError(t, err)
	assert.True(t, p.Muted)
	require.NoError(t, c.Unmute(ctx, "Speedy"))
	ban, err := c.BanAddress(ctx, admin.NewAddressBan{Network: "192.0.2.77/24", Reason: "why"})
	require.NoError(t, err)
	assert.Equal(t, admin.AddressBan{Network: "192.0.2.0/24", Reason: "why", Created: noon, Closed: 2}, ban)
	same(t, c, f.local, admin.API.AddressBans)
	require.NoError(t, c.UnbanAddress(ctx, "192.0.2.0/24"))
	assert.Equal(t, 4, server.reloads, "every change reaches the server")
	invite, err := c.AddInvite(ctx, admin.NewInvite{Note: "for Doc", Uses: 2, Days: 3})
	require.NoError(t, err)
	same(t, c, f.local, admin.API.Invites)
	require.NoError(t, c.RemoveInvite(ctx, invite.Code))
	m, err := c.SetMessage(ctx, admin.Message{Text: " Hello "})
	require.NoError(t, err)
	assert.Equal(t, admin.Message{Text: "Hello"}, m)
	same(t, c, f.local, admin.API.Message)
	told, err := c.Broadcast(ctx, admin.Broadcast{Text: "Restart at ten", Minutes: 5})
	require.NoError(t, err)
	assert.Equal(t, admin.Told{Until: noon.Add(5 * time.Minute), Players: 3, Mails: 1}, told)
	m, err = c.Message(ctx)
	require.NoError(t, err)
	assert.Equal(t, admin.Message{Text: "Hello", Notice: "Restart at ten", Until: told.Until}, m)
	told, err = c.Broadcast(ctx, admin.Broadcast{Clear: true})
	require.NoError(t, err)
	assert.Zero(t, told)
	same(t, c, f.local, admin.API.Overview)
	same(t, c, f.local, admin.API.Economy)
	same(t, c, f.local, admin.API.Connections)
	same(t, c, f.local, admin.API.Counters)
	same(t, c, f.local, admin.API.Rooms)
	same(t, c, f.local, admin.API.Races)
	same(t, c, f.local, admin.API.Logins)
	disk, err := c.Disk(ctx) // how much is free changes all the time
	require.NoError(t, err)
	assert.NotZero(t, disk.Store)
	for _, account := range []string{"", "alice"} {
		same(t, c, f.local, func(api admin.API, ctx context.Context) ([]admin.Persona, error) { return api.Personas(ctx, account) })
	}

	same(t, c, f.local, admin.API.Keys)
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	_, err = c.ImportKey(ctx, admin.LoginKey{PEM: string(text)})
	require.NoError(t, err)
	_, err = c.RotateKeys(ctx, admin.Rotation{Login: true, Certificate: true})
	require.NoError(t, err)
	same(t, c, f.local, admin.API.Keys)

	same(t, c, f.local, admin.API.Catalog)
	imported, err := c.ImportCatalog(ctx, []byte(assets.BaseCatalog()))
	require.NoError(t, err)
	assert.True(t, imported.Imported)
	_, err = c.ImportCatalog(ctx, nil)
	assert.Equal(t, admin.Invalid, admin.KindOf(err))
	same(t, c, f.local, admin.API.Catalog)

	var live, local bytes.Buffer
	require.NoError(t, c.Backup(ctx, &live))
	require.NoError(t, f.local.Backup(ctx, &local))
	assert.Equal(t, local.Bytes(), live.Bytes())
	saved, err := c.SaveBackup(ctx)
	require.NoError(t, err)
	same(t, c, f.local, admin.API.Backups)
	staged, err := c.RestoreBackup(ctx, admin.BackupName{Name: saved.Name})
	require.NoError(t, err)
	assert.True(t, staged.Waiting)
	staged, err = c.StageRestore(ctx, &live)
	require.NoError(t, err)
	assert.True(t, staged.Waiting)
	same(t, c, f.local, admin.API.StagedRestore)
	_, err = c.StageRestore(ctx, strings.NewReader("no store"))
	assert.Equal(t, admin.Invalid, admin.KindOf(err))
	_, err = c.CancelRestore(ctx)
	require.NoError(t, err)
	_, err = c.CancelRestore(ctx)
	assert.Equal(t, admin.NotFound, admin.KindOf(err))
	same(t, c, f.local, admin.API.Check)
	same(t, c, f.local, admin.API.Doctor)
	require.NoError(t, c.RemoveAccount(ctx, "alice"))
	same(t, c, f.local, admin.API.Accounts)

	checkRecordings(t, c, f)

	for _, api := range []admin.API{c, f.local} {
		_, err := api.Persona(ctx, "nobody")
		assert.Equal(t, &admin.Error{Kind: admin.NotFound, Text: `no driver is called "nobody"`}, err)
	}
}

func same[T any](t *testing.T, live, local admin.API, ask func(admin.API, context.Context) (T, error)) {
	t.Helper()
	got, err := ask(live, t.Context())
	require.NoError(t, err)
	want, err := ask(local, t.Context())
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

// TestStop lets nobody in without the token, and leaves a service alone.
func TestStop(t *testing.T) {
	stopped := 0
	f := newFixture(t, func(o *Options) { o.Stop = func() { stopped++ } })
	for name, r := range map[string]request{
		"no token": {}, "wrong token": {token: "0123"}, "not by looking": {token: f.c.token, method: http.MethodGet},
		"foreign name": {token: f.c.token, host: "evil.example"}, "a body": {token: f.c.token, body: "{}"},
	} {
		r.path = "/api/v1/stop"
		if r.method == "" {
			r.method = http.MethodPost
		}
		status, _, _ := f.do(r)
		assert.GreaterOrEqual(t, status, 400, name)
	}
	assert.Zero(t, stopped)
	require.NoError(t, client.New(f.http.Listener.Addr().String(), f.c.token).Stop(t.Context()))
	assert.Equal(t, 1, stopped)

	f = newFixture(t, nil)
	require.ErrorContains(t, client.New(f.http.Listener.Addr().String(), f.c.token).Stop(t.Context()), "mcos service stop")
}

// TestEveryCallHasARoute counts: a new operation needs a route, and a test above.
func TestEveryCallHasARoute(t *testing.T) {
	served := 0
	for _, rt := range routes {
		if !rt.open && rt.path != "/api/v1/console/link" && rt.path != "/api/v1/stop" {
			served++
			assert.True(t, strings.HasPrefix(rt.path, "/api/v1/"), rt.path)
		}
	}
	assert.Equal(t, reflect.TypeFor[admin.API]().NumMethod(), served)
}
