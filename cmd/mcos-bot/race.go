package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mcos/app/bot"
)

const raceExamples = `  # Six new players and ten rounds on the server of this computer
  mcos-bot race --players 6 --rounds 10

  # Fast races on a test server that runs with MCOS_RACE_CHECK_RESULTS=off
  mcos-bot race --fast --rounds 10

  # The first with accidents, and with the books compared with the server's own ledger
  mcos-bot race --rounds 10 --drop-rate 0.1 --seed 7 --console http://127.0.0.1:3000 --token-file console.token --json`

// How long a race takes: longer than any server takes for impossible, or not.
const (
	realRace = 25 * time.Second
	fastRace = 3 * time.Second
)

// racing holds an evening; tests replace it.
type racing func(context.Context, bot.Evening) (*bot.EveningReport, error)

func race(ctx context.Context, e bot.Evening) (*bot.EveningReport, error) { return e.Run(ctx) }

// raceFlags are the command line of mcos-bot race as typed.
type raceFlags struct {
	flags
	players, rounds, hz int
	fee                 uint32
	duration, grace     time.Duration
	seed                uint64
	dropRate            float64
	name, code          string
	console, tokenFile  string
	fast, json          bool
}

func newRaceCommand(s streams, hold racing) *cobra.Command {
	f := &raceFlags{}
	cmd := &cobra.Command{
		Use:   "race [flags]",
		Short: "Hold an evening of races between new players",
		Long: `mcos-bot race signs up new players, has them race each other round after round, and goes
through the books at the end. Every piece of data that one racer sends to others is
checked: it must reach exactly those it is for, once and in order. Entry fees and prizes
must add up to the dollar, and nobody may lose a car or a part.

Races take their time, because a server does not pay for results that contradict its
clock. To try much in a short time, switch that check off at a server of your own
(race.check_results, never where people play) and race with --fast.

With --drop-rate connections break and drivers give up at random places, which a server
must survive without a stuck room or a wrong balance.

Exit codes: 0 all is well, 1 something is not, 2 the command line is wrong.`,
		Example: raceExamples,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("there is nothing to do with %q: everything is said with flags", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, err := f.evening(cmd)
			if err != nil {
				return err
			}
			return f.run(cmd.Context(), s, e, hold)
		},
	}
	f.registerServer(cmd)
	fs := cmd.Flags()
	fs.IntVar(&f.players, "players", 6, fmt.Sprintf("number of players, 1 to %d", bot.MaxPlayers))
	fs.IntVar(&f.rounds, "rounds", 1, "number of rounds; in each one everybody races once")
	fs.Uint32Var(&f.fee, "fee", 100, "entry fee; one of those that the server offers")
	fs.IntVar(&f.hz, "hz", 20, "positions a second of each racer")
	fs.DurationVar(&f.duration, "duration", realRace, "shortest time on the track; with --fast 3s, if not given")
	fs.BoolVar(&f.fast, "fast", false, "race for seconds and report minutes; only for a server with race.check_results off, no other pays for that")
	fs.Uint64Var(&f.seed, "seed", 1, "of all that is left to chance")
	fs.Float64Var(&f.dropRate, "drop-rate", 0, "how probable it is, from 0 to 1, that a racer drops out somewhere")
	fs.DurationVar(&f.grace, "grace", bot.DefaultGrace, "how long the server may take to count out somebody who dropped out")
	fs.StringVar(&f.name, "name", "", "beginning of the players' names (default a random one)")
	fs.StringVar(&f.code, "code", "", "sign-up code, where the server asks for one")
	fs.StringVar(&f.console, "console", "", "address of the server's local interface, such as http://127.0.0.1:3000; the books are then compared with the ledger too")
	fs.StringVar(&f.tokenFile, "token-file", "", "file with the token of the local interface")
	f.registerWire(cmd)
	fs.BoolVar(&f.json, "json", false, "print the report as one line of JSON at the end, and the log on standard error")
	return cmd
}

