package change

import (
	"errors"
	"fmt"
	"slices"

	"mcos/installer/client/host"
)

// Runner applies and undoes changes on one computer with one undo record.
type Runner struct {
	Host    host.Host
	Journal *Journal
	// Step, when set, is called before and after everything that touches the disk
	// or the computer; its error stops the run there. Tests cut the power in it.
	Step func(what string) error
	// Gone, when set, tells of items whose place does not exist any more, such as the
	// files of a game that was removed; they are left alone.
	Gone func(Item) bool
	// Add lets Apply leave what earlier runs changed as it is.
	Add bool
}

func (r *Runner) step(what string, i Item) error {
	if r.Step == nil {
		return nil
	}
	return r.Step(what + " " + i.String())
}

// Pending are those changes that are not as wanted yet, with what is there now.
// Parts of Windows that do not tell their state are left in; they are judged when
// the rights to ask are there.
func Pending(h host.Host, changes []Change) ([]Entry, error) {
	var out []Entry
	for _, c := range changes {
		now, err := c.Read(h)
		if errors.Is(err, host.ErrUnknown) {
			out = append(out, Entry{Item: c.Item, After: c.Want})
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Item, err)
		}
		if !c.Equal(now, c.Want) {
			out = append(out, Entry{Item: c.Item, Before: now, After: c.Want})
		}
	}
	return out, nil
}

// Apply makes the changes and checks each. What an earlier run with this record
// changed and this one does not want is put back first. When a change fails,
// everything that this run did is taken back before Apply returns; an error that
// wraps ErrIncomplete says that even this failed and that the record still holds
// what Undo needs.
func (r *Runner) Apply(head Header, changes []Change) error {
	head.Version = recordVersion
	last, complete, first := r.Journal.Header(), r.Journal.Complete(), r.Journal.Empty()
	if err := r.Journal.append(line{Header: &head}); err != nil {
		return errors.Join(err, r.forgetIfEmpty())
	}
	var done []Entry // with Before as this run found it
	err := r.apply(changes, &done)
	if err == nil {
		err = r.verify(changes)
	}
	if err == nil {
		err = r.Journal.append(line{Done: true})
	}
	if err == nil || errors.Is(err, ErrStopped) {
		return err
	}
	if back := r.rollBack(done); back != nil {
		return errors.Join(err, fmt.Errorf("%w: %w", ErrIncomplete, back))
	}
	if first { // everything in the record was done by this run, and is undone
		return errors.Join(err, r.Journal.Remove())
	}
	return errors.Join(err, r.settle(last, complete))
}

// ErrIncomplete says that a computer was left between two states; the undo record
// has what is needed to go back.
var ErrIncomplete = errors.New("not everything could be put back")

// ErrStopped is what Step returns for a power cut: nothing more happens, nothing is put back.
var ErrStopped = errors.New("stopped")

func (r *Runner) apply(changes []Change, done *[]Entry) error {
	for _, c := range r.Journal.Dropped(changes) {
		if r.Add || r.gone(c.Item) {
			continue
		}
		if err := r.change(c.Item, c.Want, done); err != nil && (c.Kind != RegKey || !errors.Is(err, host.ErrBusy)) {
			return err
		}
	}
	for _, c := range changes {
		if err := r.change(c.Item, c.Want, done); err != nil {
			return err
		}
	}
	return nil
}

func (r *Runner) gone(i Item) bool { return r.Gone != nil && r.Gone(i) }

// change makes one change: record, write, check.
func (r *Runner) change(item Item, want State, done *[]Entry) error {
	now, err := item.Read(r.Host)
	if errors.Is(err, host.ErrUnknown) && item.Kind == Feature {
		return nil // this computer has no such part
	}
	if err != nil {
		return fmt.Errorf("%s: %w", item, err)
	}
	if item.Equal(now, want) {
		return nil
	}
	if err := r.record(Entry{Item: item, Before: now, After: want}); err != nil {
		return err
	}
	*done = append(*done, Entry{Item: item, Before: now, After: want})
	return r.write(item, want)
}

func (r *Runner) record(e Entry) error {
	if err := r.step("record", e.Item); err != nil {
		return err
	}
	return r.Journal.append(line{Entry: &e})
}

