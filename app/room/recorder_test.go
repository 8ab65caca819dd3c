package room_test

import (
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/gateway"
	"mcos/app/record"
)

// newRecorderOff is a recorder that nobody uses, as in a usual server.
func newRecorderOff(t testing.TB) func(*gateway.Options) {
	t.Helper()
	r := trafficRecorder(t)
	return func(o *gateway.Options) { o.Observer = r }
}

// newRecorderOn is one that records everything, while somebody has the console's page
// of the traffic open: it takes in all and shows the start of every half second.
func newRecorderOn(t testing.TB) func(*gateway.Options) {
	t.Helper()
	r := trafficRecorder(t)
	_, err := r.Start(record.Order{})
	require.NoError(t, err)
	live, err := r.Subscribe(record.Filter{}, 1024)
	require.NoError(t, err)
	ended := make(chan struct{})
	seen := 0
	go func() {
		defer close(ended)
		var until time.Time
		shown := 0
		for e := range live.Entries() {
			if e.Time.After(until) {
				until, shown = e.Time.Add(time.Second/2), 0
			}
			if shown++; shown <= 25 {
				_, _, _ = e.Fields() // of a message that does not fit there are fewer
			}
			seen++
		}
	}()
	t.Cleanup(func() {
		live.Close()
		<-ended
		assert.Positive(t, seen)
		if b, ok := t.(*testing.B); ok {
			b.ReportMetric(float64(r.Dropped()), "lost")
		}
	})
	return func(o *gateway.Options) { o.Observer = r }
}

func trafficRecorder(t testing.TB) *record.Recorder {
	t.Helper()
	log := logrus.New()
	log.SetOutput(io.Discard)
	r, err := record.New(record.Options{Dir: filepath.Join(t.TempDir(), "sessions"), Config: record.Default(), Log: log, Now: time.Now})
	require.NoError(t, err)
	t.Cleanup(r.Close)
	return r
}
