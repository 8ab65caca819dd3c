package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"mcos/app"
	"mcos/app/admin"
	"mcos/app/admin/doctor"
	"mcos/app/config"
	"mcos/app/console/client"
	"mcos/app/datadir"
	game "mcos/installer/client"
)

func (p *program) doctorCommand() *cobra.Command {
	var bundle string
	cmd := p.jsonFlag(&cobra.Command{
		Use: "doctor", Short: "Look for what keeps players from playing",
		Long: `Look at ports, certificate, keys, public host, configuration, catalog, store, disk,
clock and firewall, and say in plain words what is wrong and what to do about it.
With a running server more is looked at than without one. The exit code is 1 when
there is a problem.

With --bundle, what it finds goes into a file for somebody who helps you, together with
the settings you have changed, the state of the server and the end of its log. Secrets
are left out; names and addresses of players are in it.`,
		Example: "  mcos doctor\n  mcos doctor --json\n  mcos doctor --bundle help-me.zip", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := p.diagnose(cmd.Context())
			if err != nil {
				return err
			}
			if err := p.showReport(report); err != nil {
				return err
			}
			if bundle != "" {
				if err := p.bundle(cmd.Context(), bundle, report); err != nil {
					return err
				}
			}
			if report.Count(doctor.Problem) > 0 {
				return errSilent
			}
			return nil
		},
	})
	cmd.Flags().StringVar(&bundle, "bundle", "", "write a support `file` (zip), without secrets")
	return cmd
}

// diagnose asks the running server, or looks at the data folder itself. A wrong
// configuration is a finding then, and the rest is judged by the defaults.
func (p *program) diagnose(ctx context.Context) (doctor.Report, error) {
	dir, err := p.dir()
	if err != nil {
		return doctor.Report{}, err
	}
	live, err := client.Find(ctx, dir)
	if err == nil {
		report, err := live.Doctor(ctx)
		report.Findings = append(report.Findings, p.gameFindings()...)
		return report, err
	}
	if !errors.Is(err, client.ErrNotRunning) {
		return doctor.Report{}, err
	}
	cfg, err := p.readConfig(dir, nil)
	if err != nil {
		cfg.Config = config.Default()
	}
	report := admin.DoctorOffline(ctx, p.examine(dir, cfg.Config), p.now)
	report.Findings = append(report.Findings, p.gameFindings()...)
	return report, nil
}

// gameFindings are about the game on this computer, where there is one.
func (p *program) gameFindings() []doctor.Finding {
	targets, err := p.targets("")
	if err != nil {
		return nil
	}
	var out []doctor.Finding
	for _, t := range targets {
		found, err := game.Leftovers(t.Host, game.Detect(t.Host))
		if err != nil {
			continue // the commands for the game will say it
		}
		for _, l := range found {
			next := l.Hand
			if next == "" {
				next = "mcos client cleanup"
			}
			out = append(out, doctor.Finding{Level: doctor.Warn, What: "game on this computer", Explanation: l.What, Next: next})
		}
	}
	return out
}

// examine says what the doctor looks at when no server runs.
func (p *program) examine(dir datadir.Dir, cfg config.Config) doctor.Options {
	o := app.DoctorOptions(dir, cfg)
	o.Config, o.Wall = func() (odd []string, err error) { return p.reread(dir) }, wall
	return o
}

// reread reads the configuration as the next start would.
func (p *program) reread(dir datadir.Dir) (odd []string, err error) {
	l, err := p.readConfig(dir, nil)
	for _, w := range l.Warnings {
		odd = append(odd, w.Error())
	}
	return odd, err
}

var marks = map[doctor.Level]string{doctor.OK: "  ok     ", doctor.Warn: "  warning", doctor.Problem: "! PROBLEM"}

func (p *program) showReport(r doctor.Report) error {
	if p.json {
		return p.printJSON(r)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(p.out, "%s  %s: %s\n", marks[f.Level], f.What, f.Explanation)
		if f.Next != "" {
			fmt.Fprintf(p.out, "           -> %s\n", f.Next)
		}
	}
	problems, warnings := r.Count(doctor.Problem), r.Count(doctor.Warn)
	state := "No server runs on this data folder; with a running one more can be looked at."
	if r.Live {
		state = "The server runs."
	}
	fmt.Fprintf(p.out, "\n%s Found: %s, %s.\n", state, plural(problems, "problem", "problems"), plural(warnings, "warning", "warnings"))
	return nil
}
