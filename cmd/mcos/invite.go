package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mcos/app/admin"
)

func (p *program) inviteCommand() *cobra.Command {
	return p.group("invite", "Codes with which players sign up", p.inviteAdd(), p.inviteList(), p.inviteRemove())
}

func (p *program) inviteAdd() *cobra.Command {
	cmd := p.jsonFlag(&cobra.Command{
		Use: "add", Short: "Make an invite code",
		Long: `Make a code with which a player can sign up, once unless --uses says more. The
sign-up page asks for codes when the setting web.signup is "invite".`,
		Example: "  mcos invite add --note \"for Doc\"\n  mcos invite add --uses 10 --days 7", Args: exactly(),
	})
	flags := cmd.Flags()
	note := flags.String("note", "", "`text` to remember who it is for")
	uses := flags.Uint32("uses", 1, "`number` of accounts that it is good for")
	days := flags.Uint32("days", 0, "`number` of days after which it is over (default: never)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return p.with(cmd.Context(), writes, func(api admin.API) error {
			i, err := api.AddInvite(cmd.Context(), admin.NewInvite{Note: *note, Uses: int(*uses), Days: int(*days)})
			if err != nil {
				return err
			}
			if p.json {
				return p.printJSON(i)
			}
			fmt.Fprintln(p.out, i.Code)
			return nil
		})
	}
	return cmd
}

func (p *program) inviteList() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "list", Short: "List the invite codes and who used them", Example: "  mcos invite list\n  mcos invite list --json", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.with(cmd.Context(), reads, func(api admin.API) error {
				list, err := api.Invites(cmd.Context())
				if err != nil {
					return err
				}
				return p.showInvites(list)
			})
		},
	})
}

func (p *program) showInvites(list []admin.Invite) error {
	if p.json {
		return p.printJSON(list)
	}
	if len(list) == 0 {
		fmt.Fprintln(p.out, "There are no invite codes. Make one with: mcos invite add")
		return nil
	}
	rows := [][]string{{"CODE", "USED", "ENDS", "STATE", "NOTE", "ACCOUNTS"}}
	for _, i := range list {
		state := "good"
		if !i.Valid {
			state = "over"
		}
		rows = append(rows, []string{
			i.Code, strconv.Itoa(i.Used) + " of " + strconv.Itoa(i.Uses), p.when(i.Expires), state, i.Note, strings.Join(i.Accounts, " "),
		})
	}
	return p.table(rows)
}

func (p *program) inviteRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove CODE", Short: "Make an invite code worthless",
		Example: "  mcos invite remove ABCD-EFGH-JKLM", Args: exactly("CODE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), writes, func(api admin.API) error {
				if err := api.RemoveInvite(cmd.Context(), args[0]); err != nil {
					return err
				}
				fmt.Fprintln(p.out, "Nobody can sign up with this code any more.")
				return nil
			})
		},
	}
}
