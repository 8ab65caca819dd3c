package storage

import (
	"cmp"
	"maps"
	"slices"
)

// raceAccount is what one persona paid and got in one race.
type raceAccount struct{ race, persona uint32 }

// raceSums are the amounts of a raceAccount, all counted positive.
type raceSums struct{ fee, returned, won int64 }

// raceEntry adds up the ledger entries that belong to races.
func (c *checker) raceEntry(e LedgerEntry) {
	account := raceAccount{e.Ref, e.Persona}
	sums := c.sums[account]
	switch e.Kind {
	case EntryFee:
		sums.fee -= e.Amount
	case FeeReturn:
		sums.returned += e.Amount
	case Prize, RankBonus:
		sums.won += e.Amount
	default:
		return
	}
	c.sums[account] = sums
}

// races compares every race with the ledgers of its racers, which have been added
// up before.
func (c *checker) races() error {
	err := c.tx.Races(func(r Race) error {
		for _, racer := range r.Racers {
			if racer.Human {
				c.racer(r, racer)
			} else if racer.Fee != 0 || racer.Returned != 0 || racer.Won != 0 {
				c.report("race %d: computer driver %d has paid %d, got back %d and won %d", r.ID, racer.ID, racer.Fee, racer.Returned, racer.Won)
			}
		}
		if (r.State == RaceRunning) != r.Ended.IsZero() {
			c.report("race %d: is %s and has the end %v", r.ID, r.State, r.Ended)
		}
		return nil
	})
	left := slices.SortedFunc(maps.Keys(c.sums), func(a, b raceAccount) int {
		return cmp.Or(cmp.Compare(a.race, b.race), cmp.Compare(a.persona, b.persona))
	})
	for _, a := range left {
		c.report("persona %d: has ledger entries for race %d, in which it is no racer", a.persona, a.race)
	}
	return err
}

// racer compares one racer with the ledger.
func (c *checker) racer(r Race, racer Racer) {
	account := raceAccount{r.ID, racer.ID}
	booked := c.sums[account]
	delete(c.sums, account)
	if want := (raceSums{racer.Fee, racer.Returned, racer.Won}); booked != want {
		c.report("race %d, persona %d: fee %d, returned %d, won %d, but the ledger has %d, %d and %d", r.ID, racer.ID,
			want.fee, want.returned, want.won, booked.fee, booked.returned, booked.won)
	}
	if racer.Void && (racer.Won != 0 || racer.Prize != 0 || racer.Points > 0) {
		c.report("race %d: the result of persona %d does not count, and it won %d, prize %d and %d points", r.ID, racer.ID, racer.Won, racer.Prize, racer.Points)
	}
	switch r.State {
	case RaceRunning:
		if racer.Returned != 0 || racer.Won != 0 {
			c.report("race %d: is running and persona %d has got %d back and won %d", r.ID, racer.ID, racer.Returned, racer.Won)
		}
		if !r.PinkSlip || racer.Vehicle == 0 {
			return
		}
		if other, twice := c.stakes[racer.Vehicle]; twice {
			c.report("race %d: vehicle %d is at stake in running race %d as well", r.ID, racer.Vehicle, other)
		}
		c.stakes[racer.Vehicle] = r.ID
	case RaceCancelled:
		if racer.Returned != racer.Fee || racer.Won != 0 {
			c.report("race %d: is cancelled and persona %d has paid %d, got back %d and won %d", r.ID, racer.ID, racer.Fee, racer.Returned, racer.Won)
		}
	case RaceSettled:
	default:
		c.report("race %d: has the unknown state %q", r.ID, r.State)
	}
}
