package storagetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
)

// ledgerOf reads the ledger of a persona.
func ledgerOf(t *testing.T, tx storage.ReadTx, persona uint32) []storage.LedgerEntry {
	t.Helper()
	return collect(t, func(fn func(storage.LedgerEntry) error) error { return tx.LedgerOf(persona, fn) })
}

var moneyTests = map[string]func(*testing.T, storage.Store){
	"ReadsBackWhatWasAppended": func(t *testing.T, s storage.Store) {
		want := storage.LedgerEntry{Time: day(3), Persona: 1000, Kind: storage.CarPurchase, Amount: -1 << 40, Balance: 1 << 50, Ref: 77, Note: "für dich"}
		update(t, s, func(tx storage.Tx) {
			id, err := tx.AppendLedger(want)
			require.NoError(t, err)
			want.ID = id
		})
		view(t, s, func(tx storage.ReadTx) {
			assert.Equal(t, []storage.LedgerEntry{want}, ledgerOf(t, tx, 1000))
			assert.Empty(t, ledgerOf(t, tx, 1001))
		})
	},
	"IDsGrowOverTheWholeStore": func(t *testing.T, s storage.Store) {
		var last uint64
		for i := range 300 {
			update(t, s, func(tx storage.Tx) {
				e := storage.LedgerEntry{ID: 5, Persona: 1000 + uint32(i%2), Kind: storage.Grant, Amount: int64(i)}
				id, err := tx.AppendLedger(e)
				require.NoError(t, err)
				assert.Greater(t, id, last, "whatever id the entry had")
				last = id
			})
		}
		view(t, s, func(tx storage.ReadTx) {
			for persona := uint32(1000); persona <= 1001; persona++ {
				entries := ledgerOf(t, tx, persona)
				require.Len(t, entries, 150)
				for i := 1; i < len(entries); i++ {
					assert.Greater(t, entries[i].ID, entries[i-1].ID, "oldest first")
					assert.Equal(t, entries[i-1].Amount+2, entries[i].Amount, "oldest first")
				}
			}
			stopsAtError(t, func(fn func(storage.LedgerEntry) error) error { return tx.LedgerOf(1000, fn) })
		})
	},
	"NeighboursAreKeptApart": func(t *testing.T, s storage.Store) {
		personas := []uint32{1, 255, 256, 0xFFFFFFFF, 0xFFFFFF00}
		update(t, s, func(tx storage.Tx) {
			for _, persona := range personas {
				_, err := tx.AppendLedger(storage.LedgerEntry{Persona: persona})
				require.NoError(t, err)
			}
		})
		view(t, s, func(tx storage.ReadTx) {
			for _, persona := range personas {
				entries := ledgerOf(t, tx, persona)
				require.Len(t, entries, 1, persona)
				assert.Equal(t, persona, entries[0].Persona)
			}
		})
	},
}

var blobTests = map[string]func(*testing.T, storage.Store){
	"ReadsBackWhatWasPut": func(t *testing.T, s storage.Store) {
		big := make([]byte, 3<<20)
		for i := range big {
			big[i] = byte(i * 7 / 3)
		}
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutBlob("catalog", big))
			require.NoError(t, tx.PutBlob("empty", []byte{}))
			require.NoError(t, tx.PutBlob("Catalog", []byte("case counts")))
		})
		view(t, s, func(tx storage.ReadTx) {
			got, err := tx.Blob("catalog")
			require.NoError(t, err)
			assert.True(t, string(got) == string(big))
			got, err = tx.Blob("Catalog")
			require.NoError(t, err)
			assert.Equal(t, []byte("case counts"), got)
			got, err = tx.Blob("empty")
			require.NoError(t, err)
			assert.Empty(t, got)
		})
	},
	"PutReplacesAndNilRemoves": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutBlob("b", []byte("one"))) })
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutBlob("b", []byte("two"))) })
		view(t, s, func(tx storage.ReadTx) {
			got, err := tx.Blob("b")
			require.NoError(t, err)
			assert.Equal(t, []byte("two"), got)
		})
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutBlob("b", nil))
			require.NoError(t, tx.PutBlob("never there", nil))
		})
		view(t, s, func(tx storage.ReadTx) {
			_, err := tx.Blob("b")
			assert.ErrorIs(t, err, storage.ErrNotFound)
			_, err = tx.Blob("")
			assert.ErrorIs(t, err, storage.ErrNotFound)
		})
	},
}
