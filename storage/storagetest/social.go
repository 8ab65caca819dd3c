package storagetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
)

// fullMail has a value in every field.
func fullMail(id, to uint32) storage.Mail {
	return storage.Mail{
		ID: id, To: to, From: 1001, Sender: "Biff", Title: "Cräsh", Text: "half\nof\x00it", Sent: day(8), Expires: day(9), Read: true,
	}
}

// fullBuddy has a value in every field.
func fullBuddy(owner, persona uint32) storage.Buddy {
	return storage.Buddy{Owner: owner, Persona: persona, Added: day(10)}
}

func mailID(m storage.Mail) uint32   { return m.ID }
func buddyID(b storage.Buddy) uint32 { return b.Persona }
func box(t *testing.T, s storage.Store, persona uint32) (list []uint32) {
	t.Helper()
	view(t, s, func(tx storage.ReadTx) {
		mails, err := tx.MailsOf(persona)
		require.NoError(t, err)
		list = ids(mails, mailID)
	})
	return list
}

func buddies(t *testing.T, s storage.Store, owner uint32) (list []uint32) {
	t.Helper()
	view(t, s, func(tx storage.ReadTx) {
		found, err := tx.BuddiesOf(owner)
		require.NoError(t, err)
		list = ids(found, buddyID)
	})
	return list
}

var mailTests = map[string]func(*testing.T, storage.Store){
	"ReadsBackWhatWasPut": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutMail(fullMail(3, 1000))) })
		view(t, s, func(tx storage.ReadTx) {
			m, err := tx.Mail(3)
			require.NoError(t, err)
			assert.Equal(t, fullMail(3, 1000), m)
			_, err = tx.Mail(4)
			assert.ErrorIs(t, err, storage.ErrNotFound)
		})
		assert.Equal(t, []uint32{3}, box(t, s, 1000))
	},
	"RefusesID0AndNobody": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			assert.Error(t, tx.PutMail(fullMail(0, 1000)))
			assert.Error(t, tx.PutMail(fullMail(1, 0)))
			broken := fullMail(1, 1000)
			broken.Text = "\xff"
			assert.Error(t, tx.PutMail(broken), "no valid text")
		})
		assert.Empty(t, box(t, s, 1000))
	},
	"IDsStartAt1AndPassOverUsedOnes": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutMail(fullMail(2, 1000)))
			for _, want := range []uint32{1, 3} {
				id, err := tx.NextMail()
				require.NoError(t, err)
				assert.Equal(t, want, id)
			}
			require.NoError(t, tx.DeleteMail(2))
			id, err := tx.NextMail()
			require.NoError(t, err)
			assert.EqualValues(t, 4, id, "an id is never given twice")
		})
	},
	"MailboxesAreInIDOrderAndApart": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			for _, id := range []uint32{256, 1, 0xFFFFFFFF, 255} {
				require.NoError(t, tx.PutMail(fullMail(id, 1000)))
			}
			require.NoError(t, tx.PutMail(fullMail(2, 1001)))
		})
		assert.Equal(t, []uint32{1, 255, 256, 0xFFFFFFFF}, box(t, s, 1000))
		assert.Equal(t, []uint32{2}, box(t, s, 1001))
		assert.Empty(t, box(t, s, 1002))
	},
	"MailboxesFollowTheMail": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutMail(fullMail(1, 1000)))
			require.NoError(t, tx.PutMail(fullMail(2, 1000)))
			require.NoError(t, tx.PutMail(fullMail(1, 1001)))
			require.NoError(t, tx.DeleteMail(2))
			assert.ErrorIs(t, tx.DeleteMail(2), storage.ErrNotFound)
		})
		assert.Empty(t, box(t, s, 1000))
		assert.Equal(t, []uint32{1}, box(t, s, 1001))
	},
}

var buddyTests = map[string]func(*testing.T, storage.Store){
	"ReadsBackWhatWasPut": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutBuddy(fullBuddy(1000, 1001))) })
		view(t, s, func(tx storage.ReadTx) {
			list, err := tx.BuddiesOf(1000)
			require.NoError(t, err)
			assert.Equal(t, []storage.Buddy{fullBuddy(1000, 1001)}, list)
		})
		assert.Empty(t, buddies(t, s, 1001), "the other way round is another entry")
	},
	"RefusesID0": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			assert.Error(t, tx.PutBuddy(fullBuddy(0, 1001)))
			assert.Error(t, tx.PutBuddy(fullBuddy(1000, 0)))
		})
	},
	"OnePairIsOneEntry": func(t *testing.T, s storage.Store) {
		later := fullBuddy(1000, 1001)
		later.Added = day(11)
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutBuddy(fullBuddy(1000, 1001)))
			require.NoError(t, tx.PutBuddy(later))
		})
		view(t, s, func(tx storage.ReadTx) {
			list, err := tx.BuddiesOf(1000)
			require.NoError(t, err)
			assert.Equal(t, []storage.Buddy{later}, list)
		})
	},
	"ListsAreInIDOrderAndApart": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			for _, id := range []uint32{256, 1, 0xFFFFFFFF, 255} {
				require.NoError(t, tx.PutBuddy(fullBuddy(1000, id)))
			}
			require.NoError(t, tx.PutBuddy(fullBuddy(1001, 1000)))
		})
		assert.Equal(t, []uint32{1, 255, 256, 0xFFFFFFFF}, buddies(t, s, 1000))
		assert.Equal(t, []uint32{1000}, buddies(t, s, 1001))
	},
	"Delete": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutBuddy(fullBuddy(1000, 1001)))
			require.NoError(t, tx.PutBuddy(fullBuddy(1000, 1002)))
			require.NoError(t, tx.DeleteBuddy(1000, 1001))
			assert.ErrorIs(t, tx.DeleteBuddy(1000, 1001), storage.ErrNotFound)
			assert.ErrorIs(t, tx.DeleteBuddy(1002, 1000), storage.ErrNotFound)
		})
		assert.Equal(t, []uint32{1002}, buddies(t, s, 1000))
	},
}
