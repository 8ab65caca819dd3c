//go:build linux

package netaddr

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// nets are network namespaces that a test has made.
type nets struct {
	t  *testing.T
	id string
}

// newNets makes namespaces, which go with the test. Without the right to it the test
// is skipped.
func newNets(t *testing.T, names ...string) *nets {
	t.Helper()
	n := &nets{t: t, id: fmt.Sprintf("mcosaddr%d", os.Getpid())}
	if _, err := exec.LookPath("ip"); err != nil || os.Getuid() != 0 {
		t.Skip("needs root and the program ip: computers with several cards are not tried")
	}
	for _, name := range names {
		if out, err := exec.Command("ip", "netns", "add", n.id+name).CombinedOutput(); err != nil {
			t.Skipf("no network namespace can be made: %v %s", err, out)
		}
		t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", n.id+name).Run() })
		n.ip(name, "link set lo up")
	}
	return n
}

func (n *nets) ip(name, args string) {
	n.t.Helper()
	out, err := exec.Command("ip", append([]string{"-n", n.id + name}, strings.Fields(args)...)...).CombinedOutput()
	require.NoError(n.t, err, "ip %s: %s", args, out)
}

// cable joins a card of one namespace to a card of another.
func (n *nets) cable(a, cardA, b, cardB string) {
	n.t.Helper()
	n.ip(a, fmt.Sprintf("link add %s type veth peer name %s netns %s%s", cardA, cardB, n.id, b))
	n.ip(a, "link set "+cardA+" up")
	n.ip(b, "link set "+cardB+" up")
}

func (n *nets) address(name, card string, addrs ...string) {
	n.t.Helper()
	for _, a := range addrs {
		if strings.Contains(a, ":") {
			a += " nodad"
		}
		n.ip(name, "addr add "+a+" dev "+card)
	}
}

// in runs f on a thread that is in a namespace, and ends with it.
func (n *nets) in(name string, f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is of no use to anybody else
		fd, err := unix.Open("/run/netns/"+n.id+name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			err = unix.Setns(fd, unix.CLONE_NEWNET)
			_ = unix.Close(fd)
		}
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// several is a computer srv with the card of a VPN, of the home network and of
// Tailscale, in this order; the home network has the router rt, and there is somebody in
// each network and one outside.
func several(t *testing.T) *nets {
	n := newNets(t, "srv", "vpn", "ts", "pc", "rt", "out")
	n.cable("srv", "aaa0", "vpn", "eth0")
	n.cable("srv", "bbb0", "ts", "eth0")
	n.cable("srv", "eth0", "rt", "srv")
	n.cable("pc", "eth0", "rt", "pc")
	n.cable("out", "eth0", "rt", "wan")
	n.ip("rt", "link add lan type bridge")
	n.ip("rt", "link set srv master lan")
	n.ip("rt", "link set pc master lan")
	n.ip("rt", "link set lan up")
	n.address("srv", "aaa0", "26.1.1.10/8", "fdfd::1a01:10a/64")
	n.address("vpn", "eth0", "26.200.3.4/8", "fdfd::2/64")
	n.address("srv", "bbb0", "100.101.102.103/32")
	n.address("ts", "eth0", "100.64.0.9/32")
	n.ip("srv", "route add 100.64.0.0/10 dev bbb0")
	n.ip("ts", "route add 100.64.0.0/10 dev eth0")
	n.address("srv", "eth0", "192.168.77.40/24", "fd77::40/64", "fe80::40/64")
	n.address("pc", "eth0", "192.168.77.20/24", "fd77::20/64", "fe80::20/64")
	n.address("rt", "lan", "192.168.77.1/24")
	n.address("rt", "wan", "203.0.113.1/24")
	n.address("out", "eth0", "203.0.113.50/24")
	n.ip("srv", "route add default via 192.168.77.1")
	n.ip("pc", "route add default via 192.168.77.1")
	n.ip("out", "route add default via 203.0.113.1")
	require.NoError(t, n.in("rt", func() error {
		return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0)
	}))
	return n
}

