package storagetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
)

var garageTests = map[string]func(*testing.T, storage.Store){
	"ReadsBackWhatWasPut": func(t *testing.T, s storage.Store) {
		car, part := fullVehicle(1, 1000), fullPart(2, 1, 1, 1000)
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutVehicle(car))
			require.NoError(t, tx.PutPart(part))
		})
		view(t, s, func(tx storage.ReadTx) {
			gotCar, err := tx.Vehicle(1)
			require.NoError(t, err)
			assert.Equal(t, car, gotCar)
			gotPart, err := tx.Part(2)
			require.NoError(t, err)
			assert.Equal(t, part, gotPart)
			_, err = tx.Part(1)
			assert.ErrorIs(t, err, storage.ErrNotFound, "PutVehicle stores no part")
			_, err = tx.Vehicle(2)
			assert.ErrorIs(t, err, storage.ErrNotFound)
		})
	},
	"EmptyStoreHasNone": func(t *testing.T, s storage.Store) {
		view(t, s, func(tx storage.ReadTx) {
			_, err := tx.Vehicle(1)
			assert.ErrorIs(t, err, storage.ErrNotFound)
			_, err = tx.Part(1)
			assert.ErrorIs(t, err, storage.ErrNotFound)
			cars, err := tx.VehiclesOf(1000)
			assert.NoError(t, err)
			assert.Empty(t, cars)
			parts, err := tx.PartsOfVehicle(1)
			assert.NoError(t, err)
			assert.Empty(t, parts)
			parts, err = tx.LoosePartsOf(1000)
			assert.NoError(t, err)
			assert.Empty(t, parts)
		})
	},
	"ReservesConsecutiveIDsFrom1": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			for _, r := range []struct {
				n    int
				want uint32
			}{{1, 1}, {41, 2}, {1, 43}, {1000, 44}, {1, 1044}} {
				first, err := tx.ReserveParts(r.n)
				require.NoError(t, err)
				assert.Equal(t, r.want, first)
			}
			_, err := tx.ReserveParts(0)
			assert.Error(t, err)
			_, err = tx.ReserveParts(-1)
			assert.Error(t, err)
		})
	},
	"ReservationsPassOverIDsInUse": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutPart(fullPart(3, 0, 0, 1000)))
			first, err := tx.ReserveParts(2)
			require.NoError(t, err)
			assert.Equal(t, uint32(1), first)
			first, err = tx.ReserveParts(2)
			require.NoError(t, err)
			assert.Equal(t, uint32(4), first)
			require.NoError(t, tx.PutPart(fullPart(7, 0, 0, 1000)))
			first, err = tx.ReserveParts(5)
			require.NoError(t, err)
			assert.Equal(t, uint32(8), first)
		})
	},
	"ReservedIDsAreNotHandedOutAgain": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			first, err := tx.ReserveParts(3)
			require.NoError(t, err)
			require.NoError(t, tx.PutPart(fullPart(first, 0, 0, 1000)))
			require.NoError(t, tx.DeletePart(first))
		})
		update(t, s, func(tx storage.Tx) {
			first, err := tx.ReserveParts(1)
			require.NoError(t, err)
			assert.Equal(t, uint32(4), first)
		})
	},
	"IDsDoNotWrapAround": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutPart(fullPart(0xFFFFFFFE, 0, 0, 1000)))
			first, err := tx.ReserveParts(0x7FFFFFFE)
			require.NoError(t, err)
			assert.Equal(t, uint32(1), first)
			first, err = tx.ReserveParts(0x7FFFFFFF)
			require.NoError(t, err)
			assert.Equal(t, uint32(0x7FFFFFFF), first)
			_, err = tx.ReserveParts(2)
			assert.Error(t, err)
			first, err = tx.ReserveParts(1)
			require.NoError(t, err)
			assert.Equal(t, uint32(0xFFFFFFFF), first)
			_, err = tx.ReserveParts(1)
			assert.Error(t, err)
		})
	},
	"RefusesID0": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			assert.Error(t, tx.PutVehicle(fullVehicle(0, 1000)))
			assert.Error(t, tx.PutPart(fullPart(0, 0, 0, 1000)))
		})
		view(t, s, func(tx storage.ReadTx) {
			loose, err := tx.LoosePartsOf(1000)
			require.NoError(t, err)
			assert.Empty(t, loose)
		})
	},
	"VehiclesOfOwnerInIDOrder": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			for _, id := range []uint32{300, 2, 256} {
				require.NoError(t, tx.PutVehicle(fullVehicle(id, 1000)))
			}
			require.NoError(t, tx.PutVehicle(fullVehicle(5, 1001)))
		})
		view(t, s, func(tx storage.ReadTx) {
			cars, err := tx.VehiclesOf(1000)
			require.NoError(t, err)
			assert.Equal(t, []uint32{2, 256, 300}, ids(cars, vehicleID))
			assert.Equal(t, fullVehicle(2, 1000), cars[0])
		})
	},
	"ASoldCarChangesLists": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutVehicle(fullVehicle(2, 1000))) })
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutVehicle(fullVehicle(2, 1001))) })
		view(t, s, func(tx storage.ReadTx) {
			old, err := tx.VehiclesOf(1000)
			require.NoError(t, err)
			assert.Empty(t, old)
			now, err := tx.VehiclesOf(1001)
			require.NoError(t, err)
			assert.Equal(t, []uint32{2}, ids(now, vehicleID))
		})
	},
	"PartListsInIDOrder": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutPart(fullPart(300, 2, 1, 1000)))
			require.NoError(t, tx.PutPart(fullPart(2, 1, 1, 1000)))
			require.NoError(t, tx.PutPart(fullPart(1, 0, 1, 1000)))
			require.NoError(t, tx.PutPart(fullPart(5, 0, 5, 1000)))    // another car
			require.NoError(t, tx.PutPart(fullPart(400, 20, 0, 1000))) // below a loose part
			require.NoError(t, tx.PutPart(fullPart(20, 0, 0, 1000)))   // loose
			require.NoError(t, tx.PutPart(fullPart(30, 0, 0, 1001)))   // another owner
		})
		view(t, s, func(tx storage.ReadTx) {
			car, err := tx.PartsOfVehicle(1)
			require.NoError(t, err)
			assert.Equal(t, []uint32{1, 2, 300}, ids(car, partID), "root part included")
			assert.Equal(t, fullPart(300, 2, 1, 1000), car[2])
			loose, err := tx.LoosePartsOf(1000)
			require.NoError(t, err)
			assert.Equal(t, []uint32{20, 400}, ids(loose, partID))
			none, err := tx.PartsOfVehicle(0)
			require.NoError(t, err)
			assert.Empty(t, none, "loose parts are the parts of no car")
		})
	},
	"PartsMoveBetweenLists": func(t *testing.T, s storage.Store) {
		moves := []struct {
			part           storage.Part
			car1, car9     []uint32
			loose0, loose1 []uint32
		}{
			{fullPart(2, 0, 0, 1000), nil, nil, []uint32{2}, nil},
			{fullPart(2, 1, 1, 1000), []uint32{2}, nil, nil, nil},
			{fullPart(2, 9, 9, 1000), nil, []uint32{2}, nil, nil},
			{fullPart(2, 9, 9, 1001), nil, []uint32{2}, nil, nil},
			{fullPart(2, 0, 0, 1001), nil, nil, nil, []uint32{2}},
			{fullPart(2, 0, 0, 1000), nil, nil, []uint32{2}, nil},
		}
		for i, m := range moves {
			update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutPart(m.part)) })
			view(t, s, func(tx storage.ReadTx) {
				check := func(want []uint32, list func(uint32) ([]storage.Part, error), of uint32) {
					got, err := list(of)
					require.NoError(t, err)
					assert.Equal(t, want, ids(got, partID), "move %d, list of %d", i, of)
				}
				check(m.car1, tx.PartsOfVehicle, 1)
				check(m.car9, tx.PartsOfVehicle, 9)
				check(m.loose0, tx.LoosePartsOf, 1000)
				check(m.loose1, tx.LoosePartsOf, 1001)
			})
		}
	},
	"DeletePart": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutPart(fullPart(1, 0, 1, 1000)))
			require.NoError(t, tx.PutPart(fullPart(2, 0, 0, 1000)))
		})
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.DeletePart(1))
			require.NoError(t, tx.DeletePart(2))
			assert.ErrorIs(t, tx.DeletePart(2), storage.ErrNotFound)
			assert.ErrorIs(t, tx.DeletePart(3), storage.ErrNotFound)
		})
		view(t, s, func(tx storage.ReadTx) {
			_, err := tx.Part(1)
			assert.ErrorIs(t, err, storage.ErrNotFound)
			car, err := tx.PartsOfVehicle(1)
			require.NoError(t, err)
			assert.Empty(t, car)
			loose, err := tx.LoosePartsOf(1000)
			require.NoError(t, err)
			assert.Empty(t, loose)
		})
	},
	"DeleteVehicleKeepsItsParts": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutVehicle(fullVehicle(1, 1000)))
			require.NoError(t, tx.PutPart(fullPart(1, 0, 1, 1000)))
		})
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.DeleteVehicle(1))
			assert.ErrorIs(t, tx.DeleteVehicle(1), storage.ErrNotFound)
		})
		view(t, s, func(tx storage.ReadTx) {
			_, err := tx.Vehicle(1)
			assert.ErrorIs(t, err, storage.ErrNotFound)
			cars, err := tx.VehiclesOf(1000)
			require.NoError(t, err)
			assert.Empty(t, cars)
			parts, err := tx.PartsOfVehicle(1)
			require.NoError(t, err)
			assert.Equal(t, []uint32{1}, ids(parts, partID))
		})
	},
}
