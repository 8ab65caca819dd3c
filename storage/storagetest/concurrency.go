package storagetest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
)

var concurrencyTests = map[string]func(*testing.T, storage.Store){
	"AViewKeepsItsState": func(t *testing.T, s storage.Store) {
		play(t, s, 1, 3)
		err := s.View(func(tx storage.ReadTx) error {
			before, err := stateOf(tx, []string{StepBlob})
			if err != nil {
				return err
			}
			done := make(chan error)
			go func() {
				done <- s.Update(func(tx storage.Tx) error { return Step(tx, 4) })
			}()
			if err := <-done; err != nil { // committed while the View is open
				return err
			}
			after, err := stateOf(tx, []string{StepBlob})
			assert.Equal(t, before, after)
			return err
		})
		require.NoError(t, err)
		assert.Equal(t, "4", read(t, s).Blobs[StepBlob])
	},
	"AViewDoesNotSeeAnUnfinishedUpdate": func(t *testing.T, s storage.Store) {
		play(t, s, 1, 3)
		before := read(t, s)
		err := s.Update(func(tx storage.Tx) error {
			spoil(t, tx)
			seen := make(chan State)
			go func() {
				state, err := ReadState(s, StepBlob)
				assert.NoError(t, err)
				seen <- state
			}()
			assert.Equal(t, before, <-seen)
			return errWanted
		})
		require.ErrorIs(t, err, errWanted)
	},
	"UpdatesRunOneAfterAnother": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutPersona(storage.Persona{ID: 1000, Name: "Ace"})) })
		const workers, rounds = 8, 10
		var inside, most int // only changed by one at a time, or the race detector speaks up
		var group sync.WaitGroup
		for range workers {
			group.Go(func() {
				for range rounds {
					err := s.Update(func(tx storage.Tx) error {
						inside++
						most = max(most, inside)
						defer func() { inside-- }()
						p, err := tx.Persona(1000)
						if err != nil {
							return err
						}
						return pay(tx, p, storage.Grant, 1, 0, 0)
					})
					assert.NoError(t, err)
				}
			})
		}
		group.Wait()
		assert.Equal(t, 1, most)
		state := read(t, s)
		assert.Equal(t, int64(workers*rounds), state.Personas[0].Balance, "no increment is lost")
		assert.Len(t, state.Ledger, workers*rounds)
	},
	"EveryViewSeesOneState": func(t *testing.T, s storage.Store) {
		const steps = 60
		finished := make(chan struct{})
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for {
					assert.NoError(t, s.View(storage.Check))
					select {
					case <-finished:
						return
					default:
					}
				}
			})
		}
		play(t, s, 1, steps)
		close(finished)
		group.Wait()
		assert.Equal(t, fmt.Sprint(steps), read(t, s).Blobs[StepBlob])
	},
	"BackupWhileInUse": func(t *testing.T, s storage.Store) {
		var group sync.WaitGroup
		group.Go(func() {
			for range 5 {
				var sink counter
				assert.NoError(t, s.Backup(&sink))
			}
		})
		play(t, s, 1, 20)
		group.Wait()
	},
	"CloseWaitsForTransactions": func(t *testing.T, s storage.Store) {
		inView, inUpdate, release := make(chan struct{}), make(chan struct{}), make(chan struct{})
		var group sync.WaitGroup
		group.Go(func() {
			assert.NoError(t, s.View(func(tx storage.ReadTx) error {
				close(inView)
				<-release
				_, err := tx.PersonasOf(1)
				return err
			}))
		})
		group.Go(func() {
			assert.NoError(t, s.Update(func(tx storage.Tx) error {
				close(inUpdate)
				<-release
				return Step(tx, 1)
			}))
		})
		<-inView
		<-inUpdate
		group.Go(func() { assert.NoError(t, s.Close()) })
		close(release)
		group.Wait()
		assert.ErrorIs(t, s.View(func(storage.ReadTx) error { return nil }), storage.ErrClosed)
	},
	"CloseAmongManyCallers": func(t *testing.T, s storage.Store) {
		var group sync.WaitGroup
		started := make(chan struct{}, 8)
		for worker := range 8 {
			group.Go(func() {
				for n := 0; ; n++ {
					var err error
					if worker%2 == 0 {
						err = s.Update(func(tx storage.Tx) error { return tx.PutBlob("b", fmt.Append(nil, worker, n)) })
					} else {
						err = s.View(func(tx storage.ReadTx) error { return tx.Accounts(func(storage.Account) error { return nil }) })
					}
					if n == 0 {
						started <- struct{}{}
					}
					if err != nil {
						assert.ErrorIs(t, err, storage.ErrClosed)
						return
					}
				}
			})
		}
		for range 8 {
			<-started
		}
		require.NoError(t, s.Close())
		group.Wait()
	},
	"LateUseFromAnotherGoroutine": func(t *testing.T, s storage.Store) {
		play(t, s, 1, 3)
		for range 20 {
			started := make(chan struct{})
			var group sync.WaitGroup
			update(t, s, func(tx storage.Tx) {
				group.Go(func() {
					close(started)
					for { // until the transaction is over
						if err := tx.PutPart(fullPart(999, 0, 0, 1000)); err != nil {
							assert.ErrorIs(t, err, storage.ErrReadOnly)
							return
						}
					}
				})
				<-started
			})
			group.Wait()
		}
	},
}
