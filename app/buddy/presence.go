package buddy

import (
	"errors"

	"mcos/app/gateway"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

// Arrive notes that a player has entered a port of the lobby family, and tells
// those who watch him when it is his first.
func (s *Service) Arrive(c *gateway.Conn) {
	seat := c.Seat()
	if !s.cfg.On || seat == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.present[seat.Persona] == nil {
		s.present[seat.Persona] = map[*gateway.Conn]string{}
		s.tell(c, seat, true)
	}
	s.present[seat.Persona][c] = seat.Name
}

// Leave forgets a connection that has ended, and tells those who watch its player
// when it was his last.
func (s *Service) Leave(c *gateway.Conn) {
	seat := c.Seat()
	if !s.cfg.On || seat == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for persona := range s.watching[c] {
		s.unwatch(c, persona)
	}
	delete(s.watching, c)
	if _, here := s.present[seat.Persona][c]; !here {
		return
	}
	delete(s.present[seat.Persona], c)
	if len(s.present[seat.Persona]) == 0 {
		delete(s.present, seat.Persona)
		s.tell(c, seat, false)
	}
}

// tell pushes the coming or going of a player to the connections that watch him.
func (s *Service) tell(by *gateway.Conn, who *gateway.Seat, online bool) {
	for c := range s.watchers[who.Persona] {
		c.Tell(by, nps.BuddyListUpdateOn.With(&nps.LobbyBuddy{User: who.Persona, Name: who.Name, Online: online}))
	}
}

func (s *Service) watch(c *gateway.Conn, persona uint32) {
	if s.watching[c] == nil {
		s.watching[c] = map[uint32]struct{}{}
	}
	if s.watchers[persona] == nil {
		s.watchers[persona] = map[*gateway.Conn]struct{}{}
	}
	s.watching[c][persona] = struct{}{}
	s.watchers[persona][c] = struct{}{}
}

func (s *Service) unwatch(c *gateway.Conn, persona uint32) {
	delete(s.watching[c], persona)
	if delete(s.watchers[persona], c); len(s.watchers[persona]) == 0 {
		delete(s.watchers, persona)
	}
}

// refresh answers with the buddies of the player's stored list and watches them
// from now on.
func (s *Service) refresh(c *gateway.Call, _ *wire.Empty) error {
	var found []storage.Persona
	err := s.Store.View(func(tx storage.ReadTx) (err error) {
		found, err = buddies(tx, c.Seat().Persona)
		return err
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for persona := range s.watching[c.Conn] {
		s.unwatch(c.Conn, persona)
	}
	body := &nps.LobbyBuddiesBody{}
	for _, p := range found {
		s.watch(c.Conn, p.ID)
		body.Users = append(body.Users, s.seen(p))
	}
	c.Reply(nps.BuddyListOn.With(body))
	return nil
}

// seen is a buddy as the lobby shows it.
func (s *Service) seen(p storage.Persona) nps.LobbyBuddy {
	return nps.LobbyBuddy{User: p.ID, Name: p.Name, Online: len(s.present[p.ID]) > 0}
}

// watchUsers watches more players, and says of each whether he is there. Nothing
// is stored: the list itself is kept on 8228.
func (s *Service) watchUsers(c *gateway.Call, req *nps.UserIDsBody) error {
	var found []storage.Persona
	err := s.Store.View(func(tx storage.ReadTx) error {
		for _, id := range req.Users[:min(len(req.Users), s.cfg.Limit)] {
			p, err := tx.Persona(id)
			switch {
			case errors.Is(err, storage.ErrNotFound) || err == nil && !p.Live():
			case err != nil:
				return err
			default:
				found = append(found, p)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range found {
		if _, already := s.watching[c.Conn][p.ID]; !already && len(s.watching[c.Conn]) >= s.cfg.Limit {
			return errFull
		}
		s.watch(c.Conn, p.ID)
		about := s.seen(p)
		c.Reply(nps.BuddyListUpdateOn.With(&about))
	}
	return nil
}

// unwatchUsers watches players no longer.
func (s *Service) unwatchUsers(c *gateway.Call, req *nps.UserIDsBody) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range req.Users {
		s.unwatch(c.Conn, id)
	}
	return nil
}
