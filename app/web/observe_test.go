package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/record"
)

// watcher keeps what it is told.
type watcher struct {
	off  bool
	seen []record.Exchange
}

func (w *watcher) Watching() bool             { return !w.off }
func (w *watcher) Exchange(x record.Exchange) { w.seen = append(w.seen, x) }

// open is a text without its secret parts, all is the whole of it.
func open(text []record.Piece) (open, all string) {
	for _, p := range text {
		all += p.Text
		if !p.Secret {
			open += p.Text
		}
	}
	return open, all
}

func TestObserverSeesTheExchange(t *testing.T) {
	w := &watcher{}
	f := newFixture(t, func(o *Options) { o.Observer = w })
	answer := f.login("username=marty&password=OUTATIM3&serviceID=2176")
	require.Len(t, w.seen, 1)
	x := w.seen[0]
	assert.Equal(t, 443, x.Port)
	assert.Equal(t, "GET /AuthLogin", x.Name)
	assert.Equal(t, clientAddr+":50000", x.Client)
	assert.Equal(t, serverAddr+":80", x.Server)
	shown, all := open(x.Request)
	assert.True(t, strings.HasPrefix(all, "GET /AuthLogin?username=marty&password=OUTATIM3&serviceID=2176 HTTP/1.1\r\nHost: "), all)
	assert.True(t, strings.HasPrefix(shown, "GET /AuthLogin?username=marty&password=&serviceID=2176 HTTP/1.1\r\n"), shown)
	shown, all = open(x.Answer)
	assert.True(t, strings.HasSuffix(all, "\r\n\r\n"+answer.Body.String()))
	assert.True(t, strings.HasSuffix(shown, "Valid=TRUE\nTicket="), shown)

	w.off = true
	f.get("/ShardList/")
	assert.Len(t, w.seen, 1, "nobody looks")
}

// Wherever in a request a player's password gets to, it is marked.
func TestObserverIsNotShownPasswords(t *testing.T) {
	const password = "OUTATIM3"
	w := &watcher{}
	f := newFixture(t, func(o *Options) { o.Observer = w })
	for _, r := range []*http.Request{
		httptest.NewRequest(http.MethodGet, "/AuthLogin?username=marty&pass%77ord=OUTATIM3", nil),
		httptest.NewRequest(http.MethodGet, "/AuthLogin?PASSWORD=OUTATIM3", nil),
		httptest.NewRequest(http.MethodGet, "/AuthLogin?OUTATIM3", nil),
		httptest.NewRequest(http.MethodGet, "/AuthLogin?a=b=OUTATIM3&&=OUTATIM3", nil),
		httptest.NewRequest(http.MethodGet, "/AuthLogin&password=OUTATIM3", nil),
		httptest.NewRequest(http.MethodGet, "/AuthLogin?username=marty&password=x&OUTATIM3&serviceID=2176", nil),
		httptest.NewRequest(http.MethodGet, "/AuthLogin?username=marty&password=x&OUTATIM3=&serviceID=2176", nil),
		httptest.NewRequest(http.MethodGet, "/AuthLogin?username=marty&password=x&id=OUTATIM3&serviceID=2176", nil),
		httptest.NewRequest(http.MethodGet, "/AuthLogin?username=marty&password=x&version=OUTATIM3&serviceID=2176", nil),
		httptest.NewRequest(http.MethodGet, "/AuthLogin?username=marty&password=x&y&username=OUTATIM3&version=2.0", nil),
		httptest.NewRequest(http.MethodGet, "/AuthLogin?username=marty&Pass=x&id=OUTATIM3", nil),
		httptest.NewRequest(http.MethodGet, "/AuthLogin?username=marty&password%3DOUTATIM3", nil),
		httptest.NewRequest(http.MethodPost, "/SubscribeEntry.jsp?password=OUTATIM3", strings.NewReader("name=doc&password=OUTATIM3&repeat=OUTATIM3")),
		httptest.NewRequest(http.MethodPost, "/OUTATIM3", strings.NewReader("OUTATIM3")),
	} {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Referer", "https://example.org/?password="+password)
		r.Header.Set("Cookie", "session="+password)
		r.Header.Set("Authorization", "Basic "+password)
		w.seen = nil
		f.do(f.Secure(), r)
		require.Len(t, w.seen, 1)
		for _, text := range [][]record.Piece{w.seen[0].Request, w.seen[0].Answer} {
			shown, _ := open(text)
			assert.NotContains(t, shown, password, r.URL)
		}
		assert.NotContains(t, w.seen[0].Name, password)
	}
}

// What is known to be no secret is shown, also behind a password.
func TestShownQuery(t *testing.T) {
	for query, want := range map[string]string{
		"username=me&password=a&b&serviceID=2176&version=2.0": "?username=me&password=&&serviceID=2176&version=2.0",
		"id=58":      "?id=58",
		"":           "",
		"secret":     "?",
		"x=1&id=58":  "?&",
		"version=99": "?version=99",
	} {
		shown, all := open(queryText(query))
		assert.Equal(t, want, shown, query)
		if query != "" {
			assert.Equal(t, "?"+query, all)
		}
	}
}

func TestObserverSeesLongAnswersCut(t *testing.T) {
	w := &watcher{}
	f := newFixture(t, func(o *Options) { o.Observer = w })
	body := f.get("/mco/local/58").Body.String()
	require.Greater(t, len(body), maxSeen)
	_, all := open(w.seen[0].Answer)
	_, seen, _ := strings.Cut(all, "\r\n\r\n")
	assert.Equal(t, body[:maxSeen], seen)
}
