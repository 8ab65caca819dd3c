//go:build unix

package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// identity is who a file belongs to.
type identity struct{ uid, gid int }

func ownerOf(info fs.FileInfo) (who identity, links uint64) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{-1, -1}, 0
	}
	return identity{int(st.Uid), int(st.Gid)}, uint64(st.Nlink) //nolint:unconvert // its width differs between systems
}

// isRoot tells whether this process may give files away.
func isRoot() bool { return os.Geteuid() == 0 }

// HandBack gives what root has made in somebody else's data folder to that folder's
// owner: a service that cannot read its own store does not start. Called by anybody
// but root, or on root's own folder, it does nothing. A file that has another name as
// well, maybe outside of the folder, stays as it is and is named by the error.
func (d Dir) HandBack() error {
	if !isRoot() {
		return nil
	}
	// Whose the folder is, is asked of the folder that is open: the one above it may be
	// somebody else's, who can put a link in its place at any moment. Through a Root no
	// link in it leads out of it either.
	root, err := os.OpenRoot(d.root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	info, err := root.Stat(".")
	if err != nil {
		return err
	}
	owner, _ := ownerOf(info)
	if owner.uid <= 0 {
		return nil
	}
	return fs.WalkDir(root.FS(), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return ignoreGone(err)
		}
		if !e.IsDir() && !e.Type().IsRegular() {
			return nil
		}
		return handBack(root, path, owner)
	})
}

// handBack gives one file away. It looks at the open file, which nobody can exchange.
func handBack(root *os.Root, path string, owner identity) error {
	f, err := root.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) {
		return nil
	}
	if err != nil {
		return ignoreGone(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	has, links := ownerOf(info)
	switch {
	case has.uid != 0 || !info.IsDir() && !info.Mode().IsRegular():
		return nil
	case links > 1 && !info.IsDir():
		return fmt.Errorf("%s belongs to root and has several names; give it to the folder's owner yourself if it is the server's", filepath.Join(root.Name(), path))
	}
	return f.Chown(owner.uid, owner.gid)
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// inherit gives a folder that root has just made to the owner of the folder it is
// in: root may be an operator with sudo, whose server runs without it.
func inherit(made []string) error {
	if !isRoot() || len(made) == 0 {
		return nil
	}
	info, err := os.Stat(filepath.Dir(made[0]))
	if err != nil {
		return err
	}
	owner, _ := ownerOf(info)
	if owner.uid <= 0 || info.Mode()&fs.ModeSticky != 0 { // a folder for everybody
		return nil
	}
	for _, dir := range made {
		if err := os.Lchown(dir, owner.uid, owner.gid); err != nil {
			return err
		}
	}
	return nil
}

// Odd lists what stands in the data folder and makes trouble sooner or later: files
// that belong to somebody else than the folder, and secrets that others can read.
// Each is a sentence that names the path and what to do. A folder that is not there
// has nothing odd.
func (d Dir) Odd() ([]string, error) {
	info, err := os.Stat(d.root)
	if err != nil {
		return nil, ignoreGone(err)
	}
	owner, _ := ownerOf(info)
	secret := map[string]bool{d.Store(): true, d.ConsolePassword(): true, d.ConsoleToken(): true, d.Keys(): true, d.Sessions(): true, d.Backups(): true}
	var odd []string
	err = filepath.WalkDir(d.root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrPermission) {
				odd = append(odd, path+" cannot be read by this user")
				return nil
			}
			return ignoreGone(err)
		}
		info, err := e.Info()
		if err != nil {
			return ignoreGone(err)
		}
		if e.Type()&fs.ModeSymlink != 0 {
			return nil // whose a link is does not matter, and what it leads to may be anybody's
		}
		if has, _ := ownerOf(info); has.uid != owner.uid {
			odd = append(odd, fmt.Sprintf("%s belongs to user %d and not, like the folder, to user %d: chown -h %d:%d %s", path, has.uid, owner.uid, owner.uid, owner.gid, word(path)))
		}
		if secret[path] && info.Mode().Perm()&0o007 != 0 {
			odd = append(odd, fmt.Sprintf("%s holds secrets and every user of this computer may open it: chmod o-rwx %s", path, word(path)))
		}
		return nil
	})
	return odd, err
}

// word is a path as one word of a command line.
func word(path string) string { return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'" }
