package game

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"mcos/storage"
)

// A driver comes back with everything, as long as there is room and the name is free.
func TestRestorePersona(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.PersonaLimit, c.RestoreWithin = 2, time.Hour })
	id := w.driver(20000)
	w.buy(id, 6, 104, 490)
	before := w.persona(id)
	cars := w.vehicles(id)
	w.refused(ErrLive, func(tx storage.Tx) error { _, err := w.rules.RestorePersona(tx, id, ""); return err })
	w.refused(storage.ErrNotFound, func(tx storage.Tx) error { _, err := w.rules.RestorePersona(tx, 77, ""); return err })
	w.do(func(tx storage.Tx) error { return w.rules.DeletePersona(tx, before.Account, id) })

	// The name is somebody else's meanwhile, or looks like it.
	other := w.account()
	w.do(func(tx storage.Tx) error { _, err := w.rules.CreatePersona(tx, other, "Driver l", 44, 0); return err })
	w.refused(storage.ErrNameTaken, func(tx storage.Tx) error { _, err := w.rules.RestorePersona(tx, id, ""); return err })
	w.refused(ErrName, func(tx storage.Tx) error { _, err := w.rules.RestorePersona(tx, id, " x"); return err })
	w.do(func(tx storage.Tx) error { _, err := w.rules.RestorePersona(tx, id, "Phoenix"); return err })
	after := w.persona(id)
	assert.Equal(t, "Phoenix", after.Name)
	after.Name = before.Name
	assert.Equal(t, before, after)
	assert.Equal(t, cars, w.vehicles(id))

	// No room.
	w.do(func(tx storage.Tx) error { return w.rules.DeletePersona(tx, before.Account, id) })
	for _, name := range []string{"Two", "Three"} {
		w.do(func(tx storage.Tx) error {
			_, err := w.rules.CreatePersona(tx, before.Account, name, 44, 0)
			return err
		})
	}
	w.refused(ErrLimit, func(tx storage.Tx) error { _, err := w.rules.RestorePersona(tx, id, ""); return err })
}

// After the time it is too late; a clock that was set back is no reason to refuse.
func TestRestoreInTime(t *testing.T) {
	for name, tc := range map[string]struct {
		within, later time.Duration
		want          error
	}{
		"in time": {time.Hour, time.Hour, nil}, "too late": {time.Hour, time.Hour + 1, ErrTooLate},
		"always": {0, 1e6 * time.Hour, nil}, "the clock went back": {time.Hour, -1e5 * time.Hour, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.RestoreWithin = tc.within })
			id := w.driver(0)
			w.do(func(tx storage.Tx) error { return w.rules.DeletePersona(tx, w.persona(id).Account, id) })
			w.do(func(tx storage.Tx) error { // as if deleted some time ago
				p, err := tx.Persona(id)
				if err != nil {
					return err
				}
				p.Deleted = p.Deleted.Add(-tc.later)
				return tx.PutPersona(p)
			})
			restore := func(tx storage.Tx) error { _, err := w.rules.RestorePersona(tx, id, ""); return err }
			if tc.want != nil {
				w.refused(tc.want, restore)
				return
			}
			w.do(restore)
			assert.True(t, w.persona(id).Live())
		})
	}
}
