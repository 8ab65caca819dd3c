package race

import "time"

// Config is the `race` section of the configuration.
type Config struct {
	MaxHumans      int           `yaml:"max_humans" help:"Most people in one race." values:"6|4" ref:"DECISIONS 28"`
	PerPlayerBonus uint32        `yaml:"per_player_bonus" help:"Money added to the purse for each racer, half of it in sponsored races." unit:"game dollars" ref:"mcots-2 9.5"`
	PerRaceBonus   uint32        `yaml:"per_race_bonus" help:"Money added to the purse of each race, half of it in sponsored races." unit:"game dollars" ref:"mcots-2 9.5"`
	PushStarted    bool          `yaml:"push_233_to_joiners" help:"Tell the start of a race to all racers, not only to the host." ref:"mcots-2 3.7"`
	KeepAlive      time.Duration `yaml:"keep_alive" help:"A race that nobody has touched for twice this time is forgotten." min:"1m" ref:"mcots-2 3.12"`
}

// Default is the configuration that a server starts with.
func Default() Config {
	return Config{MaxHumans: 6, PerPlayerBonus: 50, PerRaceBonus: 100, PushStarted: true, KeepAlive: 15 * time.Minute}
}
