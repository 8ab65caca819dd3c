package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"mcos/app/admin/doctor"
	"mcos/installer/firewall"
)

// errNoNetworks says that only Windows sorts networks.
var errNoNetworks = errors.New("only Windows calls networks public or private; for the firewall of this system: mcos doctor")

// wall is what the firewall of Windows lets in, for the doctor.
func wall(ctx context.Context) (doctor.Wall, error) {
	exe, err := os.Executable()
	if err != nil {
		return doctor.Wall{}, err
	}
	s, err := firewall.Look(ctx, exe)
	return doctor.Wall{Rules: s.Rules, Public: s.Public()}, err
}

func (p *program) networkCommand() *cobra.Command {
	group := p.group("network", "Networks: where Windows lets players in", p.networkShow(), p.networkPrivate())
	group.Long = `Windows calls every network private or public, a new one public. The installer opens
the game's ports on private networks only.`
	return group
}

func (p *program) networkShow() *cobra.Command {
	return p.jsonFlag(&cobra.Command{
		Use: "show", Short: "Show the connected networks and whether players can connect there",
		Example: "  mcos network show", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			exe, err := os.Executable()
			if err != nil {
				return err
			}
			s, err := firewall.Look(cmd.Context(), exe)
			if errors.Is(err, firewall.ErrUnsupported) {
				return errNoNetworks
			}
			if err != nil {
				return err
			}
			if p.json {
				return p.printJSON(s)
			}
			return p.facts(networkFacts(s)...)
		},
	})
}

// networkFacts describes networks for people.
func networkFacts(s firewall.State) [][2]string {
	facts := [][2]string{{"Game's ports", "not opened by MCOS"}}
	if s.Rules {
		facts[0][1] = "open on private networks"
	}
	for _, n := range s.Networks {
		kind := "private"
		if n.Public {
			kind = "public: players on it cannot connect"
		}
		facts = append(facts, [2]string{n.Name, kind})
	}
	return facts
}

func (p *program) networkPrivate() *cobra.Command {
	return &cobra.Command{
		Use: "private NAME", Short: "Tell Windows that a network is private, so that players on it can connect",
		Long: `Tell Windows that you trust the devices on a network, as at home. Then players on it
can connect. It also means that other devices there can see this PC, and reach what
else you allow on private networks. Do not do it in a hotel, a café or a hall of
residence.`,
		Example: "  mcos network private -- \"Network 2\"", Args: exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if p.admin != nil {
				said, err := p.admin(cmd.Context(), "network", "private", "--", args[0])
				fmt.Fprint(p.out, said)
				return err
			}
			return p.makePrivate(args[0], firewall.MakePrivate)
		},
	}
}

func (p *program) makePrivate(name string, change func(string) (int, error)) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	changed, err := change(name)
	switch {
	case errors.Is(err, firewall.ErrUnsupported):
		return errNoNetworks
	case err != nil && runtime.GOOS == "windows":
		return fmt.Errorf("%w\nWindows does not let every network be changed, such as one of a VPN. To let players in there all the same, for this program only, as administrator: %s", err, firewall.OnPublic(exe).Command())
	case err != nil:
		return err
	case changed == 0:
		return fmt.Errorf("this computer is connected to no public network %q; mcos network show lists them", name)
	}
	fmt.Fprintf(p.out, "The network %q is private now: players on it can connect.\n", name)
	return nil
}
