package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/accounts"
	"mcos/app/passwords"
)

const refusalURL = "\nreasonurl=http://192.0.2.1/SubscribeEntry.jsp"

var accepted = regexp.MustCompile(`\AValid=TRUE\nTicket=([0-9a-f]{34})\z`)

func assertTextAnswer(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	assert.Equal(t, http.StatusOK, w.Code)
	assert.Equal(t, "text/plain", w.Header().Get("Content-Type"))
	assert.Equal(t, len(w.Body.String()), int(w.Result().ContentLength))
}

func TestLoginAccepted(t *testing.T) {
	f := newFixture(t, nil)
	for name, query := range map[string]string{
		"as the game":      "username=marty&password=OUTATIM3&serviceID=2176&version=2.0",
		"other order":      "version=2.5&password=OUTATIM3&x=&username=MARTY",
		"escaped":          "user%6eame=%6Darty&password=%4f%55%54ATIM3",
		"first one counts": "username=marty&password=OUTATIM3&username=biff&password=hello",
	} {
		t.Run(name, func(t *testing.T) {
			w := f.login(query)
			assertTextAnswer(t, w)
			m := accepted.FindStringSubmatch(w.Body.String())
			require.NotNil(t, m, w.Body.String())
			account, err := f.tickets.TicketAccount(m[1], netip.MustParseAddr("192.0.2.1"))
			require.NoError(t, err)
			assert.EqualValues(t, 5551212, account)
		})
	}
}

func TestLoginRefused(t *testing.T) {
	f := newFixture(t, nil)
	const wrong = "Valid=FALSE\nTicket=0\nreasoncode=INV-110\n" +
		"reasontext=Member name or password incorrect, please try again." + refusalURL
	for name, query := range map[string]string{
		"wrong password":       "username=marty&password=outatim3",
		"unknown name":         "username=biff&password=OUTATIM3",
		"no password":          "username=marty",
		"empty password":       "username=marty&password=",
		"no name":              "password=OUTATIM3",
		"nothing":              "",
		"second one is right":  "username=marty&password=x&password=OUTATIM3",
		"broken escapes":       "username=%&password=%zz%4",
		"other capitals":       "Username=marty&Password=OUTATIM3",
		"nothing but ampersan": "&&&=&=",
	} {
		t.Run(name, func(t *testing.T) {
			w := f.login(query)
			assertTextAnswer(t, w)
			assert.Equal(t, wrong, w.Body.String())
		})
	}
}

func TestLoginRefusedByTheServer(t *testing.T) {
	for name, c := range map[string]struct {
		err        error
		code, text string
	}{
		"banned":        {&accounts.BannedError{}, "INV-100", "This login is locked."},
		"with a reason": {&accounts.BannedError{Reason: "cheating"}, "INV-100", "This login is locked: cheating"},
		"odd reason":    {&accounts.BannedError{Reason: "für\nimmer"}, "INV-100", "This login is locked: f?r?immer"},
		"busy":          {passwords.ErrBusy, "INV-200", "The server is busy. Please try again in a moment."},
		"gave up":       {context.Canceled, "INV-200", "The server is busy. Please try again in a moment."},
		"broken":        {errors.New("disk on fire"), "INV-200", "The server has a problem and cannot check your login. Please try again later."},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.book.err = c.err
			w := f.login("username=marty&password=OUTATIM3")
			assertTextAnswer(t, w)
			assert.Equal(t, "Valid=FALSE\nTicket=0\nreasoncode="+c.code+"\nreasontext="+c.text+refusalURL, w.Body.String())
		})
	}
}

func TestLongBanReasonIsCut(t *testing.T) {
	f := newFixture(t, nil)
	f.book.err = &accounts.BannedError{Reason: strings.Repeat("x", 500)}
	lines := strings.Split(f.login("username=marty&password=OUTATIM3").Body.String(), "\n")
	require.Len(t, lines, 5)
	assert.Len(t, lines[3], len("reasontext=")+199)
}

func TestLoginTicketFails(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Tickets = noTickets{} })
	w := f.login("username=marty&password=OUTATIM3")
	assertTextAnswer(t, w)
	assert.Contains(t, w.Body.String(), "Valid=FALSE\nTicket=0\nreasoncode=INV-200\n")
}

type noTickets struct{}

func (noTickets) IssueAt(uint32, string, string) (string, error) {
	return "", errors.New("no randomness")
}

func TestLoginOnPlainHTTP(t *testing.T) {
	const target = "/AuthLogin?username=marty&password=OUTATIM3"
	off := newFixture(t, nil)
	w := off.get(target)
	assertTextAnswer(t, w)
	assert.Equal(t, "Valid=FALSE\nTicket=0\nreasoncode=INV-200\nreasontext=This server takes logins over HTTPS only."+refusalURL, w.Body.String())
	assert.Zero(t, off.book.calls)

	on := newFixture(t, func(o *Options) { o.Config.AuthLoginPlain = true })
	assert.Regexp(t, accepted, on.get(target).Body.String())
}

