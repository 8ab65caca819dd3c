package assets

import (
	"embed"
	"io/fs"
)

//go:embed web/*.html
var webPages embed.FS

// WebPages returns the templates (html/template) of the web server's pages.
func WebPages() fs.FS {
	sub, err := fs.Sub(webPages, "web")
	if err != nil {
		panic(err) // only for a malformed name
	}
	return sub
}
