package admin

import (
	"errors"
	"runtime"
	"syscall"

	"mcos/storage/bolt"
)

// Damaged tells whether an error means that a file is no store that can be used.
func Damaged(err error) bool {
	return errors.Is(err, bolt.ErrCorrupt) || errors.Is(err, bolt.ErrForeign)
}

// What Windows says when a disk is full.
const (
	winHandleDiskFull = syscall.Errno(39)
	winDiskFull       = syscall.Errno(112)
)

// diskFull tells whether an error means that there is no room.
func diskFull(err error) bool {
	var code syscall.Errno
	if !errors.As(err, &code) {
		return false
	}
	if runtime.GOOS == "windows" {
		return code == winDiskFull || code == winHandleDiskFull
	}
	return code == syscall.ENOSPC || code == syscall.EDQUOT
}

// Advice says in one sentence what the operator can do about an error, or returns
// "" when the error says enough.
func Advice(err error) string {
	switch {
	case Damaged(err):
		return "Keep a copy of mcos.db, then go back to a good backup with: mcos restore FILE"
	case errors.Is(err, bolt.ErrNewer):
		return "Use the version of MCOS that wrote it, or a backup from before, with: mcos restore FILE"
	case diskFull(err):
		return "The disk is full: make room and try again. What was stored before is still there."
	}
	return ""
}
