package room_test

import (
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/room"
	"mcos/protocol/nps"
	"mcos/protocol/wire"
)

// crowd are users of one port.
func (f *fixture) crowd(n, port int) []*user {
	f.T.Helper()
	users := make([]*user, n)
	for i := range users {
		users[i] = f.user(fmt.Sprintf("P%d", i), port)
	}
	return users
}

// heard counts the messages that users have got for what they have sent so far. The
// answer to a question proves that what the user asked before has been done, and
// after a second one by everybody nothing can be on its way any more.
func heard(users ...*user) (messages int) {
	for range 2 {
		for _, u := range users {
			u.T.Helper()
			u.SendPlain(nps.Heartbeat.With(&wire.Empty{}))
			for u.Next().Number != nps.Heartbeat.Number {
				messages++
			}
		}
	}
	return messages
}

// A crowd that comes and goes costs the notices that the protocol demands and
// nothing more: a newcomer to a chat room is granted, and announced once to each of
// those who are in; who leaves has his answer, and nobody is told (DECISIONS 3).
func TestCrowdCostsItsNoticesOnly(t *testing.T) {
	const n = 60
	cases := map[string]struct {
		push bool
		join int
	}{
		"newcomers announced":     {true, n + n*(n+1)/2},
		"newcomers not announced": {false, n},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(c *room.Config) { c.ChatRoomJoinPush = tc.push })
			users := f.crowd(n, 9001)
			regular := f.user("Xena", 9001)
			regular.chat()
			all := append(users[:n:n], regular)
			for range 2 { // a crowd that comes again costs the same
				for _, u := range users {
					u.Send(u.channelRequest(2, "LOBBY"))
				}
				assert.Equal(t, tc.join, heard(all...), "joining")
				for _, u := range users {
					u.Send(nps.CloseChannel.With(&nps.CommBody{Comm: 2}))
				}
				assert.Equal(t, n, heard(all...), "leaving")
			}
			for _, u := range users {
				u.Send(u.channelRequest(2, "LOBBY"))
			}
			heard(all...)
			for _, u := range users {
				require.NoError(t, u.Conn.Close())
			}
			f.awaitPopulation(9001, 1)
			assert.Zero(t, heard(regular), "vanishing")
		})
	}
}

// In a race room, which holds six, the newcomer learns of everybody and everybody of
// him; who leaves is announced with the new ready list (nps-lobby-rooms 6.4, 9.1).
func TestRaceRoomCostsItsNoticesOnly(t *testing.T) {
	f := newFixture(t)
	users := f.crowd(6, 9001)
	host, guests := users[0], users[1:]
	host.host(500, "Race")
	for range 2 {
		for _, u := range guests {
			u.Send(u.channelRequest(500, "Race"))
		}
		// To the newcomer the grant, himself and those who are in; to each of those the
		// newcomer.
		assert.Equal(t, 5*2+2*(1+2+3+4+5), heard(users...), "joining")
		for _, u := range guests {
			u.Send(nps.CloseChannel.With(&nps.CommBody{Comm: 500}))
		}
		// To the leaver his answer; to each of those who stay that he left and the list.
		assert.Equal(t, 5+2*(5+4+3+2+1), heard(users...), "leaving")
	}
}

// awaitPopulation waits until the server has noticed that others have left a port.
func (f *fixture) awaitPopulation(port, n int) {
	f.T.Helper()
	require.Eventually(f.T, func() bool { return f.room.Population(port) == n }, 20*time.Second, time.Millisecond)
}

// BenchmarkCrowd lets a hundred players join the LOBBY and leave it again, everybody
// at once: how long one join and leave takes until all have what they are told, and
// how many messages that is (51.5 on average: granted, closed, and an announcement to
// each who is in).
func BenchmarkCrowd(b *testing.B) {
	const n = 100
	f := newFixture(b)
	users := f.crowd(n, 9001)
	t := tally{wake: make(chan struct{}, 1)}
	for _, u := range users {
		require.NoError(b, u.Conn.SetDeadline(time.Time{}))
		go t.count(u.Conn)
	}
	rounds := 0
	for b.Loop() {
		for _, u := range users {
			u.Send(u.channelRequest(2, "LOBBY"))
		}
		t.await(rounds*(2*n+n*(n-1)/2) + n + n*(n-1)/2)
		for _, u := range users {
			u.Send(nps.CloseChannel.With(&nps.CommBody{Comm: 2}))
		}
		rounds++
		t.await(rounds * (2*n + n*(n-1)/2))
	}
	joins := float64(rounds * n)
	b.ReportMetric(float64(t.messages.Load())/joins, "messages/join")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1000/joins, "µs/join")
}

// tally counts the messages that come to many clients, without reading them.
type tally struct {
	messages atomic.Int64
	wake     chan struct{} // holds one token when there are more than before
}

func (t *tally) await(messages int) {
	for t.messages.Load() < int64(messages) {
		<-t.wake
	}
}

// count counts until the connection ends.
func (t *tally) count(conn net.Conn) {
	opener := nps.NewLobbyClientOpener(1<<16 - 1)
	buf := make([]byte, 0, 16<<10)
	for {
		n, err := conn.Read(buf[len(buf):cap(buf)])
		if err != nil {
			return
		}
		buf = buf[:len(buf)+n]
		used := 0
		for {
			size, err := opener.Size(buf[used:])
			if err != nil || size == 0 || size > len(buf)-used {
				break
			}
			used += size
			t.messages.Add(1)
		}
		buf = buf[:copy(buf, buf[used:])]
		select {
		case t.wake <- struct{}{}:
		default:
		}
	}
}
