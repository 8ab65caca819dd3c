package bolt

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"mcos/storage"
)

func TestOpenCreates(t *testing.T) {
	path := tempPath(t)
	var events []string
	opts := fast(path)
	opts.Log = func(event string, fields map[string]any) {
		events = append(events, event)
		assert.Equal(t, path, fields["path"])
	}
	s, err := Open(opts)
	require.NoError(t, err)
	require.NoError(t, s.Verify())
	require.NoError(t, s.Close())
	assert.Equal(t, []string{"store created"}, events)
	onlyFiles(t, filepath.Dir(path), "mcos.db")
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(fileMode), info.Mode().Perm(), "password hashes are for the owner only")

	s, err = Open(opts)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	assert.Len(t, events, 1, "nothing is created the second time")
}

func TestOpenNeedsAFolder(t *testing.T) {
	_, err := Open(fast(filepath.Join(t.TempDir(), "missing", "mcos.db")))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "create store")
}

func TestOpenTidiesUp(t *testing.T) {
	path := made(t, 3)
	dir := filepath.Dir(path)
	for _, name := range []string{"mcos.db.tmp-1", "mcos.db.tmp-23", "mcos.db.other", "other.db.tmp-1"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "mcos.db.tmp-dir"), 0o700))
	mustOpen(t, path)
	onlyFiles(t, dir, "mcos.db", "mcos.db.other", "other.db.tmp-1", "mcos.db.tmp-dir")
}

func TestOpenLockedInThisProcess(t *testing.T) {
	path := made(t, 3)
	s := mustOpen(t, path)
	_, err := Open(fast(path))
	require.ErrorIs(t, err, ErrLocked)
	require.ErrorContains(t, err, path)
	play(t, s, 4, 4)
	require.NoError(t, s.Close())
	assert.Equal(t, "4", stateOf(t, mustOpen(t, path)).Blobs["step"])
}

func TestOpenLockedByAnotherProcess(t *testing.T) {
	path := made(t, 3)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperEnv+"=hold", "MCOS_HELPER_PATH="+path)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "open\n", line)

	_, err = Open(fast(path))
	assert.ErrorIs(t, err, ErrLocked)
	assert.ErrorIs(t, restoreOnly(path, strings.NewReader("")), ErrLocked)

	// One that waits gets it when the other lets go.
	patient := fast(path)
	patient.Timeout = time.Minute
	opened := make(chan error)
	go func() {
		s, err := Open(patient)
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	require.NoError(t, stdin.Close())
	require.NoError(t, cmd.Wait())
	require.NoError(t, <-opened)
}

// Many that want to create the same store end up with one store.
func TestOpenCreateRace(t *testing.T) {
	for range 10 {
		path := tempPath(t)
		var group sync.WaitGroup
		for n := range 4 {
			group.Go(func() {
				opts := fast(path)
				opts.Timeout = time.Minute
				s, err := Open(opts)
				if !assert.NoError(t, err) {
					return
				}
				err = s.Update(func(tx storage.Tx) error {
					id, err := tx.NextAccount()
					if err != nil {
						return err
					}
					return tx.PutAccount(storage.Account{ID: id, Name: string(rune('a' + n))})
				})
				assert.NoError(t, err)
				assert.NoError(t, s.Close())
			})
		}
		group.Wait()
		s := mustOpen(t, path)
		assert.Len(t, stateOf(t, s).Accounts, 4)
		require.NoError(t, s.Close())
		onlyFiles(t, filepath.Dir(path), "mcos.db")
	}
}

// A file that was replaced while Open waited for its lock must not be used: it is
// not the store any more.
func TestOpenNoticesAReplacedFile(t *testing.T) {
	path, others := made(t, 3), []string{made(t, 6), made(t, 8)}
	opts := fast(path)
	opts.openFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		if flag&os.O_RDWR != 0 && len(others) > 0 {
			assert.NoError(t, os.Rename(others[0], path))
			others = others[1:]
		}
		return f, err
	}
	s, err := Open(opts)
	require.NoError(t, err)
	defer s.Close()
	require.Empty(t, others)
	assert.Equal(t, "8", stateOf(t, s).Blobs["step"])
	play(t, s, 9, 9)
}

