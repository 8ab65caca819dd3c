//go:build unix

package doctor

import "golang.org/x/sys/unix"

// diskFree tells how many bytes a user without privileges may still write.
func diskFree(path string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil //nolint:unconvert // the types differ between systems
}
