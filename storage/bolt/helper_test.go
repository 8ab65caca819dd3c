package bolt

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
	"mcos/storage/storagetest"
)

// helperEnv makes the test binary run as a helper process: its value names what
// to do, the other MCOS_HELPER variables say with what.
const helperEnv = "MCOS_HELPER"

// helpers are the things to do.
var helpers = map[string]func() error{
	"play":   helpPlay,
	"create": helpCreate,
	"hold":   helpHold,
}

func TestMain(m *testing.M) {
	name := os.Getenv(helperEnv)
	if name == "" {
		os.Exit(m.Run())
	}
	if err := helpers[name](); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}

// helpHold holds a store open until its standard input ends.
func helpHold() error {
	s, err := Open(Options{Path: os.Getenv("MCOS_HELPER_PATH")})
	if err != nil {
		return err
	}
	fmt.Println("open")
	if _, err := os.Stdin.Read(make([]byte, 1)); err == nil {
		return fmt.Errorf("standard input should just end")
	}
	return s.Close()
}

// tempPath names a store in a new folder.
func tempPath(t testing.TB) string { return filepath.Join(t.TempDir(), "mcos.db") }

// fast are the options of stores whose survival of a power cut does not matter.
func fast(path string) Options {
	return Options{Path: path, NoSync: true, Timeout: time.Millisecond, Now: fixedNow}
}

func fixedNow() time.Time {
	return time.Date(2003, 8, 29, 3, 4, 5, 0, time.FixedZone("", 2*3600))
}

// mustOpen opens a store and closes it at the end of the test.
func mustOpen(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(fast(path))
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// play plays the steps from to to.
func play(t testing.TB, s storage.Store, from, to int) {
	t.Helper()
	for n := from; n <= to; n++ {
		require.NoError(t, s.Update(func(tx storage.Tx) error { return storagetest.Step(tx, n) }), "step %d", n)
	}
}

// made makes a store in which steps have been played, and returns its path.
func made(t testing.TB, steps int) string {
	t.Helper()
	path := tempPath(t)
	s := mustOpen(t, path)
	play(t, s, 1, steps)
	require.NoError(t, s.Close())
	return path
}

// stateOf reads all of a store.
func stateOf(t testing.TB, s storage.Store) storagetest.State {
	t.Helper()
	state, err := storagetest.ReadState(s, storagetest.StepBlob)
	require.NoError(t, err)
	return state
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

// onlyFiles checks what is in the folder of a store.
func onlyFiles(t testing.TB, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	assert.ElementsMatch(t, want, names)
}
