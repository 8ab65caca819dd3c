package doctor

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// firewall gives hints about the firewall of this machine. What a firewall in
// between does cannot be seen from here.
func (e *examination) firewall(ctx context.Context) {
	const what = "Firewall"
	switch e.World.OS {
	case "windows":
		e.windows(ctx, what)
	case "linux":
		if !e.ufw(ctx, what) && !e.firewalld(ctx, what) && !e.nft(ctx, what) {
			e.add(OK, what, "No active firewall was found on this machine.", "")
		}
	default:
		e.add(OK, what, "If this machine has a firewall, it must let these ports in: "+strings.Join(e.open(), ", ")+".", "")
	}
}

// networkSettings is the page of Windows' settings that leads to "Private network".
const networkSettings = "ms-settings:network-status"

// windows looks at what the installed server has opened, and where that does not count:
// a new network is public until somebody says otherwise.
func (e *examination) windows(ctx context.Context, what string) {
	var wall Wall
	if e.Wall != nil {
		wall, _ = e.Wall(ctx) // what cannot be seen is left out
	}
	for _, name := range wall.Public {
		e.add(Warn, what, fmt.Sprintf("Windows calls the network %q public. The game's ports are open on private networks only, so players on that network cannot connect.", name),
			"At home, where you trust the other devices: click \"Let players in\" in the menu of the tray, or choose \"Private network\" in Windows' settings for it"+asCommand(name)+
				". Then other devices there can see this PC, and reach what else you allow on private networks. Leave it public in a hotel, a café or a hall of residence.")
		e.findings[len(e.findings)-1].Settings = networkSettings
	}
	switch {
	case len(wall.Public) > 0:
	case wall.Rules:
		e.add(OK, what, "Windows lets players in on private networks, and no network that this computer is connected to is public.", "")
	default:
		e.add(OK, what, "Windows asks once whether the server may accept connections; if that was refused, players elsewhere cannot connect.",
			`Allow it in "Windows Defender Firewall", or as administrator: netsh advfirewall firewall add rule name=MCOS dir=in action=allow protocol=TCP profile=private localport=`+strings.Join(e.open(), ","))
	}
}

// asCommand is the way to change a network on the command line. A stranger may have
// chosen the name of a wireless network: one that a shell could read as more than a
// name gets no command that people would copy.
func asCommand(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != ' ' && r != '-' && r != '_' && r != '.'
	}) {
		return ""
	}
	return `, or as administrator: mcos network private -- "` + name + `"`
}

// open lists the ports that players must reach, runs as FROM-TO.
func (e *examination) open() []string {
	var list []int
	for _, p := range e.Ports {
		number := p.Number
		if e.Live {
			number = p.Bound
		}
		if p.Name != consolePort && number != 0 {
			list = append(list, number)
		}
	}
	slices.Sort(list)
	return strings.Split(numbers(slices.Compact(list)), ", ")
}

// httpsPort is the port that the hints look for: who lets it in has thought of
// the others too.
func (e *examination) httpsPort() string {
	for _, p := range e.Ports {
		if p.Name == "https" {
			if e.Live {
				return strconv.Itoa(p.Bound)
			}
			return strconv.Itoa(p.Number)
		}
	}
	return "443"
}

// ufw, firewalld and nft each report whether their firewall is on, and add a
// finding then.
func (e *examination) ufw(ctx context.Context, what string) bool {
	next := "If players elsewhere cannot connect: sudo ufw allow proto tcp to any port " + strings.ReplaceAll(strings.Join(e.open(), ","), "-", ":")
	out, err := e.World.Run(ctx, "ufw", "status")
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return false
	case err != nil:
		e.add(OK, what, "ufw is installed here; whether it is on, only root may ask.", next)
		return true
	case !strings.Contains(out, "Status: active"):
		return false
	}
	e.hint(what, "ufw", mentions(out, e.httpsPort()), next)
	return true
}

func (e *examination) firewalld(ctx context.Context, what string) bool {
	state, err := e.World.Run(ctx, "firewall-cmd", "--state")
	if err != nil || strings.TrimSpace(state) != "running" {
		return false
	}
	out, err := e.World.Run(ctx, "firewall-cmd", "--list-all")
	ports := strings.Join(e.open(), "/tcp --add-port=")
	e.hint(what, "firewalld", err == nil && (mentions(out, e.httpsPort()) || e.httpsPort() == "443" && mentions(out, "https")),
		"If players elsewhere cannot connect: sudo firewall-cmd --permanent --add-port="+ports+"/tcp && sudo firewall-cmd --reload")
	return true
}

func (e *examination) nft(ctx context.Context, what string) bool {
	out, err := e.World.Run(ctx, "nft", "list", "ruleset")
	if err != nil || !strings.Contains(out, "hook input") || !strings.Contains(out, "policy drop") && !strings.Contains(out, "reject") {
		return false
	}
	e.hint(what, "nftables", mentions(out, e.httpsPort()) || e.httpsPort() == "443" && mentions(out, "https"),
		"If players elsewhere cannot connect, let these TCP ports in: "+strings.Join(e.open(), ", "))
	return true
}

func (e *examination) hint(what, name string, open bool, next string) {
	if open {
		e.add(OK, what, fmt.Sprintf("%s is on and lets port %s in.", name, e.httpsPort()), "")
		return
	}
	e.add(Warn, what, fmt.Sprintf("%s is on, and none of its rules names port %s.", name, e.httpsPort()), next)
}

// mentions reports whether a listing has a word, not merely as part of a number.
func mentions(listing, word string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(listing, func(r rune) bool {
		return !('0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z')
	}), func(w string) bool { return w == word })
}
