package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"mcos/app/bot"
	"mcos/app/buildinfo"
)

const examples = `  # One new player on the server of this computer
  mcos-bot --sign-up

  # An old acquaintance, who stays for ten minutes
  echo "$PASSWORD" | mcos-bot --host mco.example.org --name marty --password-stdin --persona Marty --idle 10m

  # A server on ports of its own, as it printed them
  mcos-bot --sign-up --ready "$(head -n 1 ready.txt)"
  mcos-bot --sign-up --ports http=8080,https=8443

  # Fifty new players, ten at a time, with a table of how long each step took
  mcos-bot --sign-up --name load -n 50 --parallel 10 --idle 2s

  # Six new players who race each other ten times
  mcos-bot race --players 6 --rounds 10`

// usageError is a wrong use of the command line.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// player plays one session; tests replace it.
type player func(context.Context, bot.Target, bot.Options, bot.Script) (*bot.Summary, error)

func play(ctx context.Context, target bot.Target, opts bot.Options, script bot.Script) (*bot.Summary, error) {
	c := bot.New(target, opts)
	defer c.Close()
	return c.Play(ctx, script)
}

// games are what the program can do; tests replace them.
type games struct {
	play player
	race racing
}

// errFailed says that a session failed, which has been reported already.
var errFailed = errors.New("a session failed")

// run is the whole program; it returns the exit code.
func run(ctx context.Context, args []string, s streams, g games) int {
	cmd := newCommand(s, g)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	var wrong usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &wrong):
		_, _ = fmt.Fprintf(s.err, "mcos-bot: %v\nTry mcos-bot --help.\n", err)
		return exitUsage
	case !errors.Is(err, errFailed):
		_, _ = fmt.Fprintf(s.err, "mcos-bot: %s\n", clean(err.Error()))
	}
	return exitFailed
}

func newCommand(s streams, g games) *cobra.Command {
	f := &flags{}
	cmd := &cobra.Command{
		Use:   "mcos-bot [flags]",
		Short: "Play a session of Motor City Online without a screen",
		Long: `mcos-bot plays a whole session against a server, as the original client does: sign up or
log in, make or pick a persona, buy the first car, home screen, lobby, room, log out. It
prints each step with what came of it. Passwords, tickets and keys are never printed.
"mcos-bot race" holds an evening of races instead.

Exit codes: 0 all sessions went well, 1 one failed, 2 the command line is wrong.`,
		Example:       examples,
		Version:       buildinfo.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("there is nothing to do with %q: everything is said with flags", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := f.plan(cmd, s.in)
			if err != nil {
				return err
			}
			p.play = g.play
			return p.run(cmd.Context(), s)
		},
	}
	cmd.SetIn(s.in)
	cmd.SetOut(s.out)
	cmd.SetErr(s.err)
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	f.registerServer(cmd)
	f.register(cmd)
	cmd.AddCommand(newRaceCommand(s, g.race))
	return cmd
}

// flags are the command line as typed.
type flags struct {
	host, ports, ready string
	sameHost           bool

	name, code, persona   string
	passwordStdin, signUp bool

	car, skin, secondCar, room uint32
	idle, timeout              time.Duration
	chat, segment              string
	seed                       uint64
	pin                        bool

	count, parallel int
	json, verbose   bool
}

// registerServer adds the flags that say where the server is.
func (f *flags) registerServer(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&f.host, "host", "127.0.0.1", "name or address of the server")
	fs.StringVar(&f.ports, "ports", "", "ports that are not the usual ones, as the server's --ports: http=8080,https=8443,…")
	fs.StringVar(&f.ready, "ready", "", "the line that the server printed when it was ready; replaces --host and --ports")
	fs.BoolVar(&f.sameHost, "same-host", false, "connect to --host only, whatever addresses the server tells")
}

func (f *flags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.name, "name", "", "account to log in with; with --sign-up the default is a random one")
	fs.BoolVar(&f.passwordStdin, "password-stdin", false, "read the password from the first line of standard input")
	fs.BoolVar(&f.signUp, "sign-up", false, "make the account first; without --password-stdin it gets a random password, which is then forgotten")
	fs.StringVar(&f.code, "code", "", "sign-up code, where the server asks for one")
	fs.StringVar(&f.persona, "persona", "", "persona to play, made if need be (default the first one, or the account's name)")

	fs.Uint32Var(&f.car, "car", 0, "kind of the first car of a new persona, such as 113 (default the first one offered)")
	fs.Uint32Var(&f.skin, "skin", 0, "paint of that car (default any one that fits)")
	fs.Uint64Var(&f.seed, "seed", 0, "where random choices such as paints come from; the same number makes the same choices (default another one each time)")
	fs.Uint32Var(&f.secondCar, "second-car", 0, "kind of another car to buy in the room: 104, 113 or 402 (default none)")
	fs.Uint32Var(&f.room, "room", 1, "room to enter: 1 to 20, or 10001")
	fs.DurationVar(&f.idle, "idle", 0, "time to stay in the room, such as 5s")
	fs.StringVar(&f.chat, "chat", "", "what to say in the room")

	fs.IntVarP(&f.count, "count", "n", 1, "number of sessions; names get the numbers from 1 up")
	fs.IntVar(&f.parallel, "parallel", 0, "most sessions at once (default all, at most 100)")
	f.registerWire(cmd)
	fs.BoolVar(&f.json, "json", false, "print a line of JSON for each session instead of the log, and one for all of many")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "print the steps of many sessions too")
}

// registerWire adds the flags about connections.
func (f *flags) registerWire(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.segment, "segment", "normal", "how bytes are cut into TCP segments: normal, bytes (one each), glued, random")
	fs.BoolVar(&f.pin, "pin-certificate", true, "accept only the TLS certificate that the server hands out at /cert")
	fs.DurationVar(&f.timeout, "timeout", bot.DefaultTimeout, "longest time of one request")
}
