package room_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/gateway"
	"mcos/app/room"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// visitor is a client that sends what it likes and reads whatever comes. Its
// methods return errors, because they run beside the test.
type visitor struct {
	apptest.Player
	conn   *net.TCPConn
	sealer *nps.LobbySealer
	read   chan error // the reader's end
}

// visit logs a player in. It returns nil without an error when the server does not
// let him in.
func (f *fixture) visit(p apptest.Player, port int) (*visitor, error) {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", f.bound[port]))
	if err != nil {
		return nil, err
	}
	v := &visitor{Player: p, conn: conn.(*net.TCPConn), sealer: nps.NewLobbySealer(), read: make(chan error, 1)}
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return nil, err
	}
	if err := v.send(nps.Login.With(&nps.LoginBody{User: p.Persona, Name: p.Name, Customer: p.Account, KeyHash: p.Key.Hash()})); err != nil {
		return nil, err
	}
	want := 12 + len(p.Name) + 64
	if port == 7003 {
		want += 4 // the greeting
	}
	head := make([]byte, want)
	if _, err := io.ReadFull(conn, head); err != nil {
		return nil, v.end(false) // a refusal is shorter
	}
	if err := v.sealer.Secure(p.Key); err != nil {
		return nil, err
	}
	opener := nps.NewLobbyClientOpener(1<<16 - 1)
	if err := opener.Secure(p.Key); err != nil {
		return nil, err
	}
	go func() { v.read <- readAll(conn, opener) }()
	return v, nil
}

// readAll reads messages until the connection ends; every one must make sense.
func readAll(conn net.Conn, opener *nps.LobbyOpener) error {
	var buf []byte
	chunk := make([]byte, 4096)
	for {
		n, err := conn.Read(chunk)
		if err != nil {
			return nil //nolint:nilerr // whatever ended the connection, it has ended
		}
		buf = append(buf, chunk[:n]...)
		for {
			size, err := opener.Size(buf)
			if err != nil {
				return err
			}
			if size == 0 || size > len(buf) {
				break
			}
			frame, err := opener.Open(buf[:size])
			if err == nil {
				err = sensible(frame)
			}
			if err != nil {
				return err
			}
			buf = buf[size:]
		}
	}
}

// sensible checks what holds for a message whatever the others are doing.
func sensible(f wire.Frame) error {
	if nps.Registry.Find(wire.Lobby, wire.ToClient, f.Number) == nil {
		return fmt.Errorf("0x%X is no message for clients", f.Number)
	}
	seen := map[uint32]bool{}
	add := func(user uint32) error {
		if seen[user] {
			return fmt.Errorf("user %d twice in 0x%X", user, f.Number)
		}
		seen[user] = true
		return nil
	}
	switch f.Number {
	case nps.UserList.Number:
		list, err := nps.UserList.Decode(f.Body)
		if err != nil {
			return err
		}
		for _, u := range list.Users {
			if err := add(u.User); err != nil {
				return err
			}
		}
	case nps.ReadyList.Number:
		list, err := nps.ReadyList.Decode(f.Body)
		if err != nil {
			return err
		}
		masters := 0
		for _, e := range list.Entries {
			if err := add(e.User); err != nil {
				return err
			}
			if e.Master {
				masters++
			}
		}
		if masters > 1 {
			return fmt.Errorf("%d masters in a ready list", masters)
		}
	}
	return nil
}

func (v *visitor) send(packets ...wire.Packet) error {
	var raw []byte
	for _, p := range packets {
		body, err := p.AppendBody(nil)
		if err != nil {
			return err
		}
		if raw, err = v.sealer.Seal(raw, wire.Frame{Number: p.Message.Number, Body: body}); err != nil {
			return err
		}
	}
	_, _ = v.conn.Write(raw) // the server may have ended the connection
	return nil
}

// end closes the connection, by a reset or gracefully.
func (v *visitor) end(reset bool) error {
	if reset {
		if err := v.conn.SetLinger(0); err != nil {
			return err
		}
	}
	return v.conn.Close()
}

