package pages

import (
	"bufio"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"

	"mcos/app/admin"
)

func TestPagesAnswer(t *testing.T) {
	f := newFixture(t, nil).enter()
	f.account("alice")
	for path, words := range map[string][]string{
		"/":                   {"Overview · MCOS", "players in the game", "Something to know.", "The &lt;Clocktower&gt;", "Messages / s", "In the last 30 min between 0 and 4, 4 now."},
		"/connections":        {"43300", "Speedy", "1 open connection"},
		"/connections?q=none": {"0 of 1 connection"},
		"/lobby":              {"MCC01", "port 9001", "1 of 100", "1 empty room", "Outsider", "In no room"},
		"/invites":            {"There is no code yet.", "it is <code>closed</code> now"},
		"/bans?network=x":     {"No address is banned.", `value="x"`},
		"/races":              {"street", "$100", "No race has been run yet."},
		"/players":            {"alice", "$10"},
		"/players?q=ALI":      {"alice", "1 account of 1 fits"},
		"/players?q=zzz":      {"Nobody is called that"},
		"/account?name=Alice": {"Customer id", "Ban this account", "192.0.2.9:5000", "/bans?network=192.0.2.9"},
		"/driver?name=alice":  {"shoebox", "starter cash", "Give money"},
		"/traffic":            {"Waiting for the first message"},
		"/traffic?port=43300": {`value="43300"`, `data-live="/live/traffic?conn=&amp;number=&amp;persona=&amp;port=43300"`},
		"/sessions":           {"Nothing has been recorded yet."},
		"/health":             {"Examine again"},
	} {
		a := f.get(path)
		assert.Equal(t, http.StatusOK, a.status, path)
		assert.Equal(t, "text/html; charset=utf-8", a.header.Get("Content-Type"))
		assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
		assert.Equal(t, 1, strings.Count(a.body, "<h1"), path)
		assert.NotContains(t, a.body, "style=", "the policy would refuse it")
		for _, w := range words {
			assert.Contains(t, a.body, w, path)
		}
	}
	for _, path := range []string{"/account?name=bob", "/driver?name=bob", "/account"} {
		a := f.get(path)
		assert.Equal(t, http.StatusNotFound, a.status, path)
		assert.Contains(t, a.body, "Back to the overview")
	}
	// Every entry of the menu leads somewhere and is marked there.
	for _, item := range menu {
		assert.Contains(t, f.get(item.Path).body, `<a href="`+item.Path+`" aria-current="page">`)
	}
}

func TestStaticFiles(t *testing.T) {
	f := newFixture(t, nil)
	a := f.get(staticURL("style.css"))
	assert.Equal(t, http.StatusOK, a.status)
	assert.Contains(t, a.header.Get("Cache-Control"), "immutable")
	assert.Equal(t, "text/css; charset=utf-8", a.header.Get("Content-Type"))
	assert.Equal(t, http.StatusOK, f.get(staticURL("console.js")).status)
	assert.Equal(t, http.StatusOK, f.get(staticURL("icon-32.png")).status)
	assert.NotEqual(t, http.StatusOK, f.get("/static/..%2fplayers.html").status)
	assert.NotEqual(t, http.StatusOK, f.get("/static/nothing.css").status)
}

