package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"mcos/installer/service"
)

// trayProgram is the tray beside this program.
const trayProgram = "mcos-tray.exe"

// installerCommand holds the steps that the installers run. An MSI file cannot declare
// those for Windows (packaging/windows/mcos.wxs). Nobody sees what they print there, so
// what goes wrong is written to the event log, where the installer's message points.
func (p *program) installerCommand() *cobra.Command {
	group := p.group("installer", "Steps of the installers",
		p.installerSetup(), p.installerTakedown(), p.installerEndTray(), p.installerUnpatch())
	group.AddCommand(p.ofThisSystem()...)
	group.Hidden = true
	for _, step := range group.Commands() {
		run := step.RunE
		step.RunE = func(cmd *cobra.Command, args []string) error {
			err := run(cmd, args)
			if err != nil {
				p.report(fmt.Errorf("the Windows installer, %s: %w", cmd.Name(), err))
			}
			return err
		}
	}
	return group
}

func (p *program) installerSetup() *cobra.Command {
	start := ""
	cmd := &cobra.Command{
		Use: "setup", Short: "Give the installed service its rights", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.setUpService(cmd.Context(), service.ParseStart(start))
		},
	}
	cmd.Flags().StringVar(&start, "start", "", "start `type` of the service, as in #2")
	return cmd
}

// setUpService gives the service of Windows its rights and opens the firewall. Only
// an unprotected data folder is an error; the rest is worth a warning.
func (p *program) setUpService(ctx context.Context, start uint32) error {
	dir, err := p.dir()
	if err != nil {
		return err
	}
	warnings, err := service.Prepare(service.Preparation{DataDir: dir.Root(), Start: start})
	if err != nil {
		return err
	}
	if err := openFirewall(ctx); err != nil {
		warnings = append(warnings, err)
	}
	for _, w := range warnings {
		fmt.Fprintf(p.err, "mcos: warning: %v\n", w)
	}
	return nil
}

func (p *program) installerTakedown() *cobra.Command {
	data := false
	cmd := &cobra.Command{
		Use: "takedown", Short: "Undo what setup did", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if data {
				return p.removeData()
			}
			return closeFirewall(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&data, "data", false, "remove the data folder with accounts, keys and backups")
	return cmd
}

// removeData removes the data folder, for good. Other things that lie in it stay, and it
// with them: somebody may have named a folder that is not the server's alone.
func (p *program) removeData() error {
	dir, err := p.dir()
	if err != nil {
		return err
	}
	return dir.Remove()
}

// installerEndTray ends the trays of all users: Windows could not replace the file of
// a running one.
func (p *program) installerEndTray() *cobra.Command {
	return &cobra.Command{
		Use: "end-tray", Short: "End the trays of all users", Args: exactly(),
		RunE: func(*cobra.Command, []string) error {
			exe, err := os.Executable()
			if err != nil {
				return err
			}
			return service.EndPrograms(filepath.Dir(exe), trayProgram)
		},
	}
}

// installerUnpatch restores the original game settings before the program that could
// do so is removed.
func (p *program) installerUnpatch() *cobra.Command {
	return p.partFlag(&cobra.Command{
		Use: "unpatch", Short: "Restore the original game settings", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := p.unpatchGame(cmd.Context(), &clientFlags{}, false)
			if errors.Is(err, errSilent) {
				return errors.New("the original game settings could not be restored")
			}
			return err
		},
	})
}
