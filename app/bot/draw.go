package bot

import (
	"slices"
	"time"

	"mcos/protocol/mcots"
)

// draw makes the races of a round. The first one is for all together, as far as the slots go; later ones are made of random
// groups.
func (e *evening) draw(n int) []*heat {
	order := slices.Clone(e.drivers)
	e.random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	var heats []*heat
	for len(order) > 0 {
		size := min(mcots.RaceSlots, len(order))
		if n > 1 && e.random.IntN(2) == 0 {
			size = 1 + e.random.IntN(size)
		}
		heats = append(heats, e.newHeat(order[:size]))
		order = order[size:]
	}
	return heats
}

func (e *evening) newHeat(drivers []*driver) *heat {
	e.heats++
	h := &heat{
		number: e.heats, e: e, host: drivers[0], racers: slices.Clone(drivers), again: e.random.IntN(3) == 0, fee: e.Fee,
		fate: map[uint32]misfortune{}, pace: map[uint32]time.Duration{}, vehicles: map[uint32]uint32{},
		book: newRelayBook(uint32(e.heats), e.now),
	}
	var users []uint32
	for _, d := range drivers {
		users = append(users, d.user)
		h.vehicles[d.user] = d.cars[0].VehicleID
		h.pace[d.user] = e.Duration + time.Duration(e.random.Float64()*0.2*float64(e.Duration))
		if f, ok := e.misfortune(); ok {
			h.fate[d.user] = f
		}
		if int64(d.seat.Home.Player.BankBalance) < 2*int64(h.fee) {
			h.fee = 0 // somebody cannot pay
		}
	}
	h.meeting = newMeeting(h.host.user, users)
	return h
}

func (e *evening) misfortune() (misfortune, bool) {
	stages := []stage{reserved, inRoom, ready, told, loaded, started, started, arrived, settled}
	hit, at := e.random.Float64() < e.DropRate, stages[e.random.IntN(len(stages))]
	f := misfortune{at: at, giveUp: at == started && e.random.IntN(3) == 0, when: e.random.Float64()}
	return f, hit
}

// raceLobby chooses where to race: a street or circuit lobby where there is one. It returns the factor of its prizes too.
func (e *evening) raceLobby(h *Home) (id uint32, factor float64) {
	if len(h.Lobbies) == 0 {
		return 0, 1
	}
	chosen := h.Lobbies[0]
	for _, l := range h.Lobbies {
		if l.RaceType == mcots.RaceSimStreet || l.RaceType == mcots.RaceSimPro {
			chosen = l
			break
		}
	}
	return chosen.LobbyID, float64(chosen.RaceCashFactor)
}

// purse is what a fee leads to.
func (e *evening) purse(h *Home, fee uint32) uint32 {
	for _, p := range h.Purses {
		if p.EntryFee == fee {
			return p.Purse
		}
	}
	return 0
}
