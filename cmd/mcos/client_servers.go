package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"mcos/installer/lan"
)

// listedServer is a server of the local network for programs.
type listedServer struct {
	Name        string `json:"name"`
	Host        string `json:"host"`
	Own         bool   `json:"own"` // it runs on this computer
	Version     string `json:"version"`
	Players     int    `json:"players"`
	HTTP        int    `json:"http"`
	HTTPS       int    `json:"https"`
	Login       int    `json:"login"`
	Key         string `json:"key_fingerprint"`
	Certificate string `json:"certificate_thumbprint"`
}

const usualBrowse = 2 * time.Second

func (p *program) clientServersCommand() *cobra.Command {
	var wait time.Duration
	cmd := p.jsonFlag(&cobra.Command{
		Use: "servers", Short: "List the servers on the local network",
		Long: `List the servers that answer on the local network. One that is missing may have
server.announce off, or a firewall in front of UDP port 5353; its address can be
typed all the same.`,
		Example: "  mcos client servers\n  mcos client servers --json --timeout 5s", Args: exactly(),
	})
	cmd.Flags().DurationVar(&wait, "timeout", usualBrowse, "how long to wait for answers")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if wait <= 0 {
			return usagef("--timeout: %s is no time to wait", wait)
		}
		found, err := lan.Browse(cmd.Context(), wait)
		if err != nil {
			return fmt.Errorf("no network could be asked for servers (%w); check that this computer is connected", err)
		}
		return p.listServers(found)
	}
	return cmd
}

func (p *program) listServers(found []lan.Server) error {
	list := make([]listedServer, 0, len(found))
	rows := [][]string{{"NAME", "HOST", "PLAYERS", "VERSION", "LOGIN KEY"}}
	for _, s := range found {
		list = append(list, listedServer{
			Name: s.Name, Host: s.Addr.String(), Own: s.Own, Version: s.Version, Players: s.Players,
			HTTP: s.HTTP, HTTPS: s.HTTPS, Login: s.Login, Key: s.Key, Certificate: s.Certificate,
		})
		host := s.Addr.String()
		if s.Own {
			host += " (this computer)"
		}
		rows = append(rows, []string{s.Name, host, strconv.Itoa(s.Players), s.Version, s.Key})
	}
	switch {
	case p.json:
		return p.printJSON(list)
	case len(list) == 0:
		fmt.Fprintln(p.err, "No server answered on this network.")
		return nil
	}
	return p.table(rows)
}
