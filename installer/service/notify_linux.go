package service

import (
	"net"
	"os"
	"strings"
)

// notify tells systemd how the service is, in the lines of sd_notify(3). It does
// nothing when systemd does not listen: a server that runs must not fail because
// nobody wants to know.
func notify(lines ...string) {
	address := os.Getenv("NOTIFY_SOCKET")
	if address == "" {
		return
	}
	if abstract, ok := strings.CutPrefix(address, "@"); ok {
		address = "\x00" + abstract
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = conn.Write([]byte(strings.Join(lines, "\n")))
}
