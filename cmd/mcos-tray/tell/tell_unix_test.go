//go:build unix

package tell

import (
	"bufio"
	"os/exec"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// desk is a desktop that takes notifications.
type desk struct {
	can   []string
	shown chan [2]string
}

func (d *desk) GetCapabilities() ([]string, *dbus.Error) { return d.can, nil }

func (d *desk) Notify(_ string, _ uint32, _, title, text string, _ []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	d.shown <- [2]string{title, text}
	return 1, nil
}

// bus starts a message bus for this test alone.
func bus(t *testing.T) {
	t.Helper()
	daemon, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("there is no dbus-daemon here")
	}
	cmd := exec.Command(daemon, "--session", "--nofork", "--print-address", "--address=unix:dir="+t.TempDir())
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", strings.TrimSpace(address))
}

func TestNotification(t *testing.T) {
	const bad = "a \x1b[31m<b>bold</b> & `x` $(y) ]]> \u202e\nz"
	for name, tc := range map[string]struct {
		can  []string
		want string
	}{
		"plain desktop": {[]string{"body"}, "a [31m<b>bold</b> & `x` $(y) ]]> \nz"},
		"with markup":   {[]string{"body", "body-markup"}, "a [31m&lt;b&gt;bold&lt;/b&gt; &amp; `x` $(y) ]]&gt; \nz"},
	} {
		t.Run(name, func(t *testing.T) {
			bus(t)
			require.ErrorIs(t, Notification("MCOS", "x"), errNowhere, "nobody shows any")
			conn, err := dbus.ConnectSessionBus()
			require.NoError(t, err)
			defer conn.Close()
			d := &desk{can: tc.can, shown: make(chan [2]string, 1)}
			require.NoError(t, conn.Export(d, path, service))
			_, err = conn.RequestName(service, dbus.NameFlagDoNotQueue)
			require.NoError(t, err)
			require.NoError(t, Notification("MC\x00OS", bad))
			assert.Equal(t, [2]string{"MCOS", tc.want}, <-d.shown)
		})
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+t.TempDir()+"/none")
	require.ErrorIs(t, Notification("MCOS", "x"), errNowhere)
}
