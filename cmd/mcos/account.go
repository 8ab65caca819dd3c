package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"mcos/app/admin"
)

func (p *program) accountCommand() *cobra.Command {
	return p.group("account", "Accounts: who may log in",
		p.accountAdd(), p.accountList(), p.accountPasswd(), p.accountBan(), p.accountUnban(), p.accountRemove())
}

func (p *program) accountAdd() *cobra.Command {
	cmd := p.jsonFlag(&cobra.Command{
		Use:   "add NAME",
		Short: "Make an account",
		Long: `Make an account. The name has 3 to 32 letters, digits or underscores; the
password 1 to 72 printable characters without blanks and #. It is asked for on the
terminal, or read from standard input.`,
		Example: "  mcos account add alice\n  echo \"$PASSWORD\" | mcos account add alice --password-stdin",
		Args:    exactly("NAME"),
	})
	stdin := passwordFlag(cmd)
	id := cmd.Flags().Uint32("id", 0, "customer id, to move an account from another server (default: the next free one)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		password, err := p.newPassword(*stdin)
		if err != nil {
			return err
		}
		return p.with(cmd.Context(), writes, func(api admin.API) error {
			a, err := api.AddAccount(cmd.Context(), admin.NewAccount{Name: args[0], Password: password, ID: *id})
			if err != nil {
				return err
			}
			if p.json {
				return p.printJSON(a)
			}
			fmt.Fprintf(p.out, "The account %s has been made (customer id %d).\n", a.Name, a.ID)
			return nil
		})
	}
	return cmd
}

func (p *program) accountList() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "list", Short: "List all accounts", Example: "  mcos account list\n  mcos account list --json", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.with(cmd.Context(), reads, func(api admin.API) error {
				list, err := api.Accounts(cmd.Context())
				if err != nil {
					return err
				}
				return p.showAccounts(list)
			})
		},
	})
}

func (p *program) showAccounts(list []admin.Account) error {
	if p.json {
		return p.printJSON(list)
	}
	if len(list) == 0 {
		fmt.Fprintln(p.out, "There are no accounts yet. Make one with: mcos account add NAME")
		return nil
	}
	rows := [][]string{{"ID", "NAME", "DRIVERS", "CREATED", "LAST LOGIN", "STATE"}}
	for _, a := range list {
		state := "ok"
		if a.Banned {
			state = "banned"
			if a.BanReason != "" {
				state += ": " + a.BanReason
			}
		}
		rows = append(rows, []string{
			strconv.FormatUint(uint64(a.ID), 10), a.Name, strconv.Itoa(a.Personas), p.when(a.Created), p.when(a.LastLogin), state,
		})
	}
	return p.table(rows)
}

func (p *program) accountPasswd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "passwd NAME", Short: "Give an account a new password and end its logins",
		Example: "  mcos account passwd alice", Args: exactly("NAME"),
	}
	stdin := passwordFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		password, err := p.newPassword(*stdin)
		if err != nil {
			return err
		}
		return p.with(cmd.Context(), writes, func(api admin.API) error {
			if err := api.SetPassword(cmd.Context(), admin.Password{Name: args[0], Password: password}); err != nil {
				return err
			}
			fmt.Fprintf(p.out, "The account %s has a new password.\n", args[0])
			return nil
		})
	}
	return cmd
}

func (p *program) accountBan() *cobra.Command {
	cmd := &cobra.Command{
		Use: "ban NAME", Short: "Lock an account and end its logins",
		Example: "  mcos account ban alice --reason \"see you in June\"", Args: exactly("NAME"),
	}
	reason := cmd.Flags().String("reason", "", "`text` that the player is shown")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.with(cmd.Context(), writes, func(api admin.API) error {
			if err := api.Ban(cmd.Context(), admin.Ban{Name: args[0], Reason: *reason}); err != nil {
				return err
			}
			fmt.Fprintf(p.out, "The account %s is locked.\n", args[0])
			return nil
		})
	}
	return cmd
}

func (p *program) accountUnban() *cobra.Command {
	return &cobra.Command{
		Use: "unban NAME", Short: "Let an account log in again", Example: "  mcos account unban alice", Args: exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), writes, func(api admin.API) error {
				if err := api.Unban(cmd.Context(), args[0]); err != nil {
					return err
				}
				fmt.Fprintf(p.out, "The account %s may log in again.\n", args[0])
				return nil
			})
		},
	}
}

func (p *program) accountRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Remove an account and retire its drivers",
		Long:    "Remove an account. Its drivers are retired: their names are free again, and they\ncannot be brought back except from a backup.",
		Example: "  mcos account remove alice", Args: exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), writes, func(api admin.API) error {
				if err := api.RemoveAccount(cmd.Context(), args[0]); err != nil {
					return err
				}
				fmt.Fprintf(p.out, "The account %s has been removed.\n", args[0])
				return nil
			})
		},
	}
}
