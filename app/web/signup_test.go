package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/limits"
	"mcos/app/passwords"
)

const formPath = "/SubscribeEntry.jsp"

func posted(body string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://192.0.2.1"+formPath+"?prodID=REG-MCO", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func fields(pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

var goodForm = fields("name", "Doc_Brown", "password", "88mph!", "repeat", "88mph!")

func TestSignUpForm(t *testing.T) {
	f := newFixture(t, nil)
	w := f.get(formPath + "?prodID=REG-MCO")
	require.Equal(t, http.StatusOK, w.Code)
	assert.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
	body := w.Body.String()
	assert.Contains(t, body, `<form method="post" action="/SubscribeEntry.jsp"`)
	assert.Contains(t, body, "Use a password that you use nowhere else")
	assert.Contains(t, body, "can read what you write in the game, and can record")
	assert.NotContains(t, body, `name="code"`)
	assert.NotContains(t, body, "<script")
}

func TestSignUpCreates(t *testing.T) {
	f := newFixture(t, nil)
	w := f.do(f.Plain(), posted(goodForm))
	require.Equal(t, http.StatusOK, w.Code)
	assert.Contains(t, w.Body.String(), "Welcome, Doc_Brown!")
	for _, next := range []string{"/registry", "/key", "/cert", "Start the game", "The Clocktower"} {
		assert.Contains(t, w.Body.String(), next)
	}
	assert.NotContains(t, w.Body.String(), "88mph")
	assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	assert.Equal(t, "88mph!", f.book.passwords["doc_brown"])
	assert.Regexp(t, accepted, f.login("username=Doc_Brown&password=88mph%21").Body.String())
}

func TestSignUpRefuses(t *testing.T) {
	long := strings.Repeat("x", 73)
	for name, c := range map[string]struct {
		body   string
		status int
		errors []string
		kept   string
	}{
		"short name":       {fields("name", "ab", "password", "pw", "repeat", "pw"), 400, []string{nameRule}, "ab"},
		"odd name":         {fields("name", "Doc Brown", "password", "pw", "repeat", "pw"), 400, []string{nameRule}, "Doc Brown"},
		"long name":        {fields("name", strings.Repeat("a", 33), "password", "pw", "repeat", "pw"), 400, []string{nameRule}, strings.Repeat("a", 32)},
		"no password":      {fields("name", "Biff"), 400, []string{passwordRule}, "Biff"},
		"blank inside":     {fields("name", "Biff", "password", "two words", "repeat", "two words"), 400, []string{passwordRule}, "Biff"},
		"long password":    {fields("name", "Biff", "password", long, "repeat", long), 400, []string{passwordRule}, "Biff"},
		"not ASCII":        {fields("name", "Biff", "password", "Größe", "repeat", "Größe"), 400, []string{passwordRule}, "Biff"},
		"other repetition": {fields("name", "Biff", "password", "abc", "repeat", "abd"), 400, []string{"not the same"}, "Biff"},
		"both wrong":       {fields("name", "b", "password", "", "repeat", ""), 400, []string{nameRule, passwordRule}, "b"},
		"name taken":       {fields("name", "MARTY", "password", "abc", "repeat", "abc"), 409, []string{"Somebody else has this name"}, "MARTY"},
		"empty":            {"", 400, []string{"cannot read"}, ""},
		"broken escapes":   {"name=%zz", 400, []string{"cannot read"}, ""},
		"too large":        {fields("name", "Biff", "password", strings.Repeat("x", maxForm)), 400, []string{"cannot read"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			w := f.do(f.Plain(), posted(c.body))
			assert.Equal(t, c.status, w.Code)
			body := w.Body.String()
			for _, text := range c.errors {
				assert.Contains(t, body, text)
			}
			assert.Equal(t, len(c.errors), strings.Count(body, `<p class="error">`))
			assert.Contains(t, body, `name="name" value="`+c.kept+`"`)
			assert.Equal(t, 2, strings.Count(body, `type="password"`))
			assert.NotContains(t, body, `value="abc"`)
			assert.Len(t, f.book.passwords, 1, "no account was made")
		})
	}
}

func TestSignUpProblems(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		text   string
	}{
		"busy":   {passwords.ErrBusy, 503, "The server is busy"},
		"broken": {errors.New("disk on fire"), 500, "cannot make accounts now"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.book.err = c.err
			w := f.do(f.Plain(), posted(goodForm))
			assert.Equal(t, c.status, w.Code)
			assert.Contains(t, w.Body.String(), c.text)
			assert.Contains(t, w.Body.String(), `value="Doc_Brown"`)
			assert.NotContains(t, w.Body.String(), "fire")
		})
	}
}

