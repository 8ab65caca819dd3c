package record

import (
	"io"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/record/tape"
)

// A full queue takes nothing more, except the ends of connections.
func TestQueueIsBounded(t *testing.T) {
	var q queue
	for range queueEvents {
		require.True(t, q.put(&event{kind: tape.In}))
	}
	assert.False(t, q.put(&event{kind: tape.In}))
	assert.True(t, q.put(&event{kind: tape.Disconnect}))
	assert.Len(t, q.take(nil), queueEvents+1)

	big := make([]byte, queueBytes/2)
	assert.True(t, q.put(&event{kind: tape.In, data: big}))
	assert.True(t, q.put(&event{kind: tape.Out, data: big}))
	assert.False(t, q.put(&event{kind: tape.In, data: []byte{1}}))
	assert.Len(t, q.take(nil), 2)
	assert.True(t, q.put(&event{kind: tape.In, data: big}), "there is room again")
}

// What was dropped is said in the recording, and a file that cannot be written ends the
// recording, not the server.
func TestTrouble(t *testing.T) {
	log := logrus.New()
	log.SetOutput(io.Discard)
	r, err := New(Options{Dir: t.TempDir(), Config: Default(), Log: log, Now: time.Now})
	require.NoError(t, err)
	defer r.Close()
	running, err := r.Start(Order{})
	require.NoError(t, err)
	r.dropped.Add(7)
	require.NoError(t, r.do(r.flush))
	_, err = r.Stop("")
	require.NoError(t, err)
	f, err := r.Folder().Open(running.ID)
	require.NoError(t, err)
	defer f.Close()
	text, err := io.ReadAll(f)
	require.NoError(t, err)
	assert.Contains(t, string(text), "7 messages are missing here")

	_, err = r.Start(Order{WithSecrets: true})
	require.NoError(t, err)
	assert.True(t, r.secrets.Load())
	require.NoError(t, r.do(func() {
		rec := r.recordings[0]
		_ = rec.file.Close() // the disk is gone
		rec.note(time.Now(), "lost")
		r.flush()
	}))
	list, err := r.Running()
	require.NoError(t, err)
	assert.Empty(t, list)
	assert.False(t, r.Watching())
	assert.False(t, r.secrets.Load())
}
