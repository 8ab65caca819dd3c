package app

import (
	"context"
	"net"
	"os"
	"strconv"

	"mcos/app/admin"
	"mcos/app/admin/doctor"
	"mcos/app/buildinfo"
	"mcos/app/config"
	"mcos/app/console"
	"mcos/app/console/pages"
	"mcos/app/datadir"
	"mcos/app/keys"
	"mcos/storage"
)

// serveConsole starts the operator's local interface. It comes last: whoever finds
// its address finds a server that is ready.
func (a *App) serveConsole() error {
	operator := a.operator()
	c, err := console.New(console.Options{
		Dir: a.opts.Dir, Note: a.opts.Dir.NoteToWrite(os.Getenv), Config: a.opts.Config.Console, Admin: operator, Status: a.Status, Stop: a.opts.Stop, Log: a.opts.Log,
		Hasher: a.accounts.Hasher, Guesses: a.limiter, SourceURL: a.opts.Config.Web.SourceURL,
		Pages: pages.Deps{
			Now: a.opts.Now, Shard: a.opts.Config.Shard.Name, Directory: operator, Settings: a.configuration(), Recorder: a.recorder,
			Setup: &pages.Setup{
				Hosts: a.Hosts, WebPort: a.listeners.ports.HTTP, Signup: a.opts.Config.Web.Signup,
				PubKey:      func() []byte { return []byte(a.keys.Current().PubKey) },
				Certificate: func(host string) []byte { return a.keys.Current().For(host).PEM() },
				Thumbprint:  func(host string) string { return a.keys.Current().For(host).Thumbprint() },
			},
		},
	})
	if err != nil {
		return err
	}
	if a.listeners.beyond != nil {
		a.runHTTP("console", c.Server(a.listeners.beyond))
	}
	server := c.Server(a.listeners.console)
	a.runHTTP("console", server)
	return server.Announce()
}

// operator does the operator's work on this running server.
func (a *App) operator() *admin.Local {
	return &admin.Local{
		Store: a.store, Dir: a.opts.Dir, Server: live{a}, Recorder: a.recorder, Users: a.accounts, Rules: a.rules, Shard: a.opts.Config.Shard.ID,
		Ring: func() (*keys.Ring, error) { return a.keys, nil }, KeyDir: a.opts.Dir.Keys(),
		Current: a.Catalog, UseCatalog: a.UseCatalog, Online: a.sessions.Online, Examine: a.examine,
	}
}

// Status is what the server says about itself.
func (a *App) Status() admin.Status {
	stats, set := a.gateway.Stats(), a.keys.Current()
	return admin.Status{
		Version: buildinfo.Version, Started: a.started, Uptime: int64(a.opts.Now().Sub(a.started).Seconds()),
		Ports: a.addresses(), Players: a.sessions.Playing(), Connections: stats.Connections,
		Messages: admin.MessageCounts{Received: stats.Received, Sent: stats.Sent, Unknown: stats.Unknown},
		Catalog:  admin.StatusCatalog{Imported: a.imported.Load(), Counts: a.Catalog().Counts()},
		Memory:   memory(), Notes: a.notes(), Alarms: a.alarms(),
		Certificate: set.For("127.0.0.1").Thumbprint(), LoginKey: set.LoginFingerprint(),
	}
}

// alarms are settings that must not stay as they are where people play.
func (a *App) alarms() []string {
	if a.opts.Config.Race.CheckResults {
		return nil
	}
	return []string{"Impossible race results are paid: race.check_results is off. Turn it on unless this server is for tests only."}
}

