// Package machine finds the computers, in the sense of package host, that this
// program can patch: Windows itself, or the Wine prefixes on Linux.
package machine

import (
	"mcos/installer/client/host"
)

// Target is a computer that may hold the game.
type Target struct {
	Host host.Host
	// Record is where the undo record of this computer lies.
	Record string
	// UserRecord is the one for what is the player's own; "" where there is no
	// difference.
	UserRecord string
	// GamePath turns a folder that the user named into a Windows path.
	GamePath func(dir string) (string, error)
}

const recordName = "undo.jsonl"
