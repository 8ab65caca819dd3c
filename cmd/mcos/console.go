package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"mcos/app/console"
	"mcos/app/console/client"
	"mcos/app/datadir"
	"mcos/app/passwords"
)

func (p *program) consoleCommand() *cobra.Command {
	return p.group("console", "Console: the operator's page and its password", p.consoleOpenCommand(), p.consolePasswdCommand())
}

func (p *program) consoleOpenCommand() *cobra.Command {
	return &cobra.Command{
		Use: "open", Short: "Show the running server in a browser",
		Long: `Open the operator's pages of the running server in a browser. The link lets one
browser in, once and within five minutes, and is printed as well, for a browser that
does not open by itself.`,
		Example: "  mcos console open", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := p.dir()
			if err != nil {
				return err
			}
			live, err := client.Find(cmd.Context(), dir)
			if errors.Is(err, client.ErrNotRunning) {
				return fmt.Errorf("no server runs on %s; start one with mcos run", dir)
			}
			if err != nil {
				return err
			}
			url, err := live.LoginURL(cmd.Context())
			if err != nil {
				return err
			}
			fmt.Fprintln(p.out, url)
			if err := p.browse(url); err != nil {
				fmt.Fprintln(p.err, "No browser could be opened here; open the address above.")
			}
			return nil
		},
	}
}

func (p *program) consolePasswdCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "passwd", Short: "Set the operator's password",
		Long: `Set the password with which a browser gets into the operator's pages, of at least 8
characters. Scripts and
tools that cannot read the token file may use it too: it is taken with any user name
as HTTP basic authentication. A running server takes it at once.`,
		Example: "  mcos console passwd\n  mcos console passwd --password-stdin < password.txt", Args: exactly(),
	}
	stdin := passwordFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		dir, err := p.dir()
		if err != nil {
			return err
		}
		password, err := p.newPassword(*stdin)
		if err != nil {
			return err
		}
		if dir, err = datadir.Open(dir.Root()); err != nil {
			return err
		}
		if err := console.SetPassword(cmd.Context(), dir, passwords.New(p.hash), password); err != nil {
			return err
		}
		fmt.Fprintln(p.out, "The operator's password has been set.")
		return nil
	}
	return cmd
}
