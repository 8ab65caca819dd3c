package client

import (
	_ "embed" // for the list
	"strings"
)

//go:embed written.txt
var writtenText string

// The kinds of lines of written.txt.
const (
	aValue    = "value"    // of the registry, KEY|NAME
	aLeftover = "leftover" // the same, by the removal of leftovers alone
	aFile     = "file"     // in a game's folder, by the end of its path
	aSetting  = "setting"  // FILE|NAME, in a game's folder
	aMove     = "moved"    // FOLDER|ENDING of its name aside, in a game's folder
	aFeature  = "feature"  // of Windows
	aRoot     = "root"     // a shared certificate, by the removal of leftovers alone
)

// written is what any version of this program has changed, by kind; all in lower case.
// The plan of this version may be another, but a record of an older one must be
// followed as well.
func written() map[string][]string {
	all := map[string][]string{}
	for line := range strings.Lines(writtenText) {
		kind, what, ok := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		if ok && kind != "#" {
			all[kind] = append(all[kind], what)
		}
	}
	return all
}
