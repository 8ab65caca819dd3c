package admin_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
)

func TestAddressBans(t *testing.T) {
	l := open(t, options(t))
	for in, want := range map[string]string{
		"192.0.2.7": "192.0.2.7/32", " 192.0.2.7 ": "192.0.2.7/32", "198.51.100.9/24": "198.51.100.0/24", "::ffff:192.0.2.9": "192.0.2.9/32",
		"::ffff:203.0.113.5/120": "203.0.113.0/24", "2001:db8::1": "2001:db8::/56", "2001:db8:1:2233::7": "2001:db8:1:2200::/56", "2001:db8::1/128": "2001:db8::1/128",
		"fe80::1%eth0": "fe80::1/128", "64:ff9b::192.0.2.8": "192.0.2.8/32", "2001:db8::1/32": "2001:db8::/32",
	} {
		b, err := l.BanAddress(ctx, admin.NewAddressBan{Network: in, Reason: " two\nlines "})
		require.NoError(t, err, in)
		assert.Equal(t, want, b.Network)
		assert.Equal(t, "two lines", b.Reason)
	}
	for in, words := range map[string]string{
		"": "neither an address", "example.org": "neither an address", "192.0.2.0/33": "neither an address", "fe80::1%eth0/64": "neither an address",
		"127.0.0.1": "own addresses", "::1": "own addresses", "0.0.0.0/0": "own addresses", "::/0": "own addresses",
		"::ffff:0:0/90": "both kinds",
	} {
		_, err := l.BanAddress(ctx, admin.NewAddressBan{Network: in})
		require.Error(t, err, in)
		refused(t, err, admin.Invalid, words)
	}
	_, err := l.BanAddress(ctx, admin.NewAddressBan{Network: "192.0.2.1", Reason: strings.Repeat("x", 201)})
	refused(t, err, admin.Invalid, "a reason has at most")
	list, err := l.AddressBans(ctx)
	require.NoError(t, err)
	assert.Len(t, list, 10)
	require.NoError(t, l.UnbanAddress(ctx, "2001:db8:1:22aa::1"), "another address of the same household")
	require.NoError(t, l.UnbanAddress(ctx, "198.51.100.1/24"))
	refused(t, l.UnbanAddress(ctx, "198.51.100.1/24"), admin.NotFound, "198.51.100.0/24 is not banned")
	refused(t, l.UnbanAddress(ctx, "x"), admin.Invalid, "neither")
}

func TestInvites(t *testing.T) {
	l := open(t, options(t))
	i, err := l.AddInvite(ctx, admin.NewInvite{})
	require.NoError(t, err)
	assert.Equal(t, 1, i.Uses)
	assert.True(t, i.Expires.IsZero() && i.Valid)
	_, err = l.Users.CreateInvited(ctx, "alice", "x", i.Code)
	require.NoError(t, err)
	other, err := l.AddInvite(ctx, admin.NewInvite{})
	require.NoError(t, err)
	assert.NotEqual(t, i.Code, other.Code)
	list, err := l.Invites(ctx)
	require.NoError(t, err)
	require.Len(t, list, 2)
	used := list[0]
	if used.Code != i.Code {
		used = list[1]
	}
	assert.Equal(t, []string{"alice"}, used.Accounts)
	assert.False(t, used.Valid)
	require.NoError(t, l.RemoveAccount(ctx, "alice"))
	require.NoError(t, l.RemoveInvite(ctx, other.Code))
	list, err = l.Invites(ctx)
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Empty(t, list[0].Accounts)
	assert.Equal(t, 1, list[0].Used, "an account that has gone does not make the code good again")
	refused(t, l.RemoveInvite(ctx, other.Code), admin.NotFound, "no such invite")
	for words, in := range map[string]admin.NewInvite{
		"accounts": {Uses: -1}, "1 to 10000 accounts": {Uses: 10001}, "days": {Days: -1}, "3650 days": {Days: 4000}, "a note": {Note: strings.Repeat("x", 201)},
	} {
		_, err := l.AddInvite(ctx, in)
		refused(t, err, admin.Invalid, words)
	}
}

func TestMessages(t *testing.T) {
	l := open(t, options(t))
	m, err := l.Message(ctx)
	require.NoError(t, err)
	assert.Empty(t, m.Text)
	_, err = l.SetMessage(ctx, admin.Message{Text: "Hello"})
	require.NoError(t, err)
	for words, text := range map[string]string{"at most 500": strings.Repeat("x", 501), "plain ASCII": "Grüße", `"\n" is not`: "a\nb"} {
		_, err = l.SetMessage(ctx, admin.Message{Text: text})
		refused(t, err, admin.Invalid, words)
	}
	m, err = l.Message(ctx)
	require.NoError(t, err)
	assert.Equal(t, "Hello", m.Text)
	m, err = l.SetMessage(ctx, admin.Message{Text: "  "})
	require.NoError(t, err)
	assert.Empty(t, m.Text)

	_, err = l.Broadcast(ctx, admin.Broadcast{Text: "x"})
	refused(t, err, admin.Conflict, "no server runs")
	for words, in := range map[string]admin.Broadcast{
		"nothing to tell": {}, "needs no text": {Text: "x", Clear: true}, "1 to 1440 minutes": {Text: "x", Minutes: 1441}, "1 to 1440": {Text: "x", Minutes: -1}, "at most 200": {Text: strings.Repeat("x", 201)},
	} {
		_, err := l.Broadcast(ctx, in)
		refused(t, err, admin.Invalid, words)
	}
}

func TestMute(t *testing.T) {
	l := open(t, options(t))
	_, err := l.AddAccount(ctx, admin.NewAccount{Name: "alice", Password: "x"})
	require.NoError(t, err)
	_, err = l.AddPersona(ctx, admin.NewPersona{Account: "alice", Name: "Loud"})
	require.NoError(t, err)
	p, err := l.Mute(ctx, admin.Mute{Name: "loud"})
	require.NoError(t, err)
	assert.True(t, p.Muted)
	require.NoError(t, l.Unmute(ctx, "Loud"))
	g, err := l.Persona(ctx, "Loud")
	require.NoError(t, err)
	assert.False(t, g.Muted)
	_, err = l.Mute(ctx, admin.Mute{Name: "nobody"})
	refused(t, err, admin.NotFound, "no driver")
	refused(t, l.Unmute(ctx, "nobody"), admin.NotFound, "no driver")
}
