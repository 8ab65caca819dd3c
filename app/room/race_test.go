package room_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/room"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

func TestRaceRoomIsAnnouncedToItsCreator(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Dr Brown", 9001), f.user("Marty", 9001)
	request := a.channelRequest(42, "Pit", ofRace(0x01020304), private("SECRET"), func(b *nps.OpenChannelBody) {
		b.MaxReady, b.Data.Racers, b.Data.Host = 6, 0x24, a.Persona
	})
	a.Send(request)

	frame := a.Next()
	require.Equal(t, nps.ChannelCreated.Number, frame.Number)
	want := append(word(42), "\x00\x00\x00\x04Pit\x00\x00\x00\x00\x21"...)
	data := make([]byte, 256)
	copy(data, []byte{4, 3, 2, 1})
	data[80] = 0x24
	copy(data[104:], []byte{byte(a.Persona), byte(a.Persona >> 8), byte(a.Persona >> 16), byte(a.Persona >> 24)})
	want = append(append(want, data...), 0, 3, 0, 6)
	assert.Equal(t, want, frame.Body)

	frame = a.Next()
	assert.Equal(t, nps.ChannelGranted.Number, frame.Number)
	assert.Equal(t, append(word(42), word(a.port)...), frame.Body)

	frame = a.Next()
	assert.Equal(t, nps.UserJoined.Number, frame.Number)
	want = append(word(a.Persona), "\x00\x00\x00\x09Dr Brown\x00\x00\x00\x00\x2a"...)
	want = append(append(want, make([]byte, 64)...), word(a.Persona)...)
	assert.Equal(t, want, frame.Body)
	silent(a, b)
}

func TestJoinersAndMembersLearnOfEachOther(t *testing.T) {
	f := newFixture(t)
	a, b, c, outside := f.user("Anna", 7003), f.user("Bert", 7003), f.user("Carl", 7003), f.user("Xena", 7003)
	outside.chat()
	a.host(500, "Race", ofRace(9))
	b.join(500, "Race", a)
	c.join(500, "Race", a, b)
	silent(a, b, c, outside)
	assert.Equal(t, []string{"Anna", "Bert", "Carl"}, outside.names(500))
}

func TestCreationAnnouncedToJoiners(t *testing.T) {
	f := newFixture(t, func(c *room.Config) { c.Send20EToJoiner = true })
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.host(500, "Race", ofRace(9))
	b.Send(b.channelRequest(500, "Race"))
	b.wants(
		nps.ChannelCreated.With(&nps.ChannelCreatedBody{
			Comm: 500, Riff: "Race", Protocol: nps.ProtocolTCP, Data: nps.ChannelData{Race: 9}, Type: nps.ChannelPublic,
		}),
		b.granted(500), joined(b, 500), joined(a, 500))
	a.wants(joined(b, 500))
	silent(a, b)
}

func TestPasswords(t *testing.T) {
	const race = 77
	known := func(f *fixture) { f.protect(race, "ABCD1234") }
	cases := map[string]struct {
		prepare func(*fixture)
		cfg     func(*room.Config)
		create  []func(*nps.OpenChannelBody)
		good    []string
		bad     []string
	}{
		"of its creator": {
			create: []func(*nps.OpenChannelBody){private("swordfish")},
			good:   []string{"swordfish", "swordfis", "swordfisTEXT"}, bad: []string{"", "swordfi", "Swordfish", "other"},
		},
		"short one of its creator": {
			create: []func(*nps.OpenChannelBody){private("pw")}, good: []string{"pw"}, bad: []string{"", "p", "pw2", "PW"},
		},
		"of its race": {
			prepare: known, create: []func(*nps.OpenChannelBody){private("swordfish"), ofRace(race)},
			good: []string{"ABCD1234", "ABCD1234XYZ"}, bad: []string{"", "swordfish", "ABCD123", "abcd1234"},
		},
		"of a race that nobody knows": {
			prepare: known, create: []func(*nps.OpenChannelBody){private("swordfish"), ofRace(race + 1)},
			good: []string{"swordfish"}, bad: []string{"", "ABCD1234"},
		},
		"none, private": {
			create: []func(*nps.OpenChannelBody){private("")}, good: []string{""}, bad: []string{"x"},
		},
		"public, with a password": {
			prepare: known, create: []func(*nps.OpenChannelBody){ofRace(race), func(b *nps.OpenChannelBody) { b.Password = "swordfish" }},
			good: []string{"", "x", "swordfish"},
		},
		"check switched off": {
			prepare: known, cfg: func(c *room.Config) { c.PasswordCheck = false },
			create: []func(*nps.OpenChannelBody){private("swordfish"), ofRace(race)}, good: []string{"", "x"},
		},
		"eight characters, not bytes": {
			create: []func(*nps.OpenChannelBody){private("ääääääää")}, good: []string{"ääääääää"}, bad: []string{"ääää", "ääääääÄÄ"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			cfg := tc.cfg
			if cfg == nil {
				cfg = func(*room.Config) {}
			}
			f := newFixture(t, cfg, func(c *room.Config) { c.RaceCapacity = 6 })
			if tc.prepare != nil {
				tc.prepare(f)
			}
			a := f.user("Anna", 9001)
			a.host(500, "Race", tc.create...)
			knock := func(i int, kind, password string) *user {
				u := f.user(fmt.Sprintf("%s%d", kind, i), 9001)
				u.Send(u.channelRequest(500, "Race", func(b *nps.OpenChannelBody) { b.Password = password }))
				return u
			}
			for i, password := range tc.bad {
				u := knock(i, "Bad", password)
				frame := u.Next()
				assert.Equal(t, nps.ChannelDenied.Number, frame.Number, "password %q", password)
				assert.Equal(t, append(word(500), word(u.port)...), frame.Body)
				silent(u)
			}
			silent(a)
			for i, password := range tc.good {
				u := knock(i, "Good", password)
				u.wants(u.granted(500))
				a.wants(joined(u, 500))
			}
		})
	}
}