// notes are what an operator should know and might not.
func (a *App) notes() []string {
	var notes []string
	if p := a.listeners.ports.HTTPS; p != 443 {
		notes = append(notes, "The web login is on port "+strconv.Itoa(p)+"; the game cannot log in until it is on 443.")
	}
	if _, err := os.Lstat(a.opts.Dir.StagedRestore()); err == nil {
		notes = append(notes, "A backup waits to take the place of the store; that happens when the server is started again.")
	}
	if !a.imported.Load() {
		notes = append(notes, "Only the cars and parts that come with the server are sold; import the game's own list with: mcos catalog import")
	}
	if beyond, _ := a.opts.Config.Console.Beyond(); beyond {
		if _, err := os.Stat(a.opts.Dir.ConsolePassword()); err != nil {
			notes = append(notes, "Other computers reach the console (console.listen), but it has no password: set one with mcos console passwd")
		}
	}
	if what, next := a.misled(); what != "" {
		notes = append(notes, what+" "+next)
	}
	return notes
}

// addresses are the listeners by the names of --ports.
func (a *App) addresses() map[string]string {
	p := a.listeners.ports
	list := map[string]string{"rooms": p.Rooms.String()}
	for name, port := range map[string]int{
		"http": p.HTTP, "https": p.HTTPS, "login": p.Login, "mail": p.Mail, "persona": p.Persona,
		"lobby": p.Lobby, "mcots": p.MCOTS, "console": p.Console,
	} {
		host := a.opts.Config.Server.Listen
		if name == "console" {
			host = a.consoleHost()
		}
		list[name] = net.JoinHostPort(host, strconv.Itoa(port))
	}
	return list
}

// consoleHost is the address of the console.
func (a *App) consoleHost() string {
	if beyond, _ := a.opts.Config.Console.Beyond(); beyond {
		return a.opts.Config.Console.Listen
	}
	return "127.0.0.1"
}

// examine runs the doctor beside this running server.
func (a *App) examine(ctx context.Context) doctor.Report {
	o := DoctorOptions(a.opts.Dir, a.opts.Config)
	o.Live = true
	o.Config, o.Wall = a.opts.Reread, a.opts.Wall
	o.Misled = a.misled
	o.Announced = func() string {
		if a.onLAN == nil {
			return ""
		}
		return a.onLAN.Trouble()
	}
	bound := a.listeners.ports
	o.Ports = doctorPorts(a.opts.Config.Ports, &bound)
	o.Catalog = func() (doctor.Catalog, error) {
		counts := a.Catalog().Counts()
		return doctor.Catalog{Imported: a.imported.Load(), Cars: counts.Cars, Parts: counts.Parts}, nil
	}
	o.Verify = func() error { return admin.Verify(storage.Store(a.store)) }
	return doctor.Run(ctx, o)
}

// DoctorOptions are what the doctor looks at on a data folder with a configuration,
// when no server runs. The caller adds how to read configuration, store and
// catalog.
func DoctorOptions(dir datadir.Dir, cfg config.Config) doctor.Options {
	return doctor.Options{
		Dir: dir, Ports: doctorPorts(cfg.Ports, nil), Listen: cfg.Server.Listen, PublicHost: cfg.Server.PublicHost,
		OldTLS: cfg.Web.TLSMin == "1.0", Unchecked: !cfg.Race.CheckResults,
	}
}

// doctorPorts pairs configured and bound ports; bound is nil when no server runs.
func doctorPorts(cfg config.Ports, bound *config.Ports) []doctor.Port {
	at := func(of func(config.Ports) int) (number, now int) {
		if bound != nil {
			now = of(*bound)
		}
		return of(cfg), now
	}
	var list []doctor.Port
	add := func(name string, of func(config.Ports) int) {
		number, now := at(of)
		list = append(list, doctor.Port{Name: name, Number: number, Bound: now})
	}
	add("http", func(p config.Ports) int { return p.HTTP })
	add("https", func(p config.Ports) int { return p.HTTPS })
	add("login", func(p config.Ports) int { return p.Login })
	add("mail", func(p config.Ports) int { return p.Mail })
	add("persona", func(p config.Ports) int { return p.Persona })
	add("lobby", func(p config.Ports) int { return p.Lobby })
	for i := range cfg.Rooms {
		add("rooms", func(p config.Ports) int { return p.Rooms[i] })
	}
	add("mcots", func(p config.Ports) int { return p.MCOTS })
	add("console", func(p config.Ports) int { return p.Console })
	return list
}
