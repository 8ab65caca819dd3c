// Package play is the one-click path: it leads the installed game to a server and
// starts it. It decides and words; what it needs of the desktop and of the server is
// behind interfaces. Every error is a *Trouble, or ask.ErrCancelled when the player
// changed their mind.
package play

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"mcos/cmd/mcos-tray/ask"
	"mcos/installer/client"
	"mcos/installer/client/machine"
	"mcos/installer/client/remote"
	"mcos/protocol/plain"
)

// Here is how the game reaches a server on its own computer: not by name, which can
// mean an IPv6 address.
const Here = "127.0.0.1"

// loginPort is the one port that is built into the game (web-and-client section 1).
const loginPort = 443

// Ready is a server on this computer that listens.
type Ready struct {
	HTTP, HTTPS int // its ports; 0 for none
	// AllCars tells that it sells all cars and parts of the game, not only the few that
	// come with it.
	AllCars bool
	// Certificate is the SHA-1 thumbprint of its certificate: whoever listens on its
	// ports must show it to be believed.
	Certificate string
}

// Server is the server on this computer.
type Server interface {
	// Ready starts it where it does not run, waits until it listens, and tells where.
	Ready(ctx context.Context) (Ready, error)
}

// Helper is the command line beside the tray, which has the rights to change the
// game's settings, or asks for them.
type Helper interface {
	// Run runs mcos with these arguments and returns what it said.
	Run(ctx context.Context, args ...string) (said string, err error)
}

// ErrRefused says that the player did not give the helper the rights it needs.
var ErrRefused = errors.New("the question for rights was answered with no")

// Starter starts the game.
type Starter interface {
	Start(ctx context.Context, game Place) error
}

// Asker puts questions to the player. It answers ask.ErrCancelled when the player
// closes the window, and ask.ErrNoDialogs where it cannot ask.
type Asker interface {
	Text(ctx context.Context, text, preset string) (string, error)
	Confirm(ctx context.Context, text string) (bool, error)
	Folder(ctx context.Context, text string) (string, error)
}

// Flow leads the game and starts it. All fields must be set; methods must not run
// side by side, Look excepted.
type Flow struct {
	// Targets finds the computer in a Wine prefix, or with "" all that may hold the
	// game: machine.Find.
	Targets func(prefix string) ([]machine.Target, error)
	// Fetch asks a server for what the game must know: remote.Fetch.
	Fetch func(ctx context.Context, address string) (client.Server, error)
	// Reach tells whether something listens at host:port.
	Reach   func(ctx context.Context, address string) error
	Server  Server
	Helper  Helper
	Starter Starter
	Ask     Asker
	Open    func(url string) error // shows a page in the browser
	Memory  *Memory
}

const (
	startWithin = time.Minute
	fetchWithin = 15 * time.Second
	reachWithin = 5 * time.Second
)

// Play starts the game, and before that whatever it needs: on this computer the
// server and the patch, on the first visit an account. It answers with what to tell
// the player.
func (f *Flow) Play(ctx context.Context) (string, error) {
	at, err := f.game(ctx)
	if err != nil {
		return "", err
	}
	if err := f.notTwice(at); err != nil {
		return "", err
	}
	state, err := at.patcher().State()
	if err != nil {
		return "", unreadable(err)
	}
	server := Here
	switch {
	case state.Original || len(state.Hosts) != 1 || state.Undoing: // nothing to respect
	case state.Ours && state.WebPort != 0 && state.Hosts[0] != Here:
		server = address(state.Hosts[0], state.WebPort)
	default:
		server = state.Hosts[0]
	}
	foreign := server != Here && !state.Ours
	var own *Ready
	if server == Here {
		if own, server, err = f.here(ctx, true); err != nil {
			return "", err
		}
	}
	if !foreign { // another program's server is its business
		if err := f.lead(ctx, at, server, own); err != nil {
			return "", err
		}
	}
	name, _, _ := remote.Split(server) // lead has checked it; else it is a bare name
	if err := f.reach(ctx, name); err != nil {
		return "", err
	}
	if !foreign {
		if text, err := f.account(ctx, server); text != "" || err != nil {
			return text, err
		}
	}
	cars := ""
	if own != nil {
		if cars, err = f.cars(ctx, at, *own); err != nil {
			return "", err
		}
	}
	if err := f.Starter.Start(ctx, at); err != nil {
		var t *Trouble
		if errors.As(err, &t) {
			return "", t
		}
		return "", trouble("The game did not start.", err, "Start it from its own icon; it is led to "+calls(server)+".")
	}
	return "The game is starting. Log in with your account for " + calls(server) + "." + cars + missing(at), nil
}

// notTwice refuses while the game runs. Under Wine nobody can tell the game from
// other programs; two of them are the player's business there.
func (f *Flow) notTwice(at Place) error {
	if at.Host.System().Wine {
		return nil
	}
	if err := at.patcher().Idle(); errors.Is(err, client.ErrRunning) {
		return &Trouble{What: "The game is running already.", Next: "Switch to it with Alt+Tab, or quit it first.", Cause: err}
	}
	return nil // whoever changes something asks again
}

// Point leads the game to the server at an address, "name" or "name:port"; Here or
// "" means this computer.
func (f *Flow) Point(ctx context.Context, server string) (string, error) {
	at, err := f.game(ctx)
	if err != nil {
		return "", err
	}
	var own *Ready
	if server == "" || server == Here {
		if own, server, err = f.here(ctx, false); err != nil {
			return "", err
		}
	}
	if err := f.lead(ctx, at, server, own); err != nil {
		return "", err
	}
	if own != nil {
		if err := f.reach(ctx, Here); err != nil {
			return "", err
		}
	}
	return "The game is led to " + calls(server) + ". Click Play to start it." + missing(at), nil
}