func TestPasswordOfARaceThatIsNamedLater(t *testing.T) {
	f := newFixture(t)
	f.protect(77, "ABCD1234")
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.host(500, "Race", private("swordfish"))
	a.Send(nps.SetChannelData.With(&nps.ChannelDataBody{Comm: 500, Data: nps.ChannelData{Race: 77}}))
	silent(a)
	b.Send(b.channelRequest(500, "Race", func(b *nps.OpenChannelBody) { b.Password = "swordfish" }))
	b.wants(b.denied(500))
	b.Send(b.channelRequest(500, "Race", func(b *nps.OpenChannelBody) { b.Password = "ABCD1234" }))
	b.wants(b.granted(500))
}

func TestRaceCapacity(t *testing.T) {
	for _, tc := range []struct {
		racers     uint8 // low nibble: most
		configured int
		want       int
	}{{0, 6, 6}, {0x02, 6, 2}, {0x23, 6, 3}, {0x0F, 6, 6}, {0x06, 4, 4}, {0xF0, 4, 4}, {0x21, 6, 1}} {
		t.Run(fmt.Sprintf("%02x of %d", tc.racers, tc.configured), func(t *testing.T) {
			f := newFixture(t, func(c *room.Config) { c.RaceCapacity = tc.configured })
			a := f.user("Anna", 9001)
			a.host(500, "Race", func(b *nps.OpenChannelBody) { b.Data.Racers = tc.racers })
			in := []*user{a}
			for len(in) < tc.want {
				u := f.user(fmt.Sprintf("P%d", len(in)), 9001)
				u.join(500, "Race", in...)
				in = append(in, u)
			}
			late := f.user("Late", 9001)
			late.Send(late.channelRequest(500, "Race"))
			late.wants(late.denied(500))
			silent(late)
			silent(in...)
			assert.Len(t, a.names(500), tc.want)
		})
	}
}

func TestDefaultIsSixRacers(t *testing.T) {
	assert.Equal(t, 6, room.Default().RaceCapacity)
	assert.Equal(t, 100, room.Default().ChatCapacity)
}

func TestClosedRooms(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	state := func(s uint8) func(*nps.OpenChannelBody) { return func(b *nps.OpenChannelBody) { b.State = s } }
	a.host(500, "Closed", state(nps.GameNotRunning|nps.GameChannelClosed))
	a.host(501, "Junk", state(0xCD))
	a.host(502, "Running, it says", state(nps.GameRunning))
	b.Send(b.channelRequest(500, "Closed"))
	b.wants(b.denied(500))
	b.join(501, "Junk", a)
	b.join(502, "Running, it says", a)
	states := map[uint32]uint8{}
	for _, r := range b.races() {
		states[r.Comm] = r.State
	}
	assert.Equal(t, map[uint32]uint8{500: 9, 501: 1, 502: 1}, states)
}

func TestRunningRoomsCanBeJoined(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.host(500, "Race")
	a.Send(nps.StartGameServer.With(&nps.StartGameServerBody{Comm: 500}))
	until(a.Client, nps.GameServerStarted.Number)
	b.join(500, "Race", a)
}

