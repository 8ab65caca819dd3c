package game

import (
	"errors"
	"fmt"
	"math"

	"mcos/storage"
	"mcos/storage/catalog"
)

// Entry is what a race asks of everybody who enters ("mcots-2 3.14").
type Entry struct {
	Fee      int64
	MinLevel uint32 // 0 = none, like the next
	MaxLevel uint32
}

// MayEnter checks that a persona can pay the fee of a race and has a level for it.
// Refusals: ErrFunds, ErrLevel.
func (r *Rules) MayEnter(tx storage.ReadTx, persona uint32, e Entry) error {
	p, err := player(tx, persona)
	switch {
	case err != nil:
		return err
	case p.Stats.Level < e.MinLevel || e.MaxLevel != 0 && p.Stats.Level > e.MaxLevel:
		return fmt.Errorf("persona %d has level %d, the race takes %d to %d: %w", persona, p.Stats.Level, e.MinLevel, e.MaxLevel, ErrLevel)
	case p.Balance < e.Fee:
		return fmt.Errorf("persona %d has %d, the entry fee is %d: %w", persona, p.Balance, e.Fee, ErrFunds)
	}
	return nil
}

// vital are the kinds of parts that a car cannot race without, as many as it had
// when it was new: suspension, chassis, drive line, brakes, wheels and engine, and in
// them body, transmission, rear end, tires and engine block ("mcots-2 5.8").
var vital = map[uint32]bool{
	1001: true, 2001: true, 4001: true, 5001: true, 15001: true, catalog.EngineType: true,
	20001: true, 130001: true, 140001: true, 110001: true, catalog.BlockType: true,
}

// MayDrive checks that a car belongs to the persona and is not stripped ("mcots-2
// 3.14"). Refusals: ErrNotOwner, ErrStripped.
func (r *Rules) MayDrive(tx storage.ReadTx, persona, vehicle uint32) error {
	v, err := tx.Vehicle(vehicle)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return fmt.Errorf("vehicle %d does not exist: %w %d", vehicle, ErrNotOwner, persona)
	case err != nil:
		return err
	case v.Owner != persona:
		return fmt.Errorf("vehicle %d of persona %d: %w %d", vehicle, v.Owner, ErrNotOwner, persona)
	}
	parts, err := tx.PartsOfVehicle(vehicle)
	if err != nil {
		return err
	}
	c := r.catalog()
	// Nothing is missing from a car that the catalog does not know: it was replaced
	// by another one.
	stock, _ := c.StockParts(v.BrandedPart)
	present := map[uint32]int{} // parts of each kind
	for _, p := range parts {
		item, _ := c.Part(p.BrandedPart)
		present[item.Abstract]++
	}
	for _, s := range stock {
		item, _ := c.Part(s.BrandedPart)
		if present[item.Abstract]--; vital[item.Abstract] && present[item.Abstract] < 0 {
			return fmt.Errorf("vehicle %d lacks a part of kind %d: %w", vehicle, item.Abstract, ErrStripped)
		}
	}
	return nil
}

// StartRace takes the entry fee of every human racer into escrow and stores the
// race as a running one, in that order of racers ("mcots-2 7"). An ID of 0 is
// replaced by the next one. Refusals: ErrFunds.
func (r *Rules) StartRace(tx storage.Tx, race storage.Race, fee int64) (storage.Race, error) {
	var err error
	if race.ID == 0 {
		if race.ID, err = tx.NextRace(); err != nil {
			return race, err
		}
	}
	race.State, race.Started = storage.RaceRunning, r.now()
	for i := range race.Racers {
		racer := &race.Racers[i]
		if !racer.Human || fee == 0 {
			continue
		}
		p, err := player(tx, racer.ID)
		if err != nil {
			return race, err
		}
		if err := r.move(tx, &p, storage.EntryFee, -fee, race.ID, ""); err != nil {
			return race, err
		}
		racer.Fee = fee
	}
	return race, tx.PutRace(race)
}

// running returns a race that is running.
func running(tx storage.ReadTx, id uint32) (storage.Race, error) {
	race, err := tx.Race(id)
	if err != nil {
		return race, err
	}
	if race.State != storage.RaceRunning {
		return race, fmt.Errorf("race %d is %s: %w", id, race.State, ErrSettled)
	}
	return race, nil
}

// CancelRace ends a running race as if it had not been: every fee goes back.
// Refusals: ErrSettled.
func (r *Rules) CancelRace(tx storage.Tx, id uint32, note string) error {
	race, err := running(tx, id)
	if err != nil {
		return err
	}
	return r.cancel(tx, &race, note)
}

func (r *Rules) cancel(tx storage.Tx, race *storage.Race, note string) error {
	for i := range race.Racers {
		racer := &race.Racers[i]
		racer.Points, racer.Prize = 0, 0
		if err := r.giveBack(tx, race.ID, racer, note); err != nil {
			return err
		}
	}
	race.State, race.Ended = storage.RaceCancelled, r.now()
	return tx.PutRace(*race)
}

// giveBack returns the fee of a racer.
func (r *Rules) giveBack(tx storage.Tx, race uint32, racer *storage.Racer, note string) error {
	if racer.Fee == 0 {
		return nil
	}
	p, err := tx.Persona(racer.ID) // even if deleted meanwhile
	if err != nil {
		return fmt.Errorf("persona %d: %w", racer.ID, err)
	}
	if over := p.Balance + racer.Fee - math.MaxUint32; over > 0 {
		// The driver has got richer than the game can count: something has to
		// go, or the race could never end.
		if err := r.move(tx, &p, storage.Grant, -over, race, "more money than the game can count"); err != nil {
			return err
		}
	}
	racer.Returned = racer.Fee
	return r.move(tx, &p, storage.FeeReturn, racer.Fee, race, note)
}

// RefundRaces cancels all races that are still running in the store: those that
// the end of the program cut off. It belongs into the start of the server, before
// anybody can race.
func (r *Rules) RefundRaces(tx storage.Tx) (races int, money int64, err error) {
	list, err := tx.RunningRaces()
	if err != nil {
		return 0, 0, err
	}
	for _, race := range list {
		if err := r.cancel(tx, &race, "the server stopped during the race"); err != nil {
			return 0, 0, fmt.Errorf("race %d: %w", race.ID, err)
		}
		for _, racer := range race.Racers {
			money += racer.Returned
		}
	}
	return len(list), money, nil
}