func TestOpenGivesUpOnAFileThatKeepsChanging(t *testing.T) {
	path := made(t, 3)
	image := readFile(t, path)
	opts := fast(path)
	opts.openFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		if flag&os.O_RDWR != 0 {
			assert.NoError(t, os.Remove(path))
			assert.NoError(t, os.WriteFile(path, image, 0o600))
		}
		return f, err
	}
	_, err := Open(opts)
	require.ErrorIs(t, err, ErrLocked)
}

// otherBolt makes a bbolt file that is not ours.
func otherBolt(t *testing.T, fill func(*bbolt.Tx) error) []byte {
	path := tempPath(t)
	db, err := bbolt.Open(path, fileMode, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(fill))
	require.NoError(t, db.Close())
	return readFile(t, path)
}

func TestOpenRefuses(t *testing.T) {
	good := readFile(t, made(t, 5))
	meta := func(key, value []byte) []byte {
		return otherBolt(t, func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucket([]byte("meta"))
			if err != nil {
				return err
			}
			return errors.Join(b.Put(formatKey, formatName), b.Put(key, value))
		})
	}
	tests := []struct {
		name string
		file []byte
		want error
	}{
		{"empty", nil, ErrForeign},
		{"one byte", []byte{1}, ErrForeign},
		{"text", bytes.Repeat([]byte("not a store\n"), 5000), ErrForeign},
		{"zeros", make([]byte, 65536), ErrForeign},
		{"another database", append([]byte("SQLite format 3\x00"), make([]byte, 16384)...), ErrForeign},
		{"bbolt, empty", otherBolt(t, func(*bbolt.Tx) error { return nil }), ErrForeign},
		{"bbolt of another program", otherBolt(t, func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucket([]byte("things"))
			return err
		}), ErrForeign},
		{"other format", meta(formatKey, []byte("else")), ErrForeign},
		{"no schema", meta([]byte("x"), nil), ErrCorrupt},
		{"schema 0", meta(schemaKey, key32(0)), ErrCorrupt},
		{"schema of 3 bytes", meta(schemaKey, []byte{0, 0, 1}), ErrCorrupt},
		{"newer schema", meta(schemaKey, key32(99)), ErrNewer},
		{"buckets missing", meta(schemaKey, key32(firstSchema+uint32(len(migrations)))), ErrCorrupt},
		{"only the heads", good[:2*pageSize], ErrCorrupt},
		{"half a head", good[:40], ErrForeign},
		{"first head only", good[:pageSize], ErrCorrupt},
		{"half", good[:8*pageSize], ErrCorrupt},
		{"both heads damaged", damage(good, 20, pageSize+20), ErrForeign},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := tempPath(t)
			require.NoError(t, os.WriteFile(path, tt.file, 0o600))
			_, err := Open(fast(path))
			require.ErrorIs(t, err, tt.want)
			assert.ErrorContains(t, err, path)
			assert.True(t, bytes.Equal(tt.file, readFile(t, path)), "the file is untouched")
			onlyFiles(t, filepath.Dir(path), "mcos.db")
		})
	}
	t.Run("folder", func(t *testing.T) {
		_, err := Open(fast(t.TempDir()))
		require.ErrorIs(t, err, ErrForeign)
	})
	t.Run("unreadable", func(t *testing.T) {
		path := made(t, 1)
		require.NoError(t, os.Chmod(path, 0))
		if _, err := os.ReadFile(path); err == nil {
			t.Skip("this user may read everything")
		}
		_, err := Open(fast(path))
		require.ErrorIs(t, err, fs.ErrPermission)
	})
}

// damage returns a copy with some bytes flipped.
func damage(data []byte, at ...int) []byte {
	data = bytes.Clone(data)
	for _, i := range at {
		data[i] ^= 0xFF
	}
	return data
}

// Looking at a copy tells whether it could be used, and leaves it as it is.
func TestInspect(t *testing.T) {
	good := readFile(t, made(t, 8))
	for name, tc := range map[string]struct {
		file []byte
		want error
	}{
		"good": {good, nil}, "cut": {good[:8*pageSize], ErrCorrupt}, "empty": {nil, ErrForeign}, "text": {[]byte("a letter"), ErrForeign},
	} {
		path := tempPath(t)
		require.NoError(t, os.WriteFile(path, tc.file, 0o400))
		require.ErrorIs(t, Inspect(path), tc.want, name)
		assert.True(t, bytes.Equal(tc.file, readFile(t, path)), name)
	}
	assert.ErrorIs(t, Inspect(tempPath(t)), os.ErrNotExist)
}
