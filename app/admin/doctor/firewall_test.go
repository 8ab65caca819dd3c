package doctor

import (
	"context"
	"errors"
	"os/exec"
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