func TestLoginRateLimit(t *testing.T) {
	f := newFixture(t, limited(t, 2))
	for range 20 { // a household comes back after a restart
		assert.Regexp(t, accepted, f.login("username=marty&password=OUTATIM3").Body.String())
	}
	f.book.calls = 0
	for range 2 {
		f.login("username=marty&password=wrong")
	}
	w := f.login("username=marty&password=OUTATIM3")
	assertTextAnswer(t, w)
	assert.Equal(t, "Valid=FALSE\nTicket=0\nreasoncode=INV-200\n"+
		"reasontext=Too many wrong passwords from your address. Please wait a minute and try again."+refusalURL, w.Body.String())
	assert.Equal(t, 2, f.book.calls, "no password is checked above the limit")
	assert.Contains(t, f.logged.String(), "limits.wrong_passwords", "the log says which limit it was")

	other := httptest.NewRequest(http.MethodGet, "/AuthLogin?username=marty&password=OUTATIM3", nil)
	other.RemoteAddr = "[2001:db8::1]:1234"
	assert.Regexp(t, accepted, f.do(f.Secure(), other).Body.String(), "another address is not affected")
}

func TestLoginIsAlwaysStatus200(t *testing.T) {
	f := newFixture(t, nil)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodHead, "ODD"} {
		w := f.do(f.Secure(), httptest.NewRequest(method, "/AuthLogin", nil))
		assert.Equal(t, http.StatusOK, w.Code, method)
	}
}

func TestReasonURLHasThePort(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Ports.Web = 8080 })
	assert.True(t, strings.HasSuffix(f.login("").Body.String(), "\nreasonurl=http://192.0.2.1:8080/SubscribeEntry.jsp"))
}

func TestCredentials(t *testing.T) {
	for query, want := range map[string][]string{
		"username=a%26b%3Dc%25&password=%21~":                       {"a&b=c%", "!~", "%21~"},
		"username=a=b&password==":                                   {"a=b", "="},
		"username=me&password=a+b":                                  {"me", "a+b"},
		"username=me&password=a%2Bb":                                {"me", "a+b", "a%2Bb"},
		"username=me&password=50%":                                  {"me", "50%"},
		"username=me&password=50%2":                                 {"me", "50%2"},
		"username=me&password=%+1":                                  {"me", "%+1"},
		"username=%e9&password=é":                                   {"\xe9", "é"},
		"username&password":                                         {""},
		"username=&username=me&password=x":                          {"", "x"},
		"a;username=me;password=x":                                  {""},
		"username=me&password=a&b&serviceID=2176&version=2.0":       {"me", "a", "a&b"},
		"username=me&password=a%26b&serviceID=2176&version=2.0":     {"me", "a&b", "a%26b"},
		"username=me&password=&x=1&&serviceID=2176":                 {"me", "&x=1&"},
		"username=me&password=x;y&serviceID=2176":                   {"me", "x;y"},
		"serviceID=2176&version=2.0&password=a&b&username=me":       {"me", "a", "a&b"},
		"username=me&password=one&password=two&serviceID=2176":      {"me", "one", "one&password=two"},
		"username=me&password=100%41&up&serviceID=2176&version=2.0": {"me", "100A", "100A&up", "100%41&up"},
	} {
		name, readings := credentials(query)
		assert.Equal(t, want[0], name, query)
		assert.ElementsMatch(t, want[1:], readings, query)
	}
}

// Whatever way the game escapes a password, it gets in, and the account is
// nobody's who leaves a part of it out.
func TestOddPasswords(t *testing.T) {
	f := newFixture(t, unlimited(t))
	for i, password := range []string{"a&b&c-12", "100%41abc", "%%%%%%%%", "x;y;z;12", "a+b+c+d+", "=&=&=&=&", "A%26&Bcde"} {
		name := "odd" + strconv.Itoa(i)
		f.book.passwords[name] = password
		for way, sent := range map[string]string{
			"as it is": password, "escaped": url.QueryEscape(password),
			"only what must be": strings.NewReplacer("%", "%25", "&", "%26").Replace(password),
		} {
			w := f.login("username=" + name + "&password=" + sent + "&serviceID=2176&version=2.0")
			assert.Regexp(t, accepted, w.Body.String(), "%s %s", password, way)
		}
		w := f.login("username=" + name + "&password=" + url.QueryEscape(password[:len(password)-1]) + "&serviceID=2176&version=2.0")
		assert.Contains(t, w.Body.String(), "INV-110", password)
	}
}

// FuzzAuthLogin sends any query to the login: the answer keeps its form, and what
// was properly escaped arrives as the standard library reads it.
func FuzzAuthLogin(f *testing.F) {
	f.Add("username=marty&password=OUTATIM3&serviceID=2176&version=2.0")
	f.Add("password=%4F%55&username=a%00b&&=;%zz")
	f.Add("username=a%0aValid=TRUE%0aTicket=1&password=%0d%0a")
	f.Add("username=" + strings.Repeat("%41", 40) + "&password=+")
	fx := newFixture(f, unlimited(f))
	refused := regexp.MustCompile(`\AValid=FALSE\nTicket=0\nreasoncode=INV-110\nreasontext=[ -~]{1,199}\nreasonurl=http://192\.0\.2\.1/SubscribeEntry\.jsp\z`)
	f.Fuzz(func(t *testing.T, query string) {
		name, readings := credentials(query)
		require.LessOrEqual(t, len(readings), 3)
		if q, err := url.ParseQuery(query); err == nil && !strings.Contains(query, "+") {
			require.Equal(t, q.Get("username"), name)
			if password := q.Get("password"); password != "" {
				require.Contains(t, readings, password)
			}
		}
		r := httptest.NewRequest(http.MethodGet, "/AuthLogin", nil)
		r.URL.RawQuery = query
		w := fx.do(fx.Secure(), r)
		require.Equal(t, http.StatusOK, w.Code)
		if body := w.Body.String(); strings.EqualFold(name, "marty") && slices.Contains(readings, "OUTATIM3") {
			require.Regexp(t, accepted, body)
		} else {
			require.Regexp(t, refused, body)
		}
	})
}
