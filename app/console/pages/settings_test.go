package pages

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/config/schema"
)

// fakeSettings has one setting of each look.
type fakeSettings struct {
	problem string
	changes map[string]string
	err     error
}

func (f *fakeSettings) Settings() (SettingsView, error) {
	return SettingsView{File: "/data/mcos.yaml", Problem: f.problem, Entries: []Setting{
		{Entry: schema.Entry{Path: "server", Kind: schema.Section, Help: "The server."}},
		{Entry: schema.Entry{Path: "server.name", Kind: schema.Text, Help: "Its <name>.", Default: "x", Max: "31"}, Value: "new", Running: "old", Set: true},
		{Entry: schema.Entry{Path: "server.level", Kind: schema.Text, Help: "A level.", Default: "info", Values: []string{"info", "debug"}}, Value: "info", Running: "info"},
		{Entry: schema.Entry{Path: "server.fixed", Kind: schema.Integer, Help: "Fixed."}, Value: "1", Running: "1", Fixed: "--fixed"},
		{Entry: schema.Entry{Path: "server.inner", Kind: schema.Section, Help: "Inside."}},
		{Entry: schema.Entry{Path: "server.inner.rows", Kind: schema.Table, Help: "Rows."}, Value: "[{a: 1}]", Running: "[{a: 1}]"},
		{Entry: schema.Entry{Path: "web", Kind: schema.Section, Help: "The web."}},
		{Entry: schema.Entry{Path: "web.code", Kind: schema.Text, Help: "A code.", Secret: true}},
	}}, nil
}

func (f *fakeSettings) ChangeSettings(changes map[string]string) error {
	if f.err == nil {
		f.changes = changes
	}
	return f.err
}

func TestSettings(t *testing.T) {
	fake := &fakeSettings{}
	f := newFixture(t, func(o *Options) { o.Settings = fake }).enter()
	body := f.get("/settings").body
	for _, words := range []string{
		"/data/mcos.yaml", "1 setting waits", "Its &lt;name&gt;.", "at most 31 characters", "set by --fixed", `<option selected>info`, "server.inner.rows",
		`name="set.web.code" type="password" value=""`, "now <code>old</code>", "1 changed",
	} {
		assert.Contains(t, body, words)
	}

	same := []string{"section", "server", "set.server.name", "new", "set.server.level", "info", "set.server.inner.rows", "[{a: 1}]", "set.server.fixed", "9", "set.web.code", "", "set.other", "x"}
	assert.Equal(t, "/settings?section=server#server", f.post("/settings", same...))
	assert.Nil(t, fake.changes)
	assert.Contains(t, f.get("/settings?section=server").body, "Nothing was changed.")

	f.post("/settings", "section", "server", "set.server.name", " newer ", "set.server.inner.rows", "[{a: 1},\r\n{a: 2}]", "set.web.code", "hush")
	assert.Equal(t, map[string]string{"server.name": "newer", "server.inner.rows": "[{a: 1}, {a: 2}]", "web.code": "hush"}, fake.changes)
	assert.Contains(t, f.get("/settings").body, "3 settings are in the file. Restart the server")
	assert.Equal(t, http.StatusOK, f.get("/settings?section=server").status)
}

func TestWrongSettings(t *testing.T) {
	fake := &fakeSettings{}
	f := newFixture(t, func(o *Options) { o.Settings = fake }).enter()
	send := func() answered {
		return f.send(f.form("/settings", url.Values{"csrf": {f.word()}, "section": {"server"}, "set.server.name": {`<b>"`}}))
	}
	fake.err = errors.Join(
		&schema.Error{Path: "server.name", Value: "<b>", Problem: "is not allowed", Allowed: []string{"a", "b"}},
		&schema.Error{Path: "server", Problem: "does not fit together"})
	a := send()
	assert.Equal(t, http.StatusUnprocessableEntity, a.status)
	assert.Contains(t, a.body, "&lt;b&gt; is not allowed (allowed: a, b).")
	assert.Contains(t, a.body, "does not fit together")
	assert.Contains(t, a.body, `value="&lt;b&gt;&#34;"`, "what was typed is still there")
	fake.err = schema.ErrByHand
	assert.Contains(t, send().body, "with an editor")
	require.Nil(t, fake.changes)
	fake.problem = "mcos.yaml:3: broken"
	assert.Contains(t, f.get("/settings").body, "mcos.yaml:3: broken")
}

