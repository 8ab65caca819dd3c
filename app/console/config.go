package console

import (
	"errors"
	"fmt"
	"net"
	"strconv"
)

// Config is the `console` section of the configuration.
type Config struct {
	Hosts []string `yaml:"hosts" help:"Names, besides those of loopback, under which the local interface may be asked, for example behind a proxy of your own; NAME or NAME:PORT." max:"255"`
}

// Default is the configuration that a server starts with.
func Default() Config { return Config{} }

// Check returns an error for every name that cannot be one.
func (c Config) Check() error {
	var errs []error
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
