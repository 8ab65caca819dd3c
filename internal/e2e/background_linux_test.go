package e2e

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// background lets the calling goroutine, which has a thread of its own from now on,
// run only when nobody else wants the processor.
func background() {
	runtime.LockOSThread()
	_ = unix.Setpriority(unix.PRIO_PROCESS, 0, 19) // of this thread
}
