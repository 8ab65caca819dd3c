// Package client leads an installed game to a server and back: it finds
// installations, tells their state in plain words, and patches them in one operation
// that can be taken back completely. The computer itself is behind package host.
package client

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"mcos/installer/client/change"
	"mcos/installer/client/host"
	protocol "mcos/protocol/client"
	"mcos/protocol/client/trust"
)

// Server is what a game needs to know of its server.
type Server struct {
	Host    string // name or IPv4 address, as the game shall use it
	WebPort int
	PubKey  string // the content of pub.key
	CertDER []byte // the TLS certificate
	// Trust is what the certificate is, for the player to look at.
	Trust trust.Verdict
}

// Thumbprint is the SHA-1 of the certificate as Windows shows it.
func (s Server) Thumbprint() string { return thumbprintOf(s.CertDER) }

// Options are what a player may wish beside the server.
type Options struct {
	NoMovies   bool
	Resolution string // like "1024x768"; "" leaves it
	Windowed   string // "yes" or "no"; "" leaves it
}

// resolutions are the values of graphicsModeIndex (web-and-client section 9).
var resolutions = map[string]string{"640x480": "0", "800x600": "1", "1024x768": "2", "1152x864": "3", "1280x960": "4"}

// moviesOff is put behind the name of the movies' folder to set it aside.
const moviesOff = ".off"

// ErrOption says that a wish cannot be fulfilled.
var ErrOption = errors.New("wrong option")

// secureProtocols is the player's choice of TLS versions for all programs that use
// the system's own HTTP client (web-and-client section 8.1).
var secureProtocols = host.Key{Hive: host.User, View: host.View32, Path: `Software\Microsoft\Windows\CurrentVersion\Internet Settings`}

const (
	tls12    = 0x800
	httpPort = 80
)

