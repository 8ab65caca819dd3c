package e2e

import (
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/bot"
	"mcos/app/console/client"
	"mcos/app/datadir"
	"mcos/app/record"
)

//go:embed testdata/audit.js
var audit string

// look is a way in which a page is looked at.
type look struct {
	name          string
	width, height int64
	scheme        string
	phone         bool
}

var looks = []look{
	{"", 1280, 900, "light", false},
	{"-dark", 1280, 900, "dark", false},
	{"-phone", 390, 844, "light", true},
	{"-phone-dark", 390, 844, "dark", true},
}

// consolePage is a page to be walked. ready is a text that it shows when it is
// complete.
type consolePage struct{ name, path, ready string }

var consolePages = []consolePage{
	{"players", "/players", "Racer1"},
	{"account", "/account?name=Racer1", "Customer id"},
	{"driver", "/driver?name=Racer1", "Give money"},
	{"lobby", "/lobby", "Rusty"},
	{"races", "/races", "entry fees are held"},
	{"connections", "/connections", "mcots"},
	{"invites", "/invites", "There is no code yet."},
	{"bans", "/bans", "No address is banned."},
	{"traffic", "/traffic?port=43300", "MC_"},
	{"sessions", "/sessions", "Being recorded"},
	{"setup", "/setup", "three files"},
	{"health", "/health", "Store"},
	{"backups", "/backups", "Back up now"},
	{"settings", "/settings?section=server", "public_host"},
	{"missing", "/no/such/page", "no such page"},
	// The last one, so that its charts have something to show.
	{"overview", "/", "players in the game"},
}

// TestConsoleInABrowser walks all pages of the console in a browser, with players
// on the server: in light and dark, on a desktop and on a phone. MCOS_SCREENSHOTS
// names a folder for pictures of what it sees.
func TestConsoleInABrowser(t *testing.T) {
	b := newBrowser(t)
	dir := t.TempDir()
	if b.folder != "" { // the folder is seen in the pictures
		dir = filepath.Join(os.TempDir(), "mcos")
		require.NoError(t, os.RemoveAll(dir))
		require.NoError(t, os.Mkdir(dir, 0o700))
		t.Cleanup(func() { os.RemoveAll(dir) })
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mcos.yaml"), []byte("bots:\n  count: 5\n"), 0o600))
	s := run(t, dir)
	s.players()
	live, err := client.Find(t.Context(), datadir.At(dir))
	require.NoError(t, err)
	home := strings.TrimSuffix(live.URL(), "/")
	require.Eventually(t, func() bool {
		races, err := live.Races(t.Context())
		return err == nil && len(races.Running) > 0
	}, enough, 100*time.Millisecond, "nobody races")

	b.look(looks[0])
	b.open(home+"/players", "How to get in")
	b.check("login")
	b.picture("login")
	link, err := live.LoginURL(t.Context())
	require.NoError(t, err)
	b.open(link, "players in the game") // it goes on by itself
	// Its pages have a folder of their own; from outside, the script finds the way back.
	var folder string
	b.open(home+"/players", "Racer1")
	require.NoError(t, chromedp.Run(b.ctx, chromedp.Evaluate("document.body.dataset.folder", &folder)))
	require.Regexp(t, "^/s/[0-9a-f]{64}$", folder)
	home += folder
	b.keyboard()
	_, err = live.Record(t.Context(), record.Order{})
	require.NoError(t, err)
	for _, l := range looks {
		b.look(l)
		for _, p := range consolePages {
			b.open(home+p.path, p.ready)
			b.fresh()
			if p.name == "traffic" {
				b.unfold()
			}
			b.check(p.name + l.name)
			b.picture(p.name + l.name)
		}
	}
	b.forms(home)
	b.recording(home)
	b.otherSite(live, home)
	if b.folder == "" {
		return
	}
	// By now these have more to show.
	for _, l := range looks {
		b.look(l)
		for _, p := range []consolePage{{"overview", "/", "players in the game"}, {"races", "/races", "won by"}} {
			b.open(home+p.path, p.ready)
			b.fresh()
			b.script(`document.querySelector("#recent summary")?.click()`)
			b.picture(p.name + l.name)
		}
	}
}

// players has somebody in the lobby and a race on the track until the test ends.
func (s *server) players() {
	t := s.t
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		wg.Wait()
	})
	wg.Go(func() {
		e := bot.Evening{
			Target: s.target, Players: 4, Rounds: 1000, Fee: 500, Hz: 10, Duration: raceTime(), Seed: 1, Name: "Racer", Grace: time.Second,
			Password: func() (string, error) { return password, nil }, Options: bot.Options{},
		}
		_, _ = e.Run(ctx) // it is cut off at the end
	})
}

