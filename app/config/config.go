// Package config is the server's whole configuration: the services' own Config
// structs under one roof, read from one commented YAML file, from MCOS_…
// environment variables and from flags, in this order of growing weight.
//
// Services never import this package; package app hands each its section.
package config

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"reflect"
	"regexp"
	"strings"
	"time"

	"mcos/app/backup"
	"mcos/app/bot"
	"mcos/app/config/schema"
	"mcos/app/console"
	"mcos/app/game"
	"mcos/app/garage"
	"mcos/app/gateway"
	"mcos/app/keys"
	"mcos/app/limits"
	"mcos/app/lobby"
	"mcos/app/netaddr"
	"mcos/app/pace"
	"mcos/app/persona"
	"mcos/app/player"
	"mcos/app/race"
	"mcos/app/record"
	"mcos/app/room"
	"mcos/app/session"
	"mcos/app/web"
)

// EnvPrefix starts the names of all environment variables.
const EnvPrefix = "MCOS_"

// ignoredEnv are MCOS_ variables that are no settings.
var ignoredEnv = []string{"MCOS_REFERENCE", "MCOS_SCREENSHOTS", "MCOS_SOAK", "MCOS_UPDATE", "MCOS_DATA_DIR", "MCOS_CONFIG"}

// Config is everything an operator can choose.
type Config struct {
	Server   Server              `yaml:"server" help:"Where the server listens and what it tells clients."`
	Shard    Shard               `yaml:"shard" help:"The one shard that players see."`
	Ports    Ports               `yaml:"ports" help:"Port numbers. The game has 443, 8227, 8228 and 43300 built in; 0 picks a free port, for tests."`
	Log      Log                 `yaml:"log" help:"What is written down."`
	Limits   limits.Config       `yaml:"limits" help:"What one address may do."`
	Pace     pace.Config         `yaml:"pace" help:"What one player may cause, on all connections together. Nobody is closed for causing more."`
	Timeouts Timeouts            `yaml:"timeouts" help:"How long a client may take. All times count from their beginning: a byte now and then moves none of them."`
	Backup   backup.Config       `yaml:"backup" help:"Copies of the store, made while the server runs."`
	Keys     keys.Config         `yaml:"keys" help:"Keys made on the first start."`
	Web      web.Config          `yaml:"web" help:"Web pages and the web login."`
	NPS      NPS                 `yaml:"nps" help:"The small NPS services: login, mail, personas."`
	Persona  persona.Config      `yaml:"persona" help:"Drivers: list, choice, creation."`
	Lobby    lobby.Config        `yaml:"lobby" help:"The lobby and the way into the rooms."`
	Rooms    room.Config         `yaml:"rooms" help:"Chat rooms and race rooms."`
	MCOTS    gateway.MCOTSConfig `yaml:"mcots" help:"The transaction server."`
	Player   player.Config       `yaml:"player" help:"What a driver sees after login."`
	Garage   garage.Config       `yaml:"garage" help:"Cars and parts."`
	Economy  game.Config         `yaml:"economy" help:"Money, prices and capacity."`
	Race     race.Config         `yaml:"race" help:"Races."`
	Bots     bot.Config          `yaml:"bots" help:"Computer players in the lobby. None unless you ask for them."`
	Console  console.Config      `yaml:"console" help:"The operator's local interface."`
	Record   record.Config       `yaml:"record" help:"Recordings of what travels between clients and server, in the data folder's sessions."`
	Research Research            `yaml:"research" help:"For people who study the protocol."`
}

// Server is the `server` section.
type Server struct {
	Listen        string   `yaml:"listen" help:"Address to listen on; empty means all, IPv4 and IPv6."`
	PublicHost    string   `yaml:"public_host" help:"Name or address under which players outside the local network reach this server; empty tells every client the address that it has reached."`
	Tunnels       []string `yaml:"tunnels" help:"Where a tunnel or proxy on this computer or network leads players from outside here under an address of its own, so that they look like neighbours: the address they seem to come from, or the one that the tunnel connects to (such as 127.0.0.2), or a network. They are told the public host. Not needed where players type the public host and it arrives unchanged."`
	ProxyProtocol []string `yaml:"proxy_protocol" help:"Addresses or networks of proxies and tunnels that send the PROXY protocol, version 2, on all ports of the game and the web, so that limits and bans see the players behind them. For a program on this computer use the address that it connects to, such as 127.0.0.2. Connections from there without it are refused. Empty: none."`
	Announce      bool     `yaml:"announce" help:"Answer computers on the local network that look for a server (mcos client servers, the tray), by multicast DNS; off leaves players to type the address."`
	QueueBytes    int      `yaml:"queue_bytes" help:"Most unsent bytes kept for one client; beyond that it is dropped." unit:"bytes" min:"65536"`
}

// Shard is the `shard` section.
type Shard struct {
	Name        string `yaml:"name" help:"Name of the shard." max:"31"`
	Description string `yaml:"description" help:"Text beside the name." max:"100"`
	ID          uint32 `yaml:"id" help:"Number of the shard; the only one ever used is 44." ref:"web-and-client 3.2"`
}

