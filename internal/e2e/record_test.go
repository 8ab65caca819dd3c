package e2e

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/app/bot"
)

// TestRecordASession records a whole session of the bot on a running server with the
// commands that an operator has.
func TestRecordASession(t *testing.T) {
	dir := t.TempDir()
	s := run(t, dir)
	out, err := mcos(t, dir, "", "session", "record", "on")
	require.NoError(t, err)
	id := strings.Fields(out)[1]

	ctx, cancel := context.WithTimeout(t.Context(), enough)
	defer cancel()
	_, err = bot.New(s.target, bot.Options{}).Play(ctx, bot.Script{Account: bot.Account{Name: "doc", Password: password}, SignUp: true, Persona: "Dr Brown"})
	require.NoError(t, err)

	out, err = mcos(t, dir, "", "session", "list", "--json")
	require.NoError(t, err)
	var all admin.Recordings
	require.NoError(t, json.Unmarshal([]byte(out), &all))
	require.Len(t, all.Running, 1)
	assert.Equal(t, id, all.Running[0].ID)
	assert.Greater(t, all.Running[0].Messages, int64(60))
	out, err = mcos(t, dir, "", "session", "record", "off")
	require.NoError(t, err)
	assert.Contains(t, out, id)

	out, err = mcos(t, dir, password+"\n", "session", "replay", id, "--account", "griff", "--sign-up", "--password-stdin")
	require.Error(t, err, "the driver's name is taken on this server")
	assert.Contains(t, err.Error(), "exit status 1")
	assert.Empty(t, out)
	fresh := run(t, t.TempDir())
	out, err = mcos(t, dir, password+"\n", "session", "replay", id, "--against", "127.0.0.1", "--ports", portsOf(fresh.ready),
		"--account", "griff", "--sign-up", "--password-stdin")
	require.NoError(t, err)
	assert.Contains(t, out, " 0 differences.")
	fresh.stop()

	live, err := mcos(t, dir, "", "session", "show", id, "--full")
	require.NoError(t, err)
	s.stop()
	offline, err := mcos(t, dir, "", "session", "show", id, "--full")
	require.NoError(t, err)
	assert.Equal(t, live, offline)
	for _, part := range []string{"GET /AuthLogin?username=doc&password=*****", "0x501 USER_LOGIN", "105 MC_LOGIN", `"Dr Brown"`, ", 0 unknown."} {
		assert.Contains(t, offline, part)
	}
	assert.NotContains(t, offline, password)
	_, err = mcos(t, dir, "", "session", "export", id, "--pcap", filepath.Join(dir, "a.pcapng"))
	require.NoError(t, err)
}

// portsOf makes the list of a ready line that --ports takes.
func portsOf(ready string) string {
	var list []string
	for _, field := range strings.Fields(ready)[1:] {
		name, address, _ := strings.Cut(field, "=")
		list = append(list, name+"="+address[strings.LastIndexByte(address, ':')+1:])
	}
	return strings.Join(list, ",")
}
