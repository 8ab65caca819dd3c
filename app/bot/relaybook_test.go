package bot

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/protocol/nps"
)

// relayTrial is a race of three users in which each delivery is made by hand.
type relayTrial struct {
	*relayBook
	t   *testing.T
	now time.Time
}

func newRelayTrial(t *testing.T) *relayTrial {
	r := &relayTrial{t: t, now: time.Unix(1000, 0)}
	r.relayBook = newRelayBook(0x1985, func() time.Time { return r.now })
	for user := uint32(1); user <= 3; user++ {
		r.join(user)
	}
	return r
}

const toAllButMe = 0x97

// says sends a position of a user and returns the blob.
func (r *relayTrial) says(user uint32, to ...uint32) []byte {
	return r.send(user, relayOpcode(len(to)), to, func(s stamp) []byte {
		return AppendPosition(nil, 64, Position{Spin: s.bytes(), Turn: [4]float64{0, 0, 0, 1}})
	})
}

func (r *relayTrial) totals() RelayTotals {
	t, _, _ := r.close()
	return t
}

func TestRelaysFaultless(t *testing.T) {
	r := newRelayTrial(t)
	for range 5 {
		blob := r.says(1)
		n, _ := r.due(2)
		assert.Equal(t, 1, n)
		r.now = r.now.Add(time.Millisecond)
		r.receive(2, toAllButMe, 1, blob)
		r.receive(3, toAllButMe, 1, blob)
	}
	r.receive(3, nps.RelaySingle.Number, 2, r.says(2, 3))
	list := r.says(2, 1, 3)
	r.receive(3, nps.RelayList.Number, 2, list)
	r.receive(1, nps.RelayList.Number, 2, list)
	total, problems, delays := r.close()
	assert.Equal(t, RelayTotals{Expected: 13, Delivered: 13}, total)
	assert.True(t, total.Faultless())
	assert.Empty(t, problems)
	assert.Equal(t, time.Millisecond, percentile(delays, 50))
	assert.Zero(t, percentile(nil, 99))
}

