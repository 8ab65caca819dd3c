package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	game "mcos/installer/client"
	"mcos/installer/client/machine"
	"mcos/installer/elevate"
)

// partFlag adds the hidden flag that limits a command to the player's own settings or
// to those of the computer.
func (p *program) partFlag(cmd *cobra.Command) *cobra.Command {
	part := ""
	cmd.Flags().StringVar(&part, "part", "", "`user or machine`")
	_ = cmd.Flags().MarkHidden("part") // it was just made
	cmd.PreRunE = func(*cobra.Command, []string) error {
		p.part = game.Part(part)
		if p.part != game.Both && p.part != game.PartUser && p.part != game.PartMachine {
			return usagef("--part is user or machine, not %q", part)
		}
		return nil
	}
	return cmd
}

// targets are the computers that can hold the game.
func (p *program) targets(prefix string) ([]machine.Target, error) {
	if p.computers != nil {
		return p.computers(prefix)
	}
	return machine.Find(prefix, p.getenv)
}

func (p *program) patcher(at machine.Target) game.Patcher {
	return game.Patcher{Host: at.Host, Record: at.Record, UserRecord: at.UserRecord, Only: p.part, Now: p.now}
}

// inParts does work that changes a computer. Where this user lacks the rights for the
// part that is the computer's, and machine says that there is any, that part is done
// by running this program again with the arguments again and more rights; the player's
// own part is done here, as the player.
func (p *program) inParts(ctx context.Context, at machine.Target, machine bool, again []string, work func(game.Patcher) error) error {
	patcher := p.patcher(at)
	if p.admin == nil || at.UserRecord == "" || p.part != game.Both {
		return work(patcher)
	}
	if machine {
		if err := p.asAdmin(ctx, again); err != nil {
			return err
		}
	}
	patcher.Only = game.PartUser
	return work(patcher)
}

func (p *program) asAdmin(ctx context.Context, args []string) error {
	fmt.Fprintln(p.err, "Windows asks for your permission to change what belongs to the whole computer ...")
	said, err := p.admin(ctx, append(args, "--part", string(game.PartMachine))...)
	fmt.Fprint(p.err, said)
	if err != nil && said != "" && !errors.Is(err, elevate.ErrRefused) {
		return errSilent
	}
	return err
}
