package game

import (
	"errors"
	"path/filepath"
	"testing"

	"mcos/storage"
	"mcos/storage/bolt"
)

// BenchmarkBuyCar measures the rules without the disk: every purchase is rolled
// back.
func BenchmarkBuyCar(b *testing.B) {
	s, r, id, _ := benchWorld(b)
	undo := errors.New("undo")
	b.ReportAllocs()
	for b.Loop() {
		err := s.Update(func(tx storage.Tx) error {
			if _, err := r.BuyCar(tx, id, 6, 104, 41, 0); err != nil {
				return err
			}
			return undo
		})
		if !errors.Is(err, undo) {
			b.Fatal(err)
		}
	}
}

// BenchmarkAssembly measures reading a whole car, as 145 does.
func BenchmarkAssembly(b *testing.B) {
	s, r, id, car := benchWorld(b)
	b.ReportAllocs()
	for b.Loop() {
		err := s.View(func(tx storage.ReadTx) error {
			_, err := r.Assembly(tx, id, car)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// benchWorld is a rich persona with a car.
func benchWorld(b *testing.B) (s *bolt.Store, r *Rules, id, car uint32) {
	s, err := bolt.Open(bolt.Options{Path: filepath.Join(b.TempDir(), "mcos.db"), NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	r = New(Default(), testCatalog, testNow)
	err = s.Update(func(tx storage.Tx) error {
		if err := tx.PutAccount(storage.Account{ID: 1, Name: "bench"}); err != nil {
			return err
		}
		p, err := r.CreatePersona(tx, 1, "Bench", 44, 0)
		if err != nil {
			return err
		}
		id = p.ID
		if car, err = r.GiveCar(tx, id, 104, 41, ""); err != nil {
			return err
		}
		return r.Grant(tx, id, 1000000, "")
	})
	if err != nil {
		b.Fatal(err)
	}
	return s, r, id, car
}
