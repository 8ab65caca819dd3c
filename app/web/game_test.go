package web

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/keys"
	"mcos/app/netaddr"
	"mcos/protocol/cipher"
	"mcos/protocol/client"
)

// The captured list with this test's host (web-and-client 3.2): six blanks before
// every key, line feeds only, none at the end.
const clocktower = "[The Clocktower]\n" +
	"      Description=The Clocktower\n" +
	"      ShardId=44\n" +
	"      LoginServerIP=192.0.2.1\n" +
	"      LoginServerPort=8226\n" +
	"      LobbyServerIP=192.0.2.1\n" +
	"      LobbyServerPort=7003\n" +
	"      MCOTSServerIP=192.0.2.1\n" +
	"      StatusId=0\n" +
	"      Status_Reason=\n" +
	"      ServerGroup_Name=Group-1\n" +
	"      Population=88\n" +
	"      MaxPersonasPerUser=2\n" +
	"      DiagnosticServerHost=192.0.2.1\n" +
	"      DiagnosticServerPort=80"

func TestShardList(t *testing.T) {
	f := newFixture(t, nil)
	for _, path := range []string{"/ShardList/", "/ShardList", "/ShardList/?x=y"} {
		w := f.get(path)
		assertTextAnswer(t, w)
		assert.Equal(t, clocktower, w.Body.String(), path)
	}
	assert.Equal(t, clocktower, f.do(f.Secure(), httptest.NewRequest(http.MethodGet, "/ShardList/", nil)).Body.String())
}

func TestShardListForOthers(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Shard.Description = "Race here"
		o.Ports = Ports{Login: 18226, Lobby: 17003, Web: 8080}
		o.Advertiser = advertiser("mco.example.org")
		o.Population = func() int { return 0 }
	})
	body := f.get("/ShardList/").Body.String()
	for _, line := range []string{
		"Description=Race here", "LoginServerIP=mco.example.org", "LoginServerPort=18226", "LobbyServerIP=mco.example.org",
		"LobbyServerPort=17003", "MCOTSServerIP=mco.example.org", "Population=0", "DiagnosticServerHost=mco.example.org",
	} {
		assert.Contains(t, body, "\n      "+line+"\n")
	}
	near := httptest.NewRequest(http.MethodGet, "/ShardList/", nil)
	near.RemoteAddr = "192.0.2.9:1234"
	assert.Contains(t, f.do(f.Plain(), near).Body.String(), "LoginServerIP=192.0.2.1\n", "clients nearby get the local address")
}

func TestPatch(t *testing.T) {
	f := newFixture(t, nil)
	off := newFixture(t, func(o *Options) { o.Config.PatchAnswer = "404" })
	want := []byte{0xCA, 0xFE, 0xBE, 0xEF, 0, 0, 0, 0, 0, 0, 3}
	for _, name := range []string{"UpdateInfo", "NPS", "MCO"} {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			r := httptest.NewRequest(method, "/games/EA_Seattle/MotorCity/"+name, strings.NewReader("anything"))
			w := f.do(f.Plain(), r)
			assert.Equal(t, http.StatusOK, w.Code)
			assert.Equal(t, "application/octet-stream", w.Header().Get("Content-Type"))
			assert.EqualValues(t, 11, w.Result().ContentLength)
			assert.Equal(t, want, w.Body.Bytes())
			assert.Equal(t, http.StatusNotFound, off.do(off.Plain(), r).Code)
		}
	}
}

func TestTicker(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Config.Ticker, o.Config.TickerColor = "Race night on Friday", "0x00FF00" })
	for _, path := range []string{"/Ticker", "/ticker"} {
		w := f.get(path)
		assertTextAnswer(t, w)
		assert.Equal(t, "/color=0x00FF00\nRace night on Friday", w.Body.String())
	}
	silent := newFixture(t, func(o *Options) { o.Config.Ticker = "" })
	w := silent.get("/Ticker")
	assertTextAnswer(t, w)
	assert.Empty(t, w.Body.String())
}

