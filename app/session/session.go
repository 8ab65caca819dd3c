// Package session knows who is who: which ticket belongs to which account, which
// session key the account's client chose, which persona it plays and which
// connections hang on it. Everything is in memory and nothing of it is ever
// written down; after a restart players log in again.
//
// The life of a login: the web side issues a Ticket, the game presents it in
// NPS 0x501 together with a session key, and that makes a Session. Lobby, room
// and MCOTS connections join the session by its key. The newest 0x501 of an
// account wins: it replaces the older session and closes its connections
// ("nps-login-persona 7.7, 8.2, 8.3").
//
// 0x501 travels in clear, so a ticket that it has used is good for nothing but the
// same message from the same address, which changes nothing, and ends with its
// session. That ends when it has had no connection for a while, because on 8228
// the address alone speaks for a player (DECISIONS 45).
package session

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"time"

	"mcos/protocol/cipher"
)

// Errors of the manager.
var (
	// ErrTicket says that a ticket is unknown, expired or over.
	ErrTicket = errors.New("unknown or expired ticket")
	// ErrUsed is an ErrTicket: somebody else has used the ticket, or the same player
	// with another key.
	ErrUsed = fmt.Errorf("%w: it has been used from another address or with another session key", ErrTicket)
	// ErrEnded says that the session was replaced or ended.
	ErrEnded = errors.New("the session has ended")
	// ErrTooMany says that the session holds as many connections as it may.
	ErrTooMany = errors.New("too many connections for one login")
)

const (
	ticketBytes = 17               // 34 hex characters, the recorded form (web-and-client 2.4)
	unusedLife  = 10 * time.Minute // of a ticket that no 0x501 has presented
	maxConns    = 8                // per session (nps-lobby-rooms 10.4)
	maxTickets  = 16               // unused tickets an account may hold; the oldest goes first
)

// IdleLife is how long a session without any connection lives, unless an operator
// chooses otherwise.
const IdleLife = 30 * time.Minute

// Conn is what the manager needs of a connection: a way to end it.
type Conn interface {
	// Close ends the connection and gives the reason for the log.
	Close(reason string)
}

// Session is one logged-in client. Its exported fields never change.
type Session struct {
	Account     uint32 // customer id
	AccountName string
	Key         cipher.SessionKey
	Addr        netip.Addr // where the 0x501 came from; 8228 and MCOTS must come from there too
	Typed       string     // the host that the player typed, "" when nobody knows (netaddr.TypedHost)

	m       *Manager
	since   time.Time
	ticket  string
	persona uint32
	conns   map[Conn]struct{}
	playing map[Conn]uint32 // see Play
	idle    time.Time       // since when it has had no connection
	ended   bool
}

// Manager owns all tickets and sessions. Its methods may be called from any
// goroutine.
type Manager struct {
	now    func() time.Time
	idle   time.Duration // life of a session without any connection
	random io.Reader

	mu       sync.Mutex
	tickets  map[string]*ticket
	accounts map[uint32]*Session
	touched  map[uint32]time.Time // personas to stamp as last logged in
	logins   map[uint32]time.Time // accounts likewise
}

type ticket struct {
	account uint32
	name    string
	typed   string // host that the player typed
	issued  time.Time
	session *Session // that it has opened, nil until then
	fixed   bool     // registered by hand: never expires, and may be used by anybody
}

// NewManager makes a manager without sessions. A session that has had no
// connection for idle ends.
func NewManager(now func() time.Time, idle time.Duration) *Manager {
	return &Manager{
		now: now, idle: idle, random: rand.Reader,
		tickets:  map[string]*ticket{},
		accounts: map[uint32]*Session{},
		touched:  map[uint32]time.Time{},
		logins:   map[uint32]time.Time{},
	}
}

// Issue makes a ticket for an account whose password has been checked. Older
// tickets stay valid: the game asks for two in one login.
func (m *Manager) Issue(account uint32, name string) (string, error) {
	return m.IssueAt(account, name, "")
}

