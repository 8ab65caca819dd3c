package backup

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// world is a folder with a clock, a disk and a store that may fail.
type world struct {
	t      *testing.T
	folder string
	now    time.Time
	free   uint64
	fails  error
	// unproven is what is wrong with every copy.
	unproven error
	hook     *logtest.Hook
	log      *logrus.Logger
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, folder: filepath.Join(t.TempDir(), "backups"), now: noon, free: 1 << 40}
	w.log, w.hook = logtest.NewNullLogger()
	return w
}

func (w *world) scheduler(cfg Config) *Scheduler {
	return New(Options{
		Config: cfg, Folder: w.folder, Log: w.log, Now: func() time.Time { return w.now },
		Copy: func(f io.Writer) error {
			_, err := io.WriteString(f, "copy of "+w.now.Format(stamp))
			return errors.Join(err, w.fails)
		},
		Prove: func(path string) error {
			_, err := os.Stat(path)
			return errors.Join(err, w.unproven)
		},
		Free: func(string) (uint64, error) { return w.free, nil },
		Size: func() uint64 { return 1 << 20 },
	})
}

// fine finds nothing wrong with a copy.
func fine(string) error { return nil }

func (w *world) files() (names []string) {
	w.t.Helper()
	entries, err := os.ReadDir(w.folder)
	if !errors.Is(err, os.ErrNotExist) {
		require.NoError(w.t, err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestCopiesComeAndGo(t *testing.T) {
	w := newWorld(t)
	s := w.scheduler(Config{Every: 24 * time.Hour, Keep: 2})
	s.Tick()
	assert.Empty(t, w.files(), "not at once")
	w.now = noon.Add(10 * time.Minute)
	s.Tick()
	s.Tick()
	require.Equal(t, []string{"mcos-auto-20260501T121000Z.db"}, w.files(), "one, however often it is asked")
	text, err := os.ReadFile(filepath.Join(w.folder, w.files()[0]))
	require.NoError(t, err)
	assert.Equal(t, "copy of 20260501T121000Z", string(text))

	// Files of others stay; what a crash has left goes.
	others := []string{".mcos-auto-12.tmp.mine", "mcos-auto-20200101T000000Z.db.txt", "mcos-schema1-20010101T000000Z.db", "my own.db"}
	for _, name := range append(others, ".mcos-auto-123.tmp") {
		require.NoError(t, os.WriteFile(filepath.Join(w.folder, name), nil, 0o600))
	}
	left := filepath.Join(w.folder, ".mcos-auto-123.tmp")
	require.NoError(t, os.Chtimes(left, noon, noon))
	for day := 1; day <= 3; day++ {
		w.now = noon.Add(10*time.Minute).AddDate(0, 0, day)
		s.Tick()
	}
	assert.Equal(t, append([]string{others[0], "mcos-auto-20200101T000000Z.db.txt", "mcos-auto-20260503T121000Z.db", "mcos-auto-20260504T121000Z.db"}, others[2:]...), w.files())
}

func TestTheNextStartGoesOnFromTheLastCopy(t *testing.T) {
	w := newWorld(t)
	cfg := Config{Every: 24 * time.Hour, Keep: 7}
	s := w.scheduler(cfg)
	assert.Equal(t, noon.Add(10*time.Minute), s.Due())
	w.now = s.Due()
	s.Tick()
	made := w.now
	w.now = made.Add(5 * time.Hour)
	assert.Equal(t, made.Add(24*time.Hour), w.scheduler(cfg).Due(), "still fresh")
	w.now = made.Add(30 * time.Hour)
	assert.Equal(t, w.now.Add(10*time.Minute), w.scheduler(cfg).Due(), "overdue, and the server has just started")
	w.now = made.Add(-time.Hour)
	assert.Equal(t, w.now.Add(10*time.Minute), w.scheduler(cfg).Due(), "a copy from the future says nothing")
	assert.Equal(t, w.now.Add(time.Minute), w.scheduler(Config{Every: time.Minute, Keep: 1}).Due())

	off := w.scheduler(Config{Keep: 1})
	assert.True(t, off.Due().IsZero())
	w.now = w.now.AddDate(1, 0, 0)
	off.Tick()
	assert.Len(t, w.files(), 1)
}

func TestEnough(t *testing.T) {
	require.NoError(t, Enough(2<<20+reserve, 1<<20))
	require.ErrorIs(t, Enough(2<<20+reserve-1, 1<<20), ErrRoom)
	require.ErrorIs(t, Enough(0, 0), ErrRoom)
}

func TestFailuresLeaveNothingAndAreTriedAgain(t *testing.T) {
	w := newWorld(t)
	s := w.scheduler(Config{Every: 24 * time.Hour, Keep: 1})
	w.now = s.Due()
	w.fails = errors.New("no space left on device")
	s.Tick()
	assert.Empty(t, w.files(), "half a copy is none")
	require.Equal(t, logrus.ErrorLevel, w.hook.LastEntry().Level)
	assert.Equal(t, w.now.Add(time.Hour), s.Due())

	w.now, w.fails, w.free = s.Due(), nil, 10<<20
	s.Tick()
	assert.Empty(t, w.files())
	assert.ErrorContains(t, w.hook.LastEntry().Data[logrus.ErrorKey].(error), "only 10 MB are free")

	w.now, w.free = s.Due(), 1<<40
	s.Tick()
	assert.Len(t, w.files(), 1)

	// A copy that fails takes no older one with it.
	w.now, w.fails = s.Due(), errors.New("broken")
	s.Tick()
	assert.Len(t, w.files(), 1)
}

func TestSaveReplacesNothing(t *testing.T) {
	w := newWorld(t)
	write := func(f io.Writer) error {
		_, err := io.WriteString(f, "x")
		return err
	}
	var names []string
	for range 3 {
		path, err := Save(w.folder, ByHand, noon, write, fine)
		require.NoError(t, err)
		names = append(names, filepath.Base(path))
	}
	assert.Equal(t, []string{"mcos-manual-20260501T120000Z.db", "mcos-manual-20260501T120000Z-2.db", "mcos-manual-20260501T120000Z-3.db"}, names)
	_, err := Save(w.folder, ByHand, noon, func(io.Writer) error { return assert.AnError }, fine)
	require.ErrorIs(t, err, assert.AnError)
	assert.Len(t, w.files(), 3)
}

// Copies that end within the same second do not replace each other.
func TestSaveAtTheSameTime(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "backups")
	const copies = 20
	paths := make([]string, copies)
	var all sync.WaitGroup
	start := make(chan struct{})
	for n := range copies {
		all.Go(func() {
			<-start
			path, err := Save(folder, ByHand, noon, func(w io.Writer) error {
				_, err := io.WriteString(w, strconv.Itoa(n))
				return err
			}, fine)
			assert.NoError(t, err)
			paths[n] = path
		})
	}
	close(start)
	all.Wait()
	for n, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, strconv.Itoa(n), string(text), path)
	}
}

