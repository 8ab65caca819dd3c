package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/accounts"
	"mcos/app/passwords"
)

func accountPost(body string, headers ...string) *http.Request {
	r := posted(body, headers...)
	r.URL.Path, r.URL.RawQuery = "/account", ""
	return r
}

func TestAccountPage(t *testing.T) {
	f := newFixture(t, nil)
	w := f.get("/account")
	require.Equal(t, http.StatusOK, w.Code)
	for _, text := range []string{"Use a password that you use nowhere else", "can read what you write in the game", "Delete account", `autocomplete="current-password"`} {
		assert.Contains(t, w.Body.String(), text)
	}
	assert.Contains(t, f.get("/").Body.String(), `href="/account"`)
}

func TestPasswordChange(t *testing.T) {
	f := newFixture(t, nil)
	w := f.do(f.Plain(), accountPost(fields("do", "password", "name", " Marty ", "password", "OUTATIM3", "new", "88mph!", "repeat", "88mph!")))
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	assert.Contains(t, w.Body.String(), "Your password has been changed")
	assert.Equal(t, "88mph!", f.book.passwords["marty"])
	assert.NotContains(t, f.logged.String(), "88mph")
	assert.NotContains(t, f.logged.String(), "OUTATIM3")
}

func TestAccountDeletion(t *testing.T) {
	f := newFixture(t, nil)
	form := fields("do", "delete", "name", "Marty", "password", "OUTATIM3")
	w := f.do(f.Plain(), accountPost(form))
	assert.Equal(t, http.StatusBadRequest, w.Code)
	assert.Contains(t, w.Body.String(), "Please tick the box")
	assert.Contains(t, f.book.passwords, "marty")
	w = f.do(f.Plain(), accountPost(form+"&confirm=delete"))
	require.Equal(t, http.StatusOK, w.Code)
	assert.Contains(t, w.Body.String(), "Your account is gone")
	assert.NotContains(t, f.book.passwords, "marty")
}

func TestAccountPageRefuses(t *testing.T) {
	change := func(name, password, next, repeat string) string {
		return fields("do", "password", "name", name, "password", password, "new", next, "repeat", repeat)
	}
	good := change("Marty", "OUTATIM3", "88mph!", "88mph!")
	for name, c := range map[string]struct {
		body    string
		headers []string
		err     error
		status  int
		text    string
	}{
		"nothing typed":        {body: change("", "", "x", "x"), status: 400, text: "Please fill in"},
		"wrong password":       {body: change("Marty", "wrong", "x", "x"), status: 403, text: "The name or the password is not right."},
		"nobody":               {body: change("Biff", "OUTATIM3", "x", "x"), status: 403, text: "The name or the password is not right."},
		"bad new password":     {body: change("Marty", "OUTATIM3", "two words", "two words"), status: 400, text: passwordRule},
		"other repetition":     {body: change("Marty", "OUTATIM3", "x", "y"), status: 400, text: "not the same"},
		"wrong, to delete":     {body: fields("do", "delete", "name", "Marty", "password", "wrong", "confirm", "delete"), status: 403, text: "not right"},
		"from another site":    {body: good, headers: []string{"Sec-Fetch-Site", "cross-site"}, status: 403, text: "another web site"},
		"from another origin":  {body: good, headers: []string{"Origin", "http://evil.example"}, status: 403, text: "another web site"},
		"from another referer": {body: good, headers: []string{"Referer", "http://evil.example/"}, status: 403, text: "another web site"},
		"no form":              {body: "", status: 400, text: "cannot read"},
		"too large":            {body: good + "&x=" + strings.Repeat("x", maxForm), status: 400, text: "cannot read"},
		"banned":               {body: good, err: &accounts.BannedError{Reason: "why"}, status: 403, text: "This account is locked"},
		"busy":                 {body: good, err: passwords.ErrBusy, status: 503, text: "busy"},
		"broken":               {body: good, err: assert.AnError, status: 500, text: "Nothing was changed"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.book.err = c.err
			w := f.do(f.Plain(), accountPost(c.body, c.headers...))
			assert.Equal(t, c.status, w.Code)
			assert.Contains(t, w.Body.String(), c.text)
			assert.NotContains(t, w.Body.String(), "OUTATIM3")
			assert.Equal(t, "OUTATIM3", f.book.passwords["marty"])
			assert.NotContains(t, f.logged.String(), "OUTATIM3")
		})
	}
}

func TestAccountAttemptsAreLimited(t *testing.T) {
	f := newFixture(t, limited(t, 2))
	status := func() int {
		return f.do(f.Plain(), accountPost(fields("do", "password", "name", "Marty", "password", "wrong", "new", "x", "repeat", "x"))).Code
	}
	assert.Equal(t, http.StatusForbidden, status())
	assert.Equal(t, http.StatusForbidden, status())
	assert.Equal(t, http.StatusTooManyRequests, status())
	assert.Equal(t, 2, f.book.calls)
}

// FuzzAccountForm posts anything; no account changes without its password, and
// nothing is the server's fault.
func FuzzAccountForm(f *testing.F) {
	for _, seed := range []string{
		fields("do", "delete", "name", "Marty", "password", "wrong", "confirm", "delete"), "do=password&name=%ff&password=%00&new=x&repeat=x", "%", "a;b", "name=Marty&name=x",
	} {
		f.Add(seed)
	}
	fx := newFixture(f, unlimited(f))
	f.Fuzz(func(t *testing.T, body string) {
		if strings.Contains(body, "OUTATIM3") {
			t.Skip()
		}
		w := fx.do(fx.Plain(), accountPost(body))
		require.Less(t, w.Code, http.StatusInternalServerError)
		require.Equal(t, "OUTATIM3", fx.book.passwords["marty"])
	})
}
