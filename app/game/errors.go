package game

import (
	"errors"

	"mcos/storage/catalog"
)

// Reasons for which an operation is refused. Callers test them with errors.Is.
var (
	// ErrName says that a persona name is not well-formed.
	ErrName = errors.New("name not allowed")
	// ErrText says that a licence plate or car number is not well-formed.
	ErrText = errors.New("text not allowed")
	// ErrLimit says that the account has all the personas it may have.
	ErrLimit = errors.New("too many personas")
	// ErrIDTaken says that a wished persona id belongs to somebody else.
	ErrIDTaken = errors.New("persona id taken")
	// ErrDeleted says that the persona has been deleted.
	ErrDeleted = errors.New("persona has been deleted")

	// ErrLive says that a persona that is to be brought back has not been deleted.
	ErrLive = errors.New("persona is not deleted")
	// ErrTooLate says that a persona was deleted too long ago to be brought back.
	ErrTooLate = errors.New("persona was deleted too long ago")

	// ErrFunds says that the balance is too low.
	ErrFunds = errors.New("not enough money")
	// ErrBalance says that the balance would be more than the game can count.
	ErrBalance = errors.New("too much money")

	// ErrNotOffered says that nobody sells this car, skin or part here.
	ErrNotOffered = errors.New("not offered")
	// ErrTradeIn says that a car was to be traded in, which dealers do not take.
	ErrTradeIn = errors.New("trade-ins are not accepted")
	// ErrOwnsCar says that a starter car was chosen by somebody who owns a car.
	ErrOwnsCar = errors.New("persona owns a car already")
	// ErrGarageFull says that the persona may not own another car.
	ErrGarageFull = errors.New("garage full")
	// ErrInventoryFull says that the persona may not own another loose part.
	ErrInventoryFull = errors.New("part inventory full")

	// ErrNotOwner says that the persona does not own the car or part; it may
	// not exist at all.
	ErrNotOwner = errors.New("not owned by the persona")
	// ErrRoot says that the part is a whole car.
	ErrRoot = errors.New("part is a whole car")
	// ErrMounted says that a part to be mounted is mounted already.
	ErrMounted = errors.New("part is mounted")
	// ErrLoose says that a part to be removed is not mounted on anything.
	ErrLoose = errors.New("part is loose")
	// ErrCycle says that a part was to be mounted on itself or on a part below
	// it.
	ErrCycle = errors.New("part would be mounted on itself")
	// ErrTaken says that a part of the same kind is mounted in the same place.
	ErrTaken = errors.New("place is taken")
	// ErrLevel says that the level of a persona does not fit.
	ErrLevel = errors.New("level does not fit")
	// ErrStripped says that a car lacks parts that it cannot run without.
	ErrStripped = errors.New("car is stripped")
	// ErrSettled says that a race is not running: it was settled before.
	ErrSettled = errors.New("race is over")

	// ErrNoFit says that the part does not belong there.
	ErrNoFit = catalog.ErrNoFit
)

// isAny reports whether an error wraps one of the targets.
func isAny(err error, targets ...error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
