package console

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzRoutes sends a text to every route: as the body where it takes one, else as
// the query. Whatever comes, the answer has a status that is not the server's
// fault, and is JSON where it should be.
func FuzzRoutes(f *testing.F) {
	for _, ex := range examples {
		for i, rt := range routes {
			if ex.operation == opKey(rt.method, rt.path) {
				f.Add(uint8(i), ex.body+ex.query)
			}
		}
	}
	for _, seed := range []string{
		`{`, `[]`, `null`, `{"name":1e999}`, "{\"name\":\"\xff\"}", `{}{}`, `{"uses":-1}`, `{"network":"::/0"}`, `{"network":"fe80::1%a/64"}`,
		`{"pem":"-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----"}`, `{"connection":18446744073709551615}`,
		`name=%00`, `name=a&name=b`, `%zz`, `network=::ffff:1.2.3.4/96`, `code=-`, `id=../mcos.db`, `challenge=` + strings.Repeat("x", 1000),
	} {
		for i := range routes {
			f.Add(uint8(i), seed)
		}
	}
	fx := newFixture(f, nil)
	fx.local.Server, fx.local.Online = &fakeServer{}, func(uint32) bool { return true }
	fx.local.Recorder = newRecorder(f, fx)
	handler := fx.c.Handler()
	f.Fuzz(func(t *testing.T, index uint8, text string) {
		rt := routes[int(index)%len(routes)]
		if slow(rt) {
			return
		}
		r := httptest.NewRequest(rt.method, "http://play.example.org"+rt.path, nil)
		if rt.body == noBody {
			r.URL.RawQuery = text
		} else {
			r = httptest.NewRequest(rt.method, "http://play.example.org"+rt.path, strings.NewReader(text))
			r.Header.Set("Content-Type", contentTypes[rt.body])
		}
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("Authorization", "Bearer "+fx.c.token)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		require.Less(t, w.Code, http.StatusInternalServerError, w.Body.String())
		if w.Header().Get("Content-Type") == "application/json" {
			require.True(t, json.Valid(w.Body.Bytes()))
		}
		fx.log.Reset()
	})
}

// slow are the routes that take too long for fuzzing: making keys, and reading or
// building everything, which no request can change the course of.
func slow(rt route) bool {
	for _, end := range []string{"/rotate", "/backup", "/check", "/doctor"} {
		if strings.HasSuffix(rt.path, end) {
			return true
		}
	}
	return rt.method == http.MethodPost && rt.path == "/api/v1/backups" // each makes a file
}
