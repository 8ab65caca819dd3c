package record

import (
	"io"

	"mcos/protocol/dissect"
)

// Dissector writes the Wireshark dissector for all messages, a Lua script; version
// names this program.
func Dissector(w io.Writer, version string) error { return dissect.Lua(w, version) }
