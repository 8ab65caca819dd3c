package game

import (
	"errors"
	"fmt"
	"math"
	"time"

	"mcos/storage"
	"mcos/storage/catalog"
)

// Rules are the rules of one game world. They hold no state of their own and may
// be used from any goroutine, each call with a transaction of its own.
type Rules struct {
	cfg     Config
	catalog func() *catalog.Catalog
	now     func() time.Time
}

// New makes the rules. catalog returns the catalog in use, which may be replaced
// while the server runs; now tells the time.
func New(cfg Config, catalog func() *catalog.Catalog, now func() time.Time) *Rules {
	return &Rules{cfg: cfg, catalog: catalog, now: now}
}

// StartingCash is the money of a new persona ("mcots-1 5.7").
func (r *Rules) StartingCash() uint32 { return r.cfg.StartingCash }

// PersonaLimit is how many live personas an account may have
// ("nps-login-persona 4.14").
func (r *Rules) PersonaLimit() int { return r.cfg.PersonaLimit }

// player returns a live persona.
func player(tx storage.ReadTx, id uint32) (storage.Persona, error) {
	p, err := tx.Persona(id)
	if err != nil {
		return p, fmt.Errorf("persona %d: %w", id, err)
	}
	if !p.Live() {
		return p, fmt.Errorf("persona %d: %w", id, ErrDeleted)
	}
	return p, nil
}

// owned returns a part of the persona.
func owned(tx storage.ReadTx, persona, id uint32) (storage.Part, error) {
	part, err := tx.Part(id)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return part, fmt.Errorf("part %d does not exist: %w %d", id, ErrNotOwner, persona)
	case err != nil:
		return part, err
	case part.Owner != persona:
		return part, fmt.Errorf("part %d of persona %d: %w %d", id, part.Owner, ErrNotOwner, persona)
	}
	return part, nil
}

// move is the only place where money moves: it changes the balance, writes the
// ledger entry and stores the persona with whatever else the caller has changed
// in it. The balance stays between 0 and what 108 can show.
func (r *Rules) move(tx storage.Tx, p *storage.Persona, kind storage.LedgerKind, amount int64, ref uint32, note string) error {
	if amount < -p.Balance {
		return fmt.Errorf("persona %d has %d, needs %d: %w", p.ID, p.Balance, -amount, ErrFunds)
	}
	if amount > math.MaxUint32-p.Balance {
		return fmt.Errorf("persona %d has %d, gets %d: %w", p.ID, p.Balance, amount, ErrBalance)
	}
	p.Balance += amount
	_, err := tx.AppendLedger(storage.LedgerEntry{
		Time: r.now(), Persona: p.ID, Kind: kind, Amount: amount, Balance: p.Balance, Ref: ref, Note: note,
	})
	if err != nil {
		return err
	}
	return tx.PutPersona(*p)
}

// Grant gives money to a persona, or takes it when amount is negative. note says
// why, for the ledger.
func (r *Rules) Grant(tx storage.Tx, persona uint32, amount int64, note string) error {
	p, err := player(tx, persona)
	if err != nil {
		return err
	}
	return r.move(tx, &p, storage.Grant, amount, 0, note)
}
