// Command mcos-tray shows the server in the notification area of the desktop:
// whether it runs and how many play, and what to do about it. It leads the installed
// game to a server and starts it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"fyne.io/systray"

	"mcos/app/buildinfo"
	"mcos/cmd/mcos-tray/ask"
	"mcos/cmd/mcos-tray/launch"
	"mcos/cmd/mcos-tray/play"
	"mcos/installer/client/machine"
	"mcos/installer/client/remote"
	"mcos/installer/firewall"
	"mcos/installer/lan"
	"mcos/installer/service"
	"mcos/protocol/plain"
)

func main() { os.Exit(run()) }

func run() int {
	console := flag.String("console", "", "`address` of the server's console on this machine (default: find it)")
	login := flag.Bool("login", false, "started by the desktop: wait for its panel, and open no page")
	version := flag.Bool("version", false, "show the version")
	step := flag.String("setup", "", "run a `step` of the Windows installer")
	level := flag.Int("ui-level", silent, "how much the installer shows, for --setup")
	flag.Parse()
	if *version {
		fmt.Println("mcos-tray", buildinfo.Version)
		return 0
	}
	if *step != "" {
		if err := setup(context.Background(), *step, *level); err != nil {
			service.Report(fmt.Errorf("the Windows installer, %s: %w", *step, err))
			return 1
		}
		return 0
	}
	if *login && !newStartup().Enabled() {
		return 0 // the user has switched that off
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := newServer(*console)
	release, err := onlyOne()
	if errors.Is(err, errAnother) {
		if *login {
			return 0
		}
		// A second start means: show me.
		if showPage(ctx, server) != nil {
			notify("MCOS", "MCOS is running already: its icon is in the notification area.")
		}
		return 0
	}
	if err != nil {
		return complain(err)
	}
	defer release()
	patience := 5 * time.Second
	if *login {
		patience = time.Minute // panels come up late
	}
	if err := waitForPanel(ctx, patience); err != nil {
		if !*login {
			_ = showPage(ctx, server) // the error below says the rest
		}
		return complain(err)
	}
	flow, err := newFlow(server)
	if err != nil {
		return complain(err)
	}
	t := &tray{
		server: server, flow: flow, startup: newStartup(), bell: &bell{show: notify, now: time.Now}, dialogs: ask.Desktop{},
		console: func(ctx context.Context) error { return openConsole(ctx, server) }, browse: lan.Browse, public: publicNetworks,
		work: make(chan func(), 8), surveyNow: make(chan struct{}, 1),
	}
	systray.Run(func() { go t.run(ctx) }, func() {})
	stop() // nothing new
	server.close()
	return 0
}

func complain(err error) int {
	if err == nil {
		return 0
	}
	text := plain.Text(err.Error(), plain.Page)
	fmt.Fprintln(os.Stderr, "mcos-tray:", text)
	last(text)
	return 1
}

// gamePatience is how long an early end of the game counts as a failed start.
const gamePatience = 4 * time.Second

// publicNetworks are those where the installed server lets no players in; none where
// there is no such server, or no such networks.
func publicNetworks(ctx context.Context) []string {
	networks, err := firewall.Networks()
	public := firewall.State{Networks: networks}.Public()
	if err != nil || len(public) == 0 {
		return nil
	}
	wall, err := firewall.New()
	if err != nil || !wall.Has(ctx, firewall.Rules("")) {
		return nil
	}
	return public
}

// ownFiles are the files of this user that the tray writes: what it remembers, and what
// the game printed.
func ownFiles() (memory, log string, err error) {
	config, err := os.UserConfigDir()
	if err != nil {
		return "", "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", "", err
	}
	return filepath.Join(config, "mcos", "tray.json"), filepath.Join(cache, "mcos", "game.log"), nil
}

// newFlow joins the one-click path with this computer.
func newFlow(s *server) (*play.Flow, error) {
	memory, log, err := ownFiles()
	if err != nil {
		return nil, err
	}
	return &play.Flow{
		Targets: func(prefix string) ([]machine.Target, error) { return machine.Find(prefix, os.Getenv) },
		Fetch:   remote.Fetch,
		Reach: func(ctx context.Context, address string) error {
			conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
			if err != nil {
				return err
			}
			return conn.Close()
		},
		Server: s, Helper: launch.Helper{}, Starter: launch.Game{Log: log, Patience: gamePatience},
		Ask: ask.Desktop{}, Open: openPage, Memory: play.OpenMemory(memory),
	}, nil
}

// openWithin is how long the command line may take to open the console.
const openWithin = 15 * time.Second

// openConsole opens the console in the browser. The command line beside the tray can
// log the player in where they may manage the server; else the page asks.
func openConsole(ctx context.Context, s *server) error {
	if name, err := launch.Command(); err == nil {
		ctx, cancel := context.WithTimeout(ctx, openWithin)
		defer cancel()
		cmd := exec.CommandContext(ctx, name, "console", "open")
		launch.Hide(cmd)
		if cmd.Run() == nil {
			return nil
		}
	}
	return showPage(ctx, s)
}

// findWithin is how long the search for the console may take.
const findWithin = 5 * time.Second

// showPage opens the console's page, which asks who is there.
func showPage(ctx context.Context, s *server) error {
	ctx, cancel := context.WithTimeout(ctx, findWithin)
	defer cancel()
	page, err := s.page(ctx)
	if err != nil {
		return err
	}
	return openPage(page)
}
