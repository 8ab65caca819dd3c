package bot_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/bot"
)

const signUpPage = `<html><form action="/search"><input name="q"></form>
<FORM method="post" action='/SubscribeEntry.jsp' accept-charset="utf-8">
<input type="hidden" name="token" value="a &amp; b">
<input class="text" type="text" id="name" name="name" value="" maxlength="32">
<input class="text" type="password" name="password"><input type=password name=repeat />
<input type="submit" name="go" value="Create account"></FORM></html>`

var account = bot.Account{Name: "marty", Password: "hush&hush+100%", Code: "1985"}

func TestSignUp(t *testing.T) {
	s := newFake(t)
	c := bot.New(s.target, bot.Options{})
	defer c.Close()
	require.NoError(t, c.SignUp(context.Background(), account))
	assert.Equal(t, []string{
		"GET /SubscribeEntry.jsp prodID=REG-MCO",
		"POST /SubscribeEntry.jsp name=marty&password=hush%26hush%2B100%25&repeat=hush%26hush%2B100%25&token=a+%26+b",
	}, s.lines)
}

func TestSignUpRefused(t *testing.T) {
	page := `<p class="error">Somebody else has <b>this</b> name.</p>`
	for name, c := range map[string]struct {
		get, post string
		status    int
		want      string
	}{
		"closed":           {get: "<p>closed</p>", want: "the page has no form"},
		"taken":            {get: signUpPage, post: page, status: 409, want: `received status 409: the server refuses: "Somebody else has this name."`},
		"form comes again": {get: signUpPage, post: signUpPage + page, status: 200, want: "Somebody else has this name."},
	} {
		t.Run(name, func(t *testing.T) {
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					_, _ = fmt.Fprint(w, c.get)
					return
				}
				w.WriteHeader(c.status)
				_, _ = fmt.Fprint(w, c.post)
			}))
			defer web.Close()
			err := newWebClient(t, web).SignUp(context.Background(), account)
			require.ErrorIs(t, err, bot.ErrRefused)
			assert.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), "hush")
		})
	}
}

func TestSignUpCode(t *testing.T) {
	var code string
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code = r.PostFormValue("code")
		if r.Method == http.MethodGet {
			_, _ = fmt.Fprint(w, strings.Replace(signUpPage, "</FORM>", `<input type="text" name="code"></FORM>`, 1))
		}
	}))
	defer web.Close()
	require.NoError(t, newWebClient(t, web).SignUp(context.Background(), account))
	assert.Equal(t, "1985", code)
	err := newWebClient(t, web).SignUp(context.Background(), bot.Account{Name: "marty", Password: "x"})
	require.ErrorIs(t, err, bot.ErrRefused)
	assert.ErrorContains(t, err, "needs a code")
}

// newWebClient makes a client of a server whose HTTP and HTTPS are the same test server.
func newWebClient(t *testing.T, web *httptest.Server) *bot.Client {
	addr := web.Listener.Addr().String()
	target, err := bot.ParseReady("ready http=" + addr + " https=" + addr)
	require.NoError(t, err)
	c := bot.New(target, bot.Options{})
	t.Cleanup(c.Close)
	return c
}

func TestAuth(t *testing.T) {
	s := newFake(t)
	c := bot.New(s.target, bot.Options{PinCertificate: true})
	defer c.Close()
	require.NoError(t, c.Auth(context.Background(), account))
	assert.Equal(t, []string{
		"GET /cert ",
		"GET /AuthLogin password=hush%26hush%2B100%25&serviceID=2176&username=marty&version=2.0",
	}, s.lines)
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v %s", c, c, c, c), fakeTicket)
}

func TestAuthErrors(t *testing.T) {
	for name, c := range map[string]struct {
		handle http.HandlerFunc
		want   string
	}{
		"refused": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprint(w, "Valid=FALSE\nTicket=0\nreasoncode=INV-110\nreasontext=no\nreasonurl=u")
		}, `/AuthLogin: login refused: INV-110 "no"`},
		"not found": {http.NotFound, "expected status 200, received status 404"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.invalid/", http.StatusFound)
		}, "the server redirects"},
		"torn": {func(w http.ResponseWriter, _ *http.Request) {
			panic(http.ErrAbortHandler)
		}, "EOF"},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, 2<<20))
		}, "more than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			web := httptest.NewTLSServer(c.handle)
			defer web.Close()
			err := newWebClient(t, web).Auth(context.Background(), account)
			require.Error(t, err)
			assert.ErrorContains(t, err, c.want)
			for _, secret := range []string{"hush", "password=", "username="} {
				assert.NotContains(t, err.Error(), secret)
			}
		})
	}
}

func TestForeignCertificate(t *testing.T) {
	foreign := httptest.NewTLSServer(http.NotFoundHandler())
	defer foreign.Close()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n")
	}))
	defer web.Close()
	target, err := bot.ParseReady("ready http=" + web.Listener.Addr().String() + " https=" + foreign.Listener.Addr().String())
	require.NoError(t, err)
	c := bot.New(target, bot.Options{PinCertificate: true})
	defer c.Close()
	err = c.Auth(context.Background(), account)
	require.ErrorContains(t, err, "another certificate")
	assert.NotContains(t, err.Error(), "hush")
}

func TestShards(t *testing.T) {
	s := newFake(t)
	c := bot.New(s.target, bot.Options{})
	defer c.Close()
	shards, err := c.Shards(context.Background())
	require.NoError(t, err)
	require.Len(t, shards, 1)
	assert.EqualValues(t, 44, c.Shard().ID)

	s.shard = strings.Replace(fmt.Sprintf(shardBody, "h"), "StatusId=0", "StatusId=2", 1)
	_, err = c.Shards(context.Background())
	require.ErrorIs(t, err, bot.ErrRefused)
	s.shard = "nonsense"
	_, err = c.Shards(context.Background())
	require.ErrorIs(t, err, bot.ErrMalformed)
	assert.ErrorContains(t, err, "shard list at http "+s.http.Listener.Addr().String()+"/ShardList/: ")
}

func TestPubKeyMalformed(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "no key") }))
	defer web.Close()
	_, err := newWebClient(t, web).PubKey(context.Background())
	require.ErrorContains(t, err, "fetch pub.key")
}

func TestAccountHidesPassword(t *testing.T) {
	for _, verb := range []string{"%v", "%s", "%#v"} {
		assert.NotContains(t, fmt.Sprintf(verb, account), "hush", verb)
	}
}
