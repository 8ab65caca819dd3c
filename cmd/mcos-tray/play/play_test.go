package play

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/cmd/mcos-tray/ask"
	"mcos/installer/client"
	"mcos/installer/client/machine"
	"mcos/installer/client/memhost"
	protocol "mcos/protocol/client"
	"mcos/protocol/client/trust"
)

const gameDir = `C:\Program Files (x86)\EA Games\Motor City Online`

// world is a desktop with a game and some servers; it writes down what happens.
type world struct {
	*Flow
	t    *testing.T
	host *memhost.Host
	log  []string

	ports    Ready
	readyErr error
	servers  map[string]client.Server // by address
	fetchErr error
	closed   map[string]bool // names whose port 443 is closed
	startErr error
	said     string // of a helper that fails
	helpErr  error
	texts    []string // answers, one after another
	yes      bool
	folder   string
	askErr   error
	openErr  error
	asked    []string
	keys     int // how many were given to servers
}

// pubKeys are two texts of pub.key; making one takes a while.
var pubKeys = sync.OnceValue(func() (texts [2]string) {
	for i := range texts {
		key, err := rsa.GenerateKey(rand.Reader, 1024)
		if err != nil {
			panic(err)
		}
		if texts[i], err = protocol.PubKey(&key.PublicKey); err != nil {
			panic(err)
		}
	}
	return texts
})

func newWorld(t *testing.T) *world {
	w := &world{t: t, host: memhost.New(), ports: Ready{HTTP: 80, HTTPS: 443}, servers: map[string]client.Server{}, closed: map[string]bool{}, yes: true}
	w.host.Put(gameDir+`\MCity.exe`, "MZ", false)
	record := filepath.Join(t.TempDir(), "undo.jsonl")
	w.Flow = &Flow{
		Targets: func(string) ([]machine.Target, error) {
			return []machine.Target{{Host: w.host, Record: record, GamePath: func(dir string) (string, error) { return dir, nil }}}, nil
		},
		Fetch: func(_ context.Context, address string) (client.Server, error) {
			s, ok := w.servers[address]
			if w.fetchErr == nil && !ok {
				return s, errors.New("no route")
			}
			return s, w.fetchErr
		},
		Reach: func(_ context.Context, address string) error {
			name := strings.TrimSuffix(address, ":443")
			if w.closed[name] {
				return errors.New("refused")
			}
			return nil
		},
		Server: w, Helper: w, Starter: w, Ask: w, Memory: OpenMemory(filepath.Join(t.TempDir(), "tray.json")),
		Open: func(url string) error { w.note("open " + url); return w.openErr },
	}
	w.serve(Here, 80)
	w.serve("mco.example.org", 80)
	return w
}

func (w *world) serve(name string, port int) {
	text := pubKeys()[w.keys%2]
	w.keys++
	at := address(name, port)
	w.servers[at] = client.Server{Host: name, WebPort: port, PubKey: text, CertDER: []byte("certificate of " + at)}
	if name == Here {
		w.ports.Certificate = w.servers[at].Thumbprint()
	}
}

func (w *world) note(what string) { w.log = append(w.log, what) }

func (w *world) Ready(context.Context) (Ready, error) { w.note("server"); return w.ports, w.readyErr }

func (w *world) Start(_ context.Context, at Place) error {
	w.note("start " + at.Exe)
	return w.startErr
}

// Run does what the command line does, in this process.
func (w *world) Run(_ context.Context, args ...string) (string, error) {
	if args[0] == "catalog" || args[0] == "network" {
		w.note(strings.Join(args, " "))
		return w.said, w.helpErr
	}
	require.Equal(w.t, "client", args[0])
	args = args[1:]
	w.note(args[0])
	if w.helpErr != nil {
		return w.said, w.helpErr
	}
	all, err := w.places()
	require.NoError(w.t, err)
	at := all[0]
	if args[0] == "unpatch" {
		_, err := at.patcher().Unpatch(false)
		return "", err
	}
	value := func(flag string) string { return args[slices.Index(args, flag)+1] }
	s := w.servers[value("--host")]
	assert.Equal(w.t, s.Thumbprint(), value("--certificate"))
	assert.Equal(w.t, at.Dir, value("--game-dir"))
	for _, kind := range s.Trust.Kinds() {
		assert.Equal(w.t, string(kind), value("--despite"))
	}
	plan, err := client.Plan(at.Host, at.Installation, s, client.Options{})
	require.NoError(w.t, err)
	return "", at.patcher().Patch(at.Installation, s, plan)
}

