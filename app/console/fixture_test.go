package console

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/app/admin/doctor"
	"mcos/app/console/pages"
	"mcos/app/datadir"
	"mcos/app/game"
	"mcos/app/keys"
	"mcos/app/passwords"
	"mcos/app/record"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// fixture is a console on a store in a folder of the test.
type fixture struct {
	t     testing.TB
	c     *Console
	local *admin.Offline
	http  *httptest.Server
	log   *bytes.Buffer // read it only when no request runs
}

func newFixture(t testing.TB, change func(*Options)) *fixture {
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	local, err := admin.OpenOffline(admin.OfflineOptions{
		Dir: dir, Economy: game.Default(), Keys: keys.Config{KeyBits: 1024, Signature: "sha256"},
		Shard: 44, Passwords: passwords.Params{MemoryKiB: 64, Time: 1, Threads: 1},
		Now: func() time.Time { return noon },
	})
	require.NoError(t, err)
	local.Examine = func(context.Context) doctor.Report {
		return doctor.Report{Live: true, Findings: []doctor.Finding{{Level: doctor.OK, What: "Test", Explanation: "Fine."}}}
	}
	t.Cleanup(func() { local.Close() })
	f := &fixture{t: t, local: local, log: &bytes.Buffer{}}
	log := logrus.New()
	log.SetOutput(f.log)
	log.SetLevel(logrus.DebugLevel)
	o := Options{
		Pages: pages.Deps{Directory: local},
		Dir:   dir, Config: Config{Hosts: []string{"play.example.org", "Proxy.example.org:8443"}}, Admin: local, Log: log,
		Status: func() admin.Status {
			return admin.Status{Version: "test", Players: 3, Ports: map[string]string{}, Connections: map[string]int{"lobby": 2}}
		},
		Hasher: passwords.New(passwords.Params{MemoryKiB: 64, Time: 1, Threads: 1}),
	}
	if change != nil {
		change(&o)
	}
	f.c, err = New(o)
	require.NoError(t, err)
	f.http = httptest.NewServer(f.c.Handler())
	t.Cleanup(f.http.Close)
	return f
}

// request is one request of a test. Without a type it has no Content-Type;
// without a token it sends none.
type request struct {
	method, path, body string
	contentType        string
	token, host        string
}

func (f *fixture) do(r request) (status int, body string, header http.Header) {
	f.t.Helper()
	req, err := http.NewRequest(r.method, f.http.URL+r.path, strings.NewReader(r.body))
	require.NoError(f.t, err)
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	req.Host = r.host
	resp, err := http.DefaultClient.Do(req)
	require.NoError(f.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(f.t, err)
	return resp.StatusCode, string(text), resp.Header
}

// post sends JSON with the token.
func (f *fixture) post(path, body string) (status int, answer string) {
	f.t.Helper()
	status, answer, _ = f.do(request{method: http.MethodPost, path: path, body: body, contentType: "application/json", token: f.c.token})
	return status, answer
}

// loginKey is a new key that can be imported, as it stands in a JSON text.
func loginKey(t testing.TB) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	return strings.ReplaceAll(string(text), "\n", `\n`)
}

// firstCode is an invite code of the fixture.
func firstCode(t testing.TB, f *fixture) string {
	t.Helper()
	list, err := f.local.Invites(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, list)
	return list[0].Code
}

// firstRecording is the id of a recording of the fixture.
func firstRecording(t testing.TB, f *fixture) string {
	t.Helper()
	all, err := f.local.Recordings(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, all.Files)
	return all.Files[0].ID
}

// newRecorder records into the folder of the fixture.
func newRecorder(t testing.TB, f *fixture) *record.Recorder {
	t.Helper()
	log := logrus.New()
	log.SetOutput(io.Discard)
	r, err := record.New(record.Options{Dir: f.local.Dir.Sessions(), Config: record.Default(), Log: log, Now: time.Now})
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	return r
}
