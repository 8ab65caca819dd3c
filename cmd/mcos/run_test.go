package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/config"
	"mcos/app/console/client"
)

const freePorts = "http=0,https=0,login=0,mail=0,persona=0,lobby=0,rooms=0,mcots=0,console=0"

// start runs a server of the shell until stop is called; ready is its line.
func (s *shell) start(args ...string) (ready string, stop func() result) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	var out bytes.Buffer
	var err screen
	p := s.program(&out, &err)
	p.out = writer
	code := make(chan int, 1)
	go func() {
		code <- p.execute(ctx, append([]string{"run", "--listen", "127.0.0.1", "--ports", freePorts}, args...))
		writer.Close()
	}()
	line, readErr := bufio.NewReader(io.TeeReader(reader, &out)).ReadString('\n')
	if readErr != nil {
		s.t.Fatalf("the server ended with code %d: %s", <-code, err.String())
	}
	return line, func() result {
		cancel()
		return result{<-code, out.String(), err.String()}
	}
}

func TestRun(t *testing.T) {
	s := newShell(t)
	ready, stop := s.start("--public-host", "play.example.org")
	form := `^ready http=A https=A login=A mail=A persona=A lobby=A rooms=127\.0\.0\.1:[0-9+-]+ mcots=A console=A\n$`
	assert.Regexp(t, strings.ReplaceAll(form, "A", `127\.0\.0\.1:[0-9]+`), ready)
	for _, item := range strings.Fields(ready)[1:] {
		if name, addr, _ := strings.Cut(item, "="); name != "rooms" {
			conn, err := net.Dial("tcp", addr)
			require.NoError(t, err, name)
			conn.Close()
		}
	}
	assert.FileExists(t, s.dir.Config())
	assert.Contains(t, s.ok("config", "check"), "is fine")

	// The other commands find it.
	s.account("alice")
	assert.Contains(t, s.ok("account", "list"), "alice")
	assert.Contains(t, s.ok("keys", "show"), "play.example.org")
	out := s.run("doctor").out
	assert.Contains(t, out, "The server runs.")
	assert.Contains(t, out, "Windows XP")
	s.fails(exitFailed, "cannot be used as a backup", "restore", s.file("x.db", ""))
	addr, err := os.ReadFile(s.dir.ConsoleAddr())
	require.NoError(t, err)
	assert.Contains(t, ready, "console="+strings.TrimSpace(string(addr)))
	resp, err := http.Get("http://" + strings.TrimSpace(string(addr)) + "/readyz")
	require.NoError(t, err)
	resp.Body.Close()
	assert.Equal(t, http.StatusOK, resp.StatusCode)

	r := stop()
	assert.Equal(t, exitOK, r.code, r.err)
	assert.Equal(t, ready, r.out, "nothing else on standard output")
	assert.Contains(t, r.err, "http://play.example.org:")
	assert.Contains(t, r.err, "mcos account add NAME")
	assert.NoFileExists(t, s.dir.ConsoleAddr())
	assert.Contains(t, s.ok("account", "list"), "alice", "and now without it")

	_, stop = s.start()
	assert.Contains(t, s.ok("account", "list"), "alice", "a second start finds everything")
	assert.Equal(t, exitOK, stop().code)

	// Whoever may manage it can ask it to stop.
	_, stop = s.start()
	live, err := client.Find(t.Context(), s.dir)
	require.NoError(t, err)
	require.NoError(t, live.Stop(t.Context()))
	for err == nil { // until it has ended
		_, err = client.Find(t.Context(), s.dir)
	}
	require.ErrorIs(t, err, client.ErrNotRunning)
	r = stop()
	assert.Equal(t, exitOK, r.code, r.err)
	assert.Contains(t, r.err, "somebody asked the server to stop")
}

func TestTheWelcomeNamesCommandsThatCanBeTyped(t *testing.T) {
	folder := t.TempDir()
	own := filepath.Join(folder, "my programs", "mcos")
	require.NoError(t, os.MkdirAll(filepath.Dir(own), 0o700))
	require.NoError(t, os.WriteFile(own, nil, 0o700))
	other := filepath.Join(folder, "mcos")
	require.NoError(t, os.WriteFile(other, nil, 0o700))
	for name, tc := range map[string]struct{ found, own, want string }{
		"in the path":           {own, own, "mcos"},
		"another in the path":   {other, own, `"` + own + `"`},
		"not in the path":       {"", own, `"` + own + `"`},
		"built for one run":     {"", "/tmp/go-build123/b001/exe/mcos", "go run ./cmd/mcos"},
		"nobody knows its name": {"", "", "mcos"},
	} {
		t.Run(name, func(t *testing.T) {
			look := func(string) (string, error) {
				if tc.found == "" {
					return "", errors.New("not found")
				}
				return tc.found, nil
			}
			self := func() (string, error) {
				if tc.own == "" {
					return "", errors.New("unknown")
				}
				return tc.own, nil
			}
			assert.Equal(t, tc.want, callName(tc.own, look, self))
		})
	}

	s := newShell(t)
	_, stop := s.start("--data-dir", s.dir.Root())
	assert.Contains(t, stop().err, "mcos doctor --data-dir "+quoted(s.dir.Root())+"\n")
}

func TestLogFile(t *testing.T) {
	s := newShell(t)
	_, stop := s.start("--log-level", "info", "--data-dir", s.dir.Root())
	assert.Contains(t, stop().err, `level=info msg="the server starts"`)
	text, err := os.ReadFile(s.dir.LogFile())
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		var entry map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &entry), line)
	}
	assert.Contains(t, string(text), `"msg":"the server stops"`)
	if runtime.GOOS != "windows" {
		info, err := os.Stat(s.dir.LogFile())
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077)
	}
}

func TestRunFails(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	_, port, err := net.SplitHostPort(ln.Addr().String())
	require.NoError(t, err)
	s := newShell(t)
	ports := strings.Replace(freePorts, "login=0", "login="+port, 1)
	r := s.run("run", "--listen", "127.0.0.1", "--ports", ports)
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.err, "port "+port+" (login) is taken")
	assert.Empty(t, r.out, "not ready")

	file := s.file("file", "")
	s.fails(exitFailed, "is a file where a folder should be", "run", "--data-dir", file)
	_, _, err = s.program(io.Discard, &screen{}).openLog(config.Default().Log, filepath.Join(file, "mcos.log"))
	assert.ErrorContains(t, err, file, "known before the server starts")
}
