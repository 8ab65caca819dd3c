// Package e2e tests the programs as their users run them: a real server process on
// free ports and an empty data folder, the bot program, signals, kills and
// restarts.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/bot"
	"mcos/storage"
	"mcos/storage/bolt"
)

const (
	freePorts = "http=0,https=0,login=0,mail=0,persona=0,lobby=0,rooms=0,mcots=0,console=0"
	password  = "1.21gigawatts"
	// enough is how long one step may take on a busy machine.
	enough = 2 * time.Minute
)

// programs is the folder with the freshly built programs.
var programs string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		if runtime.GOOS == "windows" {
			fmt.Println("the end-to-end tests use Unix signals")
			return 0
		}
		dir, err := os.MkdirTemp("", "mcos-e2e-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		build := exec.Command("go", "build", "-o", dir, "mcos/cmd/mcos", "mcos/cmd/mcos-bot")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Printf("cannot build the programs: %v\n%s", err, out)
			return 1
		}
		programs = dir
		return m.Run()
	}())
}

// server is a running server process.
type server struct {
	t      testing.TB
	cmd    *exec.Cmd
	ready  string
	target bot.Target
	log    *lockedBuffer
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func run(t testing.TB, dir string) *server {
	t.Helper()
	s := &server{t: t, log: &lockedBuffer{}}
	s.cmd = exec.Command(filepath.Join(programs, "mcos"), "run", "--data-dir", dir, "--listen", "127.0.0.1", "--ports", freePorts)
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, s.cmd.Start())
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		if t.Failed() {
			t.Logf("server log:\n%s", s.log)
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "ready ") {
			s.ready = lines.Text()
			break
		}
	}
	require.NotEmpty(t, s.ready, "the server ended without a ready line:\n%s", s.log)
	s.target, err = bot.ParseReady(s.ready)
	require.NoError(t, err)
	return s
}

// stop asks the server to end and checks that it does so in good order.
func (s *server) stop() {
	s.t.Helper()
	require.NoError(s.t, s.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(s.t, s.cmd.Wait(), "exit code")
}

func (s *server) kill() {
	s.t.Helper()
	require.NoError(s.t, s.cmd.Process.Kill())
	_ = s.cmd.Wait() // killed is what it says
}

// mcos runs a command of the server program on the data folder.
func mcos(t *testing.T, dir, stdin string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(filepath.Join(programs, "mcos"), append(args, "--data-dir", dir)...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("mcos %s: %w\n%s", strings.Join(args, " "), err, errs.String())
	}
	return out.String(), nil
}

// check opens the stored world of a stopped server and verifies all invariants.
func check(t *testing.T, dir string) {
	t.Helper()
	store, err := bolt.Open(bolt.Options{Path: filepath.Join(dir, "mcos.db")})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	require.NoError(t, store.View(storage.Check))
	require.NoError(t, store.View(func(tx storage.ReadTx) error {
		return tx.Personas(func(p storage.Persona) error {
			cars, err := tx.VehiclesOf(p.ID)
			if err != nil {
				return err
			}
			want := int64(10000)
			for _, v := range cars {
				parts, err := tx.PartsOfVehicle(v.ID)
				if err != nil {
					return err
				}
				assert.Len(t, parts, 41, "car %d of %s is whole", v.ID, p.Name)
				want -= 7394
			}
			assert.Equal(t, want, p.Balance, "%s has paid for %d cars", p.Name, len(cars))
			assert.Equal(t, len(cars) > 0, p.StarterSold, p.Name)
			return nil
		})
	}))
}

// TestBotProgram plays two evenings with the bot program and a restart in between.
func TestBotProgram(t *testing.T) {
	dir := t.TempDir()
	s := run(t, dir)
	evening := func(args ...string) bot.Summary {
		t.Helper()
		cmd := exec.Command(filepath.Join(programs, "mcos-bot"), append(args, "--ready", s.ready, "--name", "Marty", "--password-stdin", "--json")...)
		cmd.Stdin = strings.NewReader(password + "\n")
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		require.NoError(t, cmd.Run(), "%s%s", out.String(), errs.String())
		assert.NotContains(t, out.String()+errs.String(), password)
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		var sum bot.Summary
		require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &sum), "last line: %s", lines[len(lines)-1])
		return sum
	}
	first := evening("--sign-up", "--idle", "100ms")
	require.Len(t, first.Cars, 1)
	assert.Equal(t, 40, first.Cars[0].Parts)
	s.stop()
	check(t, dir)

	s = run(t, dir)
	again := evening("--idle", "100ms")
	assert.Equal(t, first.PersonaID, again.PersonaID)
	assert.Equal(t, first.Cars, again.Cars)
	assert.Equal(t, first.Balance, again.Balance)
	s.stop()
	assert.NotContains(t, s.log.String(), password)
}

