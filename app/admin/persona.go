package admin

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"mcos/storage"
)

// lastEntries is how much of the ledger is shown.
const lastEntries = 10

// noteByOperator is the ledger's note when the operator gives none.
const noteByOperator = "by the operator"

// Personas implements API.
func (l *Local) Personas(_ context.Context, name string) ([]Persona, error) {
	list := []Persona{}
	add := func(tx storage.ReadTx, p storage.Persona, account string) error {
		shown, err := l.persona(tx, p, account)
		list = append(list, shown)
		return err
	}
	err := l.Store.View(func(tx storage.ReadTx) error {
		if name != "" {
			return eachOf(tx, name, add)
		}
		names := map[uint32]string{}
		err := tx.Accounts(func(a storage.Account) error {
			names[a.ID] = a.Name
			return nil
		})
		if err != nil {
			return err
		}
		return tx.Personas(func(p storage.Persona) error {
			if !p.Live() {
				return nil
			}
			return add(tx, p, names[p.Account])
		})
	})
	return list, err
}

// eachOf calls a function for the personas of one account, in the order of their
// ids.
func eachOf(tx storage.ReadTx, name string, each func(storage.ReadTx, storage.Persona, string) error) error {
	a, err := tx.AccountByName(name)
	if err != nil {
		return explainAccount(name, err)
	}
	personas, err := tx.PersonasOf(a.ID)
	if err != nil {
		return err
	}
	slices.SortFunc(personas, func(a, b storage.Persona) int { return cmp.Compare(a.ID, b.ID) })
	for _, p := range personas {
		if err := each(tx, p, a.Name); err != nil {
			return err
		}
	}
	return nil
}

// persona is the short form of a persona.
func (l *Local) persona(tx storage.ReadTx, p storage.Persona, account string) (Persona, error) {
	cars, err := tx.VehiclesOf(p.ID)
	return Persona{
		ID: p.ID, Name: p.Name, Account: account, Cash: p.Balance, Level: p.Stats.Level, Cars: len(cars),
		Created: p.Created.UTC(), LastLogin: p.LastLogin.UTC(), Online: l.Online != nil && l.Online(p.ID),
		Muted: p.Muted,
	}, err
}

// Persona implements API.
func (l *Local) Persona(_ context.Context, name string) (g Garage, err error) {
	err = l.Store.View(func(tx storage.ReadTx) error {
		p, err := findPersona(tx, name)
		if err != nil {
			return err
		}
		g, err = l.garage(tx, p)
		return err
	})
	return g, err
}

func findPersona(tx storage.ReadTx, name string) (storage.Persona, error) {
	p, err := tx.PersonaByName(name)
	if errors.Is(err, storage.ErrNotFound) {
		return p, refuse(NotFound, "no driver is called %q", name)
	}
	return p, err
}

// garage is the long form of a persona.
func (l *Local) garage(tx storage.ReadTx, p storage.Persona) (Garage, error) {
	a, err := tx.Account(p.Account)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return Garage{}, err
	}
	g := Garage{Stats: p.Stats, Vehicles: []Vehicle{}, Ledger: []storage.LedgerEntry{}}
	if g.Persona, err = l.persona(tx, p, a.Name); err != nil {
		return g, err
	}
	cars, err := tx.VehiclesOf(p.ID)
	if err != nil {
		return g, err
	}
	for _, v := range cars {
		shown, err := l.vehicle(tx, v)
		if err != nil {
			return g, err
		}
		g.Vehicles = append(g.Vehicles, shown)
	}
	loose, err := tx.LoosePartsOf(p.ID)
	if err != nil {
		return g, err
	}
	g.LooseParts = len(loose)
	err = tx.LedgerOf(p.ID, func(e storage.LedgerEntry) error {
		e.Time = e.Time.UTC()
		g.Ledger = append(g.Ledger, e)
		return nil
	})
	slices.Reverse(g.Ledger)
	g.Ledger = g.Ledger[:min(len(g.Ledger), lastEntries)]
	return g, err
}

// classes are the catalog's classes of cars ("data-model 2.8").
var classes = map[uint8]string{1: "fat fender", 2: "shoebox", 3: "muscle"}

// vehicle describes a car and its condition. Its power class is not among that:
// only the game can work it out ("mcots-2 2.3").
func (l *Local) vehicle(tx storage.ReadTx, v storage.Vehicle) (Vehicle, error) {
	car, _ := l.Current().Car(v.BrandedPart)
	shown := Vehicle{ID: v.ID, BrandedPart: v.BrandedPart, Name: car.Name, Class: classes[car.Class], Skin: v.Skin}
	parts, err := tx.PartsOfVehicle(v.ID)
	for _, p := range parts {
		if p.ID != v.ID {
			shown.Parts++
		}
		shown.Damage = max(shown.Damage, p.Damage)
		shown.Repair += l.Rules.RepairPrice(p)
	}
	return shown, err
}

// AddPersona implements API.
func (l *Local) AddPersona(_ context.Context, in NewPersona) (g Garage, err error) {
	if in.Skin != 0 && in.Car == 0 {
		return g, refuse(Invalid, "a skin needs a car")
	}
	err = l.Store.Update(func(tx storage.Tx) error {
		a, err := tx.AccountByName(in.Account)
		if err != nil {
			return explainAccount(in.Account, err)
		}
		p, err := l.Rules.CreatePersona(tx, a.ID, in.Name, l.Shard, in.ID)
		if err != nil {
			return err
		}
		if in.Car != 0 {
			if _, err := l.Rules.GiveCar(tx, p.ID, in.Car, in.Skin, noteByOperator); err != nil {
				return err
			}
		}
		if p, err = tx.Persona(p.ID); err != nil {
			return err
		}
		g, err = l.garage(tx, p)
		return err
	})
	if err != nil {
		return Garage{}, explainPersona(in.Name, err)
	}
	return g, nil
}

// Rename implements API.
func (l *Local) Rename(_ context.Context, in Rename) (shown Persona, err error) {
	var p storage.Persona
	err = l.Store.Update(func(tx storage.Tx) error {
		if p, err = findPersona(tx, in.Name); err != nil {
			return err
		}
		if p, err = l.Rules.RenamePersona(tx, p.ID, in.To); err != nil {
			return err
		}
		shown, err = l.persona(tx, p, accountName(tx, p.Account))
		return err
	})
	if err != nil {
		return Persona{}, explainPersona(in.To, err)
	}
	if shown.Online && l.Server != nil {
		l.Server.EndLogin(p.Account, "the driver got another name")
	}
	return shown, nil
}

// accountName is the name of an account, "" when it has been removed.
func accountName(tx storage.ReadTx, id uint32) string {
	a, err := tx.Account(id)
	if err != nil {
		return ""
	}
	return a.Name
}

// Grant implements API.
func (l *Local) Grant(_ context.Context, in Grant) (shown Persona, err error) {
	if in.Cash == 0 {
		return shown, refuse(Invalid, "an amount of 0 changes nothing")
	}
	if in.Note == "" {
		in.Note = noteByOperator
	}
	err = l.Store.Update(func(tx storage.Tx) error {
		p, err := findPersona(tx, in.Name)
		if err != nil {
			return err
		}
		if err := l.Rules.Grant(tx, p.ID, in.Cash, in.Note); err != nil {
			return err
		}
		if p, err = tx.Persona(p.ID); err != nil {
			return err
		}
		a, err := tx.Account(p.Account)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		shown, err = l.persona(tx, p, a.Name)
		return err
	})
	if err != nil {
		return Persona{}, explainPersona(in.Name, err)
	}
	return shown, nil
}
