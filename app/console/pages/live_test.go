package pages

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// gone is a browser that does not take a byte any more.
type gone struct{ *httptest.ResponseRecorder }

func (gone) Write([]byte) (int, error) { return 0, errors.New("connection reset") }

// Browsers that go away at once must not use up the streams of the others.
func TestStreamsOfBrowsersThatAreGone(t *testing.T) {
	f := newFixture(t, nil).enter()
	at, err := url.Parse(f.http.URL)
	require.NoError(t, err)
	for _, path := range []string{"/live/overview", "/live/traffic"} {
		for range maxStreams + 1 {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			for _, c := range f.browser.Jar.Cookies(at) {
				r.AddCookie(c)
			}
			f.p.ServeHTTP(gone{httptest.NewRecorder()}, r)
		}
	}
	assert.Zero(t, f.p.streams.Load())
}

// A part ends no line of its own: what stands in it stays data.
func TestEventKeepsToItsData(t *testing.T) {
	f := newFixture(t, nil).enter()
	w := httptest.NewRecorder()
	v := &visit{p: f.p, w: w, r: httptest.NewRequest(http.MethodGet, "/", nil)}
	s, err := v.stream()
	require.NoError(t, err)
	defer s.end()
	w.Body.Reset()
	require.NoError(t, s.event("part-x", []byte("one\r\ntwo\revent: part-y\rdata: three\n")))
	assert.Equal(t, "event: part-x\ndata: one\ndata: two\ndata: event: part-y\ndata: data: three\ndata: \n\n", w.Body.String())
}