func TestAccountForms(t *testing.T) {
	f := newFixture(t, nil).enter()
	assert.Equal(t, "/account?name=alice", f.post("/players/add", "name", "alice", "password", "secret"))
	assert.Contains(t, f.get("/account?name=alice").body, "The account alice is there.")
	assert.NotContains(t, f.get("/account?name=alice").body, "The account alice is there.", "said once")
	assert.Equal(t, "/players", f.post("/players/add", "name", "alice", "password", "secret"))
	assert.Contains(t, f.get("/players").body, "exists already")

	account := func() admin.Account {
		list, err := f.local.Accounts(t.Context())
		require.NoError(t, err)
		require.Len(t, list, 1)
		return list[0]
	}
	f.post("/account/ban", "name", "alice", "reason", "rammed <everybody>")
	assert.True(t, account().Banned)
	assert.Contains(t, f.get("/account?name=alice").body, "rammed &lt;everybody&gt;")
	assert.Contains(t, f.get("/players").body, "banned")
	f.post("/account/unban", "name", "alice")
	assert.False(t, account().Banned)
	f.post("/account/password", "name", "alice", "password", "another1")
	assert.Contains(t, f.get("/account?name=alice").body, "has the new password")
	f.post("/account/password", "name", "nobody", "password", "x")
	f.post("/account/remove", "name", "alice", "confirm", "alicia")
	account()
	assert.Equal(t, "/players", f.post("/account/remove", "name", "alice", "confirm", "Alice"))
	list, err := f.local.Accounts(t.Context())
	require.NoError(t, err)
	assert.Empty(t, list)
}

func TestGrantForm(t *testing.T) {
	f := newFixture(t, nil).enter()
	f.account("alice")
	assert.Equal(t, "/driver?name=alice", f.post("/driver/grant", "name", "alice", "cash", "500", "note", "<b>prize</b>"))
	body := f.get("/driver?name=alice").body
	assert.Contains(t, body, "who has $10,500 now.")
	assert.Contains(t, body, "&lt;b&gt;prize&lt;/b&gt;")
	f.post("/driver/grant", "name", "alice", "cash", "-99999999")
	assert.Contains(t, f.get("/driver?name=alice").body, "does not have that much money")
	f.post("/driver/grant", "name", "alice", "cash", "lots")
	assert.Contains(t, f.get("/driver?name=alice").body, "must be a whole number")
}

func TestDriverForms(t *testing.T) {
	f := newFixture(t, nil).enter()
	f.account("alice")
	assert.Equal(t, "/lobby", f.post("/kick", "persona", "alice", "back", "/lobby"))
	assert.Len(t, f.server.ended, 1)
	assert.Contains(t, f.get("/lobby").body, "alice has been logged out (3 connections closed).")
	assert.Equal(t, "/", f.post("/kick", "persona", "nobody", "back", "//evil.example"))
	assert.Equal(t, "/driver?name=alicia", f.post("/driver/rename", "name", "alice", "to", "alicia"))
	assert.Equal(t, http.StatusOK, f.get("/driver?name=alicia").status)
	assert.Equal(t, "/driver?name=alicia", f.post("/driver/rename", "name", "alicia", "to", "far too long"))
	f.post("/connections/close", "connection", "7")
	f.post("/connections/close", "connection", "8")
	assert.Equal(t, []uint64{7, 8}, f.server.shut)
	assert.Contains(t, f.get("/connections").body, "No connection has the number 8.")
}

func TestRestoreForm(t *testing.T) {
	f := newFixture(t, nil).enter()
	f.account("alice")
	require.NoError(t, f.local.Store.Update(func(tx storage.Tx) error {
		p, err := tx.PersonaByName("alice")
		if err != nil {
			return err
		}
		return f.local.Rules.DeletePersona(tx, p.Account, p.ID)
	}))
	assert.Contains(t, f.get("/account?name=alice").body, "Restore alice")
	f.post("/account/restore", "name", "alice", "id", "4711")
	assert.Contains(t, f.get("/account?name=alice").body, "o deleted driver has the id 4711")
	assert.Equal(t, "/driver?name=alice", f.post("/account/restore", "name", "alice", "id", "1000"))
	assert.NotContains(t, f.get("/account?name=alice").body, "Restore alice")
}

