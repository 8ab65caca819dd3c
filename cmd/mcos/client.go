package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"mcos/app/console/client"
	game "mcos/installer/client"
	"mcos/installer/client/machine"
)

// clientFlags choose an installation.
type clientFlags struct {
	gameDir, prefix string
}

func (p *program) clientCommand() *cobra.Command {
	return p.group("client", "Client: the installed game on this computer",
		p.clientDetect(), p.clientStatus(), p.clientPatch(), p.clientUnpatch(), p.clientCleanup(), p.clientServersCommand())
}

func (f *clientFlags) add(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&f.gameDir, "game-dir", "", "`folder` of the installed game (default: look for it)")
	cmd.Flags().StringVar(&f.prefix, "wine-prefix", "", "Wine prefix `folder` that holds the game (Linux; default: look in the usual places)")
	return cmd
}

// place is an installation on the computer that holds it.
type place struct {
	machine.Target
	game.Installation
}

// places finds the installations that the flags allow.
func (p *program) places(f *clientFlags) ([]place, error) {
	targets, err := p.targets(f.prefix)
	if err != nil {
		return nil, err
	}
	var out []place
	for _, t := range targets {
		if f.gameDir == "" {
			for _, g := range game.Detect(t.Host) {
				out = append(out, place{t, g})
			}
			continue
		}
		dir := f.gameDir
		if !isWindowsPath(dir) {
			if dir, err = t.GamePath(dir); err != nil {
				continue
			}
		}
		if g, ok := game.Look(t.Host, dir); ok {
			out = append(out, place{t, g})
		}
	}
	return out, nil
}

func isWindowsPath(dir string) bool { return len(dir) > 2 && dir[1] == ':' && dir[2] == '\\' }

// place is the one installation meant.
func (p *program) place(f *clientFlags) (place, error) {
	all, err := p.places(f)
	switch {
	case err != nil:
		return place{}, err
	case len(all) == 0 && f.gameDir != "":
		return place{}, fmt.Errorf("there is no MCity.exe in %s: name the folder that Motor City Online is installed in, not the disc", f.gameDir)
	case len(all) == 0:
		return place{}, p.notFound(f)
	case len(all) > 1:
		var list strings.Builder
		for _, a := range all {
			fmt.Fprintf(&list, "\n  %s (%s)", a.Dir, a.Host.System().Name)
		}
		return place{}, usagef("the game is installed more than once; choose with --game-dir or --wine-prefix:%s", list.String())
	}
	return all[0], nil
}

// notFound says where was looked.
func (p *program) notFound(f *clientFlags) error {
	text := "Motor City Online was not found on this computer: install it from your disc, or name its folder with --game-dir"
	targets, err := p.targets(f.prefix)
	if err != nil {
		return err
	}
	for _, t := range targets {
		text += "\n  looked into: " + t.Host.System().Name
	}
	if len(targets) == 0 {
		text += "\n  there is no Wine prefix here; if the game is in an unusual place, name its prefix with --wine-prefix"
	}
	return errors.New(text)
}

// thisComputer is how the game reaches a server on its own computer: not by name,
// which can mean an IPv6 address.
const thisComputer = "127.0.0.1"

// serverAddress is the address of the server that the flags mean. For the server of
// this computer it is also the thumbprint of the certificate that it must show: another
// program may have its port.
func (p *program) serverAddress(ctx context.Context, host string) (address, certificate string, err error) {
	if host != "" && host != "localhost" {
		return host, "", nil
	}
	live, err := p.local(ctx)
	var access *client.AccessError
	switch {
	case errors.Is(err, client.ErrNotRunning):
		return "", "", errors.New("no server runs on this computer: start it (mcos run, or the service), or name another one with --host")
	case errors.As(err, &access):
		return "", "", fmt.Errorf("whether the server of this computer runs cannot be told: %w", err)
	case err != nil:
		return "", "", err
	}
	s, err := live.Status(ctx)
	if err != nil {
		return "", "", err
	}
	if s.Certificate == "" {
		return "", "", errors.New("the server of this computer is of an older version: start it again, then patch the game")
	}
	return localAddress(s.Ports["http"]), s.Certificate, nil
}

// local asks the server of this computer, as far as every user may.
func (p *program) local(ctx context.Context) (*client.Client, error) {
	if p.dataDir == "" {
		return client.Local(ctx, p.getenv)
	}
	dir, err := p.dir()
	if err != nil {
		return nil, err
	}
	return client.Find(ctx, dir)
}

// localAddress is the address for a game on this computer of web pages that are bound
// to an address such as ":8080".
func localAddress(bound string) string {
	_, port, err := net.SplitHostPort(bound)
	if err != nil || port == "80" {
		return thisComputer
	}
	return net.JoinHostPort(thisComputer, port)
}

// confirm asks a question on the terminal.
func (p *program) confirm(question string) (bool, error) {
	if p.ask == nil {
		return false, usagef("there is no terminal to ask on: say --yes when you are sure")
	}
	fmt.Fprintf(p.err, "%s [y/N] ", question)
	line, err := bufio.NewReader(p.in).ReadString('\n')
	answer := strings.ToLower(strings.TrimSpace(line))
	if err != nil && answer == "" {
		return false, err
	}
	return answer == "y" || answer == "yes", nil
}

// undoable are the computers with an undo record, whether the game is still there or
// not. With cleaning, the record of removed leftovers is meant.
func (p *program) undoable(prefix string, cleaning bool) ([]machine.Target, error) {
	targets, err := p.targets(prefix)
	if err != nil {
		return nil, err
	}
	var out []machine.Target
	for _, t := range targets {
		_, ok, err := p.patcher(t).Recorded(cleaning)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, t)
		}
	}
	return out, nil
}

// takeBack undoes what the records of these computers name, and says so.
func (p *program) takeBack(ctx context.Context, targets []machine.Target, cleaning bool, again []string, force bool, done string) error {
	var errs []error
	for _, t := range targets {
		part, _, err := p.patcher(t).Recorded(cleaning)
		if err != nil {
			return err
		}
		if err := p.patcher(t).Idle(); err != nil { // before anybody is asked for rights
			return err
		}
		err = p.inParts(ctx, t, part != game.PartUser, again, func(patcher game.Patcher) error {
			undo := patcher.Unpatch
			if cleaning {
				undo = patcher.UndoCleanUp
			}
			u, err := undo(force)
			for _, i := range u.Left {
				fmt.Fprintf(p.err, "Left alone, as somebody else has changed it since: %s\n", i)
			}
			return err
		})
		errs = append(errs, err)
		if err == nil && p.part == game.Both { // else the one who asked will say it
			fmt.Fprintf(p.out, "%s %s.\n", t.Host.System().Name, done)
		}
	}
	return errors.Join(errs...)
}
