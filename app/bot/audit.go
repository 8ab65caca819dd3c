package bot

import (
	"context"
	"fmt"
	"slices"

	"mcos/protocol/mcots"
)

// count asks everybody who is there for the balance and compares it with the books.
func (e *evening) count(ctx context.Context) {
	for _, d := range e.drivers {
		if d.seat == nil {
			continue
		}
		player, err := d.seat.Transactions.Player(ctx, d.user)
		if err != nil {
			e.fail("the balance of %s: %v", d.persona, err)
			continue
		}
		d.seat.Home.Player = *player
		e.books.balance(d.user, int64(player.BankBalance))
	}
}

// noLeftovers looks for rooms of races that are over, once everybody has left them.
func (e *evening) noLeftovers(ctx context.Context, heats []*heat) {
	for _, d := range e.drivers {
		if d.seat == nil {
			continue
		}
		list, err := d.seat.Lobby.Races(ctx)
		if err != nil {
			e.fail("the list of race rooms for %s: %v", d.persona, err)
			return
		}
		for _, room := range list.Riffs {
			over := func(h *heat) bool { return h.race != 0 && uint32(room.Data.Race) == h.race }
			if slices.ContainsFunc(heats, over) {
				e.fail("the room %q of race %d is still there with %d users", room.Name, room.Data.Race, room.Users)
			}
		}
		return
	}
}

// readLedgers reads what the server's ledgers have gained.
func (e *evening) readLedgers(ctx context.Context) error {
	if e.Ledger == nil {
		return nil
	}
	for _, d := range e.drivers {
		newest, err := e.Ledger(ctx, d.persona)
		if err != nil {
			return err
		}
		merged, whole := mergeLedger(d.ledger, newest)
		if d.ledger = merged; !whole {
			e.fail("the ledger of %s has more new entries than the server shows", d.persona)
		}
	}
	return nil
}

// audit goes through all books when everybody is there for the last time.
func (e *evening) audit(ctx context.Context) error {
	if err := e.back(ctx); err != nil {
		return err
	}
	e.count(ctx)
	if err := e.readLedgers(ctx); err != nil {
		return err
	}
	total, opened := int64(0), int64(0)
	for _, d := range e.drivers {
		a := e.books.accounts[d.user]
		total += int64(d.seat.Home.Player.BankBalance)
		opened += a.opened
		if e.Ledger != nil {
			e.books.ledger(d.user, d.ledger)
		}
		if err := e.property(ctx, d); err != nil {
			e.books.wrong("%s: %v", d.persona, err)
		}
	}
	e.log("audit: the players came with %d and go with %d dollars; races took %d and gave %d; books: %s", opened, total,
		-e.books.taken, e.books.given, e.books.text())
	return nil
}

// property compares cars and parts with what a driver came with: nothing may be lost, and nothing be gained but prizes.
func (e *evening) property(ctx context.Context, d *driver) error {
	cars, err := d.seat.Transactions.Vehicles(ctx)
	if err != nil {
		return err
	}
	key := func(a, b mcots.OwnedVehicle) bool { return a.VehicleID == b.VehicleID }
	if !slices.EqualFunc(cars, d.cars, key) {
		return fmt.Errorf("it has the cars %v, it came with %v", cars, d.cars)
	}
	parts, err := d.seat.Transactions.Parts(ctx)
	if err != nil {
		return err
	}
	if len(parts) < d.loose || len(parts) > d.loose+d.prizes {
		return fmt.Errorf("it has %d loose parts, it came with %d and won %d", len(parts), d.loose, d.prizes)
	}
	return nil
}
