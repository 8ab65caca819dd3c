package room_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/pace"
	"mcos/app/room"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// cast are players by letter: A sends; A, B, C and D are in the lobby of 9001, of
// whom A and C are ready; E is on the port only; F is on another port.
type cast map[byte]castMember

type castMember struct {
	apptest.Player
	*apptest.Client
}

func newCast(tr *track) cast {
	c := cast{}
	for i, letter := range []byte("ABCDEF") {
		p := tr.player(strings.Repeat(string(letter), 3))
		port := 9001
		if letter == 'F' {
			port = 9000
		}
		c[letter] = castMember{p, tr.enter(p, port)}
		if i > 3 {
			continue
		}
		c[letter].Send(nps.OpenChannel.With(&nps.OpenChannelBody{Comm: 2, Riff: "LOBBY", User: p.Persona, Type: nps.ChannelPublic}))
		apptest.Expect(c[letter].Client, nps.ChannelGranted)
		for _, earlier := range []byte("ABCD")[:i] {
			apptest.Expect(c[earlier].Client, nps.UserJoined)
		}
	}
	for _, letter := range []byte("AC") {
		c[letter].Send(nps.SetCommFlags.With(&nps.CommFlagsBody{Comm: 2, Flags: nps.FlagSetReady}))
		for _, each := range []byte("ABCD") {
			apptest.Expect(c[each].Client, nps.ReadyList)
		}
	}
	return c
}

// body spells a relay's body by hand: channel, sender, filter, data.
func (c cast) body(comm uint32, filter string, list bool, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(word(comm), c['A'].Persona)
	if list {
		b = binary.BigEndian.AppendUint32(b, uint32(len(filter)))
	}
	for _, letter := range []byte(filter) {
		b = binary.BigEndian.AppendUint32(b, c[letter].Persona)
	}
	return append(b, data...)
}

// relayForms has a row for each relay opcode of nps-lobby-rooms 7.1: what stands
// between sender and data, and whom it reaches in a channel and on the whole port.
var relayForms = []struct {
	opcode  uint16
	name    string
	list    bool
	filter  string // the users named
	channel string // reached in channel 2
	port    string // reached through channel 0
}{
	{0x80, "all, short", false, "", "BCD", "BCDE"},
	{0x81, "plug-in, short", false, "", "", ""},
	{0x82, "ready list, short", false, "", "C", "C"},
	{0x83, "list, short", true, "BEF", "B", "BE"},
	{0x84, "not list, short", true, "BE", "CD", "CD"},
	{0x85, "buddy, short", false, "D", "D", "D"},
	{0x86, "single, short", false, "B", "B", "B"},
	{0x87, "not single, short", false, "B", "CD", "CDE"},
	{0x88, "game message", false, "", "", ""},
	{0x89, "all", false, "", "BCD", "BCDE"},
	{0x8A, "all, logged", false, "", "BCD", "BCDE"},
	{0x8B, "plug-in", false, "", "", ""},
	{0x8C, "plug-in, logged", false, "", "", ""},
	{0x8D, "ready list", false, "", "C", "C"},
	{0x8E, "ready list, logged", false, "", "C", "C"},
	{0x8F, "list", true, "BDEF", "BD", "BDE"},
	{0x8F, "list that names the sender, and one user twice", true, "ABB", "AB", "AB"},
	{0x8F, "empty list", true, "", "", ""},
	{0x90, "list, logged", true, "CE", "C", "CE"},
	{0x91, "not list", true, "BE", "CD", "CD"},
	{0x91, "not an empty list", true, "", "BCD", "BCDE"},
	{0x92, "not list, logged", true, "C", "BD", "BDE"},
	{0x93, "buddy", false, "B", "B", "B"},
	{0x93, "buddy outside the channel", false, "E", "", "E"},
	{0x94, "buddy, logged", false, "C", "C", "C"},
	{0x95, "single", false, "D", "D", "D"},
	{0x95, "single outside the channel", false, "E", "", "E"},
	{0x95, "single on another port", false, "F", "", ""},
	{0x96, "single, logged", false, "B", "B", "B"},
	{0x97, "not single: everybody but me, as captured", false, "A", "BCD", "BCDE"},
	{0x98, "not single, logged", false, "D", "BC", "BCE"},
	{0x99, "unknown", false, "", "", ""},
	{0x9A, "unknown", false, "", "", ""},
}

func TestEveryRelayForm(t *testing.T) {
	tr := newTrack(t, nil)
	c := newCast(tr)
	data := []byte{99, 0xde, 0xad, 0xbe, 0xef}
	seen := map[uint16]bool{}
	for _, f := range relayForms {
		seen[f.opcode] = true
		for comm, reached := range map[uint32]string{0: f.port, 2: f.channel} {
			t.Run(fmt.Sprintf("%02X %s, channel %d", f.opcode, f.name, comm), func(t *testing.T) {
				tr.Pass(time.Second)
				c['A'].SendFrame(wire.Frame{Number: f.opcode, Body: c.body(comm, f.filter, f.list, data)})
				if !strings.Contains(reached, "A") {
					quiet(t, c['A'].Client) // also: the relay has been dealt with
				}
				for _, letter := range []byte(reached) {
					frame := c[letter].Next()
					assert.Equal(t, f.opcode, frame.Number)
					assert.Equal(t, c.body(comm, "", false, data), frame.Body, "the filter is gone and nothing else")
					assert.False(t, frame.Plain)
				}
				for _, each := range c {
					quiet(t, each.Client)
				}
			})
		}
	}
	for opcode := uint16(0x80); opcode <= 0x9A; opcode++ {
		assert.True(t, seen[opcode], "no row for 0x%X", opcode)
	}
}

