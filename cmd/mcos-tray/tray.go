package main

import (
	"context"
	"errors"
	"net"
	"strconv"
	"time"

	"fyne.io/systray"

	"mcos/app/console/client"
	"mcos/cmd/mcos-tray/ask"
	"mcos/cmd/mcos-tray/menu"
	"mcos/cmd/mcos-tray/play"
	"mcos/installer/lan"
	"mcos/installer/service"
)

// startup is the desktop's list of programs to start at login.
type startup interface {
	Enabled() bool
	Set(on bool) error
}

// shower shows a text until the player has read it.
type shower interface {
	Show(ctx context.Context, text string) error
}

// tray keeps what is shown equal to how things are. Its fields belong to the
// goroutine of run, except server and flow, which look after themselves.
type tray struct {
	server  *server
	flow    *play.Flow
	startup startup
	bell    *bell
	dialogs shower
	console func(context.Context) error // opens the console in a browser
	browse  func(context.Context, time.Duration) ([]lan.Server, error)
	public  func(context.Context) []string // networks where Windows lets no players in

	work      chan func() // results and clicks, done one after another
	surveyNow chan struct{}
	state     menu.State
	told      string // the problem that was notified last
	failure   string // what the last action had to say
	broken    bool   // that was starting or stopping the server
	busy      menu.Server
	doing     string
	quit      bool
	port      squatter
	answered  time.Time // when the server answered last, or was not expected to
	game      play.Sight
	around    []menu.Neighbour
	closed    []string // public networks
	view      view
}

const (
	lookEvery   = 2 * time.Second
	lookFor     = 3 * time.Second
	workFor     = time.Minute
	surveyEvery = 45 * time.Second // of the games and the local network
	browseFor   = 2 * time.Second
	// silentFor is how long a service that runs may not answer before that is told.
	silentFor = 20 * time.Second
)

// run looks again and again, and does what is clicked, until ctx ends.
func (t *tray) run(ctx context.Context) {
	go t.survey(ctx)
	t.answered = time.Now()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for !t.quit {
		t.look(ctx)
		if err := t.view.show(t.state, func(e *entry) { t.later(ctx, func() { t.do(ctx, e.Item) }) }); err != nil {
			break // the desktop is gone
		}
		select {
		case <-tick.C:
		case f := <-t.work:
			f()
		case <-ctx.Done():
			t.quit = true
		}
	}
	systray.Quit()
}

// later has the goroutine of run do something.
func (t *tray) later(ctx context.Context, f func()) {
	select {
	case t.work <- f:
	case <-ctx.Done():
	}
}

// look finds out how the server is and tells a new problem.
func (t *tray) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	see := sight{busy: t.busy, child: t.server.own().state(), failure: t.failure, broken: t.broken}
	s, err := t.server.status(ctx)
	if err == nil {
		see.answers, see.players = true, s.Players
		t.answered = time.Now()
	}
	see.unproven = errors.Is(err, client.ErrUnproven)
	see.service, see.serviceErr = t.server.service.Status(ctx)
	if see.service.State != service.Running {
		t.answered = time.Now() // it has not been expected to answer
	}
	see.silent = time.Since(t.answered) > silentFor
	t.state = see.state()
	if !see.answers && t.state.Server != menu.Starting {
		t.state.Note = t.port.held()
	}
	t.state.Login, t.state.Doing = t.startup.Enabled(), t.doing
	t.state.Here, t.state.Host, t.state.Neighbours = play.Here, t.game.Host, t.around
	t.state.Public = t.closed
	t.state.Games = nil
	for _, g := range t.game.Games {
		t.state.Games = append(t.state.Games, menu.Game{Label: g.Label, Chosen: g.Chosen})
	}
	if t.state.Problem != t.told && t.state.Problem != "" && t.state.Problem != t.failure {
		t.bell.alarm(t.state.Problem)
	}
	t.told = t.state.Problem
}

