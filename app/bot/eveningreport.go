package bot

import (
	"fmt"
	"time"

	"mcos/protocol/mcots"
)

// EveningReport is what an evening came to.
type EveningReport struct {
	OK      bool   `json:"ok"`
	Players int    `json:"players"`
	Rounds  int    `json:"rounds"`
	Races   int    `json:"races"`  // heats, of which a round has one or more
	Starts  int    `json:"starts"` // of those, with repetitions
	Again   int    `json:"again"`  // repetitions
	Seed    uint64 `json:"seed"`
	RelayTotals
	RelayP50 time.Duration `json:"relay_p50"` // nanoseconds from a bot's send to another's receipt
	RelayP99 time.Duration `json:"relay_p99"`

	Books    string `json:"books"` // "balanced", or what is off
	Checks   int    `json:"book_checks"`
	Ledger   bool   `json:"ledger"`      // the books were compared with the server's own ledger
	Taken    int64  `json:"money_taken"` // by races, from those whom they cost more than they brought
	Given    int64  `json:"money_given"` // to the others
	Drops    int    `json:"drops"`       // broken connections
	Quits    int    `json:"quits"`       // races given up
	SatOut   int    `json:"sat_out"`
	Unsolved int    `json:"unresolved"` // starts whose results nobody was left to see
	Doubted  int    `json:"doubted"`    // results that the server does not count

	Failures []string      `json:"failures"`
	Took     time.Duration `json:"took"` // nanoseconds
}

// close enters a heat into books and report. It reports whether a start has no results.
func (e *evening) close(round int, h *heat) (unresolved bool) {
	totals, problems, delays := h.book.close()
	e.report.RelayTotals.add(totals)
	e.delays = append(e.delays, delays...)
	e.report.Races++
	e.report.Drops += h.drops
	e.report.Quits += h.quits
	e.report.SatOut += h.satOut
	for _, f := range h.failures {
		e.fail("%s", f)
	}
	for _, p := range problems {
		e.fail("race %d: %s", h.number, p)
	}
	for i, run := range h.runs {
		if !run.ok {
			e.log("round %d, race %d: the server did not let them start", round, h.number)
			continue
		}
		e.report.Starts++
		if i > 0 {
			e.report.Again++
		}
		if run.results == nil {
			e.report.Unsolved++
			unresolved = true
			e.books.unresolved(h.stake, run.started)
			continue
		}
		e.books.results(h.stake, run.results, run.started)
		for _, d := range h.racers {
			for _, r := range run.results.Racers {
				if r.ID == d.user && r.PrizeID != 0 {
					d.prizes++
				}
				if r.ID == d.user && doubted(r) {
					e.report.Doubted++
				}
			}
		}
		e.log("round %d, race %d, start %d: %s", round, h.number, i+1, h.podium(run))
	}
	e.log("round %d, race %d: %d racers, %d of %d relays delivered, %d dropped out, %d gave up", round, h.number, len(h.racers),
		totals.Delivered, totals.Expected, h.drops, h.quits)
	return unresolved
}

// podium tells the results in one line.
func (h *heat) podium(run *heatRun) string {
	text := fmt.Sprintf("fee %d, purse %d", h.stake.fee, h.stake.total(len(run.started)))
	for i, r := range run.results.Racers {
		if r.ID == 0 {
			continue
		}
		name := fmt.Sprint(r.ID)
		for _, d := range h.racers {
			if d.user == r.ID {
				name = d.persona
			}
		}
		if r.RaceTime == 0 {
			text += fmt.Sprintf("; %s did not finish", name)
			continue
		}
		if doubted(r) {
			text += fmt.Sprintf("; %s %.2fs does not count", name, float64(r.RaceTime)/mcots.TicksPerSecond)
			continue
		}
		text += fmt.Sprintf("; %d. %s %.2fs +%d", i+1, name, float64(r.RaceTime)/mcots.TicksPerSecond, r.CashWon)
	}
	return text
}

// finish completes the report.
func (e *evening) finish() {
	e.report.Books, e.report.Checks = e.books.text(), e.books.checks
	e.report.Taken, e.report.Given = -e.books.taken, e.books.given
	e.report.RelayP50, e.report.RelayP99 = percentile(e.delays, 50), percentile(e.delays, 99)
}
