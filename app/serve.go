package app

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"mcos/app/buddy"
	"mcos/app/config"
	"mcos/app/game"
	"mcos/app/garage"
	"mcos/app/gateway"
	"mcos/app/lobby"
	"mcos/app/login"
	"mcos/app/mail"
	"mcos/app/pace"
	"mcos/app/persona"
	"mcos/app/player"
	"mcos/app/race"
	"mcos/app/room"
	"mcos/app/web"

	"mcos/app/buildinfo"
	"mcos/protocol/mcots"
)

// serve makes the services and starts all servers.
func (a *App) serve() error {
	if err := a.serveWeb(); err != nil {
		return err
	}
	a.gateway = gateway.NewServer(gateway.Options{
		Limits: a.limiter, Pace: pace.New(a.opts.Config.Pace, nil), Log: a.opts.Log, QueueBytes: a.opts.Config.Server.QueueBytes, Observer: a.recorder,
	})
	for documented, port := range a.gamePorts() {
		if err := a.gateway.Serve(a.listeners.game[documented], port); err != nil {
			return err
		}
	}
	return a.serveConsole()
}

func (a *App) serveWeb() error {
	cfg := a.opts.Config
	svc, err := web.New(web.Options{
		Config:  cfg.Web,
		Shard:   web.Shard{ID: cfg.Shard.ID, Name: cfg.Shard.Name, Description: cfg.Shard.Description, MaxPersonas: cfg.Economy.PersonaLimit},
		Ports:   web.Ports{Login: a.listeners.ports.Login, Lobby: a.listeners.ports.Lobby, Web: a.listeners.ports.HTTP, Secure: a.listeners.ports.HTTPS},
		Version: buildinfo.Version, Accounts: a.accounts, Tickets: a.sessions, Limits: a.limiter,
		Advertiser: a.hosts, Keys: a.keys, Catalog: a.Catalog, Population: a.sessions.Playing, Log: a.opts.Log, Now: a.opts.Now,
		News:     func() string { return a.moderation.news(a.opts.Now()) },
		Observer: a.recorder,
	})
	if err != nil {
		return err
	}
	a.runHTTP("http", svc.PlainServer(a.listeners.http))
	a.runHTTP("https", svc.SecureServer(a.listeners.https))
	return nil
}

// runHTTP serves a web listener until the app stops.
func (a *App) runHTTP(name string, s httpServer) {
	a.servers = append(a.servers, s)
	a.running.Add(1)
	go func() {
		defer a.running.Done()
		if err := s.Serve(); err != nil {
			a.opts.Log.WithError(err).WithField("service", name).Error("a web server has failed")
		}
	}()
}

// gamePorts makes every game port with its services, by documented number.
func (a *App) gamePorts() map[int]*gateway.Port {
	cfg, t := a.opts.Config, a.opts.Config.Timeouts
	ports := map[int]*gateway.Port{
		8226: login.New(login.Deps{
			Store: a.store, Sessions: a.sessions, Key: a.keys.LoginKey, Attempt: a.limiter.Act,
		}).Port(cfg.NPS.FrameCap, t.NPS),
	}
	personas := persona.New(cfg.Persona, persona.Deps{
		Store: a.store, Sessions: a.sessions, Rules: a.rules, Shard: cfg.Shard.ID, Attempt: a.limiter.Act,
		Playing: func(persona uint32) bool { return a.rooms.Present(persona) || a.races.Present(persona) },
	})
	buddies := buddy.New(buddy.Config{
		On: cfg.NPS.Buddies, Limit: cfg.NPS.BuddyLimit, InfoByID: cfg.NPS.BuddyInfoRequest == "id",
	}, buddy.Deps{
		Store: a.store, Own: personas.OwnPersona, Asking: personas.Asking, Online: a.sessions.Online, Now: a.opts.Now,
	})
	a.mails = mail.New(mail.Config{On: cfg.NPS.Mail, Keep: time.Duration(cfg.NPS.MailDays) * 24 * time.Hour, Box: cfg.NPS.MailBox}, mail.Deps{
		Store: a.store, Own: personas.OwnPersona, Attempt: a.limiter.Act, Now: a.opts.Now, Muted: a.moderation.isMuted,
	})
	ports[8227] = a.mails.Port(cfg.NPS.FrameCap, t.NPS)
	ports[8228] = personas.Port(buddies.PersonaRows(), cfg.NPS.FrameCap, t.NPS)
	a.races = race.New(cfg.Race, race.Deps{
		Store: a.store, Rules: a.rules, Now: a.opts.Now, Log: a.opts.Log.WithField("service", "race"),
		Purses: purses(cfg), Lobbies: lobbies(cfg), Room: a.waitingRoom,
		Track: a.onTrack, LoadTimeout: cfg.Rooms.LoadTimeout,
	})
	a.lobbyPorts(ports, buddies)

	players := a.playerService()
	rows := slices.Concat(players.Rows(), a.garageService().Rows(), a.races.Rows())
	mcots := gateway.MCOTSPort(cfg.MCOTS, rows, gateway.Timeouts{
		Login: t.Login, Frame: t.Login, Idle: t.MCOTSIdle, Write: t.Write, Stall: t.Stall,
	})
	mcots.Closed = func(c *gateway.Conn) {
		a.races.Leave(c)
		players.Leave(c)
	}
	ports[43300] = mcots
	return ports
}

