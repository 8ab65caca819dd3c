package main

import (
	"bytes"
	"html/template"
)

// forward is a page that goes on to another one by itself.
var forward = template.Must(template.New("").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>MCOS console</title>
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={{.}}"></head>
<body><p><a href="{{.}}">Open the console</a></p></body></html>
`))

// openBrowser has the desktop open an address that lets its reader in. Everybody on a
// computer can see the arguments of all processes, so the address goes there in a file
// that this user alone can read, and the browser is given the file.
func openBrowser(url string) error {
	var page bytes.Buffer
	if err := forward.Execute(&page, url); err != nil {
		return err
	}
	return openPrivately(page.Bytes())
}
