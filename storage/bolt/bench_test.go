package bolt

import (
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"mcos/storage"
	"mcos/storage/storagetest"
)

// benchStore is a store with a thousand drivers and a car each.
func benchStore(b *testing.B, opts Options) *Store {
	b.Helper()
	s, err := Open(opts)
	require.NoError(b, err)
	b.Cleanup(func() { _ = s.Close() })
	require.NoError(b, s.Update(func(tx storage.Tx) error {
		for id := uint32(1000); id < 2000; id++ {
			if err := tx.PutPersona(storage.Persona{ID: id, Account: id, Name: fmt.Sprint("Driver ", id), Stats: storage.Stats{Level: 1}}); err != nil {
				return err
			}
			car, err := tx.ReserveParts(storagetest.PartsPerCar)
			if err != nil {
				return err
			}
			if err := putCar(tx, car, id); err != nil {
				return err
			}
		}
		return nil
	}))
	b.ReportAllocs()
	b.ResetTimer()
	return s
}

// putCar stores a car with all its parts.
func putCar(tx storage.Tx, car, owner uint32) error {
	if err := storagetest.PutCar(tx, car, owner); err != nil {
		return err
	}
	return tx.PutVehicle(storage.Vehicle{ID: car, Owner: owner, BrandedPart: 101})
}

func BenchmarkViewPersona(b *testing.B) {
	s := benchStore(b, fast(tempPath(b)))
	for i := range b.N {
		err := s.View(func(tx storage.ReadTx) error {
			_, err := tx.Persona(1000 + uint32(i%1000))
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkViewPersonaByName(b *testing.B) {
	s := benchStore(b, fast(tempPath(b)))
	for b.Loop() {
		err := s.View(func(tx storage.ReadTx) error {
			_, err := tx.PersonaByName("DRIVER 1500")
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkViewPartsOfVehicle(b *testing.B) {
	s := benchStore(b, fast(tempPath(b)))
	for i := range b.N {
		err := s.View(func(tx storage.ReadTx) error {
			parts, err := tx.PartsOfVehicle(1 + uint32(i%1000)*storagetest.PartsPerCar)
			if len(parts) != storagetest.PartsPerCar {
				return fmt.Errorf("%d parts: %w", len(parts), err)
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkUpdateCar buys a car with 41 parts; with and without the syncs of the
// commit, to see what they cost.
func BenchmarkUpdateCar(b *testing.B) {
	for name, noSync := range map[string]bool{"sync": false, "nosync": true} {
		b.Run(name, func(b *testing.B) {
			opts := fast(tempPath(b))
			opts.NoSync = noSync
			s := benchStore(b, opts)
			for i := range b.N {
				err := s.Update(func(tx storage.Tx) error {
					car, err := tx.ReserveParts(storagetest.PartsPerCar)
					if err != nil {
						return err
					}
					return putCar(tx, car, 1000+uint32(i%1000))
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkUpdatePersona(b *testing.B) {
	opts := fast(tempPath(b))
	opts.NoSync = false
	s := benchStore(b, opts)
	for i := range b.N {
		err := s.Update(func(tx storage.Tx) error {
			p, err := tx.Persona(1500)
			if err != nil {
				return err
			}
			p.CarSetting = uint32(i)
			return tx.PutPersona(p)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	path := tempPath(b)
	require.NoError(b, benchStore(b, fast(path)).Close())
	for b.Loop() {
		s, err := Open(fast(path))
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBackup(b *testing.B) {
	s := benchStore(b, fast(tempPath(b)))
	for b.Loop() {
		if err := s.Backup(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	s := benchStore(b, fast(tempPath(b)))
	for b.Loop() {
		_ = s.Verify()
	}
}
