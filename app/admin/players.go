package admin

import (
	"cmp"
	"context"
	"errors"
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
	// All is how many accounts there are; 0 when those in the game are more than
	// are shown, so that the others have not been looked at.
	All int
	// Playing is how many accounts are in the game.
	Playing int
}

// Players finds accounts by a part of their name, or of that of one of their
// drivers: first those who are in the game, then those who were here last. At most
// limit of them are shown. It reads no more than that needs: a page that people wait
// for is made of it.
func (l *Local) Players(_ context.Context, search string, limit int) (Players, error) {
	playing, order := l.playing()
	list := Players{Playing: len(order)}
	err := l.Store.View(func(tx storage.ReadTx) error {
		if search == "" && len(order) >= limit {
			list.Found = len(order)
			return l.playersByID(tx, order[:limit], &list)
		}
		wanted, err := accountsLike(tx, strings.ToLower(strings.TrimSpace(search)))
		if err != nil {
			return err
		}
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

// playersByID shows accounts in a given order; those that are gone are left out.
func (l *Local) playersByID(tx storage.ReadTx, ids []uint32, list *Players) error {
	for _, id := range ids {
		a, err := tx.Account(id)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		p, err := l.player(tx, a)
		if err != nil {
			return err
		}
		list.Shown = append(list.Shown, p)
	}
	return nil
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

// playing are the accounts that have a driver in the game, and their order: those
// who came last are first.
func (l *Local) playing() (set map[uint32]bool, order []uint32) {
	set = map[uint32]bool{}
	if l.Server == nil {
		return set, nil
	}
	logins := l.Server.Logins()
	slices.SortStableFunc(logins, func(a, b Login) int { return b.Since.Compare(a.Since) })
	for _, login := range logins {
		if login.PersonaID != 0 && !set[login.AccountID] {
			set[login.AccountID] = true
			order = append(order, login.AccountID)
		}
	}
	return set, order
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
