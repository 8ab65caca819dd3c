package game

import (
	"math"

	"mcos/storage"
)

// PointsForLevel is how many points a player needs for a level in all
// ("mcots-2 9.5").
func (r *Rules) PointsForLevel(level uint32) uint32 {
	level = min(max(level, 1), r.cfg.LevelCap)
	return r.cfg.LevelStep * level * (level - 1)
}

// LevelOf is the level of a player with so many points.
func (r *Rules) LevelOf(points uint32) uint32 {
	level := uint32(1)
	for level < r.cfg.LevelCap && r.PointsForLevel(level+1) <= points {
		level++
	}
	return level
}

// Rank is the rank that goes with a level ("mcots-2 9.5").
func (r *Rules) Rank(level uint32) uint32 { return level / r.cfg.LevelsPerRank }

// ToNext is what a player lacks to the next level and to the next rank, in
// points, and the rank now. At the top there is nothing to gain: 0 ("mcots-1
// 4.9", DECISIONS 23).
func (r *Rules) ToNext(s storage.Stats) (level, rank uint16, now uint32) {
	now = r.Rank(s.Level)
	return r.missing(s, s.Level+1), r.missing(s, r.cfg.LevelsPerRank*(now+1)), now
}

// missing is how many points a player lacks to a level.
func (r *Rules) missing(s storage.Stats, level uint32) uint16 {
	need := r.PointsForLevel(level)
	if level > r.cfg.LevelCap || need <= s.Points {
		return 0
	}
	return uint16(min(need-s.Points, math.MaxUint16))
}

// Capacity is how many cars, and how many loose parts, a player of a level may
// own ("mcots-1 9.3").
func (r *Rules) Capacity(level uint32) (cars, parts uint32) {
	level = min(max(level, 1), math.MaxUint8) // no product below overflows
	cars = min(r.cfg.CarsPerLevel*level, maxCars)
	parts = min(max(r.cfg.PartSlots, r.cfg.PartSlotsPerLevel*level), maxSlots)
	return cars, parts
}