// act sends one request at random; the rooms are few, so that players meet.
func (v *visitor) act(rnd *rand.Rand) error {
	comm := []uint32{0, 2, 50, 500, 501, 502}[rnd.IntN(6)]
	u := &user{Player: v.Player}
	switch rnd.IntN(12) {
	case 0, 1:
		return v.send(u.channelRequest(2, "LOBBY"), nps.UserListReq.With(&nps.CommBody{Comm: 2}))
	case 2, 3, 4:
		return v.send(u.channelRequest(comm, fmt.Sprintf("Room %d", comm), ofRace(int32(rnd.IntN(2)))))
	case 5:
		return v.send(nps.CloseChannel.With(&nps.CommBody{Comm: comm}))
	case 6:
		return v.send(nps.SetUserData.With(&nps.UserInfoBody{User: v.Persona, Name: v.Name, Data: nps.UserData{Car: rnd.Uint32()}}))
	case 7:
		flags := uint32(0x20) << rnd.IntN(4)
		return v.send(nps.SetCommFlags.With(&nps.CommFlagsBody{Comm: comm, Flags: flags}), nps.ReadyListReq.With(&nps.CommBody{Comm: comm}))
	case 8:
		return v.send(nps.RiffListReq.With(&wire.Empty{}), nps.MiniRiffListReq.With(&wire.Empty{}))
	case 9:
		return v.send(nps.BootUser.With(&nps.CommUserBody{Comm: comm, User: v.Persona - 3 + rnd.Uint32N(7)}))
	case 10:
		return v.send(startServer(comm), nps.TerminateGameServer.With(&nps.CommTailBody{Comm: comm}))
	default:
		return v.send(nps.RelayAll.With(&nps.RelayBody{Comm: comm, Sender: v.Persona, Blob: []byte{9, 1, 2}}))
	}
}

// awaitEmpty waits until the server has noticed that everybody has left: a connection
// may be gone on this side and not have entered yet on the other.
func (f *fixture) awaitEmpty(port int) {
	for f.room.Population(port) > 0 || open(f.Server.Stats()) > 0 {
		runtime.Gosched()
	}
}

func open(s gateway.Stats) (n int) {
	for _, c := range s.Connections {
		n += c
	}
	return n
}

// empty makes sure that nothing is left on a port but the watcher: no user, no
// member of any channel, no channel.
func (f *fixture) empty(watcher apptest.Player, port int) {
	f.T.Helper()
	w := f.enter(watcher, port)
	assert.Equal(f.T, []string{watcher.Name}, w.names(0))
	for _, comm := range []uint32{2, 50, 191, 500, 501, 502} {
		assert.Empty(f.T, w.names(comm), "channel %d on %d", comm, port)
	}
	require.Empty(f.T, w.races())
	w.host(999, "Last", ofRace(1))
	rooms := w.races()
	require.Len(f.T, rooms, 1)
	assert.EqualValues(f.T, 4, rooms[0].Channels, "channels on %d: the three permanent ones and this", port)
	w.leave(999)
	w.wants(f.channelClosed(999))
	silent(w)
	require.NoError(f.T, w.Conn.Close())
}

func TestManyPlayersAtOnce(t *testing.T) {
	f := newFixture(t, func(c *room.Config) { c.RoomPushes = true })
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	var players []apptest.Player
	for i := range 12 {
		players = append(players, f.Player(fmt.Sprintf("P%d", i), 1))
	}
	var wg sync.WaitGroup
	for i, p := range players {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(2001, uint64(i)))
			for round := range rounds {
				v, err := f.visit(p, served[rnd.IntN(len(served))])
				if !assert.NoError(t, err) || !assert.NotNil(t, v, "the server let %s not in", p.Name) {
					return
				}
				for range 20 + rnd.IntN(40) {
					if err := v.act(rnd); !assert.NoError(t, err) {
						return
					}
				}
				if !assert.NoError(t, v.end((round+i)%2 == 0)) || !assert.NoError(t, <-v.read, "%s read", p.Name) {
					return
				}
			}
		})
	}
	wg.Wait()
	watcher := f.Player("Xena", 1)
	for _, port := range served { // all first: 7003 lists the races of every port
		f.awaitEmpty(port)
	}
	for _, port := range served {
		f.empty(watcher, port)
	}
	for _, e := range f.Logs.AllEntries() {
		assert.NotContains(t, e.Message, "a handler failed")
		assert.NotContains(t, e.Message, "cannot encode")
	}
}

// One player connects many times at once: one connection at most is left, and
// nothing of the others.
func TestOnePlayerManyTimesAtOnce(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Anna", 1)
	watcher := f.Player("Xena", 1)
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(7, uint64(i)))
			for range 10 {
				v, err := f.visit(p, 9001)
				if !assert.NoError(t, err) {
					return
				}
				if v == nil {
					continue // eight connections of one login are the most
				}
				for range 5 {
					if err := v.act(rnd); !assert.NoError(t, err) {
						return
					}
				}
				assert.NoError(t, v.end(i%2 == 0))
				assert.NoError(t, <-v.read)
			}
		})
	}
	for range 1000 {
		assert.LessOrEqual(t, f.room.Population(9001), 1)
	}
	wg.Wait()
	f.awaitEmpty(9001)
	f.empty(watcher, 9001)
	for _, e := range f.Logs.AllEntries() {
		assert.NotContains(t, e.Message, "a handler failed")
	}
}
