package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"mcos/app/config"
	"mcos/app/config/schema"
)

func (p *program) configCommand() *cobra.Command {
	return p.group("config", "Configuration", p.configCheck(), p.configInit())
}

// difference is a setting that does not have its default.
type difference struct {
	Path    string `json:"path"`
	Value   string `json:"value"`
	Default string `json:"default"`
	Source  string `json:"source"` // file and line, variable or flag
}

// checked is the result of config check.
type checked struct {
	File        string       `json:"file"`
	Missing     bool         `json:"missing"`
	Differences []difference `json:"differences"`
	Warnings    []string     `json:"warnings"`
}

func (p *program) configCheck() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "check", Short: "Check the configuration and show what differs from the defaults",
		Long: `Check the configuration file and the MCOS_ variables of the environment as a start
of the server would, and list every setting that does not have its default. The
exit code is 2 when something is wrong.`,
		Example: "  mcos config check\n  mcos config check --config ./mcos.yaml", Args: exactly(),
		RunE: func(*cobra.Command, []string) error {
			dir, err := p.dir()
			if err != nil {
				return err
			}
			l, err := p.loadConfig(dir, nil)
			if err != nil {
				return err
			}
			return p.showChecked(l)
		},
	})
}

func (p *program) showChecked(l loaded) error {
	c := checked{File: l.Path, Missing: l.Missing, Differences: differences(l), Warnings: []string{}}
	for _, w := range l.Warnings {
		c.Warnings = append(c.Warnings, w.Error())
	}
	if p.json {
		return p.printJSON(c)
	}
	if c.Missing {
		fmt.Fprintf(p.out, "There is no file %s; the defaults are used.\n", c.File)
	} else {
		fmt.Fprintf(p.out, "%s is fine.\n", c.File)
	}
	if len(c.Differences) == 0 {
		fmt.Fprintln(p.out, "Every setting has its default.")
		return nil
	}
	rows := [][]string{{"SETTING", "VALUE", "DEFAULT", "FROM"}}
	for _, d := range c.Differences {
		rows = append(rows, []string{d.Path, d.Value, d.Default, d.Source})
	}
	return p.table(rows)
}

// differences lists the settings that do not have their defaults, in the order of
// the file. The values of secrets are not shown.
func differences(l loaded) []difference {
	list := []difference{}
	defaults := config.Describe(config.Default())
	for i, e := range config.Describe(l.Config) {
		source, set := l.Sources[e.Path]
		hidden := e.Secret || slices.ContainsFunc(e.Columns, func(c schema.Entry) bool { return c.Secret })
		switch {
		case e.Kind == schema.Section || !set:
		case e.Default == defaults[i].Default && !(e.Secret && config.Differ(l.Config, config.Default(), e.Path)):
		case hidden:
			list = append(list, difference{e.Path, "(hidden)", "", source})
		default:
			list = append(list, difference{e.Path, e.Default, defaults[i].Default, source})
		}
	}
	return list
}

func (p *program) configInit() *cobra.Command {
	return &cobra.Command{
		Use: "init", Short: "Write the configuration file with all defaults and comments",
		Long:    "Write the configuration file with every setting, its default and what it does. An\nexisting file is not replaced.",
		Example: "  mcos config init\n  mcos config init --config ./mcos.yaml", Args: exactly(),
		RunE: func(*cobra.Command, []string) error {
			dir, err := p.dir()
			if err != nil {
				return err
			}
			path, _ := p.configPath(dir)
			err = writeConfig(path)
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s exists already; move it away to get a new one", path)
			}
			if err == nil {
				fmt.Fprintf(p.out, "%s has been written. Check your changes with: mcos config check\n", path)
			}
			return err
		},
	}
}

// writeConfig writes a new configuration file. Only its owner may read it: it can
// hold a sign-up code.
func writeConfig(path string) error {
	var text bytes.Buffer
	if err := config.Write(&text, config.Default()); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	// Under another name first: a full disk must not leave half a configuration.
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it is gone when all went well
	_, err = f.Write(text.Bytes())
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return publish(f.Name(), path)
}
