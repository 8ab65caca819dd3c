package netaddr

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

var getIPForwardTable = windows.NewLazySystemDLL("iphlpapi.dll").NewProc("GetIpForwardTable")

// defaultRoutes reads the ways out from Windows' table of IPv4 routes.
func defaultRoutes() []route {
	size := uint32(16 << 10)
	for range 4 { // the table may grow between two calls
		table := make([]byte, size)
		rc, _, _ := getIPForwardTable.Call(uintptr(unsafe.Pointer(&table[0])), uintptr(unsafe.Pointer(&size)), 0)
		switch windows.Errno(rc) {
		case windows.ERROR_SUCCESS:
			return parseForwardTable(table)
		case windows.ERROR_INSUFFICIENT_BUFFER:
			continue
		}
		return nil
	}
	return nil
}
