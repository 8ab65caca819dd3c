//go:build unix

package bolt

import (
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
	"mcos/storage/storagetest"
)

func init() { helpers["fulldisk"] = helpFullDisk }

// helpFullDisk plays until the file may not grow any more, and then goes on with
// what still fits. The limit on the size of files stands in for a full disk.
func helpFullDisk() error {
	path := os.Getenv("MCOS_HELPER_PATH")
	s, err := Open(Options{Path: path})
	if err != nil {
		return err
	}
	// A file that has free pages: after a refused update bbolt would grow it by as
	// much as that update needed.
	for _, room := range [][]byte{make([]byte, 256<<10), nil} {
		if err := s.Update(func(tx storage.Tx) error { return tx.PutBlob("room", room) }); err != nil {
			return err
		}
	}
	limit := syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	before, err := storagetest.ReadState(s, storagetest.StepBlob)
	if err != nil {
		return err
	}
	for range 3 {
		err := s.Update(func(tx storage.Tx) error {
			if err := storagetest.Step(tx, 4); err != nil {
				return err
			}
			return tx.PutBlob("big", make([]byte, 4<<20))
		})
		if err == nil {
			return fmt.Errorf("there was room for 4 MB")
		}
		fmt.Println("refused")
		after, err := storagetest.ReadState(s, storagetest.StepBlob)
		if err != nil {
			return err
		}
		if !assert.ObjectsAreEqual(before, after) {
			return fmt.Errorf("a failed update has left something")
		}
	}
	for n := 4; n <= 6; n++ {
		if err := s.Update(func(tx storage.Tx) error { return storagetest.Step(tx, n) }); err != nil {
			return fmt.Errorf("the store is of no use any more: %w", err)
		}
	}
	if err := s.Verify(); err != nil {
		return err
	}
	return s.Close()
}

func TestFullDisk(t *testing.T) {
	path := made(t, 3)
	lines, killed := runHelper(t, helperEnv+"=fulldisk", "MCOS_HELPER_PATH="+path)
	require.False(t, killed)
	assert.Equal(t, []string{"refused", "refused", "refused"}, lines)
	assert.Equal(t, "6", stepIn(t, path))
}
