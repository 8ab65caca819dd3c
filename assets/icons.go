package assets

import (
	"embed"
	"io/fs"
)

//go:embed icons/*.png icons/*.ico
var icons embed.FS

// Icons returns the icons: app, stopped, starting, running and error, each as a
// .png and a .ico file. packaging/icons draws them.
func Icons() fs.FS {
	sub, err := fs.Sub(icons, "icons")
	if err != nil {
		panic(err) // only for a malformed name
	}
	return sub
}
