//go:build unix

package datadir

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// serviceUser is the user of the service in the Linux packages.
const serviceUser = "mcos"

// OfService refuses with ErrForeign a file that neither root nor the service of this
// computer has made: it and its folder must belong to one of them, must be no links,
// and nobody else may write to them.
func OfService(path string) error {
	allowed := []int{0, os.Geteuid()}
	if u, err := user.Lookup(serviceUser); err == nil {
		if id, err := strconv.Atoi(u.Uid); err == nil {
			allowed = append(allowed, id)
		}
	}
	for _, p := range []string{filepath.Dir(path), path} {
		info, err := os.Lstat(p)
		if err != nil {
			return err
		}
		if err := ofOne(info, allowed); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	return nil
}

func ofOne(info fs.FileInfo, allowed []int) error {
	owner, _ := ownerOf(info)
	for _, id := range allowed {
		if owner.uid == id && info.Mode()&fs.ModeSymlink == 0 && info.Mode().Perm()&0o022 == 0 {
			return nil
		}
	}
	return ErrForeign
}

// Believable returns nil: the folders in which a data folder is looked for here are the
// user's own or root's, and the members of a service's group may read its folder.
func (Dir) Believable() error { return nil }

// own refuses a data folder that another user has made, or into which every user may
// write: keys, configuration and store would be theirs to choose. Root may work in
// the folder of a service.
func own(root string) error {
	info, err := os.Stat(root)
	if err != nil {
		return err
	}
	owner, _ := ownerOf(info)
	switch me := os.Geteuid(); {
	case me != 0 && owner.uid != me && owner.uid != 0:
		return fmt.Errorf("data folder %s: it belongs to user %d and %w; run as that user, or choose another folder with --data-dir", root, owner.uid, ErrForeign)
	case info.Mode().Perm()&0o002 != 0:
		return fmt.Errorf("data folder %s: every user of this computer may write there: chmod o-w %q, once you know that what lies in it is yours", root, root)
	}
	return nil
}
