package record

import "errors"

// Config is the `record` section of the configuration.
type Config struct {
	Enabled     bool  `yaml:"enabled" help:"Record what all players send and get, from the start on. Recordings hold what players say to each other; passwords, tickets and keys are overwritten. Tell your players."`
	WithSecrets bool  `yaml:"with_secrets" help:"Do not overwrite passwords, tickets and keys in that recording. Only for a server on which nobody but you plays."`
	MaxFile     int64 `yaml:"max_file_bytes" help:"Size at which a recording goes on in a new file." unit:"bytes" min:"65536"`
	MaxTotal    int64 `yaml:"max_total_bytes" help:"Most that all recordings may take on the disk; the oldest are removed beyond it." unit:"bytes" min:"131072"`
}

// Default is the configuration that a server starts with.
func Default() Config { return Config{MaxFile: 32 << 20, MaxTotal: 512 << 20} }

// Check refuses limits that would remove a recording while it is written.
func (c Config) Check() error {
	if c.MaxTotal < 2*c.MaxFile {
		return errors.New("max_total_bytes: it must be at least twice max_file_bytes")
	}
	return nil
}
