//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// People and root can have Wine prefixes, services cannot.
func TestLogins(t *testing.T) {
	home := t.TempDir()
	got, err := logins(strings.NewReader(strings.ReplaceAll(`root:x:0:0:root:HOME:/bin/bash
daemon:x:1:1::HOME:/usr/sbin/nologin
mcos:x:998:998::HOME:/usr/sbin/nologin
alice:x:1000:1001:Alice,,,:HOME:/bin/bash
gone:x:1002:1002::HOME/absent:/bin/bash
nobody:x:65534:65534::HOME:/usr/sbin/nologin
broken
bob:x:x:1:::
`, "HOME", home)))
	require.NoError(t, err)
	assert.Equal(t, []login{{"root", home, 0, 0}, {"alice", home, 1000, 1001}}, got)
}

// A package stays when the game of one user cannot be restored; the others' are
// restored all the same, and it is said whose and what to do.
func TestRestoreGames(t *testing.T) {
	var asked []string
	users := []login{{name: "alice"}, {name: "bob"}, {name: "carol"}, {name: "dave"}}
	err := restoreGames(t.Context(), users, func(_ context.Context, u login) (string, error) {
		asked = append(asked, u.name)
		switch u.name {
		case "bob":
			return "mcos: the game is running\n", errors.New("exit status 1")
		case "carol":
			return "", errors.New("killed")
		}
		return "Nothing is patched here.\n", nil
	})
	assert.Equal(t, []string{"alice", "bob", "carol", "dave"}, asked)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "\nbob: mcos: the game is running\ncarol: killed\n")
	assert.Contains(t, err.Error(), "MCOS_KEEP_GAME=1")
	assert.NotContains(t, err.Error(), "alice")
	require.NoError(t, restoreGames(t.Context(), users[:1], func(context.Context, login) (string, error) { return "", nil }))
}

// The scripts of both packages ask before anything is stopped, and not in an update.
func TestRemovalAsksFirst(t *testing.T) {
	for script, condition := range map[string]string{"prerm": "remove)", "rpm-preun.sh": `"$1" = 0`} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "packaging", "linux", script))
		require.NoError(t, err)
		text := string(raw)
		condition, ask := strings.Index(text, condition), strings.Index(text, "mcos installer restore-games")
		stop := max(strings.Index(text, "stop mcos.service"), strings.Index(text, "disable --now"))
		assert.Positive(t, condition, script)
		assert.Less(t, condition, ask, script)
		assert.Less(t, ask, stop, script)
		assert.Contains(t, text, "MCOS_KEEP_GAME", script)
	}
}
