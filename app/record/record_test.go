package record_test

import (
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/apptest"
	"mcos/app/gateway"
	"mcos/app/record"
	"mcos/app/record/tape"
	"mcos/protocol/mcots"
	"mcos/protocol/wire"
)

func newRecorder(t testing.TB, adjust func(*record.Options)) *record.Recorder {
	t.Helper()
	log := logrus.New()
	log.SetOutput(io.Discard)
	o := record.Options{Dir: filepath.Join(t.TempDir(), "sessions"), Config: record.Default(), Log: log, Now: time.Now}
	if adjust != nil {
		adjust(&o)
	}
	r, err := record.New(o)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	return r
}

// talk runs a small transaction service and returns a client of it.
func talk(t testing.TB, r *record.Recorder) (*apptest.World, *apptest.Client) {
	t.Helper()
	w := apptest.NewWorld(t, func(o *gateway.Options) { o.Observer = r })
	rows := []gateway.Row{gateway.On(mcots.MsgTracking, gateway.Connected, func(*gateway.Call, *mcots.Tracking) error { return nil })}
	addr := w.Serve(gateway.MCOTSPort(gateway.DefaultMCOTS(), rows, gateway.Timeouts{}))
	return w, apptest.Dial(t, addr, mcots.NewOpener(mcots.MaxFrame), mcots.NewSealer())
}

func track(t testing.TB, c *apptest.Client, text string) {
	t.Helper()
	c.Send(mcots.MsgTracking.With(&mcots.Tracking{Text: text}))
}

func next(t testing.TB, s *record.Subscription) tape.Entry {
	t.Helper()
	select {
	case e, open := <-s.Entries():
		require.True(t, open, "the subscription has ended")
		return e
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came")
		return tape.Entry{}
	}
}

func TestSubscribe(t *testing.T) {
	r := newRecorder(t, nil)
	assert.False(t, r.Watching(), "nobody looks")
	s, err := r.Subscribe(record.Filter{Port: 43300, Number: 440}, 10)
	require.NoError(t, err)
	assert.True(t, r.Watching())
	other, err := r.Subscribe(record.Filter{Port: 7003}, 10)
	require.NoError(t, err)

	_, c := talk(t, r)
	assert.Equal(t, tape.Connect, next(t, s).Type)
	track(t, c, "Garage")
	e := next(t, s)
	assert.Equal(t, "MC_TRACKING_MSG", e.Name)
	_, fields, err := e.Fields()
	require.NoError(t, err)
	assert.Equal(t, "Garage", fields[1].Data)

	s.Close()
	s.Close()
	_, open := <-s.Entries()
	assert.False(t, open)
	assert.Empty(t, other.Entries())
	r.Close()
	_, open = <-other.Entries()
	assert.False(t, open, "the end of the recorder ends everything")
	_, err = r.Start(record.Order{})
	require.ErrorIs(t, err, record.ErrClosed)
}

func TestSlowSubscriberLosesAndCounts(t *testing.T) {
	r := newRecorder(t, nil)
	slow, err := r.Subscribe(record.Filter{Number: 440}, 1)
	require.NoError(t, err)
	all, err := r.Subscribe(record.Filter{Number: 440}, 100)
	require.NoError(t, err)
	_, c := talk(t, r)
	for range 20 {
		track(t, c, "again")
	}
	for range 21 {
		next(t, all)
	}
	assert.EqualValues(t, 20, slow.Dropped())
	assert.Zero(t, all.Dropped())
}

// What is unknown may be anything, so it is hidden until the login.
func TestUnknownBeforeLoginIsHidden(t *testing.T) {
	r := newRecorder(t, nil)
	s, err := r.Subscribe(record.Filter{Number: 60000}, 10)
	require.NoError(t, err)
	_, c := talk(t, r)
	assert.Equal(t, tape.Connect, next(t, s).Type)
	c.SendFrame(wire.Frame{Number: 60000, Body: []byte("my password"), Seq: 1})
	e := next(t, s)
	assert.Empty(t, e.Name)
	assert.Equal(t, []string{"body"}, e.Masked)
	assert.Equal(t, make([]byte, 11), e.Data[e.Body:])
}

