package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/app/config"
	"mcos/app/console"
	"mcos/app/datadir"
	"mcos/app/keys"
	"mcos/app/passwords"
)

var (
	noon  = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	cheap = passwords.Params{MemoryKiB: 64, Time: 1, Threads: 1}
)

// shell runs command lines on one data folder.
type shell struct {
	t       *testing.T
	dir     datadir.Dir
	environ []string
	stdin   string
	browsed []string // pages that were opened
	// reported are failed steps of the installer.
	reported []string
	answers  []string // to password prompts; nil: there is no terminal
}

func newShell(t *testing.T) *shell {
	dir := datadir.At(filepath.Join(t.TempDir(), "data"))
	return &shell{t: t, dir: dir, environ: []string{
		"MCOS_DATA_DIR=" + dir.Root(), "MCOS_KEYS_KEY_BITS=1024", "HOME=" + t.TempDir(),
	}}
}

// result is what a command line left.
type result struct {
	code     int
	out, err string
}

// screen is standard error, which the log of a running server writes to as well.
type screen struct {
	mu sync.Mutex
	bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Buffer.Write(b)
}

func (s *shell) program(out io.Writer, err *screen) *program {
	p := &program{
		in: strings.NewReader(s.stdin), out: out, err: err, environ: s.environ,
		now: func() time.Time { return noon }, zone: time.UTC, hash: cheap, name: "mcos",
		report: func(err error) { s.reported = append(s.reported, err.Error()) },
		browse: func(url string) error {
			s.browsed = append(s.browsed, url)
			return nil
		},
	}
	if s.answers != nil {
		answers := s.answers
		p.ask = func(prompt string) (string, error) {
			fmt.Fprintln(err, prompt)
			require.NotEmpty(s.t, answers, "one question too many")
			answer := answers[0]
			answers = answers[1:]
			return answer, nil
		}
	}
	return p
}

func (s *shell) run(args ...string) result {
	s.t.Helper()
	var out bytes.Buffer
	var err screen
	// A server that starts against all expectations does not hang the test.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	code := s.program(&out, &err).execute(ctx, args)
	return result{code, out.String(), err.String()}
}

// ok runs a command line that must succeed and returns what it prints.
func (s *shell) ok(args ...string) string {
	s.t.Helper()
	r := s.run(args...)
	require.Equal(s.t, exitOK, r.code, "%v: %s", args, r.err)
	return r.out
}

// fails runs a command line that must end with a code and say these words.
func (s *shell) fails(code int, words string, args ...string) {
	s.t.Helper()
	r := s.run(args...)
	require.Equal(s.t, code, r.code, "%v: %s%s", args, r.out, r.err)
	require.Contains(s.t, r.err, words)
}

// account makes an account.
func (s *shell) account(name string) {
	s.t.Helper()
	s.stdin = "secret\n"
	s.ok("account", "add", name, "--password-stdin")
}

// serve answers on the data folder as a running server does.
func (s *shell) serve() {
	dir, err := datadir.Open(s.dir.Root())
	require.NoError(s.t, err)
	cfg := config.Default()
	keyConfig := keys.Default()
	keyConfig.KeyBits = 1024
	p := s.program(io.Discard, &screen{})
	local, err := admin.OpenOffline(admin.OfflineOptions{
		Dir: dir, Economy: cfg.Economy, Keys: keyConfig, Shard: cfg.Shard.ID,
		Passwords: cheap, Now: p.now, Doctor: p.examine(dir, cfg),
	})
	require.NoError(s.t, err)
	s.t.Cleanup(func() { local.Close() })
	log := logrus.New()
	log.SetOutput(io.Discard)
	c, err := console.New(console.Options{Dir: dir, Admin: local, Status: func() admin.Status { return admin.Status{} }, Log: log})
	require.NoError(s.t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(s.t, err)
	server := c.Server(ln)
	require.NoError(s.t, server.Announce())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve() }()
	s.t.Cleanup(func() {
		require.NoError(s.t, server.Close())
		require.NoError(s.t, <-ended)
	})
}

// file writes a file for a command and returns its path.
func (s *shell) file(name, text string) string {
	path := filepath.Join(s.t.TempDir(), name)
	require.NoError(s.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// chance are the parts of an output that differ from run to run.
var chance = regexp.MustCompile(`\b([0-9a-f]{16}|[0-9A-F]{40})\b`)

// steady replaces what depends on the folder and on chance.
func (s *shell) steady(text string) string {
	return chance.ReplaceAllString(strings.ReplaceAll(text, s.dir.Root(), "DIR"), "HEX")
}
