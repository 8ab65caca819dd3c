package client

import (
	"errors"
	"fmt"
	"path/filepath"

	"mcos/installer/client/change"
	"mcos/installer/client/host"
)

// Part is who makes a change. On Windows the player's own settings are written by the
// player and those of the computer by an administrator, who may be somebody else with
// settings of his own.
type Part string

// The parts. Where there is no such difference, as in a Wine prefix, everything is
// one part.
const (
	Both        Part = ""
	PartMachine Part = "machine"
	PartUser    Part = "user"
)

// PartOf tells to which part an item belongs: what lies in the player's registry, or
// where Windows keeps redirected files of the player, is the player's.
func PartOf(h host.Host, i change.Item) Part {
	if i.Hive == host.User {
		return PartUser
	}
	if store := h.System().VirtualStore; i.Kind == change.File && store != "" && host.Within(i.Path, store) {
		return PartUser
	}
	return PartMachine
}

// share is a part with its own undo record.
type share struct {
	part   Part
	record string
}

// shares are the parts that this Patcher works on, the more delicate one first.
func (p Patcher) shares() []share {
	if p.UserRecord == "" {
		return []share{{Both, p.Record}}
	}
	var out []share
	for _, s := range []share{{PartMachine, p.Record}, {PartUser, p.UserRecord}} {
		if p.Only == Both || p.Only == s.part {
			out = append(out, s)
		}
	}
	return out
}

// pick picks the changes of a share.
func (s share) pick(h host.Host, all []change.Change) []change.Change {
	if s.part == Both {
		return all
	}
	var out []change.Change
	for _, c := range all {
		if PartOf(h, c.Item) == s.part {
			out = append(out, c)
		}
	}
	return out
}

// cleanRecord is the record of the removal of leftovers, beside the other one.
func (s share) cleanRecord() string { return filepath.Join(filepath.Dir(s.record), "cleanup.jsonl") }

// runner opens the undo record of a share to follow it. What is followed with the
// rights of an administrator must be one that only an administrator can have written.
func (p Patcher) runner(s share, cleaning bool) (*change.Runner, error) {
	open, path := change.OpenGuarded, s.record
	if s.part == PartUser {
		open = change.OpenJournal
	}
	if cleaning {
		path = s.cleanRecord()
	}
	j, err := open(path)
	if err != nil {
		return nil, err
	}
	r, err := newRules(p.Host, cleaning)
	if err != nil {
		return nil, err
	}
	r.part = s.part
	if err := r.check(j.Entries()); err != nil {
		return nil, err
	}
	return &change.Runner{Host: p.Host, Journal: j, Step: p.Step, Gone: r.gone, Add: cleaning}, nil
}

// apply makes changes, each share with its own record. When a later share fails, the
// earlier ones that were untouched before are taken back as well.
func (p Patcher) apply(head change.Header, changes []change.Change, cleaning bool) error {
	if err := p.idle(); err != nil {
		return err
	}
	if err := p.allowed(cleaning, changes); err != nil {
		return err
	}
	var fresh []*change.Runner
	for _, s := range p.shares() {
		r, err := p.runner(s, cleaning)
		if err != nil {
			return err
		}
		first := r.Journal.Empty()
		if err := r.Apply(head, s.pick(p.Host, changes)); err != nil {
			return explain(takeBack(fresh, err))
		}
		if r.Journal.Empty() && s.part == PartUser { // a record of nothing would stay for ever
			if err := r.Journal.Remove(); err != nil {
				return err
			}
		}
		if first {
			fresh = append(fresh, r)
		}
	}
	return nil
}

func takeBack(done []*change.Runner, cause error) error {
	if errors.Is(cause, change.ErrStopped) {
		return cause
	}
	for _, r := range done {
		if _, err := r.Undo(false); err != nil {
			cause = errors.Join(cause, fmt.Errorf("%w: %w", change.ErrIncomplete, err))
		}
	}
	return cause
}

// undo puts back what the records of all shares name.
func (p Patcher) undo(force, cleaning bool) (change.Undone, error) {
	var all change.Undone
	for _, s := range p.shares() {
		r, err := p.runner(s, cleaning)
		if err != nil {
			return all, err
		}
		if r.Journal.Empty() {
			if err := r.Journal.Remove(); err != nil {
				return all, explain(err)
			}
			continue
		}
		if err := p.idle(); err != nil {
			return all, err
		}
		u, err := r.Undo(force)
		all.Restored, all.Left = append(all.Restored, u.Restored...), append(all.Left, u.Left...)
		if err != nil {
			return all, explain(err)
		}
	}
	return all, nil
}

// Recorded tells for which part there is something to undo: Both when there is for
// both or where there is only one, and ok is false when there is nothing. With
// cleaning, the removal of leftovers is meant.
func (p Patcher) Recorded(cleaning bool) (part Part, ok bool, err error) {
	for _, s := range p.shares() {
		path := s.record
		if cleaning {
			path = s.cleanRecord()
		}
		j, err := change.OpenJournal(path)
		if err != nil {
			return part, ok, err
		}
		switch {
		case !j.Exists():
		case ok:
			part = Both
		default:
			part, ok = s.part, true
		}
	}
	return part, ok, nil
}
