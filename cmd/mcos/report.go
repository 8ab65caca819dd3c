package main

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/spf13/cobra"
)

// reporting gives the commands below cmd a hidden flag with which the tray reads what
// they say: on Windows they run with more rights than the tray, which cannot have
// their output otherwise.
func (p *program) reporting(cmd *cobra.Command) *cobra.Command {
	to := ""
	cmd.PersistentFlags().StringVar(&to, "report-to", "", "`address` on this computer that gets a copy of the output")
	_ = cmd.PersistentFlags().MarkHidden("report-to") // it was just made
	cmd.PersistentPreRunE = func(*cobra.Command, []string) error {
		if to == "" {
			return nil
		}
		at, err := netip.ParseAddrPort(to)
		if err != nil || !at.Addr().IsLoopback() {
			return usagef("--report-to: %q is no address of this computer", to)
		}
		conn, err := net.DialTimeout("tcp", to, 2*time.Second)
		if err != nil {
			return fmt.Errorf("nobody listens for the report: %w", err)
		}
		p.out, p.err = io.MultiWriter(p.out, conn), io.MultiWriter(p.err, conn) // it ends with the program
		return nil
	}
	return cmd
}
