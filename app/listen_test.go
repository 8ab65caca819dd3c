package app

import (
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/app/config"
	"mcos/app/console"
	"mcos/app/datadir"
)

// taken holds a port of this machine for the length of a test.
func taken(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	return ln.Addr().(*net.TCPAddr).Port
}

func listenConfig() config.Config {
	cfg := config.Default()
	cfg.Ports = config.FreePorts()
	cfg.Server.Listen = "127.0.0.1"
	return cfg
}

func quietLog() *logrus.Logger {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return log
}

func TestTakenPortsAreAllNamedAndNothingStaysOpen(t *testing.T) {
	cfg := listenConfig()
	cfg.Ports.Lobby, cfg.Ports.MCOTS = taken(t), taken(t)
	_, err := listen(t.Context(), cfg, quietLog(), false)
	require.Error(t, err)
	for _, want := range []string{
		"port " + strconv.Itoa(cfg.Ports.Lobby) + " (lobby) is taken", "setting ports.lobby",
		"port " + strconv.Itoa(cfg.Ports.MCOTS) + " (mcots) is taken",
	} {
		assert.ErrorContains(t, err, want)
	}
	if holder := "process " + strconv.Itoa(os.Getpid()); runtime.GOOS == "linux" {
		assert.ErrorContains(t, err, holder, "the system tells who holds a port")
	}

	assert.ErrorContains(t, err, "setting ports.mcots (the game itself uses this one and no other)")
	assert.NotContains(t, err.Error(), "setting ports.lobby (")

	// The ports that were free are free again.
	cfg.Ports.Lobby, cfg.Ports.MCOTS = 0, 0
	l, err := listen(t.Context(), cfg, quietLog(), false)
	require.NoError(t, err)
	l.close()
}

func TestAnAddressThatIsNotOursIsNamedOnce(t *testing.T) {
	cfg := listenConfig()
	cfg.Server.Listen = "192.0.2.254"
	_, err := listen(t.Context(), cfg, quietLog(), false)
	require.ErrorContains(t, err, `cannot listen on "192.0.2.254"`)
	assert.NotContains(t, err.Error(), "\n", "not once for each of the 30 ports")

	b := binder{cfg: cfg}
	assert.True(t, b.wrongHost(&net.OpError{Err: &net.DNSError{Name: "no-such-name"}}))
	b.cfg.Server.Listen = ""
	assert.False(t, b.wrongHost(&net.DNSError{}))
}

func TestTakenConsoleFallsBackToAFreePort(t *testing.T) {
	cfg := listenConfig()
	cfg.Ports.Console = taken(t)
	log, hook := logtest.NewNullLogger()
	l, err := listen(t.Context(), cfg, log, false)
	require.NoError(t, err)
	defer l.close()
	assert.NotEqual(t, cfg.Ports.Console, l.ports.Console)
	assert.NotZero(t, l.ports.Console)
	require.NotNil(t, hook.LastEntry())
	assert.Contains(t, hook.LastEntry().Message, "console")
}

func TestPortsAreReportedAsBound(t *testing.T) {
	cfg := listenConfig()
	l, err := listen(t.Context(), cfg, quietLog(), false)
	require.NoError(t, err)
	defer l.close()
	seen := map[int]bool{}
	for documented, ln := range l.game {
		port := ln.Addr().(*net.TCPAddr).Port
		assert.False(t, seen[port])
		seen[port] = true
		if documented == 10001 {
			assert.Equal(t, l.ports.Rooms[21], port)
		}
	}
	assert.Len(t, l.game, 5+22)
	assert.Zero(t, cfg.Ports.Lobby, "the configuration itself is not changed")
}

// TestConsoleBeyond lets other computers reach the console: under one address, for
// which another one of loopback stands in here, and under all.
func TestConsoleBeyond(t *testing.T) {
	for _, c := range []struct {
		listen      string
		beyond, all bool
	}{{"", false, false}, {"127.0.0.1", false, false}, {"192.0.2.1", true, false}, {"0.0.0.0", true, true}, {"::", true, true}} {
		beyond, all := console.Config{Listen: c.listen}.Beyond()
		assert.Equal(t, []bool{c.beyond, c.all}, []bool{beyond, all}, c.listen)
	}
	require.ErrorContains(t, console.Config{Listen: "here"}.Check(), "is not an address")

	cfg := config.Default()
	cfg.Console.Listen = "0.0.0.0"
	b := binder{ctx: t.Context(), cfg: cfg, log: logrus.New()}
	port := 0
	own, others := b.consoles(&port)
	require.NotNil(t, own)
	defer own.Close()
	assert.Nil(t, others)
	c, err := console.New(console.Options{Dir: datadir.At(t.TempDir()), Log: logrus.New(), Status: func() admin.Status { return admin.Status{} }})
	require.NoError(t, err)
	s := c.Server(own)
	require.NoError(t, s.Announce())
	defer s.Close()
	noted, err := os.ReadFile(c.Dir.ConsoleAddr())
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:"+strconv.Itoa(port)+"\n", string(noted), "the tools of this computer come over loopback")

	b.cfg.Console.Listen = "192.0.2.1" // which this machine does not have
	port = 0
	own, others = b.consoles(&port)
	require.NotNil(t, own)
	defer own.Close()
	assert.Nil(t, others)
	assert.Len(t, b.errs, 1)
}

// What Windows keeps for itself is one error with the way out, not one for every port
// that blames a program.
func TestReservedPortsAreToldOnce(t *testing.T) {
	b := binder{cfg: config.Default()}
	for port, name := range map[int]string{1: "login", 2: "mcots"} { // ports that nobody has
		b.fail(name, port, &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", syscall.Errno(10013))})
	}
	err := b.failures()
	require.ErrorContains(t, err, "excludedportrange")
	assert.NotContains(t, err.Error(), "stop that program")
	assert.Equal(t, 1, strings.Count(err.Error(), "Hyper-V"))
}

// A service has no flags, and for a port that the game has built in no other will do.
func TestAdviceForAService(t *testing.T) {
	cfg := listenConfig()
	cfg.Ports.Lobby, cfg.Ports.HTTPS = taken(t), taken(t)
	_, err := listen(t.Context(), cfg, quietLog(), true)
	require.ErrorContains(t, err, "(ports.lobby)")
	assert.ErrorContains(t, err, "(https) is taken")
	assert.ErrorContains(t, err, "start the service again (the game itself uses this one and no other)")
	assert.NotContains(t, err.Error(), "--")

	cfg.Server.Listen = "192.0.2.254"
	_, err = listen(t.Context(), cfg, quietLog(), true)
	require.ErrorContains(t, err, "server.listen in mcos.yaml")
	assert.NotContains(t, err.Error(), "--")
}
