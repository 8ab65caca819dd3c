package game

import (
	"fmt"
	"math"

	"mcos/storage"
)

// Race types ("mcots-2 2.1"): the ones with rules of their own.
const (
	typeTestDrive    = 14
	typeStreet       = 16
	typeCircuit      = 17
	typeTimeTrial    = 19
	typeStunt        = 23
	typeArcadeTrial  = 25
	percent          = 100
	maxPoints        = math.MaxUint16 // of a player in all: totalPoints of 237 is u16
	maxPointsPerRace = math.MaxInt16
)

// Rewards is the part of the economy that says what races pay ("mcots-2 9.5").
type Rewards struct {
	Split2 []uint32 `yaml:"split_2" help:"Shares of the purse when two racers finish, winner first; what is left over goes to the winner." unit:"percent" max:"100" ref:"mcots-2 9.5"`
	Split3 []uint32 `yaml:"split_3" help:"Shares of the purse when three racers finish." unit:"percent" max:"100" ref:"mcots-2 9.5"`
	Split4 []uint32 `yaml:"split_4" help:"Shares of the purse when four or more racers finish." unit:"percent" max:"100" ref:"mcots-2 9.5"`

	Points          []uint32 `yaml:"points" help:"Race points for each place, winner first." max:"1000" ref:"mcots-2 9.5"`
	SoloPercent     uint32   `yaml:"solo_percent" help:"Share of the points for driving a street or circuit race without another player; other races pay none then." unit:"percent" max:"100" ref:"mcots-2 9.5"`
	SponsoredFactor uint32   `yaml:"sponsored_percent" help:"Share of the points in sponsored races." unit:"percent" max:"100" ref:"mcots-2 9.5"`
	LeavePenalty    uint32   `yaml:"leave_penalty" help:"Points that giving up costs." max:"1000" ref:"mcots-2 9.5"`
	RankBonus       uint32   `yaml:"rank_bonus" help:"Money for reaching a rank, times the number of the rank." unit:"game dollars" max:"1000000" ref:"mcots-2 9.5"`

	PartPrizePercent uint32 `yaml:"part_prize_percent" help:"How often the winner of a race with two or more players gets a part." unit:"percent" max:"100" ref:"mcots-2 9.5"`
	PartPrizeGrade   uint8  `yaml:"part_prize_grade" help:"Highest grade of a part won: 1 stock, 2 performance, 3 high performance, 4 racing." max:"4" ref:"mcots-2 9.5"`
}

// DefaultRewards are the documented rewards.
func DefaultRewards() Rewards {
	return Rewards{
		Split2: []uint32{70, 30}, Split3: []uint32{60, 25, 15}, Split4: []uint32{50, 25, 15, 10},
		Points: []uint32{100, 60, 40, 25, 15, 10}, SoloPercent: 25, SponsoredFactor: 50, LeavePenalty: 10,
		RankBonus: 5000, PartPrizePercent: 5, PartPrizeGrade: 2,
	}
}

// check finds splits that give away more than there is.
func (w Rewards) check() (problems []error) {
	for name, split := range map[string][]uint32{"split_2": w.Split2, "split_3": w.Split3, "split_4": w.Split4} {
		sum := uint32(0)
		for _, share := range split {
			sum += share
		}
		if sum > percent {
			problems = append(problems, fmt.Errorf("rewards: %s gives away %d percent", name, sum))
		}
	}
	return problems
}

// shares divides a purse among so many finishers, winner first: every dollar of it
// is somebody's ("mcots-2 9.5").
func (w Rewards) shares(purse int64, finishers int) []int64 {
	if finishers == 0 {
		return nil
	}
	split := [][]uint32{nil, nil, w.Split2, w.Split3, w.Split4}[min(finishers, 4)]
	shares := make([]int64, finishers)
	left := purse
	for i := 1; i < min(len(split), finishers); i++ {
		shares[i] = purse * int64(split[i]) / percent
		left -= shares[i]
	}
	shares[0] = left
	return shares
}

