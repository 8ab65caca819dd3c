package announce

import (
	"net"
	"net/netip"
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
		list = append(list, describe(i, addrs))
	}
	return list, nil
}

// describe sorts the addresses of an interface.
func describe(i net.Interface, addrs []net.Addr) Interface {
	d := Interface{Net: i}
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(n.IP)
		if !ok {
			continue
		}
		ip = ip.Unmap()
		bits, _ := n.Mask.Size()
		d.Nets = append(d.Nets, netip.PrefixFrom(ip, bits).Masked())
		if ip.Is4() {
			d.Addrs = append(d.Addrs, ip)
		}
	}
	return d
}