// browser is a headless Chromium with one page.
type browser struct {
	t      *testing.T
	ctx    context.Context
	folder string // for pictures, or ""
	mu     sync.Mutex
	errors []string // that the browser complained of
}

func newBrowser(t *testing.T) *browser {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium here (make setup installs it)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.Flag("hide-scrollbars", true))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*enough)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx, folder: os.Getenv("MCOS_SCREENSHOTS")}
	chromedp.ListenTarget(ctx, b.listen)
	require.NoError(t, chromedp.Run(ctx))
	return b
}

// listen notes what the browser complains of.
func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.errors = append(b.errors, e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			b.errors = append(b.errors, string(e.Type))
		}
	case *cdplog.EventEntryAdded:
		// The answer 404 of the page that is missing is no mistake.
		if e.Entry.Level == cdplog.LevelError && !strings.Contains(e.Entry.URL, "/no/such/page") {
			b.errors = append(b.errors, e.Entry.Text+" "+e.Entry.URL)
		}
	}
}

func (b *browser) look(l look) {
	b.t.Helper()
	media := emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}})
	scale := 1.0
	require.NoError(b.t, chromedp.Run(b.ctx, emulation.SetDeviceMetricsOverride(l.width, l.height, scale, l.phone), media))
}

// open goes to a page and waits until its main part shows a text.
func (b *browser) open(address, ready string) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Run(b.ctx, chromedp.Navigate(address)))
	require.Eventually(b.t, func() bool { return strings.Contains(b.text(), ready) }, 30*time.Second, 50*time.Millisecond, "%s never shows %q", address, ready)
}

// fresh waits until a page that refreshes itself has done so.
func (b *browser) fresh() {
	b.t.Helper()
	require.Eventually(b.t, func() bool {
		var yes bool
		err := chromedp.Run(b.ctx, chromedp.Evaluate(`!document.body.dataset.live || document.body.classList.contains("live")`, &yes))
		return err == nil && yes
	}, enough, 50*time.Millisecond)
}

// text is what the main part of the page shows; "" while there is none.
func (b *browser) text() (text string) {
	_ = chromedp.Run(b.ctx, chromedp.Evaluate(`document.querySelector("main")?.innerText ?? ""`, &text))
	return text
}

// check looks for mistakes of the page.
func (b *browser) check(name string) {
	b.t.Helper()
	var wrong []string
	require.NoError(b.t, chromedp.Run(b.ctx, chromedp.Evaluate(audit, &wrong)))
	assert.Empty(b.t, wrong, name)
	b.mu.Lock()
	defer b.mu.Unlock()
	assert.Empty(b.t, b.errors, name)
	b.errors = nil
}

// picture saves what is seen, when somebody wants pictures.
func (b *browser) picture(name string) {
	b.t.Helper()
	if b.folder == "" {
		return
	}
	var png []byte
	require.NoError(b.t, chromedp.Run(b.ctx, chromedp.CaptureScreenshot(&png)))
	require.NoError(b.t, os.WriteFile(filepath.Join(b.folder, "console-"+name+".png"), png, 0o600))
}

