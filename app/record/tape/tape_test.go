package tape_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/record/tape"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

var someTime = time.Date(2026, 1, 11, 17, 40, 54, 917123000, time.UTC)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return b
}

func written(t testing.TB, entries ...tape.Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tape.NewWriter(&b)
	for i := range entries {
		require.NoError(t, w.Write(&entries[i]))
	}
	require.NoError(t, w.End())
	return b.Bytes()
}

func some(t testing.TB) []tape.Entry {
	return []tape.Entry{
		{Time: someTime, Type: tape.Connect, Port: 8226, Conn: "c1", Family: wire.Login, Client: "192.0.2.7:1026", Server: "192.0.2.1:8226", Data: []byte{}},
		{
			Time: someTime.Add(time.Second), Type: tape.In, Port: 8226, Conn: "c1", Family: wire.Login, Number: 0x501, Name: "USER_LOGIN",
			Body: 12, Data: unhex(t, "0501000c 0101000000000000"), Masked: []string{"Ticket"}, Persona: "Señor \"X\" [{",
		},
		{Time: someTime.Add(time.Minute), Type: tape.Disconnect, Port: 8226, Conn: "c1", Family: wire.Login, Text: "closed", Data: []byte{}},
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for n := range 4 {
		want := some(t)[:n]
		text := written(t, want...)
		assert.True(t, json.Valid(text), "the file is one JSON value")
		got, cut, err := tape.ReadAll(text)
		require.NoError(t, err)
		assert.False(t, cut)
		assert.Len(t, got, n)
		for i := range got {
			assert.Equal(t, want[i], got[i])
		}
	}
}

// Wherever the writing stopped, everything before is there.
func TestCutFile(t *testing.T) {
	text := written(t, some(t)...)
	ends := []int{} // where each entry is complete
	for i, c := range text {
		if c == '}' {
			ends = append(ends, i+1)
		}
	}
	require.Len(t, ends, 3)
	for end := range len(text) {
		got, cut, err := tape.ReadAll(text[:end])
		require.NoError(t, err, "after %d bytes", end)
		want := 0
		for _, e := range ends {
			if e <= end {
				want++
			}
		}
		assert.Len(t, got, want, "after %d bytes", end)
		assert.Equal(t, end < len(text)-1, cut, "after %d bytes", end)
	}
}

// The files of others: an array over many lines, times in milliseconds, numbers as
// connection ids, fields that we do not know; or one object a line.
func TestForeignForms(t *testing.T) {
	for name, text := range map[string]string{
		"array": `[
		  { "timestamp": 1768153254917, "type": "data_in", "port": 7003, "connectionId": 17,
		    "hex": "0217 0004", "more": {"a": ["}", "\"]"]} },
		  {"timestamp":"2026-01-11T17:40:54.917Z","type":"disconnect","port":7003,"connectionId":"17"}]`,
		"lines": `{"timestamp":1768153254917,"type":"data_in","port":7003,"connectionId":"17","hex":"02170004"}
{"timestamp":"2026-01-11T17:40:54.917Z","type":"disconnect","port":7003,"connectionId":"17"}
`,
	} {
		text = strings.Replace(text, "0217 0004", "02170004", 1)
		got, cut, err := tape.ReadAll([]byte(text))
		require.NoError(t, err, name)
		assert.False(t, cut, name)
		require.Len(t, got, 2, name)
		e := got[0]
		assert.Equal(t, time.Date(2026, 1, 11, 17, 40, 54, 917000000, time.UTC), e.Time)
		assert.Equal(t, "17", e.Conn)
		e.Complete()
		assert.Equal(t, wire.Lobby, e.Family)
		assert.Equal(t, nps.Heartbeat.Name, e.Name)
		assert.Equal(t, 4, e.Body)
	}
}

func TestNotARecording(t *testing.T) {
	for _, text := range []string{"hello", `{"a":1}`, `[{"type":"data_in","hex":"0"}]`, `[{"type":"x","hex":"00","body":2}]`, `[1]`, "\x00"} {
		_, _, err := tape.ReadAll([]byte(text))
		require.ErrorIs(t, err, tape.ErrForm, text)
	}
	stop := errors.New("enough")
	_, err := tape.Read(bytes.NewReader(written(t, some(t)...)), func(*tape.Entry) error { return stop })
	require.ErrorIs(t, err, stop)
}

func TestComplete(t *testing.T) {
	for _, c := range []struct {
		port   int
		kind   tape.Type
		data   string
		number uint16
		name   string
		body   int
	}{
		{8228, tape.In, "0532 0010 0000 0000 00000010 00000001", 0x532, nps.GetPersonaMaps.Name, 12},
		{8226, tape.Out, "0602 0004", 0x602, nps.UserInvalid.Name, 4},
		{9001, tape.In, "1101 000c 0000000000000000", 0x1101, nps.Envelope.Name, 4},
		{43300, tape.In, "1300 544f4d43 05000000 00 4401 0000000000000000", 324, mcots.Registry.Find(wire.MCOTS, wire.ToServer, 324).Name, 13},
		{43300, tape.In, "0b00 544f4d43 05000000 00 ffff", 0xFFFF, "", 13},
		{43300, tape.In, "0b00", 0, "", 0},
		{8227, tape.In, "05", 0, "", 0},
		{12345, tape.In, "0532 0010", 0, "", 0},
	} {
		e := tape.Entry{Type: c.kind, Port: c.port, Data: unhex(t, c.data)}
		e.Complete()
		assert.Equal(t, []any{c.number, c.name, c.body}, []any{e.Number, e.Name, e.Body}, c.data)
	}
}

// Of several layouts of a number the one that fits is taken.
func TestVariants(t *testing.T) {
	usual := mcots.MsgLoginComplete.Message
	long, err := mcots.MsgLoginComplete.With(&mcots.LoginComplete{}).AppendBody(nil)
	require.NoError(t, err)
	short, err := mcots.MsgLoginComplete72.With(&mcots.LoginComplete72{}).AppendBody(nil)
	require.NoError(t, err)
	assert.Same(t, usual, tape.Message(wire.MCOTS, wire.ToClient, 213, long))
	assert.Same(t, mcots.MsgLoginComplete72.Message, tape.Message(wire.MCOTS, wire.ToClient, 213, short))
	assert.Same(t, usual, tape.Message(wire.MCOTS, wire.ToClient, 213, short[:5]))
	assert.Nil(t, tape.Message(wire.MCOTS, wire.ToClient, 60000, nil))
	created, err := nps.PersonaCreated.With(&nps.GamePersonaBody{Name: "Dr Brown"}).AppendBody(nil)
	require.NoError(t, err)
	assert.Same(t, nps.PersonaCreated.Message, tape.Message(wire.Persona, wire.ToClient, 0x601, created))
	assert.Same(t, nps.NameUsable.Message, tape.Message(wire.Persona, wire.ToClient, 0x601, nil))
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`[{"timestamp":1,"type":"data_in","port":43300,"connectionId":1,"hex":"1300544f4d430500000000440100"}]`))
	f.Add(written(f, some(f)...))
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, _, err := tape.ReadAll(text)
		if err != nil {
			return
		}
		for i := range entries {
			entries[i].Complete()
			_, _, _ = entries[i].Fields() // only must not panic
		}
		again, _, err := tape.ReadAll(written(t, entries...))
		require.NoError(t, err)
		assert.Len(t, again, len(entries))
	})
}
