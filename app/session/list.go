package session

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// Info is one login of the moment, without anything secret.
type Info struct {
	Account     uint32
	AccountName string
	Persona     uint32 // 0 until one has been chosen
	Addr        netip.Addr
	Since       time.Time // of the game's login
	Connections int
}

// List lists the logins of the moment in the order of their accounts' ids.
func (m *Manager) List() []Info {
	m.mu.Lock()
	list := make([]Info, 0, len(m.accounts))
	for _, s := range m.accounts {
		list = append(list, Info{
			Account: s.Account, AccountName: s.AccountName, Persona: s.persona, Addr: s.Addr,
			Since: s.since, Connections: len(s.conns),
		})
	}
	m.mu.Unlock()
	slices.SortFunc(list, func(a, b Info) int { return cmp.Compare(a.Account, b.Account) })
	return list
}

// Connections is how many connections hang on the session.
func (s *Session) Connections() int {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return len(s.conns)
}
