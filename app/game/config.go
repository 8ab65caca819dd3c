package game

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Limits that the messages set.
const (
	maxCars  = 255  // the count of 173 is one byte (mcots-1 5.1)
	maxSlots = 1900 // the longest records of 175 fill one frame with 1926 parts
)

// Config is the `economy` section of the configuration: what things cost, what a
// new persona starts with and how much it may own.
type Config struct {
	StartingCash uint32 `yaml:"starting_cash" help:"Money of a new persona." unit:"game dollars" ref:"mcots-1 9.1"`
	PersonaLimit int    `yaml:"persona_limit" help:"How many personas an account may have." min:"1" max:"255" ref:"nps-login-persona 4.14"`

	RestoreWithin time.Duration `yaml:"restore_within" help:"How long a deleted driver can be brought back with cars and money (mcos persona restore); 0 means for ever." ref:"nps-login-persona 4.11"`

	CarsPerLevel      uint32 `yaml:"cars_per_level" help:"Cars that a player may own for each level." min:"1" max:"255" ref:"mcots-1 9.3"`
	PartSlots         uint32 `yaml:"part_slots" help:"Loose parts that every player may own, whatever the level." max:"1900" ref:"mcots-1 9.3"`
	PartSlotsPerLevel uint32 `yaml:"part_slots_per_level" help:"Loose parts that a player may own for each level, when that is more." max:"1900" ref:"mcots-1 9.3"`

	RepairModifier  float64 `yaml:"repair_modifier" help:"Repair of a destroyed part costs the list price times this." min:"0" max:"100" ref:"mcots-2 9.4"`
	ScrapModifier   float64 `yaml:"scrap_modifier" help:"Scrapping a new part pays the list price times this." min:"0" max:"1" ref:"mcots-2 9.4"`
	TradeInModifier float64 `yaml:"trade_in_modifier" help:"A car is worth the price of a new one times this when it is traded in, and when a winner has no room for it. The game is told." min:"0" max:"1" ref:"mcots-2 9.4"`

	TradeIn string `yaml:"trade_in" help:"Whether dealers take a car in payment. How the original did it is not known, and whether the game shows the right sum neither." values:"refuse|accept" ref:"DECISIONS 22"`

	LevelStep     uint32 `yaml:"level_step" help:"Level L needs this x L x (L - 1) points." min:"1" max:"32767" ref:"mcots-2 9.5"`
	LevelCap      uint32 `yaml:"level_cap" help:"The highest level." min:"1" max:"255" ref:"mcots-2 9.5"`
	LevelsPerRank uint32 `yaml:"levels_per_rank" help:"A player's rank is the level divided by this." min:"1" max:"255" ref:"mcots-2 9.5"`

	SellZeroQuantity bool `yaml:"sell_zero_quantity" help:"Also sell parts that the catalog has with quantity 0." ref:"mcots-2 5.4"`

	Rewards Rewards `yaml:"rewards" help:"What races pay." ref:"mcots-2 9.5"`

	Rescue bool `yaml:"rescue" help:"Let a driver who has no car and not the money for the cheapest starter car choose a starter car once more, at most once in 24 hours. The ledger calls what is added a rescue." ref:"DECISIONS 56"`

	StarterDealer uint32       `yaml:"starter_dealer" help:"Dealer that offers the starter cars; the game asks for number 8." ref:"mcots-1 9.1"`
	StarterCars   []StarterCar `yaml:"starter_cars" help:"Cars offered to a persona that owns none." ref:"mcots-1 9.1"`
	DealerStock   []StockCar   `yaml:"dealer_stock" help:"What a dealer offers. A dealer with a line here sells only what its lines name, the others sell the catalog's cars of their make or class." ref:"DECISIONS 21"`
}

// StarterCar is a car that a new persona may choose.
type StarterCar struct {
	Car   uint32 `yaml:"car" help:"Branded part id of the car."`
	Price uint32 `yaml:"price" help:"Price with any paint." unit:"game dollars" min:"1"`
	Deal  bool   `yaml:"deal_of_the_day" help:"Marked as the deal of the day."`
}

// StockCar is a car on a dealer's lot.
type StockCar struct {
	Dealer uint32 `yaml:"dealer" help:"Number of the dealer."`
	Car    uint32 `yaml:"car" help:"Branded part id of the car."`
	Price  uint32 `yaml:"price" help:"Price with any paint; 0 is the catalog's price." unit:"game dollars"`
	Deal   bool   `yaml:"deal_of_the_day" help:"Marked as the deal of the day."`
}

// Default is the configuration that a server starts with ("mcots-1 9.1",
// "mcots-1 9.3", "mcots-2 9.5").
func Default() Config {
	return Config{
		StartingCash: 10000, PersonaLimit: 5,
		RestoreWithin: 90 * 24 * time.Hour,
		CarsPerLevel:  3, PartSlots: 100, PartSlotsPerLevel: 40,
		RepairModifier: 1, ScrapModifier: 0.5, TradeInModifier: 0.5, TradeIn: "refuse",
		LevelStep: 50, LevelCap: 36, LevelsPerRank: 5,
		SellZeroQuantity: true,
		Rescue:           true,
		Rewards:          DefaultRewards(),
		StarterDealer:    8,
		StarterCars: []StarterCar{
			{Car: 113, Price: 7394},
			{Car: 104, Price: 6495, Deal: true},
			{Car: 402, Price: 5995},
		},
	}
}

// Check finds settings that contradict each other: a level that needs more points
// than the game can count, and cars listed twice.
func (c Config) Check() error {
	var problems []error
	if need := uint64(c.LevelStep) * uint64(c.LevelCap) * uint64(max(c.LevelCap, 1)-1); need > math.MaxUint16 {
		problems = append(problems, fmt.Errorf("level_cap %d with level_step %d needs %d points, more than %d", c.LevelCap, c.LevelStep, need, math.MaxUint16))
	}
	problems = append(problems, c.Rewards.check()...)
	starters := map[uint32]bool{}
	for _, s := range c.StarterCars {
		if starters[s.Car] {
			problems = append(problems, fmt.Errorf("starter_cars lists car %d twice", s.Car))
		}
		starters[s.Car] = true
	}
	type lot struct{ dealer, car uint32 }
	lots := map[lot]bool{}
	for _, s := range c.DealerStock {
		if lots[lot{s.Dealer, s.Car}] {
			problems = append(problems, fmt.Errorf("dealer_stock lists car %d of dealer %d twice", s.Car, s.Dealer))
		}
		lots[lot{s.Dealer, s.Car}] = true
	}
	return errors.Join(problems...)
}
