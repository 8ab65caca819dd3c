package pages

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// split takes a row's pattern apart.
func split(rt route) (method, path string) {
	method, path, _ = strings.Cut(rt.pattern, " ")
	return method, strings.NewReplacer("{$}", "", "{name}", "style.css", "{file}", "pub.key", "{form}", "json").Replace(path)
}

func TestNothingWithoutALogin(t *testing.T) {
	f := newFixture(t, nil)
	for _, rt := range append(table, route{pattern: "GET /no/such/page"}) {
		method, path := split(rt)
		if rt.public {
			continue
		}
		r := f.form(path, nil)
		r.Method = method
		a := f.send(r)
		assert.Equal(t, http.StatusSeeOther, a.status, rt.pattern)
		assert.True(t, strings.HasPrefix(a.header.Get("Location"), loginPath), rt.pattern)
		assert.NotContains(t, a.body, "<main", rt.pattern)
	}
}

func TestStrictHeaders(t *testing.T) {
	f := newFixture(t, nil).enter()
	for _, path := range []string{"/", "/login", "/players", "/nothing", "/static/style.css"} {
		h := f.get(path).header
		assert.Equal(t, policy, h.Get("Content-Security-Policy"), path)
		assert.NotContains(t, policy, "unsafe")
		assert.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		assert.Equal(t, "DENY", h.Get("X-Frame-Options"), path)
	}
	assert.Equal(t, http.StatusNotFound, f.get("/nothing").status)
}

func TestCookie(t *testing.T) {
	f := newFixture(t, nil)
	a := f.send(f.form("/login", url.Values{"password": {"open sesame"}}))
	require.Equal(t, http.StatusSeeOther, a.status)
	assert.Equal(t, "/", a.header.Get("Location"))
	set := a.header.Get("Set-Cookie")
	assert.Contains(t, set, "HttpOnly")
	assert.Contains(t, set, "SameSite=Strict")
	value, _, _ := strings.Cut(strings.TrimPrefix(set, "mcos_test="), ";")
	assert.Len(t, value, 64)
	assert.Equal(t, http.StatusOK, f.get("/").status)

	f.post("/logout")
	assert.Equal(t, http.StatusSeeOther, f.get("/").status)
	r, err := http.NewRequest(http.MethodGet, f.http.URL+f.place+"/", nil)
	require.NoError(t, err)
	r.AddCookie(&http.Cookie{Name: "mcos_test", Value: value})
	assert.Equal(t, http.StatusSeeOther, f.send(r).status, "the server has forgotten it, too")
	f.http.Close()
	assert.NotContains(t, f.log.String(), value)
	assert.NotContains(t, f.log.String(), "sesame")
}

func TestWrongPassword(t *testing.T) {
	f := newFixture(t, nil)
	a := f.send(f.form("/login", url.Values{"password": {"sesame"}}))
	assert.Equal(t, http.StatusUnauthorized, a.status)
	assert.Contains(t, a.body, "That is not the password.")
	assert.Empty(t, a.header.Get("Set-Cookie"))
}

func TestSessionsEnd(t *testing.T) {
	f := newFixture(t, nil).enter()
	f.now = f.now.Add(sessionIdle - time.Minute)
	require.Equal(t, http.StatusOK, f.get("/").status)
	f.now = f.now.Add(sessionIdle + time.Minute)
	assert.Equal(t, http.StatusSeeOther, f.get("/").status, "idle")

	f.enter()
	for until := f.now.Add(sessionLife); f.now.Before(until); f.now = f.now.Add(sessionIdle) {
		require.Equal(t, http.StatusOK, f.get("/").status)
	}
	f.now = f.now.Add(time.Minute)
	assert.Equal(t, http.StatusSeeOther, f.get("/").status, "however busy")
}

func TestLinksAreForOneAndSoon(t *testing.T) {
	f := newFixture(t, nil)
	link, err := f.p.Link()
	require.NoError(t, err)
	f.now = f.now.Add(LinkLife + time.Second)
	assert.Equal(t, http.StatusForbidden, f.get(link).status, "too old")
	assert.Equal(t, http.StatusForbidden, f.get("/enter").status, "no code")
	assert.Equal(t, http.StatusForbidden, f.get("/enter?code=0000").status, "another code")
	link, err = f.p.Link()
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, f.get(link).status)
	assert.Equal(t, http.StatusSeeOther, f.get(link).status, "the one who has used it is in already")
	f.browser = f.stranger()
	assert.Equal(t, http.StatusForbidden, f.get(link).status, "another one")
}

func TestSessionsAreBounded(t *testing.T) {
	f := newFixture(t, nil)
	for range 2 * maxSessions {
		_, _, err := f.p.sessions.begin()
		require.NoError(t, err)
		_, err = f.p.sessions.link()
		require.NoError(t, err)
	}
	assert.Len(t, f.p.sessions.byID, maxSessions)
	assert.Len(t, f.p.sessions.links, maxLinks)
}

func TestLoginLeadsBack(t *testing.T) {
	f := newFixture(t, nil)
	assert.Equal(t, "/login?next=%2Fplayers%3Fq%3Dx", f.get("/players?q=x").header.Get("Location"))
	a := f.send(f.form("/login", url.Values{"password": {"open sesame"}, "next": {"/players?q=x"}}))
	assert.Equal(t, "/players?q=x", a.header.Get("Location"))
	for _, next := range []string{"", "//evil.example", "https://evil.example/", `/\evil.example`, "javascript:alert(1)", "players", "/\t/evil"} {
		assert.Equal(t, homePath, ownPath(next), next)
	}
}

