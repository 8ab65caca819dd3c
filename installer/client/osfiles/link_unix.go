//go:build unix

package osfiles

import (
	"io/fs"
	"os"
	"syscall"
)

func ownLink(i fs.FileInfo) bool {
	st, ok := i.Sys().(*syscall.Stat_t)
	return ok && (st.Uid == 0 || int(st.Uid) == os.Geteuid())
}
