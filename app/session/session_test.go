package session

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/cipher"
)

var home = netip.MustParseAddr("192.0.2.1")

type fakeConn struct{ closed string }

func (c *fakeConn) Close(reason string) { c.closed = reason }

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func newManager() (*Manager, *clock) {
	c := &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	return NewManager(c.now), c
}

func key(b byte) cipher.SessionKey { return cipher.SessionKey{b} }

func issue(t *testing.T, m *Manager, account uint32) string {
	t.Helper()
	text, err := m.Issue(account, "marty")
	require.NoError(t, err)
	return text
}

func TestTicketForm(t *testing.T) {
	m, _ := newManager()
	a, b := issue(t, m, 7), issue(t, m, 7)
	assert.Regexp(t, `^[0-9a-f]{34}$`, a)
	assert.NotEqual(t, a, b)
	account, err := m.TicketAccount(a)
	require.NoError(t, err, "a newer ticket ends no older one")
	assert.EqualValues(t, 7, account)
}

func TestUnusedTicketExpires(t *testing.T) {
	m, c := newManager()
	text := issue(t, m, 7)
	c.t = c.t.Add(unusedLife - time.Second)
	_, err := m.TicketAccount(text)
	require.NoError(t, err)
	c.t = c.t.Add(time.Second)
	_, err = m.Login(text, key(1), home)
	assert.ErrorIs(t, err, ErrTicket)
}

func TestUsedTicketLivesUntilAnotherIsUsed(t *testing.T) {
	m, c := newManager()
	first, second := issue(t, m, 7), issue(t, m, 7)
	_, err := m.Login(first, key(1), home)
	require.NoError(t, err)
	c.t = c.t.Add(5 * time.Minute)
	_, err = m.Login(first, key(2), home)
	require.NoError(t, err, "0x501 may be repeated with the same ticket")
	_, err = m.Login(second, key(3), home)
	require.NoError(t, err)
	_, err = m.Login(first, key(4), home)
	assert.ErrorIs(t, err, ErrTicket)
}

func TestTicketsOfOneAccountAreBounded(t *testing.T) {
	m, c := newManager()
	first := issue(t, m, 7)
	for range maxTickets {
		c.t = c.t.Add(time.Second)
		issue(t, m, 7)
	}
	_, err := m.TicketAccount(first)
	assert.ErrorIs(t, err, ErrTicket)
	assert.Len(t, m.tickets, maxTickets)
}

func TestNewestLoginWins(t *testing.T) {
	m, _ := newManager()
	text := issue(t, m, 7)
	old, err := m.Login(text, key(1), home)
	require.NoError(t, err)
	conn := &fakeConn{}
	require.NoError(t, old.Attach(conn))

	s, err := m.Login(text, key(2), home)
	require.NoError(t, err)
	assert.Equal(t, "the account logged in again", conn.closed)
	assert.Same(t, s, m.ByAccount(7))
	assert.Same(t, s, m.ByHash(key(2).Hash()))
	assert.Nil(t, m.ByHash(key(1).Hash()))
	assert.ErrorIs(t, old.Attach(&fakeConn{}), ErrEnded)
	old.Detach(conn) // late, and harmless
}

func TestEndClosesEverything(t *testing.T) {
	m, _ := newManager()
	text := issue(t, m, 7)
	other := issue(t, m, 8)
	s, err := m.Login(text, key(1), home)
	require.NoError(t, err)
	conn := &fakeConn{}
	require.NoError(t, s.Attach(conn))
	m.End(7, "banned")
	assert.Equal(t, "banned", conn.closed)
	assert.Nil(t, m.ByAccount(7))
	_, err = m.TicketAccount(text)
	assert.ErrorIs(t, err, ErrTicket)
	_, err = m.TicketAccount(other)
	assert.NoError(t, err)
}

func TestConnectionsOfASessionAreBounded(t *testing.T) {
	m, _ := newManager()
	s, err := m.Login(issue(t, m, 7), key(1), home)
	require.NoError(t, err)
	for range maxConns {
		require.NoError(t, s.Attach(&fakeConn{}))
	}
	assert.ErrorIs(t, s.Attach(&fakeConn{}), ErrTooMany)
}

func TestSweepEndsIdleSessions(t *testing.T) {
	m, c := newManager()
	idle, err := m.Login(issue(t, m, 7), key(1), home)
	require.NoError(t, err)
	busy, err := m.Login(issue(t, m, 8), key(2), home)
	require.NoError(t, err)
	conn := &fakeConn{}
	require.NoError(t, busy.Attach(conn))
	c.t = c.t.Add(idleLife)
	m.Sweep()
	assert.Nil(t, m.ByAccount(7))
	assert.ErrorIs(t, idle.Attach(conn), ErrEnded)
	assert.NotNil(t, m.ByAccount(8))

	busy.Detach(conn)
	m.Sweep()
	assert.NotNil(t, m.ByAccount(8), "the twelve hours start when the last connection goes")
}

func TestRegisteredTicketNeverExpires(t *testing.T) {
	m, c := newManager()
	m.Register("d316", 7, "admin")
	c.t = c.t.Add(48 * time.Hour)
	m.Sweep()
	for i := range 2 {
		_, err := m.Login("d316", key(byte(i)), home)
		require.NoError(t, err)
	}
}

func TestPlayingAndLastLogins(t *testing.T) {
	m, c := newManager()
	s, err := m.Login(issue(t, m, 7), key(1), home)
	require.NoError(t, err)
	assert.Zero(t, m.Playing())
	s.Select(1000)
	assert.True(t, m.Online(1000))
	assert.Zero(t, m.Playing(), "no connection yet")
	conn := &fakeConn{}
	require.NoError(t, s.Attach(conn))
	assert.Equal(t, 1, m.Playing())

	logins := m.TakeLogins()
	assert.Equal(t, map[uint32]time.Time{7: c.t}, logins.Accounts)
	assert.Equal(t, map[uint32]time.Time{1000: c.t}, logins.Personas)
	assert.Empty(t, m.TakeLogins().Personas)

	s.Select(0)
	assert.False(t, m.Online(1000))
	assert.Zero(t, m.Playing())
}