func TestSetup(t *testing.T) {
	f := newFixture(t, nil).enter()
	body := f.get("/setup").body
	for _, words := range []string{"http://play.example.org:8080/", `<option selected>play.example.org`, "192.0.2.5", "make the accounts on the page Players", "QR code of the address", "print of play.example.org"} {
		assert.Contains(t, body, words)
	}
	body = f.get("/setup?host=192.0.2.5").body
	assert.Contains(t, body, "http://192.0.2.5:8080/")
	assert.Contains(t, body, "print of 192.0.2.5", "each host has its certificate")
	assert.Equal(t, http.StatusBadRequest, f.get("/setup?host=a+b").status)
	for path, words := range map[string]string{
		"/setup/server.reg?host=192.0.2.5": "192.0.2.5", "/setup/pub.key": "the key", "/setup/server.crt?host=192.0.2.5": "the certificate for 192.0.2.5",
	} {
		a := f.get(path)
		assert.Equal(t, http.StatusOK, a.status, path)
		assert.Contains(t, a.header.Get("Content-Disposition"), "attachment")
		assert.Contains(t, a.body, words)
	}
	assert.Equal(t, http.StatusBadRequest, f.get("/setup/server.reg").status)
	assert.Equal(t, http.StatusNotFound, f.get("/setup/login_key.pem").status)
}

// TestCertificatesInOneClick: for a Windows before XP Service Pack 3, for 2048 bits, and
// back; later ones are of the same kind.
func TestCertificatesInOneClick(t *testing.T) {
	fake := &fakeSettings{}
	f := newFixture(t, func(o *Options) { o.Settings = fake }).enter()
	ring, err := f.local.Ring()
	require.NoError(t, err)
	for form, want := range map[string]struct {
		bits, signature string
		algorithm       x509.SignatureAlgorithm
	}{
		"old": {"1024", "sha1", x509.SHA1WithRSA}, "strong": {"2048", "sha256", x509.SHA256WithRSA}, "usual": {"1024", "sha256", x509.SHA256WithRSA},
	} {
		before := ring.Current()
		a := f.send(f.form("/setup/certificate", url.Values{"csrf": {f.word()}, "form": {form}}))
		assert.Equal(t, http.StatusSeeOther, a.status, form)
		now := ring.Current().Certificates[0]
		assert.NotEqual(t, before.Certificates[0].Thumbprint(), now.Thumbprint())
		assert.Equal(t, before.PubKey, ring.Current().PubKey, "the login key stays")
		assert.Equal(t, want.algorithm, now.SignatureAlgorithm)
		assert.Equal(t, want.bits, strconv.Itoa(now.PublicKey.(*rsa.PublicKey).N.BitLen()))
		assert.Equal(t, map[string]string{"keys.key_bits": want.bits, "keys.signature": want.signature}, fake.changes)
		assert.NotContains(t, f.get("/setup").body, `value="`+form+`"`, "that is what there is")
	}
	before := ring.Current()
	assert.Equal(t, http.StatusBadRequest, f.send(f.form("/setup/certificate", url.Values{"csrf": {f.word()}, "form": {"md5"}})).status)
	assert.Same(t, before, ring.Current())
	fake.err = schema.ErrByHand
	f.send(f.form("/setup/certificate", url.Values{"csrf": {f.word()}, "form": {"old"}}))
	assert.Contains(t, f.get("/setup").body, "change them by hand")
}

func TestWithoutSettingsAndSetup(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Settings, o.Setup = nil, nil }).enter()
	assert.Equal(t, http.StatusNotFound, f.get("/settings").status)
	assert.Equal(t, http.StatusNotFound, f.get("/setup").status)
	assert.NotContains(t, f.get("/").body, `href="/settings"`)
}

func TestQR(t *testing.T) {
	code, err := newQR("http://192.0.2.5/")
	require.NoError(t, err)
	assert.Equal(t, 25+2*quiet, code.Size, "version 2")
	assert.Contains(t, code.Path, "M4 4h1v1h-1z", "the corner of the first finder")
}