func TestModeration(t *testing.T) {
	f := newFixture(t, nil).enter()
	f.account("alice")
	f.post("/driver/mute", "name", "alice")
	assert.Contains(t, f.get("/driver?name=alice").body, "Nobody hears what alice writes now.")
	assert.Contains(t, f.get("/account?name=alice").body, "muted")
	f.post("/driver/unmute", "name", "alice")
	assert.Contains(t, f.get("/driver?name=alice").body, "alice is heard again.")

	f.post("/invites/add", "note", "for <Bob>", "uses", "2", "days", "7")
	codes, err := f.local.Invites(t.Context())
	require.NoError(t, err)
	require.Len(t, codes, 1)
	assert.Equal(t, 2, codes[0].Uses)
	body := f.get("/invites").body
	assert.Contains(t, body, "The new code is "+codes[0].Code)
	assert.Contains(t, body, "for &lt;Bob&gt;")
	assert.Contains(t, body, "0 of 2")
	f.post("/invites/add", "uses", "many")
	assert.Contains(t, f.get("/invites").body, "must be a whole number")
	f.post("/invites/remove", "code", codes[0].Code)
	assert.Contains(t, f.get("/invites").body, "is worth nothing any more")

	f.post("/bans/add", "network", "192.0.2.7", "reason", "<spam>")
	body = f.get("/bans").body
	assert.Contains(t, body, "192.0.2.7/32 is banned; 2 connections were closed.")
	assert.Contains(t, body, "&lt;spam&gt;")
	f.post("/bans/add", "network", "127.0.0.1")
	assert.Contains(t, f.get("/bans").body, "cannot be banned")
	f.post("/bans/remove", "network", "192.0.2.7/32")
	assert.Contains(t, f.get("/bans").body, "may connect again")

	f.post("/lobby/message", "text", `Welcome & "drive"`)
	assert.Contains(t, f.get("/lobby").body, `value="Welcome &amp; &#34;drive&#34;"`)
	f.post("/lobby/message", "text", "")
	assert.Contains(t, f.get("/lobby").body, "no message of the day any more")
	f.post("/lobby/message", "text", "naïve")
	assert.Contains(t, f.get("/lobby").body, "plain ASCII")
	f.post("/lobby/broadcast", "text", "Restart at nine", "minutes", "5")
	assert.Contains(t, f.get("/lobby").body, "The ticker shows it until 12:05. It was mailed to 1 player.")
	assert.Contains(t, f.get("/lobby").body, "the ticker shows: <strong>Restart at nine</strong>")
	f.post("/lobby/message", "text", "Hello")
	assert.Contains(t, f.get("/lobby").body, "when the broadcast is over")
	f.post("/lobby/broadcast", "clear", "1")
	body = f.get("/lobby").body
	assert.Contains(t, body, "The ticker shows it no more.")
	assert.NotContains(t, body, "Restart at nine")
	f.post("/lobby/broadcast", "text", "x", "minutes", "soon")
	assert.Contains(t, f.get("/lobby").body, "must be a whole number")
}

func TestHostOf(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:5": "192.0.2.1", "192.0.2.1": "192.0.2.1", "[2001:db8::1]:5": "2001:db8::1", "127.0.0.1:5": "", "[::1]:5": "", "x": "", "[::ffff:192.0.2.1]:5": "192.0.2.1",
	} {
		assert.Equal(t, want, hostOf(remote), remote)
	}
}

func TestLap(t *testing.T) {
	assert.Equal(t, "1:05.250", lap(65.25))
	assert.Equal(t, "0:59.999", lap(59.999))
	assert.Equal(t, "–", lap(0))
}

func TestRoundUp(t *testing.T) {
	for v, want := range map[float64]float64{0: 1, 1: 1, 1.5: 2, 3: 5, 6: 10, 10: 10, 11: 20, 2001: 5000} {
		assert.InDelta(t, want, roundUp(v), 1e-9)
	}
}