func TestGameURLs(t *testing.T) {
	f := newFixture(t, nil)
	w := f.get("/urls?id=58")
	assertTextAnswer(t, w)
	first := f.Catalog().PartIDs()[:4]
	assert.True(t, strings.HasPrefix(w.Body.String(), fmt.Sprintf("%d\n%d\n%d\n%d\n", first[0], first[1], first[2], first[3])), w.Body.String())
	assert.Contains(t, "\n"+w.Body.String(), "\n113\n")
	assert.Equal(t, len(f.Catalog().PartIDs())-1, strings.Count(w.Body.String(), "\n"), "no last line feed")
	assert.Regexp(t, `\d\z`, w.Body.String())

	w = f.get("/urls?id=12")
	assertTextAnswer(t, w)
	assert.Equal(t, "Page 12 has no content on this server.", w.Body.String())
	for _, target := range []string{"/urls", "/urls?id=", "/urls?id=-1", "/urls?id=58x", "/urls?id=70000", "/urls?id=%3Cb%3E"} {
		w := f.get(target)
		assert.Equal(t, http.StatusNotFound, w.Code, target)
		assert.Equal(t, "Not found", w.Body.String(), target)
	}
}

func TestPartRows(t *testing.T) {
	f := newFixture(t, nil)
	const fog = "26001\t26001\t244\t1\tWhite Fog Lights\n27003\t26001\t238\t1\tAmber Fog Lights\n"
	for _, query := range []string{"apt=26001", "APT=26001", "param1=26001", "Param1=26001", "p1=26001", "P1=26001", "apt=&p1=26001", "P1=1&apt=26001"} {
		w := f.get("/mco/local/58?" + query)
		assertTextAnswer(t, w)
		assert.Equal(t, fog, w.Body.String(), query)
	}
	all := f.get("/mco/local/58").Body.String()
	assert.Contains(t, all, "\n"+fog)
	assert.Equal(t, len(f.Catalog().PartRows(0)), strings.Count(all, "\n"))
	assert.True(t, strings.HasSuffix(all, "\n"))

	assert.Empty(t, f.get("/mco/local/58?apt=4000000000").Body.String())
	for _, query := range []string{"apt=x", "apt=-1", "apt=4294967296"} {
		assert.Equal(t, http.StatusBadRequest, f.get("/mco/local/58?"+query).Code, query)
	}
}

func TestFiles(t *testing.T) {
	f := newFixture(t, nil)
	set := f.ring.Current()
	for path, want := range map[string]struct {
		name string
		body []byte
	}{
		"/cert": {"server.crt", set.Certificates[0].PEM()},
		"/key":  {"pub.key", []byte(set.PubKey)},
	} {
		w := f.get(path)
		assert.Equal(t, http.StatusOK, w.Code)
		assert.Equal(t, `attachment; filename="`+want.name+`"`, w.Header().Get("Content-Disposition"))
		assert.Equal(t, want.body, w.Body.Bytes())
		assert.NotContains(t, w.Body.String(), "PRIVATE")
	}
	assert.Regexp(t, `\A30819f300d06092a864886f70d010101050003818d0030818902818100[0-9a-f]{256}0203010001\z`, f.get("/key").Body.String())
	assert.True(t, bytes.HasPrefix(f.get("/cert").Body.Bytes(), []byte("-----BEGIN CERTIFICATE-----\n")))
}

