package pages

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/app/admin/doctor"
	"mcos/app/datadir"
	"mcos/app/game"
	"mcos/app/keys"
	"mcos/app/passwords"
	"mcos/app/record"
	"mcos/storage/catalog"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// fixture are pages on a store in a folder of the test, and a browser.
type fixture struct {
	t        testing.TB
	p        *Pages
	local    *admin.Offline
	http     *httptest.Server
	browser  *http.Client
	server   *fakeServer
	recorder *record.Recorder
	log      *bytes.Buffer // read it only when no request runs
	now      time.Time
	place    string // folder of the session; what comes back is shown without it
}

func newFixture(t testing.TB, change func(*Options)) *fixture {
	f := &fixture{t: t, log: &bytes.Buffer{}, now: noon, server: &fakeServer{name: "Speedy"}}
	log := logrus.New()
	log.SetOutput(f.log)
	log.SetLevel(logrus.DebugLevel)
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	f.local, err = admin.OpenOffline(admin.OfflineOptions{
		Dir: dir, Economy: game.Default(), Keys: keys.Config{KeyBits: 1024, Signature: "sha256"},
		Shard: 44, Passwords: passwords.Params{MemoryKiB: 64, Time: 1, Threads: 1},
		Now: func() time.Time { return noon },
	})
	require.NoError(t, err)
	f.local.Examine = func(context.Context) doctor.Report {
		return doctor.Report{Live: true, Findings: []doctor.Finding{
			{Level: doctor.OK, What: "Store", Explanation: "Fine."},
			{Level: doctor.Problem, What: "Port 443", Explanation: "It is <taken>.", Next: "Free it."},
		}}
	}
	f.local.Server = f.server
	f.recorder, err = record.New(record.Options{Dir: dir.Sessions(), Config: record.Default(), Log: log, Now: time.Now})
	require.NoError(t, err)
	t.Cleanup(f.recorder.Close)
	f.local.Recorder = f.recorder
	f.local.Online = func(persona uint32) bool { return persona == 1000 }
	t.Cleanup(func() { f.local.Close() })
	o := Options{
		Admin: f.local, Log: log, Cookie: "mcos_test",
		Status: func() admin.Status {
			return admin.Status{
				Version: "test", Players: 3, Started: noon.Add(-time.Hour), Uptime: 3600, Memory: 50 << 20,
				Connections: map[string]int{"lobby": 2, "mcots": 3}, Ports: map[string]string{"http": "127.0.0.1:80"},
				Notes: []string{"Something to know."}, Catalog: admin.StatusCatalog{Counts: catalog.Counts{Cars: 8}},
			}
		},
		CheckPassword: func(_ context.Context, _ netip.Addr, password string) (bool, error) {
			return password == "open sesame", nil
		},
		HasPassword: func() bool { return true },
		Local:       func(*http.Request) bool { return true },
		Deps: Deps{Now: func() time.Time { return f.now }, Shard: "The <Clocktower>", Directory: f.local, Settings: &fakeSettings{}, Recorder: f.recorder, Setup: &Setup{
			Hosts: func() []string { return []string{"play.example.org", "192.0.2.5"} }, WebPort: 8080, Signup: "closed",
			PubKey: func() []byte { return []byte("the key") }, Certificate: func(host string) []byte { return []byte("the certificate for " + host) },
			Thumbprint: func(host string) string { return "print of " + host },
		}},
	}
	if change != nil {
		change(&o)
	}
	f.p = New(o)
	f.http = httptest.NewServer(f.p)
	t.Cleanup(func() {
		f.p.Close()
		f.http.Close()
	})
	f.browser = f.stranger()
	return f
}

// stranger is a browser that is not logged in and follows no redirections.
func (f *fixture) stranger() *http.Client {
	jar, err := cookiejar.New(nil)
	require.NoError(f.t, err)
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// enter logs the browser in.
func (f *fixture) enter() *fixture {
	link, err := f.p.Link()
	require.NoError(f.t, err)
	require.Equal(f.t, http.StatusOK, f.get(link).status)
	return f
}

// answered is what came back.
type answered struct {
	status int
	body   string
	header http.Header
}

func (f *fixture) send(r *http.Request) answered {
	f.t.Helper()
	resp, err := f.browser.Do(r)
	require.NoError(f.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(f.t, err)
	for _, c := range resp.Cookies() {
		if c.Value != "" {
			f.place = strings.TrimSuffix(c.Path, "/")
		}
	}
	if to := resp.Header.Get("Location"); f.place != "" {
		resp.Header.Set("Location", strings.TrimPrefix(to, f.place))
		text = bytes.ReplaceAll(text, []byte(f.place), nil)
	}
	return answered{resp.StatusCode, string(text), resp.Header}
}

func (f *fixture) get(path string) answered {
	f.t.Helper()
	r, err := http.NewRequest(http.MethodGet, f.http.URL+f.place+path, nil)
	require.NoError(f.t, err)
	return f.send(r)
}

// form makes the request of a form.
func (f *fixture) form(path string, values url.Values) *http.Request {
	r, err := http.NewRequest(http.MethodPost, f.http.URL+f.place+path, strings.NewReader(values.Encode()))
	require.NoError(f.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", f.http.URL)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

var csrfField = regexp.MustCompile(`name="csrf" value="([0-9a-f]+)"`)

// word is what the forms of this browser carry.
func (f *fixture) word() string {
	found := csrfField.FindStringSubmatch(f.get("/players").body)
	require.Len(f.t, found, 2, "a page with forms")
	return found[1]
}

// post sends a form as a page of ours does and returns where it leads.
func (f *fixture) post(path string, pairs ...string) string {
	f.t.Helper()
	values := url.Values{"csrf": {f.word()}}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	a := f.send(f.form(path, values))
	require.Equal(f.t, http.StatusSeeOther, a.status, a.body)
	return a.header.Get("Location")
}

// account makes an account with a driver of the same name.
func (f *fixture) account(name string) {
	f.t.Helper()
	_, err := f.local.AddAccount(context.Background(), admin.NewAccount{Name: name, Password: "secret"})
	require.NoError(f.t, err)
	_, err = f.local.AddPersona(context.Background(), admin.NewPersona{Account: name, Name: name, Car: 104})
	require.NoError(f.t, err)
}
