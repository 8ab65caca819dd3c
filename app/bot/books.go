package bot

import (
	"fmt"
	"slices"
	"strings"

	"mcos/protocol/mcots"
)

// stake is what a race costs and pays (mcots-2 9.5).
type stake struct {
	fee       uint32
	purse     uint32 // of the fee, from 408
	perPlayer uint32 // bonuses, from 223
	perRace   uint32
	factor    float64 // of the lobby; 0 counts as 1
}

// rankBonus is paid for each rank reached, times the number of the rank (mcots-2 9.5).
const rankBonus = 5000

// splits are the percentages of the places by the number of finishers; what a division leaves goes to the winner
// (mcots-2 9.5).
var splits = [][]int64{{100}, {70, 30}, {60, 25, 15}, {50, 25, 15, 10}}

// total is the purse of a race that so many people started. With less than two there is only the bonus of the race
// (DECISIONS 25).
func (s stake) total(humans int) int64 {
	sum := float64(s.perRace)
	if humans >= 2 {
		sum += float64(s.purse) + float64(s.perPlayer)*float64(humans)
	}
	if s.factor != 0 {
		sum *= s.factor
	}
	return int64(sum)
}

// shares are the winnings of the finishers by place.
func shares(total int64, finishers int) []int64 {
	list := make([]int64, finishers)
	if finishers == 0 {
		return list
	}
	rest := total
	for place, percent := range splits[min(finishers, len(splits))-1] {
		list[place] = total * percent / 100
		rest -= list[place]
	}
	list[0] += rest
	return list
}

// charged is what everybody pays who starts.
func (s stake) charged(humans int) int64 {
	if humans < 2 {
		return 0 // given back (DECISIONS 25)
	}
	return int64(s.fee)
}

// verdict judges the winnings in a 237: the change of balance of each persona, and everything that is not as documented.
func (s stake) verdict(r *mcots.FinalResults, humans int) (change map[uint32]int64, problems []string) {
	change = map[uint32]int64{}
	finishers := 0
	for _, racer := range r.Racers {
		if racer.ID != 0 && counts(racer) {
			finishers++
		}
	}
	invalid := r.Flags&(mcots.FinalInvalidError|mcots.FinalInvalidCheating) != 0
	if invalid != (finishers == 0) {
		problems = append(problems, fmt.Sprintf("race %d has %d finishers and the flags %#x", r.RaceID, finishers, uint8(r.Flags)))
	}
	fee := s.charged(humans)
	won := shares(s.total(humans), finishers)
	if invalid {
		won = make([]int64, finishers)
	}
	last := uint32(0)
	for place, racer := range r.Racers {
		if racer.ID == 0 {
			continue
		}
		want := int64(0)
		switch {
		case !counts(racer):
		case place >= finishers || racer.RaceTime < last:
			problems = append(problems, fmt.Sprintf("race %d: persona %d with time %d is not in order of finishing", r.RaceID, racer.ID, racer.RaceTime))
		default:
			want, last = won[place], racer.RaceTime
		}
		if racer.Flags&mcots.RacerPromotionBonus != 0 {
			for rank := racer.OldRank + 1; rank <= racer.NewRank; rank++ {
				want += rankBonus * int64(rank)
			}
		}
		if int64(racer.CashWon) != want {
			problems = append(problems, fmt.Sprintf("race %d: persona %d won %d in place %d of %d finishers, due were %d",
				r.RaceID, racer.ID, racer.CashWon, place+1, finishers, want))
		}
		if _, twice := change[racer.ID]; twice {
			problems = append(problems, fmt.Sprintf("race %d: persona %d is in the results twice", r.RaceID, racer.ID))
		}
		change[racer.ID] = int64(racer.CashWon) - fee
		if invalid && !doubted(racer) {
			change[racer.ID] += fee // everything goes back (mcots-2 10)
		}
	}
	return change, problems
}

// doubted reports whether the server does not believe a result (DECISIONS 47).
func doubted(r mcots.RacerResult) bool { return r.Flags&mcots.RacerCheatingSuspected != 0 }

// counts reports whether somebody has finished with a result that counts.
func counts(r mcots.RacerResult) bool { return r.RaceTime != 0 && !doubted(r) }

