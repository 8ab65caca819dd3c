package admin

import (
	"context"

	"mcos/storage"
)

// AddAccount implements API.
func (l *Local) AddAccount(ctx context.Context, in NewAccount) (Account, error) {
	a, err := l.Users.CreateWithID(ctx, in.ID, in.Name, in.Password)
	if err != nil {
		return Account{}, explainAccount(in.Name, err)
	}
	return account(a, 0), nil
}

// Accounts implements API.
func (l *Local) Accounts(context.Context) ([]Account, error) {
	list := []Account{}
	err := l.Store.View(func(tx storage.ReadTx) error {
		personas := map[uint32]int{}
		err := tx.Personas(func(p storage.Persona) error {
			if p.Live() {
				personas[p.Account]++
			}
			return nil
		})
		if err != nil {
			return err
		}
		return tx.Accounts(func(a storage.Account) error {
			list = append(list, account(a, personas[a.ID]))
			return nil
		})
	})
	return list, err
}

func account(a storage.Account, personas int) Account {
	return Account{
		ID: a.ID, Name: a.Name, Personas: personas, Created: a.Created.UTC(), LastLogin: a.LastLogin.UTC(),
		Banned: a.Banned, BanReason: a.BanReason,
	}
}

// SetPassword implements API.
func (l *Local) SetPassword(ctx context.Context, in Password) error {
	// An unknown name is told before the password is looked at.
	if err := l.exists(in.Name); err != nil {
		return err
	}
	return explainAccount(in.Name, l.Users.SetPassword(ctx, in.Name, in.Password))
}

// Ban implements API.
func (l *Local) Ban(_ context.Context, in Ban) error {
	return explainAccount(in.Name, l.Users.Ban(in.Name, in.Reason))
}

// Unban implements API.
func (l *Local) Unban(_ context.Context, name string) error {
	return explainAccount(name, l.Users.Unban(name))
}

// RemoveAccount implements API.
func (l *Local) RemoveAccount(_ context.Context, name string) error {
	return explainAccount(name, l.Users.Remove(name))
}

func (l *Local) exists(name string) error {
	return l.Store.View(func(tx storage.ReadTx) error {
		_, err := tx.AccountByName(name)
		return explainAccount(name, err)
	})
}