// TestHostileNames has names with everything that could break out of a page; the
// names of accounts and drivers are less free than this.
func TestHostileNames(t *testing.T) {
	const evil = `"><script>alert(1)</script>'&`
	f := newFixture(t, func(o *Options) {
		h := hostile{API: o.Admin, name: evil}
		o.Admin, o.Directory = h, h
	}).enter()
	f.server.name = evil
	for _, path := range []string{"/players", "/lobby", "/races", "/connections", "/invites", "/bans", "/sessions", at("/sessions/show", "id", evil), "/traffic?persona=" + url.QueryEscape(evil), "/bans?network=" + url.QueryEscape(evil), "/players?q=" + url.QueryEscape(evil), at("/account", "name", evil), at("/driver", "name", evil)} {
		a := f.get(path)
		require.Equal(t, http.StatusOK, a.status, path)
		assert.NotContains(t, a.body, "<script>alert", path)
		assert.Contains(t, a.body, "&lt;script&gt;", path)
	}
}

func TestHealth(t *testing.T) {
	f := newFixture(t, nil).enter()
	require.Equal(t, http.StatusOK, f.get("/health").status)
	assert.Eventually(t, func() bool { return strings.Contains(f.get("/health").body, "Port 443") }, waitFor, pause)
	body := f.get("/health").body
	assert.Contains(t, body, "1 problem keeps somebody from playing")
	assert.Contains(t, body, "It is &lt;taken&gt;.")
	assert.Less(t, strings.Index(body, "Port 443"), strings.Index(body, "Store"), "what needs something done comes first")
	assert.Equal(t, "/health", f.post("/health/check"))
}

func TestBackup(t *testing.T) {
	f := newFixture(t, nil).enter()
	f.account("alice")
	assert.Contains(t, f.get("/backups").body, "There is no backup yet.")
	f.post("/backups/save")
	files, err := f.local.Backups(t.Context())
	require.NoError(t, err)
	require.Len(t, files, 1)
	body := f.get("/backups").body
	assert.Contains(t, body, "The backup "+files[0].Name+" has been made.")
	assert.Contains(t, body, "by hand")
	f.post("/backups/restore", "name", "../mcos.db")
	assert.Contains(t, f.get("/backups").body, "There is no backup &#34;../mcos.db&#34;")
	f.post("/backups/restore", "name", files[0].Name)
	assert.Contains(t, f.get("/backups").body, "takes the place of the store at the next start")
	assert.Contains(t, f.get("/backups").body, "Let the store stay", "it waits")
	f.post("/backups/cancel")
	assert.NotContains(t, f.get("/backups").body, "Let the store stay")
	f.post("/backups/cancel")
	assert.Contains(t, f.get("/backups").body, "No backup waits to be restored.")

	a := f.get("/backup")
	assert.Equal(t, http.StatusOK, a.status)
	assert.Equal(t, `attachment; filename="mcos-backup-2026-05-01-1200.db"`, a.header.Get("Content-Disposition"))
	assert.NotEmpty(t, a.body)
}

func TestLive(t *testing.T) {
	f := newFixture(t, nil).enter()
	resp, err := f.browser.Get(f.http.URL + f.place + "/live/overview")
	require.NoError(t, err)
	defer resp.Body.Close()
	assert.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	events := map[string]string{}
	name := ""
	for lines := bufio.NewScanner(resp.Body); len(events) < 3 && lines.Scan(); {
		if event, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			name = event
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			events[name] += data
		}
	}
	assert.Contains(t, events["part-figures"], "players")
	assert.Contains(t, events, "part-services")

	// The end of the server ends the stream.
	f.p.Close()
	for buffer := make([]byte, 4096); err == nil; {
		_, err = resp.Body.Read(buffer)
	}
	assert.Eventually(t, func() bool { return f.p.streams.Load() == 0 }, waitFor, pause)
}

func TestStreamsAreBounded(t *testing.T) {
	f := newFixture(t, nil).enter()
	f.p.streams.Store(maxStreams)
	a := f.get("/live/overview")
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.EqualValues(t, maxStreams, f.p.streams.Load())
}

func TestPanicsAreAnswered(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Admin = hostile{API: o.Admin} }).enter()
	a := f.get("/driver?name=panic")
	assert.Equal(t, http.StatusInternalServerError, a.status)
	assert.Contains(t, a.body, "The server made a mistake.")
	f.http.Close()
	assert.NotContains(t, f.log.String(), "secret of the request")
}
