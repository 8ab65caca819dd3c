package admin

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"mcos/storage"
)

// Player is an account with its drivers.
type Player struct {
	Account
	Drivers []Persona
	Online  bool // one of them is in the game
}

// Players are the accounts that fit a search, and how many there are.
type Players struct {
	Shown []Player
	Found int // all that fit
	All   int
}

// Players finds accounts by a part of their name, or of that of one of their
// drivers: first those who are in the game, then those who were here last. At most
// limit of them are shown. It reads no more than that needs: a page that people wait
// for is made of it.
func (l *Local) Players(_ context.Context, search string, limit int) (Players, error) {
	var list Players
	err := l.Store.View(func(tx storage.ReadTx) error {
		wanted, err := accountsLike(tx, strings.ToLower(strings.TrimSpace(search)))
		if err != nil {
			return err
		}
		playing := l.playing()
		var found []storage.Account
		err = tx.Accounts(func(a storage.Account) error {
			list.All++
			if wanted == nil || wanted[a.ID] {
				found = append(found, a)
			}
			return nil
		})
		if err != nil {
			return err
		}
		slices.SortFunc(found, func(a, b storage.Account) int {
			if playing[a.ID] != playing[b.ID] {
				if playing[a.ID] {
					return -1
				}
				return 1
			}
			return cmp.Or(b.LastLogin.Compare(a.LastLogin), cmp.Compare(b.ID, a.ID))
		})
		list.Found = len(found)
		for _, a := range found[:min(len(found), limit)] {
			p, err := l.player(tx, a)
			if err != nil {
				return err
			}
			list.Shown = append(list.Shown, p)
		}
		return nil
	})
	return list, err
}

// Player shows one account by its name.
func (l *Local) Player(_ context.Context, account string) (p Player, err error) {
	err = l.Store.View(func(tx storage.ReadTx) error {
		a, err := tx.AccountByName(account)
		if err != nil {
			return explainAccount(account, err)
		}
		p, err = l.player(tx, a)
		return err
	})
	return p, err
}

func (l *Local) player(tx storage.ReadTx, a storage.Account) (Player, error) {
	personas, err := tx.PersonasOf(a.ID)
	p := Player{Account: account(a, len(personas))}
	for _, driver := range personas {
		shown, err := l.persona(tx, driver, a.Name)
		if err != nil {
			return p, err
		}
		p.Drivers = append(p.Drivers, shown)
		p.Online = p.Online || shown.Online
	}
	return p, err
}

// playing are the accounts that have a driver in the game.
func (l *Local) playing() map[uint32]bool {
	accounts := map[uint32]bool{}
	if l.Server != nil {
		for _, login := range l.Server.Logins() {
			if l.Online != nil && l.Online(login.PersonaID) {
				accounts[login.AccountID] = true
			}
		}
	}
	return accounts
}

// accountsLike are the accounts with a text in their name or in that of a driver;
// nil means all.
func accountsLike(tx storage.ReadTx, text string) (map[uint32]bool, error) {
	if text == "" {
		return nil, nil
	}
	like := func(name string) bool { return strings.Contains(strings.ToLower(name), text) }
	found := map[uint32]bool{}
	err := tx.Accounts(func(a storage.Account) error {
		if like(a.Name) {
			found[a.ID] = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, tx.Personas(func(p storage.Persona) error {
		if p.Live() && like(p.Name) {
			found[p.Account] = true
		}
		return nil
	})
}
