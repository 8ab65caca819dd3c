package room_test

import (
	"encoding/binary"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/gateway"
	"mcos/app/lobby"
	"mcos/app/pace"
	"mcos/app/room"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// track is a chat port and the race port with players on them.
type track struct {
	*apptest.World
	rooms *room.Service
	addrs map[int]string
	muted atomic.Uint32 // persona
}

func newTrack(t testing.TB, adjust func(*room.Config)) *track {
	t.Helper()
	return newTrackOn(t, adjust, func(ln net.Listener) net.Listener { return ln })
}

// newTrackOn is newTrack whose listeners go through wrap first, and whose server is
// set up by options.
func newTrackOn(t testing.TB, adjust func(*room.Config), wrap func(net.Listener) net.Listener, options ...func(*gateway.Options)) *track {
	t.Helper()
	cfg := room.Default()
	if adjust != nil {
		adjust(&cfg)
	}
	tr := &track{World: apptest.NewWorld(t, options...), addrs: map[int]string{}}
	port := func(n int) int { return n }
	ports := []int{9000, 9001}
	tr.rooms = room.New(cfg, room.Deps{
		Ports: ports, Port: port, IPv4: ipv4, Now: tr.Now,
		RacePassword: func(uint32) ([8]byte, bool) { return [8]byte{}, false },
		Muted:        func(persona uint32) bool { return persona == tr.muted.Load() },
	})
	svc := lobby.New(lobby.Default(), lobby.Deps{Store: tr.Store, Sessions: tr.Sessions, Rooms: tr.rooms, Port: port, IPv4: ipv4})
	for _, n := range ports {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		tr.addrs[n] = ln.Addr().String()
		p := lobby.Port(svc, n, tr.rooms.Rows(), gateway.Timeouts{Login: time.Minute, Write: time.Minute})
		require.NoError(t, tr.Server.Serve(wrap(ln), p))
	}
	return tr
}

// newPacedTrack is newTrack with a pace on a clock that stands still.
func newPacedTrack(t testing.TB, adjust func(*room.Config), cfg pace.Config) *track {
	t.Helper()
	return newTrackOn(t, adjust, func(ln net.Listener) net.Listener { return ln }, func(o *gateway.Options) {
		stopped := time.Now()
		o.Pace = pace.New(cfg, func() time.Time { return stopped })
	})
}

func (tr *track) player(name string) apptest.Player {
	return tr.Player(name, 1)
}

// enter logs a player in to a port.
func (tr *track) enter(p apptest.Player, port int) *apptest.Client {
	tr.T.Helper()
	c := apptest.Dial(tr.T, tr.addrs[port], nps.NewLobbyClientOpener(1<<16), nps.NewLobbySealer())
	c.Send(nps.Login.With(&nps.LoginBody{User: p.Persona, Name: p.Name, Customer: p.Account, KeyHash: p.Key.Hash()}))
	apptest.Expect(c, nps.LoginResp)
	c.Secure(p.Key)
	c.Send(nps.MiniRiffListReq.With(&wire.Empty{})) // as the game does at once
	c.Await(nps.MiniRiffList.Number)
	return c
}

// race opens a race room on 9001 with these players and starts its race server.
func (tr *track) race(comm uint32, riff string, players []apptest.Player) (waiting []*apptest.Client) {
	tr.T.Helper()
	for i, p := range players {
		c := tr.enter(p, 9001)
		body := nps.OpenChannelBody{Comm: comm, Riff: riff, Slot: -1, User: p.Persona, Type: nps.ChannelPublic}
		body.Data.Race = 7
		c.Send(nps.OpenChannel.With(&body))
		if i == 0 {
			apptest.Expect(c, nps.ChannelCreated)
		}
		apptest.Expect(c, nps.ChannelGranted)
		waiting = append(waiting, c)
	}
	waiting[0].Send(nps.StartGameServer.With(&nps.StartGameServerBody{Comm: comm, Host: "127.0.0.1"}))
	for _, c := range waiting {
		until(c, nps.GameServerStarted.Number)
	}
	return waiting
}

// until reads messages up to one with this number.
func until(c *apptest.Client, number uint16) wire.Frame {
	c.T.Helper()
	for {
		if f := c.Next(); f.Number == number {
			return f
		}
	}
}

func blob(kind byte, n int) []byte {
	return binary.BigEndian.AppendUint32([]byte{kind}, uint32(n))
}

// got decodes a delivered relay.
func got(t *testing.T, c *apptest.Client, opcode uint16) nps.RelayBody {
	t.Helper()
	f := c.Next()
	require.Equal(t, opcode, f.Number, "%x", f.Body)
	body, err := nps.RelayAll.Decode(f.Body)
	require.NoError(t, err)
	return *body
}

// quiet proves that nothing is on its way to a client: the answer to a question
// comes first.
func quiet(t *testing.T, c *apptest.Client) {
	t.Helper()
	c.Send(nps.MiniUserListReq.With(&nps.CommBody{}))
	f := c.Next()
	require.Equal(t, nps.MiniUserList.Number, f.Number, "something else came: %x", f.Body)
}

func TestAddressing(t *testing.T) {
	tr := newTrack(t, nil)
	names := []string{"A", "B", "C", "D"}
	var ps []apptest.Player
	var cs []*apptest.Client
	for _, n := range names {
		p := tr.player(n)
		c := tr.enter(p, 9001)
		ps, cs = append(ps, p), append(cs, c)
	}
	outsider := cs[3]
	for i, c := range cs[:3] {
		c.Send(nps.OpenChannel.With(&nps.OpenChannelBody{Comm: 2, Riff: "LOBBY", User: ps[i].Persona, Type: nps.ChannelPublic}))
		apptest.Expect(c, nps.ChannelGranted)
	}
	for i, c := range cs[:3] {
		for range 2 - i {
			apptest.Expect(c, nps.UserJoined)
		}
	}
	me := ps[0].Persona
	cases := []struct {
		name   string
		packet wire.Packet
		reach  []int
	}{
		{"all of the channel", nps.RelayAll.With(&nps.RelayBody{Comm: 2, Sender: me, Blob: blob(99, 1)}), []int{1, 2}},
		{"all, logged", nps.RelayAllLogged.With(&nps.RelayBody{Comm: 2, Sender: me, Blob: blob(99, 1)}), []int{1, 2}},
		{"all of the port", nps.RelayAll.With(&nps.RelayBody{Comm: 0, Sender: me, Blob: blob(99, 2)}), []int{1, 2, 3}},
		{"one", nps.RelaySingle.With(&nps.RelayUserBody{Comm: 2, Sender: me, User: ps[2].Persona, Blob: blob(99, 3)}), []int{2}},
		{"buddy", nps.RelayBuddy.With(&nps.RelayUserBody{Comm: 2, Sender: me, User: ps[1].Persona, Blob: blob(99, 4)}), []int{1}},
		{"all but one", nps.RelayNotSingle.With(&nps.RelayUserBody{Comm: 2, Sender: me, User: ps[1].Persona, Blob: blob(99, 5)}), []int{2}},
		{"all but me", nps.RelayNotSingle.With(&nps.RelayUserBody{Comm: 2, Sender: me, User: me, Blob: blob(99, 6)}), []int{1, 2}},
		{"list", nps.RelayList.With(&nps.RelayListBody{Comm: 2, Sender: me, Users: []uint32{ps[1].Persona, ps[2].Persona, ps[3].Persona}, Blob: blob(99, 7)}), []int{1, 2}},
		{"all but a list", nps.RelayNotList.With(&nps.RelayListBody{Comm: 2, Sender: me, Users: []uint32{ps[2].Persona}, Blob: blob(99, 8)}), []int{1}},
		{"ready ones, nobody is", nps.RelayReady.With(&nps.RelayBody{Comm: 2, Sender: me, Blob: blob(99, 9)}), nil},
		{"forged sender", nps.RelayAll.With(&nps.RelayBody{Comm: 2, Sender: ps[1].Persona, Blob: blob(99, 10)}), nil},
		{"unknown channel", nps.RelayAll.With(&nps.RelayBody{Comm: 77, Sender: me, Blob: blob(99, 11)}), nil},
		{"empty", nps.RelayAll.With(&nps.RelayBody{Comm: 2, Sender: me}), nil},
		{"too large", nps.RelayAll.With(&nps.RelayBody{Comm: 2, Sender: me, Blob: make([]byte, nps.MaxRelayBlob+1)}), nil},
		{"plug-in", nps.RelayPlugIn.With(&nps.RelayBody{Comm: 2, Sender: me, Blob: blob(99, 12)}), nil},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			cs[0].Send(tc.packet)
			quiet(t, cs[0]) // also: the relay has been dealt with
			want := map[int]bool{}
			for _, i := range tc.reach {
				want[i] = true
				body := got(t, cs[i], tc.packet.Message.Number)
				assert.Equal(t, me, body.Sender)
			}
			for i := 1; i < 4; i++ {
				quiet(t, cs[i])
			}
		})
	}
	// The outsider is on the port but not in the channel.
	outsider.Send(nps.RelayAll.With(&nps.RelayBody{Comm: 2, Sender: ps[3].Persona, Blob: blob(99, 13)}))
	quiet(t, outsider)
	quiet(t, cs[1])
}

