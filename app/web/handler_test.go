package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/limits"
)

func TestUnknownPaths(t *testing.T) {
	f := newFixture(t, nil)
	for _, target := range []string{"/nothing", "/AuthLogin/", "/authlogin", "/shardlist/", "//", "/games/EA_Seattle/MotorCity/", "/nothing"} {
		w := f.get(target)
		assert.Equal(t, http.StatusNotFound, w.Code, target)
		assert.Equal(t, "Not found", w.Body.String(), target)
	}
	f.get("/")
	st := f.Stats()
	assert.EqualValues(t, 8, st.Requests)
	assert.EqualValues(t, 7, st.Unknown)
	assert.Equal(t, Count{"/nothing", 2}, st.Paths[0])
	assert.Len(t, st.Paths, 6)
	assert.Contains(t, f.logged.String(), `msg="web request for an unknown path" method=GET path=/nothing remote=203.0.113.7 service=http status=404`)
}

func TestUnknownPathsAreBounded(t *testing.T) {
	f := newFixture(t, unlimited(t))
	for i := range 2 * maxPaths {
		f.get(fmt.Sprintf("/%d", i))
	}
	f.get("/1")
	st := f.Stats()
	assert.EqualValues(t, 2*maxPaths+1, st.Unknown)
	assert.Len(t, st.Paths, maxPaths)
	assert.Equal(t, Count{"/1", 2}, st.Paths[0])
	assert.Len(t, logPath("/"+strings.Repeat("x", 5000)), maxLogPath)
}

func TestMethods(t *testing.T) {
	f := newFixture(t, nil)
	for path, rt := range routes {
		w := f.do(f.Plain(), httptest.NewRequest(http.MethodDelete, path, nil))
		if rt.methods == nil {
			assert.Equal(t, http.StatusOK, w.Code, path)
			continue
		}
		assert.Equal(t, http.StatusMethodNotAllowed, w.Code, path)
		assert.Contains(t, w.Header().Get("Allow"), "GET, HEAD", path)
	}
}

func TestEveryPage(t *testing.T) {
	f := newFixture(t, nil)
	closed := newFixture(t, func(o *Options) { o.Config.Signup = "closed" })
	linked := newFixture(t, func(o *Options) { o.Config.SourceURL = "https://example.org/mcos?a=b&c=d" })
	for name, w := range map[string]*httptest.ResponseRecorder{
		"welcome": f.get("/"), "source": f.get("/source"), "signup": f.get(formPath), "closed": closed.get(formPath),
		"created": f.do(f.Plain(), posted(goodForm)), "refused": f.do(f.Plain(), posted("name=x")),
		"account": f.get("/account"), "account refused": f.do(f.Plain(), accountPost("name=x")),
		"account done": f.do(f.Plain(), accountPost(fields("name", "Marty", "password", "OUTATIM3", "new", "x", "repeat", "x"))),
		"linked":       linked.get("/"), "linked source": linked.get("/source"),
	} {
		t.Run(name, func(t *testing.T) {
			body := w.Body.String()
			assert.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
			assert.Contains(t, body, "not affiliated with or endorsed by Electronic Arts")
			assert.Contains(t, body, `">Source code</a>`)
			assert.Contains(t, body, "<title>")
			assert.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
			for _, outside := range []string{"<script", "<img", "<link", "@import", "url("} {
				assert.NotContains(t, body, outside)
			}
			assert.True(t, strings.HasSuffix(strings.TrimSpace(body), "</html>"))
		})
	}
	assert.Contains(t, linked.get("/").Body.String(), `<a href="https://example.org/mcos?a=b&amp;c=d">Source code</a>`)
	assert.Contains(t, f.get("/source").Body.String(), "MCOS version 1.2.3")
	assert.Contains(t, f.get("/").Body.String(), "88 players are online")
}

