package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"mcos/app/record"
	"mcos/app/record/tape"
)

func (p *program) sessionShow() *cobra.Command {
	var c choice
	var o openWith
	var full bool
	cmd := &cobra.Command{
		Use: "show ID|FILE", Short: "Show a recording",
		Long: `Show a recording, one line for each event: when, which connection and port, which
way (> from the game, < from the server), and what. With --full every message
follows with its fields and bytes.`,
		Example: "  mcos session show 20260111-174054\n  mcos session show 20260111-174054 --full --message 0x20D", Args: exactly("ID|FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			entries, err := p.session(cmd.Context(), args[0], o)
			if err != nil {
				return err
			}
			if entries, err = c.of(entries); err != nil {
				return err
			}
			var counter record.Counter
			for i := range entries {
				counter.Add(&entries[i])
				if err := tape.Show(p.out, &entries[i], entries[0].Time, full); err != nil {
					return err
				}
			}
			s := counter.Summary(false)
			fmt.Fprintf(p.out, "\n%s on %s, %d unknown.\n", plural(s.Messages, "message", "messages"),
				plural(s.Connections, "connection", "connections"), s.Unknown)
			return nil
		},
	}
	c.flags(cmd)
	o.flags(cmd)
	cmd.Flags().BoolVar(&full, "full", false, "show the fields and bytes of every message")
	return cmd
}
