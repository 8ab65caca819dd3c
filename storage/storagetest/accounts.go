package storagetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
)

var accountTests = map[string]func(*testing.T, storage.Store){
	"ReadsBackWhatWasPut": func(t *testing.T, s storage.Store) {
		want := fullAccount(1000000, "Molly")
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutAccount(want)) })
		view(t, s, func(tx storage.ReadTx) {
			got, err := tx.Account(want.ID)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	},
	"EmptyStoreHasNone": func(t *testing.T, s storage.Store) {
		view(t, s, func(tx storage.ReadTx) {
			_, err := tx.Account(1000000)
			assert.ErrorIs(t, err, storage.ErrNotFound)
			_, err = tx.AccountByName("Molly")
			assert.ErrorIs(t, err, storage.ErrNotFound)
			_, err = tx.AccountByName("")
			assert.ErrorIs(t, err, storage.ErrNotFound)
			assert.Empty(t, collect(t, tx.Accounts))
		})
	},
	"IDsStartAtAMillion": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			for want := uint32(1000000); want < 1000003; want++ {
				id, err := tx.NextAccount()
				require.NoError(t, err)
				assert.Equal(t, want, id)
			}
		})
		update(t, s, func(tx storage.Tx) {
			id, err := tx.NextAccount()
			require.NoError(t, err)
			assert.Equal(t, uint32(1000003), id, "a reservation outlives its transaction")
		})
	},
	"NextNeverGivesAnIDInUse": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutAccount(fullAccount(1000000, "a")))
			require.NoError(t, tx.PutAccount(fullAccount(1000001, "b")))
			require.NoError(t, tx.PutAccount(fullAccount(1000003, "c")))
			for _, want := range []uint32{1000002, 1000004} {
				id, err := tx.NextAccount()
				require.NoError(t, err)
				assert.Equal(t, want, id)
			}
		})
	},
	"RefusesID0": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) { assert.Error(t, tx.PutAccount(fullAccount(0, "zero"))) })
		view(t, s, func(tx storage.ReadTx) { assert.Empty(t, collect(t, tx.Accounts)) })
	},
	"FindsNamesIgnoringCase": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutAccount(fullAccount(1, "Mölly Kelvin"))) })
		view(t, s, func(tx storage.ReadTx) {
			for _, name := range []string{"Mölly Kelvin", "mölly kelvin", "MÖLLY KELVIN", "mölly \u212aelvin"} {
				got, err := tx.AccountByName(name)
				if assert.NoError(t, err, name) {
					assert.Equal(t, "Mölly Kelvin", got.Name)
				}
			}
			for _, name := range []string{"Mölly", "Molly Kelvin", "Mölly Kelvin ", ""} {
				_, err := tx.AccountByName(name)
				assert.ErrorIs(t, err, storage.ErrNotFound, name)
			}
		})
	},
	"FindsNamesThatLookAlike": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutAccount(fullAccount(1000000, "lola")))
			require.NoError(t, tx.PutAccount(fullAccount(1000001, "I01a")))
		})
		view(t, s, func(tx storage.ReadTx) {
			like, err := tx.AccountsLike("LOLA")
			require.NoError(t, err)
			assert.Len(t, like, 2)
			like, err = tx.AccountsLike("lol")
			require.NoError(t, err)
			assert.Empty(t, like)
		})
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.DeleteAccount(1000000)) })
		view(t, s, func(tx storage.ReadTx) {
			like, err := tx.AccountsLike("lola")
			require.NoError(t, err)
			if assert.Len(t, like, 1) {
				assert.Equal(t, uint32(1000001), like[0].ID)
			}
		})
	},
	"RefusesATakenName": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutAccount(fullAccount(1, "Molly")))
			require.NoError(t, tx.PutAccount(fullAccount(2, "Other")))
			assert.ErrorIs(t, tx.PutAccount(fullAccount(3, "mOLLY")), storage.ErrNameTaken)
			assert.ErrorIs(t, tx.PutAccount(fullAccount(2, "MOLLY")), storage.ErrNameTaken)
		})
		view(t, s, func(tx storage.ReadTx) {
			_, err := tx.Account(3)
			assert.ErrorIs(t, err, storage.ErrNotFound, "a refused put leaves nothing")
			other, err := tx.Account(2)
			require.NoError(t, err)
			assert.Equal(t, "Other", other.Name, "a refused put changes nothing")
			byName, err := tx.AccountByName("other")
			require.NoError(t, err)
			assert.Equal(t, uint32(2), byName.ID)
		})
	},
	"RenameMovesTheName": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutAccount(fullAccount(1, "Molly"))) })
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutAccount(fullAccount(1, "MOLLY"))) })
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutAccount(fullAccount(1, "Dolly"))) })
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutAccount(fullAccount(2, "Molly"))) })
		view(t, s, func(tx storage.ReadTx) {
			dolly, err := tx.AccountByName("dolly")
			require.NoError(t, err)
			assert.Equal(t, uint32(1), dolly.ID)
			molly, err := tx.AccountByName("molly")
			require.NoError(t, err)
			assert.Equal(t, uint32(2), molly.ID)
			assert.Len(t, collect(t, tx.Accounts), 2)
		})
	},
	"ListsInIDOrder": func(t *testing.T, s storage.Store) {
		order := []uint32{70000, 2, 256, 1000000, 255, 1}
		update(t, s, func(tx storage.Tx) {
			for i, id := range order {
				require.NoError(t, tx.PutAccount(fullAccount(id, string(rune('a'+i)))))
			}
		})
		view(t, s, func(tx storage.ReadTx) {
			got := ids(collect(t, tx.Accounts), func(a storage.Account) uint32 { return a.ID })
			assert.Equal(t, []uint32{1, 2, 255, 256, 70000, 1000000}, got)
			stopsAtError(t, tx.Accounts)
		})
	},
	"DeleteFreesTheName": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutAccount(fullAccount(1, "Molly")))
			require.NoError(t, tx.PutPersona(fullPersona(1000, 1, "Driver")))
		})
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.DeleteAccount(1)) })
		view(t, s, func(tx storage.ReadTx) {
			_, err := tx.Account(1)
			assert.ErrorIs(t, err, storage.ErrNotFound)
			_, err = tx.AccountByName("Molly")
			assert.ErrorIs(t, err, storage.ErrNotFound)
			of, err := tx.PersonasOf(1)
			require.NoError(t, err)
			assert.Equal(t, []uint32{1000}, ids(of, personaID), "personas are the caller's business")
		})
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutAccount(fullAccount(2, "molly"))) })
	},
}
