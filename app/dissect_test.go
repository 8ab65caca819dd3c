package app_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/bot"
	"mcos/app/config"
	"mcos/app/keys"
	"mcos/app/record"
	"mcos/app/record/pcap"
	"mcos/app/record/tape"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// shark runs tshark with the generated dissector over captures.
type shark struct {
	t    *testing.T
	file string
	args []string
}

func newShark(t *testing.T, entries []tape.Entry, keys ...[]byte) *shark {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	dir := t.TempDir()
	s := &shark{t: t, file: filepath.Join(dir, "a.pcapng")}
	script := filepath.Join(dir, "mcos.lua")
	var b bytes.Buffer
	require.NoError(t, record.Dissector(&b, "test"))
	require.NoError(t, os.WriteFile(script, b.Bytes(), 0o600))
	b.Reset()
	w := pcap.NewWriter(&b, "")
	for i := range entries {
		require.NoError(t, w.Write(&entries[i]))
	}
	require.NoError(t, os.WriteFile(s.file, b.Bytes(), 0o600))
	s.args = []string{"-n", "-r", s.file, "-X", "lua_script:" + script}
	if len(keys) > 0 {
		text := "# keys of this test\n"
		for _, key := range keys {
			text += hex.EncodeToString(key) + " somebody\n"
		}
		file := filepath.Join(dir, "keys")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		s.args = append(s.args, "-o", "mco.keys:"+file)
	}
	return s
}