// AskHost asks for a server until the answer makes sense, and leads the game there.
func (f *Flow) AskHost(ctx context.Context) (string, error) {
	const question = "Which server? Type its name or address, for example mco.example.org or 192.168.1.20."
	text, typed := question, ""
	for {
		answer, err := f.Ask.Text(ctx, text, typed)
		switch {
		case errors.Is(err, ask.ErrCancelled):
			return "", err
		case err != nil:
			return "", &Trouble{
				What:  "This desktop has no program that could ask for the server's name.",
				Next:  "Install zenity or kdialog, or run: mcos client patch --host NAME.",
				Cause: err,
			}
		}
		typed = tidy(plain.Line(answer, plain.Long))
		if typed == "localhost" {
			typed = Here
		}
		if _, _, err := remote.Split(typed); err == nil {
			return f.Point(ctx, typed)
		}
		text = "“" + typed + "” is no server that the game could find: it takes a name or four numbers, with :PORT behind them where the " +
			"web page is not on port 80.\n\n" + question
	}
}

// tidy is an address without what comes along when it is copied from a browser.
func tidy(typed string) string {
	typed = strings.ToLower(strings.TrimSpace(typed))
	for _, scheme := range []string{"http://", "https://"} {
		typed = strings.TrimPrefix(typed, scheme)
	}
	typed, _, _ = strings.Cut(typed, "/")
	return typed
}

// Original puts the game's own settings back.
func (f *Flow) Original(ctx context.Context) (string, error) {
	at, err := f.game(ctx)
	if err != nil {
		return "", err
	}
	state, err := at.patcher().State()
	if err != nil {
		return "", unreadable(err)
	}
	switch {
	case state.Ours:
	case state.Original:
		return "The game has its original settings already.", nil
	default:
		return "", &Trouble{
			What: "The game is led to " + strings.Join(state.Hosts, " and ") + ", but MCOS has not set that and does not know what was there before.",
			Next: "Undo it with the program that did it, or choose another server under Point game at.",
		}
	}
	if err := f.idle(at); err != nil {
		return "", err
	}
	said, err := f.Helper.Run(ctx, f.arguments(at, "client", "unpatch")...)
	if err != nil {
		return "", helperTrouble("The original settings could not be put back.", said, err)
	}
	text := "The game has its original settings again."
	for line := range strings.Lines(said) {
		if strings.HasPrefix(line, "Left alone") {
			text += " " + strings.TrimSpace(line) + "."
		}
	}
	return text, nil
}

// here gets this computer's server ready and returns its address for the game. For
// playing the port that the game has built in must be its own.
func (f *Flow) here(ctx context.Context, toPlay bool) (own *Ready, server string, err error) {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	ready, err := f.Server.Ready(ctx)
	switch {
	case slow(err):
		return nil, "", &Trouble{What: "The server was not ready within a minute.", Next: "Wait a little and click again; mcos doctor says what is wrong.", Cause: err}
	case err != nil:
		return nil, "", trouble("The server did not start.", err, "When that is put right, click again; mcos doctor says more.")
	case toPlay && ready.HTTPS != loginPort:
		return nil, "", noLoginPort(nil)
	case ready.HTTP == 0:
		return nil, "", &Trouble{What: "The server's web pages are switched off.", Next: "Give them a port in its configuration, start it again and click again."}
	}
	return &ready, address(Here, ready.HTTP), nil
}

func noLoginPort(cause error) *Trouble {
	return &Trouble{
		What:  "The game can only log in on port 443 of the server, and nothing that the game could use listens there.",
		Next:  "Install the package of MCOS, or give the program the right to it; mcos doctor says how.",
		Cause: cause,
	}
}

// reach checks that the game will find somebody on the port that it has built in.
func (f *Flow) reach(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, reachWithin)
	defer cancel()
	err := f.Reach(ctx, net.JoinHostPort(name, strconv.Itoa(loginPort)))
	switch {
	case err == nil:
		return nil
	case name == Here:
		return noLoginPort(err)
	}
	return &Trouble{
		What:  "The server " + name + " does not answer on port 443, where the game logs in.",
		Next:  "Ask the person who runs it whether it is on, or choose another server under Point game at.",
		Cause: err,
	}
}

// account offers the sign-up page on the first visit of a server. With a text the
// player has to do something before the game is of use.
func (f *Flow) account(ctx context.Context, server string) (string, error) {
	if f.Memory.Visited(server) {
		return "", nil
	}
	has, err := f.Ask.Confirm(ctx, "Do you have an account on "+calls(server)+" already?\n\nYes starts the game. No opens the page where you make one.")
	if errors.Is(err, ask.ErrCancelled) {
		return "", err
	}
	_ = f.Memory.Visit(server) // else the question comes again
	if err == nil && has {
		return "", nil
	}
	page := "http://" + server + "/SubscribeEntry.jsp"
	if err := f.Open(page); err != nil {
		return "", &Trouble{What: "No browser could be opened for the sign-up page.", Next: "Open " + page + " yourself, make an account, and click Play again.", Cause: err}
	}
	return "Make an account on the page that has opened in your browser. Then click Play again.", nil
}

// address is what the helper takes; the port goes without saying when it is 80.
func address(name string, port int) string {
	if port == 80 {
		return name
	}
	return net.JoinHostPort(name, strconv.Itoa(port))
}

// calls is an address for people.
func calls(server string) string {
	if name, _, err := remote.Split(server); err == nil && name == Here {
		return "this computer's server"
	}
	return server
}

func unreadable(err error) *Trouble {
	return trouble("The game's settings could not be read.", err, "Run mcos client status to see more.")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