// Nobody has seen a short form, so its bytes are recorded, whatever is done with it.
func TestShortRelaysAreRecorded(t *testing.T) {
	for _, mode := range []string{"forward", "log"} {
		t.Run(mode, func(t *testing.T) {
			tr := newTrack(t, func(c *room.Config) { c.ShortRelays = mode })
			c := newCast(tr)
			fits := c.body(2, "", false, []byte{99, 1})
			strange := []byte{0, 2, 0, 1, 'h', 'i', 0, 0, 0}
			for _, body := range [][]byte{fits, strange, {1, 2}} {
				c['A'].SendFrame(wire.Frame{Number: 0x80, Body: body})
			}
			quiet(t, c['A'].Client)
			if mode == "forward" {
				assert.Equal(t, fits, c['B'].Next().Body)
			}
			quiet(t, c['B'].Client)
			for _, body := range [][]byte{fits, strange, {1, 2}} {
				assert.NotEmpty(t, tr.logged("body", hex.EncodeToString(body)), "%x", body)
			}
		})
	}
}

// logged are the messages of log lines in which a field has this value.
func (tr *track) logged(field string, value any) (messages []string) {
	for _, e := range tr.Logs.AllEntries() {
		if e.Data[field] == value {
			messages = append(messages, e.Message)
		}
	}
	return messages
}

func TestLoggedRelaysAreNoted(t *testing.T) {
	for _, on := range []bool{true, false} {
		t.Run(fmt.Sprint(on), func(t *testing.T) {
			tr := newPacedTrack(t, func(c *room.Config) { c.RelayModerationLog = on }, pace.Config{})
			c := newCast(tr)
			say := func(opcode uint16, n int) {
				for i := range n {
					c['A'].SendFrame(wire.Frame{Number: opcode, Body: c.body(2, "", false, []byte{99, byte(i)})})
				}
				quiet(t, c['A'].Client)
				for i := range n {
					require.Equal(t, byte(i), c['B'].Next().Body[9])
				}
			}
			say(0x89, 1)
			assert.Empty(t, tr.logged("data", "6300"))
			say(0x8A, 1)
			want := 0
			if on {
				want = 1
			}
			assert.Len(t, tr.logged("data", "6300"), want)
			say(0x8A, 300) // the log belongs to all
			if on {
				assert.InDelta(t, 200, len(tr.logged("channel", uint32(2))), 10)
			}
		})
	}
}

// On the race port a race is reached under any number, also that of a channel that
// only some racers have opened there.
func TestRacersReachTheRaceThroughAnyChannel(t *testing.T) {
	tr := newTrack(t, nil)
	ps := []apptest.Player{tr.player("A"), tr.player("B"), tr.player("C")}
	tr.race(1000, "race", ps)
	var cs []*apptest.Client
	for _, p := range ps {
		cs = append(cs, tr.enter(p, 9000))
	}
	stranger := tr.player("D")
	other := tr.enter(stranger, 9000)
	for i, c := range []*apptest.Client{cs[0], other} { // the stranger opens the same channel
		user := []apptest.Player{ps[0], stranger}[i]
		body := nps.OpenChannelBody{Comm: 1000, Riff: "race", User: user.Persona, Type: nps.ChannelPublic}
		body.Data.Race = 7
		c.Send(nps.OpenChannel.With(&body))
		until(c, nps.ChannelGranted.Number)
		until(c, nps.UserJoined.Number)
	}
	until(other, nps.UserJoined.Number) // of A
	until(cs[0], nps.UserJoined.Number) // of the stranger
	for _, comm := range []uint32{0, 1000, 77} {
		for i, c := range cs {
			c.Send(nps.RelayAll.With(&nps.RelayBody{Comm: comm, Sender: ps[i].Persona, Blob: blob(1, i)}))
			for j, o := range cs {
				if j != i {
					body := got(t, o, nps.RelayAll.Number)
					assert.Equal(t, ps[i].Persona, body.Sender)
					assert.Equal(t, comm, body.Comm)
				}
			}
			c.Send(nps.RelayReady.With(&nps.RelayBody{Comm: comm, Sender: ps[i].Persona, Blob: blob(2, i)}))
			for j, o := range cs {
				if j != i {
					got(t, o, nps.RelayReady.Number)
				}
			}
		}
	}
	quiet(t, other)
	// Nor does a chat room of the port lead out of the race (DECISIONS 53).
	for i, c := range []*apptest.Client{cs[0], other} {
		user := []apptest.Player{ps[0], stranger}[i]
		c.Send(nps.OpenChannel.With(&nps.OpenChannelBody{Comm: 2, Riff: "LOBBY", User: user.Persona, Type: nps.ChannelPublic}))
		apptest.Expect(c, nps.ChannelGranted)
	}
	apptest.Expect(cs[0], nps.UserJoined)
	cs[0].Send(nps.RelayAll.With(&nps.RelayBody{Comm: 2, Sender: ps[0].Persona, Blob: blob(99, 1)}))
	assert.Equal(t, blob(99, 1), got(t, cs[1], nps.RelayAll.Number).Blob)
	quiet(t, other)
}