// IssueAt is Issue for a player who has typed a host to come here, which the session
// will remember.
func (m *Manager) IssueAt(account uint32, name, typed string) (string, error) {
	raw := make([]byte, ticketBytes)
	if _, err := io.ReadFull(m.random, raw); err != nil {
		return "", err
	}
	text := hex.EncodeToString(raw)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pruneTickets(account)
	m.tickets[text] = &ticket{account: account, name: name, typed: typed, issued: m.now()}
	return text, nil
}

// Register accepts a ticket that somebody else issued, for replaying recorded
// traffic. It never expires and may be used again from anywhere.
func (m *Manager) Register(text string, account uint32, name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tickets[text] = &ticket{account: account, name: name, issued: m.now(), fixed: true}
}

// pruneTickets drops expired tickets and, when the account holds too many, its
// oldest unused one.
func (m *Manager) pruneTickets(account uint32) {
	now := m.now()
	var oldest string
	count := 0
	for text, t := range m.tickets {
		switch {
		case t.fixed || t.session != nil:
		case now.Sub(t.issued) >= unusedLife:
			delete(m.tickets, text)
		case t.account == account:
			count++
			if oldest == "" || t.issued.Before(m.tickets[oldest].issued) {
				oldest = text
			}
		}
	}
	if count >= maxTickets {
		delete(m.tickets, oldest)
	}
}

// TicketAccount tells whose ticket this is, as far as somebody at addr may use it;
// else it returns ErrTicket or ErrUsed.
func (m *Manager) TicketAccount(text string, addr netip.Addr) (uint32, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.validTicket(text, addr)
	if err != nil {
		return 0, err
	}
	return t.account, nil
}

func (m *Manager) validTicket(text string, addr netip.Addr) (*ticket, error) {
	t := m.tickets[text]
	switch {
	case t == nil:
		return nil, ErrTicket
	case t.fixed:
		return t, nil
	case t.session == nil && m.now().Sub(t.issued) >= unusedLife:
		return nil, ErrTicket
	case t.session != nil && m.live(t.account) != t.session:
		return nil, ErrTicket
	case t.session != nil && t.session.Addr != addr.Unmap():
		return nil, ErrUsed
	}
	return t, nil
}

// Login opens the session for a ticket that came in 0x501 with a session key. The
// account's older session ends with its ticket, and its connections are closed. A
// ticket that is used again in the same way gets its session once more, as it is.
// Login returns ErrTicket for a ticket that is not good, or ErrUsed for one that was
// used otherwise (DECISIONS 45).
func (m *Manager) Login(text string, key cipher.SessionKey, addr netip.Addr) (*Session, error) {
	m.mu.Lock()
	t, err := m.validTicket(text, addr)
	if err == nil && t.session != nil && !t.fixed {
		s := t.session
		m.mu.Unlock()
		if s.Key != key {
			return nil, ErrUsed
		}
		return s, nil
	}
	if err != nil {
		m.mu.Unlock()
		return nil, err
	}
	old := m.endLocked(m.accounts[t.account])
	s := &Session{
		Account: t.account, AccountName: t.name, Key: key, Addr: addr.Unmap(), Typed: t.typed,
		m: m, since: m.now(), ticket: text, conns: map[Conn]struct{}{}, idle: m.now(),
	}
	t.session = s
	m.accounts[s.Account] = s
	m.logins[s.Account] = m.now()
	m.mu.Unlock()
	closeAll(old, "the account logged in again")
	return s, nil
}

// ByAccount returns the account's session, or nil.
func (m *Manager) ByAccount(account uint32) *Session {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.live(account)
}

// ByHash returns the account's session when its key has this MD5, or nil. Another
// account may have brought the same key: whoever has seen a 0x501 can repeat the
// encrypted key in it with a ticket of his own.
func (m *Manager) ByHash(account uint32, hash [16]byte) *Session {
	s := m.ByAccount(account)
	if s == nil || s.Key.Hash() != hash {
		return nil
	}
	return s
}

