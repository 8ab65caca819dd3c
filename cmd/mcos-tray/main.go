// Command mcos-tray shows the server in the notification area of the desktop:
// whether it runs and how many play, and what to do about it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"fyne.io/systray"

	"mcos/app/buildinfo"
	"mcos/app/console/client"
	"mcos/installer/service"
)

func main() { os.Exit(run()) }

func run() int {
	console := flag.String("console", "127.0.0.1:3000", "`address` of the server's console on this machine")
	login := flag.Bool("login", false, "started by the desktop: wait for its panel, and open no page")
	version := flag.Bool("version", false, "show the version")
	flag.Parse()
	if *version {
		fmt.Println("mcos-tray", buildinfo.Version)
		return 0
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := client.New(*console, "")
	release, err := onlyOne()
	if errors.Is(err, errAnother) {
		// A second start means: show me.
		return complain(openPage(server.URL()))
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
			_ = openPage(server.URL()) // the error below says the rest
		}
		return complain(err)
	}
	t := &tray{
		console: server, service: service.New(service.Config{}), startup: newStartup(), notify: notify, open: openPage,
		work: make(chan func(), 8),
	}
	systray.Run(func() { go t.run(ctx) }, func() {})
	t.close()
	return 0
}

func complain(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "mcos-tray:", err)
	notify("MCOS", err.Error())
	return 1
}