func TestRegistry(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Ports.Web = 8080 })
	w := f.get("/registry")
	require.Equal(t, http.StatusOK, w.Code)
	assert.Equal(t, `attachment; filename="server.reg"`, w.Header().Get("Content-Disposition"))
	text := w.Body.String()
	assert.True(t, strings.HasPrefix(text, "Windows Registry Editor Version 5.00\r\n"))
	for _, root := range []string{`HKEY_LOCAL_MACHINE\SOFTWARE\`, `HKEY_LOCAL_MACHINE\SOFTWARE\WOW6432Node\`} {
		assert.Contains(t, text, "["+root+`EACom\AuthAuth]`+"\r\n\"AuthLoginServer\"=\"192.0.2.1\"\r\n")
	}
	assert.Equal(t, 2, strings.Count(text, `"ShardUrl"="http://192.0.2.1:8080/ShardList/"`))

	bad := newFixture(t, func(o *Options) { o.Advertiser = advertiser("2001:db8::1") })
	w = bad.get("/registry")
	assert.Equal(t, http.StatusInternalServerError, w.Code)
	assert.Empty(t, w.Header().Get("Content-Disposition"))
	assert.Contains(t, bad.logged.String(), "bad host")
}

func TestSetup(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Ports.Web = 8080 })
	w := f.get("/setup.bat")
	require.Equal(t, http.StatusOK, w.Code)
	assert.Equal(t, `attachment; filename="setup.bat"`, w.Header().Get("Content-Disposition"))
	text := w.Body.String()
	assert.Contains(t, text, `REG_SZ "http://192.0.2.1:8080/ShardList/"`)
	assert.Contains(t, text, f.get("/key").Body.String())
	assert.NotContains(t, text, "PRIVATE")
	assert.Contains(t, text, "It can prove to be: localhost, 127.0.0.1; only as a server")
	assert.Contains(t, text, "WARNING: The certificate is not made for 192.0.2.1", "and the player is asked")
	assert.Contains(t, f.get("/").Body.String(), `href="/setup.bat"`)

	bad := newFixture(t, func(o *Options) { o.Advertiser = advertiser("2001:db8::1") })
	assert.Equal(t, http.StatusInternalServerError, bad.get("/setup.bat").Code)

	// A certificate that no program would have a computer trust is in no script either.
	ring, err := keys.Open(t.TempDir(), keys.Default(), func() []string { return []string{"www.example.com"} }, time.Now)
	require.NoError(t, err)
	bad = newFixture(t, func(o *Options) { o.Keys = ring })
	w = bad.get("/setup.bat")
	assert.Equal(t, http.StatusInternalServerError, w.Code)
	assert.Contains(t, bad.logged.String(), "www.example.com")
	assert.Empty(t, w.Header().Get("Content-Disposition"))
}

// TestLoginPortIsTold: programs that set up a game find the secure pages.
func TestLoginPortIsTold(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Ports.Secure = 8443 })
	assert.Equal(t, "8443", f.get("/cert").Header().Get(client.LoginPortHeader))
	f = newFixture(t, nil)
	assert.Empty(t, f.get("/cert").Header().Get(client.LoginPortHeader))
}

type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

func BenchmarkShardList(b *testing.B) {
	f := newFixture(b, nil)
	r := httptest.NewRequest(http.MethodGet, "/ShardList/", nil)
	w := discard{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		x := &exchange{w: w, r: r, remote: remoteOf(r), local: remoteOf(r)}
		f.shardList(x)
	}
}

func BenchmarkRequest(b *testing.B) {
	f := newFixture(b, nil)
	h := f.Plain()
	r := httptest.NewRequest(http.MethodGet, "/ShardList/", nil)
	w := discard{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}

func BenchmarkPartIDs(b *testing.B) {
	f := newFixture(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		f.partIDs()
	}
}

func TestTickerShowsTheNews(t *testing.T) {
	line := ""
	f := newFixture(t, func(o *Options) {
		o.Config.Ticker, o.Config.TickerColor = "Welcome", "0x00FF00"
		o.News = func() string { return line }
	})
	assert.Equal(t, "/color=0x00FF00\nWelcome", f.get("/Ticker").Body.String())
	line = "Restart at ten"
	assert.Equal(t, "/color=0x00FF00\nRestart at ten", f.get("/Ticker").Body.String())
}

// Who comes from this computer itself is its own player or somebody at the other end of
// a tunnel: what was typed tells, for every answer and for the session.
func TestWhatWasTypedDecidesOnThisComputer(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Advertiser = advertiser("mco.example.org") })
	for typed, want := range map[string]string{
		"127.0.0.1": "127.0.0.1", "localhost:80": "127.0.0.1", "garage": "127.0.0.1", "": "127.0.0.1",
		"mco.example.org": "mco.example.org", "MCO.example.org:8080": "mco.example.org", "elsewhere.example": "127.0.0.1",
	} {
		ask := func(h http.Handler, path string) string {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.RemoteAddr, r.Host = "127.0.0.1:50000", typed
			return f.do(h, r).Body.String()
		}
		assert.Contains(t, ask(f.Plain(), "/ShardList/"), "LobbyServerIP="+want+"\n", typed)
		assert.Contains(t, ask(f.Plain(), "/registry"), "http://"+want+"/ShardList/", typed)
		assert.Contains(t, ask(f.Plain(), "/setup.bat"), "http://"+want+"/ShardList/", typed)
		assert.Contains(t, ask(f.Secure(), "/AuthLogin?username=marty&password=no"), "reasonurl=http://"+want+"/SubscribeEntry.jsp", typed)
		_, ticket, ok := strings.Cut(ask(f.Secure(), "/AuthLogin?username=marty&password=OUTATIM3"), "Ticket=")
		require.True(t, ok, typed)
		s, err := f.tickets.Login(ticket, cipher.SessionKey{1}, netip.MustParseAddr("127.0.0.1"))
		require.NoError(t, err)
		assert.Equal(t, netaddr.TypedHost(typed), s.Typed)
	}
}
