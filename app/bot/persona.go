package bot

import (
	"context"
	"fmt"

	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

const (
	gameName = "Motor City" // in 0x533 and 0x507 (nps-login-persona 4.7)
	// plateCheck is the flags word of 0x534 in the only known sample (nps-login-persona 4.8).
	plateCheck = 2
)

// The bytes that the client leaves unset at the end of two of its requests (nps-login-persona 1.4).
var (
	createTail = []byte{0xCD, 0xCD, 0xCD}
	mailTail   = []byte{0x00, 0x01, 0xFD, 0xFE}
)

// refusals are the answers of the persona server that say no, and what they mean.
var refusals = map[uint16]error{
	nps.PersonaRefused.Number: ErrRefused,
	nps.NameTaken.Number:      ErrNameTaken,
	nps.TextNotAllowed.Number: ErrText,
	nps.PersonaLimit.Number:   ErrPersonaLimit,
	nps.ShardClosed.Number:    ErrShardClosed,
	nps.DeletedTooSoon.Number: fmt.Errorf("%w: too soon after the creation", ErrRefused),
}

// askPersona sends one request to 8228. Whatever is not the wanted answer is an error: a refusal where it is one.
func (c *Client) askPersona(ctx context.Context, step string, p wire.Packet, want *wire.Message) (answer, error) {
	all := []*wire.Message{
		want, nps.PersonaRefused.Message, nps.NameTaken.Message, nps.TextNotAllowed.Message,
		nps.PersonaLimit.Message, nps.ShardClosed.Message, nps.DeletedTooSoon.Message,
	}
	a, err := c.ask(ctx, step, c.personaService(), p, all...)
	if err != nil {
		return answer{}, err
	}
	if a.frame.Number != want.Number {
		return answer{}, a.fail(want.String(), refusals[a.frame.Number])
	}
	return a, nil
}

// Personas lists the account's personas (0x532, nps-login-persona 4.1).
func (c *Client) Personas(ctx context.Context) (*nps.PersonaListBody, error) {
	const step = "list personas"
	if err := c.needs(step, true, true, false); err != nil {
		return nil, err
	}
	a, err := c.askPersona(ctx, step, nps.GetPersonaMaps.With(&nps.CustomerBody{Customer: c.customer}), nps.PersonaList.Message)
	if err != nil {
		return nil, err
	}
	return exact(a, nps.PersonaList)
}

// ValidateName asks whether a new persona may have this name (0x533, nps-login-persona 4.7). ErrNameTaken and ErrText say
// why not.
func (c *Client) ValidateName(ctx context.Context, name string) error {
	const step = "validate name"
	if err := c.needs(step, true, true, false); err != nil {
		return err
	}
	p := nps.ValidateName.With(&nps.ValidateNameBody{Customer: c.customer, Name: name, Game: gameName})
	a, err := c.askPersona(ctx, step, p, nps.NameUsable.Message)
	if err != nil {
		return err
	}
	_, err = exact(a, nps.NameUsable)
	return err
}

// CheckPlate asks whether a license plate may carry this text (0x534, nps-login-persona 4.8). ErrText says that it may not.
func (c *Client) CheckPlate(ctx context.Context, text string) error {
	const step = "check plate"
	if err := c.needs(step, true, false, false); err != nil {
		return err
	}
	p := nps.CheckToken.With(&nps.CheckTokenBody{Flags: plateCheck, Text: text})
	_, err := c.askPersona(ctx, step, p, nps.PersonaAck.Message)
	return err
}

// CreatePersona makes a persona on the chosen shard and returns its record (0x507, nps-login-persona 4.10).
func (c *Client) CreatePersona(ctx context.Context, name string) (*nps.GamePersonaBody, error) {
	const step = "create persona"
	if err := c.needs(step, true, true, false); err != nil {
		return nil, err
	}
	p := nps.CreatePersona.With(&nps.CreatePersonaBody{
		Persona: nps.GamePersonaBody{Customer: c.customer, Name: name, Shard: c.shard.ID},
		Game:    gameName, Tail: createTail,
	})
	a, err := c.askPersona(ctx, step, p, nps.NameUsable.Message) // the same number as PersonaCreated
	if err != nil {
		return nil, err
	}
	record, err := exact(a, nps.PersonaCreated)
	if err != nil {
		return nil, err
	}
	if record.Name != name || record.Persona == 0 || record.Shard != c.shard.ID {
		return nil, a.fail(nps.PersonaCreated.String(),
			fmt.Errorf("%w: it is about persona %d %q on shard %d", ErrMalformed, record.Persona, record.Name, record.Shard))
	}
	return record, nil
}

// DeletePersona deletes one of the account's personas (0x512, nps-login-persona 4.11). The client then also sends
// Transactions.DeletePersona.
func (c *Client) DeletePersona(ctx context.Context, persona uint32) error {
	const step = "delete persona"
	if err := c.needs(step, true, true, false); err != nil {
		return err
	}
	p := nps.DeletePersona.With(&nps.DeletePersonaBody{Customer: c.customer, Persona: persona})
	_, err := c.askPersona(ctx, step, p, nps.PersonaDeleted.Message)
	return err
}

// Select says which persona will be played (0x503, nps-login-persona 4.3). Lobby and Transactions act for it from then on.
func (c *Client) Select(ctx context.Context, p nps.PersonaRecord) error {
	const step = "select persona"
	if err := c.needs(step, true, true, false); err != nil {
		return err
	}
	key := nps.PersonaKeyBody{Customer: c.customer, Persona: p.Persona, Shard: p.Shard}
	if _, err := c.askPersona(ctx, step, nps.SelectPersona.With(&key), nps.PersonaAck.Message); err != nil {
		return err
	}
	c.persona = &p
	return nil
}

// Assume makes a persona the selected one without telling the server, for tests of what a server does without 0x503.
func (c *Client) Assume(p nps.PersonaRecord) { c.persona = &p }

// Buddies asks for the buddy list and returns how many there are (0x50B, nps-login-persona 4.5).
func (c *Client) Buddies(ctx context.Context) (int, error) {
	const step = "list buddies"
	if err := c.needs(step, true, true, true); err != nil {
		return 0, err
	}
	a, err := c.askPersona(ctx, step, nps.GetBuddyList.With(&nps.PersonaBody{Persona: c.persona.Persona}), nps.BuddyCount.Message)
	if err != nil {
		return 0, err
	}
	body, err := exact(a, nps.BuddyCount)
	if err != nil {
		return 0, err
	}
	return int(body.Count), nil
}

// LogoutPersona says that the persona leaves the game (0x50F, nps-login-persona 4.6).
func (c *Client) LogoutPersona(ctx context.Context) error {
	const step = "log out persona"
	if err := c.needs(step, true, true, true); err != nil {
		return err
	}
	key := nps.PersonaKeyBody{Customer: c.customer, Persona: c.persona.Persona, Shard: c.persona.Shard}
	_, err := c.askPersona(ctx, step, nps.LogoutPersona.With(&key), nps.PersonaAck.Message)
	return err
}

// Mails asks for the ids of the persona's mails (0x526 on 8227, nps-login-persona 3.1).
func (c *Client) Mails(ctx context.Context) ([]uint32, error) {
	const step = "list mail"
	if err := c.needs(step, true, true, true); err != nil {
		return nil, err
	}
	p := nps.MailListReq.With(&nps.MailListReqBody{Persona: c.persona.Persona, Tail: mailTail})
	a, err := c.ask(ctx, step, c.mailService(), p, nps.MailList.Message)
	if err != nil {
		return nil, err
	}
	body, err := decode(a, nps.MailList)
	if err != nil {
		return nil, err
	}
	return body.IDs, nil
}
