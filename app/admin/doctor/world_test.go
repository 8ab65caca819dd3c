package doctor

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMachine(t *testing.T) {
	w := Machine()
	ctx := t.Context()

	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := ln.Addr().String()
	require.NoError(t, w.Dial(ctx, addr))
	assert.Error(t, w.Listen(ctx, addr), "it is taken")
	require.NoError(t, ln.Close())
	require.NoError(t, w.Listen(ctx, addr))
	assert.Error(t, w.Dial(ctx, addr), "nobody is there")

	free, err := w.DiskFree(t.TempDir())
	require.NoError(t, err)
	assert.NotZero(t, free)
	_, err = w.DiskFree(filepath.Join(t.TempDir(), "absent"))
	require.Error(t, err)

	found, err := w.Lookup(ctx, "127.0.0.1")
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1", found[0].Unmap().String())

	_, err = w.Run(ctx, "mcos-there-is-no-such-program")
	require.ErrorIs(t, err, exec.ErrNotFound)
	out, err := w.Run(ctx, "go", "version")
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(out, "go version"))
}

func TestMachineAsksTheWeb(t *testing.T) {
	w := Machine()
	page := func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, strings.Repeat("x", 2*maxPage), http.StatusTeapot)
	}
	plain := httptest.NewServer(http.HandlerFunc(page))
	defer plain.Close()
	status, body, err := w.Get(t.Context(), plain.URL)
	require.NoError(t, err)
	assert.Equal(t, http.StatusTeapot, status)
	assert.Len(t, body, maxPage, "no more is read")
	_, _, err = w.Get(t.Context(), "http://127.0.0.1:1/")
	require.Error(t, err)

	secure := httptest.NewTLSServer(http.HandlerFunc(page))
	defer secure.Close()
	addr := secure.Listener.Addr().String()
	state, err := w.Handshake(t.Context(), addr, oldClient(tls.VersionTLS12, nil))
	require.NoError(t, err)
	assert.True(t, state.PeerCertificates[0].Equal(secure.Certificate()))
	_, err = w.Handshake(t.Context(), addr, oldClient(tls.VersionTLS10, nil))
	assert.Error(t, err, "this server takes no such old version")
}
