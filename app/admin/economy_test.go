package admin_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/storage"
)

func TestEconomy(t *testing.T) {
	l := open(t, options(t))
	require.NoError(t, l.Store.Update(func(tx storage.Tx) error {
		id, err := tx.NextPersona()
		if err != nil {
			return err
		}
		balance := int64(0)
		for _, e := range []struct {
			ago    time.Duration
			kind   storage.LedgerKind
			amount int64
		}{
			{25 * time.Hour, storage.StarterCash, 10000}, {90 * time.Minute, storage.CarPurchase, -7000},
			{59 * time.Minute, storage.EntryFee, -100}, {58 * time.Minute, storage.FeeReturn, 100}, {50 * time.Minute, storage.EntryFee, -500},
			{40 * time.Minute, storage.Prize, 3000}, {0, storage.Grant, -20},
		} {
			balance += e.amount
			if _, err := tx.AppendLedger(storage.LedgerEntry{Time: noon.Add(-e.ago), Persona: id, Kind: e.kind, Amount: e.amount, Balance: balance}); err != nil {
				return err
			}
		}
		return tx.PutPersona(storage.Persona{ID: id, Account: 1, Name: "Marty", Balance: balance})
	}))
	got, err := l.Economy(ctx)
	require.NoError(t, err)
	require.Len(t, got.Hours, 24)
	assert.Equal(t, admin.EconomyHour{
		Until: noon, Made: 3000, Taken: 520, Kinds: map[string]int64{"entry-fee": -600, "fee-return": 100, "prize": 3000, "grant": -20},
	}, got.Hours[0])
	assert.Equal(t, admin.EconomyHour{Until: noon.Add(-time.Hour), Taken: 7000, Kinds: map[string]int64{"car": -7000}}, got.Hours[1])
	for _, h := range got.Hours[2:] {
		assert.Zero(t, h.Made+h.Taken)
	}
}
