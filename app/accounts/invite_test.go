package accounts_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/accounts"
	"mcos/storage"
)

func (f fixture) invite(i storage.Invite) {
	f.w.T.Helper()
	f.w.Update(func(tx storage.Tx) error { return tx.PutInvite(i) })
}

func TestInvitedAccounts(t *testing.T) {
	f := newFixture(t)
	f.invite(storage.Invite{Code: "ABCD-EFGH-JKLM", Uses: 2})
	f.invite(storage.Invite{Code: "OVER", Uses: 1, Expires: f.w.Now()})
	f.create("Taken", "x")
	for code, name := range map[string]string{"": "Marty", "NOPE": "Marty", "OVER": "Marty"} {
		_, err := f.CreateInvited(t.Context(), name, "x", code)
		require.ErrorIs(t, err, accounts.ErrInvite, code)
	}
	_, err := f.CreateInvited(t.Context(), "Taken", "x", "ABCD-EFGH-JKLM")
	require.ErrorIs(t, err, storage.ErrNameTaken)

	a, err := f.CreateInvited(t.Context(), "Marty", "x", "abcdefgh jklm")
	require.NoError(t, err)
	var i storage.Invite
	require.NoError(t, f.w.Store.View(func(tx storage.ReadTx) (err error) {
		i, err = tx.Invite("ABCD-EFGH-JKLM")
		return err
	}))
	assert.Equal(t, []uint32{a.ID}, i.Accounts, "a mistake uses nothing up")
}

// TestAnInviteIsGoodForSoMany has a crowd use one code at the same time.
func TestAnInviteIsGoodForSoMany(t *testing.T) {
	f := newFixture(t)
	f.invite(storage.Invite{Code: "CROWD", Uses: 3, Expires: f.w.Now().Add(time.Hour)})
	var made atomic.Int32
	var wg sync.WaitGroup
	for _, name := range []string{"Anna", "Bert", "Carl", "Dora", "Emil", "Fred"} {
		wg.Go(func() {
			_, err := f.CreateInvited(t.Context(), name, "x", "CROWD")
			if err == nil {
				made.Add(1)
				return
			}
			assert.ErrorIs(t, err, accounts.ErrInvite)
		})
	}
	wg.Wait()
	assert.EqualValues(t, 3, made.Load())
}