// Whatever can go wrong is found, and nothing else is reported with it.
func TestRelayFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		happens func(r *relayTrial)
		want    RelayTotals
		told    string
	}{
		"twice": {func(r *relayTrial) {
			b := r.says(1, 2)
			r.receive(2, nps.RelaySingle.Number, 1, b)
			r.receive(2, nps.RelaySingle.Number, 1, b)
		}, RelayTotals{Expected: 1, Delivered: 1, Duplicates: 1}, "user 2 got number 0 of user 1 2 times"},
		"a gap": {func(r *relayTrial) {
			r.says(1, 2)
			r.receive(2, nps.RelaySingle.Number, 1, r.says(1, 2))
			r.says(1, 2)
		}, RelayTotals{Expected: 3, Delivered: 1, Missing: 2}, "user 2 lacks 2 of 3 from user 1, first number 0"},
		"one receiver of two": {func(r *relayTrial) {
			r.receive(2, toAllButMe, 1, r.says(1))
		}, RelayTotals{Expected: 2, Delivered: 1, Missing: 1}, "user 3 lacks 1 of 1 from user 1, first number 0"},
		"overtaking": {func(r *relayTrial) {
			a, b := r.says(1, 2), r.says(1, 2)
			r.receive(2, nps.RelaySingle.Number, 1, b)
			r.receive(2, nps.RelaySingle.Number, 1, a)
		}, RelayTotals{Expected: 2, Delivered: 2, OutOfOrder: 1}, "user 2 got number 0 of user 1 after number 1"},
		"a stranger": {func(r *relayTrial) {
			other := newRelayBook(0x1985, time.Now)
			other.join(9)
			r.receive(2, toAllButMe, 9, other.send(9, toAllButMe, nil, func(s stamp) []byte { return AppendPosition(nil, 0, Position{Spin: s.bytes()}) }))
		}, RelayTotals{Foreign: 1}, "user 2 got data of user 9, who is not in the race"},
		"another race": {func(r *relayTrial) {
			other := newRelayBook(0x1955, time.Now)
			r.receive(2, toAllButMe, 1, other.send(1, toAllButMe, nil, func(s stamp) []byte { return AppendPosition(nil, 0, Position{Spin: s.bytes()}) }))
		}, RelayTotals{Foreign: 1}, "user 2 got data of user 1 from race 6485"},
		"for somebody else": {func(r *relayTrial) {
			b := r.says(1, 3)
			r.receive(3, nps.RelaySingle.Number, 1, b)
			r.receive(2, nps.RelaySingle.Number, 1, b)
		}, RelayTotals{Expected: 1, Delivered: 1, Foreign: 1}, "user 2 got number 0 of user 1, which was not for him"},
		"an echo": {func(r *relayTrial) {
			b := r.says(1, 2)
			r.receive(2, nps.RelaySingle.Number, 1, b)
			r.receive(1, nps.RelaySingle.Number, 1, b)
		}, RelayTotals{Expected: 1, Delivered: 1, Foreign: 1}, "user 1 got number 0 of user 1, which was not for him"},
		"another opcode": {func(r *relayTrial) {
			r.receive(2, toAllButMe, 1, r.says(1, 2))
		}, RelayTotals{Expected: 1, Missing: 1, Altered: 1}, "number 0 of user 1 was changed on its way to user 2"},
		"a flipped bit": {func(r *relayTrial) {
			b := append([]byte(nil), r.says(1, 2)...)
			b[2] ^= 1
			r.receive(2, nps.RelaySingle.Number, 1, b)
		}, RelayTotals{Expected: 1, Missing: 1, Altered: 1}, "number 0 of user 1 was changed on its way to user 2"},
		"the filter left in": {func(r *relayTrial) {
			r.receive(2, nps.RelaySingle.Number, 1, append([]byte{0, 0, 0, 2}, r.says(1, 2)...))
		}, RelayTotals{Expected: 1, Missing: 1, Foreign: 1}, "user 2 got data of user 1 from race "},
		"cut short": {func(r *relayTrial) {
			r.receive(2, nps.RelaySingle.Number, 1, r.says(1, 2)[:20])
		}, RelayTotals{Expected: 1, Missing: 1, Altered: 1}, "user 2 got 20 bytes of user 1 without a stamp"},
		"never sent": {func(r *relayTrial) {
			r.receive(2, toAllButMe, 1, AppendPosition(nil, 0, Position{Spin: stamp{7, 0x1985}.bytes()}))
		}, RelayTotals{Altered: 1}, "user 2 got number 7 of user 1, who has sent 0"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRelayTrial(t)
			tc.happens(r)
			total, problems, _ := r.close()
			assert.Equal(t, tc.want, total)
			assert.False(t, total.Faultless())
			require.NotEmpty(t, problems)
			assert.Contains(t, problems[0], tc.told)
		})
	}
}

// What a broken connection has swallowed is nobody's fault, but doubles and disorder are.
func TestRelaysAfterDrop(t *testing.T) {
	r := newRelayTrial(t)
	a, b := r.says(1), r.says(1)
	r.receive(2, toAllButMe, 1, a)
	r.receive(2, toAllButMe, 1, b)
	r.receive(3, toAllButMe, 1, b)
	n, changed := r.due(3)
	assert.Equal(t, 1, n)
	r.lose(3)
	<-changed
	n, _ = r.due(3)
	assert.Zero(t, n)
	assert.Equal(t, RelayTotals{Expected: 2, Delivered: 2, Unsure: 2}, r.totals())
	r.receive(3, toAllButMe, 1, a)
	assert.Equal(t, 1, r.totals().OutOfOrder)
	r.receive(3, toAllButMe, 1, a)
	assert.Equal(t, 1, r.totals().Duplicates)
}

func TestRelayProblemsAreBounded(t *testing.T) {
	r := newRelayTrial(t)
	for range 3 * maxRelayProblems {
		r.receive(2, toAllButMe, 9, nil)
	}
	total, problems, _ := r.close()
	assert.Equal(t, 3*maxRelayProblems, total.Foreign)
	assert.Len(t, problems, maxRelayProblems)
}

func TestStampOfOtherBlobs(t *testing.T) {
	blob := setupBlob(newRandom())(stamp{0x01020304, 0x0506})
	assert.Len(t, blob, setupSize)
	assert.Equal(t, byte(blobSyncSetup), blob[0])
	s, ok := readStamp(blob)
	assert.True(t, ok)
	assert.Equal(t, stamp{0x01020304, 0x0506}, s)
	for n := range 7 {
		_, ok := readStamp(make([]byte, n))
		assert.False(t, ok, fmt.Sprint(n))
	}
}
