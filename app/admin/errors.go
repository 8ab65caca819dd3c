package admin

import (
	"context"
	"errors"
	"fmt"

	"mcos/app/accounts"
	"mcos/app/game"
	"mcos/app/passwords"
	"mcos/storage"
	"mcos/storage/catalog"
)

// Kind says what is wrong with a request.
type Kind int

// The kinds of errors.
const (
	Invalid  Kind = iota + 1 // the request makes no sense
	NotFound                 // nothing has this name
	Conflict                 // it contradicts what is there
	Busy                     // the same may work in a moment
)

// Error is a mistake of the operator, or a refusal, in words for reading.
type Error struct {
	Kind Kind
	Text string
}

func (e *Error) Error() string { return e.Text }

// KindOf returns the kind of an error, 0 for one that is nobody's request's
// fault.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return 0
}

func refuse(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Text: fmt.Sprintf(format, args...)}
}

// explainAccount puts what the account use cases return into an operator's words.
func explainAccount(name string, err error) error {
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return refuse(NotFound, "no account is called %q", name)
	case errors.Is(err, storage.ErrNameTaken):
		return refuse(Conflict, "an account called %q exists already", name)
	case errors.Is(err, accounts.ErrID):
		return refuse(Conflict, "another account has this customer id")
	case errors.Is(err, accounts.ErrReserved):
		return refuse(Invalid, "%q is kept for the server's own players; choose another name", name)
	case errors.Is(err, accounts.ErrName):
		return refuse(Invalid, "%q cannot be a login name: %v", name, err)
	case errors.Is(err, passwords.ErrForm):
		return refuse(Invalid, "%v", err)
	case errors.Is(err, passwords.ErrBusy), errors.Is(err, context.DeadlineExceeded):
		return refuse(Busy, "the server is busy; try again in a moment")
	}
	return err
}

// explainPersona puts the refusals of the game's rules into an operator's words.
func explainPersona(name string, err error) error {
	switch {
	case errors.Is(err, game.ErrName):
		return refuse(Invalid, "%q cannot be the name of a driver: 1 to 10 plain characters, no blank at either end", name)
	case errors.Is(err, storage.ErrNameTaken):
		return refuse(Conflict, "a driver called %q exists already", name)
	case errors.Is(err, game.ErrIDTaken):
		return refuse(Conflict, "another driver has this id, or it belongs to the game")
	case errors.Is(err, game.ErrLimit):
		return refuse(Conflict, "the account has as many drivers as it may have (setting economy.persona_limit)")
	case errors.Is(err, game.ErrFunds):
		return refuse(Conflict, "%q does not have that much money", name)
	case errors.Is(err, game.ErrBalance):
		return refuse(Conflict, "%q would have more money than the game can count", name)
	case errors.Is(err, game.ErrNotOffered):
		return refuse(Invalid, "the catalog has no such car, or the car does not come in this skin")
	case errors.Is(err, catalog.ErrNoStock):
		return refuse(Invalid, "the catalog does not say what this car is made of")
	case errors.Is(err, game.ErrGarageFull):
		return refuse(Conflict, "%q may not own another car", name)
	}
	return err
}
