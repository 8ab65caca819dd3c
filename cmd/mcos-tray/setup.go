package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mcos/cmd/mcos-tray/ask"
	"mcos/installer/client"
	"mcos/installer/client/machine"
	"mcos/installer/service"
)

// The steps of the Windows installer that belong to the user at the screen
// (packaging/windows/mcos.wxs). They are here and not in the command line because
// that would open a black window each time.
const (
	stepMayRemove = "may-remove" // refuse a removal that would leave the game patched
	stepEnd       = "end"        // end the user's running tray
	stepForget    = "forget"     // remove what the tray keeps for the user
)

// silent is the highest of the installer's levels (its property UILevel) at which it
// shows nothing.
const silent = 2

// setup runs one step for the installer.
func setup(ctx context.Context, step string, level int) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	switch step {
	case stepMayRemove:
		retry := ask.Desktop{}.Retry
		if level <= silent {
			retry = nil
		}
		return mayRemove(ctx, undoable, retry)
	case stepEnd:
		return service.EndPrograms(filepath.Dir(exe), filepath.Base(exe))
	case stepForget:
		return forget(filepath.Dir(exe))
	}
	return fmt.Errorf("there is no step %q", step)
}

// undoable tells why the game's original settings could not be restored now.
func undoable() error {
	targets, err := machine.Find("", os.Getenv)
	if err != nil {
		return err
	}
	for _, t := range targets {
		p := client.Patcher{Host: t.Host, Record: t.Record, UserRecord: t.UserRecord}
		if err := p.Undoable(); err != nil {
			return err
		}
	}
	return nil
}

// mayRemove returns an error when MCOS must not be removed now: the game would stay
// connected to a server and Windows would go on trusting its certificate, with no
// program left that could change that. The user can put things right and retry; retry
// is nil when nobody may be asked.
func mayRemove(ctx context.Context, undoable func() error, retry func(context.Context, string) (bool, error)) error {
	for {
		err := undoable()
		if err == nil {
			return nil
		}
		if retry == nil {
			return err
		}
		text := "MCOS cannot be uninstalled yet, because the original game settings on this PC cannot be restored.\n\n" + err.Error()
		if errors.Is(err, client.ErrRunning) {
			text = "Motor City Online is running.\n\nClose the game and wait a few seconds, then click Retry. The original game settings on this PC will be restored before MCOS is uninstalled."
		}
		again, askErr := retry(ctx, text)
		if askErr != nil || !again {
			return errors.Join(err, askErr)
		}
	}
}

// forgetFiles removes the tray's own files, and its folders where nothing else is in
// them.
func forgetFiles(files ...string) error {
	var errs []error
	for _, f := range files {
		if err := os.Remove(f); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		_ = os.Remove(filepath.Dir(f)) // fails while it holds something, which is right
	}
	return errors.Join(errs...)
}

// startsIn tells whether a command line of Windows starts a program of a folder.
func startsIn(line, folder string) bool {
	program, _, quoted := strings.Cut(strings.TrimPrefix(line, `"`), `"`)
	dir := strings.TrimRight(folder, `\`) + `\`
	return quoted && len(program) > len(dir) && strings.EqualFold(program[:len(dir)], dir) && !strings.Contains(program[len(dir):], `\`)
}
