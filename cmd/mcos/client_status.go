package main

import (
	"fmt"

	"github.com/spf13/cobra"

	game "mcos/installer/client"
)

// foundGame is an installation as the commands list it.
type foundGame struct {
	Computer string          `json:"computer"`
	Folder   string          `json:"folder"`
	Program  string          `json:"program"`
	State    *game.Condition `json:"state,omitempty"`
	game.Facts
	// Leftovers of other servers; only for the status.
	Leftovers []string `json:"leftovers,omitempty"`
}

func (p *program) clientDetect() *cobra.Command {
	f := &clientFlags{}
	return f.add(p.jsonFlag(&cobra.Command{
		Use: "detect", Short: "Find the installed game", Args: exactly(),
		Example: "  mcos client detect\n  mcos client detect --game-dir \"D:\\Games\\MCO\"",
		RunE:    func(*cobra.Command, []string) error { return p.showGames(f, false) },
	}))
}

func (p *program) clientStatus() *cobra.Command {
	f := &clientFlags{}
	return f.add(p.jsonFlag(&cobra.Command{
		Use: "status", Short: "Show which server the game is led to", Args: exactly(),
		Example: "  mcos client status",
		RunE:    func(*cobra.Command, []string) error { return p.showGames(f, true) },
	}))
}

func (p *program) showGames(f *clientFlags, state bool) error {
	all, err := p.places(f)
	if err != nil {
		return err
	}
	games := make([]foundGame, 0, len(all))
	for _, at := range all {
		facts, err := game.Examine(at.Host, at.Installation)
		if err != nil {
			return err
		}
		g := foundGame{Computer: at.Host.System().Name, Folder: at.Dir, Program: at.Exe, Facts: facts}
		if state {
			c, err := p.patcher(at.Target).State()
			if err != nil {
				return err
			}
			g.State = &c
			found, err := game.Leftovers(at.Host, []game.Installation{at.Installation})
			if err != nil {
				return err
			}
			for _, l := range found {
				g.Leftovers = append(g.Leftovers, l.What)
			}
		}
		games = append(games, g)
	}
	if p.json {
		return p.printJSON(games)
	}
	if len(games) == 0 {
		_, err := p.place(f)
		return err
	}
	for _, g := range games {
		p.showGame(g)
	}
	return nil
}

func (p *program) showGame(g foundGame) {
	fmt.Fprintf(p.out, "%s in %s (%s)\n  %s\n", g.Program, g.Folder, g.Computer, g.Update)
	if g.State != nil {
		fmt.Fprintf(p.out, "  %s\n", g.State.Text)
	}
	if g.ReadOnly > 0 {
		fmt.Fprintf(p.out, "  The game cannot change %s of its own, as on the disc; patching clears that.\n", plural(g.ReadOnly, "file", "files"))
	}
	for _, m := range g.Missing {
		fmt.Fprintf(p.out, "  Missing: %s\n", m)
	}
	for _, o := range g.Offers {
		fmt.Fprintf(p.out, "  On offer: %s (mcos client patch %s)\n", o.What, o.Flag)
	}
	for _, l := range g.Leftovers {
		fmt.Fprintf(p.out, "  Left over: %s (mcos client cleanup)\n", l)
	}
}
