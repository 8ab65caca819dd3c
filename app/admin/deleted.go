package admin

import (
	"context"
	"errors"
	"slices"

	"mcos/app/game"
	"mcos/storage"
)

// Deleted implements API.
func (l *Local) Deleted(_ context.Context, account string) ([]Deleted, error) {
	list := []Deleted{}
	err := l.Store.View(func(tx storage.ReadTx) error {
		var only uint32
		if account != "" {
			a, err := tx.AccountByName(account)
			if err != nil {
				return explainAccount(account, err)
			}
			only = a.ID
		}
		return tx.Personas(func(p storage.Persona) error {
			if p.Live() || only != 0 && p.Account != only {
				return nil
			}
			d, err := l.deleted(tx, p)
			list = append(list, d)
			return err
		})
	})
	slices.SortStableFunc(list, func(a, b Deleted) int { return b.Deleted.Compare(a.Deleted) })
	return list, err
}

func (l *Local) deleted(tx storage.ReadTx, p storage.Persona) (Deleted, error) {
	d := Deleted{ID: p.ID, Name: p.Name, Account: accountName(tx, p.Account), Cash: p.Balance, Level: p.Stats.Level, Deleted: p.Deleted.UTC()}
	if within := l.Rules.RestoreWithin(); within > 0 {
		d.Until = d.Deleted.Add(within)
	}
	cars, err := tx.VehiclesOf(p.ID)
	d.Cars = len(cars)
	return d, err
}

// RestorePersona implements API.
func (l *Local) RestorePersona(_ context.Context, in RestorePersona) (shown Persona, err error) {
	name := in.As
	err = l.Store.Update(func(tx storage.Tx) error {
		dead, err := findDeleted(tx, in)
		if err != nil {
			return err
		}
		if name == "" {
			name = dead.Name
		}
		p, err := l.Rules.RestorePersona(tx, dead.ID, in.As)
		switch {
		case errors.Is(err, game.ErrTooLate):
			return refuse(Conflict, "%s was deleted too long ago (setting economy.restore_within)", dead.Name)
		case errors.Is(err, storage.ErrNotFound):
			return refuse(Conflict, "the account of %s has been removed; its drivers cannot come back alone", dead.Name)
		case errors.Is(err, storage.ErrNameTaken):
			return refuse(Conflict, "the name %q, or one that looks like it, has been taken meanwhile; choose another name for the driver", name)
		case err != nil:
			return explainPersona(name, err)
		}
		shown, err = l.persona(tx, p, accountName(tx, p.Account))
		return err
	})
	return shown, err
}

// findDeleted finds the deleted driver that is meant. Of several with the name the
// operator has to choose one.
func findDeleted(tx storage.ReadTx, in RestorePersona) (found storage.Persona, err error) {
	n := 0
	err = tx.Personas(func(p storage.Persona) error {
		named := in.ID == 0 && storage.FoldName(p.Name) == storage.FoldName(in.Name)
		if !p.Live() && (named || in.ID != 0 && p.ID == in.ID) {
			found = p
			n++
		}
		return nil
	})
	switch {
	case err != nil:
		return found, err
	case n == 0 && in.ID != 0:
		return found, refuse(NotFound, "no deleted driver has the id %d", in.ID)
	case n == 0:
		return found, refuse(NotFound, "no deleted driver is called %q", in.Name)
	case n > 1:
		return found, refuse(Conflict, "%d deleted drivers are called %q; choose one by id", n, in.Name)
	}
	return found, nil
}
