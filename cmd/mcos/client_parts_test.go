package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/installer/client/machine"
	"mcos/installer/client/memhost"
	"mcos/installer/elevate"
	protocol "mcos/protocol/client"
)

// otherServer hands out a key and a certificate.
func otherServer(t *testing.T, signs bool) (address string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	text, err := protocol.PubKey(&key.PublicKey)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, IsCA: signs}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/key":
			_, _ = w.Write([]byte(text))
		case "/cert":
			_, _ = w.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

// twoRights is a computer on which this program must ask for more rights, and a way
// to run command lines on it.
type twoRights struct {
	t       *testing.T
	host    *memhost.Host
	target  machine.Target
	answer  error      // what asking for rights ends with, apart from the program
	asked   [][]string // command lines that were run with more rights
	out     bytes.Buffer
	environ []string
}

func newTwoRights(t *testing.T) *twoRights {
	h := memhost.New()
	h.Put(`C:\MCO\MCity.exe`, "MZ", true)
	h.Put(h.Sys.VirtualStore+`\MCO\pub.key`, "stale", false)
	h.Put(h.Sys.Hosts, "10.0.0.1 www.ea.com\r\n", false)
	return &twoRights{t: t, host: h, environ: []string{"HOME=" + t.TempDir()}, target: machine.Target{
		Host: h, Record: filepath.Join(t.TempDir(), "all", "undo"), UserRecord: filepath.Join(t.TempDir(), "own", "undo"),
		GamePath: func(dir string) (string, error) { return dir, nil },
	}}
}

func (w *twoRights) program(high bool) *program {
	p := newProgram()
	p.out, p.err, p.ask, p.environ = &w.out, &w.out, nil, w.environ
	p.computers = func(string) ([]machine.Target, error) { return []machine.Target{w.target}, nil }
	p.admin = nil
	if !high {
		p.admin = func(ctx context.Context, args ...string) (string, error) {
			w.asked = append(w.asked, args)
			if w.answer != nil {
				return "", w.answer
			}
			if code := w.program(true).execute(ctx, args); code != exitOK {
				return "", errors.New("failed")
			}
			return "", nil
		}
	}
	return p
}

func (w *twoRights) run(args ...string) int {
	w.out.Reset()
	return w.program(false).execute(w.t.Context(), args)
}

// TestRightsAreAskedForOnce: only the computer's part runs with more rights, told
// exactly what the player has agreed to; the player's part does not.
func TestRightsAreAskedForOnce(t *testing.T) {
	w := newTwoRights(t)
	before := w.host.Snapshot()
	address := otherServer(t, false)
	require.Equal(t, exitOK, w.run("client", "patch", "--host", address, "--dry-run"), w.out.String())
	assert.Empty(t, w.asked)

	w.answer = elevate.ErrRefused
	require.Equal(t, exitFailed, w.run("client", "patch", "--host", address, "--yes"))
	assert.Contains(t, w.out.String(), "got a No; nothing was changed")
	assert.Equal(t, before, w.host.Snapshot())

	w.answer, w.asked = nil, nil
	require.Equal(t, exitOK, w.run("client", "patch", "--host", address, "--yes"), w.out.String())
	require.Len(t, w.asked, 1)
	assert.Contains(t, w.asked[0], address)
	assert.Contains(t, w.asked[0], "machine")
	assert.FileExists(t, w.target.Record)
	assert.FileExists(t, w.target.UserRecord)
	assert.Contains(t, w.out.String(), "is led to 127.0.0.1")
	_, err := w.host.Stat(w.host.Sys.VirtualStore + `\MCO\pub.key`)
	require.Error(t, err)

	w.answer = elevate.ErrRefused
	patched := w.host.Snapshot()
	require.Equal(t, exitFailed, w.run("client", "unpatch"))
	assert.Equal(t, patched, w.host.Snapshot(), "all or nothing")
	w.answer, w.asked = nil, nil
	require.Equal(t, exitOK, w.run("client", "unpatch"), w.out.String())
	require.Len(t, w.asked, 1)
	assert.Equal(t, before, w.host.Snapshot())

	w.host.Programs = []string{"mcity.exe"}
	w.asked = nil
	require.Equal(t, exitFailed, w.run("client", "patch", "--host", address, "--yes"))
	assert.Contains(t, w.out.String(), "the game is running")
	assert.Empty(t, w.asked, "nobody is asked for rights in vain")
	w.host.Programs = nil

	require.Equal(t, exitOK, w.run("client", "cleanup", "--yes"), w.out.String())
	require.Len(t, w.asked, 1)
	assert.NotEqual(t, before, w.host.Snapshot())
	w.asked = nil
	require.Equal(t, exitOK, w.run("client", "cleanup", "--undo"), w.out.String())
	require.Len(t, w.asked, 1)
	assert.Equal(t, before, w.host.Snapshot())
}

// TestNoRightsForNothing: what is only the player's needs no administrator.
func TestNoRightsForNothing(t *testing.T) {
	w := newTwoRights(t)
	w.host.Put(w.host.Sys.Hosts, "", false)
	require.Equal(t, exitOK, w.run("client", "patch", "--host", otherServer(t, false), "--yes"), w.out.String())
	w.host.Put(w.host.Sys.VirtualStore+`\MCO\pub.key`, "again", false)
	w.asked = nil
	require.Equal(t, exitOK, w.run("client", "cleanup", "--yes"), w.out.String())
	assert.Empty(t, w.asked)
	require.Equal(t, exitOK, w.run("client", "cleanup", "--undo"), w.out.String())
	assert.Empty(t, w.asked)
	require.Equal(t, exitUsage, w.run("client", "cleanup", "--part", "all"))
}
