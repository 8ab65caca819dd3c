package buddy

import (
	"errors"
	"fmt"

	"mcos/app/gateway"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

// Reasons for which somebody does not get on a list.
var (
	errSelf = errors.New("nobody is his own buddy")
	errFull = errors.New("the buddy list is full")
)

// nobody answers with an empty list.
func (s *Service) nobody(c *gateway.Call, req *nps.PersonaBody) error {
	if _, err := s.Own(c, req.Persona); err != nil {
		return err
	}
	c.Reply(nps.BuddyCount.With(&nps.BuddyCountBody{}))
	return nil
}

// buddies returns the live personas on a list.
func buddies(tx storage.ReadTx, owner uint32) ([]storage.Persona, error) {
	entries, err := tx.BuddiesOf(owner)
	if err != nil {
		return nil, err
	}
	list := make([]storage.Persona, 0, len(entries))
	for _, e := range entries {
		p, err := tx.Persona(e.Persona)
		switch {
		case errors.Is(err, storage.ErrNotFound) || err == nil && !p.Live():
		case err != nil:
			return nil, err
		default:
			list = append(list, p)
		}
	}
	return list, nil
}

// list answers with the number of buddies and one entry for each.
func (s *Service) list(c *gateway.Call, req *nps.PersonaBody) error {
	if _, err := s.Own(c, req.Persona); err != nil {
		return err
	}
	var found []storage.Persona
	err := s.Store.View(func(tx storage.ReadTx) (err error) {
		found, err = buddies(tx, req.Persona)
		return err
	})
	if err != nil {
		return err
	}
	answer := []wire.Packet{nps.BuddyCount.With(&nps.BuddyCountBody{Count: uint16(len(found))})}
	for _, p := range found {
		answer = append(answer, s.entry(p, true))
	}
	c.Reply(answer...)
	return nil
}

// entry describes a persona to somebody who has it on his list, or not.
func (s *Service) entry(p storage.Persona, listed bool) wire.Packet {
	return nps.BuddyEntryOn.With(&nps.BuddyEntryBody{Name: p.Name, Game: nps.GameName, Buddy: listed, Online: s.Online(p.ID)})
}

func (s *Service) add(c *gateway.Call, req *nps.BuddyBody) error {
	return s.change(c, req.Persona, func(tx storage.Tx) error {
		p, err := tx.Persona(req.Buddy)
		if err != nil {
			return fmt.Errorf("buddy %d: %w", req.Buddy, err)
		}
		return s.put(tx, req.Persona, p)
	})
}

func (s *Service) addByName(c *gateway.Call, req *nps.BuddyNameBody) error {
	return s.change(c, req.Persona, func(tx storage.Tx) error {
		p, err := tx.PersonaByName(req.Name)
		if err != nil {
			return fmt.Errorf("buddy %q: %w", req.Name, err)
		}
		return s.put(tx, req.Persona, p)
	})
}

// put adds a persona to a list. One that is on it already stays as it is.
func (s *Service) put(tx storage.Tx, owner uint32, p storage.Persona) error {
	switch {
	case p.ID == owner:
		return errSelf
	case !p.Live():
		return fmt.Errorf("buddy %d: %w", p.ID, storage.ErrNotFound)
	}
	list, err := buddies(tx, owner)
	if err != nil {
		return err
	}
	for _, other := range list {
		if other.ID == p.ID {
			return nil
		}
	}
	if len(list) >= s.cfg.Limit {
		return fmt.Errorf("%d buddies of persona %d: %w", len(list), owner, errFull)
	}
	return tx.PutBuddy(storage.Buddy{Owner: owner, Persona: p.ID, Added: s.Now()})
}

// remove takes a persona off a list; one that is not on it is no mistake.
func (s *Service) remove(c *gateway.Call, req *nps.BuddyBody) error {
	return s.change(c, req.Persona, func(tx storage.Tx) error {
		err := tx.DeleteBuddy(req.Persona, req.Buddy)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		return err
	})
}

func (s *Service) clear(c *gateway.Call, req *nps.PersonaBody) error {
	return s.change(c, req.Persona, func(tx storage.Tx) error {
		entries, err := tx.BuddiesOf(req.Persona)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := tx.DeleteBuddy(e.Owner, e.Persona); err != nil {
				return err
			}
		}
		return nil
	})
}

// change edits the list of a persona of the peer and confirms it.
func (s *Service) change(c *gateway.Call, persona uint32, edit func(storage.Tx) error) error {
	if _, err := s.Own(c, persona); err != nil {
		return err
	}
	if err := s.Store.Update(edit); err != nil {
		return err
	}
	c.Reply(nps.PersonaAck.With(&wire.Empty{}))
	return nil
}
