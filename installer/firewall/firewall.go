// Package firewall opens the ports of the game server in the firewall of Windows,
// for networks that Windows calls private, and closes them again. Other systems
// have no firewall of their own that everybody uses; there it answers
// ErrUnsupported.
package firewall

import (
	"context"
	"errors"
	"fmt"
)

// ErrUnsupported means that this system has no firewall that we know.
var ErrUnsupported = errors.New("this system has no firewall that mcos knows")

// Rule is one opening.
type Rule struct {
	// Name is what the firewall shows; it also identifies the rule.
	Name string
	// Program is the absolute path of the program that may receive.
	Program string
	// Protocol is TCP or UDP.
	Protocol string
	// Ports are numbers and ranges, "80,9000-9020".
	Ports string
}

// Rules are the openings of a server.
//
// The numbers are those of a server with the default configuration
// ("web-and-client 10"); UDP 5353 answers who looks for servers on the local
// network.
func Rules(program string) []Rule {
	return []Rule{
		{Name: "MCOS game ports", Program: program, Protocol: "TCP", Ports: "80,443,7003,8080,8226-8228,8443,9000-9020,10001,43300"},
		{Name: "MCOS discovery", Program: program, Protocol: "UDP", Ports: "5353"},
	}
}

// Firewall opens and closes ports.
type Firewall struct {
	// Run runs a program; the real one is in New.
	Run func(ctx context.Context, name string, args ...string) error
}

// Open adds the rules in place of older ones with the same names.
func (f Firewall) Open(ctx context.Context, rules []Rule) error {
	for _, r := range rules {
		// There may be none, so its failure says nothing.
		_ = f.remove(ctx, r)
		err := f.Run(ctx, "netsh", "advfirewall", "firewall", "add", "rule",
			"name="+r.Name, "dir=in", "action=allow", "profile=private",
			"program="+r.Program, "protocol="+r.Protocol, "localport="+r.Ports)
		if err != nil {
			return fmt.Errorf("the firewall rule %q could not be added: %w", r.Name, err)
		}
	}
	return nil
}

// OnPublic is the opening of all ports of a program on public networks. Nothing of ours
// makes it: it is for people who cannot have a network called private, and Close
// removes it with the others.
func OnPublic(program string) Rule {
	return Rule{Name: "MCOS on public networks", Program: program, Protocol: "TCP"}
}

// Command is what an administrator types to add the rule.
func (r Rule) Command() string {
	return fmt.Sprintf(`netsh advfirewall firewall add rule name="%s" dir=in action=allow profile=public protocol=%s program="%s"`, r.Name, r.Protocol, r.Program)
}

// Close removes the rules of a program; missing ones are no error.
func (f Firewall) Close(ctx context.Context, program string) {
	for _, r := range append(Rules(program), OnPublic(program)) {
		_ = f.remove(ctx, r)
	}
}

// Has tells whether the firewall has all of the rules, by their names.
func (f Firewall) Has(ctx context.Context, rules []Rule) bool {
	for _, r := range rules {
		if f.Run(ctx, "netsh", "advfirewall", "firewall", "show", "rule", "name="+r.Name) != nil {
			return false
		}
	}
	return true
}

func (f Firewall) remove(ctx context.Context, r Rule) error {
	return f.Run(ctx, "netsh", "advfirewall", "firewall", "delete", "rule", "name="+r.Name, "program="+r.Program)
}
