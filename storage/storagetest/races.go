package storagetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/storage"
)

// fullRace has a value in every field.
func fullRace(id uint32, state storage.RaceState) storage.Race {
	return storage.Race{
		ID: id, Number: 1<<24 | 88, State: state, Host: 1000, Lobby: 10001, Type: -1, Started: day(4), Ended: day(5),
		Purse: 1 << 40, PerRaceBonus: 100, PerPlayerBonus: 50, Laps: 255, Sponsor: 113, PinkSlip: true, Club: true, TeamTrial: true,
		Racers: []storage.Racer{
			{
				ID: 1000, Vehicle: 1, Human: true, Slot: 5, Outcome: storage.Finished, Time: 5760, BestLap: 1408, TopSpeed: 87, AvgSpeed: 64,
				Security: 0xDEADBEEF, Suspect: true, Points: -10, Prize: 7, Fee: 100, Returned: 99, Won: 1 << 33,
			},
			{ID: 0xFFFFFFFF},
		},
	}
}

// fullBest has a value in every field.
func fullBest(lobby uint32) storage.LobbyBest {
	return storage.LobbyBest{Lobby: lobby, Lap: 1408, LapBy: 1000, LapAt: day(6), Speed: 150, SpeedBy: 1001, SpeedAt: day(7)}
}

func raceID(r storage.Race) uint32           { return r.ID }
func lobbyNumber(b storage.LobbyBest) uint32 { return b.Lobby }

var raceTests = map[string]func(*testing.T, storage.Store){
	"ReadsBackWhatWasPut": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutRace(fullRace(3, storage.RaceRunning)))
			require.NoError(t, tx.PutLobbyBest(fullBest(2)))
		})
		view(t, s, func(tx storage.ReadTx) {
			r, err := tx.Race(3)
			require.NoError(t, err)
			assert.Equal(t, fullRace(3, storage.RaceRunning), r)
			b, err := tx.LobbyBest(2)
			require.NoError(t, err)
			assert.Equal(t, fullBest(2), b)

			_, err = tx.Race(4)
			assert.ErrorIs(t, err, storage.ErrNotFound)
			_, err = tx.LobbyBest(3)
			assert.ErrorIs(t, err, storage.ErrNotFound)
		})
	},
	"RecentOnesComeNewestFirst": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			recent, err := tx.RecentRaces(3)
			require.NoError(t, err)
			assert.Empty(t, recent)
			for _, id := range []uint32{256, 1, 255, 7} {
				require.NoError(t, tx.PutRace(fullRace(id, storage.RaceSettled)))
			}
			recent, err = tx.RecentRaces(3)
			require.NoError(t, err)
			assert.Equal(t, []uint32{256, 255, 7}, ids(recent, raceID), "what the transaction wrote is seen")
		})
		view(t, s, func(tx storage.ReadTx) {
			for n, want := range map[int][]uint32{-1: nil, 0: nil, 1: {256}, 10: {256, 255, 7, 1}} {
				recent, err := tx.RecentRaces(n)
				require.NoError(t, err)
				assert.Equal(t, want, ids(recent, raceID))
			}
		})
	},
	"RefusesID0": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			assert.Error(t, tx.PutRace(fullRace(0, storage.RaceRunning)))
			assert.Error(t, tx.PutLobbyBest(fullBest(0)))
		})
	},
	"IDsStartAt1AndPassOverUsedOnes": func(t *testing.T, s storage.Store) {
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutRace(fullRace(2, storage.RaceSettled)))
			for _, want := range []uint32{1, 3, 4} {
				id, err := tx.NextRace()
				require.NoError(t, err)
				assert.Equal(t, want, id)
			}
		})
		update(t, s, func(tx storage.Tx) {
			id, err := tx.NextRace()
			require.NoError(t, err)
			assert.EqualValues(t, 5, id)
		})
	},
	"WalksInIDOrder": func(t *testing.T, s storage.Store) {
		want := []uint32{1, 2, 255, 256, 0xFFFFFFFF}
		update(t, s, func(tx storage.Tx) {
			for _, i := range []int{3, 0, 4, 2, 1} {
				require.NoError(t, tx.PutRace(fullRace(want[i], storage.RaceCancelled)))
				require.NoError(t, tx.PutLobbyBest(fullBest(want[i])))
			}
		})
		view(t, s, func(tx storage.ReadTx) {
			assert.Equal(t, want, ids(collect(t, tx.Races), raceID))
			assert.Equal(t, want, ids(collect(t, tx.LobbyBests), lobbyNumber))
			stopsAtError(t, tx.Races)
			stopsAtError(t, tx.LobbyBests)
		})
	},
	"RunningRacesFollowTheState": func(t *testing.T, s storage.Store) {
		running := func() []uint32 {
			var list []storage.Race
			view(t, s, func(tx storage.ReadTx) {
				var err error
				list, err = tx.RunningRaces()
				require.NoError(t, err)
			})
			return ids(list, raceID)
		}
		assert.Empty(t, running())
		update(t, s, func(tx storage.Tx) {
			for _, id := range []uint32{256, 3, 1, 255} {
				require.NoError(t, tx.PutRace(fullRace(id, storage.RaceRunning)))
			}
			require.NoError(t, tx.PutRace(fullRace(2, storage.RaceSettled)))
		})
		assert.Equal(t, []uint32{1, 3, 255, 256}, running())
		update(t, s, func(tx storage.Tx) {
			require.NoError(t, tx.PutRace(fullRace(3, storage.RaceSettled)))
			require.NoError(t, tx.PutRace(fullRace(255, storage.RaceCancelled)))
			list, err := tx.RunningRaces()
			require.NoError(t, err)
			assert.Equal(t, []uint32{1, 256}, ids(list, raceID), "seen by the transaction itself")
		})
		assert.Equal(t, []uint32{1, 256}, running())
		update(t, s, func(tx storage.Tx) { require.NoError(t, tx.PutRace(fullRace(3, storage.RaceRunning))) })
		assert.Equal(t, []uint32{1, 3, 256}, running())
	},
}