// survey looks at what is slow to find: the installed games, and who is on the local
// network. It goes on until ctx ends.
func (t *tray) survey(ctx context.Context) {
	tick := time.NewTicker(surveyEvery)
	defer tick.Stop()
	for network := true; ; {
		if game, err := t.flow.Look(); err == nil { // else what was seen last stands
			t.later(ctx, func() { t.game = game })
		}
		public := t.public(ctx)
		t.later(ctx, func() { t.closed = public })
		if network {
			found, _ := t.browse(ctx, browseFor) // without a network nobody is there
			t.later(ctx, func() { t.around = neighbours(found) })
		}
		select {
		case <-tick.C:
			network = true
		case <-t.surveyNow:
			network = false
		case <-ctx.Done():
			return
		}
	}
}

// neighbours are the servers of others that the game can reach.
func neighbours(found []lan.Server) []menu.Neighbour {
	var list []menu.Neighbour
	for _, s := range found {
		if s.Own {
			continue
		}
		n := menu.Neighbour{Name: s.Name, Host: s.Addr.String(), Address: s.Addr.String(), Players: s.Players}
		if s.HTTP != 0 && s.HTTP != 80 {
			n.Address = net.JoinHostPort(n.Host, strconv.Itoa(s.HTTP))
		}
		list = append(list, n)
	}
	return list
}

// do does what was clicked.
func (t *tray) do(ctx context.Context, i menu.Item) {
	switch i.Action {
	case menu.Start:
		t.change(ctx, menu.Starting, t.server.start)
	case menu.Stop:
		t.change(ctx, menu.Stopping, t.server.stop)
	case menu.Play:
		t.begin(ctx, "Getting the game ready…", t.flow.Play)
	case menu.Point:
		t.begin(ctx, "Leading the game…", func(ctx context.Context) (string, error) { return t.flow.Point(ctx, i.Host) })
	case menu.AskHost:
		t.begin(ctx, "Leading the game…", t.flow.AskHost)
	case menu.Original:
		t.begin(ctx, "Putting the original settings back…", t.flow.Original)
	case menu.Choose:
		if i.Game < len(t.game.Games) {
			c := t.game.Games[i.Game].Choice
			t.begin(ctx, "Changing the game…", func(ctx context.Context) (string, error) { return t.flow.Choose(ctx, c) })
		}
	case menu.LetIn:
		t.begin(ctx, "Changing the network…", func(ctx context.Context) (string, error) { return t.flow.LetIn(ctx, i.Host) })
	case menu.Console:
		go func() {
			if err := t.console(ctx); err != nil {
				t.later(ctx, func() { t.fail(err) })
			}
		}()
	case menu.Details:
		t.details(ctx, t.state.Problem)
	case menu.Login:
		t.fail(t.startup.Set(!t.startup.Enabled()))
	case menu.Quit:
		t.quit = true
	}
}

// details shows a whole problem, in a window where there can be one.
func (t *tray) details(ctx context.Context, problem string) {
	go func() {
		if err := t.dialogs.Show(ctx, problem); err != nil {
			t.later(ctx, func() { t.bell.answer(problem) })
		}
	}()
}

// change starts or stops the server beside the menu, which goes on showing how
// things are.
func (t *tray) change(ctx context.Context, busy menu.Server, f func(context.Context) error) {
	if t.busy != menu.Stopped {
		return
	}
	t.busy, t.failure, t.broken = busy, "", false
	go func() {
		limited, cancel := context.WithTimeout(ctx, workFor)
		defer cancel()
		err := f(limited)
		t.later(ctx, func() {
			t.busy = menu.Stopped
			t.fail(err)
			t.broken = err != nil
		})
	}()
}

// begin works for the player, one thing at a time, and tells how it ended.
func (t *tray) begin(ctx context.Context, doing string, f func(context.Context) (string, error)) {
	if t.doing != "" {
		return
	}
	t.doing, t.failure, t.broken = doing, "", false
	go func() {
		text, err := f(ctx)
		t.later(ctx, func() {
			t.doing = ""
			if !errors.Is(err, ask.ErrCancelled) {
				t.fail(err)
			}
			if err == nil && text != "" {
				t.bell.answer(text)
			}
			select {
			case t.surveyNow <- struct{}{}:
			default: // it looks anyway
			}
		})
	}()
}

// fail tells what went wrong and keeps it in the menu; without an error it forgets
// the last one.
func (t *tray) fail(err error) {
	t.failure, t.broken = "", false
	if err != nil {
		t.failure = err.Error()
		t.bell.answer(t.failure)
	}
}
