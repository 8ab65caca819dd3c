package race_test

import (
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/gateway"
	lobbysvc "mcos/app/lobby"
	"mcos/app/netaddr"
	"mcos/app/race"
	"mcos/app/room"
	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
	"mcos/storage"
)

// The ports of the lobby family in these tests, and the room that most use.
const (
	roomPort = 9001
	racePort = 9000
	comm     = 0x00010000 // the first number that the server gives
)

// withRooms is the fixture with waiting rooms and a race port, wired as the server
// does it.
type withRooms struct {
	*fixture
	rooms *room.Service
	bound map[int]int
}

func newWithRooms(t *testing.T, adjust func(*options)) *withRooms {
	t.Helper()
	w := &withRooms{bound: map[int]int{}}
	w.fixture = newFixture(t, func(o *options) {
		if adjust != nil {
			adjust(o)
		}
		o.room = func(id, host uint32) (race.Room, bool) {
			found, ok := w.rooms.Waiting(id, host)
			return race.Room(found), ok
		}
		o.track = func(id, host, persona uint32) (race.Track, bool) {
			found, ok := w.rooms.Track(id, host, persona)
			return race.Track(found), ok
		}
	})
	ports := []int{room.LobbyPort, racePort, roomPort}
	listeners := map[int]net.Listener{}
	for _, n := range ports {
		ln, err := net.Listen("tcp4", "127.0.0.1:0")
		require.NoError(t, err)
		listeners[n], w.bound[n] = ln, ln.Addr().(*net.TCPAddr).Port
	}
	port := func(documented int) int { return w.bound[documented] }
	ipv4 := func(from netaddr.Arrival) netip.Addr { return from.Local }
	cfg := race.Default()
	w.rooms = room.New(room.Default(), room.Deps{
		Ports: ports, Port: port, IPv4: ipv4, Now: w.Now, LongestRace: cfg.Longest + room.Default().LoadTimeout,
		RacePassword: func(id uint32) ([8]byte, bool) { return w.races.Password(id) },
	})
	svc := lobbysvc.New(lobbysvc.Default(), lobbysvc.Deps{Store: w.Store, Sessions: w.Sessions, Rooms: w.rooms, Port: port, IPv4: ipv4})
	for _, n := range ports {
		p := lobbysvc.Port(svc, n, w.rooms.Rows(), gateway.Timeouts{})
		require.NoError(t, w.Server.Serve(listeners[n], p))
	}
	return w
}

// enter logs a player in to a port of the lobby family.
func (w *withRooms) enter(p apptest.Player, port int) *apptest.Client {
	w.t.Helper()
	c := apptest.Dial(w.t, net.JoinHostPort("127.0.0.1", strconv.Itoa(w.bound[port])), nps.NewLobbyClientOpener(1<<16-1), nps.NewLobbySealer())
	if port == room.LobbyPort {
		apptest.Expect(c, nps.OKToLogin)
	}
	c.Send(nps.Login.With(&nps.LoginBody{
		User: p.Persona, Name: p.Name, Customer: p.Account, Version: "4.5.0.0", KeyHash: p.Key.Hash(),
	}))
	apptest.Expect(c, nps.LoginResp)
	c.Secure(p.Key)
	c.Send(nps.MiniRiffListReq.With(&wire.Empty{})) // proves the key, as the game does
	c.Await(nps.MiniRiffList.Number)
	return c
}

// exit ends a driver's connection to a port of the lobby family and waits until the
// server has noticed.
func (w *withRooms) exit(p apptest.Player, c *apptest.Client, port int) {
	w.t.Helper()
	require.NoError(w.t, c.Conn.Close())
	for w.there(p, port) {
		runtime.Gosched()
	}
}

// there reports whether a driver is on a port.
func (w *withRooms) there(p apptest.Player, port int) bool {
	for _, in := range w.rooms.Snapshot() {
		if in.Port == port && slices.ContainsFunc(in.Users, func(u room.UserInfo) bool { return u.User == p.Persona }) {
			return true
		}
	}
	return false
}

