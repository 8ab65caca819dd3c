package main

import (
	"context"
	"errors"
	"time"

	"fyne.io/systray"

	"mcos/app/console/client"
	"mcos/cmd/mcos-tray/menu"
	"mcos/installer/service"
)

// control is what the tray needs of the service manager.
type control interface {
	Status(context.Context) (service.Status, error)
	Start(context.Context) error
	Stop(context.Context) error
}

// startup is the desktop's list of programs to start at login.
type startup interface {
	Enabled() bool
	Set(on bool) error
}

// tray keeps what is shown equal to how things are. Its fields belong to the
// goroutine of run.
type tray struct {
	console *client.Client
	service control
	startup startup
	notify  func(title, text string)
	open    func(url string) error

	work    chan func() // results and clicks, done one after another
	child   *child      // a server that the tray started, nil when none
	state   menu.State
	told    string // the problem that was notified last
	failure string // what the last action had to say
	busy    menu.Server
	view    view
}

const (
	lookEvery = 2 * time.Second
	lookFor   = 3 * time.Second
	workFor   = time.Minute
)

// run looks again and again, and does what is clicked, until ctx ends.
func (t *tray) run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		t.look(ctx)
		t.view.show(t.state, func(i menu.Item) { t.work <- func() { t.do(ctx, i) } })
		select {
		case <-tick.C:
		case f := <-t.work:
			f()
		case <-ctx.Done():
			systray.Quit()
			return
		}
	}
}

// look finds out how things are and tells a new problem.
func (t *tray) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	see := sight{busy: t.busy, child: t.child.state(), failure: t.failure}
	if s, err := t.console.Status(ctx); err == nil {
		see.answers, see.players = true, s.Players
	}
	see.service, see.serviceErr = t.service.Status(ctx)
	t.state = see.state()
	t.state.Login = t.startup.Enabled()
	if t.state.Problem != t.told && t.state.Problem != "" {
		t.notify("MCOS", t.state.Problem)
	}
	t.told = t.state.Problem
}

// sight is what one look saw.
type sight struct {
	answers    bool
	players    int
	service    service.Status
	serviceErr error
	child      childState
	busy       menu.Server // what the tray is doing itself
	failure    string      // of what it did last
}

// state makes a picture of what was seen.
func (s sight) state() menu.State {
	st := menu.State{Players: s.players, Problem: s.failure}
	switch {
	case s.busy == menu.Stopping || s.service.State == service.Stopping:
		st.Server = menu.Stopping
	case s.answers:
		st.Server = menu.Running
	case s.busy == menu.Starting || s.service.State == service.Starting || s.service.State == service.Running || s.child.running:
		st.Server = menu.Starting
	case s.service.State == service.Failed:
		st.Server = menu.Failed
		if st.Problem == "" {
			st.Problem = s.service.Problem
		}
	case s.child.problem != "":
		st.Server, st.Problem = menu.Failed, s.child.problem
	case s.failure != "":
		st.Server = menu.Failed
	}
	return st
}

// do does what was clicked.
func (t *tray) do(ctx context.Context, i menu.Item) {
	switch i.Action {
	case menu.Start:
		t.begin(ctx, menu.Starting, t.start)
	case menu.Stop:
		t.begin(ctx, menu.Stopping, t.stop())
	case menu.Console:
		ctx, cancel := context.WithTimeout(ctx, lookFor)
		defer cancel()
		t.fail(t.open(t.console.PageURL(ctx)))
	case menu.Details:
		t.notify("MCOS", t.state.Problem)
	case menu.Login:
		t.fail(t.startup.Set(!t.startup.Enabled()))
	case menu.Quit:
		systray.Quit()
	}
}

// begin works beside the menu, which goes on showing how things are.
func (t *tray) begin(ctx context.Context, busy menu.Server, f func(context.Context) error) {
	if t.busy != menu.Stopped {
		return
	}
	t.busy, t.failure = busy, ""
	go func() {
		ctx, cancel := context.WithTimeout(ctx, workFor)
		defer cancel()
		err := f(ctx)
		t.work <- func() {
			t.busy = menu.Stopped
			t.fail(err)
		}
	}()
}

func (t *tray) fail(err error) {
	t.failure = ""
	if err != nil {
		t.failure = err.Error()
	}
}

// start starts the service, or a server of this user's own where none is installed.
func (t *tray) start(ctx context.Context) error {
	st, err := t.service.Status(ctx)
	if err == nil && st.State != service.NotInstalled {
		return t.service.Start(ctx)
	}
	if err != nil && !errors.Is(err, service.ErrUnsupported) {
		return err
	}
	started := make(chan error, 1)
	t.work <- func() {
		var err error
		t.child, err = startChild()
		started <- err
	}
	return <-started
}

// stop makes the work of stopping what runs now.
func (t *tray) stop() func(context.Context) error {
	if t.child.state().running {
		return t.child.stop
	}
	return t.service.Stop
}

// close ends a server that the tray started.
func (t *tray) close() {
	ctx, cancel := context.WithTimeout(context.Background(), workFor)
	defer cancel()
	if t.child.state().running {
		_ = t.child.stop(ctx) // nobody is left to tell
	}
}
