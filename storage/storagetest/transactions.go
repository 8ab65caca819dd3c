package storagetest

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
)

var errWanted = errors.New("wanted by the test")

// read reads the state of a store with the blobs that the tests use.
func read(t *testing.T, s storage.Store) State {
	t.Helper()
	state, err := ReadState(s, StepBlob)
	require.NoError(t, err)
	return state
}

// play plays steps from to to.
func play(t *testing.T, s storage.Store, from, to int) {
	t.Helper()
	for n := from; n <= to; n++ {
		require.NoError(t, s.Update(func(tx storage.Tx) error { return Step(tx, n) }), "step %d", n)
	}
}

// spoil makes changes of every kind that must be rolled back. It needs step 3.
func spoil(t *testing.T, tx storage.Tx) {
	t.Helper()
	for n := 4; n <= 12; n++ {
		require.NoError(t, Step(tx, n))
	}
}

// bigBlob is large enough that a store is tempted to hand out its own memory.
func bigBlob() []byte { return bytes.Repeat([]byte("abc"), 10000) }

var transactionTests = map[string]func(*testing.T, storage.Store){
	"StepsPassCheck": func(t *testing.T, s storage.Store) {
		for n := 1; n <= 40; n++ {
			play(t, s, n, n)
			require.NoError(t, s.View(storage.Check), "after step %d", n)
		}
	},
	"UpdateReturnsTheErrorAndRollsBack": func(t *testing.T, s storage.Store) {
		play(t, s, 1, 3)
		before := read(t, s)
		err := s.Update(func(tx storage.Tx) error {
			spoil(t, tx)
			return errWanted
		})
		require.ErrorIs(t, err, errWanted)
		assert.Equal(t, before, read(t, s))
		// Ids that were handed out are free again, so the story goes on as if
		// nothing had happened.
		play(t, s, 4, 12)
		assert.Equal(t, uint32(1002), read(t, s).Personas[2].ID)
	},
	"UpdateRollsBackOnPanicAndPanicsOn": func(t *testing.T, s storage.Store) {
		play(t, s, 1, 3)
		before := read(t, s)
		assert.PanicsWithValue(t, "on purpose", func() {
			_ = s.Update(func(tx storage.Tx) error {
				spoil(t, tx)
				panic("on purpose")
			})
		})
		assert.Equal(t, before, read(t, s))
		play(t, s, 4, 12)
	},
	"ViewReturnsTheErrorAndPanicsOn": func(t *testing.T, s storage.Store) {
		require.ErrorIs(t, s.View(func(storage.ReadTx) error { return errWanted }), errWanted)
		assert.PanicsWithValue(t, "on purpose", func() {
			_ = s.View(func(storage.ReadTx) error { panic("on purpose") })
		})
		play(t, s, 1, 3)
	},
	"UpdateSeesItsOwnWrites": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutAccount(fullAccount(1, "Molly")))
			got, err := tx.AccountByName("MOLLY")
			require.NoError(t, err)
			assert.Equal(t, fullAccount(1, "Molly"), got)
			require.NoError(t, tx.PutAccount(fullAccount(1, "Dolly")))
			require.NoError(t, tx.PutAccount(fullAccount(2, "Molly")), "the name is free within the transaction")
			require.NoError(t, tx.PutPart(fullPart(1, 0, 0, 1000)))
			loose, err := tx.LoosePartsOf(1000)
			require.NoError(t, err)
			assert.Len(t, loose, 1)
			require.NoError(t, tx.DeletePart(1))
			_, err = tx.Part(1)
			assert.ErrorIs(t, err, storage.ErrNotFound)
			require.NoError(t, tx.PutBlob("b", []byte("x")))
			blob, err := tx.Blob("b")
			require.NoError(t, err)
			assert.Equal(t, []byte("x"), blob)
		})
	},
	"UpdateWithoutWritesChangesNothing": func(t *testing.T, s storage.Store) {
		play(t, s, 1, 3)
		before := read(t, s)
		update(t, s, func(storage.Tx) {})
		assert.Equal(t, before, read(t, s))
	},
	"AReservationAloneIsKept": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			_, err := tx.NextAccount()
			require.NoError(t, err)
		})
		update(t, s, func(tx storage.Tx) {
			id, err := tx.NextAccount()
			require.NoError(t, err)
			assert.Equal(t, uint32(1000001), id)
		})
	},
	"ValuesHandedOutAreCopies": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutPersona(fullPersona(1000, 1, "Ace")))
			require.NoError(t, tx.PutVehicle(fullVehicle(1, 1000)))
			require.NoError(t, tx.PutBlob("b", bigBlob()))
		})
		for range 2 { // the second time would see the scribbling of the first
			view(t, s, func(tx storage.ReadTx) {
				p, err := tx.Persona(1000)
				require.NoError(t, err)
				require.Equal(t, fullPersona(1000, 1, "Ace"), p)
				p.History[0].Won, p.CarNumbers[0] = 99, "scribble"
				v, err := tx.Vehicle(1)
				require.NoError(t, err)
				require.Equal(t, fullVehicle(1, 1000), v)
				v.Damage[0] = 99
				b, err := tx.Blob("b")
				require.NoError(t, err)
				require.Equal(t, bigBlob(), b)
				b[0] = 'X'
			})
		}
	},
	"ValuesPutAreCopies": func(t *testing.T, s storage.Store) {
		p, v, b := fullPersona(1000, 1, "Ace"), fullVehicle(1, 1000), []byte("abc")
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutPersona(p))
			require.NoError(t, tx.PutVehicle(v))
			require.NoError(t, tx.PutBlob("b", b))
			p.History[0].Won, v.Damage[0], b[0] = 99, 99, 'X' // before the commit
		})
		view(t, s, func(tx storage.ReadTx) {
			p, err := tx.Persona(1000)
			require.NoError(t, err)
			assert.Equal(t, fullPersona(1000, 1, "Ace"), p)
			v, err := tx.Vehicle(1)
			require.NoError(t, err)
			assert.Equal(t, fullVehicle(1, 1000), v)
			b, err := tx.Blob("b")
			require.NoError(t, err)
			assert.Equal(t, []byte("abc"), b)
		})
	},
	"ValuesOutliveTheTransaction": func(t *testing.T, s storage.Store) {
		var v storage.Vehicle
		var b []byte
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutVehicle(fullVehicle(1, 1000)))
			require.NoError(t, tx.PutBlob("b", bigBlob()))
		})
		view(t, s, func(tx storage.ReadTx) {
			v, _ = tx.Vehicle(1)
			b, _ = tx.Blob("b")
		})
		play(t, s, 1, 10)
		require.NoError(t, s.Close())
		assert.Equal(t, fullVehicle(1, 1000), v)
		assert.Equal(t, bigBlob(), b)
	},
	"WalksMayChangeTheStore": func(t *testing.T, s storage.Store) {
		const count = 500
		update(t, s, func(tx storage.Tx) {
			for id := uint32(1); id <= count; id++ {
				require.NoError(t, tx.PutAccount(fullAccount(id, string(rune('一'+id)))))
				_, err := tx.AppendLedger(storage.LedgerEntry{Persona: 1000, Amount: int64(id)})
				require.NoError(t, err)
			}
		})
		update(t, s, func(tx storage.Tx) {
			var seen []uint32
			require.NoError(t, tx.Accounts(func(a storage.Account) error {
				seen = append(seen, a.ID)
				a.BanReason += ", a longer text that makes pages split while they are walked over"
				require.NoError(t, tx.PutAccount(a))
				if a.ID%3 == 0 {
					require.NoError(t, tx.DeleteAccount(a.ID))
				}
				return nil
			}))
			require.Len(t, seen, count)
			for i, id := range seen {
				require.Equal(t, uint32(i+1), id)
			}
			n := 0
			require.NoError(t, tx.LedgerOf(1000, func(e storage.LedgerEntry) error {
				n++
				require.Equal(t, int64(n), e.Amount)
				_, err := tx.AppendLedger(storage.LedgerEntry{Persona: 1001, Amount: e.Amount})
				return err
			}))
			assert.Equal(t, count, n)
		})
		view(t, s, func(tx storage.ReadTx) {
			assert.Len(t, collect(t, tx.Accounts), count-count/3)
			assert.Len(t, ledgerOf(t, tx, 1001), count)
		})
	},
	"BackupHoldsTheState": func(t *testing.T, s storage.Store) {
		play(t, s, 1, 12)
		var sink counter
		require.NoError(t, s.Backup(&sink))
		assert.Positive(t, sink.n, "what is in it is checked where it can be restored")
		assert.ErrorIs(t, s.Backup(failingWriter{}), errWanted)
		play(t, s, 13, 14)
	},
}

// counter counts the bytes written to it.
type counter struct{ n int }

func (c *counter) Write(p []byte) (int, error) { c.n += len(p); return len(p), nil }

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errWanted }
