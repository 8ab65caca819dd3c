package bot

import (
	"fmt"
	"net"
	"strings"
)

// ParseReady reads the line that the server prints when it listens:
//
//	ready http=127.0.0.1:8080 https=127.0.0.1:8443 login=… mail=… persona=… lobby=… rooms=127.0.0.1:9000-9020+10001 mcots=…
//
// The rooms may also be a list with commas, in documented order. Names that it does not know are skipped. An address that
// stands for all addresses of the server, such as 0.0.0.0, is taken as 127.0.0.1. Errors wrap ErrTarget.
func ParseReady(line string) (Target, error) {
	fields := strings.Fields(line)
	if len(fields) == 0 || fields[0] != "ready" {
		return Target{}, fmt.Errorf("%w: the line does not begin with \"ready\"", ErrTarget)
	}
	t := Target{Ports: Ports{}}
	seen := map[string]bool{}
	for _, field := range fields[1:] {
		name, address, ok := strings.Cut(field, "=")
		if !ok {
			return Target{}, fmt.Errorf("%w: %q is not of the form name=address", ErrTarget, field)
		}
		if _, known := singlePorts[name]; !known && name != "rooms" {
			continue
		}
		if seen[name] {
			return Target{}, fmt.Errorf("%w: %q is named twice", ErrTarget, name)
		}
		seen[name] = true
		colon := strings.LastIndexByte(address, ':')
		if colon < 0 {
			return Target{}, fmt.Errorf("%w: %s=%q has no port", ErrTarget, name, address)
		}
		if err := t.Ports.set(name, address[colon+1:]); err != nil {
			return Target{}, err
		}
		if name == "http" {
			t.Host = readyHost(address[:colon])
		}
	}
	for _, name := range []string{"http", "https"} {
		if !seen[name] {
			return Target{}, fmt.Errorf("%w: the ready line does not name %s", ErrTarget, name)
		}
	}
	return t, nil
}

// readyHost makes the host of a listening address one that can be connected to.
func readyHost(host string) string {
	host = strings.Trim(host, "[]")
	if host == "" || host == "*" {
		return "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		return "127.0.0.1"
	}
	return host
}
