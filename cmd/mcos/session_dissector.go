package main

import (
	"github.com/spf13/cobra"

	"mcos/app/buildinfo"
	"mcos/app/record"
)

func (p *program) sessionDissector() *cobra.Command {
	return &cobra.Command{
		Use: "dissector", Short: "Write the Wireshark dissector for the game's messages",
		Long: `Write a Lua script with which Wireshark and tshark name all messages and fields of
the game. Put it into Wireshark's folder of personal Lua plugins. Captures of live
traffic are encrypted; a file with the session keys opens them (see the head of the
script).`,
		Example: "  mcos session dissector > mcos.lua\n  wireshark -X lua_script:mcos.lua evening.pcapng", Args: exactly(),
		RunE: func(*cobra.Command, []string) error { return record.Dissector(p.out, buildinfo.Version) },
	}
}
