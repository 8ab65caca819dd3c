package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mcos/app/bot"
	"mcos/app/console/client"
	"mcos/app/replay"
)

func (p *program) sessionReplay() *cobra.Command {
	var o replay.Options
	var open openWith
	var against, ports string
	var fromStdin *bool
	cmd := &cobra.Command{
		Use: "replay ID|FILE", Short: "Play a recording against a server and compare its answers",
		Long: `Play the client's side of a recording against a server, log in with an account
there, and compare what the server answers with the recording, field by field.
Numbers of accounts, drivers, cars, parts, races and channels may be others; times,
addresses and secrets are not compared. Without --against the server is the one that
runs on the data folder.

Use an account in the state in which the recorded one was: a new one for a recording
that begins with making a driver (--sign-up makes it). What other players did is not
repeated, so their messages are reported as missing.

Exit codes: 0 no difference, 1 differences, 2 wrong usage.`,
		Example: `  mcos session replay 20260111-174054 --account tester --sign-up
  mcos session replay evening.json --against mco.example.org --account tester`, Args: exactly("ID|FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Account.Name == "" {
				return usagef("--account is missing: the name to log in with")
			}
			if o.Speed < 0 {
				return usagef("--speed: it cannot be negative")
			}
			target, err := p.replayTarget(cmd.Context(), against, ports)
			if err != nil {
				return err
			}
			entries, err := p.session(cmd.Context(), args[0], open)
			if err != nil {
				return err
			}
			if o.Account.Password, err = p.knownPassword(*fromStdin); err != nil {
				return err
			}
			c := bot.New(target, bot.Options{})
			defer c.Close()
			result, err := replay.Run(cmd.Context(), c, entries, o)
			if err != nil {
				return err
			}
			return p.showReplay(result)
		},
	}
	fromStdin = passwordFlag(cmd)
	open.flags(cmd)
	flags := p.jsonFlag(cmd).Flags()
	flags.StringVar(&against, "against", "", "`host` of another server")
	flags.StringVar(&ports, "ports", "", "its ports where they are not the usual ones, as in mcos run --ports (`list`)")
	flags.StringVar(&o.Account.Name, "account", "", "`name` to log in with")
	flags.BoolVar(&o.SignUp, "sign-up", false, "make the account first, on the server's sign-up page")
	flags.StringVar(&o.Persona, "persona", "", "the `driver` to play, in a recording of several")
	flags.Float64Var(&o.Speed, "speed", 0, "1 keeps the recorded pauses, 2 halves them, 0 leaves them out (`factor`)")
	flags.DurationVar(&o.Patience, "patience", 0, "how long an answer may take (default 5s)")
	return cmd
}

// replayTarget finds the server to play against.
func (p *program) replayTarget(ctx context.Context, host, ports string) (bot.Target, error) {
	if host != "" {
		known, err := bot.ParsePorts(ports)
		if err != nil {
			return bot.Target{}, usagef("--ports: %v", err)
		}
		return bot.Target{Host: host, Ports: known}, nil
	}
	if ports != "" {
		return bot.Target{}, usagef("--ports needs --against")
	}
	dir, err := p.dir()
	if err != nil {
		return bot.Target{}, err
	}
	live, err := client.Find(ctx, dir)
	if errors.Is(err, client.ErrNotRunning) {
		return bot.Target{}, errors.New("no server runs on this data folder; start it, or name another one with --against")
	}
	if err != nil {
		return bot.Target{}, err
	}
	status, err := live.Status(ctx)
	if err != nil {
		return bot.Target{}, err
	}
	return runningTarget(status.Ports)
}

// runningTarget is a server of this computer by the addresses that it listens on.
func runningTarget(addresses map[string]string) (bot.Target, error) {
	target := bot.Target{Host: "127.0.0.1"}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(addresses)) {
		at := addresses[name]
		if name != "rooms" {
			host, port, err := net.SplitHostPort(at)
			if err != nil {
				return target, fmt.Errorf("the server's address for %s cannot be read: %w", name, err)
			}
			if ip := net.ParseIP(host); name == "http" && ip != nil && !ip.IsUnspecified() {
				target.Host = host
			}
			at = port
		}
		list = append(list, name+"="+strings.ReplaceAll(at, ",", "+"))
	}
	var err error
	target.Ports, err = bot.ParsePorts(strings.Join(list, ","))
	return target, err
}

func (p *program) showReplay(result *replay.Result) error {
	var err error
	if p.json {
		err = p.printJSON(result)
	} else {
		err = result.Print(p.out)
	}
	if err == nil && len(result.Differences) > 0 {
		err = errSilent
	}
	return err
}