// keyboard goes from the top of the page to its content by keys alone.
func (b *browser) keyboard() {
	b.t.Helper()
	var first, then string
	require.NoError(b.t, chromedp.Run(b.ctx,
		chromedp.KeyEvent("\t"), chromedp.Evaluate(`document.activeElement.textContent`, &first),
		chromedp.KeyEvent("\r"), chromedp.Evaluate(`document.activeElement.id`, &then)))
	assert.Equal(b.t, "Skip to the content", first)
	assert.Equal(b.t, "main", then)
}

// raceTime is how long the races take that the pages show. Pictures are of races that
// take long enough to count.
func raceTime() time.Duration {
	if os.Getenv("MCOS_SCREENSHOTS") != "" {
		return 25 * time.Second
	}
	return 4 * time.Second
}

// unfold stops the live traffic and looks into one of its packets.
func (b *browser) unfold() {
	b.t.Helper()
	// By script, because the list moves until it is stopped.
	b.script(`document.querySelector("button.pause").click(); (document.querySelector(".packet.in summary") || document.querySelector(".packet summary")).click()`)
	assert.Contains(b.t, b.text(), "Reference: mcots")
}

// script runs a script in the page.
func (b *browser) script(text string) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Run(b.ctx, chromedp.Evaluate(text, nil)))
}

// forms fills in a form as an operator does.
func (b *browser) forms(home string) {
	b.t.Helper()
	b.open(home+"/driver?name=Racer1", "Give money")
	require.NoError(b.t, chromedp.Run(b.ctx,
		chromedp.SendKeys("#cash", "1234", chromedp.ByQuery), chromedp.SendKeys("#note", `<b>prize</b>`, chromedp.ByQuery),
		chromedp.Click(`form[action$="/driver/grant"] button`, chromedp.ByQuery)))
	require.Eventually(b.t, func() bool { return strings.Contains(b.text(), "given to Racer1") }, enough, 50*time.Millisecond)
	assert.Contains(b.t, b.text(), "<b>prize</b>", "as it was written")
	b.check("grant")
}

// recording looks into what was recorded meanwhile, in all looks.
func (b *browser) recording(home string) {
	b.t.Helper()
	b.open(home+"/sessions", "Being recorded")
	require.NoError(b.t, chromedp.Run(b.ctx, chromedp.Click(`a[href*="/sessions/show"]`, chromedp.ByQuery)))
	require.Eventually(b.t, func() bool { return strings.Contains(b.text(), "messages") }, enough, 50*time.Millisecond)
	var address string
	require.NoError(b.t, chromedp.Run(b.ctx, chromedp.Location(&address)))
	for _, l := range looks {
		b.look(l)
		b.open(address+"&port=43300", "Later")
		// The first one that opens: a row that tells of a connection has nothing inside.
		require.NoError(b.t, chromedp.Run(b.ctx, chromedp.Click(".packet summary", chromedp.ByQuery)))
		b.check("recording" + l.name)
		b.picture("recording" + l.name)
	}
}

// otherSite opens a page of another server, which has the browser send a form to the
// console. On this machine the two count as one site, so the browser sends the
// operator's cookie along.
func (b *browser) otherSite(live *client.Client, home string) {
	b.t.Helper()
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<form id=f method=post action="%s/account/ban"><input name=name value=Racer1></form><script>f.submit()</script>`, home)
	}))
	defer evil.Close()
	require.NoError(b.t, chromedp.Run(b.ctx, chromedp.Navigate(evil.URL)))
	require.Eventually(b.t, func() bool { return strings.Contains(b.text(), "from another site") }, 30*time.Second, 50*time.Millisecond, "it is refused")
	accounts, err := live.Accounts(b.t.Context())
	require.NoError(b.t, err)
	for _, a := range accounts {
		assert.False(b.t, a.Banned, a.Name)
	}
	b.open(home+"/players", "Racer1") // still logged in
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errors = nil // the refusal was one
}
