package lobby_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/protocol/nps"
)

// infoBytes is the body of 0x20D by hand; texts carry their ending.
func infoBytes(riff string, comm uint32, ip string, port int, user, players uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(riff)))
	b = append(b, riff...)
	b = binary.BigEndian.AppendUint32(b, comm)
	b = binary.BigEndian.AppendUint32(b, uint32(len(ip)))
	b = append(b, ip...)
	b = binary.BigEndian.AppendUint32(b, uint32(port))
	b = binary.BigEndian.AppendUint32(b, user)
	return binary.BigEndian.AppendUint32(b, players)
}

func askInfo(c *apptest.Client, comm uint32) []byte {
	c.T.Helper()
	c.Send(nps.ServerInfoReq.With(&nps.CommBody{Comm: comm}))
	f := c.Next()
	require.Equal(c.T, nps.ServerInfo.Number, f.Number)
	return f.Body
}

func TestServerInfo(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 1)
	for _, port := range []int{7003, 9001} { // every message is served on every port
		c := f.enter(p, port)
		for n := 1; n <= 20; n++ {
			riff := fmt.Sprintf("MCC90%02d\x00", n)
			want := infoBytes(riff, uint32(n), "192.0.2.10\x00", f.port(9000+n), p.Persona, 1)
			assert.Equal(t, want, askInfo(c, uint32(n)))
			alias := infoBytes(riff, uint32(220+n), "192.0.2.10\x00", f.port(9000+n), p.Persona, 1)
			assert.Equal(t, alias, askInfo(c, uint32(220+n)))
		}
		assert.Equal(t, infoBytes("MC100\x00", 10001, "192.0.2.10\x00", f.bound[10001], p.Persona, 1), askInfo(c, 10001))
	}
}

func TestServerInfoCountsThePlayers(t *testing.T) {
	f := newFixture(t)
	a, b := f.Player("Anna", 11), f.Player("Bert", 22)
	c := f.enter(a, 7003)
	f.enter(a, 9002)
	f.enter(b, 9002)
	want := infoBytes("MCC9002\x00", 2, "192.0.2.10\x00", f.bound[9002], a.Persona, 2)
	assert.Equal(t, want, askInfo(c, 2), "2 is a room here, though it is a channel elsewhere")
}

func TestServerInfoOfNothing(t *testing.T) {
	f := newFixture(t)
	c := f.enter(f.Player("Marty", 1), 7003)
	for _, comm := range []uint32{0, 21, 33, 191, 220, 241, 9001, 10000, 10002, 0xFFFFFFFF} {
		c.Send(nps.ServerInfoReq.With(&nps.CommBody{Comm: comm}))
	}
	silent(c)
	assert.NotEmpty(t, askInfo(c, 1))
}

func TestServerInfoOfARace(t *testing.T) {
	f := newFixture(t)
	p, q := f.Player("Marty", 1), f.Player("Biff", 100)
	c := f.enter(p, 9001)
	c.Send(nps.OpenChannel.With(&nps.OpenChannelBody{Comm: 4000, Riff: "Race", Type: nps.ChannelPublic, Data: nps.ChannelData{Race: 7}}))
	apptest.Expect(c, nps.ChannelCreated)
	apptest.Expect(c, nps.ChannelGranted)
	apptest.Expect(c, nps.UserJoined)
	ask := nps.ServerInfoReq.With(&nps.CommBody{Comm: 4000})
	c.Send(ask) // not started: unknown
	silent(c)
	c.Send(nps.StartGameServer.With(&nps.StartGameServerBody{Comm: 4000, Host: "10.0.0.1"}))
	apptest.Expect(c, nps.ServerInfo)
	apptest.Expect(c, nps.UserJoined)
	apptest.Expect(c, nps.GameServerStarted)

	want := infoBytes("RACE\x00", 4000, "192.0.2.10\x00", f.bound[9000], p.Persona, 1)
	assert.Equal(t, want, askInfo(c, 4000))
	other := f.enter(q, 9001)
	assert.Equal(t, want, askInfo(other, 4000), "the server's user is the host, whoever asks")
	elsewhere := f.enter(q, 9002)
	elsewhere.Send(ask)
	silent(elsewhere)
}

func TestServerInfoWithNewlines(t *testing.T) {
	f := newFixture(t, func(f *fixture) {
		f.lobby.ServerInfoEnd, f.documented = "newline", true
	})
	p := f.Player("Marty", 1)
	want := infoBytes("MCC9001\n", 1, "192.0.2.10\n", 9001, p.Persona, 1) // the captured form
	assert.Equal(t, want, askInfo(f.enter(p, 7003), 1))
}

func TestLongestAddressHasNoEnding(t *testing.T) {
	for _, end := range []string{"nul", "newline"} {
		f := newFixture(t, func(f *fixture) {
			f.lobby.ServerInfoEnd, f.ip = end, netip.MustParseAddr("198.51.100.234") // 14 characters
		})
		p := f.Player("Marty", 1)
		c := f.enter(p, 7003)
		ending := map[string]string{"nul": "\x00", "newline": "\n"}[end]
		assert.Equal(t, infoBytes("MCC9001"+ending, 1, "198.51.100.234"+ending, f.bound[9001], p.Persona, 1), askInfo(c, 1))
	}
	f := newFixture(t, func(f *fixture) { f.ip = netip.MustParseAddr("203.100.113.111") }) // 15, all that fits
	p := f.Player("Marty", 1)
	assert.Equal(t, infoBytes("MCC9001\x00", 1, "203.100.113.111", f.bound[9001], p.Persona, 1), askInfo(f.enter(p, 7003), 1))
}

// What a player typed for the web login comes along to the rooms.
func TestServerInfoKnowsWhatThePlayerTyped(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Marty", 1)
	ticket, err := f.Sessions.IssueAt(p.Account, "marty", "play.example.org")
	require.NoError(t, err)
	p.Session, err = f.Sessions.Login(ticket, p.Key, apptest.Home)
	require.NoError(t, err)
	want := infoBytes("MCC9001\x00", 1, "198.51.100.7\x00", f.bound[9001], p.Persona, 1)
	assert.Equal(t, want, askInfo(f.enter(p, 7003), 1))
}
