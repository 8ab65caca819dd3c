package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
	"mcos/storage/storagetest"
	"mcos/storage/storagetest/failpoint"
)

// crashSteps is how far the helper process plays when nothing stops it.
const crashSteps = 13

// soak tells whether the long form of the crash tests is wanted.
func soak() bool { return os.Getenv("MCOS_SOAK") != "" }

// helpPlay plays the steps and says so after each one. At a given write it kills
// itself, or, with a delay, some time after it while it plays on.
func helpPlay() error {
	s, err := Open(Options{Path: os.Getenv("MCOS_HELPER_PATH")})
	if err != nil {
		return err
	}
	at, err := strconv.Atoi(os.Getenv("MCOS_HELPER_AT"))
	if err != nil {
		return err
	}
	when := failpoint.Before
	if os.Getenv("MCOS_HELPER_WHEN") == failpoint.After.String() {
		when = failpoint.After
	}
	fail := failpoint.Kill
	if text := os.Getenv("MCOS_HELPER_DELAY"); text != "" {
		delay, err := time.ParseDuration(text)
		if err != nil {
			return err
		}
		fail = func() error {
			go killLater(delay)
			return nil
		}
	}
	wrapped := failpoint.FailAt(s, at, when, fail)
	for n := 1; n <= crashSteps; n++ {
		if err := wrapped.Update(func(tx storage.Tx) error { return storagetest.Step(tx, n) }); err != nil {
			return err
		}
		fmt.Println(n)
	}
	return s.Close()
}

// killLater is busy for a while, since sleeping is too coarse to end inside a
// commit, and ends the process.
func killLater(delay time.Duration) {
	for start := time.Now(); time.Since(start) < delay; {
	}
	_ = failpoint.Kill()
}

// helpCreate kills itself while it creates a store.
func helpCreate() error {
	delay, err := time.ParseDuration(os.Getenv("MCOS_HELPER_DELAY"))
	if err != nil {
		return err
	}
	go killLater(delay)
	s, err := Open(Options{Path: os.Getenv("MCOS_HELPER_PATH")})
	if err != nil {
		return err
	}
	return s.Close()
}

// runHelper runs this test binary as a helper and returns what it printed. The
// helper may be killed; any other failure fails the test.
func runHelper(t *testing.T, env ...string) (lines []string, killed bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && !exit.Exited() {
		killed, err = true, nil
	}
	require.NoError(t, err, stderr.String())
	return strings.Fields(string(out)), killed
}

// history is what the steps do when nothing goes wrong.
type history struct {
	states  []storagetest.State // after so many steps
	commits []int               // number of the write that is the commit of step i+1
}

func playHistory(t *testing.T) history {
	inner := mustOpen(t, tempPath(t))
	counter := failpoint.FailAt(inner, 0, failpoint.Before, nil)
	h := history{states: []storagetest.State{stateOf(t, inner)}}
	for n := 1; n <= crashSteps; n++ {
		play(t, counter, n, n)
		h.states = append(h.states, stateOf(t, inner))
		h.commits = append(h.commits, counter.Writes())
	}
	return h
}

// stepsAfter returns how many steps are on disk when the process dies at a write.
func (h history) stepsAfter(write int, when failpoint.When) int {
	steps := 0
	for _, commit := range h.commits {
		if commit < write || commit == write && when == failpoint.After {
			steps++
		}
	}
	return steps
}

// reopened checks a store after a crash and returns how many steps are in it.
func reopened(t *testing.T, h history, path string) int {
	t.Helper()
	s, err := Open(Options{Path: path})
	require.NoError(t, err)
	require.NoError(t, s.Verify())
	state := stateOf(t, s)
	steps, _ := strconv.Atoi(state.Blobs[storagetest.StepBlob]) // 0 without a blob
	require.Less(t, steps, len(h.states))
	require.Equal(t, h.states[steps], state, "neither more nor less than %d steps", steps)
	if steps < crashSteps {
		play(t, s, steps+1, steps+1) // the game goes on
	}
	require.NoError(t, s.Verify())
	require.NoError(t, s.Close())
	onlyFiles(t, filepath.Dir(path), filepath.Base(path))
	return steps
}

// A process that is killed at a write leaves exactly what was committed.
func TestCrashAtWrite(t *testing.T) {
	h := playHistory(t)
	last := h.commits[crashSteps-1]
	type point struct {
		at   int
		when failpoint.When
	}
	var points []point
	if soak() {
		for at := 1; at <= last; at++ {
			points = append(points, point{at, failpoint.Before}, point{at, failpoint.After})
		}
	} else {
		points = []point{
			{1, failpoint.Before}, {h.commits[0], failpoint.Before}, {h.commits[0], failpoint.After},
			{h.commits[1] - 10, failpoint.After}, {h.commits[1], failpoint.Before}, {h.commits[1], failpoint.After},
			{h.commits[2] - 1, failpoint.Before}, {last, failpoint.Before}, {last, failpoint.After},
		}
	}
	for _, p := range points {
		t.Run(fmt.Sprintf("%s-%d", p.when, p.at), func(t *testing.T) {
			path := tempPath(t)
			acked, killed := runHelper(t, helperEnv+"=play", "MCOS_HELPER_PATH="+path,
				fmt.Sprint("MCOS_HELPER_AT=", p.at), fmt.Sprint("MCOS_HELPER_WHEN=", p.when))
			require.True(t, killed, "the helper must die, got as far as %v", acked)
			want := h.stepsAfter(p.at, p.when)
			assert.Equal(t, want, reopened(t, h, path))
			if p.when == failpoint.Before {
				assert.Len(t, acked, want)
			}
		})
	}
}

// A process that is killed inside a commit leaves the state before or after it,
// and never loses what it had been told was safe.
func TestCrashInsideCommit(t *testing.T) {
	h := playHistory(t)
	delays := []time.Duration{0, 200 * time.Microsecond, 2 * time.Millisecond}
	if soak() {
		for d := time.Duration(0); d < 20*time.Millisecond; d += 50 * time.Microsecond {
			delays = append(delays, d)
		}
	}
	for _, delay := range delays {
		t.Run(delay.String(), func(t *testing.T) {
			path := tempPath(t)
			acked, _ := runHelper(t, helperEnv+"=play", "MCOS_HELPER_PATH="+path,
				fmt.Sprint("MCOS_HELPER_AT=", h.commits[1]), "MCOS_HELPER_WHEN=before", fmt.Sprint("MCOS_HELPER_DELAY=", delay))
			steps := reopened(t, h, path)
			assert.GreaterOrEqual(t, steps, len(acked))
			assert.LessOrEqual(t, steps, len(acked)+1)
		})
	}
}

// A process that is killed while it creates a store leaves none or an empty one.
func TestCrashDuringCreation(t *testing.T) {
	h := playHistory(t)
	delays := []time.Duration{0, time.Millisecond, 5 * time.Millisecond}
	if soak() {
		for d := time.Duration(0); d < 30*time.Millisecond; d += 100 * time.Microsecond {
			delays = append(delays, d)
		}
	}
	for _, delay := range delays {
		t.Run(delay.String(), func(t *testing.T) {
			path := tempPath(t)
			runHelper(t, helperEnv+"=create", "MCOS_HELPER_PATH="+path, fmt.Sprint("MCOS_HELPER_DELAY=", delay))
			assert.Zero(t, reopened(t, h, path))
		})
	}
}
