package lan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/announce"
	"mcos/protocol/client"
)

// roleVar makes another process of this test take a part in it.
const roleVar = "MCOS_TEST_LAN_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVar) {
	case "":
		os.Exit(m.Run())
	case "server":
		announceForever()
	case "player":
		browseOnce()
	}
}

// announceForever is the server: it announces itself until it is ended.
func announceForever() {
	log := logrus.New()
	log.SetLevel(logrus.DebugLevel)
	announce.Start(announce.Options{
		Host: "garage", Log: log, Every: 100 * time.Millisecond,
		Describe: func() client.Neighbour {
			return client.Neighbour{Name: "Net", Version: "1", Players: 3, HTTP: 8080, HTTPS: 443, Login: 8226, Key: "k", Certificate: "C"}
		},
	})
	select {}
}

// browseOnce is the player: it prints what it finds.
func browseOnce() {
	list, err := Browse(context.Background(), time.Second)
	if err != nil {
		fmt.Println("error:", err)
	}
	for _, s := range list {
		fmt.Println(s.Name, s.Addr, s.HTTP, s.Players, s.Own)
	}
	os.Exit(0)
}

// ip runs the command of that name.
func ip(t *testing.T, args ...string) error {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ip", args...).CombinedOutput()
	if err != nil {
		return errors.New("ip " + strings.Join(args, " ") + ": " + string(bytes.TrimSpace(out)) + " " + err.Error())
	}
	return nil
}

// inNamespace is this test program in another network, taking a part.
func inNamespace(t *testing.T, namespace, role string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "ip", "netns", "exec", namespace, self)
	cmd.Env = append(os.Environ(), roleVar+"="+role)
	return cmd
}

// TestOverTwoNetworks lets a player look for a server over real cables: the server
// has two, the player only one of them.
func TestOverTwoNetworks(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("making networks needs root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("the command ip is not installed (make setup installs it)")
	}
	id := strconv.Itoa(os.Getpid() % 100000)
	server, player, other := "mcs"+id, "mcp"+id, "mco"+id
	t.Cleanup(func() {
		for _, ns := range []string{server, player, other} {
			_ = exec.Command("ip", "netns", "delete", ns).Run()
		}
	})
	for _, ns := range []string{server, player, other} {
		if err := ip(t, "netns", "add", ns); err != nil {
			t.Skip("no network of its own can be made here: ", err)
		}
	}
	require.NoError(t, ip(t, "-n", server, "link", "set", "lo", "up")) // the way to itself
	cable := func(ns, addr, serverSide, serverAddr string) {
		require.NoError(t, ip(t, "-n", server, "link", "add", serverSide, "type", "veth", "peer", "name", "card0", "netns", ns))
		require.NoError(t, ip(t, "-n", server, "addr", "add", serverAddr, "dev", serverSide))
		require.NoError(t, ip(t, "-n", server, "link", "set", serverSide, "up"))
		require.NoError(t, ip(t, "-n", ns, "addr", "add", addr, "dev", "card0"))
		require.NoError(t, ip(t, "-n", ns, "link", "set", "card0", "up"))
	}
	cable(player, "10.77.1.2/24", "left0", "10.77.1.1/24")
	cable(other, "10.77.2.2/24", "right0", "10.77.2.1/24")

	found := func(ns string) string {
		out, err := inNamespace(t, ns, "player").Output()
		require.NoError(t, err)
		return strings.TrimSpace(string(out))
	}
	assert.Empty(t, found(player), "there is no server yet")

	running := inNamespace(t, server, "server")
	require.NoError(t, running.Start())
	t.Cleanup(func() {
		_ = running.Process.Kill()
		_ = running.Wait()
	})
	finds := func(ns, want string) {
		t.Helper()
		var seen []string
		require.Eventually(t, func() bool {
			seen = append(seen, found(ns))
			return slices.Contains(seen, want)
		}, 30*time.Second, 100*time.Millisecond, "wanted %q, saw %q", want, seen)
	}
	finds(player, "Net 10.77.1.1 8080 3 false")
	finds(other, "Net 10.77.2.1 8080 3 false")
	finds(server, "Net 10.77.1.1 8080 3 true")

	// The server gets another address.
	require.NoError(t, ip(t, "-n", server, "addr", "flush", "dev", "left0"))
	require.NoError(t, ip(t, "-n", server, "addr", "add", "10.77.1.9/24", "dev", "left0"))
	finds(player, "Net 10.77.1.9 8080 3 false")
}

// TestWithoutNetwork looks where there is nothing but loopback.
func TestWithoutNetwork(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("making networks needs root")
	}
	ns := "mcn" + strconv.Itoa(os.Getpid()%100000)
	if err := ip(t, "netns", "add", ns); err != nil {
		t.Skip("no network of its own can be made here: ", err)
	}
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "delete", ns).Run() })
	out, err := inNamespace(t, ns, "player").Output()
	require.NoError(t, err)
	assert.Equal(t, "error: "+errNoNetwork.Error(), strings.TrimSpace(string(out)))
}
