package client

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// The errors of a server address.
var (
	// ErrHost says that a text is neither a plain ASCII host name nor an IPv4 address.
	ErrHost = errors.New("client: bad host")
	// ErrPort says that a number is no TCP port.
	ErrPort = errors.New("client: bad port")
)

// Limits of host names in bytes (RFC 1035).
const (
	maxHost  = 253
	maxLabel = 63
)

// CheckHost refuses with ErrHost what an old game cannot be told as its server: anything but an IPv4 address in four decimal
// numbers, or a host name of parts made of ASCII letters, digits and inner hyphens. So IPv6 addresses, ports, URLs and names
// with other letters (write them in their xn-- form) are refused, as are names whose last part is a number, which old resolvers
// take for odd forms of addresses.
func CheckHost(host string) error {
	if host == "" || len(host) > maxHost {
		return fmt.Errorf("%w: %d characters, want 1 to %d", ErrHost, len(host), maxHost)
	}
	if address, err := netip.ParseAddr(host); err == nil && address.Is4() {
		return nil
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if !plainLabel(label) {
			return fmt.Errorf("%w: %q: the part %q is not made of ASCII letters, digits and inner hyphens (at most %d)",
				ErrHost, host, label, maxLabel)
		}
	}
	if strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return fmt.Errorf("%w: %q ends in a number but is no IPv4 address", ErrHost, host)
	}
	return nil
}

func plainLabel(label string) bool {
	if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for _, c := range []byte(label) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && c != '-' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// checkPort refuses what is no TCP port.
func checkPort(port int) error {
	if port < 1 || port > 65535 {
		return fmt.Errorf("%w: %d, want 1 to 65535", ErrPort, port)
	}
	return nil
}