// tick lets time pass in small steps, as the server does it.
func (w *withRooms) tick(d time.Duration) {
	for d > 0 {
		step := min(d, 10*time.Second)
		w.Pass(step)
		w.rooms.Tick(w.Now())
		w.races.Tick(w.Now())
		d -= step
	}
}

// request opens or enters the room of a race.
func (w *withRooms) request(p apptest.Player, comm uint32, data nps.ChannelData) wire.Packet {
	password, _ := w.races.Password(uint32(data.Race))
	return nps.OpenChannel.With(&nps.OpenChannelBody{
		Comm: comm, Riff: "Race", Slot: -1, Port: uint32(w.bound[roomPort]), Protocol: nps.ProtocolTCP, User: p.Persona,
		CanReady: true, Type: nps.ChannelPrivate | nps.ChannelPublic, Password: string(password[:]), State: nps.GameNotRunning, Data: data,
	})
}

// handled waits until everything that was sent on a lobby connection is handled,
// and reads what has come.
func handled(c *apptest.Client) (frames []wire.Frame) {
	c.T.Helper()
	c.SendPlain(nps.Heartbeat.With(&wire.Empty{}))
	for {
		f := c.Next()
		if f.Number == nps.Heartbeat.Number {
			return frames
		}
		frames = append(frames, f)
	}
}

// listed reads the race rooms that everybody can see.
func (w *withRooms) listed(c *apptest.Client) []nps.RiffEntry {
	w.t.Helper()
	handled(c)
	c.Send(nps.RiffListReq.With(&wire.Empty{}))
	return apptest.Expect(c, nps.RiffList).Riffs
}

// loading is two drivers whose race has been started here and in its room.
type loading struct {
	*withRooms
	id             uint32
	host, biff     *apptest.Client // transactions
	room, biffRoom *apptest.Client
	watch          *apptest.Client // somebody else's in the lobby
}

func newLoading(t *testing.T, req mcots.CreateRace) *loading {
	w := &loading{withRooms: newWithRooms(t, nil)}
	w.host, w.biff = w.login(w.marty), w.login(w.fixture.biff)
	w.room, w.biffRoom = w.enter(w.marty, roomPort), w.enter(w.fixture.biff, roomPort)
	w.watch = w.enter(w.doc, room.LobbyPort)
	if req.LobbyID == 0 {
		req.LobbyID = street
	}
	w.id = w.fixture.host(w.host, req)
	w.join(w.biff, w.id, w.theirs)
	w.room.Send(w.request(w.marty, 0, nps.ChannelData{Race: int32(w.id)}))
	handled(w.room)
	w.biffRoom.Send(w.request(w.fixture.biff, comm, nps.ChannelData{Race: int32(w.id)}))
	handled(w.biffRoom)
	w.room.Send(nps.StartGameServer.With(&nps.StartGameServerBody{Comm: comm}))
	handled(w.room)
	got := ask(w.host, mcots.MsgStartRace.With(line(w.id, slot(w.marty, w.car), slot(w.fixture.biff, w.theirs))))
	require.Equal(t, started(w.id, 1, w.marty.Persona, 0, w.fixture.biff.Persona, 0), got)
	pushed(w.biff)
	return w
}

func (w *loading) state() (list []uint8) {
	for _, r := range w.listed(w.watch) {
		list = append(list, r.State)
	}
	return list
}

