package assets

import (
	"embed"
	"io/fs"
)

//go:embed console/*.html
var consolePages embed.FS

// ConsolePages returns the templates (html/template) of the operator's pages.
func ConsolePages() fs.FS {
	sub, err := fs.Sub(consolePages, "console")
	if err != nil {
		panic(err) // only for a malformed name
	}
	return sub
}
