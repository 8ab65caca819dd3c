package session

import "net/netip"

// Play notes that a connection of the session acts for a persona on the transaction
// server, which counts as being online from 438 to 106, selected or not: a driver who
// is being created has not been selected yet ("mcots-1 6.1", DECISIONS 35). A
// connection that is not attached plays nobody.
func (s *Session) Play(c Conn, persona uint32) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if _, attached := s.conns[c]; !attached || persona == 0 || s.playing[c] == persona {
		return
	}
	if s.playing == nil {
		s.playing = map[Conn]uint32{}
	}
	s.playing[c] = persona
	s.m.touched[persona] = s.m.now()
}

// Rest ends what Play began. When no other connection acts for the persona, it is no
// longer the selected one either. A connection that plays nobody changes nothing: the
// game closes the one on which a driver was created when that driver may have been
// selected already.
func (s *Session) Rest(c Conn) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	persona, playing := s.playing[c]
	if !playing {
		return
	}
	delete(s.playing, c)
	if s.persona == persona && !s.plays(persona) {
		s.persona = 0
	}
}

// plays reports whether some connection acts for the persona; the manager is locked.
func (s *Session) plays(persona uint32) bool {
	for _, p := range s.playing {
		if p == persona {
			return true
		}
	}
	return false
}

// At reports whether somebody has logged in from the address.
func (m *Manager) At(addr netip.Addr) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.accounts {
		if s.Addr == addr.Unmap() {
			return true
		}
	}
	return false
}
