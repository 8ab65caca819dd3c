package app_test

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app"
	"mcos/app/gateway"
	"mcos/protocol/cipher"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

// The replay plays the recorded client side of one whole session of the original
// game, in the recorded order over all its connections, against a server with the
// key that the session was recorded with. What must come back is judged by the
// documents, not by the old server: numbers and lengths of the forms we send.

const (
	recordedTicket   = "d316cd2dd6bf870893dfbaaf17f965884e"
	recordedCustomer = 5551212
	recordedPersona  = 21
)

// reply is what one answer must be.
type reply struct {
	number uint16
	length int // body bytes as the framing gives them, -1 for any
}

// replies lists the answers of each recorded connection, in order.
func replies() map[string][]reply {
	any := -1
	return map[string][]reply{
		"8226_1.txt": {{0x601, 63}},
		"8228_1.txt": {{0x607, 2 + 2 + 18 + 8 + 1}},
		"8228_2.txt": {{0x207, 251}},
		"7003_1.txt": {{0x230, 0}, {0x120, 80}, {0x404, any}, {0x229, any}, {0x20D, any}, {0x204, 81}, {0x204, 81}},
		"43300_1.txt": {
			{101, 14}, {213, 171}, {325, any}, {408, any}, {323, 11}, {364, 3 + 67*516}, {390, 122},
			{173, 9}, {108, 421}, {265, 24}, {175, 6}, {123, 25 + 2000 + 40*26}, {362, 37}, {101, 14},
		},
		"8228_3.txt": {{0x614, 2}},
		"8227_1.txt": {{0x61B, 6}},
		"8228_4.txt": {{0x207, 0}},
		"9001_1.txt": {{0x120, 80}, {0x404, any}, {0x229, any}, {0x204, 81}, {0x214, 8}, {0x211, 8 + 4 + 13 + 64}, {0x209, 8}},
	}
}

// event is one line of the recording's timeline.
type event struct {
	file, kind string
	line       int
}

func recording(t *testing.T) (dir string, events []event) {
	t.Helper()
	dir = filepath.Join(reference(t), "captures", "session-1741")
	for i, row := range readTSV(t, filepath.Join(dir, "timeline.tsv")) {
		if i == 0 {
			continue
		}
		line, _ := strconv.Atoi(row[3])
		events = append(events, event{file: row[1], kind: row[2], line: line})
	}
	require.NotEmpty(t, events)
	return dir, events
}

// reference is the folder of the protocol reference; without it the test is
// skipped.
func reference(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("MCOS_REFERENCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(dir, "captures")); err != nil {
		t.Skipf("no protocol reference in %s", dir)
	}
	return dir
}

func readTSV(t *testing.T, path string) (rows [][]string) {
	t.Helper()
	for _, line := range readLines(t, path) {
		rows = append(rows, strings.Split(line, "\t"))
	}
	return rows
}

func readLines(t *testing.T, path string) (lines []string) {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		lines = append(lines, scan.Text())
	}
	require.NoError(t, scan.Err())
	return lines
}

// recordedWorld makes the account, persona and car of the recording.
func recordedWorld(t *testing.T, a *app.App) {
	t.Helper()
	require.NoError(t, a.Store().Update(func(tx storage.Tx) error {
		if err := tx.PutAccount(storage.Account{ID: recordedCustomer, Name: "recorded", PasswordHash: "-", Created: time.Now()}); err != nil {
			return err
		}
		if _, err := a.Rules().CreatePersona(tx, recordedCustomer, "Dr Brown", 44, recordedPersona); err != nil {
			return err
		}
		id, err := a.Rules().GiveCar(tx, recordedPersona, 104, 47, "recorded")
		if err == nil && id != 1 {
			err = fmt.Errorf("the recorded car is number 1, this is %d", id)
		}
		return err
	}))
	a.Sessions().Register(recordedTicket, recordedCustomer, "recorded")
}

// sending is how the client's bytes reach the server.
type sending int

const (
	whole sending = iota
	byteByByte
	glued
)

func TestReplayRecordedSession(t *testing.T) {
	for name, how := range map[string]sending{"whole messages": whole, "one byte a segment": byteByByte, "glued requests": glued} {
		t.Run(name, func(t *testing.T) {
			dir, events := recording(t)
			a := start(t, nil)
			key, err := os.ReadFile(filepath.Join(reference(t), "captures", "keys", "private_key.pem"))
			require.NoError(t, err)
			require.NoError(t, a.Keys().ImportLogin(key))
			recordedWorld(t, a)
			r := &replay{t: t, app: a, dir: dir, how: how, conns: map[string]*replayed{}, want: replies()}
			for i, e := range events {
				r.play(e, events[i+1:])
			}
			for file, left := range r.want {
				assert.Empty(t, left, "answers of %s that never came", file)
			}
		})
	}
}

