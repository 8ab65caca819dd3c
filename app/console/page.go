package console

import (
	"bytes"
	"html/template"
	"net/http"

	"mcos/app/admin"
	"mcos/assets"
)

var pages = template.Must(template.ParseFS(assets.ConsolePages(), "*.html"))

// statusPage shows the status to a browser on this machine.
func statusPage(x *exchange) (any, error) {
	s := x.c.Status()
	var b bytes.Buffer
	err := pages.ExecuteTemplate(&b, "status.html", struct {
		State     string
		Status    admin.Status
		Megabytes uint64
		SourceURL string
	}{"The server is running", s, s.Memory >> 20, x.c.SourceURL})
	if err != nil {
		return nil, err
	}
	h := x.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Frame-Options", "DENY")
	x.w.WriteHeader(http.StatusOK)
	_, _ = x.w.Write(b.Bytes())
	return streamed{}, nil
}
