package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/app/admin"
	"mcos/app/console"
	"mcos/app/datadir"
)

// TestHelperProcess is not a test: it is a server program that ends, in good order,
// when its input does.
func TestHelperProcess(t *testing.T) {
	if os.Getenv("MCOS_TRAY_HELPER") == "" {
		t.Skip("only as a process of another test")
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// helper starts a process that is ready; asking it to end calls ask first.
func helper(t *testing.T, ready bool, ask func() error) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestHelperProcess$")
	cmd.Env = append(os.Environ(), "MCOS_TRAY_HELPER=1")
	input, err := cmd.StdinPipe()
	require.NoError(t, err)
	c := &child{cmd: cmd, done: make(chan struct{}), st: childState{running: true}}
	if ready {
		c.st.console = "127.0.0.1:1"
	}
	c.ask = func(context.Context) error {
		if err := ask(); err != nil {
			return err
		}
		return input.Close()
	}
	require.NoError(t, cmd.Start())
	go func() {
		_ = cmd.Wait()
		close(c.done)
	}()
	return c
}

func TestStoppingAChild(t *testing.T) {
	good := func() error { return nil }
	c := helper(t, true, good)
	require.NoError(t, c.stop(t.Context()))
	assert.True(t, c.cmd.ProcessState.Success(), "it ended by itself: %s", c.cmd.ProcessState)

	c = helper(t, true, func() error { return errors.New("no answer") })
	require.NoError(t, c.stop(t.Context()))
	assert.False(t, c.cmd.ProcessState.Success(), "one that cannot be asked is ended all the same")

	c = helper(t, false, func() error { panic("another server would be asked") })
	require.NoError(t, c.stop(t.Context()))
	assert.False(t, c.cmd.ProcessState.Success())

	ctx, cancel := context.WithCancel(t.Context())
	c = helper(t, true, good)
	c.ask = func(context.Context) error { cancel(); return nil }
	require.NoError(t, c.stop(ctx))
	assert.False(t, c.cmd.ProcessState.Success(), "one that says yes and goes on is cut off")
}

// The server of this user's data folder takes the wish, with the token that lies there.
func TestAskToStop(t *testing.T) {
	t.Setenv(datadir.EnvVar, t.TempDir())
	require.Error(t, askToStop(t.Context()), "nobody is there")

	dir, err := datadir.Open(os.Getenv(datadir.EnvVar))
	require.NoError(t, err)
	log := logrus.New()
	log.SetOutput(io.Discard)
	stopped := 0
	c, err := console.New(console.Options{
		Dir: dir, Admin: &admin.Local{Dir: dir}, Status: func() admin.Status { return admin.Status{} }, Log: log, Stop: func() { stopped++ },
	})
	require.NoError(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := c.Server(ln)
	require.NoError(t, server.Announce())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve() }()
	require.NoError(t, askToStop(t.Context()))
	assert.Equal(t, 1, stopped)
	require.NoError(t, server.Close())
	require.NoError(t, <-ended)
}
