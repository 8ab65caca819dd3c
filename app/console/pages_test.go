package console

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/console/client"
)

// browser is a client that keeps cookies and follows redirections.
func browser(t *testing.T) *http.Client {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &http.Client{Jar: &folderJar{CookieJar: jar}}
}

// folderJar remembers the folder that the last cookie is for.
type folderJar struct {
	http.CookieJar
	folder string
}

func (j *folderJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		j.folder = strings.TrimSuffix(c.Path, "/")
	}
	j.CookieJar.SetCookies(u, cookies)
}

// folderOf is where the pages of a browser's session are.
func folderOf(t *testing.T, b *http.Client) string {
	folder := b.Jar.(*folderJar).folder
	require.NotEmpty(t, folder)
	return folder
}

// open asks for a page and returns the path it ended on.
func open(t *testing.T, b *http.Client, address string) (status int, path string) {
	resp, err := b.Get(address)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode, resp.Request.URL.Path
}

func TestLinkLetsABrowserIn(t *testing.T) {
	f := newFixture(t, nil)
	b := browser(t)
	status, path := open(t, b, f.http.URL+"/")
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "/login", path)

	link, err := client.New(f.http.Listener.Addr().String(), f.c.token).LoginURL(t.Context())
	require.NoError(t, err)
	status, path = open(t, b, link)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "/enter", path)
	_, path = open(t, b, f.http.URL+folderOf(t, b)+"/players")
	assert.Equal(t, folderOf(t, b)+"/players", path)
	_, path = open(t, b, f.http.URL+"/players")
	assert.Equal(t, "/login", path, "outside of its folder the browser is nobody")

	status, _ = open(t, browser(t), link)
	assert.Equal(t, http.StatusForbidden, status, "it works once")
}

func TestPasswordLetsABrowserIn(t *testing.T) {
	f := newFixture(t, nil)
	require.NoError(t, SetPassword(t.Context(), f.c.Dir, f.c.Hasher, "1.21gigawatts"))
	b := browser(t)
	login := func(password string) (int, string) {
		resp, err := b.PostForm(f.http.URL+"/login", url.Values{"password": {password}, "next": {"/players"}})
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode, resp.Request.URL.Path
	}
	status, path := login("wrong")
	assert.Equal(t, http.StatusUnauthorized, status)
	assert.Equal(t, "/login", path)
	status, path = login("1.21gigawatts")
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, folderOf(t, b)+"/players", path)
}

func TestPagesNeedAKnownHost(t *testing.T) {
	f := newFixture(t, nil)
	for _, path := range []string{"/", "/login", "/static/style.css", "/anything"} {
		status, _, _ := f.do(request{method: http.MethodGet, path: path, host: "evil.example.org"})
		assert.Equal(t, http.StatusForbidden, status, path)
	}
}

// TestCookieIsNoKeyToTheAPI makes sure that a page elsewhere gains nothing from
// the operator's cookie.
func TestCookieIsNoKeyToTheAPI(t *testing.T) {
	f := newFixture(t, nil)
	b := browser(t)
	link, err := f.c.pages.Link()
	require.NoError(t, err)
	open(t, b, f.http.URL+link)
	_, path := open(t, b, f.http.URL+folderOf(t, b)+"/players")
	require.Equal(t, folderOf(t, b)+"/players", path)
	for _, place := range []string{"", folderOf(t, b)} {
		status, _ := open(t, b, f.http.URL+place+"/api/v1/accounts")
		assert.NotEqual(t, http.StatusOK, status, place)
	}
}
