//go:build unix

package app

import (
	"math"

	"golang.org/x/sys/unix"
)

// openFiles is how many files and sockets the system lets this program have open, 0 for
// any number. The Go runtime has raised it as far as it may.
func openFiles() int {
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &r) != nil {
		return 0
	}
	return int(min(r.Cur, math.MaxInt32))
}
