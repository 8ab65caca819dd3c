package web

import (
	"bytes"
	"net/http"
)

// page is what every HTML page shows; Body is for the page's own part.
type page struct {
	Title     string
	Shard     string
	SourceURL string
	Version   string
	Body      any
}

// html answers with one of the embedded pages. They load nothing from anywhere and
// are written for browsers of 2001 as well as of today.
func (s *Service) html(x *exchange, status int, name, title string, body any) {
	var b bytes.Buffer
	err := s.pages.ExecuteTemplate(&b, name, page{
		Title: title, Shard: s.Shard.Name,
		SourceURL: s.Config.SourceURL, Version: s.Version, Body: body,
	})
	if err != nil {
		x.note("error", err)
		x.text(http.StatusInternalServerError, "Internal server error")
		return
	}
	h := x.w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Frame-Options", "DENY")
	// Not no-referrer: with it browsers hide the origin of our own form as well.
	h.Set("Referrer-Policy", "same-origin")
	x.send(status, "text/html; charset=utf-8", b.Bytes())
}

// welcome shows what this is and what a player needs.
func (s *Service) welcome(x *exchange) {
	s.html(x, http.StatusOK, "welcome.html", s.Shard.Name, struct {
		Players int
		Signup  string
	}{s.Population(), s.Config.Signup})
}

// source offers the source code, as section 13 of the licence asks for.
func (s *Service) source(x *exchange) {
	s.html(x, http.StatusOK, "source.html", "Source code", nil)
}