// evening checks the flags.
func (f *raceFlags) evening(cmd *cobra.Command) (bot.Evening, error) {
	e := bot.Evening{
		Players: f.players, Rounds: f.rounds, Fee: f.fee, Hz: f.hz, Duration: f.duration, Seed: f.seed, DropRate: f.dropRate,
		Fast: f.fast, Grace: f.grace, Name: f.name, Code: f.code, Password: func() (string, error) { return random(12) },
	}
	if f.fast && !cmd.Flags().Changed("duration") {
		e.Duration = fastRace
	}
	var err error
	if e.Target, err = f.target(cmd); err != nil {
		return e, err
	}
	if e.Options, err = f.options(); err != nil {
		return e, err
	}
	if e.Name == "" {
		if e.Name, err = random(3); err != nil {
			return e, err
		}
		e.Name = "r" + e.Name
	}
	if e.Ledger, err = f.ledger(); err != nil {
		return e, err
	}
	if err := e.Check(); err != nil {
		return e, usageError{err}
	}
	return e, nil
}

func (f *raceFlags) ledger() (bot.LedgerSource, error) {
	switch {
	case f.console == "" && f.tokenFile == "":
		return nil, nil
	case f.console == "" || f.tokenFile == "":
		return nil, usagef("--console and --token-file belong together")
	}
	token, err := os.ReadFile(f.tokenFile)
	if err != nil {
		return nil, fmt.Errorf("reading the token: %w", err)
	}
	source, err := bot.ConsoleLedger(f.console, strings.TrimSpace(string(token)))
	if err != nil {
		return nil, usageError{err}
	}
	return source, nil
}

// run holds the evening and reports it.
func (f *raceFlags) run(ctx context.Context, s streams, e bot.Evening, hold racing) error {
	log, out := &logger{out: s.out}, &logger{out: s.out, json: f.json}
	if f.json {
		log.out = s.err
	}
	e.Log = func(format string, args ...any) { log.printf("%s\n", clean(fmt.Sprintf(format, args...))) }
	r, err := hold(ctx, e)
	if err != nil {
		log.printf("the evening broke off: %s\n", clean(err.Error()))
	}
	if r == nil {
		r = &bot.EveningReport{}
	}
	if f.json {
		out.document(struct {
			*bot.EveningReport
			Error string `json:"error,omitempty"`
		}{r, text(err)})
	} else {
		out.evening(r)
	}
	if err := errors.Join(log.err, out.err); err != nil {
		return fmt.Errorf("writing the log: %w", err)
	}
	if err != nil || !r.OK {
		return errFailed
	}
	return nil
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// evening prints the report for people.
func (l *logger) evening(r *bot.EveningReport) {
	l.printf("\n%d rounds of %d players in %s: %d races, %d starts, seed %d\n", r.Rounds, r.Players, short(r.Took), r.Races, r.Starts, r.Seed)
	l.printf("relays: %d of %d delivered, %d missing, %d duplicates, %d out of order, %d foreign, %d altered; p50 %s, p99 %s\n",
		r.Delivered, r.Expected, r.Missing, r.Duplicates, r.OutOfOrder, r.Foreign, r.Altered, short(r.RelayP50), short(r.RelayP99))
	l.printf("accidents: %d dropped out, %d gave up, %d found the race full, %d starts without results\n", r.Drops, r.Quits, r.SatOut, r.Unsolved)
	if r.Doubted > 0 {
		l.printf("results: %d did not count, because the server does not believe them (race.check_results)\n", r.Doubted)
	}
	l.printf("books: %s (%d checks, races took %d and gave %d)\n", clean(r.Books), r.Checks, r.Taken, r.Given)
	for _, f := range r.Failures {
		l.printf("  failure: %s\n", clean(f))
	}
	if r.OK {
		l.printf("all is well\n")
	}
}
