package game

import (
	"errors"
	"fmt"
	"time"

	"mcos/storage"
	"mcos/storage/catalog"
)

// newLook is the appearance of a persona until the client sends one. The colours
// are in use among the seeded players ("data-model 2.13").
var newLook = storage.Look{Hair: 0xFF51411D, Skin: 0xFFFFCEA5, Shirt: 0xFF4351A8, Pants: 0xFF191814}

// NameFree checks whether a new persona may have the name. The error wraps
// ErrName when it is not well-formed and storage.ErrNameTaken when a live persona
// or a system player has it, or one that nobody could tell from it ("nps-login-persona
// 4.13").
func (r *Rules) NameFree(tx storage.ReadTx, name string) error { return r.nameFreeFor(tx, name, 0) }

// nameFreeFor is NameFree for a persona that may have the name already.
func (r *Rules) nameFreeFor(tx storage.ReadTx, name string, id uint32) error {
	if err := r.ValidName(name); err != nil {
		return err
	}
	if r.catalog().IsSystemName(name) {
		return fmt.Errorf("%q belongs to a system player: %w", name, storage.ErrNameTaken)
	}
	like, err := tx.PersonasLike(name)
	if err != nil {
		return err
	}
	for _, other := range like {
		if other.ID != id {
			return fmt.Errorf("%q is too much like %q: %w", name, other.Name, storage.ErrNameTaken)
		}
	}
	return nil
}

// RenamePersona gives a live persona another name, or the same one in other letters.
// Refusals are those of NameFree.
func (r *Rules) RenamePersona(tx storage.Tx, id uint32, name string) (storage.Persona, error) {
	p, err := tx.Persona(id)
	if err != nil {
		return p, err
	}
	if storage.FoldName(name) != storage.FoldName(p.Name) {
		err = r.nameFreeFor(tx, name, id)
	} else {
		err = r.ValidName(name)
	}
	if err != nil {
		return p, err
	}
	p.Name = name
	return p, tx.PutPersona(p)
}

// CreatePersona makes a persona of the account at level 1 with the starting cash
// and no car ("nps-login-persona 4.10", DECISIONS 30). wantID 0 takes the next id
// of the sequence, anything else that very id when it is free. Refusals: ErrName,
// ErrLimit, storage.ErrNameTaken, ErrIDTaken; storage.ErrNotFound says that there
// is no such account.
func (r *Rules) CreatePersona(tx storage.Tx, account uint32, name string, shard, wantID uint32) (storage.Persona, error) {
	var none storage.Persona
	if err := r.ValidName(name); err != nil {
		return none, err
	}
	if _, err := tx.Account(account); err != nil {
		return none, fmt.Errorf("account %d: %w", account, err)
	}
	others, err := tx.PersonasOf(account)
	if err != nil {
		return none, err
	}
	if len(others) >= r.cfg.PersonaLimit {
		return none, fmt.Errorf("account %d has %d: %w", account, len(others), ErrLimit)
	}
	if err := r.NameFree(tx, name); err != nil {
		return none, err
	}
	id, err := personaID(tx, wantID)
	if err != nil {
		return none, err
	}
	now := r.now()
	p := storage.Persona{
		ID: id, Account: account, Name: name, Shard: shard, Created: now, LastLogin: now,
		Look: newLook, Stats: storage.Stats{Level: 1},
	}
	if err := r.move(tx, &p, storage.StarterCash, int64(r.cfg.StartingCash), 0, ""); err != nil {
		return none, err
	}
	return p, nil
}

// personaID returns the id of a new persona.
func personaID(tx storage.Tx, want uint32) (uint32, error) {
	if want == 0 {
		return tx.NextPersona()
	}
	for _, system := range catalog.SystemPlayers() {
		if system.ID == want {
			return 0, fmt.Errorf("persona id %d of %s: %w", want, system.Name, ErrIDTaken)
		}
	}
	_, err := tx.Persona(want)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return want, nil
	case err != nil:
		return 0, err
	}
	return 0, fmt.Errorf("persona id %d: %w", want, ErrIDTaken)
}

// DeletePersona retires a live persona of the account: its name is free again,
// its cars and parts stay with the dead row, its mailbox and its buddy list go
// ("nps-login-persona 4.11"). The error wraps storage.ErrNotFound when the account
// has no such live persona.
func (r *Rules) DeletePersona(tx storage.Tx, account, id uint32) error {
	p, err := tx.Persona(id)
	if err == nil && (p.Account != account || !p.Live()) {
		err = storage.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("live persona %d of account %d: %w", id, account, err)
	}
	if err := forget(tx, id); err != nil {
		return err
	}
	p.Deleted = r.now()
	return tx.PutPersona(p)
}

// RestoreWithin is how long after its deletion a persona can be brought back, 0 when
// always.
func (r *Rules) RestoreWithin() time.Duration { return r.cfg.RestoreWithin }

// RestorePersona brings a deleted persona back with its cars, parts and money, under its
// own name, or under another one when that is taken by now (as, "" for its own). Its
// mails and buddies do not come back. Refusals: ErrLive, ErrTooLate, ErrLimit and those of
// NameFree; storage.ErrNotFound says that there is no such persona, or no account of it
// any more.
func (r *Rules) RestorePersona(tx storage.Tx, id uint32, as string) (storage.Persona, error) {
	p, err := tx.Persona(id)
	if err != nil {
		return p, err
	}
	if p.Live() {
		return p, fmt.Errorf("persona %d: %w", id, ErrLive)
	}
	// A clock that was set back shows less than no time.
	if gone := r.now().Sub(p.Deleted); r.cfg.RestoreWithin > 0 && gone > r.cfg.RestoreWithin {
		return p, fmt.Errorf("persona %d: %w", id, ErrTooLate)
	}
	if _, err := tx.Account(p.Account); err != nil {
		return p, fmt.Errorf("account %d: %w", p.Account, err)
	}
	others, err := tx.PersonasOf(p.Account)
	if err != nil {
		return p, err
	}
	if len(others) >= r.cfg.PersonaLimit {
		return p, fmt.Errorf("account %d has %d: %w", p.Account, len(others), ErrLimit)
	}
	if as != "" {
		p.Name = as
	}
	if err := r.NameFree(tx, p.Name); err != nil {
		return p, err
	}
	p.Deleted = time.Time{}
	return p, tx.PutPersona(p)
}

// forget empties the mailbox and the buddy list of a persona. Others keep it on
// their lists, which show the living only.
func forget(tx storage.Tx, id uint32) error {
	mails, err := tx.MailsOf(id)
	if err != nil {
		return err
	}
	for _, m := range mails {
		if err := tx.DeleteMail(m.ID); err != nil {
			return err
		}
	}
	buddies, err := tx.BuddiesOf(id)
	if err != nil {
		return err
	}
	for _, b := range buddies {
		if err := tx.DeleteBuddy(id, b.Persona); err != nil {
			return err
		}
	}
	return nil
}
