package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"mcos/app/config"
	"mcos/app/config/schema"
	"mcos/app/datadir"
)

// configError is a configuration file that cannot be read.
type configError struct{ error }

// loaded is the configuration with where it came from.
type loaded struct {
	config.Config
	schema.Result
	Path    string // of the file
	Missing bool   // there is no file
}

// configPath is the configuration file, and whether the operator named it.
func (p *program) configPath(dir datadir.Dir) (path string, named bool) {
	if p.configFile != "" {
		return p.configFile, true
	}
	if path := p.getenv("MCOS_CONFIG"); path != "" {
		return path, true
	}
	return dir.Config(), false
}

// loadConfig reads the configuration and prints its warnings.
func (p *program) loadConfig(dir datadir.Dir, flags []schema.Override) (loaded, error) {
	l, err := p.readConfig(dir, flags)
	for _, w := range l.Warnings {
		fmt.Fprintf(p.err, "mcos: %s\n", w)
	}
	return l, err
}

// readConfig reads the configuration. Without a file the defaults hold, unless
// the operator named one.
func (p *program) readConfig(dir datadir.Dir, flags []schema.Override) (loaded, error) {
	l := loaded{}
	path, named := p.configPath(dir)
	text, err := os.ReadFile(path)
	// Where a file stands in place of the folder, the folder's check says so.
	l.Path, l.Missing = path, errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
	switch {
	case err != nil && named:
		return l, configError{fmt.Errorf("configuration: %w", err)}
	case err != nil && !l.Missing:
		return l, fmt.Errorf("configuration: %w; run this as the owner of the data folder", err)
	}
	l.Config, l.Result, err = config.Load(path, text, p.environ, flags)
	return l, err
}