func (w *world) Text(_ context.Context, text, _ string) (string, error) {
	w.asked = append(w.asked, text)
	if w.askErr != nil {
		return "", w.askErr
	}
	if len(w.texts) == 0 {
		return "", ask.ErrCancelled
	}
	answer := w.texts[0]
	w.texts = w.texts[1:]
	return answer, nil
}

func (w *world) Confirm(_ context.Context, text string) (bool, error) {
	w.asked = append(w.asked, text)
	return w.yes, w.askErr
}

func (w *world) Folder(_ context.Context, text string) (string, error) {
	w.asked = append(w.asked, text)
	return w.folder, w.askErr
}

// led is where the game is led to.
func (w *world) led() string {
	s, err := w.Look()
	require.NoError(w.t, err)
	return s.Host
}

func TestPlayForTheFirstTime(t *testing.T) {
	w := newWorld(t)
	w.yes = false // no account yet
	text, err := w.Play(t.Context())
	require.NoError(t, err)
	assert.Contains(t, text, "Make an account")
	assert.Equal(t, []string{"server", "patch", "open http://127.0.0.1/SubscribeEntry.jsp"}, w.log)
	assert.Equal(t, Here, w.led())

	w.log, w.asked = nil, nil
	text, err = w.Play(t.Context())
	require.NoError(t, err)
	assert.Contains(t, text, "The game is starting. Log in with your account for this computer's server.")
	assert.Contains(t, text, "Please note: DAO 3.51 / Jet 3.5 are not registered here.")
	assert.Equal(t, []string{"server", "start MCity.exe"}, w.log, "patched once")
	assert.Empty(t, w.asked)
}

func TestPlayWithAnAccount(t *testing.T) {
	w := newWorld(t)
	_, err := w.Play(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"server", "patch", "start MCity.exe"}, w.log)
}

func TestPlayWithoutDialogs(t *testing.T) {
	w := newWorld(t)
	w.askErr = ask.ErrNoDialogs
	text, err := w.Play(t.Context())
	require.NoError(t, err)
	assert.Contains(t, text, "Then click Play again")
	_, err = w.Play(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "start MCity.exe", w.log[len(w.log)-1])
}

func TestAllCars(t *testing.T) {
	const command = `catalog import C:\Program Files (x86)\EA Games\Motor City Online\Data\DB\Online.mdb`
	with := func(t *testing.T) *world {
		w := newWorld(t)
		w.host.Put(gameDir+`\Data\DB\Online.mdb`, "Jet", false)
		require.NoError(t, w.Memory.Visit(Here)) // there is an account
		_, err := w.Point(t.Context(), Here)
		require.NoError(t, err)
		w.log, w.asked = nil, nil
		return w
	}
	for name, tc := range map[string]struct {
		change func(*world)
		asked  int
		runs   bool
		words  string
	}{
		"yes":        {func(*world) {}, 1, true, "Your server has all cars and parts now."},
		"no":         {func(w *world) { w.yes = false }, 1, false, "this computer's server."},
		"has them":   {func(w *world) { w.ports.AllCars = true }, 0, false, "this computer's server."},
		"cannot ask": {func(w *world) { w.askErr = ask.ErrNoDialogs }, 1, false, "all of them come with: mcos catalog import"},
		"no right": {
			func(w *world) { w.helpErr, w.said = errors.New("exit 1"), "mcos: you may not read it\n" }, 1, true,
			"The cars could not be read: you may not read it. Somebody who manages the server can do it with",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := with(t)
			tc.change(w)
			text, err := w.Play(t.Context())
			require.NoError(t, err)
			assert.Contains(t, text, tc.words)
			assert.Len(t, w.asked, tc.asked)
			assert.Equal(t, tc.runs, slices.Contains(w.log, command), w.log)
			assert.Equal(t, "start MCity.exe", w.log[len(w.log)-1])
			if tc.asked == 1 && w.askErr == nil {
				w.asked = nil
				_, err := w.Play(t.Context())
				require.NoError(t, err)
				assert.Empty(t, w.asked, "once is enough")
			}
		})
	}
}

func TestPlayAtAFriends(t *testing.T) {
	w := newWorld(t)
	text, err := w.Point(t.Context(), "mco.example.org")
	require.NoError(t, err)
	assert.Contains(t, text, "The game is led to mco.example.org. Click Play to start it.")
	print4 := grouped(w.servers["mco.example.org"].Thumbprint())
	require.Len(t, w.asked, 1)
	assert.Contains(t, w.asked[0], print4)
	assert.Equal(t, "mco.example.org", w.led())

	w.log = nil
	text, err = w.Play(t.Context())
	require.NoError(t, err)
	assert.Contains(t, text, "mco.example.org")
	assert.Equal(t, []string{"start MCity.exe"}, w.log, "the server on this computer is not started")

	t.Run("with another key", func(t *testing.T) {
		w.keys = 0 // the next one is the other
		w.serve("mco.example.org", 80)
		w.log, w.asked = nil, nil
		_, err := w.Play(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []string{"patch", "start MCity.exe"}, w.log)
		assert.Empty(t, w.asked, "the certificate is the trusted one")
	})
}

