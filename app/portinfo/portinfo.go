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

// Reserved tells whether Windows keeps the port for itself or for one of its own
// services, such as its web server.
func Reserved(err error) bool { return errors.Is(err, wsaAccess) }

// NotOurs tells whether an error of listening means that this machine does not
// have the address.
func NotOurs(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, wsaAddrNotAvail)
}