// TestOtherSitesChangeNothing sends forms as a page elsewhere could make a browser
// send them.
func TestOtherSitesChangeNothing(t *testing.T) {
	f := newFixture(t, nil).enter()
	f.account("alice")
	good := url.Values{"csrf": {f.word()}, "name": {"alice"}, "reason": {"x"}, "confirm": {"alice"}, "password": {"other"}, "cash": {"5"}}
	for name, change := range map[string]func(*http.Request, url.Values){
		"another site":       func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a site beside ours": func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"an old browser": func(r *http.Request, _ url.Values) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", "http://evil.example")
		},
		"no word":      func(_ *http.Request, v url.Values) { v.Del("csrf") },
		"another word": func(_ *http.Request, v url.Values) { v.Set("csrf", strings.Repeat("0", 64)) },
	} {
		for _, rt := range table {
			method, path := split(rt)
			if method != http.MethodPost || rt.public {
				continue
			}
			values := url.Values{}
			for k, v := range good {
				values[k] = v
			}
			probe := f.form(path, values)
			change(probe, values)
			r := f.form(path, values)
			r.Header = probe.Header
			assert.Equal(t, http.StatusForbidden, f.send(r).status, "%s: %s", name, path)
		}
	}
	accounts, err := f.local.Accounts(t.Context())
	require.NoError(t, err)
	require.Len(t, accounts, 1)
	assert.False(t, accounts[0].Banned)
	g, err := f.local.Persona(t.Context(), "alice")
	require.NoError(t, err)
	assert.EqualValues(t, 10000, g.Cash)
	assert.Equal(t, http.StatusOK, f.get("/").status, "still logged in")

	r := f.form("/login", url.Values{"password": {"open sesame"}})
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	assert.Equal(t, http.StatusForbidden, f.send(r).status, "nor logs anybody in")
}

func TestLargeFormsAreRefused(t *testing.T) {
	f := newFixture(t, nil).enter()
	a := f.send(f.form("/players/add", url.Values{"csrf": {f.word()}, "name": {strings.Repeat("a", maxForm)}}))
	assert.Equal(t, http.StatusBadRequest, a.status)
}

// A cookie alone, or the folder alone, opens nothing: the browser gives the cookie of a
// host to all its ports, so it must be for a folder that nobody else knows.
func TestCookieBelongsToItsFolder(t *testing.T) {
	for name, enter := range map[string]func(f *fixture) answered{
		"link": func(f *fixture) answered {
			link, err := f.p.Link()
			require.NoError(t, err)
			return f.get(link)
		},
		"password": func(f *fixture) answered { return f.send(f.form("/login", url.Values{"password": {"open sesame"}})) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			a := enter(f)
			cookie, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
			require.NoError(t, err)
			require.Regexp(t, `^/s/[0-9a-f]{64}/$`, cookie.Path)
			other := newFixture(t, nil).enter()
			ask := func(place, value string) int {
				r, err := http.NewRequest(http.MethodGet, f.http.URL+place+"/players", nil)
				require.NoError(t, err)
				if value != "" {
					r.AddCookie(&http.Cookie{Name: "mcos_test", Value: value})
				}
				f.browser = f.stranger()
				return f.send(r).status
			}
			assert.Equal(t, http.StatusOK, ask(f.place, cookie.Value))
			for what, place := range map[string]string{
				"the root": "", "another folder": other.place, "a part of it": f.place[:20], "no word": "/s/",
			} {
				assert.NotEqual(t, http.StatusOK, ask(place, cookie.Value), what)
			}
			assert.NotEqual(t, http.StatusOK, ask(f.place, ""), "without the cookie")
			assert.NotEqual(t, http.StatusOK, ask(f.place, cookie.Value[1:]+"0"), "with another cookie")
			f.http.Close()
			assert.NotContains(t, f.log.String(), f.place)
		})
	}
}

// Every address in a page stays in the folder, and what players write cannot make one.
func TestPagesStayInTheirFolder(t *testing.T) {
	f := newFixture(t, nil).enter()
	x := &session{word: "abc"}
	assert.Equal(t, `<a href="/s/abc/players"> <img src="/static/x.png"> href=&#34;/y <form action="/s/abc/kick">`,
		string(x.placed([]byte(`<a href="/players"> <img src="/static/x.png"> href=&#34;/y <form action="/kick">`))))
	for _, rt := range table {
		method, path := split(rt)
		if method != http.MethodGet || strings.HasPrefix(path, "/live/") || strings.HasPrefix(path, "/static/") || path == "/backup" {
			continue
		}
		r, err := http.NewRequest(http.MethodGet, f.http.URL+f.place+path, nil)
		require.NoError(t, err)
		resp, err := f.browser.Do(r)
		require.NoError(t, err)
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		for _, found := range outside.FindAllString(string(text), -1) {
			assert.Contains(t, found, `"/static/`, "%s leaves the folder", path)
		}
	}
}

var outside = regexp.MustCompile(`(href|src|action|url|data-live)=["']?/(?:[^s]|s[^/])[^"']*`)
