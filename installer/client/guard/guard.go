// Package guard keeps the undo record out of the hands of those who could misuse it:
// whoever undoes a change follows that record with the rights of an administrator, so
// it must have been written by one. Everybody may read it.
//
// On Unix the one who undoes is the player; there the record must belong to him.
package guard

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// ErrUntrusted says that somebody without the needed rights could have written a file.
var ErrUntrusted = errors.New("could have been written by anybody")

// Check refuses with ErrUntrusted a file, or the folder that holds it, which others
// than administrators (on Unix: than this user) may change, and links. What is not
// there is fine.
func Check(path string) error {
	for _, p := range []string{filepath.Dir(path), path} {
		if err := check(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	return nil
}

// Folder refuses with ErrUntrusted a folder that others than administrators and also,
// security identifiers of Windows, may change, and a link. On Unix also is not looked
// at. A folder that is not there is fine.
func Folder(path string, also ...string) error {
	if err := check(path, also...); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func untrusted(format string, args ...any) error {
	return fmt.Errorf("it %w: %s. If nothing is patched, delete it and try again", ErrUntrusted, fmt.Sprintf(format, args...))
}
