package client

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"mcos/installer/client/change"
	"mcos/installer/client/host"
	protocol "mcos/protocol/client"
	"mcos/protocol/plain"
)

// sharedRoots are the thumbprints of certificates that community installers put among
// the trusted roots. The private key is published, so anyone can pretend to be any
// site to a computer that trusts one (web-and-client section 7).
var sharedRoots = []string{"FF230DB6F36F18B85D5998D6647C3588812CA3F5"}

// aaiValues switch the game to another way of signing in that no server here uses
// (web-and-client section 6.2).
var aaiValues = []string{"AuthUse_NPS_AAI", "Auth_NPS_AAI_Hostname", "Auth_NPS_AAI_Port"}

// Leftover is something that another server or its installer has left.
type Leftover struct {
	// What says in plain words what it is and what harm it does.
	What string
	// Changes remove it; none when that must be done by hand.
	Changes []change.Change
	// Hand says what to do by hand, "" when Changes do it.
	Hand string
}

// Leftovers finds what other servers have left on a computer with these installations.
func Leftovers(h host.Host, games []Installation) ([]Leftover, error) {
	var out []Leftover
	for _, find := range []func(host.Host, []Installation) ([]Leftover, error){trustedRoots, hostsLines, redirected, otherLogin} {
		found, err := find(h, games)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

func trustedRoots(h host.Host, _ []Installation) ([]Leftover, error) {
	var out []Leftover
	for _, thumbprint := range sharedRoots {
		c := change.Change{Item: change.Item{Kind: change.Certificate, Name: thumbprint}, Why: "its private key is public"}
		now, err := c.Read(h)
		if err != nil {
			return nil, err
		}
		if !now.Present {
			continue
		}
		out = append(out, Leftover{
			What: "This computer trusts a certificate (" + thumbprint + ") that several servers share and whose private key is public: " +
				"anybody could pretend to be your bank. Only a server that still uses it needs it.",
			Changes: []change.Change{c},
		})
	}
	return out, nil
}

// gameNames are the names that the unchanged game looks for.
var gameNames = []string{"www.ea.com", "ea.com", "downloads.mco.ea.com", "mco.ea.com"}

// hostsLines finds lines of the hosts file that lead the game's names elsewhere.
func hostsLines(h host.Host, _ []Installation) ([]Leftover, error) {
	path := h.System().Hosts
	if path == "" {
		return nil, nil
	}
	content, err := h.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Leftover
	for line := range strings.Lines(string(content)) {
		line = strings.TrimRight(line, "\r\n")
		ours, others := hostsNames(line)
		if len(ours) == 0 {
			continue
		}
		l := Leftover{What: fmt.Sprintf("The file %s leads %s to another server, for every program on this computer: %s",
			path, strings.Join(ours, " and "), plain.Line(line, plain.Long))}
		// A file outside of Windows is that of the system around Wine.
		if len(others) > 0 || !host.Within(path, h.System().WindowsDir) || !utf8.ValidString(line) {
			l.Hand = "Edit the file as administrator and take " + strings.Join(ours, " and ") + " out of this line."
		} else {
			l.Changes = []change.Change{{
				Item: change.Item{Kind: change.HostsLine, Path: path, Name: line}, Why: "leads a name of the game to another server",
			}}
		}
		out = append(out, l)
	}
	return out, nil
}

// hostsNames sorts the names in a line of a hosts file.
func hostsNames(line string) (ours, others []string) {
	line, _, _ = strings.Cut(line, "#")
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return nil, nil
	}
	for _, name := range fields[1:] {
		if isGameName(name) {
			ours = append(ours, name)
		} else {
			others = append(others, name)
		}
	}
	return ours, others
}

func isGameName(name string) bool {
	for _, n := range gameNames {
		if strings.EqualFold(name, n) {
			return true
		}
	}
	return false
}

// redirected finds copies that Windows keeps for the player and that hide the real ones.
func redirected(h host.Host, games []Installation) ([]Leftover, error) {
	values, err := protocol.Values("localhost", httpPort) // the names are the same for every server
	if err != nil {
		return nil, err
	}
	p := &planner{h: h, keys: map[string]bool{}}
	for _, g := range games {
		p.virtual(g, values)
	}
	found, err := present(h, p.changes)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return []Leftover{{
		What: "Windows keeps redirected copies of the game's key or settings for you (VirtualStore). The game sees " +
			"these instead of the real ones and cannot log in elsewhere.",
		Changes: found,
	}}, nil
}

// otherLogin finds the settings of another way to sign in.
func otherLogin(h host.Host, _ []Installation) ([]Leftover, error) {
	var all []change.Change
	for _, view := range h.Views() {
		for _, name := range aaiValues {
			all = append(all, change.Change{
				Item: change.Item{Kind: change.RegValue, Hive: host.Machine, View: view, Path: `SOFTWARE\` + protocol.KeyNPS, Name: name},
				Why:  "another way of signing in",
			})
		}
	}
	found, err := present(h, all)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return []Leftover{{What: "The registry tells the game of another server's way of signing in, which is not used here.", Changes: found}}, nil
}

// present are those changes whose items are there, each item once: several games share
// most of them.
func present(h host.Host, all []change.Change) ([]change.Change, error) {
	var found []change.Change
	seen := map[change.Item]bool{}
	for _, c := range all {
		if seen[c.Item] {
			continue
		}
		seen[c.Item] = true
		now, err := c.Read(h)
		if err != nil {
			return nil, err
		}
		if now.Present {
			found = append(found, c)
		}
	}
	return found, nil
}

// CleanUp removes leftovers. When it fails, everything is as it was before. Its undo
// record is one of its own: patching and unpatching leave it alone.
func (p Patcher) CleanUp(changes []change.Change) error {
	return p.apply(change.Header{Time: p.Now()}, changes, true)
}

// UndoCleanUp puts back what CleanUp has removed.
func (p Patcher) UndoCleanUp(force bool) (change.Undone, error) { return p.undo(force, true) }