// TestDoubtsAreAskedAbout: in any case, whatever is trusted already, and before
// anything is changed.
func TestDoubtsAreAskedAbout(t *testing.T) {
	doubt := trust.Verdict{Doubts: []trust.Doubt{{Kind: trust.Dates, Text: "The certificate ended on 2011-01-01."}}}
	for _, address := range []string{"mco.example.org", Here} {
		t.Run(address, func(t *testing.T) {
			w := newWorld(t)
			s := w.servers[address]
			s.Trust = doubt
			w.servers[address] = s
			require.NoError(t, w.host.AddCertificate(s.CertDER))
			before := w.host.Snapshot()
			w.yes = false
			_, err := w.Point(t.Context(), address)
			require.ErrorIs(t, err, ask.ErrCancelled)
			require.Len(t, w.asked, 1)
			assert.Contains(t, w.asked[0], "WARNING: The certificate ended on 2011-01-01.")
			assert.Contains(t, w.asked[0], grouped(s.Thumbprint()))
			assert.Equal(t, before, w.host.Snapshot())
			w.yes = true
			_, err = w.Point(t.Context(), address)
			require.NoError(t, err)
			assert.Equal(t, s.Host, w.led())
		})
	}
}

func TestPointAtAnotherPort(t *testing.T) {
	w := newWorld(t)
	w.serve("10.0.0.7", 8080)
	_, err := w.Point(t.Context(), "10.0.0.7:8080")
	require.NoError(t, err)
	assert.Equal(t, "10.0.0.7", w.led())
	_, err = w.Play(t.Context())
	require.NoError(t, err, "the port is known from the undo record")
}

func TestPointHereOnOtherPorts(t *testing.T) {
	w := newWorld(t)
	w.ports.HTTP, w.ports.HTTPS = 8080, 8443
	w.serve(Here, 8080)
	w.closed[Here] = true
	_, err := w.Point(t.Context(), Here)
	require.ErrorContains(t, err, "port 443")
	assert.Equal(t, Here, w.led(), "led there all the same")
}

func TestOriginalSettings(t *testing.T) {
	w := newWorld(t)
	before := w.host.Snapshot()
	text, err := w.Original(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "The game has its original settings already.", text)
	_, err = w.Point(t.Context(), Here)
	require.NoError(t, err)
	text, err = w.Original(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "The game has its original settings again.", text)
	assert.Equal(t, before, w.host.Snapshot())
	assert.Empty(t, w.led())
}

func TestAskHostRefusesNonsense(t *testing.T) {
	w := newWorld(t)
	w.texts = []string{"", "my server!", "2001:db8::1", "300.1.1.1", "a.example:99999", " HTTP://MCO.example.org/SubscribeEntry.jsp"}
	_, err := w.AskHost(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "mco.example.org", w.led())
	assert.Contains(t, w.asked[1], "is no server that the game could find")

	w.texts = []string{"localhost"}
	_, err = w.AskHost(t.Context())
	require.NoError(t, err)
	assert.Equal(t, Here, w.led())
	_, err = w.AskHost(t.Context())
	require.ErrorIs(t, err, ask.ErrCancelled)
}

func TestOtherProgramsSettingsAreRespected(t *testing.T) {
	w := newWorld(t)
	_, err := w.Point(t.Context(), "mco.example.org")
	require.NoError(t, err)
	other := t.TempDir()
	w.Targets = func(string) ([]machine.Target, error) { // no undo record: somebody else did it
		return []machine.Target{{Host: w.host, Record: filepath.Join(other, "undo.jsonl")}}, nil
	}
	w.log = nil
	_, err = w.Play(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"start MCity.exe"}, w.log)
	_, err = w.Original(t.Context())
	require.ErrorContains(t, err, "MCOS has not set that")
}

