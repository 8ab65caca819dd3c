package accounts

import (
	"context"
	"errors"
	"strings"

	"mcos/storage"
)

// ComputerPrefix begins the login names of the server's own players, in any case.
// Nobody else can have such a name: whoever signed up with one before the server
// wanted it would lose the account.
const ComputerPrefix = "computer_"

// ErrReserved says that a login name is kept for the server's own players.
var ErrReserved = errors.New("login names that begin with " + ComputerPrefix + " are for the server's own players")

func reserved(name string) bool {
	return len(name) >= len(ComputerPrefix) && strings.EqualFold(name[:len(ComputerPrefix)], ComputerPrefix)
}

// Computer gives the account of a computer player a password and returns its login
// name; it makes the account the first time. Two drivers whose names differ only in
// letters that a login name cannot have share an account.
func (s *Service) Computer(ctx context.Context, driver, password string) (login string, err error) {
	login = ComputerPrefix + strings.Map(func(r rune) rune {
		if r < 0x80 && namePattern.MatchString(strings.Repeat(string(r), 3)) {
			return r
		}
		return '_'
	}, driver)
	err = s.SetPassword(ctx, login, password)
	if errors.Is(err, storage.ErrNotFound) {
		_, err = s.create(ctx, 0, login, password, nil)
	}
	return login, err
}