func TestSignUpEscapes(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Shard.Name, o.Shard.Description = `A <b>"bold"</b> & fast one`, "" })
	const evil = `"><script>x()</script>`
	w := f.do(f.Plain(), posted(fields("name", evil, "password", "a", "repeat", "a")))
	assert.Equal(t, http.StatusBadRequest, w.Code)
	assert.NotContains(t, w.Body.String(), "<script>")
	assert.NotContains(t, w.Body.String(), "<b>&#34;bold")
	assert.Contains(t, w.Body.String(), `value="&#34;&gt;&lt;script&gt;x()&lt;/script&gt;"`)
	assert.Contains(t, w.Body.String(), "A &lt;b&gt;&#34;bold&#34;&lt;/b&gt; &amp; fast one")
}

func TestSignUpClosed(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Config.Signup = "closed" })
	for _, r := range []*http.Request{httptest.NewRequest(http.MethodGet, formPath, nil), posted(goodForm)} {
		w := f.do(f.Plain(), r)
		assert.Contains(t, w.Body.String(), "is closed")
		assert.NotContains(t, w.Body.String(), "<form")
	}
	assert.Zero(t, f.book.calls)
	assert.NotContains(t, f.get("/").Body.String(), formPath)
}

func TestSignUpWithCode(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Config.Signup, o.Config.SignupCode = "code", "Hill-Valley " })
	body := f.get(formPath).Body.String()
	assert.Contains(t, body, `name="code"`)
	for _, code := range []string{"", "&code=", "&code=hill-valley", "&code=Hill", "&code=Hill-Valley2"} {
		w := f.do(f.Plain(), posted(goodForm+code))
		assert.Equal(t, http.StatusBadRequest, w.Code)
		assert.Contains(t, w.Body.String(), "This is not the sign-up code")
		assert.NotContains(t, w.Body.String(), "Hill-Valley")
	}
	assert.Zero(t, f.book.calls, "a wrong code never reaches the store")
	assert.Equal(t, http.StatusOK, f.do(f.Plain(), posted(goodForm+"&code=+Hill-Valley+")).Code)
	assert.NotContains(t, f.logged.String(), "Hill")
}

func TestSignUpsOfOneAddressAreLimited(t *testing.T) {
	f := newFixture(t, limited(t, 2))
	for range 20 {
		assert.Equal(t, http.StatusBadRequest, f.do(f.Plain(), posted("name=x")).Code, "a form with mistakes costs nothing")
	}
	for _, name := range []string{"anna", "bert"} {
		assert.Equal(t, http.StatusOK, f.do(f.Plain(), posted(strings.Replace(goodForm, "name=Doc_Brown", "name="+name, 1))).Code)
	}
	w := f.do(f.Plain(), posted(goodForm))
	assert.Equal(t, http.StatusTooManyRequests, w.Code)
	assert.Contains(t, w.Body.String(), "Too many accounts")
	assert.Equal(t, 2, f.book.calls)
	assert.Contains(t, f.logged.String(), "limits.signups_per_hour")
	assert.Equal(t, http.StatusOK, f.get(formPath).Code, "the empty form costs nothing")
	assert.Regexp(t, accepted, f.login("username=marty&password=OUTATIM3").Body.String(), "and who has an account gets in")
}