func TestTheFolderIsAskedFor(t *testing.T) {
	w := newWorld(t)
	w.host.Put(`C:\odd place\MCity.exe`, "MZ", false)
	require.NoError(t, w.host.Remove(gameDir+`\MCity.exe`))
	w.folder = `C:\odd place`
	_, err := w.Point(t.Context(), Here)
	require.NoError(t, err)
	w.asked = nil
	s, err := w.Look()
	require.NoError(t, err)
	require.Len(t, s.Games, 1)
	assert.Equal(t, `C:\odd place`, s.Games[0].Dir)
	assert.True(t, s.Games[0].Chosen)
	_, err = w.Point(t.Context(), Here)
	require.NoError(t, err)
	assert.Empty(t, w.asked, "it is remembered")
}

func TestSeveralGames(t *testing.T) {
	w := newWorld(t)
	w.host.Put(`C:\MCO\MCity.exe`, "MZ", false)
	s, err := w.Look()
	require.NoError(t, err)
	require.Len(t, s.Games, 2)
	assert.True(t, s.Games[0].Chosen)
	_, err = w.Choose(t.Context(), s.Games[1].Choice)
	require.NoError(t, err)
	s, err = w.Look()
	require.NoError(t, err)
	assert.True(t, s.Games[1].Chosen)
}

