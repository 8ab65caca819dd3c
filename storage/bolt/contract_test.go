package bolt_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"mcos/storage"
	"mcos/storage/bolt"
	"mcos/storage/storagetest"
)

func TestContract(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storage.Store {
		s, err := bolt.Open(bolt.Options{Path: filepath.Join(t.TempDir(), "mcos.db"), NoSync: true})
		require.NoError(t, err)
		return s
	})
}

func TestContractReopen(t *testing.T) {
	paths := make(map[storage.Store]string)
	openAt := func(t *testing.T, path string) storage.Store {
		s, err := bolt.Open(bolt.Options{Path: path, NoSync: true})
		require.NoError(t, err)
		paths[s] = path
		return s
	}
	open := func(t *testing.T) storage.Store { return openAt(t, filepath.Join(t.TempDir(), "mcos.db")) }
	reopen := func(t *testing.T, s storage.Store) storage.Store {
		require.NoError(t, s.(*bolt.Store).Verify())
		require.NoError(t, s.Close())
		return openAt(t, paths[s])
	}
	storagetest.RunReopen(t, open, reopen)
}
