package gateway

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/mcots"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// told puts a packet into a queue as one that a player has caused.
func told(t testing.TB, q *queue, from uint32, p wire.Packet) {
	t.Helper()
	b, err := NewBroadcast(nil, p)
	require.NoError(t, err)
	b.mark.from = from
	require.True(t, q.put(outgoing{frame: b.frame, mark: b.mark, shared: b}), "what others cause always fits")
}

// numbers are the message numbers in a queue.
func numbers(q *queue) (list []uint16) {
	for _, o := range q.items {
		list = append(list, o.frame.Number)
	}
	return list
}

// drain takes everything from a queue.
func drain(q *queue) (list []outgoing) {
	for {
		items, bytes := q.waiting()
		if items == 0 && bytes == 0 {
			return list
		}
		batch, _ := q.take(nil)
		list = append(list, batch...)
	}
}

func relay(from uint32, kind byte, size int) wire.Packet {
	p, _ := nps.Delivered(nps.RelayAll.Number, &nps.RelayBody{Sender: from, Blob: append([]byte{kind}, make([]byte, size)...)})
	return p
}

func joined(user uint32) wire.Packet {
	return nps.UserJoined.With(&nps.UserJoinedBody{User: user, Comm: 7, Persona: user, Name: fmt.Sprintf("P%d", user)})
}

func gone(user uint32) wire.Packet {
	return nps.UserLeft.With(&nps.UserCommBody{User: user, Comm: 7})
}

func ready(comm uint32, users ...uint32) wire.Packet {
	body := &nps.ReadyListBody{}
	for _, u := range users {
		body.Entries = append(body.Entries, nps.ReadyEntry{Comm: comm, User: u, Ready: true})
	}
	return nps.ReadyList.With(body)
}

func TestASlowReceiverIsSparedRelays(t *testing.T) {
	q := newQueue(1 << 20)
	for i := range 10000 {
		told(t, q, 1, relay(1, 200, 4000))
		if i%100 == 0 {
			told(t, q, 2, joined(uint32(10+i)))
		}
	}
	_, bytes := q.waiting()
	assert.LessOrEqual(t, bytes, roomForOthers+100*200)
	events := 0
	for _, o := range drain(q) {
		if o.mark.class == event {
			events++
		}
	}
	assert.Equal(t, 100, events, "everybody who has come is told of")
	assert.Greater(t, q.leftOut(), uint64(9900))
}

func TestWhoSendsMuchTakesNothingFromOthers(t *testing.T) {
	q := newQueue(1 << 20)
	for i := range 5000 {
		told(t, q, 1, relay(1, 200, 2000))
		if i%500 == 0 {
			told(t, q, 2, relay(2, 201, 30))
			told(t, q, 3, relay(3, 202, 30))
		}
	}
	of := map[uint32]int{}
	for _, o := range drain(q) {
		of[o.mark.from]++
	}
	assert.Equal(t, 10, of[2])
	assert.Equal(t, 10, of[3])
	assert.Positive(t, of[1], "the last ones of him are there too")
}

func TestOfPositionsTheNewestStays(t *testing.T) {
	q := newQueue(1 << 20)
	for i := range 10 * crowded {
		told(t, q, uint32(i%5), relay(uint32(i%5), nps.BlobPosition, i))
	}
	last := map[uint32]int{}
	for _, o := range drain(q) {
		last[o.mark.from] = len(o.frame.Body)
	}
	assert.Len(t, last, 5)
	for from, size := range last {
		assert.Equal(t, 10*crowded-5+int(from)+9, size, "the position sent last")
	}
}

// The messages of a queue that are merged leave a receiver who knew the players of the
// beginning with those of the end.
func TestMergedEventsTellTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		q := newQueue(1 << 20)
		present := map[uint32]bool{}
		for user := range uint32(10) {
			if random.IntN(2) == 0 {
				present[user] = true
			}
		}
		seen := map[uint32]bool{}
		for user := range present {
			seen[user] = true
		}
		for range 2 * crowded {
			user := random.Uint32N(10)
			if present[user] {
				told(t, q, user, gone(user))
				delete(present, user)
			} else {
				told(t, q, user, joined(user))
				present[user] = true
			}
		}
		q.thin()
		require.LessOrEqual(t, len(q.items), 20)
		for _, o := range drain(q) {
			if o.frame.Number == nps.UserJoined.Number {
				require.False(t, seen[o.mark.key.b], "told twice of somebody's coming")
				seen[o.mark.key.b] = true
			} else {
				require.True(t, seen[o.mark.key.b], "told of the going of somebody who is not there")
				delete(seen, o.mark.key.b)
			}
		}
		require.Equal(t, present, seen)
	}
}

