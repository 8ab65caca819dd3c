package client

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/datadir"
)

// service is a console that signs with a token, for callers who do not know it.
func service(t *testing.T, token string) string {
	return fake(t, "", func(w http.ResponseWriter, r *http.Request) {
		assert.Empty(t, r.Header.Get("Authorization"))
		assert.NoError(t, json.NewEncoder(w).Encode(Health{Status: "ok", Signature: Sign(token, r.URL.Query().Get("challenge"))}))
	}).Listener.Addr().String()
}

func note(t *testing.T, n any) string {
	text, err := json.Marshal(n)
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "run")
	require.NoError(t, os.Mkdir(dir, 0o755))
	path := filepath.Join(dir, "console.json")
	require.NoError(t, os.WriteFile(path, text, 0o644))
	return path
}

// Who may not read the token still knows the service from whoever else has its port.
func TestByNote(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the files of a test belong to no service there")
	}
	const token = "the service's token"
	addr := service(t, token)
	c, err := ByNote(t.Context(), note(t, Note{addr, Identity(token)}))
	require.NoError(t, err)
	assert.Equal(t, "http://"+addr+"/", c.URL())

	_, err = ByNote(t.Context(), filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, ErrNotRunning)
	_, err = ByNote(t.Context(), note(t, Note{"127.0.0.1:1", Identity(token)}))
	require.ErrorIs(t, err, ErrNotRunning, "it has crashed")

	open := note(t, Note{addr, Identity(token)})
	require.NoError(t, os.Chmod(open, 0o666))
	linked := filepath.Join(filepath.Dir(note(t, "x")), "link")
	require.NoError(t, os.Symlink(note(t, Note{addr, Identity(token)}), linked))
	for name, path := range map[string]string{
		"impostor":           note(t, Note{service(t, "another token"), Identity(token)}),
		"no proof":           note(t, Note{fake(t, "", nothing).Listener.Addr().String(), Identity(token)}),
		"no identity":        note(t, Note{addr, ""}),
		"other machine":      note(t, Note{"192.0.2.1:3000", Identity(token)}),
		"no note":            note(t, "nonsense"),
		"anybody may write":  open,
		"link of some user":  linked,
		"name for a machine": note(t, Note{"localhost:3000", Identity(token)}),
	} {
		_, err := ByNote(t.Context(), path)
		if name == "no proof" { // it answers nothing that could be one
			require.Error(t, err, name)
			continue
		}
		require.ErrorIs(t, err, ErrUnproven, name)
	}
}

func TestLocal(t *testing.T) {
	const token = "0123456789abcdef"
	running := fake(t, token, nothing).Listener.Addr().String()
	dir := folder(t, running, token)
	getenv := func(name string) string {
		if name == datadir.EnvVar {
			return dir.Root()
		}
		return ""
	}
	c, err := Local(t.Context(), getenv)
	require.NoError(t, err)
	assert.Equal(t, running, c.addr)
}

func TestIdentity(t *testing.T) {
	assert.True(t, signed(Identity("a"), "x", Sign("a", "x")))
	assert.False(t, signed(Identity("a"), "y", Sign("a", "x")))
	assert.False(t, signed(Identity("b"), "x", Sign("a", "x")))
	assert.False(t, signed("", "x", Sign("a", "x")))
	assert.False(t, signed(Identity("a"), "x", "zz"))
}
