package buddy

import (
	"errors"
	"fmt"

	"mcos/app/gateway"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

// info answers 0x518 with the entry of one persona. Servers of 2017 called it "buddy
// info by name", and nobody has recorded it; so it is read by name when it holds
// texts, and as two numbers when it is exactly that ("nps-login-persona 4.12",
// DECISIONS 38).
func (s *Service) info(c *gateway.Call, req *wire.Raw) error {
	owner, find, err := s.infoRequest(c, req.Data)
	if err != nil {
		return err
	}
	var p storage.Persona
	listed := false
	err = s.Store.View(func(tx storage.ReadTx) (err error) {
		if p, err = find(tx); err != nil {
			return err
		}
		list, err := tx.BuddiesOf(owner)
		for _, e := range list {
			listed = listed || e.Persona == p.ID
		}
		return err
	})
	if err == nil && !p.Live() {
		err = storage.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("buddy of persona %d: %w", owner, err)
	}
	c.Reply(s.entry(p, listed))
	return nil
}

// infoRequest reads a 0x518: the persona that asks, and how to find the one that it
// asks about.
func (s *Service) infoRequest(c *gateway.Call, body []byte) (owner uint32, find func(storage.ReadTx) (storage.Persona, error), err error) {
	if s.cfg.InfoByID || len(body) == nps.GetBuddyInfoOn.Layout().MinSize() {
		ids, err := nps.GetBuddyInfoOn.Decode(body)
		if err != nil {
			c.Record("not the form that was guessed")
			return 0, nil, err
		}
		_, err = s.Own(c, ids.Persona)
		return ids.Persona, func(tx storage.ReadTx) (storage.Persona, error) { return tx.Persona(ids.Buddy) }, err
	}
	q, err := nps.ReadNameQuery(body)
	if errors.Is(err, nps.ErrNameQuery) {
		c.Record("not the form that was guessed")
		return 0, nil, err
	}
	p, err := s.Asking(c, q.Asking)
	return p.ID, func(tx storage.ReadTx) (storage.Persona, error) { return tx.PersonaByName(q.Name) }, err
}