func TestPanicsStayInside(t *testing.T) {
	for name, c := range map[string]struct {
		value  any
		logged string
	}{
		"text":  {"password=OUTATIM3", "panic=string"},
		"error": {errors.New("OUTATIM3"), "*errors.errorString"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(o *Options) { o.Population = func() int { panic(c.value) } })
			w := f.get("/ShardList/?password=OUTATIM3")
			assert.Equal(t, http.StatusInternalServerError, w.Code)
			assert.Equal(t, "Internal server error", w.Body.String())
			assert.Contains(t, f.logged.String(), c.logged)
			assert.NotContains(t, f.logged.String(), "OUTATIM3")
		})
	}
	f := newFixture(t, func(o *Options) {
		o.Population = func() int { return make([]int, 1)[len(o.Config.Ticker)] }
	})
	f.get("/")
	assert.Contains(t, f.logged.String(), "index out of range")
	assert.Contains(t, f.logged.String(), "level=error")
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		adjust func(*Options)
		want   string
	}{
		"ticker":      {func(o *Options) { o.Config.Ticker = "two\nlines" }, "ticker"},
		"color":       {func(o *Options) { o.Config.TickerColor = "yellow" }, `ticker_color: "yellow"`},
		"no code":     {func(o *Options) { o.Config.Signup = "code" }, "signup_code"},
		"source":      {func(o *Options) { o.Config.SourceURL = "javascript:alert(1)" }, "source_url"},
		"shard":       {func(o *Options) { o.Shard.Name = "" }, "shard.name"},
		"brackets":    {func(o *Options) { o.Shard.Name = "a]b" }, "shard.name"},
		"description": {func(o *Options) { o.Shard.Description = "a\nShardId=1" }, "shard.description"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newFixture(t, nil).Options
			c.adjust(&o)
			_, err := New(o)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestSecretsAreNotLogged(t *testing.T) {
	f := newFixture(t, nil)
	const name, secret = "Einstein_Name", "TOPSECRET"
	query := "username=" + name + "&password=" + secret
	m := accepted.FindStringSubmatch(f.login("username=marty&password=OUTATIM3").Body.String())
	require.NotNil(t, m)
	f.login(query)
	f.get("/AuthLogin?" + query)
	f.get("/AuthLogin%3f" + query)
	f.get("/AuthLogin;" + query)
	f.get("/nothing?" + query)
	f.get("/urls?id=" + secret)
	f.do(f.Plain(), posted(fields("name", name, "password", secret, "repeat", "x")))
	f.do(f.Plain(), posted(fields("name", name, "password", "x", "repeat", secret)))
	f.do(f.Plain(), posted("%zz"+secret))
	f.do(f.Plain(), posted(fields("name", "Verne", "password", secret, "repeat", secret)))
	f.book.err = errors.New("disk on fire")
	f.login(query)

	logged := f.logged.String()
	assert.Equal(t, 12, strings.Count(logged, "\n"), "one line a request")
	for _, text := range []string{secret, "OUTATIM3", m[1], name} {
		assert.NotContains(t, logged, text)
	}
	assert.Contains(t, logged, "path=/AuthLogin")
	assert.Contains(t, logged, "account=marty")
	assert.Contains(t, logged, "account=Verne")
	assert.Contains(t, logged, "refused=INV-110")
	for _, c := range f.Stats().Paths {
		assert.NotContains(t, c.Path, secret)
	}
}

func TestBannedAddressesAreRefused(t *testing.T) {
	bans, err := limits.New(limits.Config{}, time.Now)
	require.NoError(t, err)
	f := newFixture(t, func(o *Options) { o.Limits = bans })
	require.Equal(t, http.StatusOK, f.get("/").Code)
	bans.SetBans([]netip.Prefix{netip.MustParsePrefix(clientAddr + "/32")})
	for _, target := range []string{"/", "/ShardList/", "/AuthLogin?username=marty&password=OUTATIM3", "/nothing"} {
		w := f.get(target)
		assert.Equal(t, http.StatusForbidden, w.Code, target)
		assert.Equal(t, "close", w.Header().Get("Connection"), target)
	}
	assert.Zero(t, f.book.calls)
}
