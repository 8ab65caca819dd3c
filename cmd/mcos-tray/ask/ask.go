// Package ask puts questions to the player in a window of the desktop: Windows' own
// dialogs, or those of zenity or kdialog on Linux.
package ask

import "errors"

// What can come instead of an answer.
var (
	// ErrCancelled says that the player closed the window without an answer.
	ErrCancelled = errors.New("no answer was given")
	// ErrNoDialogs says that this desktop has nothing that could ask.
	ErrNoDialogs = errors.New("this desktop has no program that shows questions; install zenity or kdialog")
)

// Title stands over every window.
const Title = "MCOS"

// Desktop asks on the desktop of this user. The zero value is ready to use. Every
// method waits for the player; where the window belongs to another program it is
// closed when the context ends.
type Desktop struct{}
