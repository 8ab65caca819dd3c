package session

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// newSession logs an account in.
func newSession(t *testing.T, m *Manager, account uint32, k byte) *Session {
	t.Helper()
	s, err := m.Login(issue(t, m, account), key(k), home)
	require.NoError(t, err)
	return s
}

// A persona is online from 438 to 106, selected or not.
func TestPlay(t *testing.T) {
	m, _ := newManager()
	s := newSession(t, m, 7, 1)
	a, b, stray := &fakeConn{}, &fakeConn{}, &fakeConn{}
	require.NoError(t, s.Attach(a))
	require.NoError(t, s.Attach(b))
	s.Play(stray, 21)
	s.Play(a, 0)
	assert.False(t, m.Online(21), "a connection of nobody's")
	assert.False(t, m.Online(0))
	assert.Zero(t, m.Playing())

	s.Play(a, 21)
	assert.True(t, m.Online(21))
	assert.Equal(t, 1, m.Playing())
	assert.Contains(t, m.TakeLogins().Personas, uint32(21))
	s.Play(a, 21)
	assert.Empty(t, m.TakeLogins().Personas, "the same again is nothing new")
	s.Play(b, 21)
	s.Rest(a)
	assert.True(t, m.Online(21), "on another connection")
	s.Rest(b)
	assert.False(t, m.Online(21))
	assert.Zero(t, m.Playing())
}

// The game closes the connection on which a driver was created when it may have
// selected that driver already.
func TestLateEndOfAnOldConnection(t *testing.T) {
	m, _ := newManager()
	s := newSession(t, m, 7, 1)
	old, now := &fakeConn{}, &fakeConn{}
	require.NoError(t, s.Attach(old))
	s.Play(old, 21)
	s.Rest(old) // 106
	s.Select(21)
	s.Rest(old) // and then its end
	s.Detach(old)
	assert.True(t, m.Online(21))
	assert.EqualValues(t, 21, s.Persona())

	require.NoError(t, s.Attach(now))
	s.Play(now, 21)
	s.Detach(now) // without a word
	s.Rest(now)
	assert.EqualValues(t, 21, s.Persona(), "what is detached cannot rest")

	require.NoError(t, s.Attach(now))
	s.Play(now, 21)
	s.Rest(now)
	assert.Zero(t, s.Persona(), "the last one out logs out")
	assert.False(t, m.Online(21))
}

func TestRestOfAnotherPersona(t *testing.T) {
	m, _ := newManager()
	s := newSession(t, m, 7, 1)
	c := &fakeConn{}
	require.NoError(t, s.Attach(c))
	s.Play(c, 21)
	s.Select(22)
	s.Rest(c)
	assert.EqualValues(t, 22, s.Persona())
	assert.True(t, m.Online(22))
}

// Nobody of a session that is over is online.
func TestPlayEndsWithTheSession(t *testing.T) {
	m, _ := newManager()
	s := newSession(t, m, 7, 1)
	c := &fakeConn{}
	require.NoError(t, s.Attach(c))
	s.Play(c, 21)
	newSession(t, m, 7, 2)
	assert.False(t, m.Online(21))
	s.Play(c, 21)
	assert.False(t, m.Online(21))
}

func TestAt(t *testing.T) {
	m, _ := newManager()
	assert.False(t, m.At(home))
	newSession(t, m, 7, 1)
	assert.True(t, m.At(home))
	assert.True(t, m.At(netip.AddrFrom16(home.As16())), "in either form")
	assert.False(t, m.At(netip.MustParseAddr("192.0.2.2")))
	m.End(7, "test")
	assert.False(t, m.At(home))
}
