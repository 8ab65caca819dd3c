package storagetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
)

// RunReopen runs the contract tests of what survives. open returns a new, empty
// store; reopen closes a store and opens the same data again.
func RunReopen(t *testing.T, open func(t *testing.T) storage.Store, reopen func(t *testing.T, s storage.Store) storage.Store) {
	t.Run("EverythingSurvives", func(t *testing.T) {
		s := open(t)
		defer func() { closeStore(t, s) }()
		for n := 1; n <= 30; n++ {
			play(t, s, n, n)
			before := read(t, s)
			s = reopen(t, s)
			require.Equal(t, before, read(t, s), "after step %d", n)
			require.NoError(t, s.View(storage.Check))
		}
	})
	t.Run("IDsGoOn", func(t *testing.T) {
		s := open(t)
		defer func() { closeStore(t, s) }()
		for want := range uint32(3) {
			update(t, s, func(tx storage.Tx) {
				account, err := tx.NextAccount()
				require.NoError(t, err)
				assert.Equal(t, 1000000+want, account)
				persona, err := tx.NextPersona()
				require.NoError(t, err)
				assert.Equal(t, 1000+want, persona)
				part, err := tx.ReserveParts(10)
				require.NoError(t, err)
				assert.Equal(t, 1+10*want, part)
				race, err := tx.NextRace()
				require.NoError(t, err)
				assert.Equal(t, 1+want, race)
				mail, err := tx.NextMail()
				require.NoError(t, err)
				assert.Equal(t, 1+want, mail)
				entry, err := tx.AppendLedger(storage.LedgerEntry{Persona: 1})
				require.NoError(t, err)
				assert.Equal(t, 1+uint64(want), entry)
			})
			s = reopen(t, s)
		}
	})
	t.Run("NamesStayTaken", func(t *testing.T) {
		s := open(t)
		defer func() { closeStore(t, s) }()
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutAccount(fullAccount(1, "Molly")))
			require.NoError(t, tx.PutPersona(storage.Persona{ID: 1000, Name: "Ace"}))
		})
		s = reopen(t, s)
		update(t, s, func(tx storage.Tx) {
			assert.ErrorIs(t, tx.PutAccount(fullAccount(2, "MOLLY")), storage.ErrNameTaken)
			assert.ErrorIs(t, tx.PutPersona(fullPersona(1001, 1, "ACE")), storage.ErrNameTaken)
		})
	})
	t.Run("WhatWasRolledBackStaysAway", func(t *testing.T) {
		s := open(t)
		defer func() { closeStore(t, s) }()
		play(t, s, 1, 3)
		before := read(t, s)
		require.ErrorIs(t, s.Update(func(tx storage.Tx) error {
			spoil(t, tx)
			return errWanted
		}), errWanted)
		s = reopen(t, s)
		assert.Equal(t, before, read(t, s))
	})
}
