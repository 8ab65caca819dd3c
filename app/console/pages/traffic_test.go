package pages

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/record"
	"mcos/app/record/tape"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// exchange is a web request as the recorder observes it.
func exchange(path string) record.Exchange {
	return record.Exchange{
		Client: "192.0.2.1:5", Server: "192.0.2.2:443", Port: 443, Began: noon, Name: path,
		Request: []record.Piece{{Text: "GET " + path + "?password="}, {Text: "hunter2", Secret: true}, {Text: " <b>"}},
		Answer:  []record.Piece{{Text: "Valid=TRUE"}},
	}
}

// loginEntry is the first message of a game, as a recording keeps it.
func loginEntry(t *testing.T) tape.Entry {
	t.Helper()
	body, err := nps.UserLogin.With(&nps.UserLoginBody{Ticket: "d316cd2dd6bf870893dfbaaf17f965884e", Key: "abc", Game: "2176"}).AppendBody(nil)
	require.NoError(t, err)
	head := make([]byte, 12)
	return tape.Entry{
		Time: noon, Type: tape.In, Port: 8226, Conn: "c1", Family: wire.Login, Number: nps.UserLogin.Number, Name: nps.UserLogin.Name,
		Data: append(head, body...), Body: 12, Masked: []string{"Ticket"},
	}
}

func TestPacket(t *testing.T) {
	e := loginEntry(t)
	p := newPacket(&e)
	assert.True(t, p.Message())
	assert.False(t, p.Unknown)
	assert.Empty(t, p.Problem)
	assert.NotEmpty(t, p.Ref)
	byName := map[string]fieldRow{}
	for _, f := range p.Fields {
		byName[f.Name] = f
	}
	assert.Equal(t, "(overwritten)", byName["Ticket"].Value)
	assert.Equal(t, `"2176"`, byName["Game"].Value)
	assert.Contains(t, byName["Game"].Hex, "32 31 37 36")
	assert.Contains(t, p.Dump, "00000000  00 00")

	e.Data = e.Data[:20]
	p = newPacket(&e)
	assert.Contains(t, p.Problem, "do not fit")
	e.Data, e.Number = append(e.Data, make([]byte, 2*maxDump)...), 0x7777
	p = newPacket(&e)
	assert.True(t, p.Unknown)
	assert.True(t, p.Cut)
	assert.LessOrEqual(t, len(p.Dump), 80*maxDump/16)
	assert.Empty(t, p.Fields)

	p = newPacket(&tape.Entry{Type: tape.Connect, Client: "192.0.2.1:5", Text: "x\x1b[1m"})
	assert.Equal(t, "connects", p.Title)
	assert.Equal(t, "x.[1m, from 192.0.2.1:5", p.Text)
	assert.False(t, p.Message())
}

// FuzzPacket shows what a client may send.
func FuzzPacket(f *testing.F) {
	f.Add(uint16(0x501), 8226, []byte("\x05\x01\x00\x10abcdefghijkl"), true)
	f.Add(uint16(105), 43300, []byte("\x12\x00TOMC..............."), false)
	f.Fuzz(func(t *testing.T, number uint16, port int, data []byte, in bool) {
		e := tape.Entry{Type: tape.Out, Port: port, Number: number, Data: data}
		if in {
			e.Type = tape.In
		}
		e.Complete()
		p := newPacket(&e)
		assert.LessOrEqual(t, len(p.Fields), maxFieldRows+1)
	})
}

func TestLiveTraffic(t *testing.T) {
	f := newFixture(t, nil).enter()
	resp, err := f.browser.Get(f.http.URL + f.place + "/live/traffic?port=443")
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Eventually(t, f.recorder.Watching, waitFor, pause)
	for range 2 * trafficShown {
		f.recorder.Exchange(exchange("/AuthLogin"))
	}
	var text strings.Builder
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		text.WriteString(lines.Text() + "\n")
		if strings.Contains(text.String(), "too fast to be shown") && strings.Contains(text.String(), "&lt;b&gt;") {
			break
		}
	}
	assert.Contains(t, text.String(), "event: part-packets")
	assert.Contains(t, text.String(), "&lt;b&gt;")
	assert.NotContains(t, text.String(), "hunter2")
	require.NoError(t, resp.Body.Close())
	assert.Eventually(t, func() bool { return !f.recorder.Watching() }, waitFor, pause, "nobody watches: it costs nothing")

	assert.Equal(t, http.StatusSeeOther, f.get("/traffic?port=many").status)
	assert.Contains(t, f.get("/traffic").body, "must be a number")
	assert.Equal(t, http.StatusBadRequest, f.get("/live/traffic?number=x").status)
	assert.Equal(t, http.StatusOK, f.get("/traffic?number=0x50C&conn=c12").status)
}

func TestRecordings(t *testing.T) {
	f := newFixture(t, nil).enter()
	f.post("/sessions/start", "port", "443")
	list, err := f.local.Recordings(t.Context())
	require.NoError(t, err)
	require.Len(t, list.Running, 1)
	id := list.Running[0].ID
	assert.Equal(t, 443, list.Running[0].Port)
	assert.Contains(t, f.get("/sessions").body, "The recording "+id+" has begun.")
	for range 30 {
		f.recorder.Exchange(exchange("/AuthLogin"))
	}
	f.post("/sessions/remove", "id", id)
	assert.Contains(t, f.get("/sessions").body, "stop it first")
	f.post("/sessions/stop", "id", id)
	assert.Contains(t, f.get("/sessions").body, "has ended")

	show := f.get(at("/sessions/show", "id", id)).body
	assert.Contains(t, show, "/AuthLogin")
	assert.Contains(t, show, "1 to 100 of 12") // 30 of connect, in, out, disconnect and one note
	assert.Contains(t, show, "Later")
	assert.NotContains(t, show, "hunter2")
	show = f.get(at("/sessions/show", "id", id) + "&start=100").body
	assert.Contains(t, show, "Earlier")
	assert.NotContains(t, show, "Later")
	assert.Contains(t, f.get(at("/sessions/show", "id", id)+"&persona=nobody").body, "Nothing in this recording fits.")

	a := f.get(at("/sessions/file/json", "id", id))
	assert.Equal(t, `attachment; filename="`+id+`.json"`, a.header.Get("Content-Disposition"))
	var entries []map[string]any
	require.NoError(t, json.Unmarshal([]byte(a.body), &entries))
	assert.GreaterOrEqual(t, len(entries), 120)
	a = f.get(at("/sessions/file/pcapng", "id", id))
	assert.Equal(t, http.StatusOK, a.status)
	assert.True(t, strings.HasPrefix(a.body, "\x0a\x0d\x0d\x0a"), "a pcapng file")
	for _, path := range []string{"/sessions/show?id=none", "/sessions/file/json?id=none", "/sessions/file/pcapng?id=../x", "/sessions/file/exe?id=" + id} {
		assert.Equal(t, http.StatusNotFound, f.get(path).status, path)
	}
	f.post("/sessions/remove", "id", id)
	assert.Contains(t, f.get("/sessions").body, "Nothing has been recorded yet.")
	f.post("/sessions/start", "port", "many")
	assert.Contains(t, f.get("/sessions").body, "he port must be a number")
}

func TestRecordingWithSecretsIsMarked(t *testing.T) {
	f := newFixture(t, nil).enter()
	f.post("/sessions/start", "secrets", "on", "persona", "Speedy")
	body := f.get("/sessions").body
	assert.Contains(t, body, "with secrets")
	assert.Contains(t, body, "Speedy")
}
