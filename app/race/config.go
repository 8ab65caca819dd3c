package race

import "time"

// Config is the `race` section of the configuration.
type Config struct {
	MaxHumans      int    `yaml:"max_humans" help:"Most people in one race." values:"6|4" ref:"DECISIONS 28"`
	PinkSlipLevel  uint32 `yaml:"pink_slip_level" help:"Lowest level for races in which the loser loses the car." max:"36" ref:"mcots-2 3.15"`
	PinkSlipRoom   string `yaml:"pink_slip_room" help:"A race for cars starts only when its room, where there is one, calls it one and shows the host's car or none, and when everybody in it is ready, or all joiners are, as the host's start is his word." values:"all|joiners|off" ref:"DECISIONS 44"`
	PerPlayerBonus uint32 `yaml:"per_player_bonus" help:"Money added to the purse for each racer, half of it in sponsored races." unit:"game dollars" max:"1000000" ref:"mcots-2 9.5"`
	PerRaceBonus   uint32 `yaml:"per_race_bonus" help:"Money added to the purse of each race, half of it in sponsored races." unit:"game dollars" max:"1000000" ref:"mcots-2 9.5"`

	PushStarted  bool `yaml:"push_233_to_joiners" help:"Tell the start of a race to all racers, not only to the host." ref:"mcots-2 3.7"`
	SendResults  bool `yaml:"send_237" help:"Send the results of a race; without it everything is paid just the same." ref:"mcots-2 3.9"`
	RaceAgain    bool `yaml:"race_again" help:"Let a host start the same race again after the results." ref:"mcots-2 7"`
	FlagSuspects bool `yaml:"flag_suspects" help:"Mark racers in the results whose game reports tampering. They are logged anyway and paid all the same, as the game had false alarms; results that do not count are always marked." ref:"mcots-2 10"`

	CheckResults  bool          `yaml:"check_results" help:"Results that contradict themselves or the server's clock win no money, points, car, part or record, and races_per_hour holds. Off is for benches and tests only: anyone can make millions then." ref:"DECISIONS 47"`
	TimeTolerance time.Duration `yaml:"time_tolerance" help:"How much longer than its result says a race may have taken by the server's clock, loading not counted." min:"1s" ref:"DECISIONS 47"`
	PerHour       int           `yaml:"races_per_hour" help:"Most races that one driver may start in an hour; 0 is no limit." min:"0" max:"1000" ref:"mcots-2 10"`

	KeepAlive       time.Duration `yaml:"keep_alive" help:"A race that nobody has touched for twice this time is forgotten." min:"1m" ref:"mcots-2 3.12"`
	FinishTimeout   time.Duration `yaml:"finish_timeout" help:"How long the others may take after the first one has finished." min:"1s" ref:"mcots-2 7"`
	DisconnectGrace time.Duration `yaml:"disconnect_grace" help:"How long a racer whose connection broke, here or on the race port, may take to come back." ref:"mcots-2 7"`
	Longest         time.Duration `yaml:"longest" help:"How long a race may take at most, whoever still drives." min:"5m" ref:"DECISIONS 55"`
	LateReports     time.Duration `yaml:"late_reports" help:"How long damage is still accepted after a race." ref:"mcots-2 7"`
}

// Default is the configuration that a server starts with.
func Default() Config {
	return Config{
		MaxHumans: 6, PinkSlipLevel: 5, PinkSlipRoom: "all", PerPlayerBonus: 50, PerRaceBonus: 100,
		CheckResults: true, TimeTolerance: 30 * time.Second, PerHour: 40,
		PushStarted: true, SendResults: true, RaceAgain: true,
		KeepAlive: 15 * time.Minute, FinishTimeout: 2 * time.Minute,
		DisconnectGrace: 30 * time.Second, Longest: time.Hour, LateReports: 10 * time.Minute,
	}
}
