package bot

import (
	"fmt"
	"time"
)

// Config is the `bots` section of the configuration: players without a person, who stand in a room and race whoever opens a
// race alone. Nobody has seen yet what the original client makes of them.
type Config struct {
	Count   int           `yaml:"count" help:"How many computer players stay in the lobby, so that a lone player has somebody to see and to race; 0 is none. Whether the original game shows and races them as it should is not confirmed yet." min:"0" max:"5"`
	Names   []string      `yaml:"names" help:"Names of their drivers, in order; each has at most 10 letters."`
	Room    uint32        `yaml:"room" help:"Room they stay in: 1 to 20 for MCC01 to MCC20, or 10001 for MC100." min:"1" max:"10001"`
	PerRace int           `yaml:"per_race" help:"Most of them in one race." min:"1" max:"5"`
	Lap     time.Duration `yaml:"lap" help:"How long they take for a lap; now and then a little more or less." min:"25s" max:"10m"`
}

// Default is the configuration that a server starts with.
func Default() Config {
	return Config{Names: []string{"Rusty", "Dusty", "Sparky", "Lucky", "Buster"}, Room: 1, PerRace: 2, Lap: 75 * time.Second}
}

// maxResidents is the greatest Count.
const maxResidents = 5

// Check finds settings that make no sense.
func (c Config) Check() error {
	if c.Count < 0 || c.Count > maxResidents {
		return fmt.Errorf("count: %d, there can be 0 to %d", c.Count, maxResidents)
	}
	if len(c.Names) < c.Count {
		return fmt.Errorf("names: %d names for %d players", len(c.Names), c.Count)
	}
	if c.Count > 0 && (c.Room < 1 || c.Room > lastRoom-PortRace && c.Room != PortMC100) {
		return fmt.Errorf("room: there is no room %d (1 to %d, or %d)", c.Room, lastRoom-PortRace, PortMC100)
	}
	seen := map[string]bool{}
	for _, name := range c.Names {
		if name == "" || len(name) > maxPersonaName {
			return fmt.Errorf("names: %q does not have 1 to %d characters", name, maxPersonaName)
		}
		if seen[name] {
			return fmt.Errorf("names: %q is there twice", name)
		}
		seen[name] = true
	}
	return nil
}
