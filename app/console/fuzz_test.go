package console

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzBodies sends bodies to every route that takes JSON. Whatever comes, the
// answer is JSON with a status that is not the server's fault.
func FuzzBodies(f *testing.F) {
	for _, seed := range []string{
		`{"name":"alice","password":"x","id":7}`, `{"name":"alice","reason":"r"}`, `{"account":"alice","name":"Speedy","car":104,"skin":1}`,
		`{"name":"Speedy","cash":-5,"note":"n"}`, `{"pem":"-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----"}`,
		`{"login":false,"certificate":false}`, `{`, `[]`, `null`, `{"name":1e999}`, "{\"name\":\"\xff\"}", `{}{}`,
	} {
		for i := range routes {
			f.Add(uint8(i), seed)
		}
	}
	fx := newFixture(f, nil)
	handler := fx.c.Handler()
	f.Fuzz(func(t *testing.T, index uint8, body string) {
		rt := routes[int(index)%len(routes)]
		if rt.body != jsonBody || strings.HasSuffix(rt.path, "/rotate") {
			return // making keys takes too long here
		}
		r := httptest.NewRequest(rt.method, "http://play.example.org"+rt.path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+fx.c.token)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		require.Less(t, w.Code, http.StatusInternalServerError, w.Body.String())
		require.True(t, json.Valid(w.Body.Bytes()))
		fx.log.Reset()
	})
}
