package replay

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/bot"
	"mcos/app/record/tape"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// entry makes a recorded message.
func entry[T any](t *testing.T, conn string, m wire.Msg[T], body *T) tape.Entry {
	t.Helper()
	raw, err := m.With(body).AppendBody(nil)
	require.NoError(t, err)
	e := tape.Entry{Type: tape.In, Conn: conn, Port: 7003, Family: m.Family, Number: m.Number, Name: m.Name, Body: 4, Data: append(make([]byte, 4), raw...)}
	if m.Dir == wire.ToClient {
		e.Type = tape.Out
	}
	return e
}

func newRun() *run {
	return &run{
		client: bot.New(bot.Target{}, bot.Options{}), ids: newIDs(), persona: "Dr Brown",
		result: &Result{Mapped: map[string]int{}},
	}
}

func adapted[T any](t *testing.T, r *run, m wire.Msg[T], body *T) *T {
	t.Helper()
	e := entry(t, "c1", m, body)
	before := hex.EncodeToString(e.Data)
	out, err := m.Decode(r.adapt(&e))
	require.NoError(t, err)
	assert.Equal(t, before, hex.EncodeToString(e.Data), "the recording stays as it is")
	return out
}

func TestAdapt(t *testing.T) {
	r := newRun()
	assert.True(t, r.ids.learn(customer, 7, 8))
	assert.True(t, r.ids.learn(persona, 1000, 2000))
	assert.True(t, r.ids.learn(thing, 1000, 3000))
	assert.True(t, r.ids.learn(channel, 5, 6))
	assert.False(t, r.ids.learn(persona, 1000, 2001), "a number stands for one thing")
	assert.False(t, r.ids.learn(thing, 0, 9), "nothing stays nothing")
	r.ids.names["Dr Brown"] = "Emmett Lathrop"
	hash := r.client.SessionKeyHash()

	in := adapted(t, r, nps.Login, &nps.LoginBody{User: 1000, Name: "Dr Brown", Customer: 7, Version: "4.5.0.0", Host: "mco"})
	assert.Equal(t, &nps.LoginBody{User: 2000, Name: "Emmett Lathrop", Customer: 8, Version: "4.5.0.0", Host: "mco", KeyHash: hash}, in)
	connect := adapted(t, r, mcots.MsgConnect, &mcots.Connect{CustomerID: 7, PersonaID: 1000, PersonaName: "Dr Brown"})
	assert.Equal(t, &mcots.Connect{CustomerID: 8, PersonaID: 2000, PersonaName: "Emmett Lathr"}, connect, "cut to its container")
	assert.EqualValues(t, 2000, adapted(t, r, mcots.MsgGetPlayerInfo, &mcots.GenericRequest{Data: 1000}).Data)
	assert.EqualValues(t, 3000, adapted(t, r, mcots.MsgGetVehicleInfo, &mcots.GenericRequest{Data: 1000}).Data)
	assert.EqualValues(t, 1000, adapted(t, r, mcots.MsgBuyPart, &mcots.GenericRequest{Data: 1000}).Data, "a kind of part, not a part")
	assert.EqualValues(t, 6, adapted(t, r, nps.CloseChannel, &nps.CommBody{Comm: 5}).Comm)
	assert.EqualValues(t, 77, adapted(t, r, nps.CloseChannel, &nps.CommBody{Comm: 77}).Comm, "an unknown number stays")

	open := nps.OpenChannelBody{Comm: 5, Riff: "race", Password: "********"}
	assert.Equal(t, "********", adapted(t, r, nps.OpenChannel, &open).Password)
	created, err := mcots.MsgRaceCreated.With(&mcots.RaceCreated{RaceID: 1, Password: mcots.RacePassword([]byte("GIGAWATT"))}).AppendBody(nil)
	require.NoError(t, err)
	r.ids.notePassword(wire.Frame{Number: mcots.MsgRaceCreated.Number, Body: created})
	assert.Equal(t, "GIGAWATT", adapted(t, r, nps.OpenChannel, &open).Password, "the password of the race of this session")

	broken := tape.Entry{Type: tape.In, Family: wire.Lobby, Number: nps.Login.Number, Body: 4, Data: []byte{1, 0, 0, 6, 9, 9}}
	assert.Equal(t, []byte{9, 9}, r.adapt(&broken), "what nobody understands goes as it is")
}

