package pcap_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/record/pcap"
	"mcos/app/record/tape"
	"mcos/protocol/wire"
)

var start = time.Date(2026, 1, 11, 17, 40, 54, 917123000, time.UTC)

// conversation is one connection with a long message.
func conversation(conn, client, server string, port int) []tape.Entry {
	return []tape.Entry{
		{Time: start, Type: tape.Connect, Port: port, Conn: conn, Client: client, Server: server},
		{Time: start.Add(time.Millisecond), Type: tape.In, Port: port, Conn: conn, Family: wire.Lobby, Name: "ASK", Persona: "Dr Brown", Data: []byte("hello"), Masked: []string{"Ticket"}},
		{Time: start.Add(2 * time.Millisecond), Type: tape.Out, Port: port, Conn: conn, Family: wire.Lobby, Encrypted: true, Data: bytes.Repeat([]byte("x"), 4000)},
		{Time: start.Add(3 * time.Millisecond), Type: tape.Note, Text: "nothing"},
		{Time: start.Add(4 * time.Millisecond), Type: tape.Disconnect, Port: port, Conn: conn, Text: "closed"},
	}
}

func capture(t *testing.T, entries ...tape.Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pcap.NewWriter(&b, "mcos test")
	for i := range entries {
		require.NoError(t, w.Write(&entries[i]))
	}
	return b.Bytes()
}

// tshark runs the real reader over a capture.
func tshark(t *testing.T, text []byte, args ...string) []string {
	t.Helper()
	program, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	file := filepath.Join(t.TempDir(), "a.pcapng")
	require.NoError(t, os.WriteFile(file, text, 0o600))
	cmd := exec.Command(program, append([]string{
		"-n", "-r", file, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
	}, args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	require.NoError(t, err, errs.String())
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
}

// Wireshark finds whole streams in it, every number and checksum right.
func TestWiresharkReadsIt(t *testing.T) {
	text := capture(t, append(append(append(
		conversation("a", "192.0.2.7:1026", "192.0.2.1:8226", 8226),
		conversation("b", "[2001:db8::7]:1027", "[2001:db8::1]:17003", 7003)...),
		conversation("c", "", "", 9001)...),
		conversation("d", "192.0.2.7:1026", "[2001:db8::1]:1", 9002)...)...)
	lines := tshark(t, text, "-T", "fields", "-e", "tcp.stream", "-e", "tcp.dstport", "-e", "tcp.len", "-e", "frame.time_epoch")
	require.Len(t, lines, 4*(3+1+3+3))
	assert.Equal(t, "0\t8226\t0\t1768153254.917123000", lines[0])
	assert.Equal(t, "0\t8226\t5\t1768153254.918123000", lines[3])
	assert.Equal(t, "1\t7003\t0\t1768153254.917123000", lines[10], "the documented port, whatever it really was")
	assert.Equal(t, "2\t9001\t0\t1768153254.917123000", lines[20])
	assert.True(t, strings.HasPrefix(lines[30], "3\t9002\t"))

	assert.Empty(t, tshark(t, text, "-Y", "tcp.analysis.flags || tcp.checksum.status == 0 || ip.checksum.status == 0 || _ws.malformed"))
	assert.Len(t, tshark(t, text, "-Y", `frame.comment contains "ASK, Dr Brown, overwritten: Ticket"`), 4)
	body := tshark(t, text, "-q", "-z", "follow,tcp,raw,0")
	assert.Contains(t, strings.Join(body, ""), "68656c6c6f")
}

// Requests that came over one connection follow each other as streams of their own.
func TestSameAddressesAgain(t *testing.T) {
	var entries []tape.Entry
	for i := range 4 {
		entries = append(entries, conversation(string(rune('a'+i)), "192.0.2.7:1026", "192.0.2.1:80", 80)...)
	}
	text := capture(t, entries...)
	streams := tshark(t, text, "-Y", "tcp.flags.syn == 1 && tcp.flags.ack == 0", "-T", "fields", "-e", "tcp.stream")
	assert.Equal(t, []string{"0", "1", "2", "3"}, streams)
	assert.Empty(t, tshark(t, text, "-Y", "tcp.analysis.retransmission || tcp.analysis.out_of_order || tcp.analysis.lost_segment || _ws.malformed"))
}

// A connection whose beginning was not recorded gets one.
func TestWithoutBeginning(t *testing.T) {
	lines := tshark(t, capture(t, conversation("a", "", "", 43300)[1:3]...), "-T", "fields", "-e", "tcp.flags.syn")
	assert.Equal(t, []string{"1", "1", "0", "0", "0", "0", "0"}, lines)
}

func TestKeysAndNotesHaveNoPackets(t *testing.T) {
	empty := capture(t)
	assert.Equal(t, empty, capture(t, tape.Entry{Type: tape.Key, Conn: "a", Data: make([]byte, 32)}, tape.Entry{Type: tape.Note}))
	assert.Zero(t, len(empty)%4)
}

type full struct{}

var errFull = errors.New("the disk is full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestFullDisk(t *testing.T) {
	w := pcap.NewWriter(full{}, "")
	require.ErrorIs(t, w.Write(&tape.Entry{Type: tape.Connect}), errFull)
}
