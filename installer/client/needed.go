package client

import (
	"errors"

	"mcos/installer/client/change"
	"mcos/installer/client/host"
)

// Idle returns ErrRunning while the game, or something else that would undo a
// change, runs. Patch and Unpatch ask it themselves; asking it before spares the
// player a question for rights.
func (p Patcher) Idle() error { return p.idle() }

// Undoable returns why Unpatch could not be done now: the game runs, or a record of
// what to undo cannot be followed. It changes nothing; nil also means that there is
// nothing to undo.
func (p Patcher) Undoable() error {
	for _, s := range p.shares() {
		r, err := p.runner(s, false)
		if err != nil {
			return err
		}
		if r.Journal.Empty() {
			continue
		}
		if err := p.idle(); err != nil {
			return err
		}
	}
	return nil
}

// Needed tells whether a plan would change anything, as far as this user may look.
// Parts of Windows that do not tell their state count as wanted when an earlier
// Patch was completed: they were judged then, with more rights.
func (p Patcher) Needed(changes []change.Change) (bool, error) {
	patched := false
	for _, s := range p.shares() {
		j, err := change.OpenJournal(s.record)
		if err != nil {
			return false, err
		}
		if !j.Empty() && !j.Complete() {
			return true, nil
		}
		patched = patched || !j.Empty()
	}
	if !patched {
		return true, nil
	}
	for _, c := range changes {
		now, err := c.Read(p.Host)
		if errors.Is(err, host.ErrUnknown) {
			continue
		}
		if err != nil || !c.Equal(now, c.Want) {
			return true, err
		}
	}
	return false, nil
}
