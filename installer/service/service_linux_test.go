package service

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mcos/assets"
)

// fakeSystemd answers like systemctl; show is what "systemctl show" prints, and fails
// holds what the other commands say when they fail.
type fakeSystemd struct {
	show  string
	fails map[string]string
	ran   []string
}

func (f *fakeSystemd) run(_ context.Context, name string, args ...string) (string, error) {
	verb := args[0]
	if verb == "show" {
		return f.show, nil
	}
	f.ran = append(f.ran, name+" "+strings.Join(args, " "))
	if said, bad := f.fails[verb]; bad {
		return "", &failure{errors.New("exit status 1"), said}
	}
	return "", nil
}

const (
	showRunning = "LoadState=loaded\nActiveState=active\nFragmentPath=/etc/systemd/system/mcos.service\nUnitFileState=enabled\nMainPID=7\n"
	showNone    = "LoadState=not-found\n"
)

func TestControl(t *testing.T) {
	const (
		reset = "systemctl --no-ask-password reset-failed mcos.service"
		start = "systemctl start mcos.service"
	)
	for name, tc := range map[string]struct {
		show  string
		fails map[string]string
		do    func(*systemd) error
		ran   []string
		want  error
		says  string
	}{
		"start": {show: showRunning, do: func(s *systemd) error { return s.Start(context.Background()) }, ran: []string{reset, start}},
		"stop":  {show: showRunning, do: func(s *systemd) error { return s.Stop(context.Background()) }, ran: []string{"systemctl stop mcos.service"}},
		"restart": {
			show: showRunning, do: func(s *systemd) error { return s.Restart(context.Background()) },
			ran: []string{reset, "systemctl restart mcos.service"},
		},
		"no service": {show: showNone, do: func(s *systemd) error { return s.Start(context.Background()) }, want: ErrNotInstalled},
		"no right": {
			show: showRunning, fails: map[string]string{"start": "Failed to start mcos.service: Access denied", "--no-ask-password": "Access denied"},
			do: func(s *systemd) error { return s.Start(context.Background()) }, ran: []string{reset, start}, want: ErrDenied,
		},
		"it fails": {
			show:  "LoadState=loaded\nActiveState=failed\nStatusText=port 80 is taken\n",
			fails: map[string]string{"start": "Job for mcos.service failed"},
			do:    func(s *systemd) error { return s.Start(context.Background()) }, ran: []string{reset, start}, want: ErrFailed, says: "port 80 is taken",
		},
		"it ends at once": {
			show: "LoadState=loaded\nActiveState=failed\nResult=exit-code\n",
			do:   func(s *systemd) error { return s.Start(context.Background()) }, ran: []string{reset, start}, want: ErrFailed,
		},
	} {
		t.Run(name, func(t *testing.T) {
			fake := &fakeSystemd{show: tc.show, fails: tc.fails}
			err := tc.do(&systemd{run: fake.run, root: t.TempDir()})
			if tc.want == nil {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, tc.want)
				assert.ErrorContains(t, err, tc.says)
			}
			assert.Equal(t, tc.ran, fake.ran)
		})
	}
}

type fakeUnit struct{ installed bool }

func (f *fakeUnit) Install() error {
	f.installed = true
	return nil
}

func (f *fakeUnit) Uninstall() error {
	f.installed = false
	return nil
}

func TestInstallAndUninstall(t *testing.T) {
	root := t.TempDir()
	exe, err := os.Executable()
	require.NoError(t, err)
	fake, unit := &fakeSystemd{show: showNone}, &fakeUnit{}
	s := &systemd{run: fake.run, root: root, unit: unit, cfg: Config{Executable: exe}}

	s.euid = 1000
	require.ErrorIs(t, s.Install(t.Context()), ErrDenied)
	s.euid = 0
	if !strings.HasPrefix(exe, "/usr/") { // tests are built where the service cannot look
		require.ErrorContains(t, s.Install(t.Context()), "/usr/local/bin")
	}
	assert.False(t, unit.installed)

	s.cfg.Executable = "/bin/sh"
	require.NoError(t, s.Install(t.Context()))
	assert.True(t, unit.installed)
	assert.Contains(t, fake.ran, "systemd-sysusers "+sysusersFile)
	for _, name := range []string{sysusersFile, polkitFile} {
		assert.FileExists(t, filepath.Join(root, name))
	}
	fake.show = showRunning
	require.ErrorIs(t, s.Install(t.Context()), ErrInstalled)

	require.NoError(t, s.Uninstall(t.Context()))
	assert.False(t, unit.installed)
	for _, name := range []string{sysusersFile, polkitFile} {
		assert.NoFileExists(t, filepath.Join(root, name))
	}
	fake.show = showNone
	require.ErrorIs(t, s.Uninstall(t.Context()), ErrNotInstalled)
}

// What a package has brought stays the package's.
func TestPackaged(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, writeFile(filepath.Join(root, packageUnits[0]), assets.SystemdUnit()))
	fake := &fakeSystemd{show: "LoadState=loaded\nActiveState=active\nFragmentPath=" + packageUnits[0] + "\n"}
	s := &systemd{run: fake.run, root: root, unit: &fakeUnit{}}
	require.ErrorIs(t, s.Install(t.Context()), ErrPackaged)
	require.ErrorIs(t, s.Uninstall(t.Context()), ErrPackaged)
	assert.Empty(t, fake.ran)
}

func TestUnitText(t *testing.T) {
	assert.Contains(t, unitText("/opt/mcos/mcos"), "\nExecStart=/opt/mcos/mcos service entry\n")
	assert.Contains(t, unitText(`/opt/100% "good" games/mcos`), "\nExecStart=\"/opt/100%% \\\"good\\\" games/mcos\" service entry\n")
}