func TestDeliveredBytes(t *testing.T) {
	tr := newTrack(t, nil)
	a, b := tr.player("A"), tr.player("B")
	ca, cb := tr.enter(a, 9001), tr.enter(b, 9001)
	ca.Send(nps.RelaySingle.With(&nps.RelayUserBody{Sender: a.Persona, User: b.Persona, Blob: []byte{0xde, 0xad, 0xbe, 0xef}}))
	// The filter is gone, everything else is as it was sent.
	want := binary.BigEndian.AppendUint32([]byte{0, 0, 0, 0}, a.Persona)
	assert.Equal(t, append(want, 0xde, 0xad, 0xbe, 0xef), cb.Next().Body)
	quiet(t, cb)
}

func TestRacesOnThePortAreToldApart(t *testing.T) {
	tr := newTrack(t, nil)
	var all [][]apptest.Player
	var racing [][]*apptest.Client
	for i, names := range [][]string{{"A", "B"}, {"C", "D", "E"}} {
		var ps []apptest.Player
		for _, n := range names {
			ps = append(ps, tr.player(n))
		}
		tr.race(uint32(1000+i), "race "+names[0], ps)
		var cs []*apptest.Client
		for _, p := range ps {
			cs = append(cs, tr.enter(p, 9000))
		}
		all, racing = append(all, ps), append(racing, cs)
	}
	for i, cs := range racing {
		for _, comm := range []uint32{0, uint32(1000 + i), 7, 4711} { // whatever the client calls its race
			sender := all[i][0].Persona
			cs[0].Send(nps.RelayNotSingle.With(&nps.RelayUserBody{Comm: comm, Sender: sender, User: sender, Blob: blob(5, int(comm))}))
			for _, c := range cs[1:] {
				body := got(t, c, nps.RelayNotSingle.Number)
				assert.Equal(t, comm, body.Comm)
				assert.Equal(t, blob(5, int(comm)), body.Blob)
			}
		}
	}
	for _, cs := range racing {
		for _, c := range cs {
			quiet(t, c)
		}
	}
}

