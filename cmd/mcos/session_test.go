package main

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/app/record/tape"
	"mcos/protocol/wire"
)

// keepSession puts a small recording into the data folder.
func (s *shell) keepSession(id string, entries ...tape.Entry) {
	s.t.Helper()
	require.NoError(s.t, os.MkdirAll(s.dir.Sessions(), 0o700))
	f, err := os.Create(filepath.Join(s.dir.Sessions(), id+".json"))
	require.NoError(s.t, err)
	w := tape.NewWriter(f)
	for i := range entries {
		require.NoError(s.t, w.Write(&entries[i]))
	}
	require.NoError(s.t, w.End())
	require.NoError(s.t, f.Close())
	require.NoError(s.t, os.Chtimes(f.Name(), noon, noon))
}

func smallSession() []tape.Entry {
	names := []byte("\x02\x29\x00\x1d\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x15\x00\x00\x00\x09Dr Brown\x00")
	return []tape.Entry{
		{Time: noon, Type: tape.Connect, Port: 7003, Conn: "c1", Family: wire.Lobby, Client: "192.0.2.7:1026", Server: "192.0.2.1:7003"},
		{Time: noon.Add(time.Second), Type: tape.In, Port: 7003, Conn: "c1", Family: wire.Lobby, Number: 0x128, Name: "GET_MINI_USER_LIST", Body: 4, Data: []byte("\x01\x28\x00\x08\x00\x00\x00\x00")},
		{Time: noon.Add(time.Second), Type: tape.Out, Port: 7003, Conn: "c1", Family: wire.Lobby, Number: 0x229, Name: "MINI_USER_LIST", Body: 4, Data: names, Persona: "Dr Brown", Encrypted: true},
		{Time: noon.Add(2 * time.Second), Type: tape.In, Port: 43300, Conn: "c2", Family: wire.MCOTS, Number: 60000, Body: 13, Data: []byte("\x0b\x00TOMC\x01\x00\x00\x00\x00\x60\xea"), Masked: []string{"body"}},
		{Time: noon.Add(3 * time.Second), Type: tape.Disconnect, Port: 7003, Conn: "c1", Family: wire.Lobby, Text: "closed\x1b[2J by the client"},
	}
}

func TestSessionListAndRemove(t *testing.T) {
	s := newShell(t)
	assert.Equal(t, "There are no recordings. Start one on the running server with: mcos session record on\n", s.ok("session", "list"))
	s.keepSession("20260501-120000", smallSession()...)
	s.keepSession("20260501-120001-secrets")
	list := s.ok("session", "list")
	assert.Contains(t, list, "20260501-120000          2026-05-01 12:00")
	assert.Contains(t, list, "(holds secrets)")
	var all admin.Recordings
	require.NoError(t, json.Unmarshal([]byte(s.ok("session", "list", "--json")), &all))
	assert.Len(t, all.Files, 2)

	s.account("alice") // the commands that need a server have a store to look into
	s.fails(exitFailed, "no server runs", "session", "record", "on")
	s.fails(exitFailed, "no server runs", "session", "record", "off")
	s.fails(exitFailed, "log in as your players", "session", "record", "on", "--with-secrets")
	s.serve()
	assert.Equal(t, list, s.ok("session", "list"), "a running server tells the same")
	assert.Contains(t, s.ok("session", "remove", "20260501-120001-secrets"), "has been removed")
	s.fails(exitFailed, `no recording "20260501-120001-secrets"`, "session", "remove", "20260501-120001-secrets")
}

func TestSessionShow(t *testing.T) {
	s := newShell(t)
	s.keepSession("evening", smallSession()...)
	text := s.ok("session", "show", "evening")
	assert.Equal(t, `    0.000  c1     7003   connect, 192.0.2.7:1026
    1.000  c1     7003 > 0x128 GET_MINI_USER_LIST  4 bytes
    1.000  c1     7003 < 0x229 MINI_USER_LIST  25 bytes, Dr Brown
    2.000  c2    43300 > 60000 (unknown)  0 bytes, overwritten: body
    3.000  c1     7003   disconnect, closed.[2J by the client

3 messages on 2 connections, 1 unknown.
`, text)
	full := s.ok("session", "show", filepath.Join(s.dir.Sessions(), "evening.json"), "--full", "--message", "0x229")
	for _, part := range []string{`"Dr Brown"`, "User                 21", "| 00000000  02 29 00 1d", "1 message on 1 connection, 0 unknown"} {
		assert.Contains(t, full, part)
	}
	assert.Equal(t, full, s.ok("session", "show", "evening", "--full", "--message", "mini_user_list"))
	for args, lines := range map[string]int{"--persona=dr brown": 4, "--connection=c2": 1, "--port=7003": 4, "--message=60000": 1, "--port=1": 0} {
		assert.Equal(t, lines, strings.Count(s.ok("session", "show", "evening", args), "\n")-2, args)
	}
	s.fails(exitUsage, `no message has the name or number "NO_SUCH"`, "session", "show", "evening", "--message", "NO_SUCH")
	s.fails(exitFailed, `no recording "nothing"`, "session", "show", "nothing")
	s.fails(exitFailed, "not a recorded session", "session", "show", s.file("x.json", "hello"))
	cut := s.run("session", "show", s.file("cut.json", `[{"type":"connect","port":7003,"timestamp":0},{"ty`))
	assert.Equal(t, exitOK, cut.code)
	assert.Contains(t, cut.err, "is missing")
}

