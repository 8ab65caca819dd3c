package doctor

import (
	"context"
	"errors"
	"os/exec"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFirewall(t *testing.T) {
	denied := errors.New("only root may ask")
	type output struct {
		text string
		err  error
	}
	for name, tc := range map[string]struct {
		os    string
		tools map[string]output // by program and first argument
		level Level
		text  string
		next  string
	}{
		"none":             {level: OK, text: "No active firewall"},
		"windows":          {os: "windows", level: OK, text: "Windows asks once", next: "netsh advfirewall"},
		"another system":   {os: "freebsd", level: OK, text: "must let these ports in: 80, 443, 8226, 9000-9002, 10001"},
		"ufw off":          {tools: map[string]output{"ufw status": {"Status: inactive", nil}}, level: OK, text: "No active firewall"},
		"ufw, not root":    {tools: map[string]output{"ufw status": {"", denied}}, level: OK, text: "only root may ask", next: "80,443,8226,9000:9002,10001"},
		"ufw lets in":      {tools: map[string]output{"ufw status": {"Status: active\n443/tcp  ALLOW  Anywhere", nil}}, level: OK, text: "lets port 443 in"},
		"ufw keeps out":    {tools: map[string]output{"ufw status": {"Status: active\n4430/tcp  ALLOW", nil}}, level: Warn, text: "none of its rules names port 443", next: "sudo ufw allow"},
		"firewalld off":    {tools: map[string]output{"firewall-cmd --state": {"not running", denied}}, level: OK, text: "No active firewall"},
		"firewalld lets":   {tools: map[string]output{"firewall-cmd --state": {"running\n", nil}, "firewall-cmd --list-all": {"services: ssh https", nil}}, level: OK, text: "firewalld is on and lets"},
		"firewalld keeps":  {tools: map[string]output{"firewall-cmd --state": {"running\n", nil}, "firewall-cmd --list-all": {"services: ssh", nil}}, level: Warn, text: "firewalld", next: "--add-port=9000-9002/tcp"},
		"nftables keeps":   {tools: map[string]output{"nft list": {"type filter hook input priority 0; policy drop;\n tcp dport 22 accept", nil}}, level: Warn, text: "nftables"},
		"nftables lets":    {tools: map[string]output{"nft list": {"type filter hook input priority 0; policy drop;\n tcp dport { 80, 443 } accept", nil}}, level: OK, text: "nftables is on and lets"},
		"nftables is open": {tools: map[string]output{"nft list": {"type filter hook input priority 0; policy accept;", nil}}, level: OK, text: "No active firewall"},
	} {
		t.Run(name, func(t *testing.T) {
			o := healthy(t)
			if tc.os != "" {
				o.World.OS = tc.os
			}
			o.World.Run = func(_ context.Context, name string, args ...string) (string, error) {
				out, ok := tc.tools[name+" "+args[0]]
				if !ok {
					return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
				}
				return out.text, out.err
			}
			found := about(Run(t.Context(), o), "Firewall")
			require.Len(t, found, 1)
			assert.Equal(t, tc.level, found[0].Level)
			assert.Contains(t, found[0].Explanation, tc.text)
			assert.Contains(t, found[0].Next, tc.next)
		})
	}
}

// A public network is told by its name, with what "private" means, and nothing is
// opened there; a firewall that cannot be asked is no finding of its own.
func TestPublicNetworks(t *testing.T) {
	for name, c := range map[string]struct {
		wall     Wall
		err      error
		warnings int
		text     string
	}{
		"private":         {wall: Wall{Rules: true}, text: "no network that this computer is connected to is public"},
		"public":          {wall: Wall{Rules: true, Public: []string{"Café 2"}}, warnings: 1, text: `calls the network "Café 2" public`},
		"two":             {wall: Wall{Rules: true, Public: []string{"A", "B"}}, warnings: 2, text: `calls the network "A" public`},
		"without rules":   {wall: Wall{Public: []string{"A"}}, warnings: 1, text: `calls the network "A" public`},
		"not installed":   {text: "Windows asks once"},
		"cannot be asked": {err: errors.New("no such class"), text: "Windows asks once"},
	} {
		t.Run(name, func(t *testing.T) {
			o := healthy(t)
			o.World.OS = "windows"
			o.Wall = func(context.Context) (Wall, error) { return c.wall, c.err }
			found := about(Run(t.Context(), o), "Firewall")
			require.Len(t, found, max(1, c.warnings))
			assert.Contains(t, found[0].Explanation, c.text)
			for i, f := range found {
				assert.NotContains(t, f.Next, "profile=public")
				if c.warnings == 0 {
					assert.Equal(t, OK, f.Level)
					continue
				}
				assert.Equal(t, Warn, f.Level)
				assert.Contains(t, f.Next, "mcos network private -- "+strconv.Quote(c.wall.Public[i])+". Then")
				assert.Contains(t, f.Next, "can see this PC")
				assert.Equal(t, "ms-settings:network-status", f.Settings)
			}
		})
	}
}

// The name of a wireless network is a stranger's choice: no command with it is offered
// for copying when a shell could read more into it.
func TestNetworkNameIsNoCommand(t *testing.T) {
	for _, name := range []string{`" & calc & "`, "a%PATH%b", "x|y", "$(reboot)", "`id`", "a\nb", "^", "a!b"} {
		o := healthy(t)
		o.World.OS = "windows"
		o.Wall = func(context.Context) (Wall, error) { return Wall{Rules: true, Public: []string{name}}, nil }
		found := about(Run(t.Context(), o), "Firewall")
		require.Len(t, found, 1)
		assert.NotContains(t, found[0].Next, "network private", name)
		assert.NotContains(t, found[0].Next, name)
		assert.NotContains(t, found[0].Explanation, "\n")
	}
}
