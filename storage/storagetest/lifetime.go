package storagetest

import (
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
)

// reads calls every read method once.
func reads(tx storage.ReadTx) map[string]error {
	errs := make(map[string]error)
	_, errs["Account"] = tx.Account(1)
	_, errs["AccountByName"] = tx.AccountByName("x")
	errs["Accounts"] = tx.Accounts(func(storage.Account) error { return nil })
	_, errs["Persona"] = tx.Persona(1)
	_, errs["PersonaByName"] = tx.PersonaByName("x")
	_, errs["PersonasOf"] = tx.PersonasOf(1)
	errs["Personas"] = tx.Personas(func(storage.Persona) error { return nil })
	_, errs["Vehicle"] = tx.Vehicle(1)
	_, errs["VehiclesOf"] = tx.VehiclesOf(1)
	_, errs["Part"] = tx.Part(1)
	_, errs["PartsOfVehicle"] = tx.PartsOfVehicle(1)
	_, errs["LoosePartsOf"] = tx.LoosePartsOf(1)
	errs["LedgerOf"] = tx.LedgerOf(1, func(storage.LedgerEntry) error { return nil })
	_, errs["Blob"] = tx.Blob("x")
	return errs
}

// writes calls every write method once.
func writes(tx storage.Tx) map[string]error {
	errs := make(map[string]error)
	_, errs["NextAccount"] = tx.NextAccount()
	errs["PutAccount"] = tx.PutAccount(fullAccount(1, "x"))
	errs["DeleteAccount"] = tx.DeleteAccount(1)
	_, errs["NextPersona"] = tx.NextPersona()
	errs["PutPersona"] = tx.PutPersona(fullPersona(1, 1, "x"))
	_, errs["ReserveParts"] = tx.ReserveParts(1)
	errs["PutPart"] = tx.PutPart(fullPart(1, 0, 0, 1))
	errs["DeletePart"] = tx.DeletePart(1)
	errs["PutVehicle"] = tx.PutVehicle(fullVehicle(1, 1))
	errs["DeleteVehicle"] = tx.DeleteVehicle(1)
	_, errs["AppendLedger"] = tx.AppendLedger(storage.LedgerEntry{Persona: 1})
	errs["PutBlob"] = tx.PutBlob("x", []byte("x"))
	return errs
}

// assertOver checks that a transaction answers every call with the right error.
func assertOver(t *testing.T, errs map[string]error) {
	t.Helper()
	for method, err := range errs {
		if err == nil {
			t.Errorf("%s worked after the end of its transaction", method)
			continue
		}
		// A store that is closed may say so instead.
		assert.True(t, errors.Is(err, storage.ErrReadOnly) || errors.Is(err, storage.ErrClosed), "%s: %v", method, err)
	}
}

var lifetimeTests = map[string]func(*testing.T, storage.Store){
	"ATransactionEndsWithItsFunction": func(t *testing.T, s storage.Store) {
		play(t, s, 1, 3)
		before := read(t, s)
		var rtx storage.ReadTx
		var committed, failed, panicked storage.Tx
		view(t, s, func(tx storage.ReadTx) { rtx = tx })
		update(t, s, func(tx storage.Tx) { committed = tx })
		_ = s.Update(func(tx storage.Tx) error { failed = tx; return errWanted })
		assert.Panics(t, func() {
			_ = s.Update(func(tx storage.Tx) error { panicked = tx; panic(1) })
		})
		check := func() {
			assertOver(t, reads(rtx))
			for _, tx := range []storage.Tx{committed, failed, panicked} {
				assertOver(t, reads(tx))
				assertOver(t, writes(tx))
			}
		}
		check()
		assert.Equal(t, before, read(t, s))
		require.NoError(t, s.Close())
		check()
	},
	"AViewCannotWrite": func(t *testing.T, s storage.Store) {
		view(t, s, func(tx storage.ReadTx) {
			if w, ok := tx.(storage.Tx); ok {
				for method, err := range writes(w) {
					assert.Error(t, err, method)
				}
			}
		})
		assert.Empty(t, read(t, s).Accounts)
	},
	"AClosedStoreSaysSo": func(t *testing.T, s storage.Store) {
		require.NoError(t, s.Close())
		called := false
		assert.ErrorIs(t, s.View(func(storage.ReadTx) error { called = true; return nil }), storage.ErrClosed)
		assert.ErrorIs(t, s.Update(func(storage.Tx) error { called = true; return nil }), storage.ErrClosed)
		assert.ErrorIs(t, s.Backup(io.Discard), storage.ErrClosed)
		assert.ErrorIs(t, s.Close(), storage.ErrClosed)
		assert.False(t, called)
	},
}
