package bolt

import "errors"

// Errors of Open and Restore, and of reading records. Callers test them with
// errors.Is.
var (
	// ErrLocked says that another program, or another Store of this one, has
	// the file open.
	ErrLocked = errors.New("storage: the file is in use by another program")
	// ErrCorrupt says that the file, or a record in it, is damaged.
	ErrCorrupt = errors.New("storage: damaged")
	// ErrForeign says that the file is not a store of this program.
	ErrForeign = errors.New("storage: not a store of this program")
	// ErrNewer says that the file, or a record in it, was written by a newer
	// version of this program.
	ErrNewer = errors.New("storage: written by a newer version of this program")
	// ErrBroken says that the disk failed in the middle of a commit so that
	// nobody can tell what is on it; the store refuses work until it is opened
	// anew.
	ErrBroken = errors.New("storage: the disk failed during a commit; restart to see what is on it")
)