// RaceLobby are the numbers of a lobby that results depend on ("mcots-2 9.2,
// 9.3"). Times are ticks of 1/64 second. A factor of 0 counts as 1.
type RaceLobby struct {
	PointsFactor, CashFactor float64

	Par                            uint32 // 0 = no time trial awards
	Increment                      uint32 // 0 = no bonus for being faster
	QualifyPoints, QualifyCash     uint32
	IncrementPoints, IncrementCash uint32
	Turf                           []uint32 // lobbies on the same track, this one too
}

// award is what a time trial pays for a time ("mcots-2 9.3").
func (l RaceLobby) award(time uint32) (points, cash int64) {
	if l.Par == 0 || time == 0 || time > l.Par {
		return 0, 0
	}
	n := int64(0)
	if l.Increment > 0 {
		n = int64((l.Par - time) / l.Increment)
	}
	points = int64(l.QualifyPoints) + n*int64(l.IncrementPoints)
	cash = int64(l.QualifyCash) + n*int64(l.IncrementCash)
	return min(points, maxPointsPerRace), min(cash, math.MaxUint32)
}

// scaled multiplies an amount by a factor of the lobby.
func scaled(amount int64, factor float64) int64 {
	if factor == 0 {
		factor = 1
	}
	return int64(dollars(math.Floor(float64(amount)*factor + tiny)))
}

// unpaid reports whether races of this type are for fun: test drives and the
// arcade ("mcots-2 8.2, 8.4").
func unpaid(r storage.Race) bool {
	return r.Type == typeTestDrive || r.Type == typeStunt || r.Type == typeArcadeTrial
}

// trial reports whether each finisher is paid for his time alone ("mcots-2 8.3,
// 9.3").
func trial(r storage.Race) bool { return r.TeamTrial || r.Type == typeTimeTrial }

// prizes is the money for each racer of a race in finishing order ("mcots-2 9.5",
// DECISIONS 25).
func (r *Rules) prizes(race storage.Race, lobby RaceLobby) []int64 {
	prizes := make([]int64, len(race.Racers))
	finishers := finishers(race)
	switch {
	case unpaid(race) || race.PinkSlip:
	case trial(race):
		for i := range finishers {
			_, prizes[i] = lobby.award(race.Racers[i].Time)
		}
	case race.Humans() < 2:
		// Nobody makes money alone: whoever finishes gets the bonus.
		for i, racer := range race.Racers[:finishers] {
			if racer.Human {
				prizes[i] = scaled(race.PerRaceBonus, lobby.CashFactor)
			}
		}
	default:
		purse := race.Purse + race.PerRaceBonus + race.PerPlayerBonus*int64(race.Humans())
		copy(prizes, r.cfg.Rewards.shares(scaled(purse, lobby.CashFactor), finishers))
	}
	return prizes
}

// points are the race points for a place, counted from 0.
func (r *Rules) points(race storage.Race, lobby RaceLobby, place int) int16 {
	racer, w := race.Racers[place], r.cfg.Rewards
	switch {
	case unpaid(race):
		return 0
	case racer.Outcome == storage.GaveUp:
		return -int16(w.LeavePenalty)
	case !finished(racer):
		return 0
	case trial(race):
		points, _ := lobby.award(racer.Time)
		return int16(points)
	case place >= len(w.Points):
		return 0
	}
	points := scaled(int64(w.Points[place]), lobby.PointsFactor)
	if race.Sponsor != 0 {
		points = points * int64(w.SponsoredFactor) / percent
	}
	if race.Humans() < 2 {
		if race.Type != typeStreet && race.Type != typeCircuit {
			return 0
		}
		points = points * int64(w.SoloPercent) / percent
	}
	return int16(min(points, maxPointsPerRace))
}

// finished reports whether a racer has a result that counts (DECISIONS 47).
func finished(racer storage.Racer) bool { return racer.Outcome == storage.Finished && !racer.Void }

// finishers is how many racers have a result that counts; they are the first ones.
func finishers(race storage.Race) (n int) {
	for _, racer := range race.Racers {
		if finished(racer) {
			n++
		}
	}
	return n
}