// Plan lists everything that leads the game in a folder to a server. It changes
// nothing.
func Plan(h host.Host, game Installation, s Server, o Options) ([]change.Change, error) {
	values, err := protocol.Values(s.Host, s.WebPort)
	if err != nil {
		return nil, err
	}
	if _, err := protocol.ParsePubKey(s.PubKey); err != nil {
		return nil, err
	}
	p := &planner{h: h, keys: map[string]bool{}}
	for _, view := range h.Views() {
		for _, v := range values {
			data := host.SZ(v.Text)
			if v.Kind == protocol.DWORD {
				data = host.DWORD(v.Number)
			}
			p.value(host.Key{Hive: host.Machine, View: view, Path: `SOFTWARE\` + v.Key}, v.Name, data, "leads the game to the server")
		}
	}
	p.tls()
	p.virtual(game, values)
	p.add(change.File, host.Join(game.Dir, "pub.key"), change.State{Present: true, Data: []byte(s.PubKey)}, "the key for logging in to this server")
	p.changes = append(p.changes, change.Change{
		Item: change.Item{Kind: change.Certificate, Name: s.Thumbprint()},
		Want: change.State{Present: true, Data: s.CertDER}, Why: "lets Windows trust the login of this server",
	})
	p.directPlay()
	p.file(host.Join(game.Dir, "SaveData", "togglewindowtest.txt"), "left by a crash; keeps Alt+Enter from working")
	if err := p.options(game, o); err != nil {
		return nil, err
	}
	p.changes = append(p.changes, change.Change{
		Item: change.Item{Kind: change.WriteFlags, Path: game.Dir}, Want: change.State{Present: true}, Why: "files copied from a CD cannot be changed by the game",
	})
	return p.changes, nil
}

type planner struct {
	h       host.Host
	changes []change.Change
	keys    map[string]bool
}

func (p *planner) add(kind change.Kind, path string, want change.State, why string) {
	p.changes = append(p.changes, change.Change{Item: change.Item{Kind: kind, Path: path}, Want: want, Why: why})
}

// value sets a registry value, and makes the keys above it that are missing.
func (p *planner) value(k host.Key, name string, v host.Value, why string) {
	for i, c := range k.Path + `\` {
		if c != '\\' {
			continue
		}
		parent := host.Key{Hive: k.Hive, View: k.View, Path: k.Path[:i]}
		id := strings.ToLower(fmt.Sprint(parent))
		if p.keys[id] {
			continue
		}
		p.keys[id] = true
		// Keys that are there stay in the plan: a later run must not take them for its own.
		p.changes = append(p.changes, change.Change{
			Item: change.Item{Kind: change.RegKey, Hive: k.Hive, View: k.View, Path: parent.Path}, Want: change.State{Present: true}, Why: why,
		})
	}
	p.changes = append(p.changes, change.Change{
		Item: change.Item{Kind: change.RegValue, Hive: k.Hive, View: k.View, Path: k.Path, Name: name},
		Want: change.State{Present: true, Type: v.Type, Data: v.Data}, Why: why,
	})
}

// tls switches TLS 1.2 on where somebody has switched it off; without the value
// Windows 10 and later have it on.
func (p *planner) tls() {
	v, err := p.h.Value(secureProtocols, "SecureProtocols")
	if err != nil {
		return
	}
	if n, ok := v.Number(); ok {
		p.value(secureProtocols, "SecureProtocols", host.DWORD(n|tls12), "the login needs TLS 1.2")
	}
}

// virtualRoots are the keys below which Windows keeps a player's redirected values.
var virtualRoots = []string{`Software\Classes\VirtualStore\MACHINE\SOFTWARE\Wow6432Node\`, `Software\Classes\VirtualStore\MACHINE\SOFTWARE\`}

// virtual removes copies that Windows keeps for a player whose program was not
// allowed to write to the real place; they would win over what is set here
// (web-and-client section 6.1).
func (p *planner) virtual(game Installation, values []protocol.Value) {
	const why = "an old redirected copy that hides the new one"
	if store := p.h.System().VirtualStore; store != "" && len(game.Dir) > 3 {
		p.file(host.Join(store, game.Dir[3:], "pub.key"), why)
	}
	for _, root := range virtualRoots {
		for _, v := range values {
			k := host.Key{Hive: host.User, View: host.View32, Path: root + v.Key}
			p.changes = append(p.changes, change.Change{
				Item: change.Item{Kind: change.RegValue, Hive: k.Hive, View: k.View, Path: k.Path, Name: v.Name}, Why: why,
			})
		}
	}
}

// file removes a file. It is in the plan even when it is not there: what an earlier
// run removed must not come back with the next one.
func (p *planner) file(path, why string) { p.add(change.File, path, change.State{}, why) }

func (p *planner) directPlay() {
	if s := p.h.System(); !s.Wine && (s.Major > 6 || s.Major == 6 && s.Minor >= 2) {
		p.changes = append(p.changes, change.Change{
			Item: change.Item{Kind: change.Feature, Name: "DirectPlay"}, Want: change.State{Present: true}, Why: "an old part of Windows that the game uses",
		})
	}
}

func (p *planner) options(game Installation, o Options) error {
	set := func(name, value, what string) error {
		i := change.Item{Kind: change.Setting, Path: host.Join(game.Dir, "SaveData", "options.ini"), Name: name}
		now, err := i.Read(p.h)
		if err != nil || !now.Present {
			return fmt.Errorf("%w: the game has no setting for the %s yet; start it once, then patch it again", ErrOption, what)
		}
		p.changes = append(p.changes, change.Change{Item: i, Want: change.State{Present: true, Data: []byte(value)}, Why: "the " + what + " that you chose"})
		return nil
	}
	if o.Resolution != "" {
		index, ok := resolutions[o.Resolution]
		if !ok {
			return fmt.Errorf("%w: resolution %q: the game knows 640x480, 800x600, 1024x768, 1152x864 and 1280x960", ErrOption, o.Resolution)
		}
		if err := set("graphicsModeIndex", index, "resolution"); err != nil {
			return err
		}
	}
	if o.Windowed != "" {
		value, ok := map[string]string{"yes": "1", "no": "0"}[o.Windowed]
		if !ok {
			return fmt.Errorf("%w: windowed is yes or no, not %q", ErrOption, o.Windowed)
		}
		if err := set("windowed", value, "window mode"); err != nil {
			return err
		}
	}
	movies := host.Join(game.Dir, "Data", "Movies")
	_, here := p.h.Stat(movies)
	_, aside := p.h.Stat(movies + moviesOff)
	if o.NoMovies && (here == nil || aside == nil) {
		p.changes = append(p.changes, change.Change{
			Item: change.Item{Kind: change.Moved, Path: movies, Name: movies + moviesOff}, Why: "no movies at the start",
		})
	}
	return nil
}

// Patcher patches one computer.
type Patcher struct {
	Host host.Host
	// Record is the path of the undo record.
	Record string
	// UserRecord is the path of the undo record for what is the player's own; "" where
	// everything is in Record.
	UserRecord string
	// Only limits the work to a part, where there are two.
	Only Part
	Now  func() time.Time
	// Step is for tests; see change.Runner.
	Step func(what string) error
}

// gamePrograms are the programs that must not run while their files change.
var gamePrograms = []string{"mcity.exe", "mcity_d.exe", "mcityd.exe", "mco-launcher.exe"}

// ErrRunning says that the game runs.
var ErrRunning = errors.New("the game is running")

func (p Patcher) idle() error {
	running, err := p.Host.Running(gamePrograms...)
	if err != nil {
		return err
	}
	if len(running) > 0 {
		return fmt.Errorf("%w (%s): quit it, wait a few seconds and try again; nothing was changed", ErrRunning, strings.Join(running, ", "))
	}
	return nil
}

// Pending is what Patch would really do: the changes of the plan that are not as
// wanted yet, and what an earlier Patch changed and the plan does not want any more,
// which goes back.
func (p Patcher) Pending(plan []change.Change) ([]change.Entry, error) {
	var out []change.Entry
	for _, s := range p.shares() {
		j, err := change.OpenJournal(s.record)
		if err != nil {
			return nil, err
		}
		back, err := change.Pending(p.Host, j.Dropped(plan))
		if err != nil {
			return nil, err
		}
		more, err := change.Pending(p.Host, s.pick(p.Host, plan))
		if err != nil {
			return nil, err
		}
		out = append(append(out, back...), more...)
	}
	return out, nil
}

// Patch makes the changes of a plan. When it fails, the game is as it was before.
func (p Patcher) Patch(game Installation, s Server, changes []change.Change) error {
	head := change.Header{Time: p.Now(), Host: s.Host, WebPort: s.WebPort, GameDir: game.Dir, Thumbprint: s.Thumbprint()}
	return p.apply(head, changes, false)
}

// allowed refuses a plan that the rules would not let be taken back.
func (p Patcher) allowed(cleaning bool, changes []change.Change) error {
	rules, err := newRules(p.Host, cleaning)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if !rules.allowed(change.Entry{Item: c.Item, After: c.Want}) {
			return fmt.Errorf("%s cannot be changed by this program", c.Item)
		}
	}
	return nil
}

// Unpatch takes everything back that Patch has done, also a Patch that was cut off.
func (p Patcher) Unpatch(force bool) (change.Undone, error) { return p.undo(force, false) }

// explain says what to do about the usual failures.
func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, change.ErrIncomplete):
		return fmt.Errorf("%w\nThe undo record is kept: remove the cause and run `mcos client unpatch`", err)
	case isDiskFull(err):
		return fmt.Errorf("the disk is full; make some room and try again: %w", err)
	case isLocked(err):
		return fmt.Errorf("another program holds the file; quit the game and what else may use it (a virus scanner may need a moment), then try again: %w", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("this needs administrator rights; start it from a window that was opened with \"Run as administrator\": %w", err)
	}
	return err
}
