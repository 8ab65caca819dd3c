package netaddr

import (
	"bufio"
	"encoding/binary"
	"io"
	"strconv"
	"strings"
)

// The rows of Windows' MIB_IPFORWARDTABLE: 14 numbers of 32 bits, behind a number
// that counts them. Addresses are in network order; 0 is the same in any.
const (
	forwardRow    = 56
	forwardDest   = 0
	forwardMask   = 4
	forwardIndex  = 16
	forwardType   = 20
	forwardMetric = 36 // of route and interface together

	// indirect is the type of a route through a router.
	indirect = 4
)

// parseForwardTable picks the ways out from a MIB_IPFORWARDTABLE.
func parseForwardTable(table []byte) []route {
	if len(table) < 4 {
		return nil
	}
	count, rows := binary.LittleEndian.Uint32(table), table[4:]
	var list []route
	for ; count > 0 && len(rows) >= forwardRow; count, rows = count-1, rows[forwardRow:] {
		number := func(at int) uint32 { return binary.LittleEndian.Uint32(rows[at:]) }
		if number(forwardDest) != 0 || number(forwardMask) != 0 {
			continue
		}
		list = append(list, route{
			index: int(number(forwardIndex)), gateway: number(forwardType) == indirect, metric: uint64(number(forwardMetric)),
		})
	}
	return list
}

// Flags of a route (linux/route.h).
const (
	rtfUp      = 0x1
	rtfGateway = 0x2
	rtfReject  = 0x200
)

// parseRoutes reads the form of /proc/net/route: one route a line, numbers in hex.
func parseRoutes(r io.Reader) []route {
	var list []route
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 8 || f[1] != "00000000" || f[7] != "00000000" {
			continue
		}
		flags, err := strconv.ParseUint(f[3], 16, 32)
		if err != nil || flags&rtfUp == 0 || flags&rtfReject != 0 {
			continue
		}
		metric, _ := strconv.ParseUint(f[6], 10, 32)
		list = append(list, route{name: f[0], gateway: flags&rtfGateway != 0, metric: metric})
	}
	return list
}
