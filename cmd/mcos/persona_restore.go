package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"mcos/app/admin"
)

func (p *program) personaDeleted() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "deleted [ACCOUNT]", Short: "List deleted drivers, newest first",
		Example: "  mcos persona deleted\n  mcos persona deleted alice --json", Args: between(0, "ACCOUNT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			account := ""
			if len(args) > 0 {
				account = args[0]
			}
			return p.with(cmd.Context(), reads, func(api admin.API) error {
				list, err := api.Deleted(cmd.Context(), account)
				if err != nil {
					return err
				}
				return p.showDeleted(list)
			})
		},
	})
}

func (p *program) showDeleted(list []admin.Deleted) error {
	if p.json {
		return p.printJSON(list)
	}
	if len(list) == 0 {
		fmt.Fprintln(p.out, "No driver has been deleted.")
		return nil
	}
	rows := [][]string{{"ID", "NAME", "ACCOUNT", "LEVEL", "CASH", "CARS", "DELETED", "CAN COME BACK UNTIL"}}
	for _, d := range list {
		until := "always"
		if !d.Until.IsZero() {
			until = p.when(d.Until)
		}
		rows = append(rows, []string{
			strconv.FormatUint(uint64(d.ID), 10), d.Name, d.Account, strconv.FormatUint(uint64(d.Level), 10),
			dollars(d.Cash), strconv.Itoa(d.Cars), p.when(d.Deleted), until,
		})
	}
	return p.table(rows)
}

func (p *program) personaRestore() *cobra.Command {
	cmd := p.jsonFlag(&cobra.Command{
		Use: "restore [NAME]", Short: "Restore a deleted driver",
		Long: `Restore a deleted driver with cars, parts and money. In-game mail and the buddy list
are not restored. Where several deleted drivers had the name, choose one with --id; where
the name has been taken meanwhile, give another one with --as.`,
		Example: "  mcos persona restore \"Dr Brown\"\n  mcos persona restore --id 1004 --as Brown2", Args: between(0, "NAME"),
	})
	id := cmd.Flags().Uint32("id", 0, "`id` of the driver, as mcos persona deleted shows it")
	as := cmd.Flags().String("as", "", "another `name` for the driver")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in := admin.RestorePersona{ID: *id, As: *as}
		if len(args) > 0 {
			in.Name = args[0]
		}
		if (in.Name == "") == (in.ID == 0) {
			return usagef("name the driver, or give --id")
		}
		return p.with(cmd.Context(), writes, func(api admin.API) error {
			d, err := api.RestorePersona(cmd.Context(), in)
			if err != nil {
				return err
			}
			if p.json {
				return p.printJSON(d)
			}
			fmt.Fprintf(p.out, "%s is back (account %s) with %s and cars: %d. The player sees the driver at the next login.\n", d.Name, d.Account, dollars(d.Cash), d.Cars)
			return nil
		})
	}
	return cmd
}
