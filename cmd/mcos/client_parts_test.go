package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	game "mcos/installer/client"
	"mcos/installer/client/machine"
	"mcos/installer/client/memhost"
	"mcos/installer/elevate"
	protocol "mcos/protocol/client"
	"mcos/protocol/client/trust"
)

// otherServer hands out a key and a certificate, which change may change.
func otherServer(t *testing.T, change func(*x509.Certificate)) (address string) {
	t.Helper()
	return changingServer(t, func(int) func(*x509.Certificate) { return change })
}

// changingServer is otherServer with another certificate for each login, counted from 1.
func changingServer(t *testing.T, change func(login int) func(*x509.Certificate)) (address string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	text, err := protocol.PubKey(&key.PublicKey)
	require.NoError(t, err)
	login := 0
	config := func(*tls.ClientHelloInfo) (*tls.Config, error) {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Now().Add(time.Hour).Round(24*time.Hour).AddDate(0, 0, 2), BasicConstraintsValid: true,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		}
		login++
		if f := change(login); f != nil {
			f(template)
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS10}, err
	}
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(text))
	}))
	secure.TLS = &tls.Config{GetConfigForClient: config, MinVersion: tls.VersionTLS10}
	secure.StartTLS()
	t.Cleanup(secure.Close)
	_, port, err := net.SplitHostPort(secure.Listener.Addr().String())
	require.NoError(t, err)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(protocol.LoginPortHeader, port)
		_, _ = w.Write([]byte("somebody on the way may write here what he likes"))
	}))
	t.Cleanup(plain.Close)
	return plain.Listener.Addr().String()
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
	address := otherServer(t, nil)
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

func ended(c *x509.Certificate) { c.NotAfter = time.Date(2011, 1, 1, 0, 0, 0, 0, time.UTC) }

// TestYesIsNoAnswerToWarnings: what is odd about a certificate must be agreed to by
// name, and exactly that is passed on.
func TestYesIsNoAnswerToWarnings(t *testing.T) {
	w := newTwoRights(t)
	before := w.host.Snapshot()
	address := otherServer(t, func(c *x509.Certificate) {
		ended(c)
		c.SignatureAlgorithm = x509.SHA1WithRSA
	})
	for _, args := range [][]string{nil, {"--yes"}, {"--yes", "--despite", "name,sha1"}} {
		args = append([]string{"client", "patch", "--host", address}, args...)
		require.Equal(t, exitFailed, w.run(args...), w.out.String())
		assert.Contains(t, w.out.String(), "Warning: The certificate ended on 2011-01-01")
		assert.Contains(t, w.out.String(), "add --despite dates")
		assert.Equal(t, before, w.host.Snapshot())
		assert.Empty(t, w.asked)
	}
	require.Equal(t, exitOK, w.run("client", "patch", "--host", address, "--yes", "--despite", "dates,sha1"), w.out.String())
	require.Len(t, w.asked, 1)
	assert.Subset(t, w.asked[0], []string{"--despite", "dates", "sha1", "--certificate"})

	// A person is asked, and shown what for.
	w = newTwoRights(t)
	p := w.program(true)
	p.in, p.ask = strings.NewReader("n\n"), func(string) (string, error) { return "", nil }
	require.Equal(t, exitFailed, p.execute(t.Context(), []string{"client", "patch", "--host", address}))
	assert.Contains(t, w.out.String(), "There are warnings, see above.")
	assert.Equal(t, before, w.host.Snapshot())
}

// TestCertificateChangesAfterTheQuestion: what was shown is what is trusted, or nothing.
func TestCertificateChangesAfterTheQuestion(t *testing.T) {
	for what, later := range map[string]func(*x509.Certificate){
		"another one": func(c *x509.Certificate) { c.SerialNumber = big.NewInt(2) },
		"a worse one": func(c *x509.Certificate) { c.DNSNames = []string{"www.example.com"} },
		"ended":       ended,
	} {
		t.Run(what, func(t *testing.T) {
			w := newTwoRights(t)
			before := w.host.Snapshot()
			address := changingServer(t, func(login int) func(*x509.Certificate) {
				if login == 1 {
					return nil
				}
				return later
			})
			require.Equal(t, exitFailed, w.run("client", "patch", "--host", address, "--yes"), w.out.String())
			require.Len(t, w.asked, 1)
			assert.Equal(t, before, w.host.Snapshot())
		})
	}
}

// TestEndsAfterTheQuestion: the same certificate is over when it is to be used.
func TestEndsAfterTheQuestion(t *testing.T) {
	s := game.Server{Host: "127.0.0.1", Trust: trust.Verdict{Doubts: []trust.Doubt{{Kind: trust.Dates, Text: "It ended."}}}}
	w := newTwoRights(t)
	f := &patchFlags{host: s.Host, yes: true}
	require.ErrorContains(t, w.program(true).agree(f, s), "It ended. To use it anyway, add --despite dates")
	assert.NotContains(t, f.again(place{}, game.Server{Host: s.Host}), "--despite", "nothing was agreed to then")
}

// TestNoRightsForNothing: what is only the player's needs no administrator.
func TestNoRightsForNothing(t *testing.T) {
	w := newTwoRights(t)
	w.host.Put(w.host.Sys.Hosts, "", false)
	require.Equal(t, exitOK, w.run("client", "patch", "--host", otherServer(t, nil), "--yes"), w.out.String())
	w.host.Put(w.host.Sys.VirtualStore+`\MCO\pub.key`, "again", false)
	w.asked = nil
	require.Equal(t, exitOK, w.run("client", "cleanup", "--yes"), w.out.String())
	assert.Empty(t, w.asked)
	require.Equal(t, exitOK, w.run("client", "cleanup", "--undo"), w.out.String())
	assert.Empty(t, w.asked)
	require.Equal(t, exitUsage, w.run("client", "cleanup", "--part", "all"))
}