func TestLateRacerGetsWhatHeMustNotMiss(t *testing.T) {
	tr := newTrack(t, nil)
	ps := []apptest.Player{tr.player("A"), tr.player("B"), tr.player("C")}
	tr.race(1000, "race", ps)
	first := tr.enter(ps[0], 9000)
	for i := range 3 {
		first.Send(nps.RelayNotSingle.With(&nps.RelayUserBody{Sender: ps[0].Persona, User: ps[0].Persona, Blob: blob(1, i)}))
	}
	first.Send(nps.RelaySingle.With(&nps.RelayUserBody{Sender: ps[0].Persona, User: ps[2].Persona, Blob: blob(3, 9)}))
	quiet(t, first)
	second := tr.enter(ps[1], 9000)
	for i := range 3 {
		assert.Equal(t, blob(1, i), got(t, second, nps.RelayNotSingle.Number).Blob)
	}
	quiet(t, second)
	// The race rolls: positions are not kept, nor is anything after them.
	first.Send(nps.RelayNotSingle.With(&nps.RelayUserBody{Sender: ps[0].Persona, User: ps[0].Persona, Blob: blob(5, 1)}))
	got(t, second, nps.RelayNotSingle.Number)
	third := tr.enter(ps[2], 9000)
	for i := range 3 {
		assert.Equal(t, blob(1, i), got(t, third, nps.RelayNotSingle.Number).Blob)
	}
	assert.Equal(t, blob(3, 9), got(t, third, nps.RelaySingle.Number).Blob)
	quiet(t, third)
}