func (s *shark) run(args ...string) []string {
	s.t.Helper()
	cmd := exec.Command("tshark", append(slices.Clone(s.args), args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	require.NoError(s.t, err, errs.String())
	require.NotContains(s.t, strings.ToLower(errs.String()), "lua:", "the script has failed")
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
}

// names are the names of all messages in the capture.
func (s *shark) names() []string {
	var names []string
	for _, line := range s.run("-Y", "mco.number", "-T", "fields", "-E", "aggregator=|", "-e", "mco.name") {
		names = append(names, strings.Split(line, "|")...)
	}
	return names
}

// nothingWrong checks that every byte was understood.
func (s *shark) nothingWrong() {
	s.t.Helper()
	assert.Empty(s.t, s.run("-Y", "_ws.malformed || mco.malformed || mco.badframe || mco.nokey || mco.unknown || _ws.lua.error", "-T", "fields",
		"-e", "tcp.stream", "-e", "tcp.port", "-e", "mco.name", "-e", "mco.number", "-e", "tcp.payload", "-e", "_ws.expert.message"))
}

// TestRecordingOfRaces records an evening of races with and without its secrets: the
// dissector names every message of it, and the usual recording has no password of a race.
func TestRecordingOfRaces(t *testing.T) {
	a := start(t, nil)
	usual, err := a.Recorder().Start(record.Order{})
	require.NoError(t, err)
	open, err := a.Recorder().Start(record.Order{WithSecrets: true})
	require.NoError(t, err)
	r := evening(t, a, bot.Evening{Players: 3, Rounds: 1, Duration: 500 * time.Millisecond, Seed: 1, Name: "racer"})
	require.True(t, r.OK, "%v; books: %s", r.Failures, r.Books)
	_, err = a.Recorder().Stop("")
	require.NoError(t, err)
	assert.Zero(t, a.Recorder().Dropped())
	text := recordingFile(t, a, usual.ID)

	passwords := map[string]bool{}
	for _, e := range readTape(t, recordingFile(t, a, open.ID)) {
		_, fields, _ := e.Fields()
		for _, f := range fields {
			if raw, ok := f.Data.([]byte); ok && f.Name == "Password" && e.Family == wire.MCOTS {
				passwords[string(raw)] = true
			}
		}
	}
	require.NotEmpty(t, passwords)
	for password := range passwords {
		require.Len(t, password, 8)
		for _, form := range forms([]byte(password)) {
			assert.NotContains(t, string(text), form, "the password of a race")
		}
	}

	entries := readTape(t, text)
	s := newShark(t, entries)
	s.nothingWrong()
	names := s.names()
	slices.Sort(names)
	assert.Equal(t, gameNames(entries), names)
	assert.Contains(t, names, "MC_RACE_FINAL_RESULTS")
}

func unwrapped(u *tape.Unwrapper, entries []tape.Entry) (all []tape.Entry) {
	for _, e := range entries {
		all = append(all, u.Unwrap(&e)...)
	}
	return all
}

// messagesOf are the game's messages with their bodies, in a fixed order.
func messagesOf(entries []tape.Entry) (all []string) {
	for _, e := range entries {
		if e.IsMessage() && e.Family != tape.Web {
			all = append(all, fmt.Sprintf("%d %s %s %t %x", e.Port, e.Type, e.Title(), e.Encrypted, e.Data[e.Body:]))
		}
	}
	slices.Sort(all)
	return all
}

func gameNames(entries []tape.Entry) []string {
	var names []string
	for _, e := range entries {
		if e.IsMessage() && e.Family != tape.Web {
			names = append(names, e.Name)
		}
	}
	slices.Sort(names)
	return names
}

// TestWiresharkReadsARecording exports a recorded session; the dissector names every
// message of it.
func TestWiresharkReadsARecording(t *testing.T) {
	files, _ := recorded(t, record.Order{})
	entries := readTape(t, files[0])
	s := newShark(t, entries)
	s.nothingWrong()
	names := s.names()
	slices.Sort(names)
	assert.Equal(t, gameNames(entries), names)
	assert.Equal(t, []string{"Marty", "Marty"}, s.run("-Y", "mco.mcots.Login.PersonaName", "-T", "fields", "-e", "mco.mcots.Login.PersonaName"))
	assert.Equal(t, []string{"113"}, s.run("-Y", "mco.mcots.OwnedVehicle.BrandedPartID", "-T", "fields", "-e", "mco.mcots.OwnedVehicle.BrandedPartID")[:1])
	assert.NotEmpty(t, s.run("-Y", `http.request.uri contains "/AuthLogin"`))
}

// TestWiresharkDecrypts captures a session as it travels, encrypted; with the keys of
// its recording the dissector reads it.
func TestWiresharkDecrypts(t *testing.T) {
	a := startIn(t, t.TempDir(), func(c *config.Config) { c.Record.Enabled, c.Record.WithSecrets = true, true })
	wires := &wires{documented: map[int]int{}}
	for _, documented := range append([]int{7003, 8226, 8227, 8228, 43300}, config.DocumentedRooms()...) {
		wires.documented[bound(a, documented)] = documented
	}
	s := script("Marty", true)
	s.Chat = "hello over there"
	play(t, a, bot.Options{Dial: wires.dial}, s)
	id, err := a.Recorder().Stop("")
	require.NoError(t, err)
	recording := readTape(t, recordingFile(t, a, id[0].ID))
	var key []byte
	for _, e := range recording {
		if e.Type == tape.Key {
			key = e.Data
		}
	}
	require.Len(t, key, 32)

	// What the recorder told in clear can be made of the captured bytes as well.
	byKey, byLogin, noKey := tape.NewUnwrapper(nil), tape.NewUnwrapper(a.Keys().LoginKey()), tape.NewUnwrapper(nil)
	assert.Equal(t, 2, byKey.AddKeys("# two keys\n00112233445566778899\n"+hex.EncodeToString(key)+" Marty\nnonsense\n"))
	assert.Equal(t, messagesOf(recording), messagesOf(unwrapped(byKey, wires.entries)))
	assert.Equal(t, messagesOf(recording), messagesOf(unwrapped(byLogin, wires.entries)))
	assert.NotEqual(t, messagesOf(recording), messagesOf(unwrapped(noKey, wires.entries)))
	assert.Equal(t, recording, unwrapped(tape.NewUnwrapper(nil), recording), "what is in clear stays as it is")

	blind := newShark(t, wires.entries, make([]byte, 32))
	assert.Greater(t, len(blind.run("-Y", "mco.nokey")), 20, "with another key there is nothing to be seen")
	assert.Empty(t, blind.run("-Y", "_ws.malformed || mco.malformed || _ws.lua.error"))
	sharp := newShark(t, wires.entries, make([]byte, 32), key)
	sharp.nothingWrong()
	names := sharp.names()
	slices.Sort(names)
	assert.Equal(t, gameNames(recording), names)
	relay := sharp.run("-Y", "mco.nps.RelayBody.Blob", "-T", "fields", "-e", "mco.nps.RelayBody.Blob")
	assert.Contains(t, strings.ReplaceAll(strings.Join(relay, ""), ":", ""), hex.EncodeToString([]byte("hello over there")))
	assert.Equal(t, sharp.names(), newSharkTwice(sharp).names(), "in any order")
}

// newSharkTwice lets tshark go through the capture twice, as Wireshark does.
func newSharkTwice(s *shark) *shark {
	return &shark{t: s.t, file: s.file, args: append(slices.Clone(s.args), "-2")}
}

// wires writes down what a client reads and writes, byte for byte.
type wires struct {
	documented map[int]int

	mu      sync.Mutex
	conns   int
	entries []tape.Entry
}

func (w *wires) add(e tape.Entry, data []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e.Time, e.Data = time.Now(), bytes.Clone(data)
	w.entries = append(w.entries, e)
}

func (w *wires) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	_, text, _ := net.SplitHostPort(addr)
	port, _ := strconv.Atoi(text)
	documented, game := w.documented[port]
	if !game {
		return conn, nil
	}
	w.mu.Lock()
	w.conns++
	e := tape.Entry{Type: tape.Connect, Port: documented, Conn: fmt.Sprint(w.conns)}
	w.mu.Unlock()
	w.add(e, nil)
	return &wiretap{conn, w, e}, nil
}

type wiretap struct {
	net.Conn
	w *wires
	e tape.Entry
}

func (c *wiretap) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		e := c.e
		e.Type = tape.Out
		c.w.add(e, b[:n])
	}
	return n, err
}

func (c *wiretap) Write(b []byte) (int, error) {
	e := c.e
	e.Type = tape.In
	c.w.add(e, b)
	return c.Conn.Write(b)
}