func (r *Runner) write(item Item, want State) error {
	if err := r.step("write", item); err != nil {
		return err
	}
	if err := item.Write(r.Host, want); err != nil {
		return fmt.Errorf("%s: %w", item, err)
	}
	return r.step("written", item)
}

// verify reads everything again.
func (r *Runner) verify(changes []Change) error {
	for _, c := range changes {
		now, err := c.Read(r.Host)
		if errors.Is(err, host.ErrUnknown) && c.Kind == Feature {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.Item, err)
		}
		if !c.Equal(now, c.Want) {
			return fmt.Errorf("%s was written, but is %s afterwards instead of %s; another program may have changed it, or keeps it from changing (some virus scanners do)",
				c.Item, c.Describe(now), c.Describe(c.Want))
		}
	}
	return nil
}

// rollBack puts back what this run did, newest first.
func (r *Runner) rollBack(done []Entry) error {
	var errs []error
	for _, e := range slices.Backward(done) {
		if now, err := e.Item.Read(r.Host); err == nil && e.Item.Equal(now, e.Before) {
			continue
		}
		if err := e.Item.Write(r.Host, e.Before); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", e.Item, err))
		}
	}
	return errors.Join(errs...)
}

// settle ends a run that was taken back. When the computer is as it was before the
// first run, the record goes; else it tells of the run before again, as far as there
// is room on the disk for it.
func (r *Runner) settle(last Header, complete bool) error {
	untouched := true
	for _, e := range r.Journal.Entries() {
		now, err := e.Item.Read(r.Host)
		untouched = untouched && err == nil && e.Item.Equal(now, e.Before)
	}
	if untouched {
		return r.Journal.Remove()
	}
	if last.Version != 0 && r.Journal.append(line{Header: &last}) == nil && complete {
		_ = r.Journal.append(line{Done: true})
	}
	return nil
}

func (r *Runner) forgetIfEmpty() error {
	if r.Journal.Empty() {
		return r.Journal.Remove()
	}
	return nil
}

// Undone is what an undo did.
type Undone struct {
	Restored []Item
	// Left are items that somebody else has changed since: they stay as they are.
	Left []Item
}

// Undo puts everything in the record back as it was before the first change, newest
// first, and removes the record. What is neither as it was left by us nor as it was
// before has been changed by somebody else since; it is left alone unless force is
// set. When a step fails the others are still done, and the record stays for another
// try.
func (r *Runner) Undo(force bool) (Undone, error) {
	var u Undone
	var errs []error
	for _, e := range slices.Backward(r.Journal.Entries()) {
		restored, left, err := r.undo(e, force)
		if errors.Is(err, ErrStopped) {
			return u, err
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", e.Item, err))
		}
		if restored {
			u.Restored = append(u.Restored, e.Item)
		}
		if left {
			u.Left = append(u.Left, e.Item)
		}
	}
	if len(errs) > 0 {
		return u, errors.Join(errs...)
	}
	if err := r.step("forget", Item{}); err != nil {
		return u, err
	}
	return u, r.Journal.Remove()
}

func (r *Runner) undo(e Entry, force bool) (restored, left bool, err error) {
	if r.gone(e.Item) {
		return false, true, nil
	}
	now, err := e.Item.Read(r.Host)
	if e.Item.Kind == WriteFlags && err != nil {
		return false, true, nil //nolint:nilerr // the game's folder is gone
	}
	if err != nil {
		return false, false, err
	}
	if e.Item.Equal(now, e.Before) {
		return false, false, nil
	}
	if !force && !e.ours(now) {
		return false, true, nil
	}
	err = r.write(e.Item, e.Before)
	if errors.Is(err, host.ErrBusy) && e.Item.Kind == RegKey {
		return false, true, nil // somebody else has put something into the key
	}
	if err == nil && e.Item.Kind != WriteFlags {
		now, err = e.Item.Read(r.Host)
		if err == nil && !e.Item.Equal(now, e.Before) {
			err = errors.New("could not be put back; try again with administrator rights")
		}
	}
	return err == nil, false, err
}

// ours tells whether a state is one that this record's runs may have left.
func (e Entry) ours(now State) bool {
	return e.Item.sameContent(now, e.After) || e.Item.sameContent(now, e.Before) ||
		slices.ContainsFunc(e.earlier, func(s State) bool { return e.Item.sameContent(now, s) })
}