func TestRacerComesBack(t *testing.T) {
	tr := newTrack(t, nil)
	ps := []apptest.Player{tr.player("A"), tr.player("B")}
	tr.race(1000, "race", ps)
	a, b := tr.enter(ps[0], 9000), tr.enter(ps[1], 9000)
	position := func(i int) wire.Packet {
		return nps.RelayNotSingle.With(&nps.RelayUserBody{Sender: ps[0].Persona, User: ps[0].Persona, Blob: blob(5, i)})
	}
	a.Send(position(1))
	got(t, b, nps.RelayNotSingle.Number)
	require.NoError(t, b.Conn.Close())
	again := tr.enter(ps[1], 9000)
	a.Send(position(2))
	for { // the old connection may still have been the racer's for this one
		if got(t, again, nps.RelayNotSingle.Number).Blob[4] == 2 {
			break
		}
	}
	quiet(t, again)
}

// One player cannot have more told to others than the pace allows, and the others
// still can.
func TestTooManyRelaysAreDropped(t *testing.T) {
	tr := newPacedTrack(t, nil, pace.Config{Told: 1})
	a, b := tr.player("A"), tr.player("B")
	ca, cb := tr.enter(a, 9001), tr.enter(b, 9001)
	const sent = 500
	for i := range sent {
		ca.Send(nps.RelayAll.With(&nps.RelayBody{Sender: a.Persona, Blob: blob(99, i)}))
	}
	quiet(t, ca)
	cb.Send(nps.RelayAll.With(&nps.RelayBody{Sender: b.Persona, Blob: blob(98, 1)}))
	assert.Equal(t, blob(98, 1), got(t, ca, nps.RelayAll.Number).Blob)
	quiet(t, ca)
	cb.Send(nps.MiniUserListReq.With(&nps.CommBody{}))
	n := 0
	for ; ; n++ {
		if f := cb.Next(); f.Number != nps.RelayAll.Number {
			break
		}
	}
	assert.InDelta(t, 4<<10/(13+64), n, 2, "four seconds of the pace")
}

func TestRelayEcho(t *testing.T) {
	tr := newTrack(t, func(c *room.Config) { c.RelayEcho = true })
	a := tr.player("A")
	ca := tr.enter(a, 9001)
	ca.Send(nps.RelayAll.With(&nps.RelayBody{Sender: a.Persona, Blob: blob(99, 1)}))
	assert.Equal(t, blob(99, 1), got(t, ca, nps.RelayAll.Number).Blob)
}