// lobbyPorts adds 7003 and the rooms, which understand the same messages.
func (a *App) lobbyPorts(ports map[int]*gateway.Port, buddies *buddy.Service) {
	cfg, t := a.opts.Config, a.opts.Config.Timeouts
	numbers := append([]int{room.LobbyPort}, config.DocumentedRooms()...)
	a.rooms = room.New(cfg.Rooms, room.Deps{
		Ports: numbers, Port: a.reachedAt, IPv4: a.hosts.IPv4, RacePassword: a.races.Password, Now: a.opts.Now,
		LongestRace: cfg.Race.Longest + cfg.Rooms.LoadTimeout, Muted: a.moderation.isMuted,
	})
	lob := lobby.New(cfg.Lobby, lobby.Deps{
		Store: a.store, Sessions: a.sessions, Rooms: a.rooms, Port: a.reachedAt, IPv4: a.hosts.IPv4,
		Arrived: buddies.Arrive, Left: buddies.Leave,
	})
	for _, n := range numbers {
		ports[n] = lobby.Port(lob, n, slices.Concat(a.rooms.Rows(), buddies.LobbyRows()), gateway.Timeouts{
			Login: t.Login, Frame: t.Login, Idle: t.LobbyIdle, Write: t.Write, Stall: t.Stall,
		})
	}
}

func (a *App) playerService() *player.Service {
	cfg := a.opts.Config
	return player.New(cfg.Player, player.Deps{
		Store: a.store, Sessions: a.sessions, Rules: a.rules, Now: a.opts.Now, WebHost: a.webHost,
		ShutdownIn: func() time.Duration { return a.moderation.shutdownIn(a.opts.Now()) },
		Economy: player.Economy{
			PartsPerLevel: cfg.Economy.PartSlotsPerLevel, CarsPerLevel: cfg.Economy.CarsPerLevel,
			Repair: cfg.Economy.RepairModifier, Scrap: cfg.Economy.ScrapModifier, TradeIn: cfg.Economy.TradeInModifier,
		},
	})
}

func (a *App) garageService() *garage.Service {
	return garage.New(a.opts.Config.Garage, garage.Deps{Store: a.store, Rules: a.rules, Known: a.sessions.At, Racing: a.races.Racing})
}

// reachedAt is the number that a documented game port really has.
func (a *App) reachedAt(documented int) int {
	if ln := a.listeners.game[documented]; ln != nil {
		return ln.Addr().(*net.TCPAddr).Port
	}
	return documented
}

// Ports are the numbers that are really bound.
func (a *App) Ports() config.Ports { return a.listeners.ports }

// ReadyLine names every listener, for programs that start the server and wait for
// it (DESIGN 4).
func (a *App) ReadyLine() string {
	host := a.opts.Config.Server.Listen
	if host == "" {
		host = "127.0.0.1"
	}
	at := func(port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
	p := a.listeners.ports
	return strings.Join([]string{
		"ready", "http=" + at(p.HTTP), "https=" + at(p.HTTPS), "login=" + at(p.Login), "mail=" + at(p.Mail),
		"persona=" + at(p.Persona), "lobby=" + at(p.Lobby), fmt.Sprintf("rooms=%s:%s", hostText(host), p.Rooms),
		"mcots=" + at(p.MCOTS), "console=" + net.JoinHostPort("127.0.0.1", strconv.Itoa(p.Console)),
	}, " ")
}

func hostText(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// waitingRoom is what the rooms know of a race.
func (a *App) waitingRoom(id, host uint32) (race.Room, bool) {
	w, ok := a.rooms.Waiting(id, host)
	return race.Room(w), ok
}

// onTrack is what the rooms know of a racer on the race port.
func (a *App) onTrack(id, host, persona uint32) (race.Track, bool) {
	t, ok := a.rooms.Track(id, host, persona)
	return race.Track(t), ok
}

func purses(cfg config.Config) []race.Purse {
	list := make([]race.Purse, 0, len(cfg.Player.Purses))
	for _, p := range cfg.Player.Purses {
		list = append(list, race.Purse{Fee: p.Fee, Purse: p.Purse})
	}
	return list
}

func lobbies(cfg config.Config) []race.Lobby {
	list := make([]race.Lobby, 0, len(cfg.Player.Lobbies))
	for _, l := range cfg.Player.Lobbies {
		list = append(list, race.Lobby{
			ID: l.ID, Type: mcots.RaceType(l.Type), Track: l.Track, MinLevel: uint32(l.MinLevel), MaxPlayers: int(l.MaxPlayers), MinTime: l.MinTime,
			RaceLobby: game.RaceLobby{
				PointsFactor: l.PointsFactor, CashFactor: l.CashFactor,
				Par: player.Ticks(l.Par), Increment: player.Ticks(l.Increment),
				QualifyPoints: l.QualifyPoints, QualifyCash: l.QualifyCash,
				IncrementPoints: l.IncrementPoints, IncrementCash: l.IncrementCash,
			},
		})
	}
	return list
}
