package failpoint_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
	"mcos/storage/bolt"
	"mcos/storage/storagetest"
	"mcos/storage/storagetest/failpoint"
)

func open(t *testing.T) *bolt.Store {
	s, err := bolt.Open(bolt.Options{Path: filepath.Join(t.TempDir(), "mcos.db"), NoSync: true})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

// play plays the steps from to to and returns the first error.
func play(s storage.Store, from, to int) error {
	for n := from; n <= to; n++ {
		if err := s.Update(func(tx storage.Tx) error { return storagetest.Step(tx, n) }); err != nil {
			return fmt.Errorf("step %d: %w", n, err)
		}
	}
	return nil
}

func state(t *testing.T, s storage.Store) storagetest.State {
	t.Helper()
	state, err := storagetest.ReadState(s, storagetest.StepBlob)
	require.NoError(t, err)
	return state
}

var errInjected = errors.New("injected")

// A wrapper that never fails must be a store like any other.
func TestContract(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storage.Store {
		s, err := bolt.Open(bolt.Options{Path: filepath.Join(t.TempDir(), "mcos.db"), NoSync: true})
		require.NoError(t, err)
		return failpoint.FailAt(s, 0, failpoint.Before, nil)
	})
}

// Every method of Tx that ReadTx does not have is a write; each must count.
func TestEveryWriteCounts(t *testing.T) {
	tx, reads := reflect.TypeFor[storage.Tx](), reflect.TypeFor[storage.ReadTx]()
	methods := 0
	s := failpoint.FailAt(open(t), 0, failpoint.Before, nil)
	for i := range tx.NumMethod() {
		method := tx.Method(i)
		if _, isRead := reads.MethodByName(method.Name); isRead {
			continue
		}
		methods++
		before := s.Writes()
		require.ErrorIs(t, s.Update(func(tx storage.Tx) error {
			var args []reflect.Value
			for in := range method.Type.Ins() {
				args = append(args, reflect.Zero(in))
			}
			reflect.ValueOf(tx).MethodByName(method.Name).Call(args) // its error does not matter
			return errInjected
		}), errInjected)
		assert.Equal(t, before+1, s.Writes(), method.Name)
	}
	assert.Equal(t, 24, methods)
	before := s.Writes()
	require.NoError(t, s.Update(func(storage.Tx) error { return nil }))
	assert.Equal(t, before+1, s.Writes(), "a commit counts")
}

// Whatever write of a transaction fails, before or after it, the store is as it
// was, and the transaction can be played again.
func TestAnErrorAtAnyWriteRollsBack(t *testing.T) {
	const step = 10
	inner := open(t)
	require.NoError(t, play(inner, 1, 1))
	for n := 2; n <= step; n++ {
		writes := writesOf(t, n)
		require.GreaterOrEqual(t, writes, 3)
		before := state(t, inner)
		for _, when := range []failpoint.When{failpoint.Before, failpoint.After} {
			for at := 1; at <= writes; at++ {
				if at == writes && when == failpoint.After {
					continue // after the commit there is no way back, see below
				}
				s := failpoint.FailAt(inner, at, when, failpoint.Error(errInjected))
				require.ErrorIs(t, play(s, n, n), errInjected, "%s write %d of step %d", when, at, n)
				require.Equal(t, before, state(t, inner), "%s write %d of step %d", when, at, n)
			}
		}
		require.NoError(t, play(inner, n, n))
		require.NoError(t, inner.Verify())
	}
}

// writesOf counts the writes of one step.
func writesOf(t *testing.T, n int) int {
	inner := open(t)
	require.NoError(t, play(inner, 1, n-1))
	counter := failpoint.FailAt(inner, 0, failpoint.Before, nil)
	require.NoError(t, play(counter, n, n))
	return counter.Writes()
}

func TestAnErrorAfterTheCommitIsDropped(t *testing.T) {
	inner := open(t)
	calls := 0
	s := failpoint.FailAt(inner, writesOf(t, 1), failpoint.After, func() error {
		calls++
		assert.Len(t, state(t, inner).Personas, 1, "the step is committed by then")
		return errInjected
	})
	require.NoError(t, play(s, 1, 2))
	assert.Equal(t, 1, calls)
}

func TestFailIsCalledOnce(t *testing.T) {
	calls := 0
	s := failpoint.FailAt(open(t), 5, failpoint.Before, func() error {
		calls++
		return nil // nothing went wrong after all
	})
	require.NoError(t, play(s, 1, 10))
	assert.Equal(t, 1, calls)
	assert.Greater(t, s.Writes(), 10)
}

func TestWhenString(t *testing.T) {
	assert.Equal(t, "before", failpoint.Before.String())
	assert.Equal(t, "after", failpoint.After.String())
}
