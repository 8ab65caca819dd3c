package persona_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/persona"
)

func TestChooseForms(t *testing.T) {
	forms := map[string][]byte{
		"A": append(unhex("020700ff"), make([]byte, 251)...),
		"B": append(unhex("020701070101000000000107"), make([]byte, 251)...),
		"C": unhex("02070004"),
	}
	require.Equal(t, "A", persona.Default().SelectAckForm)
	for form, want := range forms {
		t.Run(form, func(t *testing.T) {
			f := newFixture(t, func(c *persona.Config) { c.SelectAckForm = form })
			assert.Equal(t, want, f.ask(choose(customer, drBrown, shard)))
			assert.EqualValues(t, drBrown, f.session.Persona())
		})
	}
}

func TestChoosingMarksThePersona(t *testing.T) {
	f := newFixture(t, nil)
	f.persona(customer, "Marty", 0)
	f.ask(choose(customer, drBrown, shard))
	assert.True(t, f.Sessions.Online(drBrown))
	assert.False(t, f.Sessions.Online(1000))

	f.ask(choose(customer, 1000, shard))
	assert.True(t, f.Sessions.Online(1000))
	assert.False(t, f.Sessions.Online(drBrown), "one persona at a time")
	logins := f.Sessions.TakeLogins()
	assert.Equal(t, map[uint32]time.Time{drBrown: f.Now(), 1000: f.Now()}, logins.Personas)
}

func TestChooseRefusals(t *testing.T) {
	f := newFixture(t, nil)
	_, foreign := f.stranger()
	f.persona(customer, "Marty", 0)
	f.remove(customer, 1001)
	require.Len(t, f.ask(choose(customer, drBrown, shard)), 255)
	for name, request := range map[string][]byte{
		"foreign persona": choose(customer, int(foreign), shard),
		"unknown persona": choose(customer, 4711, shard),
		"persona 0":       choose(customer, 0, shard),
		"deleted persona": choose(customer, 1001, shard),
		"foreign shard":   choose(customer, drBrown, 88),
		"too short":       long(0x503, customer, drBrown),
	} {
		assert.Equal(t, refused, f.ask(request), name)
		assert.EqualValues(t, drBrown, f.session.Persona(), name)
	}
	assert.Len(t, f.Sessions.TakeLogins().Personas, 1, "a refused choice is no login")
}

func TestLogout(t *testing.T) {
	f := newFixture(t, nil)
	f.persona(customer, "Marty", 0)
	require.Len(t, f.ask(choose(customer, drBrown, shard)), 255)

	assert.Equal(t, loggedOut, f.ask(logout(customer, 1000)), "of another one of mine")
	assert.EqualValues(t, drBrown, f.session.Persona())

	assert.Equal(t, loggedOut, f.ask(logout(customer, drBrown)))
	assert.Zero(t, f.session.Persona())
	assert.False(t, f.Sessions.Online(drBrown))
	assert.Same(t, f.session, f.Sessions.ByAccount(customer), "the session key stays")
	assert.Same(t, f.session, f.Sessions.ByHash(customer, f.session.Key.Hash()))

	assert.Equal(t, loggedOut, f.ask(logout(customer, drBrown)), "once more does no harm")
	require.Len(t, f.ask(choose(customer, 1000, shard)), 255, "without a new login")
	assert.EqualValues(t, 1000, f.session.Persona())
}

func TestLogoutRefusals(t *testing.T) {
	f := newFixture(t, nil)
	_, foreign := f.stranger()
	require.Len(t, f.ask(choose(customer, drBrown, shard)), 255)
	for _, request := range [][]byte{logout(customer, int(foreign)), logout(customer, 4711), long(0x50F, customer, drBrown)} {
		assert.Equal(t, refused, f.ask(request))
	}
	assert.EqualValues(t, drBrown, f.session.Persona())
}

func TestBuddies(t *testing.T) {
	f := newFixture(t, nil)
	_, foreign := f.stranger()
	f.persona(customer, "Marty", 0)
	f.remove(customer, 1001)
	assert.Equal(t, noBuddies, f.ask(long(0x50B, drBrown)))
	for name, request := range map[string][]byte{
		"persona of somebody who is not logged in": long(0x50B, foreign),
		"unknown": long(0x50B, 4711), "deleted": long(0x50B, 1001), "too short": long(0x50B),
	} {
		assert.Equal(t, refused, f.ask(request), name)
	}
}