// TestWiresharkReadsTheCaptures turns the captured traffic of the original game into a
// capture: what the client sent as it was, encrypted, and what servers sent as far as
// it is complete.
func TestWiresharkReadsTheCaptures(t *testing.T) {
	dir, events := recording(t)
	lines := map[string][]string{}
	var entries []tape.Entry
	client := 0
	for i, e := range events {
		if lines[e.file] == nil {
			lines[e.file] = readLines(t, filepath.Join(dir, e.file))
		}
		port, _ := strconv.Atoi(e.file[:strings.IndexByte(e.file, '_')])
		entry := tape.Entry{Time: time.UnixMilli(int64(i)), Port: port, Conn: e.file}
		switch e.kind {
		case "connect":
			entry.Type = tape.Connect
		case "disconnect":
			entry.Type = tape.Disconnect
		case "C":
			entry.Type = tape.In
			entry.Data = capturedHex(t, lines[e.file][e.line-1])
			client++
		default:
			continue // see below
		}
		entries = append(entries, entry)
	}
	rows := readTSV(t, filepath.Join(reference(t), "captures", "lobby-vectors.tsv"))
	var key []byte
	for _, row := range rows {
		if row[0] == "# key of S1741" {
			key = capturedHex(t, row[5])
		}
	}
	require.Len(t, key, 32)
	text, err := os.ReadFile(filepath.Join(reference(t), "captures", "keys", "private_key.pem"))
	require.NoError(t, err)
	login, err := keys.ParseKey(text)
	require.NoError(t, err)
	for _, e := range unwrapped(tape.NewUnwrapper(login), entries) {
		if e.IsMessage() {
			_, _, err := e.Fields()
			require.NoError(t, err, e.Title())
			assert.NotEmpty(t, e.Name, "%d %x", e.Port, e.Data)
			assert.NotEqual(t, nps.Envelope.Name, e.Name)
		}
	}
	s := newShark(t, entries, key)
	s.nothingWrong()
	assert.Len(t, s.names(), client)
	assert.Equal(t, []string{"1", "0", "0"}, s.run("-Y", `mco.name == "MC_TRACKING_MSG"`, "-T", "fields", "-e", "mco.mcots.Tracking.Type"))
}

// TestWiresharkReadsServerFrames does the same for everything that the reference has of
// servers, each frame on a connection of its own.
func TestWiresharkReadsServerFrames(t *testing.T) {
	captures := filepath.Join(reference(t), "captures")
	var entries []tape.Entry
	add := func(name string, port int, text string) {
		data, err := hex.DecodeString(text)
		require.NoError(t, err, name)
		if port == 43300 {
			data = append([]byte{byte(len(data) + 9), byte((len(data) + 9) >> 8), 'T', 'O', 'M', 'C', 1, 0, 0, 0, 0}, data...)
		}
		entries = append(entries, tape.Entry{Time: time.UnixMilli(int64(len(entries))), Type: tape.Out, Port: port, Conn: name + fmt.Sprint(len(entries)), Data: data, Name: name})
	}
	parts := []string{"_plaintext", "session_key_block", "_body_", "persona_record", "selfmade_rsa"} // of messages
	for _, row := range readTSV(t, filepath.Join(captures, "nps-vectors.tsv"))[1:] {
		port, _ := strconv.Atoi(row[1])
		if row[2] == "S>C" && !slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(row[0], p) }) {
			add(row[0], port, row[3])
		}
	}
	for _, row := range readTSV(t, filepath.Join(captures, "lobby-vectors.tsv"))[1:] {
		port, err := strconv.Atoi(row[1])
		if row[2] != "S>C" || err != nil && row[1] != "race" || strings.HasSuffix(row[0], ".segment") {
			continue
		}
		text := row[5]
		if row[3] == "no" {
			text = row[4]
		}
		if text == "" || text == "-" {
			continue
		}
		if n, err := strconv.ParseUint(text[4:8], 16, 16); err == nil && int(2*n) < len(text) {
			text = text[:2*n] // without padding
		}
		add(row[0], max(port, 9000), text)
	}
	for _, row := range readTSV(t, filepath.Join(captures, "mcots-vectors.tsv"))[1:] {
		if row[1] == "S>C" && len(row[3]) >= 4 && !strings.Contains(row[3], "...") && !strings.Contains(row[0], " of the body") {
			add(row[0], 43300, row[3])
		}
	}
	for _, row := range readTSV(t, filepath.Join(captures, "mcots-race-vectors.tsv"))[1:] {
		if row[1] == "S>C" && !strings.HasPrefix(row[0], "part_record") {
			add(row[0], 43300, row[2])
		}
	}
	require.Greater(t, len(entries), 80)
	s := newShark(t, entries)
	s.nothingWrong()
	assert.Len(t, s.names(), len(entries))
}

func capturedHex(t *testing.T, line string) []byte {
	t.Helper()
	text, _, _ := strings.Cut(strings.TrimPrefix(line, "C "), " ")
	b, err := hex.DecodeString(text)
	require.NoError(t, err)
	return b
}