// Race rooms by number: without a race id only those above 100.
func TestWhatIsARaceRoom(t *testing.T) {
	f := newFixture(t, manyRooms)
	a := f.user("Anna", 9001)
	a.Send(a.channelRequest(100, "Hundred"))
	a.wants(a.granted(100))
	a.host(101, "Hundred and one")
	a.host(99, "With a race", ofRace(1))
	a.host(102, "MCC01", ofRace(2))
	var comms []uint32
	for _, r := range a.races() {
		comms = append(comms, r.Comm)
	}
	assert.Equal(t, []uint32{99, 101, 102}, comms)
}

func TestChannelDataOnlyFromTheOwner(t *testing.T) {
	f := newFixture(t)
	a, b, x := f.user("Anna", 9001), f.user("Bert", 9001), f.user("Xena", 9001)
	a.host(500, "Race")
	b.join(500, "Race", a)
	set := func(comm uint32, fee int32) wire.Packet {
		return nps.SetChannelData.With(&nps.ChannelDataBody{Comm: comm, Data: nps.ChannelData{EntryFee: fee}})
	}
	b.Send(set(500, 1))
	x.Send(set(500, 2))
	f.enter(a.Player, 9002).Send(set(500, 3)) // the owner, but on another port
	a.Send(set(2, 4))                         // the LOBBY has no owner
	a.Send(set(501, 5))
	silent(a, b, x)
	assert.Zero(t, a.races()[0].Data.EntryFee)

	a.Send(set(500, 100))
	assert.EqualValues(t, 100, a.races()[0].Data.EntryFee)
	a.SendFrame(wire.Frame{Number: nps.SetChannelData.Number, Body: append(word(500), make([]byte, 255)...)})
	silent(a, b)
	assert.EqualValues(t, 100, a.races()[0].Data.EntryFee, "a body that is too short is ignored")
}

func TestChannelDataMakesARaceRoom(t *testing.T) {
	f := newFixture(t)
	a := f.user("Anna", 9001)
	a.Send(a.channelRequest(50, "Our place"))
	a.wants(a.granted(50))
	assert.Empty(t, a.races())
	a.Send(nps.SetChannelData.With(&nps.ChannelDataBody{Comm: 50, Data: nps.ChannelData{Race: 3}}))
	require.Len(t, a.races(), 1)
}

// A listed chat room is everybody's, not its first visitor's to race in.
func TestChannelDataMakesNoRaceRoomOfAListedOne(t *testing.T) {
	f := newFixture(t)
	a := f.user("Anna", 9001)
	a.Send(a.channelRequest(300, "MCC05"))
	a.wants(a.granted(300))
	a.shows(300, nps.ChannelData{Race: 3})
	assert.Empty(t, a.races())
	_, ok := f.room.Waiting(3, a.Persona)
	assert.False(t, ok)

	a.host(102, "MCC01", ofRace(2)) // this one has been for a race from the start
	a.shows(102, nps.ChannelData{Race: 3})
	require.Len(t, a.races(), 1)
	assert.EqualValues(t, 3, a.races()[0].Data.Race)
}

func TestChannelUpdatePush(t *testing.T) {
	f := newFixture(t, func(c *room.Config) { c.RoomPushes = true })
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.host(500, "Race")
	b.join(500, "Race", a)
	data := nps.ChannelData{Race: 0x0A0B0C0D}
	data.Tail[31] = 0xEE
	a.Send(nps.SetChannelData.With(&nps.ChannelDataBody{Comm: 500, Data: data}))
	frame := b.Next()
	assert.Equal(t, nps.ChannelUpdate.Number, frame.Number)
	want := append(word(500), make([]byte, 256)...)
	copy(want[4:], []byte{0x0D, 0x0C, 0x0B, 0x0A})
	want[259] = 0xEE
	assert.Equal(t, want, frame.Body)
	silent(a, b)
}

