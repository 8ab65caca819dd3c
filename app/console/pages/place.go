package pages

import (
	"context"
	"net/http"
	"strings"
)

// Every session has a folder of its own on the server, /s/WORD/, and its cookie is for
// that folder only. Browsers send the cookies of a host to all its ports: without the
// folder, a page that another user of this computer serves on a port of their own would
// get the cookie and with it the console. Nobody but the browser that has been let in
// knows the word, and word and cookie are good only together.
const sessionPrefix = "/s/"

// wordKey is the context key of the word in the path of a request.
type wordKey struct{}

// ServeHTTP answers a request whose Host has been checked.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if rest, ok := strings.CutPrefix(r.URL.Path, sessionPrefix); ok {
		if word, path, ok := strings.Cut(rest, "/"); ok {
			r = r.WithContext(context.WithValue(r.Context(), wordKey{}, word))
			at := *r.URL
			at.Path, at.RawPath = "/"+path, ""
			r.URL = &at
		}
	}
	p.mux.ServeHTTP(w, r)
}

// word is what the path of the request names, "" without.
func (v *visit) word() string {
	word, _ := v.r.Context().Value(wordKey{}).(string)
	return word
}

// folder is where the session's pages are, without a slash at the end.
func (x *session) folder() string { return sessionPrefix + x.word }

// placed moves the addresses in a page of ours into the session's folder. What
// players have written cannot look like one: in it the templates escape quotation
// marks.
func (x *session) placed(page []byte) []byte {
	if x == nil {
		return page
	}
	const static = "/static/"
	var pairs []string
	for _, attribute := range []string{`href="`, `action="`, `src="`, `data-live="`, `content="0; url=`} {
		attribute = " " + attribute
		pairs = append(pairs, attribute+static, attribute+static, attribute+"/", attribute+x.folder()+"/")
	}
	return []byte(strings.NewReplacer(pairs...).Replace(string(page)))
}
