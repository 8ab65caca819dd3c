package pages

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"sync"
	"time"

	"mcos/assets"
)

// staticTypes are the files that browsers may ask for, with their types.
var staticTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".png": "image/png",
}

// staticFiles reads the embedded files once.
var staticFiles = sync.OnceValue(func() map[string][]byte {
	files := map[string][]byte{}
	add := func(from fs.FS, name, as string) {
		content, err := fs.ReadFile(from, name)
		if err != nil {
			panic(err) // an embedded file that is not there
		}
		files[as] = content
	}
	own := assets.ConsolePages()
	names, err := fs.Glob(own, "static/*")
	if err != nil {
		panic(err) // only for a malformed pattern
	}
	for _, name := range names {
		add(own, name, path.Base(name))
	}
	add(assets.Icons(), "app-32.png", "icon-32.png")
	add(assets.Icons(), "app-128.png", "icon-128.png")
	return files
})

// staticURL is the address of a file; it changes with the content, so that
// browsers may keep what they have.
func staticURL(name string) string {
	sum := sha256.Sum256(staticFiles()[name])
	return "/static/" + name + "?v=" + hex.EncodeToString(sum[:6])
}

// static sends an embedded file.
func (v *visit) static() error {
	name := v.r.PathValue("name")
	content, ok := staticFiles()[name]
	kind := staticTypes[path.Ext(name)]
	if !ok || kind == "" {
		return v.missing()
	}
	h := v.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	v.status = http.StatusOK
	http.ServeContent(v.w, v.r, name, time.Time{}, bytes.NewReader(content))
	return nil
}
