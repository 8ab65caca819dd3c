package client

import (
	"fmt"
	"strings"

	"mcos/installer/client/change"
	"mcos/installer/client/host"
	protocol "mcos/protocol/client"
	"mcos/protocol/plain"
)

// Installation is a game folder.
type Installation struct {
	Dir   string `json:"dir"` // Windows path
	Exe   string `json:"exe"` // file name of the program
	Debug bool   `json:"debug"`
}

// programs are the game's programs, the usual one first.
var programs = []struct {
	name  string
	debug bool
}{{"MCity.exe", false}, {"MCity_d.exe", true}, {"MCityD.exe", true}}

// Look tells whether a folder holds the game.
func Look(h host.Files, dir string) (Installation, bool) {
	for _, p := range programs {
		if info, err := h.Stat(host.Join(dir, p.name)); err == nil && !info.Dir {
			return Installation{Dir: strings.TrimRight(dir, `\`), Exe: info.Name, Debug: p.debug}, true
		}
	}
	return Installation{}, false
}

// usual are the folders below a drive (web-and-client section 9).
var usual = []string{`Games\MCO`, `Games\Motor City Online`, `MCO`, `Motor City Online`, `MCity`}

// publishers are the folders below Program Files.
var publishers = []string{`EA Games\Motor City Online`, `EA Games\Motor City`, `Electronic Arts\Motor City Online`, `Electronic Arts\Motor City`}

// Detect finds the installations of a computer: where the registry says, and in the
// usual folders.
func Detect(h host.Host) []Installation {
	var out []Installation
	seen := map[string]bool{}
	try := func(dir string) {
		game, ok := Look(h, dir)
		if id := strings.ToLower(game.Dir); ok && !seen[id] {
			seen[id] = true
			out = append(out, game)
		}
	}
	for _, view := range h.Views() {
		for _, path := range []string{protocol.KeyVersion, protocol.KeyGame, `EA GAMES\Motor City Online`, `EA GAMES\Motor City`,
			`Microsoft\Windows\CurrentVersion\App Paths\mcity.exe`} {
			k := host.Key{Hive: host.Machine, View: view, Path: `SOFTWARE\` + path}
			for _, name := range []string{"InstallDir", "Path"} {
				if dir := host.Text(h, k, name); len(dir) > 3 && dir[1] == ':' {
					try(dir)
				}
			}
		}
	}
	s := h.System()
	for _, drive := range s.Drives {
		for _, dir := range usual {
			try(host.Join(drive, dir))
		}
	}
	for _, base := range s.ProgramFiles {
		for _, dir := range publishers {
			try(host.Join(base, dir))
		}
	}
	return out
}

// Condition is where an installation stands.
type Condition struct {
	// Hosts are the servers that the settings name; more than one is a muddle.
	Hosts   []string `json:"hosts"`
	Ours    bool     `json:"patched_by_mcos"`
	Undoing bool     `json:"interrupted"` // a patch or undo was cut off
	// Original tells that the settings name no server but those of 2001.
	Original bool `json:"original"`
	// WebPort is the port of the server's web pages when Ours, else 0.
	WebPort int    `json:"web_port,omitempty"`
	Text    string `json:"text"`
}

// originalHosts are the servers of 2001.
var originalHosts = map[string]bool{"www.ea.com": true, "159.153.226.86": true, "downloads.mco.ea.com": true}

// State tells in plain words which server a computer's game is led to.
func (p Patcher) State() (Condition, error) {
	j, err := change.OpenJournal(p.Record)
	if err != nil {
		return Condition{}, err
	}
	head := j.Header()
	c := Condition{Ours: !j.Empty(), Undoing: !j.Empty() && !j.Complete()}
	if p.UserRecord != "" {
		own, err := change.OpenJournal(p.UserRecord)
		if err != nil {
			return Condition{}, err
		}
		c.Undoing = c.Undoing || !own.Empty() && !own.Complete()
	}
	original := true
	add := func(name string) {
		if name = plain.Words(name, plain.Short); name == "" { // anybody may have written it
			return
		}
		original = original && originalHosts[strings.ToLower(name)]
		for _, known := range c.Hosts {
			if strings.EqualFold(known, name) {
				return
			}
		}
		c.Hosts = append(c.Hosts, name)
	}
	for _, path := range []string{protocol.KeyAuthGame, protocol.KeyAuthEA} {
		add(host.Text(p.Host, gameKey(path), "AuthLoginServer"))
	}
	add(urlHost(host.Text(p.Host, gameKey(protocol.KeyVersion), "ShardUrl")))
	c.Original = original
	if c.Ours {
		c.WebPort = head.WebPort
	}
	switch {
	case c.Undoing:
		c.Text = "A change was interrupted before it was complete. Patch the game again, or unpatch it to have everything as before."
	case len(c.Hosts) == 0:
		c.Text = "The game knows no server yet."
	case original:
		c.Text = "The game has its original settings and looks for the servers of 2001, which are closed."
	case len(c.Hosts) > 1:
		c.Text = fmt.Sprintf("The settings are a mixture: they name %s. Patch the game to put that right.", strings.Join(c.Hosts, " and "))
	case c.Ours && strings.EqualFold(c.Hosts[0], head.Host):
		c.Text = fmt.Sprintf("The game is led to %s by this program, and can be unpatched.", c.Hosts[0])
	default:
		c.Text = fmt.Sprintf("The game is led to %s; somebody else has set that, not this program.", c.Hosts[0])
	}
	return c, nil
}

func gameKey(path string) host.Key {
	return host.Key{Hive: host.Machine, View: host.View32, Path: `SOFTWARE\` + path}
}

// urlHost is the host of a URL without its port.
func urlHost(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	name, _, _ = strings.Cut(name, ":")
	return name
}
