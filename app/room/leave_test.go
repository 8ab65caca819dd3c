package room_test

import (
	"fmt"
	"net"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/room"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

func (u *user) leave(comm uint32) {
	u.T.Helper()
	u.Send(nps.CloseChannel.With(&nps.CommBody{Comm: comm}))
}

func (f *fixture) channelClosed(comm uint32) wire.Packet {
	return nps.ChannelClosed.With(&nps.CommPortBody{Comm: comm, Port: uint32(f.bound[7003])})
}

func TestPresent(t *testing.T) {
	f := newFixture(t)
	p := f.Player("Anna", 1)
	for _, port := range served {
		assert.False(t, f.room.Present(p.Persona))
		a := f.enter(p, port)
		assert.True(t, f.room.Present(p.Persona), "port %d", port)
		require.NoError(t, a.Conn.Close())
		for f.room.Present(p.Persona) {
			runtime.Gosched()
		}
	}
}

func TestLeavingAChatRoom(t *testing.T) {
	f := newFixture(t)
	for _, port := range served {
		a, b := f.user(fmt.Sprintf("A%d", port), port), f.user(fmt.Sprintf("B%d", port), port)
		a.chat()
		b.chat()
		a.wants(joined(b, 2))
		b.leave(2)
		frame := b.Next()
		assert.Equal(t, nps.ChannelClosed.Number, frame.Number)
		assert.Equal(t, append(word(2), word(uint32(f.bound[7003]))...), frame.Body, "the lobby's port, whatever port this is")
		silent(a, b) // nobody is told
		assert.Equal(t, []string{a.Name}, a.names(2))
		b.chat()
		a.wants(joined(b, 2))
	}
}

func TestLeavingWhatOneIsNotIn(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.host(500, "Race")
	for _, comm := range []uint32{0, 2, 500, 4711} {
		b.leave(comm)
		b.wants(f.channelClosed(comm))
	}
	silent(a, b)
	assert.Equal(t, []string{"Anna"}, b.names(500))
}

// notices are what the members of a race room hear when a user leaves.
func notices(cfg room.Config, gone *user, comm uint32, rest ...racer) []wire.Packet {
	list := []wire.Packet{left(gone, comm)}
	if cfg.RoomPushes {
		list = append(list, nps.UserLeftChannel.With(&nps.UserCommBody{User: gone.Persona, Comm: comm}))
	}
	return append(list, readyList(comm, rest...))
}

func TestLeavingARaceRoom(t *testing.T) {
	for _, pushes := range []bool{false, true} {
		t.Run(fmt.Sprint("pushes ", pushes), func(t *testing.T) {
			f := newFixture(t, func(c *room.Config) { c.RoomPushes = pushes })
			a, b, c := f.user("Anna", 9001), f.user("Bert", 9001), f.user("Carl", 9001)
			a.host(500, "Race")
			b.join(500, "Race", a)
			c.join(500, "Race", a, b)
			b.leave(500)
			b.wants(f.channelClosed(500))
			want := notices(f.cfg, b, 500, racer{a, false, true}, racer{c, false, false})
			a.wants(want...)
			c.wants(want...)
			silent(a, b, c)
			b.join(500, "Race", a, c)
		})
	}
}

func TestLeavingBytes(t *testing.T) {
	f := newFixture(t, func(c *room.Config) { c.RoomPushes = true })
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.host(500, "Race")
	b.join(500, "Race", a)
	a.leave(500)
	frames := map[uint16][]byte{}
	var order []uint16
	for range 4 {
		frame := b.Next()
		frames[frame.Number] = frame.Body
		order = append(order, frame.Number)
	}
	assert.Equal(t, []uint16{0x202, 0x208, 0x210, 0x20F}, order)
	assert.Equal(t, append(word(a.Persona), word(500)...), frames[0x202])
	assert.Equal(t, append(word(a.Persona), word(500)...), frames[0x208])
	assert.Equal(t, word(500), frames[0x20F])
}

func TestRoomEndsWithItsOwner(t *testing.T) {
	for _, pushes := range []bool{false, true} {
		t.Run(fmt.Sprint("pushes ", pushes), func(t *testing.T) {
			f := newFixture(t, func(c *room.Config) { c.RoomPushes = pushes })
			a, b, c := f.user("Anna", 9001), f.user("Bert", 9001), f.user("Carl", 9001)
			a.host(500, "Race")
			b.join(500, "Race", a)
			c.join(500, "Race", a, b)
			b.Send(nps.SetReadyForGame.With(&nps.CommTailBody{Comm: 500}))
			ready := readyList(500, racer{a, false, true}, racer{b, true, false}, racer{c, false, false})
			for _, u := range []*user{a, b, c} {
				u.wants(ready)
			}
			a.leave(500)
			a.wants(f.channelClosed(500))
			want := notices(f.cfg, a, 500, racer{b, false, false}, racer{c, false, false}) // nobody is ready any more
			if pushes {
				want = append(want, nps.ChannelDeleted.With(&nps.CommBody{Comm: 500}))
			}
			b.wants(want...)
			c.wants(want...)
			silent(a, b, c)
			assert.Empty(t, b.races())
			assert.Empty(t, b.names(500))

			// Nothing of it is left: not for its members either.
			c.leave(500)
			c.wants(f.channelClosed(500))
			b.host(500, "Race")
			silent(c)
			assert.Equal(t, []string{"Bert"}, a.names(500))
		})
	}
}

func TestRoomWhoseRaceRunsOutlivesItsOwner(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.host(500, "Race")
	b.join(500, "Race", a)
	a.Send(startServer(500))
	until(a.Client, nps.GameServerStarted.Number)
	until(b.Client, nps.GameServerStarted.Number)
	a.leave(500)
	a.wants(f.channelClosed(500))
	b.wants(left(a, 500), readyList(500, racer{b, false, false}))
	assert.Len(t, a.races(), 1)
	b.leave(500)
	b.wants(f.channelClosed(500))
	silent(a)
	assert.Empty(t, a.races())
}

// The ways in which a connection ends without a word.
var ends = map[string]func(t *testing.T, u *user){
	"FIN":        func(t *testing.T, u *user) { require.NoError(t, u.Conn.Close()) },
	"half close": func(t *testing.T, u *user) { require.NoError(t, u.Conn.(*net.TCPConn).CloseWrite()) },
	"RST": func(t *testing.T, u *user) {
		require.NoError(t, u.Conn.(*net.TCPConn).SetLinger(0))
		require.NoError(t, u.Conn.Close())
	},
	"in the middle of a message": func(t *testing.T, u *user) {
		_, err := u.Conn.Write([]byte{0x11, 0x01, 0x01, 0x54, 1, 2, 3})
		require.NoError(t, err)
		require.NoError(t, u.Conn.Close())
	},
	"nonsense": func(t *testing.T, u *user) {
		_, err := u.Conn.Write([]byte{0x11, 0x01, 0, 5, 1})
		require.NoError(t, err)
	},
}

func TestAbruptEndsAreNoticed(t *testing.T) {
	for how, end := range ends {
		t.Run(how+" of a newcomer", func(t *testing.T) {
			f := newFixture(t)
			a, b := f.user("Anna", 9001), f.user("Bert", 9001)
			end(t, b)
			a.awaitGone("Anna")
			silent(a)
		})
		t.Run(how+" in a chat room", func(t *testing.T) {
			f := newFixture(t)
			a, b := f.user("Anna", 9001), f.user("Bert", 9001)
			a.chat()
			b.chat()
			a.wants(joined(b, 2))
			end(t, b)
			a.awaitGone("Anna")
			assert.Equal(t, []string{"Anna"}, a.names(2))
			silent(a)
		})
		t.Run(how+" in a race room", func(t *testing.T) {
			f := newFixture(t)
			a, b := f.user("Anna", 9001), f.user("Bert", 9001)
			a.host(500, "Race")
			b.join(500, "Race", a)
			b.Send(nps.SetReadyForGame.With(&nps.CommTailBody{Comm: 500}))
			a.wants(readyList(500, racer{a, false, true}, racer{b, true, false}))
			end(t, b)
			a.wants(left(b, 500), readyList(500, racer{a, false, true}))
			a.awaitGone("Anna")
			assert.EqualValues(t, 0, a.races()[0].Ready)
		})
		t.Run(how+" of a host with two rooms", func(t *testing.T) {
			f := newFixture(t)
			a, b, c := f.user("Anna", 9001), f.user("Bert", 9001), f.user("Carl", 9001)
			other := f.enter(b.Player, 9002) // other connections of the player stay
			b.chat()
			b.host(500, "First")
			b.host(501, "Second")
			a.join(500, "First", b)
			c.join(501, "Second", b)
			end(t, b)
			a.wants(left(b, 500), readyList(500, racer{a, false, false}))
			c.wants(left(b, 501), readyList(501, racer{c, false, false}))
			a.awaitGone("Anna", "Carl")
			assert.Empty(t, a.races())
			silent(a, c, other)
		})
		t.Run(how+" of a host whose race runs", func(t *testing.T) {
			f := newFixture(t)
			a, b := f.user("Anna", 9001), f.user("Bert", 9001)
			b.host(500, "Race")
			a.join(500, "Race", b)
			b.Send(startServer(500))
			until(a.Client, nps.GameServerStarted.Number)
			end(t, b)
			a.wants(left(b, 500), readyList(500, racer{a, false, false}))
			a.awaitGone("Anna")
			assert.Len(t, a.races(), 1)
			require.NoError(t, a.Conn.Close())
			watch := f.user("Xena", 9001)
			watch.awaitGone("Xena")
			assert.Empty(t, watch.races())
		})
	}
}

func TestEndBeforeTheLogin(t *testing.T) {
	f := newFixture(t)
	watch := f.user("Xena", 9001)
	for range 3 {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", f.bound[9001]))
		require.NoError(t, err)
		_, err = c.Write([]byte{0x01, 0x00, 0x00, 0x8f, 0})
		require.NoError(t, err)
		require.NoError(t, c.(*net.TCPConn).SetLinger(0))
		require.NoError(t, c.Close())
	}
	assert.Equal(t, []string{"Xena"}, watch.names(0))
	silent(watch)
}

// A host whose connection has died comes back before the server has noticed: the
// old connection leaves first, so the room he had is gone and he makes a new one.
func TestHostComesBackOnANewConnection(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.host(500, "Race")
	b.join(500, "Race", a)
	again := f.enter(a.Player, 9001)
	b.wants(left(a, 500), readyList(500, racer{b, false, false}))
	assert.Equal(t, []string{"Bert", "Anna"}, b.names(0))
	closed(a)
	again.host(500, "Race")
	b.join(500, "Race", again)
	silent(again, b)
	assert.Len(t, b.races(), 1)
}

func TestLogOffLeavesTheRoom(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.host(500, "Race")
	b.join(500, "Race", a)
	b.Send(nps.LogOff.With(&wire.Empty{}))
	a.wants(left(b, 500), readyList(500, racer{a, false, true}))
	closed(b)
	assert.Equal(t, []string{"Anna"}, a.names(0))
}
