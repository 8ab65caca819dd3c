package catalog

import "strconv"

// Computer drivers have the ids firstRacer to lastRacer ("data-model 2.13").
const (
	firstRacer = 500
	lastRacer  = 999
)

// SystemPlayers returns the players that every copy of the game's database
// knows: dealers and services 0 to 14 and the computer drivers 500 to 999
// ("data-model 2.13").
func SystemPlayers() []SystemPlayer {
	names := []string{
		"Null Name", "Muscle Mike", "Auto Barn", "Fat Fender Freddy", "Righteous Ride",
		"Classic Chrysler", "All Factory Ford", "Shoebox Showroom", "Original GM", "Scrappy",
		"Joe", "AI Administrator", "Editorials", "Escrow", "PartAuction",
	}
	players := make([]SystemPlayer, 0, len(names)+lastRacer-firstRacer+1)
	for id, name := range names {
		players = append(players, SystemPlayer{ID: uint32(id), Name: name})
	}
	for id := uint32(firstRacer); id <= lastRacer; id++ {
		players = append(players, SystemPlayer{ID: id, Name: "AI Racer " + strconv.Itoa(int(id))})
	}
	return players
}
