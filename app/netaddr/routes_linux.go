package netaddr

import "os"

// defaultRoutes reads the ways out from the main table; a VPN that takes all traffic
// usually has a table of its own, so that it is not among them.
func defaultRoutes() []route {
	// Not /proc/net: a thread may be in another network namespace than its process.
	f, err := os.Open("/proc/thread-self/net/route")
	if err != nil {
		return nil
	}
	defer f.Close()
	return parseRoutes(f)
}