func TestKick(t *testing.T) {
	for _, pushes := range []bool{false, true} {
		t.Run(fmt.Sprint("pushes ", pushes), func(t *testing.T) {
			f := newFixture(t, func(c *room.Config) { c.RoomPushes = pushes })
			a, b, c := f.user("Anna", 9001), f.user("Bert", 9001), f.user("Carl", 9001)
			a.host(500, "Race")
			b.join(500, "Race", a)
			c.join(500, "Race", a, b)
			kick := func(u *user) wire.Packet {
				return nps.BootUser.With(&nps.CommUserBody{Comm: 500, User: u.Persona})
			}
			b.Send(kick(c))
			b.Send(kick(a))
			a.Send(kick(a)) // the host leaves in another way
			a.Send(nps.BootUser.With(&nps.CommUserBody{Comm: 500, User: 4711}), nps.BootUser.With(&nps.CommUserBody{Comm: 2, User: c.Persona}))
			silent(a, b, c)

			a.Send(kick(c))
			notices := []wire.Packet{left(c, 500)}
			if pushes {
				frame := c.Next()
				assert.Equal(t, nps.ForceLeave.Number, frame.Number)
				assert.Equal(t, word(500), frame.Body)
				notices = append(notices, nps.UserLeftChannel.With(&nps.UserCommBody{User: c.Persona, Comm: 500}))
			}
			notices = append(notices, readyList(500, racer{a, false, true}, racer{b, false, false}))
			a.wants(notices...)
			b.wants(notices...)
			silent(a, b, c)
			assert.Equal(t, []string{"Anna", "Bert"}, c.names(500))
			c.join(500, "Race", a, b) // a kick is no ban
		})
	}
}

func TestReadyFlags(t *testing.T) {
	f := newFixture(t)
	a, b, x := f.user("Dr Brown", 9001), f.user("Marty", 9001), f.user("Xena", 9001)
	a.host(42, "Race", ofRace(1))
	b.join(42, "Race", a)
	flags := func(bits uint32) wire.Packet { return nps.SetCommFlags.With(&nps.CommFlagsBody{Comm: 42, Flags: bits}) }

	b.Send(flags(nps.FlagSetReady))
	frame := a.Next()
	assert.Equal(t, nps.ReadyList.Number, frame.Number)
	want := append([]byte{0, 0, 0, 2, 0, 0, 0, 42}, word(a.Persona)...)
	want = append(append(want, 0, 0, 0, 1, 0, 0, 0, 42), word(b.Persona)...)
	assert.Equal(t, append(want, 0, 1, 0, 0), frame.Body)
	b.wants(readyList(42, racer{a, false, true}, racer{b, true, false}))

	b.Send(flags(nps.FlagSetReady)) // no change, no notice
	a.Send(flags(nps.FlagClearReady))
	x.Send(flags(nps.FlagSetReady)) // not in the room
	b.Send(nps.SetCommFlags.With(&nps.CommFlagsBody{Comm: 43, Flags: nps.FlagSetReady}))
	silent(a, b, x)

	both := readyList(42, racer{a, true, true}, racer{b, true, false})
	a.Send(nps.ReadyForGame.With(&nps.CommTailBody{Comm: 42, Tail: []byte{1, 2, 3}}))
	a.wants(both)
	b.wants(both)
	assert.EqualValues(t, 2, x.races()[0].Ready)
	x.Send(nps.ReadyListReq.With(&nps.CommBody{Comm: 42}))
	x.wants(both)

	b.Send(flags(nps.FlagClearReady))
	one := readyList(42, racer{a, true, true}, racer{b, false, false})
	a.wants(one)
	b.wants(one)
	b.Send(nps.SetReadyForGame.With(&nps.CommTailBody{Comm: 42}))
	a.wants(both)
	b.wants(both)

	x.Send(nps.ReadyListReq.With(&nps.CommBody{Comm: 43})) // no such room, no answer
	x.SendFrame(wire.Frame{Number: nps.ReadyForGame.Number})
	x.SendFrame(wire.Frame{Number: nps.ReadyForGame.Number, Body: word(42)})
	silent(x, a, b)
	x.Send(nps.ReadyListReq.With(&nps.CommBody{Comm: 2}))
	assert.Empty(t, apptest.Expect(x.Client, nps.ReadyList).Entries)
}

func TestHiddenRooms(t *testing.T) {
	f := newFixture(t)
	a, b := f.user("Anna", 9001), f.user("Bert", 9001)
	a.host(500, "Race")
	b.join(500, "Race", a)
	flags := func(bits uint32) wire.Packet {
		return nps.SetCommFlags.With(&nps.CommFlagsBody{Comm: 500, Flags: bits})
	}
	b.Send(flags(nps.FlagHideChannel)) // only the owner may
	assert.Len(t, b.races(), 1)
	a.Send(flags(nps.FlagHideChannel))
	assert.Empty(t, a.races())
	assert.Empty(t, b.races())
	b.Send(flags(nps.FlagExposeChannel))
	assert.Empty(t, b.races())
	a.Send(flags(nps.FlagExposeChannel))
	assert.Len(t, a.races(), 1)
	silent(a, b)
}
