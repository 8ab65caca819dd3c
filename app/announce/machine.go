package announce

import (
	"io"
	"log"
	"net"
	"net/netip"

	"github.com/hashicorp/mdns"
)

// machine lists the interfaces of this machine that lead to a network with other
// computers and can carry multicast.
func machine() ([]Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var list []Interface
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagMulticast == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue // it has just gone
		}
		list = append(list, Interface{Net: i, Addrs: ipv4(addrs)})
	}
	return list, nil
}

func ipv4(addrs []net.Addr) []netip.Addr {
	var list []netip.Addr
	for _, a := range addrs {
		if p, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(p.IP); ok && ip.Unmap().Is4() {
				list = append(list, ip.Unmap())
			}
		}
	}
	return list
}

// respond opens a real responder. What it has to say about other machines' odd
// packets is of no use to an operator.
func respond(i Interface, z *Zone) (io.Closer, error) {
	s, err := mdns.NewServer(&mdns.Config{Zone: z, Iface: &i.Net, Logger: log.New(io.Discard, "", 0)})
	if err != nil {
		return nil, err
	}
	return closer{s}, nil
}

type closer struct{ *mdns.Server }

// Close implements io.Closer.
func (c closer) Close() error { return c.Shutdown() }
