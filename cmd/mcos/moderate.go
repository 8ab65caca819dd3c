package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mcos/app/admin"
)

func (p *program) personaRename() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "rename NAME NEW", Short: "Give a driver another name",
		Long:    "Give a driver another name, of 1 to 10 plain characters. A player who is in the\ngame is logged out by that: the game learns names only at the login.",
		Example: "  mcos persona rename \"Rude Name\" Nicer", Args: exactly("NAME", "NEW"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), writes, func(api admin.API) error {
				d, err := api.Rename(cmd.Context(), admin.Rename{Name: args[0], To: args[1]})
				if err != nil {
					return err
				}
				if p.json {
					return p.printJSON(d)
				}
				fmt.Fprintf(p.out, "The driver is called %s now.\n", d.Name)
				return nil
			})
		},
	})
}

func (p *program) personaMute() *cobra.Command {
	return &cobra.Command{
		Use: "mute NAME", Short: "Let nobody hear what a driver writes",
		Long: `Let nobody hear what a driver writes: chat of every kind and in-game mail go
nowhere. The driver is not told and can still race.`,
		Example: "  mcos persona mute Loudmouth", Args: exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), writes, func(api admin.API) error {
				d, err := api.Mute(cmd.Context(), admin.Mute{Name: args[0]})
				if err != nil {
					return err
				}
				fmt.Fprintf(p.out, "Nobody hears %s any more.\n", d.Name)
				return nil
			})
		},
	}
}

func (p *program) personaUnmute() *cobra.Command {
	return &cobra.Command{
		Use: "unmute NAME", Short: "Let a driver be heard again", Example: "  mcos persona unmute Loudmouth", Args: exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), writes, func(api admin.API) error {
				if err := api.Unmute(cmd.Context(), args[0]); err != nil {
					return err
				}
				fmt.Fprintf(p.out, "%s can be heard again.\n", args[0])
				return nil
			})
		},
	}
}

func (p *program) personaKick() *cobra.Command {
	return &cobra.Command{
		Use: "kick NAME", Short: "Log a driver out who is in the game",
		Long:    "Log a driver out who is in the game. The player may log in again; to keep him out,\nsee mcos account ban and mcos ban.",
		Example: "  mcos persona kick Loudmouth", Args: exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), reads, func(api admin.API) error {
				k, err := api.Kick(cmd.Context(), admin.Kick{Persona: args[0]})
				if err != nil {
					return err
				}
				fmt.Fprintf(p.out, "%s has been logged out; %s closed.\n", args[0], plural(k.Connections, "connection was", "connections were"))
				return nil
			})
		},
	}
}

func (p *program) banCommand() *cobra.Command {
	return p.group("ban", "Addresses and networks that may not connect", p.banAdd(), p.banList(), p.banRemove())
}

func (p *program) banAdd() *cobra.Command {
	cmd := p.jsonFlag(&cobra.Command{
		Use: "add ADDRESS", Short: "Keep an address or a network away",
		Long: `Keep an address or a network away and close its connections. The player only sees
that no connection comes about. A lone IPv6 address stands for its /56 network,
which is what one household has; ADDRESS/128 bans no more than the one address. To
lock an account, see mcos account ban.`,
		Example: "  mcos ban add 203.0.113.7 --reason \"floods the lobby\"\n  mcos ban add 203.0.113.0/24", Args: exactly("ADDRESS"),
	})
	reason := cmd.Flags().String("reason", "", "`text` to remember why; no player sees it")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.with(cmd.Context(), writes, func(api admin.API) error {
			b, err := api.BanAddress(cmd.Context(), admin.NewAddressBan{Network: args[0], Reason: *reason})
			if err != nil {
				return err
			}
			if p.json {
				return p.printJSON(b)
			}
			fmt.Fprintf(p.out, "%s may not connect any more.\n", b.Network)
			return nil
		})
	}
	return cmd
}

func (p *program) banList() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "list", Short: "List the banned addresses", Example: "  mcos ban list\n  mcos ban list --json", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.with(cmd.Context(), reads, func(api admin.API) error {
				list, err := api.AddressBans(cmd.Context())
				if err != nil {
					return err
				}
				return p.showBans(list)
			})
		},
	})
}

func (p *program) showBans(list []admin.AddressBan) error {
	if p.json {
		return p.printJSON(list)
	}
	if len(list) == 0 {
		fmt.Fprintln(p.out, "No address is banned.")
		return nil
	}
	rows := [][]string{{"NETWORK", "SINCE", "REASON"}}
	for _, b := range list {
		rows = append(rows, []string{b.Network, p.when(b.Created), b.Reason})
	}
	return p.table(rows)
}

