package main

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mcos/app"
	"mcos/app/buildinfo"
	"mcos/app/config/schema"
	"mcos/app/datadir"
	"mcos/installer/service"
)

// runFlags are the flags of mcos run that override settings.
type runFlags struct{ listen, publicHost, ports, logLevel string }

func (p *program) runCommand() *cobra.Command {
	f := &runFlags{}
	cmd := &cobra.Command{
		Use: "run", Short: "Run the server until it is stopped",
		Long: `Run the server until it is stopped with Ctrl+C or a signal. The first start makes
the data folder with the configuration, the keys and an empty store.

When everything listens, one line on standard output names all ports; everything
for people goes to standard error, and the log also to logs/mcos.log in the data
folder.

LIST looks like http=80,https=443,login=8226,mail=8227,persona=8228,lobby=7003,
rooms=9000-9020+10001,mcots=43300,console=3000; what it leaves out keeps its
setting, and 0 picks a free port.`,
		Example: "  mcos run\n  mcos run --public-host play.example.org\n  mcos run --data-dir ./data --ports http=8080,https=8443",
		Args:    exactly(),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "", "`address` to listen on (default: all)")
	flags.StringVar(&f.publicHost, "public-host", "", "`name` or address that players outside the local network use")
	flags.StringVar(&f.ports, "ports", "", "port numbers, as a `LIST` of NAME=PORT")
	flags.StringVar(&f.logLevel, "log-level", "", "least important `level` of the log: error, warn, info or debug")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		overrides, err := f.overrides(cmd)
		if err != nil {
			return err
		}
		return p.serve(cmd.Context(), overrides, nil)
	}
	return cmd
}

// overrides turns the flags that were given into settings.
func (f *runFlags) overrides(cmd *cobra.Command) ([]schema.Override, error) {
	var list []schema.Override
	for _, o := range []struct{ flag, path, value string }{
		{"listen", "server.listen", f.listen},
		{"public-host", "server.public_host", f.publicHost},
		{"log-level", "log.level", f.logLevel},
	} {
		if cmd.Flags().Changed(o.flag) {
			list = append(list, schema.Override{Path: o.path, Value: o.value, Origin: "--" + o.flag})
		}
	}
	if !cmd.Flags().Changed("ports") {
		return list, nil
	}
	for item := range strings.SplitSeq(f.ports, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(item), "=")
		if !ok {
			return nil, usagef("--ports: %q is not NAME=PORT", item)
		}
		list = append(list, schema.Override{Path: "ports." + name, Value: value, Origin: "--ports"})
	}
	return list, nil
}

// stopWithin is how long the server may take to stop.
const stopWithin = 10 * time.Second

// serve runs the server until ctx ends; host is the service manager when it runs
// as a service, or nil.
func (p *program) serve(ctx context.Context, overrides []schema.Override, host service.Host) error {
	dir, err := p.dir()
	if err != nil {
		return err
	}
	cfg, err := p.loadConfig(dir, overrides)
	if err != nil {
		return err
	}
	if dir, err = datadir.Open(dir.Root()); err != nil {
		return err
	}
	if cfg.Missing {
		if err := writeConfig(cfg.Path); err != nil {
			return err
		}
	}
	log, closeLog, err := p.openLog(cfg.Log, dir.LogFile())
	if err != nil {
		return err
	}
	defer closeLog()
	if host != nil {
		host.TakeLog(log)
		keepCrashes(dir)
	}
	log.WithField("version", buildinfo.Version).Info("the server starts")
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	asked := func() { // through the local interface
		log.Info("somebody asked the server to stop")
		cancel()
	}
	if host != nil {
		asked = nil // the service manager would not know why it has ended
	}
	server, err := app.Start(ctx, app.Options{
		Dir: dir, Config: cfg.Config, Log: log, Now: p.now, Passwords: p.hash,
		ConfigFile: app.ConfigFile{Path: cfg.Path, Environ: p.environ, Flags: overrides},
		Stop:       asked,
		Reread:     func() ([]string, error) { return p.reread(dir) },
		Wall:       wall,
	})
	if err != nil {
		if host != nil { // nobody watches a service; who asks later looks into the log
			log.WithError(err).Error("the server cannot start")
		}
		return err
	}
	if host != nil {
		log.Info(server.ReadyLine())
		host.Ready()
	} else {
		p.welcome(dir, cfg, server)
		fmt.Fprintln(p.out, server.ReadyLine())
	}
	<-ctx.Done()
	log.Info("the server stops")
	return stop(server)
}

// stop ends the server, or gives up after a while.
func stop(server *app.App) error {
	done := make(chan struct{})
	go func() {
		server.Stop()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-time.After(stopWithin):
		return fmt.Errorf("the server did not stop within %s and was cut off", stopWithin)
	}
}

// welcome tells the operator where everything is and what to do next.
func (p *program) welcome(dir datadir.Dir, cfg loaded, server *app.App) {
	host, port := server.Hosts()[0], server.Ports().HTTP
	web := "http://" + host
	if port != 80 {
		web = "http://" + net.JoinHostPort(host, strconv.Itoa(port))
	}
	account, doctor, console := p.name+" account add NAME", p.name+" doctor", p.name+" console open"
	if p.dataDir != "" {
		account += " --data-dir " + quoted(p.dataDir)
		doctor += " --data-dir " + quoted(p.dataDir)
		console += " --data-dir " + quoted(p.dataDir)
	}
	lines := [][2]string{
		{"Set up a game", web + "/ (open it on the player's computer: it has the three files that a game needs, and says what to do with them)"},
		{"New players", account},
		{"Console", console},
		{"Data folder", dir.Root()},
		{"Configuration", cfg.Path},
		{"Log", dir.LogFile()},
		{"Something wrong", doctor},
		{"Stop", "Ctrl+C"},
	}
	if cfg.Web.Signup != "closed" {
		lines[1][1] = web + "/SubscribeEntry.jsp, or: " + account
	}
	fmt.Fprintf(p.err, "\nMCOS %s is running.\n\n", buildinfo.Version)
	for _, line := range lines {
		fmt.Fprintf(p.err, "  %-16s %s\n", line[0], line[1])
	}
	fmt.Fprintln(p.err)
}
