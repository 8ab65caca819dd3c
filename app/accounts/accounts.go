// Package accounts holds what can be done with an account: create it, check its
// password, change, ban and remove it. The sign-up page, the web login and the
// operator's commands all go through here, so that one set of rules holds.
package accounts

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"

	"mcos/app/passwords"
	"mcos/storage"
)

// Errors of the package; storage.ErrNameTaken and storage.ErrNotFound come
// through as they are.
var (
	// ErrName says that a login name breaks the rule.
	ErrName = errors.New("a login name has 3 to 32 letters, digits or underscores")
	// ErrWrong says that there is no such account or the password is another one;
	// it does not tell which.
	ErrWrong = errors.New("member name or password incorrect")
	// ErrInvite says that no account can be made with an invite code.
	ErrInvite = errors.New("this invite code is unknown, over or used up")
	// ErrID says that a customer id is in use by somebody else.
	ErrID = errors.New("this customer id is in use")
	// ErrIDRange says that a customer id is one that programs of the game take
	// for a negative number.
	ErrIDRange = errors.New("a customer id is at most 2147483647")
)

// BannedError says that an account may not log in, and the operator's reason.
type BannedError struct{ Reason string }

func (e *BannedError) Error() string {
	if e.Reason == "" {
		return "this login is locked"
	}
	return "this login is locked: " + e.Reason
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9_]{3,32}$`)

// ValidName returns ErrName when a login name breaks the rule: what the game's
// login dialog can type and send (nps-login-persona 8.1).
func ValidName(name string) error {
	if !namePattern.MatchString(name) {
		return ErrName
	}
	return nil
}

// Sessions ends the logins of an account that may no longer play.
type Sessions interface {
	End(account uint32, reason string)
}

// Service works on the accounts of one store. Its methods may be called from any
// goroutine.
type Service struct {
	Store    storage.Store
	Hasher   *passwords.Hasher
	Sessions Sessions
	Now      func() time.Time
}

// Create makes an account with the next free customer id. It returns ErrName,
// ErrReserved, passwords.ErrForm or storage.ErrNameTaken.
func (s *Service) Create(ctx context.Context, name, password string) (storage.Account, error) {
	return s.CreateWithID(ctx, 0, name, password)
}

// CreateWithID is Create with a customer id of the operator's choice, for moving
// an account from another server; 0 takes the next free one. It returns ErrID
// when another account has it and ErrIDRange when it does not fit 31 bits
// (nps-login-persona 4.14).
func (s *Service) CreateWithID(ctx context.Context, id uint32, name, password string) (storage.Account, error) {
	if reserved(name) {
		return storage.Account{}, ErrReserved
	}
	return s.create(ctx, id, name, password, nil)
}

// CreateInvited is Create for somebody with an invite code, which it uses up. It
// returns ErrInvite for a code that is unknown, over or used up.
func (s *Service) CreateInvited(ctx context.Context, name, password, code string) (storage.Account, error) {
	if reserved(name) {
		return storage.Account{}, ErrReserved
	}
	// The code is looked at before the expensive hash, and again with the insert.
	err := s.Store.View(func(tx storage.ReadTx) error {
		_, err := s.invite(tx, code)
		return err
	})
	if err != nil {
		return storage.Account{}, err
	}
	return s.create(ctx, 0, name, password, func(tx storage.Tx, account uint32) error {
		i, err := s.invite(tx, code)
		if err != nil {
			return err
		}
		i.Accounts = append(i.Accounts, account)
		return tx.PutInvite(i)
	})
}

// invite returns an invite that is good for another account, or ErrInvite.
func (s *Service) invite(tx storage.ReadTx, code string) (storage.Invite, error) {
	i, err := tx.Invite(code)
	if errors.Is(err, storage.ErrNotFound) || err == nil && !i.Valid(s.Now()) {
		return i, ErrInvite
	}
	return i, err
}

// create makes an account; made, when not nil, runs in the same transaction.
func (s *Service) create(ctx context.Context, id uint32, name, password string, made func(storage.Tx, uint32) error) (storage.Account, error) {
	if err := ValidName(name); err != nil {
		return storage.Account{}, err
	}
	if id > math.MaxInt32 {
		return storage.Account{}, ErrIDRange
	}
	// The name is checked before the expensive hash, and again with the insert.
	if err := s.free(id, name); err != nil {
		return storage.Account{}, err
	}
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return storage.Account{}, err
	}
	a := storage.Account{ID: id, Name: name, PasswordHash: hash, Created: s.Now().UTC()}
	err = s.Store.Update(func(tx storage.Tx) error {
		if id != 0 {
			if _, err := tx.Account(id); err == nil {
				return ErrID
			}
			if err := nameFree(tx, name); err != nil {
				return err
			}
			return tx.PutAccount(a)
		}
		if err := nameFree(tx, name); err != nil {
			return err
		}
		if a.ID, err = tx.NextAccount(); err != nil {
			return err
		}
		if err := tx.PutAccount(a); err != nil || made == nil {
			return err
		}
		return made(tx, a.ID)
	})
	return a, err
}

func (s *Service) free(id uint32, name string) error {
	return s.Store.View(func(tx storage.ReadTx) error {
		if err := nameFree(tx, name); err != nil {
			return err
		}
		if id != 0 {
			if _, err := tx.Account(id); err == nil {
				return ErrID
			}
		}
		return nil
	})
}

// nameFree returns storage.ErrNameTaken when an account has the name, or one that
// nobody could tell from it: whoever reads out a login name must not ban, or give a new
// password to, somebody else.
func nameFree(tx storage.ReadTx, name string) error {
	like, err := tx.AccountsLike(name)
	if err == nil && len(like) > 0 {
		err = storage.ErrNameTaken
	}
	return err
}

// Authenticate checks a login. It returns ErrWrong, a *BannedError, or
// passwords.ErrBusy.
func (s *Service) Authenticate(ctx context.Context, name, password string) (storage.Account, error) {
	a, err := s.byName(name)
	if errors.Is(err, storage.ErrNotFound) {
		if err := s.Hasher.Pretend(ctx, password); err != nil {
			return storage.Account{}, err
		}
		return storage.Account{}, ErrWrong
	}
	if err != nil {
		return storage.Account{}, err
	}
	ok, err := s.Hasher.Verify(ctx, a.PasswordHash, password)
	if err != nil {
		return storage.Account{}, err
	}
	if !ok {
		return storage.Account{}, ErrWrong
	}
	if a.Banned {
		return storage.Account{}, &BannedError{a.BanReason}
	}
	return a, nil
}

// SetPassword gives an account a new password and ends its logins.
func (s *Service) SetPassword(ctx context.Context, name, password string) error {
	hash, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return s.change(name, "the password was changed", func(a *storage.Account) { a.PasswordHash = hash })
}

// ChangePassword gives an account a new password when the present one is right, and
// ends its logins. It returns what Authenticate returns, or passwords.ErrForm.
func (s *Service) ChangePassword(ctx context.Context, name, password, next string) error {
	a, err := s.Authenticate(ctx, name, password)
	if err != nil {
		return err
	}
	hash, err := s.Hasher.Hash(ctx, next)
	if err != nil {
		return err
	}
	err = s.Store.Update(func(tx storage.Tx) error {
		now, err := unchanged(tx, a)
		if err != nil {
			return err
		}
		now.PasswordHash = hash
		return tx.PutAccount(now)
	})
	if err == nil {
		s.Sessions.End(a.ID, "the password was changed")
	}
	return err
}

// RemoveOwn is Remove for the owner of an account, when the password is right. It
// returns what Authenticate returns.
func (s *Service) RemoveOwn(ctx context.Context, name, password string) error {
	a, err := s.Authenticate(ctx, name, password)
	if err != nil {
		return err
	}
	return s.remove(func(tx storage.Tx) (storage.Account, error) { return unchanged(tx, a) })
}

// unchanged reads an account again, or returns ErrWrong when it is not any more what
// it was when its password was checked.
func unchanged(tx storage.ReadTx, a storage.Account) (storage.Account, error) {
	now, err := tx.Account(a.ID)
	if errors.Is(err, storage.ErrNotFound) || err == nil && (now.PasswordHash != a.PasswordHash || now.Banned) {
		return now, ErrWrong
	}
	return now, err
}

// Ban locks an account and ends its logins; the reason is shown to the player.
func (s *Service) Ban(name, reason string) error {
	return s.change(name, "banned", func(a *storage.Account) { a.Banned, a.BanReason = true, oneLine(reason) })
}

// Unban lets an account log in again.
func (s *Service) Unban(name string) error {
	return s.change(name, "", func(a *storage.Account) { a.Banned, a.BanReason = false, "" })
}

// Remove deletes an account, retires its personas and ends its logins. Cars and
// ledger of the personas stay with them.
func (s *Service) Remove(name string) error {
	return s.remove(func(tx storage.Tx) (storage.Account, error) {
		a, err := tx.AccountByName(name)
		return a, named(name, err)
	})
}

// remove is Remove for the account that find returns.
func (s *Service) remove(find func(storage.Tx) (storage.Account, error)) error {
	var id uint32
	err := s.Store.Update(func(tx storage.Tx) error {
		a, err := find(tx)
		if err != nil {
			return err
		}
		id = a.ID
		personas, err := tx.PersonasOf(a.ID)
		if err != nil {
			return err
		}
		for _, p := range personas {
			p.Deleted = s.Now().UTC()
			if err := tx.PutPersona(p); err != nil {
				return err
			}
		}
		return tx.DeleteAccount(a.ID)
	})
	if err == nil {
		s.Sessions.End(id, "the account was removed")
	}
	return err
}

// List returns all accounts in id order.
func (s *Service) List() ([]storage.Account, error) {
	var list []storage.Account
	err := s.Store.View(func(tx storage.ReadTx) error {
		return tx.Accounts(func(a storage.Account) error {
			list = append(list, a)
			return nil
		})
	})
	return list, err
}

func (s *Service) byName(name string) (a storage.Account, err error) {
	err = s.Store.View(func(tx storage.ReadTx) error {
		a, err = tx.AccountByName(name)
		return err
	})
	return a, err
}

// change edits one account; a reason ends its logins.
func (s *Service) change(name, reason string, edit func(*storage.Account)) error {
	var id uint32
	err := s.Store.Update(func(tx storage.Tx) error {
		a, err := tx.AccountByName(name)
		if err != nil {
			return named(name, err)
		}
		id = a.ID
		edit(&a)
		return tx.PutAccount(a)
	})
	if err == nil && reason != "" {
		s.Sessions.End(id, reason)
	}
	return err
}

func named(name string, err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return fmt.Errorf("no account is called %q: %w", name, err)
	}
	return err
}

// oneLine makes a text safe for the answers that carry one value per line.
func oneLine(s string) string {
	return strings.Join(strings.Fields(s), " ")
}
