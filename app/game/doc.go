// Package game holds the rules of the game: who may own, buy, mount, repair and
// sell what, and what it costs.
//
// Every operation works on one storage.Tx that the caller has opened:
//
//	err := store.Update(func(tx storage.Tx) error {
//		vehicle, err = rules.BuyCar(tx, persona, dealer, car, skin, 0)
//		return err
//	})
//
// When an operation returns an error the caller returns it from the update, so
// that nothing of the operation stays. Money moves in one place only, which
// writes a persona's balance and the ledger entry together.
//
// The rules are the documented ones ("mcots-1 9", "mcots-2 9"); what nobody knows
// any more is a setting of Config. Refusals are errors that wrap one of this
// package's Err values; all others are failures of the store or the catalog.
package game