func TestMerging(t *testing.T) {
	user := func(name string) wire.Packet { return nps.UserInfo.With(&nps.UserInfoBody{User: 5, Name: name}) }
	results := mcots.MsgFinalResults.With(&mcots.FinalResults{})
	for name, tc := range map[string]struct {
		in   []wire.Packet
		want []uint16
	}{
		"ready lists of one room":   {[]wire.Packet{ready(7, 1), joined(2), ready(7, 1, 2), ready(7, 2)}, []uint16{0x20C, 0x210}},
		"ready lists of two rooms":  {[]wire.Packet{ready(7, 1), ready(8, 1), ready(7, 2)}, []uint16{0x210, 0x210}},
		"empty ready lists":         {[]wire.Packet{ready(7), ready(7)}, []uint16{0x210, 0x210}},
		"user data":                 {[]wire.Packet{user("a"), user("b"), user("c")}, []uint16{0x204}},
		"a start after a start":     {[]wire.Packet{started(7), started(7), started(8)}, []uint16{0x21C, 0x21C}},
		"coming and going":          {[]wire.Packet{joined(1), ready(7, 1), gone(1)}, []uint16{0x210}},
		"going and coming":          {[]wire.Packet{gone(1), joined(1)}, []uint16{0x202, 0x20C}},
		"going, coming and going":   {[]wire.Packet{gone(1), joined(1), gone(1)}, []uint16{0x202}},
		"results all count":         {[]wire.Packet{results, results}, []uint16{237, 237}},
		"relays are not merged":     {[]wire.Packet{relay(1, 200, 10), relay(1, 200, 10)}, []uint16{0x89, 0x89}},
		"pending is not running":    {[]wire.Packet{state(2), state(4), state(2)}, []uint16{0x224, 0x224}},
		"a buddy comes and is back": {[]wire.Packet{buddy(true), buddy(false), buddy(true)}, []uint16{0x22F}},
	} {
		t.Run(name, func(t *testing.T) {
			q := newQueue(1 << 20)
			for _, p := range tc.in {
				told(t, q, 1, p)
			}
			q.thin()
			assert.Equal(t, tc.want, numbers(q))
		})
	}
}

func started(comm uint32) wire.Packet {
	return nps.GameServerStarted.With(&nps.CommBody{Comm: comm})
}

func state(s uint8) wire.Packet {
	return nps.GameServerState.With(&nps.CommStateBody{Comm: 7, State: s})
}

func buddy(online bool) wire.Packet {
	return nps.BuddyListUpdateOn.With(&nps.LobbyBuddy{User: 1, Name: "Marty", Online: online})
}

// Own messages are never left out, keep their order, and are what a queue can be too
// full of.
func TestOwnMessagesAllCount(t *testing.T) {
	q := newQueue(100 << 10)
	fits := 0
	for i := range 2000 {
		if !q.put(outgoing{frame: wire.Frame{Number: uint16(i), Body: make([]byte, 1000)}}) {
			break
		}
		fits++
		told(t, q, 1, relay(1, 200, 4000))
	}
	assert.Equal(t, (100<<10)/(1000+overhead), fits)
	var own []uint16
	for _, o := range drain(q) {
		if o.mark.class == 0 {
			own = append(own, o.frame.Number)
		}
	}
	assert.Len(t, own, fits)
	assert.True(t, slices.IsSorted(own))
	assert.Zero(t, q.answers())
}

func TestAFinishedQueueKeepsItsLastWords(t *testing.T) {
	q := newQueue(1000)
	require.True(t, q.put(outgoing{frame: wire.Frame{Body: make([]byte, 800)}}))
	assert.False(t, q.put(outgoing{frame: wire.Frame{Body: make([]byte, 800)}}))
	for range 5 {
		told(t, q, 1, relay(1, 200, 10000))
	}
	q.finish()
	assert.True(t, q.put(outgoing{frame: wire.Frame{Body: make([]byte, 800)}}), "a finished queue swallows everything")
	items, open := q.take(nil)
	assert.Len(t, items, 1, "the relays have gone")
	assert.False(t, open)
}

// A slow receiver's queue is taken in portions, so that the rest can still be thinned.
func TestTakenInPortions(t *testing.T) {
	q := newQueue(1 << 20)
	for range 12 {
		told(t, q, 1, relay(1, 200, 4000))
	}
	items, open := q.take(nil)
	assert.True(t, open)
	assert.Len(t, items, portion/(4000+9+overhead))
	n, bytes := q.waiting()
	assert.Equal(t, 12-len(items), n)
	assert.Equal(t, n*(4000+9+overhead), bytes)
	q.finish()
	_, open = q.take(nil)
	assert.False(t, open)
	require.True(t, newQueue(10).put(outgoing{frame: wire.Frame{Body: make([]byte, 1<<17)}}), "one message always fits")
}

// BenchmarkBroadcast is the relay path from a decoded request to the sealed bytes
// of five receivers, without sockets.
func BenchmarkBroadcast(b *testing.B) {
	queues := make([]*queue, 5)
	for i := range queues {
		queues[i] = newQueue(1 << 20)
	}
	sealer := &toyFraming{key: 7}
	packet := relay(1, nps.BlobPosition, 36)
	buf := make([]byte, 0, 4096)
	var batch []outgoing
	b.ReportAllocs()
	for b.Loop() {
		cast, err := NewBroadcast(nil, packet)
		if err != nil {
			b.Fatal(err)
		}
		for _, q := range queues {
			cast.refs.Add(1)
			q.put(outgoing{frame: cast.frame, mark: cast.mark, shared: cast})
		}
		cast.Done()
		for _, q := range queues {
			batch, _ = q.take(batch[:0])
			buf = buf[:0]
			for i := range batch {
				buf, _ = sealer.Seal(buf, batch[i].frame)
				batch[i].release()
			}
		}
	}
}

// BenchmarkSlowReceiver is what a relay costs whose receiver takes nothing any more.
func BenchmarkSlowReceiver(b *testing.B) {
	for _, kind := range []struct {
		name string
		blob byte
	}{{"position", nps.BlobPosition}, {"other", 200}} {
		b.Run(kind.name, func(b *testing.B) {
			q := newQueue(1 << 20)
			packet := relay(1, kind.blob, 36)
			b.ReportAllocs()
			for b.Loop() {
				cast, err := NewBroadcast(nil, packet)
				if err != nil {
					b.Fatal(err)
				}
				q.put(outgoing{frame: cast.frame, mark: cast.mark, shared: cast})
			}
		})
	}
}