func TestCompare(t *testing.T) {
	r := newRun()
	c := &conn{name: "c1", port: 7003}
	want := entry(t, "c1", nps.MiniUserList, &nps.MiniUserListBody{Comm: 5, Count: 2, Users: []nps.MiniUserEntry{{User: 1000, Name: "Dr Brown"}, {User: 1001, Name: "Marty"}}})
	frame := func(users ...nps.MiniUserEntry) wire.Frame {
		raw, err := nps.MiniUserList.With(&nps.MiniUserListBody{Comm: 6, Users: users}).AppendBody(nil)
		require.NoError(t, err)
		return wire.Frame{Number: nps.MiniUserList.Number, Body: raw, Plain: true}
	}
	r.compare(c, &want, frame(nps.MiniUserEntry{User: 2000, Name: "Emmett"}, nps.MiniUserEntry{User: 2001, Name: "Marty"}))
	assert.Empty(t, r.result.Differences, "other numbers and another name of the driver are no difference")
	assert.Equal(t, map[string]string{"Dr Brown": "Emmett"}, r.ids.names)

	r.compare(c, &want, frame(nps.MiniUserEntry{User: 2001, Name: "Emmett"}))
	r.compare(c, &want, wire.Frame{Number: nps.MiniUserList.Number, Body: []byte{1}})
	var text strings.Builder
	require.NoError(t, r.result.Print(&text))
	assert.Equal(t, `    0.000  c1     7003  0x229 MINI_USER_LIST
      Count: recorded 2, now 1
      Users.number of entries: recorded 2, now 1
      Users[0].User: recorded driver 1000, which is 2000 here, now 2001
      encrypted: recorded false, now true
      body: recorded a whole message, now MiniUserListBody.Comm at offset 0: message ends too early
0 messages sent, 3 answers compared, 5 differences.
`, text.String())
}

func TestMatch(t *testing.T) {
	list := entry(t, "c1", nps.UserLeft, &nps.UserCommBody{User: 1, Comm: 1})
	info := entry(t, "c1", nps.ChannelClosed, &nps.CommPortBody{Comm: 1})
	other := entry(t, "c1", nps.ChannelDenied, &nps.CommPortBody{Comm: 1})
	frames := func(entries ...tape.Entry) (all []wire.Frame) {
		for _, e := range entries {
			all = append(all, wire.Frame{Number: e.Number, Body: e.Data[4:], Plain: true})
		}
		return all
	}
	for name, tt := range map[string]struct {
		got  []wire.Frame
		want string
	}{
		"as recorded": {frames(list, info), ""},
		"one more":    {frames(list, list, info), "extra 0x202 USER_LEFT"},
		"at the end":  {frames(list, info, list), "extra 0x202 USER_LEFT"},
		"one less":    {frames(info), "missing 0x202 USER_LEFT"},
		"another":     {frames(list, other), "other 0x209 CHANNEL_CLOSED"},
		"nothing":     {nil, "missing 0x202 USER_LEFT, missing 0x209 CHANNEL_CLOSED"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRun()
			c := &conn{name: "c1", port: bot.PortLobby, login: tt.got, want: []*tape.Entry{&list, &info}}
			r.order = []*conn{c}
			r.match(c)
			c.seen = 2
			r.finish()
			var found []string
			for _, d := range r.result.Differences {
				found = append(found, string(d.Kind)+" "+d.Message)
			}
			assert.Equal(t, tt.want, strings.Join(found, ", "))
		})
	}
}

func TestChoose(t *testing.T) {
	web := tape.Entry{Type: tape.In, Family: tape.Web, Conn: "web1"}
	maps := entry(t, "c1", nps.GetPersonaMaps, &nps.CustomerBody{Customer: 7})
	login := entry(t, "c2", nps.Login, &nps.LoginBody{Customer: 7, User: 1000})
	login.Persona = "Dr Brown"
	maps2 := entry(t, "c3", nps.GetPersonaMaps, &nps.CustomerBody{Customer: 8})
	login2 := entry(t, "c4", nps.Login, &nps.LoginBody{Customer: 8, User: 1001})
	login2.Persona = "Marty"
	buddies := entry(t, "c5", nps.GetBuddyList, &nps.PersonaBody{Persona: 1000})
	buddies2 := entry(t, "c6", nps.GetBuddyList, &nps.PersonaBody{Persona: 1001})

	for name, tt := range map[string]struct {
		entries []tape.Entry
		persona string
		conns   string
		err     error
	}{
		"the only one":     {[]tape.Entry{web, maps, login}, "", "c1 c2", nil},
		"one of two":       {[]tape.Entry{web, maps, maps2, login2, login}, "marty", "c3 c4", nil},
		"no account in it": {[]tape.Entry{buddies2, login, buddies, login2}, "Dr Brown", "c2 c5", nil},
		"nobody chosen":    {[]tape.Entry{maps, login, maps2, login2}, "", "", ErrWhom},
		"nobody there":     {[]tape.Entry{web}, "", "", ErrNothing},
		"somebody else":    {[]tape.Entry{maps, login}, "biff", "", ErrNothing},
		"an empty session": {nil, "", "", ErrNothing},
	} {
		t.Run(name, func(t *testing.T) {
			picked, _, err := choose(tt.entries, tt.persona)
			require.ErrorIs(t, err, tt.err)
			var conns []string
			for _, e := range picked {
				conns = append(conns, e.Conn)
			}
			assert.Equal(t, tt.conns, strings.Join(conns, " "))
		})
	}
}

func TestPause(t *testing.T) {
	r := newRun()
	begin := time.Now()
	require.NoError(t, r.pause(t.Context(), time.Hour), "no pauses unless asked for")
	assert.Less(t, time.Since(begin), time.Minute)
	r.o.Speed = 1e9
	require.NoError(t, r.pause(t.Context(), time.Second))
}