// TestKilledInTheMiddle kills the server at a random moment while players sign up,
// make drivers and buy cars. Afterwards everything is there whole and paid, or not
// at all, and everybody can go on.
func TestKilledInTheMiddle(t *testing.T) {
	rounds := 3
	if os.Getenv("MCOS_SOAK") != "" {
		rounds = 60
	}
	const players = 6
	dir := t.TempDir()
	for round := range rounds {
		s := run(t, dir)
		ctx, cancel := context.WithTimeout(t.Context(), enough)
		var wg sync.WaitGroup
		for i := range players {
			wg.Go(func() {
				name := fmt.Sprintf("R%dP%d", round, i)
				_, _ = bot.New(s.target, bot.Options{}).Play(ctx, bot.Script{
					Account: bot.Account{Name: name, Password: password}, SignUp: true, Persona: name,
				}) // most of these are cut off
			})
		}
		time.Sleep(time.Duration(rand.IntN(1500)) * time.Millisecond) // the moment of the kill is what varies
		s.kill()
		wg.Wait()
		cancel()
		check(t, dir)
	}

	// Whoever was cut off can log in and finish; whoever was not even signed up
	// can sign up.
	s := run(t, dir)
	for i := range players {
		name := fmt.Sprintf("R0P%d", i)
		ctx, cancel := context.WithTimeout(t.Context(), enough)
		play := bot.Script{Account: bot.Account{Name: name, Password: password}, Persona: name}
		_, err := bot.New(s.target, bot.Options{}).Play(ctx, play)
		if err != nil {
			play.SignUp = true
			_, err = bot.New(s.target, bot.Options{}).Play(ctx, play)
		}
		require.NoError(t, err, name)
		cancel()
	}
	s.stop()
	check(t, dir)
}

// TestCommandsLiveAndOffline runs the same commands on a running and on a stopped
// server; the answers must be the same.
func TestCommandsLiveAndOffline(t *testing.T) {
	dir := t.TempDir()
	// Which hosts players are told, and so which certificates there are, depends on it.
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mcos.yaml"), []byte("server:\n  listen: 127.0.0.1\n"), 0o600))
	s := run(t, dir)
	steps := func(name string) []string {
		var answers []string
		for _, c := range [][]string{
			{"account", "add", name, "--password-stdin"},
			{"persona", "add", name, name, "--car", "104"},
			{"persona", "grant", name, "--cash", "500"},
			{"account", "ban", name}, {"account", "unban", name},
			{"persona", "show", name, "--json"},
			{"keys", "show", "--json"}, {"catalog", "show", "--json"},
		} {
			out, err := mcos(t, dir, password+"\n", c...)
			require.NoError(t, err)
			answers = append(answers, strings.ReplaceAll(out, name, "NAME"))
		}
		return answers
	}
	live := steps("Zora")
	s.stop()
	offline := steps("Yves")
	for i := range live {
		if i == 5 {
			assert.Contains(t, live[i], `"cash"`)
			continue // ids and times differ
		}
		assert.Equal(t, mask(live[i]), mask(offline[i]))
	}
	list, err := mcos(t, dir, "", "account", "list", "--json")
	require.NoError(t, err)
	assert.Contains(t, list, "Zora")
	assert.Contains(t, list, "Yves")
	assert.NotContains(t, list, "argon2id")
}

// mask hides the ids that differ between two accounts.
func mask(text string) string {
	return regexp.MustCompile(`(id |Car )\d+`).ReplaceAllString(text, "${1}ID")
}

// TestTwoServersOnOneFolder must not damage anything.
func TestTwoServersOnOneFolder(t *testing.T) {
	dir := t.TempDir()
	s := run(t, dir)
	second := exec.Command(filepath.Join(programs, "mcos"), "run", "--data-dir", dir, "--listen", "127.0.0.1", "--ports", freePorts)
	out, err := second.CombinedOutput()
	require.Error(t, err)
	assert.Equal(t, 1, second.ProcessState.ExitCode())
	assert.Contains(t, string(out), dir)
	s.stop()
}

// TestWrongUse ends with code 2 and says what is wrong.
func TestWrongUse(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mcos.yaml"), []byte("race:\n  max_humans: 9\n"), 0o600))
	cases := map[string][]string{
		"race.max_humans: 9 is not allowed": {"run", "--data-dir", dir},
		"ports.chat: unknown setting":       {"run", "--data-dir", t.TempDir(), "--ports", "chat=1"},
		"unknown flag":                      {"run", "--nonsense"},
		"no command \"nonsense\"":           {"nonsense"},
	}
	for want, args := range cases {
		cmd := exec.Command(filepath.Join(programs, "mcos"), args...)
		out, err := cmd.CombinedOutput()
		require.Error(t, err)
		assert.Equal(t, 2, cmd.ProcessState.ExitCode(), "%v: %s", args, out)
		assert.Contains(t, string(out), want)
	}
}