// A code can be guessed like a password.
func TestGuessedSignUpCodesCount(t *testing.T) {
	for signup, code := range map[string]string{"code": "Hill-Valley", "invite": "AAAA-BBBB-CCCC"} {
		f := newFixture(t, func(o *Options) {
			limited(t, 2)(o)
			o.Config.Signup, o.Config.SignupCode = signup, "Hill-Valley"
		})
		for range 2 {
			assert.Equal(t, http.StatusBadRequest, f.do(f.Plain(), posted(goodForm+"&code=wrong")).Code)
		}
		w := f.do(f.Plain(), posted(goodForm+"&code="+code))
		assert.Equal(t, http.StatusTooManyRequests, w.Code)
		assert.Contains(t, w.Body.String(), "wait a minute")
	}
}

func TestSignUpFromOtherSites(t *testing.T) {
	for name, c := range map[string]struct {
		headers []string
		ok      bool
	}{
		"says nothing":       {nil, true},
		"own origin":         {[]string{"Origin", "http://192.0.2.1"}, true},
		"own referer":        {[]string{"Referer", "http://192.0.2.1/SubscribeEntry.jsp"}, true},
		"new browser":        {[]string{"Sec-Fetch-Site", "same-origin", "Origin", "http://192.0.2.1"}, true},
		"foreign origin":     {[]string{"Origin", "http://evil.example"}, false},
		"other port":         {[]string{"Origin", "http://192.0.2.1:8080"}, false},
		"hidden origin":      {[]string{"Origin", "null"}, false},
		"foreign referer":    {[]string{"Referer", "http://evil.example/192.0.2.1"}, false},
		"broken referer":     {[]string{"Referer", "http://[/"}, false},
		"cross site":         {[]string{"Sec-Fetch-Site", "cross-site"}, false},
		"origin beats other": {[]string{"Origin", "http://evil.example", "Referer", "http://192.0.2.1/"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			w := f.do(f.Plain(), posted(goodForm, c.headers...))
			if c.ok {
				assert.Equal(t, http.StatusOK, w.Code)
				assert.Equal(t, 1, f.book.calls)
				return
			}
			assert.Equal(t, http.StatusForbidden, w.Code)
			assert.Contains(t, w.Body.String(), "another web site")
			assert.Zero(t, f.book.calls)
		})
	}
}

// FuzzSignUp posts any text: no answer quotes a password or lets markup through,
// and an account is made only from fields that keep the rules.
func FuzzSignUp(f *testing.F) {
	f.Add(goodForm)
	f.Add(fields("name", `"><script>x()</script>`, "password", "a", "repeat", "a"))
	f.Add("name=%zz&password=a;b&name=&&=")
	f.Add("name=Biff&password=secretsecret&repeat=other")
	f.Add(strings.Repeat("name=a&", 40))
	fx := newFixture(f, unlimited(f))
	f.Fuzz(func(t *testing.T, body string) {
		clear(fx.book.passwords)
		w := fx.do(fx.Plain(), posted(body))
		require.Contains(t, []int{200, 400}, w.Code)
		page := w.Body.String()
		q, err := url.ParseQuery(body)
		if w.Code == http.StatusOK {
			require.NoError(t, err)
			require.Equal(t, map[string]string{strings.ToLower(strings.TrimSpace(q.Get("name"))): q.Get("password")}, fx.book.passwords)
			require.Equal(t, q.Get("password"), q.Get("repeat"))
		} else {
			require.Empty(t, fx.book.passwords)
		}
		if p := q.Get("password"); len(p) > 20 && !strings.Contains(q.Get("name"), p) {
			require.NotContains(t, page, p)
		}
		require.Equal(t, strings.Count(page, "<"), strings.Count(page, ">"), "no half markup")
		require.NotContains(t, page, "<script")
	})
}

