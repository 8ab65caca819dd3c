//go:build !linux && !windows

package netaddr

import (
	"net"
	"slices"
)

// defaultRoutes asks the operating system under which address it would talk to
// somebody far away; nothing is sent.
func defaultRoutes() []route {
	conn, err := net.Dial("udp4", "198.51.100.1:9")
	if err != nil {
		return nil
	}
	defer conn.Close()
	from := conn.LocalAddr().(*net.UDPAddr).IP
	all, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for _, i := range all {
		addrs, _ := i.Addrs()
		own := slices.ContainsFunc(addrs, func(a net.Addr) bool {
			n, ok := a.(*net.IPNet)
			return ok && n.IP.Equal(from)
		})
		if own {
			return []route{{index: i.Index, gateway: true}}
		}
	}
	return nil
}