// TestEveryErrorIsAPlainSentence goes through all that can go wrong.
func TestEveryErrorIsAPlainSentence(t *testing.T) {
	play := func(w *world) error { _, err := w.Play(w.t.Context()); return err }
	point := func(w *world) error { _, err := w.Point(w.t.Context(), "mco.example.org"); return err }
	original := func(w *world) error {
		helpErr := w.helpErr
		w.helpErr = nil
		_, err := w.Point(w.t.Context(), Here)
		require.NoError(w.t, err)
		w.helpErr = helpErr
		_, err = w.Original(w.t.Context())
		return err
	}
	noGame := func(w *world) { require.NoError(w.t, w.host.Remove(gameDir+`\MCity.exe`)) }
	for name, tc := range map[string]struct {
		broken func(*world)
		do     func(*world) error
		words  string
	}{
		"targets":          {func(w *world) { w.Targets = func(string) ([]machine.Target, error) { return nil, os.ErrPermission } }, play, "could not be looked for"},
		"no game":          {func(w *world) { noGame(w); w.folder = `C:\` }, play, "There is no MCity.exe in"},
		"cannot ask":       {func(w *world) { noGame(w); w.askErr = ask.ErrNoDialogs }, play, "was not found"},
		"record":           {func(w *world) { w.breakRecord() }, play, "could not be read"},
		"record, look":     {func(w *world) { w.breakRecord() }, point, "could not be read"},
		"game runs":        {func(w *world) { w.host.Programs = []string{"mcity.exe"} }, play, "running already"},
		"game runs, point": {func(w *world) { w.host.Programs = []string{"mcity.exe"} }, point, "The game is running."},
		"wine runs":        {func(w *world) { w.host.Sys.Wine = true; w.host.Programs = []string{"mcity.exe"} }, point, "same Wine prefix"},
		"server":           {func(w *world) { w.readyErr = &Trouble{What: "Port 8226 is taken.", Next: "Free it."} }, play, "The server did not start: port 8226 is taken. Free it."},
		"server slow":      {func(w *world) { w.readyErr = context.DeadlineExceeded }, play, "within a minute"},
		"no 443":           {func(w *world) { w.ports.HTTPS = 8443 }, play, "port 443"},
		"443 dead":         {func(w *world) { w.closed[Here] = true }, play, "port 443"},
		"no web":           {func(w *world) { w.ports.HTTP = 0 }, play, "web pages are switched off"},
		"silent":           {func(w *world) { w.fetchErr = errors.New("no route") }, point, "does not answer as a server"},
		"own silent":       {func(w *world) { w.fetchErr = errors.New("no route") }, play, "This computer's server does not answer the game."},
		"signs":            {func(w *world) { w.fetchErr = fmt.Errorf("%w: it could sign certificates", trust.ErrRefused) }, point, "it could sign certificates"},
		"bad key":          {func(w *world) { w.servers["mco.example.org"] = client.Server{Host: "mco.example.org", WebPort: 80} }, point, "cannot be led"},
		"cannot trust":     {func(w *world) { w.askErr = ask.ErrNoDialogs }, point, "the fingerprint of"},
		"helper": {
			func(w *world) {
				w.helpErr, w.said = errors.New("exit 1"), "log\nmcos: the disk is full; make some room and try again: x\n"
			},
			point, "could not be led to mco.example.org: the disk is full; make some room and try again: x. Your game is as it was",
		},
		"helper, half": {func(w *world) {
			w.helpErr, w.said = errors.New("exit 1"), "mcos: x\nmcos: The undo record is kept: y\n"
		}, point, "choose Original settings"},
		"helper, mute":   {func(w *world) { w.helpErr = errors.New("file not found") }, point, "file not found"},
		"helper refused": {func(w *world) { w.helpErr = ErrRefused }, point, "answer Yes"},
		"undo refused":   {func(w *world) { w.helpErr = ErrRefused }, original, "answer Yes"},
		"undo fails":     {func(w *world) { w.helpErr, w.said = errors.New("exit 1"), "mcos: in use\n" }, original, "could not be put back: in use."},
		"no browser":     {func(w *world) { w.yes, w.openErr = false, errors.New("x") }, play, "Open http://127.0.0.1/SubscribeEntry.jsp yourself"},
		"start":          {func(w *world) { w.startErr = errors.New("exec format error") }, play, "did not start: exec format error."},
		"start, trouble": {func(w *world) { w.startErr = &Trouble{What: "No Wine.", Next: "Install it."} }, play, "No Wine. Install it."},
		"cannot type":    {func(w *world) { w.askErr = ask.ErrNoDialogs }, func(w *world) error { _, err := w.AskHost(t.Context()); return err }, "mcos client patch --host NAME"},
		"memory":         {func(w *world) { w.Memory = OpenMemory("/dev/null/x") }, func(w *world) error { _, err := w.Choose(t.Context(), Choice{Dir: "x"}); return err }, "could not be kept"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tc.broken(w)
			err := tc.do(w)
			var trouble *Trouble
			require.ErrorAs(t, err, &trouble)
			for _, sentence := range []string{trouble.What, trouble.Next} {
				assert.Regexp(t, `^[A-Z].*[^.]\.$`, sentence)
				assert.NotContains(t, sentence, "\n")
			}
			assert.Contains(t, err.Error(), tc.words)
		})
	}
}

// breakRecord makes the undo record something that cannot be read.
func (w *world) breakRecord() {
	record := filepath.Join(w.t.TempDir(), "undo.jsonl")
	require.NoError(w.t, os.WriteFile(record, []byte(`{"header":{"version":99}}`+"\n"), 0o600))
	w.Targets = func(string) ([]machine.Target, error) {
		return []machine.Target{{Host: w.host, Record: record}}, nil
	}
}

func TestClosingAWindowIsNoTrouble(t *testing.T) {
	w := newWorld(t)
	w.yes = false
	_, err := w.Point(t.Context(), "mco.example.org")
	require.ErrorIs(t, err, ask.ErrCancelled)
	assert.Empty(t, w.led())
	w.askErr = ask.ErrCancelled
	_, err = w.Play(t.Context())
	require.ErrorIs(t, err, ask.ErrCancelled)
	assert.NotContains(t, w.log, "start MCity.exe")
}

func TestMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "tray.json")
	m := OpenMemory(path)
	require.NoError(t, m.Choose(Choice{Prefix: "/p", Dir: `C:\x`}))
	for i := range maxVisited + 1 {
		require.NoError(t, m.Visit(fmt.Sprint(i)))
	}
	m = OpenMemory(path)
	assert.Equal(t, Choice{Prefix: "/p", Dir: `C:\x`}, m.Game())
	assert.False(t, m.Visited("0"))
	assert.True(t, m.Visited("100"))
	require.NoError(t, os.WriteFile(path, []byte("{nonsense"), 0o600))
	assert.Empty(t, OpenMemory(path).Game().Dir)
}

// Whoever has taken port 80 of this computer is not this computer's server.
func TestSomebodyElseOnThisComputer(t *testing.T) {
	for name, act := range map[string]func(*Flow) (string, error){
		"play":  func(f *Flow) (string, error) { return f.Play(t.Context()) },
		"point": func(f *Flow) (string, error) { return f.Point(t.Context(), Here) },
	} {
		w := newWorld(t)
		w.servers[Here] = client.Server{Host: Here, WebPort: 80, PubKey: pubKeys()[0], CertDER: []byte("of somebody else")}
		_, err := act(w.Flow)
		require.ErrorContains(t, err, "Another program has the port", name)
		assert.NotContains(t, w.log, "patch", name)

		w.ports.Certificate = "" // a server that does not tell proves nothing
		_, err = act(w.Flow)
		require.ErrorContains(t, err, "Another program has the port", name)
	}
}

// The far end of a tunnel is a server like any other, though it is reached at this
// computer's address.
func TestTunnelIsNotThisComputer(t *testing.T) {
	w := newWorld(t)
	w.serve(Here, 8080)
	w.yes = false
	_, err := w.Point(t.Context(), address(Here, 8080))
	require.ErrorIs(t, err, ask.ErrCancelled, "the fingerprint is compared")
}