func TestSignUpWithInvite(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Config.Signup = "invite" })
	assert.Contains(t, f.get(formPath).Body.String(), "Invite code")
	w := f.do(f.Plain(), posted(goodForm+"&code=NOPE"))
	assert.Equal(t, http.StatusBadRequest, w.Code)
	assert.Contains(t, w.Body.String(), "unknown, over or used up")
	assert.NotContains(t, f.book.passwords, "doc_brown")
	w = f.do(f.Plain(), posted(goodForm+"&code=AAAA-BBBB-CCCC"))
	assert.Contains(t, w.Body.String(), "Welcome, Doc_Brown!")
	assert.NotContains(t, f.logged.String(), "AAAA")
}

// passwordRule is what somebody reads whose new password will not do, in a fixture.
const passwordRule = "A password has 1 to 72 letters (A to Z), digits or signs, without blanks."

// New passwords have eight characters unless the operator wishes otherwise, on both
// pages; the one that an account has may be shorter.
func TestPasswordLength(t *testing.T) {
	require.Equal(t, 8, Default().PasswordLength)
	const rule = "A password has 8 to 72 letters (A to Z), digits or signs, without blanks."
	f := newFixture(t, func(o *Options) { o.Config.PasswordLength = Default().PasswordLength })
	f.book.passwords["doc"] = "flux"
	assert.Contains(t, f.get("/SubscribeEntry.jsp").Body.String(), "8 to 72 letters, digits or signs")
	w := f.do(f.Plain(), posted(fields("name", "Biff", "password", "1234567", "repeat", "1234567")))
	assert.Equal(t, http.StatusBadRequest, w.Code)
	assert.Contains(t, w.Body.String(), rule)
	w = f.do(f.Plain(), posted(fields("name", "Biff", "password", "12345678", "repeat", "12345678")))
	assert.Equal(t, http.StatusOK, w.Code, w.Body.String())
	w = f.do(f.Plain(), accountPost(fields("do", "password", "name", "doc", "password", "flux", "new", "1234567", "repeat", "1234567")))
	assert.Equal(t, http.StatusBadRequest, w.Code)
	assert.Contains(t, w.Body.String(), rule)
	w = f.do(f.Plain(), accountPost(fields("do", "password", "name", "doc", "password", "flux", "new", "12345678", "repeat", "12345678")))
	assert.Equal(t, http.StatusOK, w.Code, w.Body.String())
}

// Wrong passwords for one account count together, whichever page they are tried on and
// whatever address they come from; the owner still gets in from where he was lately.
func TestGuessesForOneAccount(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		cfg := limits.Default()
		cfg.WrongPasswordsPerAccount = 4
		var err error
		o.Limits, err = limits.New(cfg, func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) })
		require.NoError(t, err)
	})
	at := func(n int) string { return fmt.Sprintf("198.51.100.%d:1000", n) }
	try := func(n int, password string) string {
		r := httptest.NewRequest(http.MethodGet, "/AuthLogin?username=Marty&password="+password, nil)
		r.RemoteAddr = at(n)
		w := httptest.NewRecorder()
		f.Secure().ServeHTTP(w, r)
		return w.Body.String()
	}
	require.Contains(t, try(1, "OUTATIM3"), "Valid=TRUE")
	require.Contains(t, try(2, "OUTATIM3"), "Valid=TRUE")
	for n := range 2 {
		assert.Contains(t, try(10+n, "guess"), "INV-110")
	}
	for n := range 2 {
		r := accountPost(fields("do", "password", "name", "MARTY", "password", "guess", "new", "12345678", "repeat", "12345678"))
		r.RemoteAddr = at(20 + n)
		w := httptest.NewRecorder()
		f.Secure().ServeHTTP(w, r)
		assert.Equal(t, http.StatusForbidden, w.Code)
	}
	calls := f.book.calls
	assert.Contains(t, try(30, "OUTATIM3"), "INV-200", "a stranger waits, whatever he knows")
	assert.Equal(t, calls, f.book.calls, "nothing was looked at")
	assert.Contains(t, try(1, "OUTATIM3"), "Valid=TRUE")
	assert.Contains(t, try(2, "OUTATIM3"), "Valid=TRUE")
	assert.Contains(t, f.logged.String(), "limits.wrong_passwords_per_account")
}