// hostName is what a host name consists of, roughly; an address without colons
// fits too.
var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)

// Check refuses what cannot be an address to listen on or to tell clients.
func (s Server) Check() error {
	var errs []error
	if s.Listen != "" && !isAddress(s.Listen) && !hostName.MatchString(s.Listen) {
		errs = append(errs, fmt.Errorf("listen: %q is not an address of this computer, such as 192.168.1.5", s.Listen))
	}
	switch {
	case s.PublicHost == "" || hostName.MatchString(s.PublicHost) && len(s.PublicHost) <= maxHost:
	case isAddress(s.PublicHost):
		errs = append(errs, fmt.Errorf("public_host: %s is an IPv6 address, and the game knows none; name the IPv4 address, or a host name", s.PublicHost))
	default:
		errs = append(errs, fmt.Errorf("public_host: %q is not a plain name or address, such as play.example.org (no http://, no port)", s.PublicHost))
	}
	if _, err := netaddr.Prefixes(s.Tunnels); err != nil {
		errs = append(errs, fmt.Errorf("tunnels: %w", err))
	}
	if _, err := netaddr.Prefixes(s.ProxyProtocol); err != nil {
		errs = append(errs, fmt.Errorf("proxy_protocol: %w", err))
	}
	return errors.Join(errs...)
}

// maxHost is the longest host name, in characters.
const maxHost = 253

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

// Check refuses texts that the shard list cannot carry.
func (s Shard) Check() error {
	return web.Shard{Name: s.Name, Description: s.Description}.Check()
}

// Log is the `log` section.
type Log struct {
	Level    string `yaml:"level" help:"Least important line that is written." values:"error|warn|info|debug"`
	FileSize int    `yaml:"file_size" help:"Size at which the log file is put aside." unit:"MiB" min:"1"`
	Files    int    `yaml:"files" help:"Old log files kept." min:"0"`
}

// Timeouts is the `timeouts` section.
type Timeouts struct {
	Login      time.Duration `yaml:"login" help:"From connecting to being logged in, and for one message to arrive whole." min:"1s" ref:"nps-lobby-rooms 10.1"`
	NPS        time.Duration `yaml:"nps" help:"On the login, mail and persona ports: until the client has said whose it is, for one message to arrive whole, and between messages." min:"1s" ref:"nps-login-persona 1.3"`
	LobbyIdle  time.Duration `yaml:"lobby_idle" help:"Silence in the lobby and in rooms; 0 means for ever, because the game sends no heartbeat there." ref:"nps-lobby-rooms 10.4"`
	MCOTSIdle  time.Duration `yaml:"mcots_idle" help:"Silence on the transaction port; 0 means for ever." ref:"mcots-2 7"`
	Write      time.Duration `yaml:"write" help:"Time for a client to take some of the answers to its own requests." min:"1s"`
	Stall      time.Duration `yaml:"stall" help:"The same for what other players have caused; a game that loads a track takes nothing for a while." min:"1s"`
	KeepAlive  time.Duration `yaml:"keep_alive" help:"Interval of TCP keep-alive probes, which find clients that vanished; three unanswered ones end the connection." min:"1s" ref:"nps-lobby-rooms 10.4"`
	Session    time.Duration `yaml:"session" help:"How long a login lasts while the game holds no connection to the lobby, a room or the transaction port. On the persona port the address alone speaks for a player, so whoever gets it next could act for one who has left." min:"1m" max:"24h" ref:"nps-login-persona 8.3"`
	FlushLogin time.Duration `yaml:"flush_logins" help:"How often the times of last logins are stored." min:"1s"`
}

// NPS is the `nps` section.
type NPS struct {
	FrameCap int `yaml:"frame_cap" help:"Largest message accepted on the login, mail and persona ports." unit:"bytes" min:"2048" max:"65535" ref:"DECISIONS 31"`

	Mail     bool `yaml:"mail" help:"Offer in-game mail. Off, every mailbox is empty, which is what a real game is known to take. On, the forms in which mails are read, sent and deleted are guesses that no game has confirmed." ref:"nps-login-persona 3"`
	MailDays int  `yaml:"mail_days" help:"How long a mail is kept; 0 means for ever." unit:"days" max:"3650"`
	MailBox  int  `yaml:"mail_box" help:"Mails that one mailbox holds." min:"1" max:"1000"`

	Buddies    bool `yaml:"buddies" help:"Offer buddy lists. Off, every list is empty, which is what a real game is known to take. On, all forms but that of the request for the list are guesses that no game has confirmed." ref:"nps-login-persona 4.5"`
	BuddyLimit int  `yaml:"buddy_limit" help:"Entries on one buddy list." min:"1" max:"500"`

	BuddyInfoRequest string `yaml:"buddy_info_request" help:"How the question for one buddy is read, with buddies on. name: by name, or by two numbers when there is nothing else in it; id: always as two numbers." values:"name|id" ref:"DECISIONS 38"`
}

