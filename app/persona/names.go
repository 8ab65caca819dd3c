package persona

import (
	"encoding/binary"
	"errors"

	"mcos/app/game"
	"mcos/app/gateway"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

// validateName answers for one customer whether a new persona may have the name
// (nps-login-persona 4.7).
func (s *Service) validateName(c *gateway.Call, req *nps.ValidateNameBody) error {
	if _, err := s.session(c, req.Customer); err != nil {
		return err
	}
	if !s.Attempt(c.Remote(), req.Customer) {
		return errTooMany
	}
	err := s.Store.View(func(tx storage.ReadTx) error { return s.Rules.NameFree(tx, req.Name) })
	switch {
	case err == nil:
		c.Reply(nps.NameUsable.With(&wire.Empty{}))
	case errors.Is(err, game.ErrName):
		c.Reply(nps.TextNotAllowed.With(&wire.Empty{}))
	case errors.Is(err, storage.ErrNameTaken):
		c.Reply(nps.NameTaken.With(&wire.Empty{}))
	default:
		return err
	}
	return nil
}

// nameRefusal is the answer to a 0x533 that went wrong. The debug client takes 0x602
// and 0x607 for a general error and gives up its dialog, so a player of ours hears
// that the text is not allowed or the name is taken, whatever has happened, and may
// try another; 0x602 is for strangers (DECISIONS 39).
func (s *Service) nameRefusal(c *gateway.Call, err error) wire.Msg[wire.Empty] {
	const customerSize = 4 // what a malformed request begins with, too
	var malformed *gateway.MalformedError
	switch {
	case len(c.Frame.Body) < customerSize:
		return nps.PersonaRefused
	case errors.As(err, &malformed):
		if _, err := s.session(c, binary.BigEndian.Uint32(c.Frame.Body)); err != nil {
			return nps.PersonaRefused
		}
		return nps.TextNotAllowed
	case errors.Is(err, errForeign):
		return nps.PersonaRefused
	}
	return nps.NameTaken
}

// info answers 0x519, by which an older client asks whether a name may be had
// (nps-login-persona 4.12, DECISIONS 37). Its layout has never been recorded, so the
// bytes are.
func (s *Service) info(c *gateway.Call, req *wire.Raw) error {
	c.Record("layout never recorded")
	switch s.cfg.InfoReply {
	case "name":
		return s.infoByName(c, req.Data)
	case "607":
		return s.infoByNumber(c, req.Data)
	}
	c.Reply(nps.PersonaRefused.With(&wire.Empty{}))
	return nil
}

// infoByName says that a name is not available, or lets the dialog go on.
func (s *Service) infoByName(c *gateway.Call, body []byte) error {
	q, err := nps.ReadNameQuery(body)
	if err != nil {
		return err
	}
	if _, err := s.session(c, q.Asking); err != nil {
		return err
	}
	if !s.Attempt(c.Remote(), q.Asking) {
		return errTooMany
	}
	err = s.Store.View(func(tx storage.ReadTx) error { return s.Rules.NameFree(tx, q.Name) })
	switch {
	case err == nil:
		c.Reply(nps.PersonaRefused.With(&wire.Empty{}))
	case errors.Is(err, game.ErrName), errors.Is(err, storage.ErrNameTaken):
		c.Reply(nps.NameNotAvailable.With(&wire.Empty{}))
	default:
		return err
	}
	return nil
}

// infoByNumber answers with the record of a live persona of the peer.
func (s *Service) infoByNumber(c *gateway.Call, body []byte) error {
	id, err := nps.PersonaInfoByID.Decode(body)
	if err != nil || len(body) != nps.PersonaInfoByID.Layout().MinSize() {
		return errors.Join(errNoNumber, err)
	}
	p, err := s.OwnPersona(c, id.Persona)
	if err != nil {
		return err
	}
	c.Reply(nps.PersonaInfo.With(&nps.GamePersonaBody{
		Customer: p.Account, Name: p.Name, Created: uint32(p.Created.Unix()),
		LastLogin: uint32(p.LastLogin.Unix()), Persona: p.ID, Shard: p.Shard,
	}))
	return nil
}

var errNoNumber = errors.New("not the number of a persona")
