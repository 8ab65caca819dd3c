package storagetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
)

// createdOn is a persona of account 1.
func createdOn(id uint32, name string, created time.Time) storage.Persona {
	p := fullPersona(id, 1, name)
	p.Created = created
	return p
}

// dead marks a persona as deleted.
func dead(p storage.Persona) storage.Persona {
	p.Deleted = day(9)
	return p
}

var personaTests = map[string]func(*testing.T, storage.Store){
	"ReadsBackWhatWasPut": func(t *testing.T, s storage.Store) {
		alive, gone := fullPersona(1000, 7, "Ace"), dead(fullPersona(1001, 7, "Bob"))
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutPersona(alive))
			require.NoError(t, tx.PutPersona(gone))
		})
		view(t, s, func(tx storage.ReadTx) {
			got, err := tx.Persona(1000)
			require.NoError(t, err)
			assert.Equal(t, alive, got)
			got, err = tx.Persona(1001)
			require.NoError(t, err, "dead personas are found by id")
			assert.Equal(t, gone, got)
		})
	},
	"EmptyStoreHasNone": func(t *testing.T, s storage.Store) {
		view(t, s, func(tx storage.ReadTx) {
			_, err := tx.Persona(1000)
			assert.ErrorIs(t, err, storage.ErrNotFound)
			_, err = tx.PersonaByName("Ace")
			assert.ErrorIs(t, err, storage.ErrNotFound)
			of, err := tx.PersonasOf(1)
			assert.NoError(t, err)
			assert.Empty(t, of)
			assert.Empty(t, collect(t, tx.Personas))
		})
	},
	"IDsStartAtAThousand": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			for want := uint32(1000); want < 1003; want++ {
				id, err := tx.NextPersona()
				require.NoError(t, err)
				assert.Equal(t, want, id)
			}
		})
	},
	"LowIDsBelongToSystemPlayers": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutPersona(fullPersona(5, 1, "Dealer")))
			id, err := tx.NextPersona()
			require.NoError(t, err)
			assert.Equal(t, uint32(1000), id)
		})
	},
	"NextNeverGivesAnIDInUse": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutPersona(dead(fullPersona(1000, 1, "Gone"))))
			id, err := tx.NextPersona()
			require.NoError(t, err)
			assert.Equal(t, uint32(1001), id)
		})
	},
	"RefusesID0": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) { assert.Error(t, tx.PutPersona(fullPersona(0, 1, "zero"))) })
		view(t, s, func(tx storage.ReadTx) { assert.Empty(t, collect(t, tx.Personas)) })
	},
	"FindsLiveNamesIgnoringCase": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutPersona(fullPersona(1000, 1, "Crazy Ivän")))
			require.NoError(t, tx.PutPersona(dead(fullPersona(1001, 1, "Ghost"))))
		})
		view(t, s, func(tx storage.ReadTx) {
			got, err := tx.PersonaByName("cRAZY IVÄN")
			require.NoError(t, err)
			assert.Equal(t, uint32(1000), got.ID)
			_, err = tx.PersonaByName("Ghost")
			assert.ErrorIs(t, err, storage.ErrNotFound)
		})
	},
	"FindsNamesThatLookAlike": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutPersona(fullPersona(1000, 1, "Illinois")))
			require.NoError(t, tx.PutPersona(fullPersona(1001, 2, "I11inO is")), "refusing it is not the store's business")
			require.NoError(t, tx.PutPersona(dead(fullPersona(1002, 2, "illin0is"))))
			require.NoError(t, tx.PutPersona(fullPersona(1003, 2, "Illinois2")))
		})
		like := func(name string) (ids []uint32) {
			view(t, s, func(tx storage.ReadTx) {
				list, err := tx.PersonasLike(name)
				require.NoError(t, err)
				for _, p := range list {
					ids = append(ids, p.ID)
				}
			})
			return ids
		}
		assert.Equal(t, []uint32{1000, 1001}, like("lLLin0i s"))
		assert.Empty(t, like("Illinoi"), "no beginning of a name")
		assert.Empty(t, like(""))
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutPersona(fullPersona(1000, 1, "Ohio"))) })
		assert.Equal(t, []uint32{1001}, like("Illinois"))
		assert.Equal(t, []uint32{1000}, like("0h1o"))
	},
	"RefusesATakenName": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutPersona(fullPersona(1000, 1, "Ace")))
			require.NoError(t, tx.PutPersona(fullPersona(1001, 1, "Bob")))
			assert.ErrorIs(t, tx.PutPersona(fullPersona(1002, 2, "ACE")), storage.ErrNameTaken, "of another account too")
			assert.ErrorIs(t, tx.PutPersona(fullPersona(1001, 1, "ace")), storage.ErrNameTaken, "by renaming too")
			assert.NoError(t, tx.PutPersona(dead(fullPersona(1003, 1, "Ace"))), "the dead need no name of their own")
		})
		view(t, s, func(tx storage.ReadTx) {
			_, err := tx.Persona(1002)
			assert.ErrorIs(t, err, storage.ErrNotFound)
			bob, err := tx.PersonaByName("bob")
			require.NoError(t, err)
			assert.Equal(t, uint32(1001), bob.ID)
			ace, err := tx.PersonaByName("ace")
			require.NoError(t, err)
			assert.Equal(t, uint32(1000), ace.ID)
		})
	},
	"RenameMovesTheName": func(t *testing.T, s storage.Store) {
		for _, name := range []string{"Ace", "ACE", "Zed"} {
			update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutPersona(fullPersona(1000, 1, name))) })
		}
		view(t, s, func(tx storage.ReadTx) {
			_, err := tx.PersonaByName("ace")
			assert.ErrorIs(t, err, storage.ErrNotFound)
			zed, err := tx.PersonaByName("zed")
			require.NoError(t, err)
			assert.Equal(t, uint32(1000), zed.ID)
		})
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutPersona(fullPersona(1001, 1, "Ace"))) })
	},
	"DeathFreesTheName": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutPersona(fullPersona(1000, 1, "Ace"))) })
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutPersona(dead(fullPersona(1000, 1, "Ace")))) })
		view(t, s, func(tx storage.ReadTx) {
			_, err := tx.PersonaByName("Ace")
			assert.ErrorIs(t, err, storage.ErrNotFound)
			of, err := tx.PersonasOf(1)
			require.NoError(t, err)
			assert.Empty(t, of)
			row, err := tx.Persona(1000)
			require.NoError(t, err, "the row stays")
			assert.False(t, row.Live())
			assert.Len(t, collect(t, tx.Personas), 1)
		})
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutPersona(fullPersona(1001, 2, "ace"))) })
		update(t, s, func(tx storage.Tx) {
			// A change of the dead one must not touch the name of the living.
			changed := dead(fullPersona(1000, 1, "Ace"))
			changed.Description = "still dead"
			require.NoError(t, tx.PutPersona(changed))
			assert.ErrorIs(t, tx.PutPersona(fullPersona(1000, 1, "Ace")), storage.ErrNameTaken, "no return to life")
		})
		view(t, s, func(tx storage.ReadTx) {
			ace, err := tx.PersonaByName("Ace")
			require.NoError(t, err)
			assert.Equal(t, uint32(1001), ace.ID)
		})
	},
	"BackToLife": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutPersona(dead(fullPersona(1000, 1, "Ace")))) })
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutPersona(fullPersona(1000, 1, "Ace"))) })
		view(t, s, func(tx storage.ReadTx) {
			_, err := tx.PersonaByName("Ace")
			assert.NoError(t, err)
			of, err := tx.PersonasOf(1)
			require.NoError(t, err)
			assert.Len(t, of, 1)
		})
	},
	"OfAccountOldestFirstThenByID": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutPersona(createdOn(1004, "d", day(1))))
			require.NoError(t, tx.PutPersona(createdOn(1001, "a", day(2))))
			require.NoError(t, tx.PutPersona(createdOn(1003, "c", day(1))))
			require.NoError(t, tx.PutPersona(createdOn(1005, "e", day(0))))
			require.NoError(t, tx.PutPersona(dead(createdOn(1002, "b", day(0)))))
			other := fullPersona(1006, 256, "f")
			require.NoError(t, tx.PutPersona(other))
		})
		view(t, s, func(tx storage.ReadTx) {
			of, err := tx.PersonasOf(1)
			require.NoError(t, err)
			assert.Equal(t, []uint32{1005, 1003, 1004, 1001}, ids(of, personaID))
			of, err = tx.PersonasOf(256)
			require.NoError(t, err)
			assert.Equal(t, []uint32{1006}, ids(of, personaID))
		})
	},
	"ChangeOfAccount": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutPersona(fullPersona(1000, 1, "Ace"))) })
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutPersona(fullPersona(1000, 2, "Ace"))) })
		view(t, s, func(tx storage.ReadTx) {
			old, err := tx.PersonasOf(1)
			require.NoError(t, err)
			assert.Empty(t, old)
			now, err := tx.PersonasOf(2)
			require.NoError(t, err)
			assert.Len(t, now, 1)
		})
	},
	"ListsAllInIDOrder": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutPersona(fullPersona(70000, 1, "c")))
			require.NoError(t, tx.PutPersona(dead(fullPersona(256, 1, "b"))))
			require.NoError(t, tx.PutPersona(fullPersona(3, 1, "a")))
		})
		view(t, s, func(tx storage.ReadTx) {
			assert.Equal(t, []uint32{3, 256, 70000}, ids(collect(t, tx.Personas), personaID))
			stopsAtError(t, tx.Personas)
		})
	},
	"TimesKeepTheirMoment": func(t *testing.T, s storage.Store) {
		abroad := time.Date(2002, 3, 4, 5, 6, 7, 8, time.FixedZone("", -7*3600))
		p := fullPersona(1000, 1, "Ace")
		p.Created = abroad
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutPersona(p)) })
		view(t, s, func(tx storage.ReadTx) {
			got, err := tx.Persona(1000)
			require.NoError(t, err)
			assert.True(t, abroad.Equal(got.Created), "%v and %v", abroad, got.Created)
		})
	},
}