// live is the account's session, nil when there is none; one that has been without
// a connection for too long ends here.
func (m *Manager) live(account uint32) *Session {
	s := m.accounts[account]
	if s != nil && s.forgotten() {
		m.endLocked(s)
		return nil
	}
	return s
}

// forgotten reports whether the session has been without a connection for too long.
func (s *Session) forgotten() bool {
	return len(s.conns) == 0 && s.m.now().Sub(s.idle) >= s.m.idle
}

// End ends the account's session and all its tickets, for example because the
// account was banned, and closes its connections.
func (m *Manager) End(account uint32, reason string) {
	m.mu.Lock()
	for text, t := range m.tickets {
		if t.account == account {
			delete(m.tickets, text)
		}
	}
	conns := m.endLocked(m.accounts[account])
	m.mu.Unlock()
	closeAll(conns, reason)
}

// endLocked takes the session and its ticket out of all tables and returns its
// connections, which the caller closes after unlocking.
func (m *Manager) endLocked(s *Session) []Conn {
	if s == nil {
		return nil
	}
	s.ended = true
	if m.accounts[s.Account] == s {
		delete(m.accounts, s.Account)
	}
	if t := m.tickets[s.ticket]; t != nil && !t.fixed {
		delete(m.tickets, s.ticket)
	}
	conns := make([]Conn, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	clear(s.conns)
	clear(s.playing)
	return conns
}

func closeAll(conns []Conn, reason string) {
	for _, c := range conns {
		c.Close(reason)
	}
}

// Sweep ends sessions that have been without a connection for too long and forgets
// expired tickets. The server calls it now and then, so that lists show nobody who
// has left.
func (m *Manager) Sweep() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	for account := range m.accounts {
		m.live(account)
	}
	for text, t := range m.tickets {
		if !t.fixed && t.session == nil && now.Sub(t.issued) >= unusedLife {
			delete(m.tickets, text)
		}
	}
}

// Admits reports whether another connection could be attached now: nil, ErrEnded or
// ErrTooMany.
func (s *Session) Admits() error {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.admits()
}

func (s *Session) admits() error {
	switch {
	case s.ended || s.m.live(s.Account) != s:
		return ErrEnded
	case len(s.conns) >= maxConns:
		return ErrTooMany
	}
	return nil
}

// Attach hangs a connection on the session. It returns ErrEnded when the session
// is over and ErrTooMany when it has enough connections.
func (s *Session) Attach(c Conn) error {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if err := s.admits(); err != nil {
		return err
	}
	s.conns[c] = struct{}{}
	return nil
}

// Detach takes a connection off the session; it may have ended already.
func (s *Session) Detach(c Conn) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	delete(s.conns, c)
	delete(s.playing, c)
	if len(s.conns) == 0 {
		s.idle = s.m.now()
	}
}

// Select makes a persona the one this session plays.
func (s *Session) Select(persona uint32) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.persona = persona
	if persona != 0 && !s.ended {
		s.m.touched[persona] = s.m.now()
	}
}

// Persona is the persona the session plays, 0 for none.
func (s *Session) Persona() uint32 {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.persona
}

// Online reports whether some session plays the persona: it has been selected, or is
// on the transaction server.
func (m *Manager) Online(persona uint32) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.accounts {
		if persona != 0 && (s.persona == persona || s.plays(persona)) {
			return true
		}
	}
	return false
}

// Playing counts the sessions that play a persona and have at least one connection:
// the number of players now.
func (m *Manager) Playing() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, s := range m.accounts {
		if (s.persona != 0 || len(s.playing) > 0) && len(s.conns) > 0 {
			n++
		}
	}
	return n
}

// Logins are last-login times that have not been stored yet, by account and by
// persona id.
type Logins struct {
	Accounts map[uint32]time.Time
	Personas map[uint32]time.Time
}

// TakeLogins hands over the last-login times collected since the last call.
// Logging in itself writes nothing to disk; the server stores these in batches.
func (m *Manager) TakeLogins() Logins {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := Logins{Accounts: m.logins, Personas: m.touched}
	m.logins, m.touched = map[uint32]time.Time{}, map[uint32]time.Time{}
	return l
}
