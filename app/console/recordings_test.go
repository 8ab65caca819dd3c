package console

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/app/console/client"
	"mcos/app/record"
)

// checkRecordings makes, reads and removes a recording through the console.
func checkRecordings(t *testing.T, c *client.Client, f *fixture) {
	t.Helper()
	ctx := t.Context()
	_, err := c.Record(ctx, record.Order{})
	assert.Equal(t, admin.Conflict, admin.KindOf(err), "no server runs")
	_, err = c.StopRecording(ctx, admin.RecordingID{})
	assert.Equal(t, admin.Conflict, admin.KindOf(err))
	none, err := c.Recordings(ctx)
	require.NoError(t, err)
	assert.Equal(t, admin.Recordings{Running: []record.Running{}, Files: []record.File{}}, none)

	log := logrus.New()
	log.SetOutput(io.Discard)
	r, err := record.New(record.Options{Dir: f.local.Dir.Sessions(), Config: record.Default(), Log: log, Now: time.Now})
	require.NoError(t, err)
	defer r.Close()
	f.local.Recorder = r
	_, err = c.Record(ctx, record.Order{Filter: record.Filter{Port: 8225}})
	assert.Equal(t, admin.Invalid, admin.KindOf(err), "no game port")
	order := record.Order{Filter: record.Filter{Persona: "Dr Brown", Port: 7003}}
	running, err := c.Record(ctx, order)
	require.NoError(t, err)
	assert.Equal(t, order, running.Order)
	all, err := c.Recordings(ctx)
	require.NoError(t, err)
	require.Len(t, all.Files, 1)
	assert.True(t, all.Files[0].Recorded)
	assert.Equal(t, admin.Conflict, admin.KindOf(c.RemoveRecording(ctx, running.ID)), "it runs")
	_, err = c.StopRecording(ctx, admin.RecordingID{ID: "another"})
	assert.Equal(t, admin.NotFound, admin.KindOf(err))
	stopped, err := c.StopRecording(ctx, admin.RecordingID{ID: running.ID})
	require.NoError(t, err)
	assert.Len(t, stopped, 1)

	var live, local bytes.Buffer
	require.NoError(t, c.Recording(ctx, running.ID, &live))
	require.NoError(t, f.local.Recording(ctx, running.ID, &local))
	assert.Equal(t, local.String(), live.String())
	assert.Contains(t, live.String(), "stopped by the operator")
	for _, id := range []string{"../mcos.yaml", "nothing"} {
		assert.Equal(t, admin.NotFound, admin.KindOf(c.Recording(ctx, id, io.Discard)), id)
		assert.Equal(t, admin.NotFound, admin.KindOf(c.RemoveRecording(ctx, id)), id)
	}
	assert.Equal(t, admin.Invalid, admin.KindOf(c.Recording(ctx, "", io.Discard)))
	require.NoError(t, c.RemoveRecording(ctx, running.ID))
	for i := range 8 {
		_, err = c.Record(ctx, record.Order{WithSecrets: i == 0})
		require.NoError(t, err)
	}
	_, err = c.Record(ctx, record.Order{})
	assert.Equal(t, admin.Conflict, admin.KindOf(err))
}
