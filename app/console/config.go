package console

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// Config is the `console` section of the configuration.
type Config struct {
	Listen string   `yaml:"listen" help:"Address under which other computers reach the console as well, such as 192.168.1.5, or 0.0.0.0 for all; empty keeps it on this computer. Set a password (mcos console passwd) before you do this. It travels unencrypted: on a network that you do not trust, use a proxy with HTTPS of your own instead."`
	Hosts  []string `yaml:"hosts" help:"Names, besides those of loopback, under which the local interface may be asked, for example behind a proxy of your own; NAME or NAME:PORT." max:"255"`
}

// Beyond tells whether other computers reach the console, and whether one listener
// takes their requests and those of this computer.
func (c Config) Beyond() (beyond, all bool) {
	addr, err := netip.ParseAddr(c.Listen)
	if err != nil || addr.IsLoopback() {
		return false, false
	}
	return true, addr.IsUnspecified()
}

// Default is the configuration that a server starts with.
func Default() Config { return Config{} }

// Check returns an error for every name that cannot be one.
func (c Config) Check() error {
	var errs []error
	if _, err := netip.ParseAddr(c.Listen); c.Listen != "" && err != nil {
		errs = append(errs, fmt.Errorf("listen: %q is not an address, such as 192.168.1.5", c.Listen))
	}
	for _, name := range c.Hosts {
		if !validHost(name) {
			errs = append(errs, fmt.Errorf("hosts: %q is not a host name", name))
		}
	}
	return errors.Join(errs...)
}

// validHost accepts NAME, ADDRESS, and either with :PORT.
func validHost(text string) bool {
	host := text
	if h, port, err := net.SplitHostPort(text); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return false
		}
		host = h
	}
	return host != "" && (net.ParseIP(host) != nil || plainName(host))
}

func plainName(s string) bool {
	for _, r := range s {
		ok := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '.'
		if !ok {
			return false
		}
	}
	return true
}
