package gateway

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/limits"
)

func TestConnectionsAreListed(t *testing.T) {
	f := newFixture(t, limits.Config{}, nil)
	assert.Empty(t, f.server.Connections())
	c, idle := f.dial(), f.dial()
	_, err := c.Write(frame(hello.Message, &text{"Marty"}, 0))
	require.NoError(t, err)
	receive(t, c, 0)
	require.Eventually(t, func() bool {
		list := f.server.Connections() // the counts follow the bytes
		return len(list) == 2 && list[0].Sent+list[1].Sent == 1
	}, 20*time.Second, time.Millisecond)
	list := f.server.Connections()
	busy := list[0]
	if busy.Received == 0 {
		busy = list[1]
	}
	assert.Less(t, list[0].ID, list[1].ID)
	assert.Equal(t, "toy", busy.Service)
	assert.Equal(t, 1, busy.Port)
	assert.Equal(t, "203.0.113.1", busy.Remote.String())
	assert.EqualValues(t, 1, busy.Received)
	assert.EqualValues(t, 1, busy.Sent)
	assert.EqualValues(t, len(frame(hello.Message, &text{"Marty"}, 0)), busy.BytesIn)
	assert.Zero(t, busy.Queued+busy.Waiting)
	assert.Empty(t, busy.Persona, "nobody has sat down")

	assert.Zero(t, f.server.Kick("out", func(*Conn) bool { return false }))
	assert.Equal(t, 1, f.server.Kick("out", func(k *Conn) bool { return k.ID() == busy.ID }))
	ended(t, c)
	require.Eventually(t, func() bool { return len(f.server.Connections()) == 1 }, 20*time.Second, time.Millisecond)
	_ = idle.Close()
	assert.Contains(t, f.stop(), "out")
}

func TestUnknownMessagesAreCountedByNumberUpToABound(t *testing.T) {
	f := newFixture(t, limits.Config{}, nil)
	c := f.dial()
	unknown := *hello.Message
	for n := range maxTallied + 10 {
		unknown.Number = uint16(1000 + n)
		_, err := c.Write(frame(&unknown, &text{"x"}, 0))
		require.NoError(t, err)
		receive(t, c, 0)
	}
	counts := f.server.Counts()
	assert.Len(t, counts, maxTallied)
	assert.Equal(t, Count{Service: "toy", Number: 1000, Count: 1}, counts[0])
	assert.EqualValues(t, maxTallied+10, f.server.Stats().Unknown)
}