// possible lists every change of balance that a started race may have brought somebody when no result of it was seen: a refund,
// the lost fee, or any place among any number of finishers.
func (s stake) possible(humans int) []int64 {
	fee := s.charged(humans)
	list := []int64{0, -fee}
	for finishers := 1; finishers <= humans; finishers++ {
		for _, share := range shares(s.total(humans), finishers) {
			list = append(list, share-fee)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// account is what the books say about one persona.
type account struct {
	name     string
	opened   int64   // balance before the first race
	expected []int64 // balances that may be; one where all is known
}

// move applies a change, or one of several possible ones.
func (a *account) move(changes ...int64) {
	var list []int64
	for _, e := range a.expected {
		for _, c := range changes {
			list = append(list, e+c)
		}
	}
	slices.Sort(list)
	a.expected = slices.Compact(list)
}

// found compares a balance with the books and goes on from it.
func (a *account) found(balance int64) error {
	if slices.Contains(a.expected, balance) {
		a.expected = []int64{balance}
		return nil
	}
	want := strings.Trim(fmt.Sprint(a.expected), "[]")
	a.expected = []int64{balance}
	return fmt.Errorf("%s has %d, due are %s", a.name, balance, want)
}

// books are kept for a whole evening.
type books struct {
	accounts map[uint32]*account
	problems []string
	checks   int   // balances compared
	taken    int64 // by races, from those who lost money in them
	given    int64 // to those who won some
}

func newBooks() *books { return &books{accounts: map[uint32]*account{}} }

func (b *books) open(persona uint32, name string, balance int64) {
	b.accounts[persona] = &account{name: name, opened: balance, expected: []int64{balance}}
}

func (b *books) wrong(format string, args ...any) {
	b.problems = append(b.problems, fmt.Sprintf(format, args...))
}

// results enters a race whose 237 came.
func (b *books) results(s stake, r *mcots.FinalResults, started []uint32) {
	change, problems := s.verdict(r, len(started))
	b.problems = append(b.problems, problems...)
	for _, persona := range started {
		delta, listed := change[persona]
		if !listed {
			b.wrong("race %d: persona %d started and is not in the results", r.RaceID, persona)
			delta = -s.charged(len(started))
		}
		delete(change, persona)
		if a := b.accounts[persona]; a != nil {
			a.move(delta)
		}
		b.taken += min(delta, 0)
		b.given += max(delta, 0)
	}
	for persona := range change {
		b.wrong("race %d: persona %d is in the results and did not start", r.RaceID, persona)
	}
}

// unresolved enters a race that started and whose results nobody saw.
func (b *books) unresolved(s stake, started []uint32) {
	for _, persona := range started {
		if a := b.accounts[persona]; a != nil {
			a.move(s.possible(len(started))...)
		}
	}
}

// balance compares what 108 shows.
func (b *books) balance(persona uint32, balance int64) {
	a := b.accounts[persona]
	if a == nil {
		return
	}
	b.checks++
	if err := a.found(balance); err != nil {
		b.wrong("%v", err)
	}
}

// raceKinds are the kinds of ledger entries of which each start of a race has one for each racer at most.
var raceKinds = map[string]bool{"entry-fee": true, "fee-return": true, "prize": true, "rank-bonus": true}

// ledger compares the movements that the server itself recorded, oldest first: each begins where the last one ended, none came
// twice, and the last one leaves the balance that 108 shows.
func (b *books) ledger(persona uint32, entries []LedgerEntry) {
	a := b.accounts[persona]
	if a == nil {
		return
	}
	if len(entries) == 0 {
		b.wrong("%s has an empty ledger", a.name)
		return
	}
	seen := map[string]uint64{}
	for i, e := range entries {
		if i > 0 {
			before := entries[i-1]
			if e.ID <= before.ID {
				b.wrong("%s: ledger entry %d follows entry %d", a.name, e.ID, before.ID)
			}
			if before.Balance+e.Amount != e.Balance {
				b.wrong("%s: ledger entry %d goes from %d by %d to %d", a.name, e.ID, before.Balance, e.Amount, e.Balance)
			}
		}
		key := fmt.Sprintf("%s %d", e.Kind, e.Ref)
		if first, twice := seen[key]; twice && raceKinds[e.Kind] {
			b.wrong("%s: ledger entries %d and %d are both of the kind %s for race %d", a.name, first, e.ID, e.Kind, e.Ref)
		}
		seen[key] = e.ID
	}
	b.checks++
	if last := entries[len(entries)-1]; !slices.Contains(a.expected, last.Balance) {
		b.wrong("%s: the ledger ends at %d, due are %s", a.name, last.Balance, strings.Trim(fmt.Sprint(a.expected), "[]"))
	}
}

// text is "balanced", or what is off.
func (b *books) text() string {
	const most = 8
	switch n := len(b.problems); {
	case n == 0:
		return "balanced"
	case n > most:
		return fmt.Sprintf("%s; and %d more", strings.Join(b.problems[:most], "; "), n-most)
	default:
		return strings.Join(b.problems, "; ")
	}
}