// A race that is given up while loading: the fees go back and the room opens again,
// also when nobody has ever come to the race port.
func TestGivenUpWhileLoading(t *testing.T) {
	for name, load := range map[string]func(w *loading){
		"nobody came": func(*loading) {},
		"one came and left": func(w *loading) {
			w.exit(w.marty, w.enter(w.marty, racePort), racePort)
		},
		"both came and left": func(w *loading) {
			a, b := w.enter(w.marty, racePort), w.enter(w.fixture.biff, racePort)
			w.exit(w.marty, a, racePort)
			w.exit(w.fixture.biff, b, racePort)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newLoading(t, mcots.CreateRace{EntryFee: 100})
			load(w)
			assert.Equal(t, []uint8{nps.GameRunning}, w.state())
			w.balances(9900, 9900)
			w.tick(80 * time.Second)
			assert.Equal(t, []uint8{nps.GameRunning}, w.state(), "they may still come")
			w.tick(10 * time.Second)
			assert.Equal(t, []uint8{nps.GameNotRunning}, w.state())
			w.tick(30 * time.Second)
			assert.Zero(t, w.running())
			w.balances(10000, 10000)
		})
	}
}

// The room of a host who has gone in the meantime ends with the race.
func TestRoomOfALostHostEndsWithTheRace(t *testing.T) {
	w := newLoading(t, mcots.CreateRace{EntryFee: 100})
	w.exit(w.marty, w.room, roomPort)
	w.leave(w.host)
	assert.Equal(t, []uint8{nps.GameRunning}, w.state())
	w.tick(90 * time.Second)
	assert.Empty(t, w.state())
	w.tick(30 * time.Second)
	assert.Zero(t, w.running())
	w.balances(10000, 10000)
	assert.Zero(t, w.races.Open())
}

// Who has left the race port and says nothing more is out after the grace, although
// his other connections stand; the others go on.
func TestLeavingTheRacePort(t *testing.T) {
	w := newLoading(t, mcots.CreateRace{EntryFee: 100})
	a, b := w.enter(w.marty, racePort), w.enter(w.fixture.biff, racePort)
	a.Send(nps.RelayNotSingle.With(&nps.RelayUserBody{Sender: w.marty.Persona, User: w.marty.Persona, Blob: []byte{5, 1}}))
	handled(a)
	w.exit(w.fixture.biff, b, racePort)
	w.tick(20 * time.Second)
	w.biff.Send(mcots.MsgKeepRaceAlive.With(&mcots.GenericRequest{Data: w.id})) // he is still there after all
	done(w.biff)
	w.tick(20 * time.Second)
	assert.True(t, w.races.Racing(w.theirs))
	w.tick(10 * time.Second)
	assert.False(t, w.races.Racing(w.theirs), "out")
	assert.True(t, w.races.Racing(w.car))
	finish(w.host, w.id, w.marty.Persona, 64*60)
	got := apptest.Expect(w.host, mcots.MsgFinalResults)
	assert.Equal(t, w.marty.Persona, got.Racers[0].ID)
	assert.Zero(t, got.Racers[1].RaceTime)
	assert.Equal(t, []uint8{nps.GameRunning}, w.state(), "as long as somebody is on the race port")
	w.exit(w.marty, a, racePort)
	w.tick(time.Second)
	assert.Equal(t, []uint8{nps.GameNotRunning}, w.state())
}

// Somebody who never leaves and never finishes does not hold a race for ever.
func TestNoRaceTakesForEver(t *testing.T) {
	w := newLoading(t, mcots.CreateRace{EntryFee: 100})
	a, b := w.enter(w.marty, racePort), w.enter(w.fixture.biff, racePort)
	for range 7 {
		w.tick(10 * time.Minute)
		for _, c := range []*apptest.Client{w.host, w.biff} {
			c.Send(mcots.MsgKeepRaceAlive.With(&mcots.GenericRequest{Data: w.id}))
		}
		handled(a)
		handled(b)
	}
	assert.Zero(t, w.running())
	w.balances(10000, 10000)
	assert.Equal(t, []uint8{nps.GameNotRunning}, w.state())
}

