package session

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/cipher"
)

var (
	home = netip.MustParseAddr("192.0.2.1")
	away = netip.MustParseAddr("203.0.113.9")
)

type fakeConn struct{ closed string }

func (c *fakeConn) Close(reason string) { c.closed = reason }

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func newManager() (*Manager, *clock) {
	c := &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	return NewManager(c.now, IdleLife), c
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
	account, err := m.TicketAccount(a, home)
	require.NoError(t, err, "a newer ticket ends no older one")
	assert.EqualValues(t, 7, account)
}

func TestUnusedTicketExpires(t *testing.T) {
	m, c := newManager()
	text := issue(t, m, 7)
	c.t = c.t.Add(unusedLife - time.Second)
	_, err := m.TicketAccount(text, home)
	require.NoError(t, err)
	c.t = c.t.Add(time.Second)
	_, err = m.Login(text, key(1), home)
	assert.ErrorIs(t, err, ErrTicket)
}

// A used ticket is good for the same message from the same address and changes
// nothing then; for anything else it is of no use, and the player keeps his session.
func TestUsedTicket(t *testing.T) {
	m, c := newManager()
	text := issue(t, m, 7)
	s, err := m.Login(text, key(1), home)
	require.NoError(t, err)
	conn := &fakeConn{}
	require.NoError(t, s.Attach(conn))
	mapped := netip.MustParseAddr("::ffff:192.0.2.1")
	for name, try := range map[string]struct {
		key  byte
		addr netip.Addr
		err  error
	}{
		"the same again":              {1, home, nil},
		"the same in another form":    {1, mapped, nil},
		"from another address":        {1, away, ErrUsed},
		"with another key":            {2, home, ErrUsed},
		"with both":                   {2, away, ErrUsed},
		"from an address of no kind":  {1, netip.Addr{}, ErrUsed},
		"from a neighbour of the net": {1, home.Next(), ErrUsed},
	} {
		c.t = c.t.Add(5 * time.Minute)
		again, err := m.Login(text, key(try.key), try.addr)
		if try.err == nil {
			require.NoError(t, err, name)
			assert.Same(t, s, again, name)
		} else {
			require.ErrorIs(t, err, try.err, name)
			assert.ErrorIs(t, err, ErrTicket, name)
		}
		assert.Empty(t, conn.closed, name)
		assert.Same(t, s, m.ByAccount(7), name)
	}
	_, err = m.TicketAccount(text, away)
	assert.ErrorIs(t, err, ErrUsed, "said before the key is decrypted")
}

// A used ticket ends with its session, whatever ended that.
func TestTicketEndsWithItsSession(t *testing.T) {
	for name, end := range map[string]func(m *Manager, c *clock){
		"another login": func(m *Manager, _ *clock) {
			_, err := m.Login(issue(t, m, 7), key(9), home)
			require.NoError(t, err)
		},
		"a ban":   func(m *Manager, _ *clock) { m.End(7, "banned") },
		"silence": func(_ *Manager, c *clock) { c.t = c.t.Add(IdleLife) },
	} {
		t.Run(name, func(t *testing.T) {
			m, c := newManager()
			text := issue(t, m, 7)
			_, err := m.Login(text, key(1), home)
			require.NoError(t, err)
			end(m, c)
			_, err = m.TicketAccount(text, home)
			require.ErrorIs(t, err, ErrTicket)
			_, err = m.Login(text, key(1), home)
			require.ErrorIs(t, err, ErrTicket)
			m.Sweep()
			assert.NotContains(t, m.tickets, text)
		})
	}
}

// The key of another account's login may be repeated with a ticket of one's own; that
// takes nothing from its owner.
func TestSameKeyTwice(t *testing.T) {
	m, _ := newManager()
	victim, err := m.Login(issue(t, m, 7), key(1), home)
	require.NoError(t, err)
	thief, err := m.Login(issue(t, m, 8), key(1), away)
	require.NoError(t, err)
	assert.Same(t, victim, m.ByHash(7, key(1).Hash()))
	assert.Same(t, thief, m.ByHash(8, key(1).Hash()))
	m.End(8, "test")
	assert.Same(t, victim, m.ByHash(7, key(1).Hash()))
}

func TestTicketsOfOneAccountAreBounded(t *testing.T) {
	m, c := newManager()
	first := issue(t, m, 7)
	for range maxTickets {
		c.t = c.t.Add(time.Second)
		issue(t, m, 7)
	}
	_, err := m.TicketAccount(first, home)
	assert.ErrorIs(t, err, ErrTicket)
	assert.Len(t, m.tickets, maxTickets)
}

func TestNewestLoginWins(t *testing.T) {
	m, _ := newManager()
	old, err := m.Login(issue(t, m, 7), key(1), home)
	require.NoError(t, err)
	conn := &fakeConn{}
	require.NoError(t, old.Attach(conn))

	s, err := m.Login(issue(t, m, 7), key(2), away)
	require.NoError(t, err)
	assert.Equal(t, "the account logged in again", conn.closed)
	assert.Same(t, s, m.ByAccount(7))
	assert.Same(t, s, m.ByHash(7, key(2).Hash()))
	assert.Nil(t, m.ByHash(7, key(1).Hash()))
	assert.ErrorIs(t, old.Attach(&fakeConn{}), ErrEnded)
	old.Detach(conn) // late, and harmless
	assert.Same(t, s, m.ByAccount(7))
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
	_, err = m.TicketAccount(text, home)
	assert.ErrorIs(t, err, ErrTicket)
	_, err = m.TicketAccount(other, home)
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
	c.t = c.t.Add(IdleLife - time.Second)
	assert.Same(t, idle, m.ByAccount(7))
	c.t = c.t.Add(time.Second)
	assert.ErrorIs(t, idle.Attach(conn), ErrEnded, "without anybody sweeping")
	assert.Nil(t, m.ByAccount(7))
	assert.Nil(t, m.ByHash(7, key(1).Hash()))
	m.Sweep()
	assert.NotNil(t, m.ByAccount(8))

	busy.Detach(conn)
	m.Sweep()
	assert.NotNil(t, m.ByAccount(8), "the time starts when the last connection goes")
}

func TestRegisteredTicketNeverExpires(t *testing.T) {
	m, c := newManager()
	m.Register("d316", 7, "admin")
	c.t = c.t.Add(48 * time.Hour)
	m.Sweep()
	for i := range 2 {
		_, err := m.Login("d316", key(byte(i)), []netip.Addr{home, away}[i])
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