// What cannot be used is no copy, and drives none away.
func TestOnlyProvenCopiesCount(t *testing.T) {
	w := newWorld(t)
	s := w.scheduler(Config{Every: time.Hour, Keep: 1})
	w.now = noon.Add(10 * time.Minute)
	s.Tick()
	good := w.files()
	require.Len(t, good, 1)
	w.unproven = errors.New("damaged")
	w.now = w.now.Add(2 * time.Hour)
	s.Tick()
	assert.Equal(t, good, w.files())
	assert.Equal(t, logrus.ErrorLevel, w.hook.LastEntry().Level)
}

// The clock of a small computer comes late, jumps, or was wrong for a week. Whatever
// it says, copies go on and the latest one stays.
func TestCopiesWithAWrongClock(t *testing.T) {
	for name, jump := range map[string]time.Duration{
		"years ahead": 20 * 365 * 24 * time.Hour, "years back": -50 * 365 * 24 * time.Hour, "an hour back": -time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.now = noon.Add(jump)
			s := w.scheduler(Config{Every: time.Hour, Keep: 3})
			var latest []string
			ticks := func(n int) {
				for range n {
					w.now = w.now.Add(time.Hour)
					before := w.files()
					s.Tick()
					latest = slices.DeleteFunc(w.files(), func(f string) bool { return slices.Contains(before, f) })
					require.Len(t, latest, 1, "a copy an hour")
					require.LessOrEqual(t, len(w.files()), 3)
				}
			}
			ticks(5)
			w.now = noon // the time is set right
			s.Tick()
			ticks(5)
			for _, f := range w.files() {
				assert.Contains(t, f, "-20260501T", "only copies of the right time are left")
			}
		})
	}
}