// A room does not outlive its race, and a race not its room.
func TestRoomAndRaceEndTogether(t *testing.T) {
	for name, tc := range map[string]struct {
		end         func(w *loading, p apptest.Player, c, room *apptest.Client, id uint32)
		rooms, open int
	}{
		"host leaves the race": {end: func(_ *loading, _ apptest.Player, c, _ *apptest.Client, id uint32) { giveUp(c, id); done(c) }},
		"host leaves the room": {end: func(_ *loading, _ apptest.Player, _, r *apptest.Client, _ uint32) {
			r.Send(nps.CloseChannel.With(&nps.CommBody{Comm: comm + 1}))
			handled(r)
		}},
		"transactions break": {end: func(w *loading, _ apptest.Player, c, _ *apptest.Client, _ uint32) { w.leave(c) }},
		"lobby breaks":       {end: func(w *loading, p apptest.Player, _, r *apptest.Client, _ uint32) { w.exit(p, r, roomPort) }},
		"another race": {end: func(w *loading, _ apptest.Player, c, _ *apptest.Client, _ uint32) {
			w.fixture.host(c, mcots.CreateRace{LobbyID: street})
		}, open: 1},
		"another race, told to all": {
			end: func(w *loading, p apptest.Player, c, r *apptest.Client, _ uint32) {
				id := w.fixture.host(c, mcots.CreateRace{LobbyID: street})
				r.Send(nps.SetChannelData.With(&nps.ChannelDataBody{Comm: comm + 1, Data: nps.ChannelData{Race: int32(id)}}))
				handled(r)
			}, open: 1, rooms: 1,
		},
		"nobody keeps it alive": {end: func(w *loading, _ apptest.Player, _, _ *apptest.Client, _ uint32) { w.tick(31 * time.Minute) }},
		"nothing":               {end: func(*loading, apptest.Player, *apptest.Client, *apptest.Client, uint32) {}, rooms: 1, open: 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newLoading(t, mcots.CreateRace{})
			w.tick(3 * time.Minute) // the race of the others is over
			for _, c := range []*apptest.Client{w.host, w.biff} {
				w.leave(c)
			}
			w.exit(w.marty, w.room, roomPort)
			w.exit(w.fixture.biff, w.biffRoom, roomPort)
			c, r := w.login(w.doc), w.enter(w.doc, roomPort)
			id := w.fixture.host(c, mcots.CreateRace{LobbyID: street})
			r.Send(w.request(w.doc, 0, nps.ChannelData{Race: int32(id)}))
			handled(r)
			w.tick(time.Second)
			tc.end(w, w.doc, c, r, id)
			w.tick(time.Minute)
			assert.Len(t, w.listed(w.watch), tc.rooms)
			assert.Equal(t, tc.open, w.races.Open())
		})
	}
}

func TestRoomsAndRacesOfStrangers(t *testing.T) {
	w := newLoading(t, mcots.CreateRace{EntryFee: 100})
	a, b := w.enter(w.marty, racePort), w.enter(w.fixture.biff, racePort)
	// Somebody opens a room with the number of the race, starts it and leaves: that
	// is nothing to the race.
	other := w.enter(w.doc, roomPort)
	other.Send(w.request(w.doc, 0, nps.ChannelData{Race: int32(w.id)}), nps.StartGameServer.With(&nps.StartGameServerBody{Comm: comm + 1}))
	handled(other)
	w.exit(w.doc, other, roomPort)
	w.tick(3 * time.Minute)
	assert.Equal(t, 1, w.running())
	for _, c := range []*apptest.Client{a, b} {
		handled(c)
	}
	_, known := w.rooms.Track(w.id, w.doc.Persona, w.marty.Persona)
	assert.False(t, known)
	var running []storage.Race
	require.NoError(t, w.Store.View(func(tx storage.ReadTx) (err error) {
		running, err = tx.RunningRaces()
		return err
	}))
	assert.True(t, slices.ContainsFunc(running, func(r storage.Race) bool { return r.Number == w.id }))
}