// replay is one run of the recording.
type replay struct {
	t     *testing.T
	app   *app.App
	dir   string
	how   sending
	conns map[string]*replayed
	want  map[string][]reply
}

// replayed is one of its connections.
type replayed struct {
	conn    net.Conn
	lines   []string
	opener  gateway.Opener
	buf     []byte
	pending []byte // client bytes held back for gluing
	secured bool
}

func (r *replay) play(e event, later []event) {
	r.t.Helper()
	switch e.kind {
	case "connect":
		r.connect(e.file)
	case "C":
		r.send(e, later)
	case "S":
		r.receive(e.file)
	case "disconnect":
		require.NoError(r.t, r.conns[e.file].conn.Close())
	}
}

func (r *replay) connect(file string) {
	r.t.Helper()
	port, _, _ := strings.Cut(file, "_")
	documented, err := strconv.Atoi(port)
	require.NoError(r.t, err)
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(bound(r.app, documented))))
	require.NoError(r.t, err)
	r.t.Cleanup(func() { conn.Close() })
	require.NoError(r.t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	c := &replayed{conn: conn, lines: readLines(r.t, filepath.Join(r.dir, file))}
	switch documented {
	case 8226, 8228:
		c.opener = nps.NewLongClientOpener(1 << 16)
	case 8227:
		c.opener = nps.NewShortOpener(1 << 16)
	case 43300:
		c.opener = mcots.NewOpener(1 << 17)
	default:
		c.opener = nps.NewLobbyClientOpener(1 << 16)
	}
	r.conns[file] = c
}

// send writes a recorded client line. Glued, it waits for the following lines of
// the same connection that were sent without an answer in between.
func (r *replay) send(e event, later []event) {
	r.t.Helper()
	c := r.conns[e.file]
	text, ok := strings.CutPrefix(c.lines[e.line-1], "C ")
	require.True(r.t, ok, "%s line %d", e.file, e.line)
	raw, err := hex.DecodeString(text)
	require.NoError(r.t, err)
	switch r.how {
	case byteByByte:
		for _, b := range raw {
			_, err := c.conn.Write([]byte{b})
			require.NoError(r.t, err)
		}
		return
	case glued:
		c.pending = append(c.pending, raw...)
		if next(e.file, later) == "C" {
			return
		}
		raw, c.pending = c.pending, nil
	}
	_, err = c.conn.Write(raw)
	require.NoError(r.t, err)
}

// next is what the recording does next on a connection.
func next(file string, later []event) string {
	for _, e := range later {
		if e.file == file {
			return e.kind
		}
	}
	return ""
}

// receive waits for the next answer that the documents demand. The old server sent
// its login answer twice; ours comes once.
func (r *replay) receive(file string) {
	r.t.Helper()
	if len(r.want[file]) == 0 && file == "8226_1.txt" {
		return
	}
	require.NotEmpty(r.t, r.want[file], "one answer too many on %s", file)
	want := r.want[file][0]
	r.want[file] = r.want[file][1:]
	f := r.conns[file].read(r.t)
	require.Equal(r.t, want.number, f.Number, "answer on %s: %x", file, f.Body)
	if want.length >= 0 {
		assert.Len(r.t, f.Body, want.length, "answer %d (0x%X) on %s", f.Number, f.Number, file)
	}
	if f.Number == 0x120 || f.Number == 101 {
		r.secure(file)
	}
}

// secure starts decryption of a connection's answers after its plain login reply.
func (r *replay) secure(file string) {
	c := r.conns[file]
	if !c.secured {
		c.secured = true
		require.NoError(r.t, c.opener.Secure(r.key()))
	}
}

func (r *replay) key() cipher.SessionKey { return r.app.Sessions().ByAccount(recordedCustomer).Key }

func (c *replayed) read(t *testing.T) wire.Frame {
	t.Helper()
	for {
		size, err := c.opener.Size(c.buf)
		require.NoError(t, err)
		if size > 0 && size <= len(c.buf) {
			f, err := c.opener.Open(c.buf[:size:size])
			require.NoError(t, err)
			c.buf = c.buf[size:]
			return f
		}
		chunk := make([]byte, 1<<16)
		n, err := c.conn.Read(chunk)
		require.NoError(t, err, "no answer came")
		c.buf = append(c.buf, chunk[:n]...)
	}
}
