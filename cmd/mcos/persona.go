package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"mcos/app/admin"
)

func (p *program) personaCommand() *cobra.Command {
	return p.group("persona", "Personas: the drivers of the accounts",
		p.personaList(), p.personaDeleted(), p.personaRestore(), p.personaShow(), p.personaAdd(), p.personaGrant(), p.personaRename(),
		p.personaMute(), p.personaUnmute(), p.personaKick())
}

func (p *program) personaList() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "list [ACCOUNT]", Short: "List the drivers of an account, or all",
		Example: "  mcos persona list\n  mcos persona list alice --json", Args: between(0, "ACCOUNT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			account := ""
			if len(args) > 0 {
				account = args[0]
			}
			return p.with(cmd.Context(), reads, func(api admin.API) error {
				list, err := api.Personas(cmd.Context(), account)
				if err != nil {
					return err
				}
				return p.showPersonas(list)
			})
		},
	})
}

func (p *program) showPersonas(list []admin.Persona) error {
	if p.json {
		return p.printJSON(list)
	}
	if len(list) == 0 {
		fmt.Fprintln(p.out, "There are no drivers. Players make theirs in the game; you can with: mcos persona add ACCOUNT NAME")
		return nil
	}
	rows := [][]string{{"ID", "NAME", "ACCOUNT", "LEVEL", "CASH", "CARS", "LAST LOGIN", "NOW"}}
	for _, d := range list {
		now := ""
		if d.Online {
			now = "playing"
		}
		rows = append(rows, []string{
			strconv.FormatUint(uint64(d.ID), 10), d.Name, d.Account, strconv.FormatUint(uint64(d.Level), 10),
			dollars(d.Cash), strconv.Itoa(d.Cars), p.when(d.LastLogin), now,
		})
	}
	return p.table(rows)
}

func (p *program) personaShow() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "show NAME", Short: "Show a driver with cars and money", Example: "  mcos persona show \"Dr Brown\"", Args: exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), reads, func(api admin.API) error {
				g, err := api.Persona(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return p.showGarage(g)
			})
		},
	})
}

func (p *program) showGarage(g admin.Garage) error {
	if p.json {
		return p.printJSON(g)
	}
	state := "not in the game"
	if g.Online {
		state = "playing now"
	}
	err := p.facts(
		[2]string{"Driver", fmt.Sprintf("%s (id %d, account %s), %s", g.Name, g.ID, g.Account, state)},
		[2]string{"Created", p.when(g.Created)},
		[2]string{"Last login", p.when(g.LastLogin)},
		[2]string{"Level", fmt.Sprintf("%d (%d points)", g.Level, g.Stats.Points)},
		[2]string{"Races", fmt.Sprintf("%d entered, %d finished, %d won", g.Stats.Entered, g.Stats.Completed, g.Stats.Won)},
		[2]string{"Cash", dollars(g.Cash)},
		[2]string{"Loose parts", strconv.Itoa(g.LooseParts)},
	)
	if err != nil {
		return err
	}
	for _, v := range g.Vehicles {
		name := v.Name
		if name == "" {
			name = "unknown to the catalog"
		}
		fmt.Fprintf(p.out, "Car %d: %s (branded part %d, skin %d), %s\n", v.ID, name, v.BrandedPart, v.Skin, condition(v))
	}
	if len(g.Ledger) == 0 {
		return nil
	}
	fmt.Fprintln(p.out, "Latest movements of money:")
	rows := [][]string{}
	for _, e := range g.Ledger {
		rows = append(rows, []string{"  " + p.when(e.Time), string(e.Kind), dollars(e.Amount), "balance " + dollars(e.Balance), e.Note})
	}
	return p.table(rows)
}

// condition says in words what class a car is of and how it is.
func condition(v admin.Vehicle) string {
	text := fmt.Sprintf("%d parts", v.Parts)
	if v.Class != "" {
		text = v.Class + ", " + text
	}
	if v.Damage == 0 {
		return text + ", undamaged"
	}
	return fmt.Sprintf("%s, damaged up to %d percent, repair %s", text, v.Damage, dollars(int64(v.Repair)))
}

func (p *program) personaAdd() *cobra.Command {
	cmd := p.jsonFlag(&cobra.Command{
		Use: "add ACCOUNT NAME", Short: "Make a driver",
		Long: `Make a driver for an account, with the starting cash of the configuration. The
name has 1 to 10 plain characters. A car given with --car is a present.`,
		Example: "  mcos persona add alice \"Dr Brown\"\n  mcos persona add alice Speedy --car 104",
		Args:    exactly("ACCOUNT", "NAME"),
	})
	flags := cmd.Flags()
	car := flags.Uint32("car", 0, "branded part `id` of a car to give")
	skin := flags.Uint32("skin", 0, "`id` of the car's skin (default: a plain colour)")
	id := flags.Uint32("id", 0, "persona id, to move a driver from another server (default: the next free one)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *skin != 0 && *car == 0 {
			return usagef("--skin needs --car")
		}
		return p.with(cmd.Context(), writes, func(api admin.API) error {
			g, err := api.AddPersona(cmd.Context(), admin.NewPersona{Account: args[0], Name: args[1], ID: *id, Car: *car, Skin: *skin})
			if err != nil {
				return err
			}
			if p.json {
				return p.printJSON(g)
			}
			fmt.Fprintf(p.out, "The driver %s has been made (id %d) with %s.\n", g.Name, g.ID, dollars(g.Cash))
			for _, v := range g.Vehicles {
				fmt.Fprintf(p.out, "Car %d: %s\n", v.ID, v.Name)
			}
			return nil
		})
	}
	return cmd
}

func (p *program) personaGrant() *cobra.Command {
	cmd := p.jsonFlag(&cobra.Command{
		Use: "grant NAME --cash N", Short: "Give a driver money, or take some",
		Long:    "Give a driver money, or take some with a negative amount. A player who is in the\ngame sees it at the next login.",
		Example: "  mcos persona grant \"Dr Brown\" --cash 5000 --note \"first prize\"\n  mcos persona grant Speedy --cash -250",
		Args:    exactly("NAME"),
	})
	cash := cmd.Flags().Int64("cash", 0, "game `dollars` to give (needed)")
	note := cmd.Flags().String("note", "", "`text` for the driver's ledger")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *cash == 0 {
			return usagef("--cash is missing or 0")
		}
		return p.with(cmd.Context(), writes, func(api admin.API) error {
			d, err := api.Grant(cmd.Context(), admin.Grant{Name: args[0], Cash: *cash, Note: *note})
			if err != nil {
				return err
			}
			if p.json {
				return p.printJSON(d)
			}
			fmt.Fprintf(p.out, "%s now has %s.\n", d.Name, dollars(d.Cash))
			return nil
		})
	}
	return cmd
}
