package storagetest

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
)

// fullBan has a value in every field.
func fullBan(network string) storage.AddressBan {
	return storage.AddressBan{Network: netip.MustParsePrefix(network), Reason: "röde", Created: day(12)}
}

// fullInvite has a value in every field.
func fullInvite(code string) storage.Invite {
	return storage.Invite{Code: code, Note: "for Döc", Created: day(13), Expires: day(20), Uses: 3, Accounts: []uint32{1000000, 7}}
}

var addressBanTests = map[string]func(*testing.T, storage.Store){
	"ReadsBackWhatWasPutInOrder": func(t *testing.T, s storage.Store) {
		want := []storage.AddressBan{fullBan("9.0.0.0/8"), fullBan("192.0.2.1/32"), fullBan("203.0.113.0/24"), fullBan("2001:db8::/32")}
		update(t, s, func(tx storage.Tx) {
			for _, i := range []int{3, 1, 0, 2} {
				require.NoError(t, tx.PutAddressBan(want[i]))
			}
		})
		view(t, s, func(tx storage.ReadTx) {
			assert.Equal(t, want, collect(t, tx.AddressBans))
			stopsAtError(t, tx.AddressBans)
		})
	},
	"OneNetworkIsOneEntry": func(t *testing.T, s storage.Store) {
		later := fullBan("192.0.2.0/24")
		later.Reason = "again"
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutAddressBan(fullBan("192.0.2.0/24")))
			require.NoError(t, tx.PutAddressBan(fullBan("192.0.2.0/25")))
			require.NoError(t, tx.PutAddressBan(later))
			require.NoError(t, tx.DeleteAddressBan(netip.MustParsePrefix("192.0.2.0/25")))
			assert.ErrorIs(t, tx.DeleteAddressBan(netip.MustParsePrefix("192.0.2.0/25")), storage.ErrNotFound)
		})
		view(t, s, func(tx storage.ReadTx) {
			assert.Equal(t, []storage.AddressBan{later}, collect(t, tx.AddressBans))
		})
	},
	"RefusesWhatIsNoNetwork": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			assert.Error(t, tx.PutAddressBan(storage.AddressBan{}))
			assert.Error(t, tx.PutAddressBan(fullBan("192.0.2.1/24")), "not masked")
			assert.Error(t, tx.PutAddressBan(fullBan("::ffff:192.0.2.1/128")), "IPv4 in disguise")
		})
		view(t, s, func(tx storage.ReadTx) { assert.Empty(t, collect(t, tx.AddressBans)) })
	},
}

var inviteTests = map[string]func(*testing.T, storage.Store){
	"ReadsBackWhatWasPutInOrder": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutInvite(fullInvite("ZZZZ-2222")))
			require.NoError(t, tx.PutInvite(fullInvite("AAAA-3333")))
		})
		view(t, s, func(tx storage.ReadTx) {
			assert.Equal(t, []storage.Invite{fullInvite("AAAA-3333"), fullInvite("ZZZZ-2222")}, collect(t, tx.Invites))
			stopsAtError(t, tx.Invites)
		})
	},
	"CaseAndHyphensDoNotCount": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutInvite(fullInvite("AAAA-3333")))
			i, err := tx.Invite("aaaa 3333")
			require.NoError(t, err)
			assert.Equal(t, fullInvite("AAAA-3333"), i)
			_, err = tx.Invite("AAAA-333")
			assert.ErrorIs(t, err, storage.ErrNotFound)
			require.NoError(t, tx.DeleteInvite("aaaa3333"))
			assert.ErrorIs(t, tx.DeleteInvite("AAAA-3333"), storage.ErrNotFound)
		})
	},
	"RefusesWhatIsNoCode": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			assert.Error(t, tx.PutInvite(fullInvite("")))
			assert.Error(t, tx.PutInvite(fullInvite("--")))
			assert.Error(t, tx.PutInvite(fullInvite("\xff")))
			assert.Error(t, tx.PutInvite(fullInvite(string(make([]byte, 65)))))
		})
	},
}
