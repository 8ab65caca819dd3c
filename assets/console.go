package assets

import (
	"embed"
	"io/fs"
)

//go:embed console/*.html console/shared/*.html console/static/*
var consolePages embed.FS

// ConsolePages returns the operator's pages: templates (html/template), the parts
// that they share under shared/, and the files for browsers under static/.
func ConsolePages() fs.FS {
	sub, err := fs.Sub(consolePages, "console")
	if err != nil {
		panic(err) // only for a malformed name
	}
	return sub
}