// serve answers every connection to srv with what the client is told.
func (n *nets) serve(settings Settings) (port string, rule Rule) {
	n.t.Helper()
	rule = Rule{Settings: settings, Computer: "garage"}
	if addr, err := netip.ParseAddr(settings.PublicHost); err == nil {
		rule.Public = addr
	}
	var ln net.Listener
	require.NoError(n.t, n.in("srv", func() (err error) {
		if rule.Machine, err = Look(); err != nil {
			return err
		}
		ln, err = net.Listen("tcp", ":0")
		return err
	}))
	n.t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			told := rule.Tell(Arrival{
				Local: c.LocalAddr().(*net.TCPAddr).AddrPort().Addr(), Remote: c.RemoteAddr().(*net.TCPAddr).AddrPort().Addr(), Typed: "127.0.0.1",
			})
			_, _ = io.WriteString(c, told.Host)
			_ = c.Close()
		}
	}()
	_, port, err := net.SplitHostPort(ln.Addr().String())
	require.NoError(n.t, err)
	return port, rule
}

// ask connects from a namespace and returns what it is told.
func (n *nets) ask(from, host, port string) (told string, err error) {
	err = n.in(from, func() error {
		c, err := net.DialTimeout("tcp", net.JoinHostPort(host, port), 10*time.Second)
		if err != nil {
			return err
		}
		defer c.Close()
		text, err := io.ReadAll(c)
		told = string(text)
		return err
	})
	return told, err
}

// index is the number of a card, which stands for its name where that would be looked
// up in the namespace of the process.
func (n *nets) index(name, card string) string {
	n.t.Helper()
	var index int
	require.NoError(n.t, n.in(name, func() error {
		all, err := net.Interfaces()
		for _, i := range all {
			if i.Name == card {
				index = i.Index
			}
		}
		return err
	}))
	return strconv.Itoa(index)
}

// Whoever reaches a computer with several cards is told an address that he reaches.
func TestComputerWithSeveralCards(t *testing.T) {
	n := several(t)
	port, rule := n.serve(Settings{})
	assert.Equal(t, []string{"192.168.77.40", "26.1.1.10", "100.101.102.103", "127.0.0.1"}, rule.Hosts(), "the card with the way out comes first")
	for name, c := range map[string]struct{ from, host, told string }{
		"neighbour":               {"pc", "192.168.77.40", "192.168.77.40"},
		"neighbour by IPv6":       {"pc", "fd77::40", "192.168.77.40"},
		"neighbour by link-local": {"pc", "fe80::40%" + n.index("pc", "eth0"), "192.168.77.40"},
		"VPN":                     {"vpn", "26.1.1.10", "26.1.1.10"},
		"VPN by IPv6":             {"vpn", "fdfd::1a01:10a", "26.1.1.10"},
		"Tailscale":               {"ts", "100.101.102.103", "100.101.102.103"},
		"by a route":              {"out", "192.168.77.40", "192.168.77.40"},
		"lone player":             {"srv", "127.0.0.1", "127.0.0.1"},
		"lone player by IPv6":     {"srv", "::1", "127.0.0.1"},
		"by an own address":       {"srv", "26.1.1.10", "26.1.1.10"},
	} {
		told, err := n.ask(c.from, c.host, port)
		require.NoError(t, err, name)
		assert.Equal(t, c.told, told, name)
		again, err := n.ask(c.from, told, port)
		require.NoError(t, err, "%s cannot reach what he was told", name)
		assert.Equal(t, told, again, name)
	}

	port, rule = n.serve(Settings{PublicHost: "203.0.113.1"})
	assert.Equal(t, "203.0.113.1", rule.Hosts()[0])
	for from, c := range map[string][2]string{
		"out": {"192.168.77.40", "203.0.113.1"}, "pc": {"fd77::40", "192.168.77.40"}, "vpn": {"26.1.1.10", "26.1.1.10"}, "ts": {"100.101.102.103", "100.101.102.103"},
	} {
		told, err := n.ask(from, c[0], port)
		require.NoError(t, err, from)
		assert.Equal(t, c[1], told, from)
	}
}
