package record

import (
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/gateway"
	"mcos/app/record/tape"
)

func quietRecorder(t *testing.T) *Recorder {
	t.Helper()
	log := logrus.New()
	log.SetOutput(io.Discard)
	r, err := New(Options{Dir: filepath.Join(t.TempDir(), "sessions"), Config: Default(), Log: log, Now: time.Now})
	require.NoError(t, err)
	t.Cleanup(r.Close)
	return r
}

// A full disk ends the recordings that cannot be written and nothing else: the list of
// what runs is asked for at any time.
func TestRunningWhenSomeCannotBeWritten(t *testing.T) {
	for _, broken := range [][]int{{0}, {1}, {0, 1}, {0, 2}, {0, 1, 2}} {
		r := quietRecorder(t)
		var ids []string
		for range 3 {
			running, err := r.Start(Order{})
			require.NoError(t, err)
			ids = append(ids, running.ID)
		}
		require.NoError(t, r.do(func() {
			for _, n := range broken {
				r.recordings[n].note(time.Now(), "something to write")
				require.NoError(t, r.recordings[n].file.Close())
			}
		}))
		list, err := r.Running()
		require.NoError(t, err)
		var got []string
		for _, running := range list {
			got = append(got, running.ID)
		}
		for n, id := range ids {
			assert.Equal(t, !slices.Contains(broken, n), slices.Contains(got, id), "%v: %d", broken, n)
		}
		again, err := r.Running()
		require.NoError(t, err)
		assert.Equal(t, list, again)
	}
}

// Web requests count with all their text: a slow disk must not let them fill the memory.
func TestQueueCountsWebText(t *testing.T) {
	var q queue
	text := []Piece{{Text: strings.Repeat("x", 1<<20)}}
	kept := 0
	for range 2 * queueBytes >> 20 {
		if q.put(&event{kind: tape.In, web: &exchange{Exchange: Exchange{Request: text, Answer: text}}}) {
			kept++
		}
	}
	assert.Equal(t, queueBytes>>21, kept)
	assert.Len(t, q.take(nil), kept)
	assert.True(t, q.put(&event{kind: tape.In, data: make([]byte, queueBytes)}), "what was taken counts no more")
}

// Who has not logged in yet may send what he likes; little of it waits for a recording
// of one driver.
func TestWaitingForALoginIsBounded(t *testing.T) {
	rec := &recording{order: Order{Filter: Filter{Persona: "Doc"}}, conns: map[string]*seen{}}
	e := tape.Entry{Type: tape.In, Conn: "c1", Data: make([]byte, 10<<10)}
	for range maxWaits {
		require.NoError(t, rec.add(&e, &gateway.Conn{}, &source{}))
	}
	assert.Len(t, rec.conns["c1"].waits, maxWaitBytes/len(e.Data))
	e.Data = nil
	for range 2 * maxWaits {
		require.NoError(t, rec.add(&e, &gateway.Conn{}, &source{}))
	}
	assert.Len(t, rec.conns["c1"].waits, maxWaits)
}