func (p *program) banRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove ADDRESS", Short: "Let an address or a network connect again",
		Example: "  mcos ban remove 203.0.113.7", Args: exactly("ADDRESS"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.with(cmd.Context(), writes, func(api admin.API) error {
				if err := api.UnbanAddress(cmd.Context(), args[0]); err != nil {
					return err
				}
				fmt.Fprintf(p.out, "%s may connect again.\n", args[0])
				return nil
			})
		},
	}
}

func (p *program) motdCommand() *cobra.Command {
	cmd := p.jsonFlag(&cobra.Command{
		Use: "motd [TEXT]", Short: "Show or change the message of the day",
		Long: `Show or change the message of the day. Players see it in the game's news ticker,
which is the one place that the game is known to show a text from the server in. It
stands in place of the setting web.ticker until it is taken away with --clear.`,
		Example: "  mcos motd\n  mcos motd \"Drag races on Saturday at eight\"\n  mcos motd --clear", Args: between(0, "TEXT"),
	})
	unset := cmd.Flags().Bool("clear", false, "take the message away")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *unset && len(args) > 0 {
			return usagef("--clear and a text contradict each other")
		}
		how := writes
		if len(args) == 0 && !*unset {
			how = reads
		}
		return p.with(cmd.Context(), how, func(api admin.API) error {
			var m admin.Message
			var err error
			if how == reads {
				m, err = api.Message(cmd.Context())
			} else {
				m, err = api.SetMessage(cmd.Context(), admin.Message{Text: strings.Join(args, " ")})
			}
			if err != nil {
				return err
			}
			return p.showMessage(m)
		})
	}
	return cmd
}

func (p *program) showMessage(m admin.Message) error {
	if p.json {
		return p.printJSON(m)
	}
	shows := "The game's ticker shows"
	if m.Notice != "" {
		fmt.Fprintf(p.out, "Until %s the game's ticker shows the broadcast: %s\n", p.when(m.Until), m.Notice)
		shows = "Then it shows"
	}
	if m.Text == "" {
		fmt.Fprintln(p.out, shows+" the setting web.ticker: there is no message of the day.")
	} else {
		fmt.Fprintln(p.out, shows+": "+m.Text)
	}
	return nil
}

func (p *program) broadcastCommand() *cobra.Command {
	cmd := p.jsonFlag(&cobra.Command{
		Use: "broadcast [TEXT]", Short: "Tell the players something, such as a restart",
		Long: `Tell the players something for a while, such as a restart in ten minutes. The
game's news ticker shows it in place of the message of the day, and with in-game mail
switched on (nps.mail) whoever is in the game gets a mail. The game knows no message
that appears on every screen at once, and nobody knows how often it reads the ticker;
so tell them early. --clear takes it back.

With --shutdown, and the setting player.shutdown_notice on, the game of everybody who
logs in meanwhile is told how many seconds are left. Nobody has seen yet how it shows
that.`,
		Example: "  mcos broadcast \"Restart at ten o'clock\" --minutes 30 --shutdown\n  mcos broadcast --clear", Args: between(0, "TEXT"),
	})
	shutdown := cmd.Flags().Bool("shutdown", false, "you are going to stop the server when the minutes are over (this does not stop it)")
	minutes := cmd.Flags().Int64("minutes", 15, "`number` of minutes for which the ticker shows it")
	unset := cmd.Flags().Bool("clear", false, "take back what is being told")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case *minutes < 1:
			return usagef("--minutes must be 1 or more")
		case *unset && (len(args) > 0 || *shutdown):
			return usagef("--clear and something to tell contradict each other")
		case !*unset && len(args) == 0:
			return usagef("TEXT is missing")
		}
		return p.with(cmd.Context(), reads, func(api admin.API) error {
			told, err := api.Broadcast(cmd.Context(), admin.Broadcast{
				Text: strings.Join(args, " "), Minutes: int(*minutes), Shutdown: *shutdown, Clear: *unset,
			})
			switch {
			case err != nil:
				return err
			case p.json:
				return p.printJSON(told)
			case *unset:
				fmt.Fprintln(p.out, "Nothing is told any more; the ticker shows the message of the day, or web.ticker.")
				return nil
			}
			fmt.Fprintf(p.out, "The ticker shows it until %s; %s in the game, %s sent.\n", p.when(told.Until),
				plural(told.Players, "driver is", "drivers are"), plural(told.Mails, "mail was", "mails were"))
			return nil
		})
	}
	return cmd
}
