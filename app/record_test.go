package app_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app"
	"mcos/app/bot"
	"mcos/app/config"
	"mcos/app/record"
	"mcos/app/record/tape"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// recorded plays a whole session and returns its recording as the file has it.
func recorded(t *testing.T, orders ...record.Order) (files [][]byte, dir string) {
	t.Helper()
	dir = t.TempDir()
	a := startIn(t, dir, nil)
	ids := make([]string, len(orders))
	for i, o := range orders {
		running, err := a.Recorder().Start(o)
		require.NoError(t, err)
		ids[i] = running.ID
	}
	s := script("Marty", true)
	s.Chat = "hello over there"
	play(t, a, bot.Options{}, s)
	a.Stop()
	for _, id := range ids {
		files = append(files, recordingFile(t, a, id))
	}
	return files, dir
}

func recordingFile(t *testing.T, a *app.App, id string) []byte {
	t.Helper()
	f, err := a.Recorder().Folder().Open(id)
	require.NoError(t, err)
	defer f.Close()
	text, err := io.ReadAll(f)
	require.NoError(t, err)
	return text
}

func readTape(t *testing.T, text []byte) []tape.Entry {
	t.Helper()
	entries, cut, err := tape.ReadAll(text)
	require.NoError(t, err)
	assert.False(t, cut)
	return entries
}

// A recording has every message of the session, in clear and named.
func TestRecordingOfASession(t *testing.T) {
	files, _ := recorded(t, record.Order{}, record.Order{Filter: record.Filter{Persona: "marty"}}, record.Order{Filter: record.Filter{Port: 43300}})
	open := map[string]int{}
	families := map[wire.Family]int{}
	chat := false
	for _, e := range readTape(t, files[0]) {
		switch e.Type {
		case tape.Connect:
			open[e.Conn]++
			assert.NotEmpty(t, e.Client)
		case tape.Disconnect:
			open[e.Conn]--
		case tape.In, tape.Out:
			assert.Equal(t, 1, open[e.Conn], "%s %s", e.Conn, e.Name)
			families[e.Family]++
			assert.NotEmpty(t, e.Name, "%s %s %d", e.Family, e.Type, e.Number)
			if e.Family == tape.Web {
				continue
			}
			m, _, err := e.Fields()
			require.NoError(t, err, e.Name)
			require.NotNil(t, m)
			chat = chat || bytes.Contains(e.Data, []byte("hello over there"))
		case tape.Note:
		default:
			t.Errorf("an entry of type %s", e.Type)
		}
	}
	for conn, n := range open {
		assert.Zero(t, n, "%s was closed as often as opened", conn)
	}
	for _, f := range []wire.Family{tape.Web, wire.Login, wire.Persona, wire.Mail, wire.Lobby, wire.MCOTS} {
		assert.GreaterOrEqual(t, families[f], 2, f)
	}
	assert.True(t, chat)

	ports := map[int]bool{}
	logins := 0
	for _, e := range readTape(t, files[1]) {
		ports[e.Port] = ports[e.Port] || e.Type != tape.Note
		if e.Number == nps.Login.Number && e.Type == tape.In {
			logins++
		}
	}
	delete(ports, 0)
	assert.Equal(t, map[int]bool{7003: true, 9001: true, 43300: true}, ports, "connections on which the driver plays")
	assert.Equal(t, 2, logins, "with what came before the login")
	for _, e := range readTape(t, files[2]) {
		assert.True(t, e.Port == 43300 || e.Type == tape.Note)
	}
}

// A recording with the usual settings holds no password, ticket or key in any form.
func TestRecordingHidesSecrets(t *testing.T) {
	files, dir := recorded(t, record.Order{}, record.Order{WithSecrets: true})
	secrets := map[string][]byte{"the password": []byte("1.21gigawatts")}
	for _, e := range readTape(t, files[1]) {
		switch {
		case e.Type == tape.Key:
			require.Len(t, e.Data, 32)
			secrets["the session key"], secrets["the lobby's key"], secrets["the transactions' key"] = e.Data, e.Data[:8], e.Data[:16]
		case e.Family == tape.Web:
			if m := regexp.MustCompile(`Ticket=(\S+)`).FindSubmatch(e.Data); m != nil {
				secrets["a ticket "+string(m[1])] = m[1]
			}
		case e.Number == nps.UserLogin.Number && e.Type == tape.In:
			body, err := nps.UserLogin.Decode(e.Data[e.Body:])
			require.NoError(t, err)
			secrets["the login's ticket"], secrets["the sealed key"] = []byte(body.Ticket), []byte(body.Key)
		case e.Number == nps.Login.Number && e.Type == tape.In && e.Family == wire.Lobby:
			secrets["the key's hash"] = e.Data[len(e.Data)-16:]
		}
	}
	require.Len(t, secrets, 9, "two web logins, one login, one key with its parts and its hash")
	for what, secret := range secrets {
		for _, form := range forms(secret) {
			assert.NotContains(t, string(files[0]), form, what)
		}
		assert.Contains(t, strings.ToLower(string(files[1])), hex.EncodeToString(secret), "the one with secrets has %s", what)
	}
	masked := 0
	for _, e := range readTape(t, files[0]) {
		masked += len(e.Masked)
		assert.NotEqual(t, tape.Key, e.Type)
	}
	assert.GreaterOrEqual(t, masked, 8)

	found, err := os.ReadDir(filepath.Join(dir, "sessions"))
	require.NoError(t, err)
	for _, f := range found {
		info, err := f.Info()
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, "%s is for its owner only", f.Name())
	}
}

// forms are the ways in which a secret might stand in a file.
func forms(secret []byte) []string {
	text := hex.EncodeToString(secret)
	list := []string{
		string(secret), text, strings.ToUpper(text), strings.ToUpper(string(secret)), strings.ToLower(string(secret)),
		hex.EncodeToString([]byte(text)), hex.EncodeToString([]byte(strings.ToUpper(text))),
	}
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for skip := range 3 {
			part := secret[skip:]
			list = append(list, enc.EncodeToString(part[:len(part)/3*3]))
		}
	}
	return list
}

// What is configured starts by itself; old recordings make room.
func TestConfiguredRecording(t *testing.T) {
	dir := t.TempDir()
	a := startIn(t, dir, func(c *config.Config) {
		c.Record.Enabled = true
		c.Record.MaxFile, c.Record.MaxTotal = 65536, 3*65536
	})
	old, err := a.Recorder().Running()
	require.NoError(t, err)
	require.Len(t, old, 1)
	for i := range 4 {
		play(t, a, bot.Options{}, script("Marty"+string(rune('A'+i)), true))
	}
	now, err := a.Recorder().Running()
	require.NoError(t, err)
	require.Len(t, now, 1)
	assert.NotEqual(t, old[0].ID, now[0].ID, "it goes on in further files")
	files, err := a.Recorder().Files()
	require.NoError(t, err)
	var total int64
	for _, f := range files {
		total += f.Bytes
		assert.Less(t, f.Bytes, int64(65536+70000), "a file ends after the message that fills it")
	}
	assert.Less(t, total, int64(4*65536+70000))
	_, err = a.Recorder().Folder().Open(old[0].ID)
	require.ErrorIs(t, err, record.ErrUnknown, "the oldest had to go")
	stopped, err := a.Recorder().Stop("")
	require.NoError(t, err)
	assert.Len(t, stopped, 1)
	assert.False(t, a.Recorder().Watching())
}