func TestSessionExport(t *testing.T) {
	s := newShell(t)
	entries := smallSession()
	s.keepSession("evening", entries...)
	out := t.TempDir()
	file := filepath.Join(out, "a.pcapng")
	s.fails(exitUsage, "--pcap FILE", "session", "export", "evening")
	assert.Contains(t, s.ok("session", "export", "evening", "--pcap", file), "has been written")
	capture, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, []byte{0x0A, 0x0D, 0x0D, 0x0A}, capture[:4])
	assert.Contains(t, string(capture), "Dr Brown")
	s.fails(exitFailed, "exists already", "session", "export", "evening", "--pcap", file)

	s.fails(exitFailed, "holds no session keys", "session", "export", "evening", "--keys", filepath.Join(out, "keys"))
	key := tape.Entry{Time: noon, Type: tape.Key, Port: 7003, Conn: "c1", Persona: "Dr Brown", Data: []byte("0123456789abcdef0123456789abcdef")}
	s.keepSession("private-secrets", append(entries, key, key)...)
	s.ok("session", "export", "private-secrets", "--keys", filepath.Join(out, "keys"), "--copy", filepath.Join(out, "copy.json"))
	keys, err := os.ReadFile(filepath.Join(out, "keys"))
	require.NoError(t, err)
	assert.Equal(t, hex.EncodeToString(key.Data)+" Dr Brown\n", string(keys))
	copied, err := os.ReadFile(filepath.Join(out, "copy.json"))
	require.NoError(t, err)
	original, err := os.ReadFile(filepath.Join(s.dir.Sessions(), "private-secrets.json"))
	require.NoError(t, err)
	assert.Equal(t, original, copied)
	info, err := os.Stat(filepath.Join(out, "keys"))
	require.NoError(t, err)
	assert.Zero(t, info.Mode().Perm()&0o077)
	found, err := os.ReadDir(out)
	require.NoError(t, err)
	assert.Len(t, found, 3, "nothing else is left")
}

// The files of other programs hold what was on the wire.
func TestSessionOfAnotherProgram(t *testing.T) {
	s := newShell(t)
	// The heartbeat in clear, then 0x30C, encrypted with the key 3b9675ea29368d71.
	file := s.file("theirs.json", `[
	{"timestamp": 1768153254917, "type": "connect", "port": 7003, "connectionId": "a:7003"},
	{"timestamp": 1768153255017, "type": "data_in", "port": 7003, "connectionId": "a:7003", "hex": "021700041101000c23f48b"},
	{"timestamp": 1768153255117, "type": "data_in", "port": 7003, "connectionId": "a:7003", "hex": "6ee2604b9a"}]`)
	text := s.ok("session", "show", file)
	assert.Contains(t, text, "0.100  a:7003  7003 > 0x217 HEARTBEAT")
	assert.Contains(t, text, "0.200  a:7003  7003 > 0x1101 CRYPTO_DES_CBC")
	keys := s.file("keys", "# theirs\n3b9675ea29368d71 somebody\n")
	assert.Contains(t, s.ok("session", "show", file, "--session-keys", keys), "0.200  a:7003  7003 > 0x30C SEND_MINI_RIFF_LIST")
	s.fails(exitFailed, "holds no session key", "session", "show", file, "--session-keys", s.file("none", "hello"))
	s.fails(exitFailed, "no key in PEM form", "session", "show", file, "--login-key", s.file("none.pem", "hello"))
}

func TestSessionReplay(t *testing.T) {
	s := newShell(t)
	s.keepSession("evening", smallSession()...)
	s.fails(exitUsage, "--account is missing", "session", "replay", "evening")
	s.fails(exitUsage, "--speed", "session", "replay", "evening", "--account", "a", "--speed", "-1")
	s.fails(exitUsage, "--ports needs --against", "session", "replay", "evening", "--account", "a", "--ports", "http=1")
	s.fails(exitUsage, "--ports", "session", "replay", "evening", "--account", "a", "--against", "127.0.0.1", "--ports", "nothing")
	s.fails(exitFailed, "no server runs", "session", "replay", "evening", "--account", "a")
	s.fails(exitUsage, "--password-stdin", "session", "replay", "evening", "--account", "a", "--against", "127.0.0.1")

	target, err := runningTarget(map[string]string{"http": "192.0.2.1:8080", "rooms": "9000,9005", "login": "192.0.2.1:1", "console": "127.0.0.1:3"})
	require.NoError(t, err)
	assert.Equal(t, "192.0.2.1", target.Host)
	assert.Equal(t, 8080, target.Ports.Actual(80))
	assert.Equal(t, 9005, target.Ports.Actual(9005))
	assert.Equal(t, 1, target.Ports.Actual(8226))
	target, err = runningTarget(map[string]string{"http": ":80"})
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1", target.Host)
	_, err = runningTarget(map[string]string{"http": "nonsense"})
	require.Error(t, err)
}
