package play

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"mcos/cmd/mcos-tray/ask"
	"mcos/installer/client"
	"mcos/installer/client/machine"
	"mcos/protocol/plain"
)

// Place is an installation on the computer that holds it.
type Place struct {
	machine.Target
	client.Installation
}

// Prefix is the Wine prefix of the place, "" on Windows.
func (p Place) Prefix() string {
	if wine, ok := p.Host.(interface{ Prefix() string }); ok {
		return wine.Prefix()
	}
	return ""
}

func (p Place) choice() Choice { return Choice{Prefix: p.Prefix(), Dir: p.Dir} }

func (p Place) patcher() client.Patcher {
	return client.Patcher{Host: p.Host, Record: p.Record, UserRecord: p.UserRecord, Now: time.Now}
}

// Game is an installation as the menu shows it.
type Game struct {
	Choice
	Label  string
	Chosen bool
}

// Sight is what there is to choose from, and where the chosen game is led to.
type Sight struct {
	Games []Game
	// Host is the server in the settings of the chosen game, "" for the original
	// ones and where there is no game.
	Host string
	// Ours tells that Host was set by MCOS.
	Ours bool
}

// Look finds the installed games and where the chosen one is led to.
func (f *Flow) Look() (Sight, error) {
	all, err := f.places()
	if err != nil {
		return Sight{}, err
	}
	var s Sight
	chosen, ok := f.chosen(all)
	for _, p := range all {
		s.Games = append(s.Games, Game{p.choice(), plain.Line(p.Dir+" ("+p.Host.System().Name+")", 2*plain.Short), ok && p.choice() == chosen.choice()})
	}
	if !ok {
		return s, nil
	}
	c, err := chosen.patcher().State()
	if err != nil {
		return s, err
	}
	if len(c.Hosts) > 0 && !c.Original {
		s.Host, s.Ours = c.Hosts[0], c.Ours
	}
	return s, nil
}

// places are all installations, and the remembered one in its unusual folder.
func (f *Flow) places() ([]Place, error) {
	targets, err := f.Targets("")
	if err != nil {
		return nil, err
	}
	var all []Place
	for _, t := range targets {
		for _, g := range client.Detect(t.Host) {
			all = append(all, Place{t, g})
		}
	}
	old := f.Memory.Game()
	if old.Dir == "" {
		return all, nil
	}
	if _, there := find(all, old); there {
		return all, nil
	}
	for _, t := range f.targets(old.Prefix, targets) {
		if g, ok := client.Look(t.Host, old.Dir); ok && (Place{t, g}).choice() == old {
			all = append(all, Place{t, g})
		}
	}
	return all, nil
}

// targets is the computer in a Wine prefix, or all where there are no prefixes.
func (f *Flow) targets(prefix string, all []machine.Target) []machine.Target {
	if prefix == "" {
		return all
	}
	one, err := f.Targets(prefix)
	if err != nil {
		return nil // it is gone
	}
	return one
}

func find(all []Place, c Choice) (Place, bool) {
	for _, p := range all {
		if p.Prefix() == c.Prefix && strings.EqualFold(p.Dir, c.Dir) {
			return p, true
		}
	}
	return Place{}, false
}

// chosen is the player's choice, or else the game that MCOS has changed already, or
// else the first.
func (f *Flow) chosen(all []Place) (Place, bool) {
	if p, ok := find(all, f.Memory.Game()); ok {
		return p, true
	}
	for _, p := range all {
		if c, err := p.patcher().State(); err == nil && c.Ours {
			return p, true
		}
	}
	if len(all) > 0 {
		return all[0], true
	}
	return Place{}, false
}

// Choose makes another installation the chosen one.
func (f *Flow) Choose(_ context.Context, c Choice) (string, error) {
	if err := f.Memory.Choose(c); err != nil {
		return "", trouble("Your choice could not be kept.", err, "It holds until you quit.")
	}
	return "", nil
}

// game is the installation to work on; the player is asked for its folder where none
// is found.
func (f *Flow) game(ctx context.Context) (Place, error) {
	all, err := f.places()
	if err != nil {
		return Place{}, trouble("The game could not be looked for.", err, "Try again; mcos client detect says more.")
	}
	if p, ok := f.chosen(all); ok {
		return p, nil
	}
	dir, err := f.Ask.Folder(ctx, "Where is Motor City Online installed?")
	switch {
	case errors.Is(err, ask.ErrCancelled):
		return Place{}, err
	case err != nil:
		return Place{}, &Trouble{
			What:  "Motor City Online was not found on this computer.",
			Next:  "Install it from your disc, or name its folder: mcos client patch --game-dir FOLDER.",
			Cause: err,
		}
	}
	return f.gameIn(dir)
}

// gameIn is the installation in a folder that the player named.
func (f *Flow) gameIn(dir string) (Place, error) {
	targets, err := f.Targets(prefixAbove(dir))
	if err == nil {
		for _, t := range targets {
			path, err := t.GamePath(dir)
			if err != nil {
				continue // of another prefix
			}
			if g, ok := client.Look(t.Host, path); ok {
				p := Place{t, g}
				_, err := f.Choose(context.Background(), p.choice())
				return p, err
			}
		}
	}
	return Place{}, &Trouble{
		What:  "There is no MCity.exe in " + plain.Line(dir, plain.Long) + ".",
		Next:  "Click again and choose the folder that Motor City Online is installed in, not the disc; on Linux it is inside a Wine prefix.",
		Cause: err,
	}
}

// prefixAbove is the Wine prefix that a folder lies in, "" when it lies in none.
func prefixAbove(dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		if exists(filepath.Join(at, "system.reg")) {
			return at
		}
		if at == filepath.Dir(at) {
			return ""
		}
	}
}