// Research is the `research` section.
type Research struct {
	Tickets  []Ticket `yaml:"tickets" help:"Tickets that are always accepted, so that recorded logins can be replayed. Leave empty on a server that others play on."`
	UDPProbe bool     `yaml:"udp_probe" help:"Write down the heads of datagrams that come to the game ports; nothing answers them." ref:"DECISIONS 29"`
}

// Ticket is a ticket that is always accepted.
type Ticket struct {
	Ticket  string `yaml:"ticket" help:"The ticket's text." secret:"true"`
	Account string `yaml:"account" help:"Login name it stands for."`
}

// Default is the configuration of a server without a file.
func Default() Config {
	return Config{
		Server: Server{Announce: true, QueueBytes: 1 << 20},
		Shard:  Shard{Name: "The Clocktower", Description: "The Clocktower", ID: 44},
		Ports:  DefaultPorts(),
		Log:    Log{Level: "info", FileSize: 10, Files: 5},
		Limits: limits.Default(), Pace: pace.Default(),
		Timeouts: Timeouts{
			Login: 30 * time.Second, NPS: 30 * time.Second, MCOTSIdle: time.Hour,
			Write: 30 * time.Second, Stall: 2 * time.Minute, KeepAlive: 60 * time.Second, FlushLogin: 5 * time.Second,
			Session: session.IdleLife,
		},
		Backup: backup.Default(), Keys: keys.Default(), Web: web.Default(), NPS: NPS{FrameCap: 4096, MailDays: 30, MailBox: 50, BuddyLimit: 100, BuddyInfoRequest: "name"}, Persona: persona.Default(),
		Lobby: lobby.Default(), Rooms: room.Default(), MCOTS: gateway.DefaultMCOTS(), Player: player.Default(),
		Garage: garage.Default(), Economy: game.Default(), Race: race.Default(), Bots: bot.Default(), Console: console.Default(),
		Record: record.Default(),
	}
}

// Check finds contradictions between settings.
func (c Config) Check() error {
	return errors.Join(c.Ports.check(), c.checkMC100(), c.checkArcade())
}

// checkMC100 makes sure that the room MC100 is behind a port that is listened on.
func (c Config) checkMC100() error {
	if p := c.Lobby.MC100Port; p != 10001 && (p < 9000 || p > 9020) {
		return fmt.Errorf("lobby.mc100_port: %d is neither 10001 nor one of 9000 to 9020", p)
	}
	return nil
}

func (c Config) checkArcade() error {
	lobbies := map[uint32]bool{0: true}
	for _, l := range c.Player.Lobbies {
		lobbies[l.ID] = true
	}
	for _, a := range c.Player.ArcadeCars {
		if !lobbies[a.Lobby] {
			return fmt.Errorf("player.arcade_cars: car %d belongs to lobby %d, which is not in player.lobbies", a.Car, a.Lobby)
		}
	}
	return nil
}

// Load builds the configuration from the text of the file (nil when there is
// none), the environment and the flags. Its error joins one *schema.Error for
// every mistake; the program ends with code 2 then.
func Load(fileName string, yaml []byte, environ []string, flags []schema.Override) (Config, schema.Result, error) {
	c := Default()
	result, err := schema.Load(&c, schema.Options{
		FileName: fileName, YAML: yaml, Environ: environ, EnvPrefix: EnvPrefix,
		IgnoreEnv: ignoredEnv, Overrides: flags,
	})
	return c, result, err
}

// Edit changes settings in the text of the file, as schema.Edit does.
func Edit(fileName string, text []byte, changes map[string]string) ([]byte, error) {
	c := Default()
	return schema.Edit(&c, fileName, text, changes)
}

// Write writes the commented configuration file.
func Write(w io.Writer, c Config) error {
	_, err := io.WriteString(w, `# Configuration of the MCOS game server.
#
# Every setting is here with its default. Environment variables (MCOS_ and the
# path in capitals, such as MCOS_SERVER_PUBLIC_HOST) and command line flags
# override this file. "ref" names the section of the protocol reference that a
# setting settles. Check changes with: mcos config check

`)
	if err != nil {
		return err
	}
	defaults := Default()
	return schema.Write(w, &c, &defaults)
}

// Describe lists every setting, for documents and pages.
func Describe(c Config) []schema.Entry { return schema.Describe(&c, EnvPrefix) }

// Differ tells whether two configurations have other values for a setting, such as
// web.signup_code; of a secret one the descriptions do not tell.
func Differ(a, b Config, path string) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	for key := range strings.SplitSeq(path, ".") {
		for i := range x.NumField() {
			if x.Type().Field(i).Tag.Get("yaml") == key {
				x, y = x.Field(i), y.Field(i)
				break
			}
		}
	}
	return !reflect.DeepEqual(x.Interface(), y.Interface())
}
