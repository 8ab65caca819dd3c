package service

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// listenAsSystemd returns what the service told systemd so far.
func listenAsSystemd(t *testing.T) (heard func() []string) {
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return func() []string {
		var lines []string
		buf := make([]byte, 4096)
		for {
			// A late word would come within a moment.
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
			n, err := conn.Read(buf)
			if err != nil {
				return lines
			}
			lines = append(lines, strings.Split(string(buf[:n]), "\n")...)
		}
	}
}

// The reason why the service ended is its last word: systemd shows it to people.
func TestServeFails(t *testing.T) {
	heard := listenAsSystemd(t)
	wrong := errors.New("port 80 is taken\nby another program")
	err := Serve(t.Context(), func(context.Context, Host) error { return wrong })
	require.ErrorIs(t, err, wrong)
	assert.Equal(t, []string{"STATUS=port 80 is taken"}, heard())
}

func TestServe(t *testing.T) {
	heard := listenAsSystemd(t)
	ctx, stop := context.WithCancel(t.Context())
	err := Serve(ctx, func(ctx context.Context, host Host) error {
		host.Ready()
		assert.Equal(t, []string{"READY=1", "STATUS=" + statusReady}, heard())
		stop()
		<-ctx.Done()
		assert.Equal(t, []string{"STOPPING=1", "STATUS=" + statusStopping}, heard())
		return nil
	})
	require.NoError(t, err)
	assert.Empty(t, heard())
}

func TestParseShow(t *testing.T) {
	for name, tc := range map[string]struct {
		show []string
		want Status
	}{
		"none": {[]string{"LoadState=not-found", "ActiveState=inactive"}, Status{State: NotInstalled}},
		"runs": {
			[]string{"LoadState=loaded", "ActiveState=active", "SubState=running", "MainPID=7", "UnitFileState=enabled", "FragmentPath=/lib/systemd/system/mcos.service", "Result=success", "StatusText=" + statusReady},
			Status{State: Running, PID: 7, Automatic: true, Owner: OwnerPackage},
		},
		"stopped": {
			[]string{"LoadState=loaded", "ActiveState=inactive", "UnitFileState=disabled", "FragmentPath=/etc/systemd/system/mcos.service", "Result=success"},
			Status{State: Stopped, Owner: OwnerCommand},
		},
		"failed": {
			[]string{"LoadState=loaded", "ActiveState=failed", "FragmentPath=/etc/systemd/system/mcos.service", "Result=exit-code", "StatusText=port 80 is taken"},
			Status{State: Failed, Owner: OwnerCommand, Problem: "port 80 is taken (" + journalHint + ")"},
		},
		"killed, and about to start again": {
			[]string{"LoadState=loaded", "ActiveState=activating", "SubState=auto-restart", "Result=signal", "StatusText=" + statusReady},
			Status{State: Starting, Owner: OwnerCommand, Problem: "it was ended from outside or broke down (signal); " + journalHint},
		},
		"hangs": {
			[]string{"LoadState=loaded", "ActiveState=failed", "Result=timeout"},
			Status{State: Failed, Owner: OwnerCommand, Problem: "it did not answer in time; " + journalHint},
		},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, parseShow(strings.Join(tc.show, "\n")+"\n"))
		})
	}
}
