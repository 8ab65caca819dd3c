// Package portinfo tells about TCP ports of this machine what the net package
// does not: who holds a port, and how a program gets the right to bind a low one.
package portinfo

import (
	"errors"
	"syscall"
)

// Errors of Windows' sockets; package syscall has other values under the usual
// names there, which nothing returns.
const (
	wsaAccess       = syscall.Errno(10013)
	wsaAddrInUse    = syscall.Errno(10048)
	wsaAddrNotAvail = syscall.Errno(10049)
)

// Taken tells whether an error of listening means that another program has the
// port, Windows itself included.
func Taken(err error) bool {
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, wsaAddrInUse) || Reserved(err)
}

// Reserved tells whether Windows keeps the port from every program, because it has
// reserved a range with the port in it or because one of its own services has it.
func Reserved(err error) bool { return errors.Is(err, wsaAccess) }

// What Reserved means, and what to do about it, in sentences.
const (
	WhoReserves = "Hyper-V, WSL2, Docker Desktop and the like have Windows reserve ranges of ports, other ones after each start; ports 80 and 443 may belong to its web server (IIS)."
	HowToFree   = "In a command prompt of an administrator, \"netsh interface ipv4 show excludedportrange protocol=tcp\" lists the reserved ranges. \"net stop winnat\" frees most of them: start the server then, and after it \"net start winnat\". For good: \"netsh interface ipv4 set dynamicport tcp start=49152 num=16384\", then restart the computer."
)

// BuiltIn tells whether the game has the port of a service built in, so that no other
// will do: "https", "mail", "persona" or "mcots".
func BuiltIn(service string) bool {
	switch service {
	case "https", "mail", "persona", "mcots":
		return true
	}
	return false
}

// NotOurs tells whether an error of listening means that this machine does not
// have the address.
func NotOurs(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, wsaAddrNotAvail)
}