// A recording that begins late introduces the connections that are there.
func TestLateRecording(t *testing.T) {
	r := newRecorder(t, nil)
	watch, err := r.Subscribe(record.Filter{Number: 440}, 10)
	require.NoError(t, err)
	_, c := talk(t, r)
	next(t, watch)
	running, err := r.Start(record.Order{})
	require.NoError(t, err)
	track(t, c, "late")
	next(t, watch)
	list, err := r.Running()
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.EqualValues(t, 1, list[0].Messages)

	// It is readable while it grows.
	text, err := os.ReadFile(filepath.Join(string(r.Folder()), running.ID+".json"))
	require.NoError(t, err)
	entries, cut, err := tape.ReadAll(text)
	require.NoError(t, err)
	assert.True(t, cut)
	require.Len(t, entries, 2)
	assert.Equal(t, tape.Connect, entries[0].Type)
	assert.NotEmpty(t, entries[0].Text)
	var counter record.Counter
	for i := range entries {
		counter.Add(&entries[i])
	}
	sum := counter.Summary(cut)
	assert.Equal(t, 1, sum.Messages)
	assert.Equal(t, 1, sum.Connections)
	files, err := r.Files()
	require.NoError(t, err)
	require.Len(t, files, 1)
	assert.True(t, files[0].Recorded)
}

func TestOrdersAndIDs(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := newRecorder(t, func(o *record.Options) { o.Now = func() time.Time { return now } })
	var ids []string
	for i := range 8 {
		running, err := r.Start(record.Order{WithSecrets: i == 2})
		require.NoError(t, err)
		ids = append(ids, running.ID)
	}
	assert.Equal(t, []string{"20260102-030405", "20260102-030405-2", "20260102-030405-3-secrets"}, ids[:3])
	_, err := r.Start(record.Order{})
	require.ErrorIs(t, err, record.ErrTooMany)
	stopped, err := r.Stop(ids[1])
	require.NoError(t, err)
	require.Len(t, stopped, 1)
	stopped, err = r.Stop("nonsense")
	require.NoError(t, err)
	assert.Empty(t, stopped)
	stopped, err = r.Stop("")
	require.NoError(t, err)
	assert.Len(t, stopped, 7)
	assert.False(t, r.Watching())

	for _, id := range []string{"", "../mcos", "a/b", ".hidden", "20260102-030405-99"} {
		_, err := r.Folder().Open(id)
		require.ErrorIs(t, err, record.ErrUnknown, id)
		require.ErrorIs(t, r.Folder().Remove(id), record.ErrUnknown, id)
	}
	require.NoError(t, r.Folder().Remove(ids[0]))
	none, err := record.Folder(filepath.Join(t.TempDir(), "missing")).Files()
	require.NoError(t, err)
	assert.Empty(t, none)
}

// A folder that cannot be written is an error of the start, not of the server.
func TestFolderThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	r := newRecorder(t, func(o *record.Options) { o.Dir = file })
	_, err := r.Start(record.Order{})
	require.Error(t, err)
	assert.False(t, r.Watching())
}

// The recorder never holds up the game: when it cannot keep up it drops.
func TestManyAtOnce(t *testing.T) {
	r := newRecorder(t, nil)
	_, err := r.Start(record.Order{})
	require.NoError(t, err)
	w, _ := talk(t, r)
	addr := w.Serve(gateway.MCOTSPort(gateway.DefaultMCOTS(), nil, gateway.Timeouts{}))
	var wg sync.WaitGroup
	for range 8 {
		c := apptest.Dial(t, addr, mcots.NewOpener(mcots.MaxFrame), mcots.NewSealer())
		wg.Go(func() {
			for range 50 {
				if _, err := c.Conn.Write([]byte("\x0b\x00TOMC\x01\x00\x00\x00\x00\xff\xff")); err != nil {
					return // refused and closed, as it should be
				}
			}
		})
	}
	wg.Wait()
	list, err := r.Stop("")
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Zero(t, r.Dropped(), "this little fits the queue")
}
