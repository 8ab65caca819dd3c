package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	game "mcos/installer/client"
	"mcos/installer/client/change"
)

type cleanupFlags struct {
	prefix                   string
	dryRun, yes, undo, force bool
}

func (p *program) clientCleanup() *cobra.Command {
	f := &cleanupFlags{}
	cmd := p.jsonFlag(&cobra.Command{
		Use: "cleanup", Short: "Remove what other servers have left on this computer",
		Long: `Look for what other servers and their installers have left: lines in the hosts
file, redirected copies of the game's key and settings, and a shared certificate
whose private key is public. It shows what it found and asks; everything that is
removed can be put back with --undo. --json only lists.`,
		Example: "  mcos client cleanup --dry-run\n  mcos client cleanup\n  mcos client cleanup --undo", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.undo {
				return p.undoCleanup(cmd.Context(), f)
			}
			return p.cleanup(cmd.Context(), f)
		},
	})
	p.partFlag(cmd)
	cmd.Flags().StringVar(&f.prefix, "wine-prefix", "", "Wine prefix `folder` to look at (Linux; default: look in the usual places)")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show what would be removed and change nothing")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&f.undo, "undo", false, "put back what was removed")
	cmd.Flags().BoolVar(&f.force, "force", false, "with --undo: also put back what somebody else has changed since")
	return cmd
}

// leftover is something found, for programs.
type leftover struct {
	Computer string          `json:"computer"`
	What     string          `json:"what"`
	ByHand   string          `json:"by_hand,omitempty"`
	Changes  []plannedChange `json:"changes"`
}

func (p *program) cleanup(ctx context.Context, f *cleanupFlags) error {
	targets, err := p.targets(f.prefix)
	if err != nil {
		return err
	}
	list := []leftover{}
	todo := make([][]change.Change, len(targets))
	machine := make([]bool, len(targets)) // whether any of it is the computer's
	for i, t := range targets {
		found, err := game.Leftovers(t.Host, game.Detect(t.Host))
		if err != nil {
			return err
		}
		for _, l := range found {
			pending, err := change.Pending(t.Host, l.Changes)
			if err != nil {
				return err
			}
			todo[i] = append(todo[i], l.Changes...)
			machine[i] = machine[i] || slices.ContainsFunc(pending, func(e change.Entry) bool {
				return game.PartOf(t.Host, e.Item) == game.PartMachine
			})
			list = append(list, leftover{t.Host.System().Name, l.What, l.Hand, plannedChanges(pending, l.Changes)})
		}
	}
	if p.json {
		return p.printJSON(list)
	}
	if len(list) == 0 {
		fmt.Fprintln(p.out, "No other server has left anything that is known here.")
		return nil
	}
	if p.part == game.Both { // else it has been shown
		p.showLeftovers(list)
	}
	if f.dryRun || !slices.ContainsFunc(list, func(l leftover) bool { return len(l.Changes) > 0 }) {
		return nil
	}
	if !f.yes {
		ok, err := p.confirm("Remove this? It can be put back with --undo.")
		if err != nil {
			return err
		}
		if !ok {
			return errors.New("nothing was changed")
		}
	}
	for i, t := range targets {
		if len(todo[i]) == 0 {
			continue
		}
		err := p.inParts(ctx, t, machine[i], []string{"client", "cleanup", "--yes"}, func(patcher game.Patcher) error {
			return patcher.CleanUp(todo[i])
		})
		if err != nil {
			return err
		}
		if p.part == game.Both {
			fmt.Fprintf(p.out, "%s is clean.\n", t.Host.System().Name)
		}
	}
	return nil
}

// showLeftovers prints what was found.
func (p *program) showLeftovers(list []leftover) {
	for _, l := range list {
		fmt.Fprintf(p.out, "%s: %s\n", l.Computer, l.What)
		for _, c := range l.Changes {
			fmt.Fprintf(p.out, "  %s: %s -> %s\n", c.What, c.From, c.To)
		}
		if l.ByHand != "" {
			fmt.Fprintf(p.out, "  To do by hand: %s\n", l.ByHand)
		}
	}
}

func (p *program) undoCleanup(ctx context.Context, f *cleanupFlags) error {
	targets, err := p.undoable(f.prefix, true)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		fmt.Fprintln(p.out, "Nothing was removed here before.")
		return nil
	}
	again := []string{"client", "cleanup", "--undo"}
	if f.force {
		again = append(again, "--force")
	}
	return p.takeBack(ctx, targets, true, again, f.force, "has back what was removed")
}
