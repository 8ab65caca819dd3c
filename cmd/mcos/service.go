package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"mcos/app/datadir"
	"mcos/installer/firewall"
	"mcos/installer/service"
)

// serviceWithin is how long the service manager may take. A start after an update
// may include a backup of the store.
const serviceWithin = 5 * time.Minute

func (p *program) serviceCommand() *cobra.Command {
	group := p.group("service", "Run the server as a service of this computer",
		p.serviceInstallCommand(), p.serviceUninstallCommand(),
		p.serviceActionCommand("start", "Start the service and wait until it listens", "The server runs.",
			func(ctx context.Context, m service.Manager) error { return m.Start(ctx) }),
		p.serviceActionCommand("stop", "Stop the service and wait for its end", "The server has stopped.",
			func(ctx context.Context, m service.Manager) error { return m.Stop(ctx) }),
		p.serviceActionCommand("restart", "Stop the service and start it again", "The server runs again.",
			func(ctx context.Context, m service.Manager) error { return m.Restart(ctx) }),
		p.serviceStatusCommand(), p.serviceEntryCommand())
	group.Long = `Run the server as a service: it starts together with the computer, runs without
anybody being logged in and without the rights of an administrator, and is started
again when it breaks down. The packages set it up; "mcos service install" does so
for a program that was unpacked or built by hand.

Whoever sits at the computer may start and stop the service; installing and
removing it takes an administrator.`
	return group
}

// managed runs work on the service manager of this computer.
func (p *program) managed(ctx context.Context, work func(context.Context, service.Manager) error) error {
	if p.dataDir != "" || p.configFile != "" {
		return usagef("the service has its own data folder, so --data-dir and --config do not apply; run a server on another folder with: mcos run")
	}
	ctx, cancel := context.WithTimeout(ctx, serviceWithin)
	defer cancel()
	err := work(ctx, p.services(service.Config{}))
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the service manager did not finish within %s", serviceWithin)
	}
	return err
}

func (p *program) serviceInstallCommand() *cobra.Command {
	return &cobra.Command{
		Use: "install", Short: "Make the server a service that starts together with the computer",
		Long: `Make the server a service that starts together with the computer. On Linux this
writes the same unit that the packages bring, makes the user mcos, and lets the user
at the screen start and stop the service. On Windows it also opens the game's ports
on private networks and closes the data folder to other users.

The service runs this very program from where it is now. When a package has brought
the service, the package alone may change it.`,
		Example: "  sudo mcos service install\n  sudo mcos service start", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := p.managed(cmd.Context(), func(ctx context.Context, m service.Manager) error {
				if err := m.Install(ctx); err != nil {
					return err
				}
				if runtime.GOOS == "windows" {
					return p.setUpService(ctx, 0)
				}
				return nil
			})
			if err != nil {
				return err
			}
			fmt.Fprintln(p.out, "The service is installed and will start together with the computer. Start it now with: mcos service start")
			return nil
		},
	}
}

func (p *program) serviceUninstallCommand() *cobra.Command {
	return &cobra.Command{
		Use: "uninstall", Short: "Stop the service and remove it; its data stay",
		Example: "  sudo mcos service uninstall", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := p.managed(cmd.Context(), func(ctx context.Context, m service.Manager) error {
				if err := m.Uninstall(ctx); err != nil {
					return err
				}
				return closeFirewall(ctx)
			})
			if err != nil {
				return err
			}
			fmt.Fprintln(p.out, "The service is removed. Its data folder is still there.")
			return nil
		},
	}
}

func (p *program) serviceActionCommand(use, short, done string, action func(context.Context, service.Manager) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Example: "  mcos service " + use, Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := p.managed(cmd.Context(), action); err != nil {
				return err
			}
			fmt.Fprintln(p.out, done)
			return nil
		},
	}
}

func (p *program) serviceStatusCommand() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "status", Short: "Tell how the service is",
		Example: "  mcos service status\n  mcos service status --json", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.managed(cmd.Context(), func(ctx context.Context, m service.Manager) error {
				st, err := m.Status(ctx)
				if err != nil {
					return err
				}
				if p.json {
					return p.printJSON(st)
				}
				return p.facts(serviceFacts(st)...)
			})
		},
	})
}

// serviceFacts describes the service for people.
func serviceFacts(st service.Status) [][2]string {
	facts := [][2]string{{"Service", st.State.String()}}
	if st.Problem != "" {
		facts = append(facts, [2]string{"Problem", st.Problem})
	}
	if st.State == service.NotInstalled {
		return facts
	}
	if st.PID != 0 {
		facts = append(facts, [2]string{"Process", strconv.Itoa(st.PID)})
	}
	starts := "by hand"
	if st.Automatic {
		starts = "together with the computer"
	}
	by := "mcos service install"
	if st.Owner == service.OwnerPackage {
		by = "the installed package"
	}
	return append(facts, [2]string{"Starts", starts}, [2]string{"Installed by", by})
}

// serviceEntryCommand is how the service manager starts the server.
func (p *program) serviceEntryCommand() *cobra.Command {
	return &cobra.Command{
		Use: service.EntryArguments[1], Short: "Run the server for the service manager", Hidden: true, Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			p.errorMark = service.ErrorMark()
			return service.Serve(cmd.Context(), func(ctx context.Context, host service.Host) error {
				return p.serve(ctx, nil, host)
			})
		},
	}
}

func openFirewall(ctx context.Context) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	wall, err := firewall.New()
	if err != nil {
		return err
	}
	return wall.Open(ctx, firewall.Rules(exe))
}

// closeFirewall takes the openings back where there are any.
func closeFirewall(ctx context.Context) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	wall, err := firewall.New()
	if errors.Is(err, firewall.ErrUnsupported) {
		return nil
	}
	if err != nil {
		return err
	}
	wall.Close(ctx, exe)
	return nil
}

// keepCrashes has a crash of the server written to a file of the data folder: a
// service of Windows has no screen that could show it.
func keepCrashes(dir datadir.Dir) {
	if runtime.GOOS != "windows" {
		return
	}
	f, err := os.OpenFile(filepath.Join(dir.Logs(), "crash.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer f.Close() // SetCrashOutput has its own handle
	_ = debug.SetCrashOutput(f, debug.CrashOptions{})
}
